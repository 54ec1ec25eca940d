/** Normalises argv for commander: complete flag names, values attached, no empty values. Pure. */
import { commandRow, type CommandName } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { type Option, type OptionName, optionRow } from '../options/options.ts';
import { type Flags, isGauthKey } from '../options/settings.ts';

export interface NormalisedArgv {
  readonly words: readonly string[];
  /** Flags that commander does not see: with an empty value that has a meaning, and switches that are turned off. */
  readonly preset: Flags;
}

/**
 * Expands each flag to its long form: `--user` to `--username`, and `-u=me` (as in argparse) to `--username=me`.
 * A flag with an empty value is ignored: `-u "$WHO"` if WHO is not set. An empty profile means no profile, and an empty
 * value of a gauth_ key unsets the key; these are returned. `--no-keyring` turns off a switch that the profile remembers.
 * Throws GauthError BAD_OPTION for an ambiguous flag, for a switch with a value, and for a flag in place of a value: an
 * empty variable in `-I $ID -S $OTHER` must not make `-S` the ID.
 */
export function normaliseArgv(argv: readonly string[], command: CommandName): NormalisedArgv {
  const { options } = commandRow(command);
  const rows = options.map(optionRow);
  const negated = new Map(options.filter(isRemembered).map((name) => [`no-${optionRow(name).long}`, name]));
  const flags = [...rows.map((row) => row.long), ...negated.keys(), 'help', 'version'];
  const words: string[] = [];
  const preset: Partial<Record<OptionName, string>> = {};
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--' || (forwardsArguments(command) && !word.startsWith('-'))) {
      // commander drops the first `--`, and `gauth exec -- prod` is a program, not a profile.
      const isProgram = word === '--' && forwardsArguments(command);
      words.push(...(isProgram ? [word] : []), ...argv.slice(index));
      break;
    }
    const whole = expandFlag(expandShortFlag(word, rows), flags);
    const [flag = '', assigned] = splitFlag(whole);
    const turnedOff = negated.get(flag.slice(2));
    if (turnedOff !== undefined && assigned === undefined) {
      preset[turnedOff] = 'false';
      continue;
    }
    const name = options.find((each) => isFlagOf(optionRow(each), flag));
    const row = name && optionRow(name);
    if (assigned !== undefined && row?.placeholder === undefined) rejectValue(flag, flags);
    if (name === undefined || row?.placeholder === undefined) {
      words.push(whole);
      continue;
    }
    const value = assigned ?? argv[index + 1];
    if (assigned === undefined && value !== undefined) {
      rejectFlag(row, value, rows, flags);
      index += 1;
    }
    if (value !== '' || name === 'profile') {
      words.push(...(assigned !== undefined || value === undefined ? [whole] : [whole, value]));
    } else if (isGauthKey(row.profileKey)) preset[name] = '';
  }
  return { words, preset };
}

/** Whether the profile remembers a switch, so that it has to be turned off again. */
function isRemembered(name: OptionName): boolean {
  const { placeholder, profileKey, on } = optionRow(name);
  return placeholder === undefined && profileKey !== undefined && on === true;
}

/** Splits `--flag=value` at the first equals sign. */
function splitFlag(word: string): readonly [string, string?] {
  const [, flag, value] = /^(--[a-z][a-z-]*)=(.*)$/s.exec(word) ?? [];
  return flag === undefined || value === undefined ? [word] : [flag, value];
}

function isFlagOf({ long, short }: Option<unknown>, word: string): boolean {
  return word === `--${long}` || (short !== undefined && word === `-${short}`);
}

/** The error does not show the value, which may be a secret. commander rejects unknown flags. */
function rejectValue(flag: string, flags: readonly string[]): void {
  if (!flags.includes(flag.slice(2))) return;
  throw new GauthError('BAD_OPTION', `${flag} takes no value`, {
    hints: [`use it without a value: ${flag}`],
  });
}

function rejectFlag(
  { long, placeholder = '' }: Option<unknown>,
  value: string,
  rows: readonly Option<unknown>[],
  flags: readonly string[],
): void {
  const [flag] = splitFlag(value);
  if (!flags.some((each) => flag === `--${each}`) && !rows.some((row) => isFlagOf(row, value))) return;
  throw new GauthError('BAD_OPTION', `--${long} needs a value, but is followed by the option ${flag}`, {
    hints: [`for a value that begins with a dash: --${long}=${placeholder}`],
  });
}

/** `-u=me` becomes `--username=me`: commander would make the equals sign a part of the value. */
function expandShortFlag(word: string, rows: readonly Option<unknown>[]): string {
  const [, short, value] = /^-(\w)=(.*)$/s.exec(word) ?? [];
  const row = short === undefined ? undefined : rows.find((each) => each.short === short);
  return row?.placeholder === undefined || value === undefined ? word : `--${row.long}=${value}`;
}

/** Flags of aws-google-auth that win if an abbreviation also matches a flag of gauth: scripts abbreviate them. */
const PREFERRED: ReadonlySet<string> = new Set(['bg-response', 'keyring', 'no-cache']);

/** Flags that have another name now. */
const FORMER: Readonly<Record<string, string>> = { '--browser-path': '--browser' };

function expandFlag(given: string, flags: readonly string[]): string {
  const [name = '', ...rest] = given.split('=');
  const renamed = FORMER[name];
  const word = renamed === undefined ? given : [renamed, ...rest].join('=');
  const match = /^--([a-z][a-z0-9-]*)(=.*)?$/s.exec(word);
  const typed = match?.[1];
  if (typed === undefined || flags.includes(typed)) return word;
  const alike = flags.filter((flag) => flag.startsWith(typed));
  const former = alike.filter((flag) => PREFERRED.has(flag));
  const meant = former.length === 1 ? former : alike;
  if (meant.length > 1) {
    throw new GauthError('BAD_OPTION', `--${typed} is ambiguous`, {
      hints: [`did you mean ${meant.map((flag) => `--${flag}`).join(' or ')}?`],
    });
  }
  return meant[0] === undefined ? word : `--${meant[0]}${match?.[2] ?? ''}`;
}

/** Whether the operands are the command line of another program. */
export function forwardsArguments(command: CommandName): boolean {
  return /\[command\.\.\.\]$/.test(commandRow(command).operands ?? '');
}
