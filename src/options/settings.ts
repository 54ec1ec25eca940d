/** What a run is asked to do: each option from its flag, else its variable, else its profile key, else its default. Pure. */
import { GauthError } from '../errors.ts';
import { OPTIONS, OPTION_NAMES, type Option, type OptionName, type Settings, optionRow } from './options.ts';
import { BadValue } from './parsers.ts';
import type { Environment } from '../ports.ts';

/** Flags as they stand on the command line: a switch is `true`. */
export type Flags = Readonly<Partial<Record<OptionName, string | true>>>;

/** The same command line without some of its flags. */
export function withoutFlags(given: Flags, ...names: readonly OptionName[]): Flags {
  return Object.fromEntries(Object.entries(given).filter(([flag]) => !names.some((name) => name === flag)));
}

/** Where a value came from, the strongest first. */
export type Origin = 'flag' | 'environment' | 'profile' | 'default';

const PRECEDENCE: Readonly<Record<Origin, number>> = { flag: 3, environment: 2, profile: 1, default: 0 };

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<OptionName, Origin>>;
}

interface Found {
  readonly origin: Origin;
  /** The value; throws GauthError BAD_OPTION. What is overridden or not asked for is not read, and so no error. */
  readonly read: () => unknown;
}

/** The profile's name, which has to be known before the profile can be read. Throws GauthError BAD_OPTION. */
export function profileNameFrom(given: Flags, env: Environment): string {
  const value = find('profile', given, env, () => undefined).read();
  return typeof value === 'string' ? value : OPTIONS.profile.initial;
}

/**
 * All settings of a run. `inProfile` gives the text of a key of the profile, undefined where it is not set. A run that has no
 * use for an option is not stopped by a variable of it, which may be meant for another program: `names` are those that it has.
 * Throws GauthError BAD_OPTION, which names the flag, variable or key, never its value.
 */
export function resolveSettings(
  given: Flags,
  env: Environment,
  inProfile: (key: string) => string | undefined,
  names: readonly OptionName[] = OPTION_NAMES,
): ResolvedSettings {
  const found = new Map(OPTION_NAMES.map((name) => [name, find(name, given, env, inProfile)]));
  const origin = (name: OptionName): Origin => found.get(name)?.origin ?? 'default';
  for (const name of OPTION_NAMES) {
    // Of two options that contradict each other the stronger origin counts: -d 3600 beats AUTO_DURATION=1.
    const stronger = OPTION_NAMES.some(
      (other) =>
        excludes(other, name) && given[other] !== '' && PRECEDENCE[origin(other)] > PRECEDENCE[origin(name)],
    );
    if (stronger || !names.includes(name)) found.set(name, byDefault(name));
  }
  // A flag for another account asks for its roles, and not for the one that the profile names.
  const role = found.get('roleArn');
  const account = given.account;
  if (typeof account === 'string' && role && role.origin !== 'flag') {
    if (!String(role.read()).includes(account)) found.set('roleArn', byDefault('roleArn'));
  }
  // What a profile says of its role, it says of no other.
  const isOther =
    given.askRole !== undefined || found.get('roleArn')?.read() !== profileText('roleArn', inProfile);
  for (const name of ['duration', 'principalArn'] as const) {
    if (isOther && origin(name) === 'profile') found.set(name, byDefault(name));
  }
  // Whoever names no length gets what the role allows: the longest is refused by most. What a profile says is no more than that.
  if (PRECEDENCE[origin('duration')] <= PRECEDENCE.profile && origin('autoDuration') === 'default') {
    found.set('autoDuration', { origin: 'default', read: () => true });
  }
  const values = Object.fromEntries(OPTION_NAMES.map((name) => [name, found.get(name)?.read()]));
  const origins = Object.fromEntries(OPTION_NAMES.map((name) => [name, origin(name)]));
  // Each value was made by the parser of its own row, which is what the type of Settings says.
  return { settings: values as Settings, origins: origins as ResolvedSettings['origins'] };
}

/** A value that is needed, missing, and cannot be asked for: names the flag, the variable and the profile key that would give it. */
export function missingOption(name: OptionName): GauthError {
  const row = optionRow(name);
  const ways = [flagOf(row), ...row.env.map((variable) => `the variable ${variable}`)];
  if (row.profileKey !== undefined) ways.push(`${row.profileKey} in the profile`);
  return new GauthError('MISSING_OPTION', `no ${row.long} is given, and there is no terminal to ask on`, {
    hints: [`give it by ${ways.join(' or ')}`],
  });
}

/** What is wrong with an answer to a question for an option, undefined where nothing is. */
export function validationMessage(name: OptionName, answer: string): string | undefined {
  try {
    optionRow(name).parse(answer);
    return undefined;
  } catch (error) {
    if (error instanceof BadValue) return error.message;
    throw error;
  }
}

function find(
  name: OptionName,
  given: Flags,
  env: Environment,
  inProfile: (key: string) => string | undefined,
): Found {
  const row = optionRow(name);
  const flag = given[name];
  if (flag === true) return { origin: 'flag', read: () => row.on };
  // What only gauth has a key for is taken back by an empty flag, since a profile remembers it.
  if (flag === '' && isGauthKey(row.profileKey)) return { origin: 'flag', read: () => row.initial };
  // `-u "$WHO"` with nothing in the variable says nothing; only a profile may be empty, which stands for none (facts, case 35).
  if (flag !== undefined && (flag !== '' || name === 'profile')) {
    return { origin: 'flag', read: () => parse(row, flag, flagOf(row)) };
  }
  for (const variable of row.env) {
    const text = env[variable];
    // An empty variable is how a shell unsets one for a single command (facts, case 16).
    if (text !== undefined && text !== '') {
      return { origin: 'environment', read: () => parse(row, text, `the variable ${variable}`) };
    }
  }
  const text = profileText(name, inProfile);
  if (text === undefined) return byDefault(name);
  return { origin: 'profile', read: () => parse(row, text, `${String(row.profileKey)} in the profile`) };
}

/** What the profile says, as it stands there; aws-google-auth writes None for what is not set (facts, case 31). */
export function profileText(
  name: OptionName,
  inProfile: (key: string) => string | undefined,
): string | undefined {
  const { profileKey } = optionRow(name);
  const text = profileKey === undefined ? undefined : inProfile(profileKey);
  return text === '' || text === 'None' ? undefined : text;
}

/** Whether a profile's key is gauth's own, and none of aws-google-auth's. */
export function isGauthKey(key: string | undefined): key is string {
  return key?.startsWith('gauth_') === true;
}

function byDefault(name: OptionName): Found {
  return { origin: 'default', read: () => optionRow(name).initial };
}

function parse(row: Option<unknown>, text: string, where: string): unknown {
  try {
    return row.parse(text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new GauthError('BAD_OPTION', `${where} ${error.message}`, {
      hints: [`--${row.long}: ${row.help}`],
    });
  }
}

function excludes(one: OptionName, other: OptionName): boolean {
  return optionRow(one).excludes?.includes(optionRow(other).long) ?? false;
}

function flagOf(row: Option<unknown>): string {
  return row.short === undefined ? `--${row.long}` : `-${row.short}/--${row.long}`;
}
