/** The command line, read: which command, with which flags. Pure. */
import { Command as Parser, CommanderError, Option as Flag } from 'commander';
import { COMMANDS, type CommandName, DEFAULT_COMMAND, isCommand } from './command.ts';
import { GauthError } from './errors.ts';
import { type OptionName, optionRow } from './options.ts';
import type { Given } from './settings.ts';

export interface Arguments {
  readonly command: CommandName;
  readonly given: Given;
  /** What is asked for instead of running the command. */
  readonly about?: 'help' | 'version';
}

/**
 * Reads argv (without node and the script). Long flags may be shortened as long as they stay clear, as argparse does.
 * Throws GauthError BAD_OPTION for what is unknown, unclear, contradictory or lacks its value.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const named = isCommand(argv[0]);
  const command = isCommand(argv[0]) ? argv[0] : DEFAULT_COMMAND;
  const words = lengthen(named ? argv.slice(1) : argv, COMMANDS[command].options);
  const parser = parserOf(command);
  parse(parser, words, named ? `gauth ${command}` : 'gauth');
  const values: Readonly<Record<string, unknown>> = parser.opts();
  if (values['help'] === true) return { command, given: {}, about: 'help' };
  if (values['version'] === true) return { command, given: {}, about: 'version' };
  const given: Partial<Record<OptionName, string | true>> = {};
  for (const name of COMMANDS[command].options) {
    const value = values[attribute(optionRow(name).long)];
    if (typeof value === 'string') given[name] = value;
    else if (parser.getOptionValueSource(attribute(optionRow(name).long)) === 'cli') given[name] = true;
  }
  return { command, given };
}

function parserOf(command: CommandName): Parser {
  const parser = new Parser('gauth')
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption(false)
    .allowExcessArguments(false)
    .option('-h, --help')
    .option('-V, --version');
  for (const name of COMMANDS[command].options) {
    const row = optionRow(name);
    const short = row.short === undefined ? '' : `-${row.short}, `;
    const value = row.placeholder === undefined ? '' : ` <${row.placeholder}>`;
    const flag = new Flag(`${short}--${row.long}${value}`);
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

/** `--user` becomes `--username`; a flag that could be two is an error that names both. */
function lengthen(argv: readonly string[], options: readonly OptionName[]): string[] {
  const flags = [...options.map((name) => optionRow(name).long), 'help', 'version'];
  const end = argv.indexOf('--');
  return argv.map((word, index) => {
    const match = /^--([a-z][a-z0-9-]*)(=.*)?$/s.exec(word);
    const typed = match?.[1];
    if (typed === undefined || flags.includes(typed) || (end !== -1 && index > end)) return word;
    const meant = flags.filter((flag) => flag.startsWith(typed));
    if (meant.length > 1) {
      throw new GauthError('BAD_OPTION', `--${typed} is not clear`, {
        hints: [`did you mean ${meant.map((flag) => `--${flag}`).join(' or ')}?`],
      });
    }
    return meant[0] === undefined ? word : `--${meant[0]}${match?.[2] ?? ''}`;
  });
}

/** commander's words in ours. Its messages hold flags, never an option's value. */
function usage(error: CommanderError, called: string): GauthError {
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const isExcess = error.code === 'commander.excessArguments';
  const line = isExcess ? 'there is a word that is neither a command nor belongs to an option' : first;
  const hint = suggestion.replace(/^\(|\)$/g, '').replace(/^Did/, 'did');
  return new GauthError('BAD_OPTION', line, {
    hints: [...(hint === '' ? [] : [hint]), `'${called} --help' lists the options`],
  });
}

/** commander's name for a long flag: camel case, `no-` taken off. */
function attribute(long: string): string {
  return new Flag(`--${long}`).attributeName();
}
