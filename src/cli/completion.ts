/** Completions for a gauth command line: commands, options and values. */
import { COMMANDS, type CommandName, commandRow, DEFAULT_COMMAND, isCommand } from '../options/commands.ts';
import { forwardsArguments } from './argv.ts';
import { type Option, type OptionName, OPTION_NAMES, optionRow } from '../options/options.ts';

/** The supported shells. */
export const COMPLETION_SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export interface Candidate {
  /** The complete word. */
  readonly value: string;
  readonly about: string;
}

/** Names that are read only when they are needed. */
export interface CompletionSources {
  profiles(): Promise<readonly string[]>;
  roles(): Promise<readonly string[]>;
  /** The programs on the PATH whose names start like this. */
  programs(start: string): Promise<readonly string[]>;
}

const GENERAL = [
  { value: '--help', about: 'Show this' },
  { value: '--version', about: 'Show the version' },
] as const;

/**
 * `words` are the words after `gauth`; the last one is being typed and may be empty. Returns nothing if gauth has no
 * completions and files or words of another program may follow.
 */
export async function completions(
  words: readonly string[],
  known: CompletionSources,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const [first] = before;
  const command = isCommand(first) ? first : DEFAULT_COMMAND;
  const { options, operands } = commandRow(command);
  const state = parseWords(isCommand(first) ? before.slice(1) : before, options);
  const offered = async (): Promise<readonly Candidate[]> => {
    if (state.valueOf !== undefined) return valuesOf(state.valueOf, known);
    if (forwardsArguments(command) && state.isOver && state.operands === 0 && before.at(-1) === '--')
      return described(await known.programs(current), 'program');
    if (state.isOver || (forwardsArguments(command) && state.operands > 0)) return [];
    const assigned = options.find((name) => current.startsWith(`--${optionRow(name).long}=`));
    if (assigned !== undefined)
      return prefixed(`--${optionRow(assigned).long}=`, await valuesOf(assigned, known));
    if (current.startsWith('-')) return flags(options, state.given);
    if (before.length === 0) return commands();
    if (operands?.startsWith('[profile]') === true && state.operands === 0 && !state.given.has('profile'))
      return described(await known.profiles(), 'profile');
    if (command === 'profiles')
      return state.operands === 0
        ? choices(['remove', 'rename'])
        : described(await known.profiles(), 'profile');
    return (command === 'completion' || command === 'shell') && state.operands === 0
      ? choices(COMPLETION_SHELLS)
      : [];
  };
  return (await offered()).filter(({ value }) => value.startsWith(current));
}

interface State {
  /** The options that were given, except repeatable ones. */
  readonly given: ReadonlySet<OptionName>;
  /** The option whose value is being typed. */
  readonly valueOf: OptionName | undefined;
  readonly operands: number;
  /** Whether `--` has ended the arguments of gauth. */
  readonly isOver: boolean;
}

function parseWords(words: readonly string[], options: readonly OptionName[]): State {
  const given = new Set<OptionName>();
  let valueOf: OptionName | undefined;
  let operands = 0;
  for (const word of words) {
    if (valueOf !== undefined) {
      valueOf = undefined;
      continue;
    }
    if (word === '--') return { given, valueOf, operands, isOver: true };
    if (!word.startsWith('-')) operands += 1;
    const option = options.find((name) => isFlagOf(optionRow(name), word));
    if (option === undefined) continue;
    const { placeholder, repeatable } = optionRow(option);
    if (repeatable !== true) given.add(option);
    if (placeholder !== undefined && !word.includes('=')) valueOf = option;
  }
  return { given, valueOf, operands, isOver: false };
}

function isFlagOf({ long, short }: Option<unknown>, word: string): boolean {
  return (
    word === `--${long}` || word.startsWith(`--${long}=`) || (short !== undefined && word === `-${short}`)
  );
}

function commands(): readonly Candidate[] {
  const names = Object.keys(COMMANDS) as readonly CommandName[];
  return names.map((value) => ({ value, about: COMMANDS[value].summary }));
}

function flags(options: readonly OptionName[], given: ReadonlySet<OptionName>): readonly Candidate[] {
  const rows = OPTION_NAMES.filter((name) => options.includes(name) && !given.has(name)).map(optionRow);
  return [...rows.map(({ long, help }) => ({ value: `--${long}`, about: help })), ...GENERAL];
}

async function valuesOf(name: OptionName, known: CompletionSources): Promise<readonly Candidate[]> {
  switch (name) {
    case 'profile':
    case 'sourceProfile':
      return described(await known.profiles(), 'profile');
    case 'roleArn':
    case 'chain':
      return described(await known.roles(), 'role');
    default:
      return choices(optionRow(name).choices ?? []);
  }
}

function choices(values: readonly string[]): readonly Candidate[] {
  return values.map((value) => ({ value, about: '' }));
}

function described(values: readonly string[], about: string): readonly Candidate[] {
  return values.map((value) => ({ value, about }));
}

function prefixed(prefix: string, values: readonly Candidate[]): readonly Candidate[] {
  return values.map(({ value, about }) => ({ value: `${prefix}${value}`, about }));
}
