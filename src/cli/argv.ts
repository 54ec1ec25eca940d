/** The words of a command line as commander is to see them: flags whole, values where they belong, nothing empty. Pure. */
import { commandRow, type CommandName } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { type Option, type OptionName, optionRow } from '../options/options.ts';
import { type Flags, isGauthKey } from '../options/settings.ts';

export interface NormalisedArgv {
  readonly words: readonly string[];
  /** The flags of an empty value that mean something by it. */
  readonly emptied: Flags;
}

/**
 * Each flag in its long, whole form: `--user` becomes `--username`, and `-u=me` (argparse's and many people's way) `--username=me`.
 * A flag of an empty value says nothing, and so contradicts nothing: `-u "$WHO"` where there is no WHO. An empty profile stands
 * for none, and an empty value takes back what only gauth has a key for; these are told.
 * Throws GauthError BAD_OPTION for a flag that could be two, for a switch with a value, and for a flag that stands where the value
 * of another should: an empty variable in `-I $ID -S $OTHER` must not make `-S` the ID.
 */
export function normaliseArgv(argv: readonly string[], command: CommandName): NormalisedArgv {
  const { options } = commandRow(command);
  const rows = options.map(optionRow);
  const flags = [...rows.map((row) => row.long), 'help', 'version'];
  const words: string[] = [];
  const emptied: Partial<Record<OptionName, string>> = {};
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--' || (forwardsArguments(command) && !word.startsWith('-'))) {
      words.push(...argv.slice(index));
      break;
    }
    const whole = longer(withEquals(word, rows), flags);
    const [flag = '', assigned] = cut(whole);
    const name = options.find((each) => isFlagOf(optionRow(each), flag));
    const row = name && optionRow(name);
    if (assigned !== undefined && row?.placeholder === undefined) refuseValue(flag, flags);
    if (name === undefined || row?.placeholder === undefined) {
      words.push(whole);
      continue;
    }
    const value = assigned ?? argv[index + 1];
    if (assigned === undefined && value !== undefined) {
      refuseFlag(row, value, rows, flags);
      index += 1;
    }
    if (value !== '' || name === 'profile') {
      words.push(...(assigned !== undefined || value === undefined ? [whole] : [whole, value]));
    } else if (isGauthKey(row.profileKey)) emptied[name] = '';
  }
  return { words, emptied };
}

/** `--flag=value` taken apart at its first sign; other words are whole. */
function cut(word: string): readonly [string, string?] {
  const [, flag, value] = /^(--[a-z][a-z-]*)=(.*)$/s.exec(word) ?? [];
  return flag === undefined || value === undefined ? [word] : [flag, value];
}

function isFlagOf({ long, short }: Option<unknown>, word: string): boolean {
  return word === `--${long}` || (short !== undefined && word === `-${short}`);
}

/** Without its value, which may be a secret. What is no flag of this command commander refuses. */
function refuseValue(flag: string, flags: readonly string[]): void {
  if (!flags.includes(flag.slice(2))) return;
  throw new GauthError('BAD_OPTION', `${flag} takes no value`, { hints: [`give it as it is: ${flag}`] });
}

function refuseFlag(
  { long, placeholder = '' }: Option<unknown>,
  value: string,
  rows: readonly Option<unknown>[],
  flags: readonly string[],
): void {
  const [flag] = cut(value);
  if (!flags.some((each) => flag === `--${each}`) && !rows.some((row) => isFlagOf(row, value))) return;
  throw new GauthError('BAD_OPTION', `--${long} needs a value, and ${flag} is an option`, {
    hints: [`'--${long}=${placeholder}' takes one that begins with a dash`],
  });
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
export function forwardsArguments(command: CommandName): boolean {
  return /^.command\.\.\./.test(commandRow(command).operands ?? '');
}
