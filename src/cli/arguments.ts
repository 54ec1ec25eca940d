/** Parses the command line: the command, its flags and its operands. Pure. */
import { Command as Parser, CommanderError, Option as Flag } from 'commander';
import { COMMANDS, commandRow, type CommandName, DEFAULT_COMMAND, isCommand } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { type Option, type OptionName, OPTION_NAMES, optionRow } from '../options/options.ts';
import { flagOf, type Flags } from '../options/settings.ts';
import { editDistance } from '../text.ts';
import { forwardsArguments, normaliseArgv } from './argv.ts';

export interface Arguments {
  readonly command: CommandName;
  readonly given: Flags;
  /** The operands. */
  readonly operands: readonly string[];
  /** Help or version, requested instead of running the command. */
  readonly about?: 'help' | 'short-help' | 'version';
  /** Whether the command was named, so that its own help is shown. */
  readonly named: boolean;
}

/**
 * Parses argv (without node and the script). Long flags may be abbreviated as long as they are unambiguous, as in argparse.
 * Throws GauthError BAD_OPTION for unknown, ambiguous or conflicting flags, and for missing values.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const [first = '', second] = argv;
  // Other tools have these as commands.
  if (first === 'version') return readArguments(['--version']);
  if (first === 'help' && second !== undefined && !isCommand(second)) throw unknownCommand(second);
  if (first === 'help') return readArguments(isCommand(second) ? [second, '--help'] : ['--help']);
  const named = isCommand(first);
  const command = isCommand(first) ? first : DEFAULT_COMMAND;
  if (!named && first !== '' && !first.startsWith('-')) throw unknownCommand(first);
  const { words, preset } = normaliseArgv(named ? argv.slice(1) : argv, command);
  const parser = parserOf(command, named);
  parse(parser, words, named ? `gauth ${command}` : 'gauth');
  const values: Readonly<Record<string, unknown>> = parser.opts();
  const operands = parser.args;
  if (values['help'] === true) return { command, named, given: {}, operands, about: 'help' };
  if (values['h'] === true) return { command, named, given: {}, operands, about: 'short-help' };
  if (values['version'] === true) return { command, named, given: {}, operands, about: 'version' };
  const needed = commandRow(command).operands;
  if (needed?.startsWith('<') === true && operands.length === 0) {
    throw new GauthError('MISSING_OPTION', `gauth ${command} needs ${needed}`, {
      hints: [`see 'gauth ${command} --help'`],
    });
  }
  const given: Partial<Record<OptionName, string | true>> = { ...preset };
  for (const name of COMMANDS[command].options) {
    const value = values[attributeName(optionRow(name).long)];
    if (typeof value === 'string') given[name] = value;
    else if (parser.getOptionValueSource(attributeName(optionRow(name).long)) === 'cli') given[name] = true;
  }
  const [word] = operands;
  if (needed !== '[profile]' || word === undefined) return { command, named, given, operands };
  if (word.length > LONGEST_PROFILE) {
    throw new GauthError(
      'BAD_OPTION',
      `a word after gauth ${command} is too long for the name of a profile`,
      {
        hints: [`see 'gauth ${command} --help'`],
      },
    );
  }
  if (given.profile !== undefined) {
    throw new GauthError('BAD_OPTION', 'the profile is named twice, by -p and by a word', {
      hints: ['name it once'],
    });
  }
  return { command, named, given: { ...given, profile: word }, operands: [] };
}

/** The word is quoted only if it looks like a command or a profile: it may be a password whose flag is missing. */
function unknownCommand(word: string): GauthError {
  const names = Object.keys(COMMANDS);
  const near = names.find((name) => name.startsWith(word) || editDistance(name, word) <= 2);
  return new GauthError(
    'BAD_OPTION',
    near === undefined ? `unexpected argument${quotedName(word)}` : `unknown command '${word}'`,
    {
      hints: [
        ...(near === undefined ? [] : [`did you mean gauth ${near}?`]),
        "'gauth --help' lists the commands",
      ],
    },
  );
}

function quotedName(word: string): string {
  return word.length <= 16 && /^[a-z]+(?:-[a-z]+)?$/.test(word) ? ` '${word}'` : '';
}

/** Characters. A longer word may be a secret, which an error about the profile would show. */
const LONGEST_PROFILE = 64;

function parserOf(command: CommandName, named: boolean): Parser {
  const parser = new Parser('gauth')
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption(false)
    .allowExcessArguments(false)
    .option('-h')
    .option('--help')
    .option('-V, --version');
  const { operands, options } = commandRow(command);
  // A missing operand is reported by gauth itself: --help needs none. Without a command, a word may be a password whose flag is
  // missing, and is not taken for a profile.
  if (operands !== undefined && named) {
    const words = forwardsArguments(command) ? ['[command...]'] : operands.split(' ');
    for (const word of words) parser.argument(word.replace(/^<(.*)>$/, '[$1]'));
  }
  if (forwardsArguments(command)) parser.passThroughOptions();
  for (const name of options) {
    const row = optionRow(name);
    const short = row.short === undefined ? '' : `-${row.short}, `;
    const value = row.placeholder === undefined ? '' : ` <${row.placeholder}>`;
    const flag = new Flag(`${short}--${row.long}${value}`);
    if (row.repeatable)
      flag.argParser<string | undefined>((one, before) => (before === undefined ? one : `${before} ${one}`));
    parser.addOption(flag.conflicts((row.excludes ?? []).map(attributeName)));
  }
  return parser;
}

function parse(parser: Parser, words: readonly string[], commandLine: string): void {
  try {
    parser.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // An unknown flag is reported without its value, which may be a secret, and with the nearest flag.
    const unknown = /unknown option '(-[^=']*)=/.exec(error.message)?.[1];
    if (unknown !== undefined) parse(parser, [unknown], commandLine);
    throw usageError(error, commandLine);
  }
}

/** The errors of commander as errors of gauth, in words of gauth. They contain flags, never values. */
function usageError(error: CommanderError, commandLine: string): GauthError {
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const rows = [...first.matchAll(/--([a-z][a-z-]*)/g)].flatMap(([, long]) =>
    OPTION_NAMES.map(optionRow).filter((row) => row.long === long),
  );
  const line = usageMessage(error.code, first, rows);
  const hint = suggestion.replace(/^\(|\)$/g, '').replace(/^Did/, 'did');
  // A flag of another command is not a typo.
  const elsewhere = error.code === 'commander.unknownOption' && rows.length > 0;
  return new GauthError('BAD_OPTION', line, {
    hints: [...(hint === '' || elsewhere ? [] : [hint]), `'${commandLine} --help' lists the options`],
  });
}

function usageMessage(code: string, message: string, rows: readonly Option<unknown>[]): string {
  const [one, other] = rows;
  switch (code) {
    case 'commander.excessArguments':
      return 'unexpected argument';
    case 'commander.optionMissingArgument':
      return one === undefined
        ? message
        : `${flagOf(one)} needs a value: --${one.long} ${one.placeholder ?? ''}`;
    case 'commander.conflictingOption':
      return one === undefined || other === undefined
        ? message
        : `${flagOf(one)} and ${flagOf(other)} cannot be combined`;
    default:
      return message;
  }
}

/** commander's attribute name of a long flag: camel case, without `no-`. */
function attributeName(long: string): string {
  return new Flag(`--${long}`).attributeName();
}
