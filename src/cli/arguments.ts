/** The command line, read: which command, with which flags. Pure. */
import { Command as Parser, CommanderError, Option as Flag } from 'commander';
import { COMMANDS, commandRow, type CommandName, DEFAULT_COMMAND, isCommand } from './command.ts';
import { GauthError } from '../errors.ts';
import { type Option, type OptionName, OPTION_NAMES, optionRow } from '../options/options.ts';
import { type Given, isOwnKey } from '../options/settings.ts';
import { editDistance } from '../text.ts';

export interface Arguments {
  readonly command: CommandName;
  readonly given: Given;
  /** The words that are no flags. */
  readonly operands: readonly string[];
  /** What is asked for instead of running the command. */
  readonly about?: 'help' | 'version';
  /** Whether the command was named, and so help is wanted for it alone. */
  readonly named: boolean;
}

/**
 * Reads argv (without node and the script). Long flags may be shortened as long as they stay clear, as argparse does.
 * Throws GauthError BAD_OPTION for what is unknown, unclear, contradictory or lacks its value.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const [first = '', second] = argv;
  // What other tools have as commands is understood here, too.
  if (first === 'version') return readArguments(['--version']);
  if (first === 'help' && second !== undefined && !isCommand(second)) throw noCommand(second);
  if (first === 'help') return readArguments(isCommand(second) ? [second, '--help'] : ['--help']);
  const named = isCommand(first);
  const command = isCommand(first) ? first : DEFAULT_COMMAND;
  if (!named && first !== '' && !first.startsWith('-')) throw noCommand(first);
  const { words, emptied } = withoutEmpty(lengthen(named ? argv.slice(1) : argv, command), command);
  const parser = parserOf(command);
  parse(parser, words, named ? `gauth ${command}` : 'gauth');
  const values: Readonly<Record<string, unknown>> = parser.opts();
  const operands = parser.args;
  if (values['help'] === true) return { command, named, given: {}, operands, about: 'help' };
  if (values['version'] === true) return { command, named, given: {}, operands, about: 'version' };
  const needed = commandRow(command).operands;
  if (needed?.startsWith('<') === true && operands.length === 0) {
    throw new GauthError('MISSING_OPTION', `gauth ${command} needs ${needed}`, {
      hints: [`'gauth ${command} --help' says more`],
    });
  }
  const given: Partial<Record<OptionName, string | true>> = { ...emptied };
  for (const name of COMMANDS[command].options) {
    const value = values[attribute(optionRow(name).long)];
    if (typeof value === 'string') given[name] = value;
    else if (parser.getOptionValueSource(attribute(optionRow(name).long)) === 'cli') given[name] = true;
  }
  return { command, named, given, operands };
}

/** The word is named only where it is nearly a command: it may be a password that lost its flag. */
function noCommand(word: string): GauthError {
  const names = Object.keys(COMMANDS);
  const near = names.find((name) => name.startsWith(word) || editDistance(name, word) <= 2);
  return new GauthError(
    'BAD_OPTION',
    near === undefined
      ? 'there is a word that is neither a command nor belongs to an option'
      : `there is no command '${word}'`,
    {
      hints: [
        ...(near === undefined ? [] : [`did you mean gauth ${near}?`]),
        "'gauth --help' lists the commands",
      ],
    },
  );
}

function parserOf(command: CommandName): Parser {
  const parser = new Parser('gauth')
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption(false)
    .allowExcessArguments(false)
    .option('-h, --help')
    .option('-V, --version');
  const { operands, options } = commandRow(command);
  // A missing word is told by us: asking for help needs none.
  if (operands !== undefined) parser.argument(operands.replace(/^<(.*)>$/, '[$1]'));
  if (takesAll(command)) parser.passThroughOptions();
  for (const name of options) {
    const row = optionRow(name);
    const short = row.short === undefined ? '' : `-${row.short}, `;
    const value = row.placeholder === undefined ? '' : ` <${row.placeholder}>`;
    const flag = new Flag(`${short}--${row.long}${value}`);
    if (row.repeatable)
      flag.argParser<string | undefined>((one, before) => (before === undefined ? one : `${before} ${one}`));
    parser.addOption(flag.conflicts((row.excludes ?? []).map(attribute)));
  }
  return parser;
}

function parse(parser: Parser, words: readonly string[], called: string): void {
  try {
    parser.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Without its value, which may be a secret, an unknown flag is told, and the nearest one found.
    const unknown = /unknown option '(-[^=']*)=/.exec(error.message)?.[1];
    if (unknown !== undefined) parse(parser, [unknown], called);
    throw usage(error, called);
  }
}

/**
 * Each flag in its long, whole form: `--user` becomes `--username`, and `-u=me` (argparse's and many people's way) `--username=me`.
 * Throws GauthError BAD_OPTION for a flag that could be two, and for one that stands where the value of another should: an
 * empty variable in `-I $ID -S $OTHER` must not make `-S` the ID.
 */
function lengthen(argv: readonly string[], command: CommandName): string[] {
  const rows = commandRow(command).options.map(optionRow);
  const flags = [...rows.map((row) => row.long), 'help', 'version'];
  const isFlag = (word: string): boolean =>
    rows.some(({ short }) => short !== undefined && word === `-${short}`) ||
    flags.some((long) => word === `--${long}` || word.startsWith(`--${long}=`));
  const words = [...argv];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--' || (takesAll(command) && !word.startsWith('-'))) break;
    const long = longer(withEquals(word, rows), flags);
    words[index] = long;
    const [, assigned] = /^--([a-z-]+)=/.exec(long) ?? [];
    if (
      assigned !== undefined &&
      flags.includes(assigned) &&
      !rows.some((each) => each.long === assigned && each.placeholder)
    ) {
      throw new GauthError('BAD_OPTION', `--${assigned} takes no value`, {
        hints: [`give it as it is: --${assigned}`],
      });
    }
    const row = rows.find((each) => long === `--${each.long}` || long === `-${each.short ?? ''}`);
    if (row?.placeholder === undefined) continue;
    index += 1;
    const value = words[index];
    if (value === undefined || !isFlag(value)) continue;
    throw new GauthError(
      'BAD_OPTION',
      `--${row.long} needs a value, and ${value.replace(/=.*/s, '')} is an option`,
      {
        hints: [`'--${row.long}=${row.placeholder}' takes one that begins with a dash`],
      },
    );
  }
  return words;
}

/**
 * The words without flags of an empty value, which say nothing and so contradict nothing: `-u "$WHO"` where there is no WHO. An
 * empty profile stands for none, and an empty value takes back what only gauth has a key for; these are told.
 */
function withoutEmpty(
  words: readonly string[],
  command: CommandName,
): { readonly words: readonly string[]; readonly emptied: Given } {
  const left: string[] = [];
  const emptied: Partial<Record<OptionName, string>> = {};
  const { options } = commandRow(command);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--' || (takesAll(command) && !word.startsWith('-'))) {
      left.push(...words.slice(index));
      break;
    }
    const name = options.find((each) => {
      const { long, short, placeholder } = optionRow(each);
      if (placeholder === undefined || each === 'profile') return false;
      return (
        word === `--${long}=` ||
        ((word === `--${long}` || word === `-${short ?? ''}`) && words[index + 1] === '')
      );
    });
    if (name === undefined) left.push(word);
    else if (!word.endsWith('=')) index += 1;
    if (name !== undefined && isOwnKey(optionRow(name).profileKey)) emptied[name] = '';
  }
  return { words: left, emptied };
}

/** `-u=me` as `--username=me`: commander would take the sign for a part of the value. */
function withEquals(word: string, rows: readonly Option<unknown>[]): string {
  const [, short, value] = /^-(\w)=(.*)$/s.exec(word) ?? [];
  const row = short === undefined ? undefined : rows.find((each) => each.short === short);
  return row?.placeholder === undefined || value === undefined ? word : `--${row.long}=${value}`;
}

/** Flags of aws-google-auth that are meant where a beginning could be one of gauth's own, too: scripts shorten them. */
const FORMER: ReadonlySet<string> = new Set(['bg-response', 'keyring', 'no-cache']);

function longer(word: string, flags: readonly string[]): string {
  const match = /^--([a-z][a-z0-9-]*)(=.*)?$/s.exec(word);
  const typed = match?.[1];
  if (typed === undefined || flags.includes(typed)) return word;
  const alike = flags.filter((flag) => flag.startsWith(typed));
  const former = alike.filter((flag) => FORMER.has(flag));
  const meant = former.length === 1 ? former : alike;
  if (meant.length > 1) {
    throw new GauthError('BAD_OPTION', `--${typed} is not clear`, {
      hints: [`did you mean ${meant.map((flag) => `--${flag}`).join(' or ')}?`],
    });
  }
  return meant[0] === undefined ? word : `--${meant[0]}${match?.[2] ?? ''}`;
}

/** Whether the first word that is no flag begins another program's command line. */
function takesAll(command: CommandName): boolean {
  return /^.command\.\.\./.test(commandRow(command).operands ?? '');
}

/** commander's words in ours. Its messages hold flags, never an option's value. */
function usage(error: CommanderError, called: string): GauthError {
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const isExcess = error.code === 'commander.excessArguments';
  const line = isExcess ? 'there is a word that is neither a command nor belongs to an option' : first;
  const hint = suggestion.replace(/^\(|\)$/g, '').replace(/^Did/, 'did');
  // What another command has was not misspelt.
  const elsewhere = OPTION_NAMES.map(optionRow).some(({ long }) => line === `unknown option '--${long}'`);
  return new GauthError('BAD_OPTION', line, {
    hints: [...(hint === '' || elsewhere ? [] : [hint]), `'${called} --help' lists the options`],
  });
}

/** commander's name for a long flag: camel case, `no-` taken off. */
function attribute(long: string): string {
  return new Flag(`--${long}`).attributeName();
}
