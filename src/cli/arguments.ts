/** The command line, read: which command, with which flags. Pure. */
import { Command as Parser, CommanderError, Option as Flag } from 'commander';
import { COMMANDS, commandRow, type CommandName, DEFAULT_COMMAND, isCommand } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { type OptionName, OPTION_NAMES, optionRow } from '../options/options.ts';
import type { Flags } from '../options/settings.ts';
import { editDistance } from '../text.ts';
import { forwardsArguments, normaliseArgv } from './argv.ts';

export interface Arguments {
  readonly command: CommandName;
  readonly given: Flags;
  /** The words that are no flags. */
  readonly operands: readonly string[];
  /** What is asked for instead of running the command. */
  readonly about?: 'help' | 'short-help' | 'version';
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
  const { words, emptied } = normaliseArgv(named ? argv.slice(1) : argv, command);
  const parser = parserOf(command);
  parse(parser, words, named ? `gauth ${command}` : 'gauth');
  const values: Readonly<Record<string, unknown>> = parser.opts();
  const operands = parser.args;
  if (values['help'] === true) return { command, named, given: {}, operands, about: 'help' };
  if (values['h'] === true) return { command, named, given: {}, operands, about: 'short-help' };
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
    .option('-h')
    .option('--help')
    .option('-V, --version');
  const { operands, options } = commandRow(command);
  // A missing word is told by us: asking for help needs none.
  if (operands !== undefined) parser.argument(operands.replace(/^<(.*)>$/, '[$1]'));
  if (forwardsArguments(command)) parser.passThroughOptions();
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
