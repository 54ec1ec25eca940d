/**
 * Resolves the settings of a run: each option from its flag, else its environment variable, else its profile key, else the
 * user's or the organisation's default settings, else its default. Pure.
 */
import { GauthError } from '../errors.ts';
import { OPTIONS, OPTION_NAMES, type Option, type OptionName, type Settings, optionRow } from './options.ts';
import { BadValue } from './parsers.ts';
import type { Environment } from '../ports.ts';

/** Flags as given on the command line: a switch is `true`. */
export type Flags = Readonly<Partial<Record<OptionName, string | true>>>;

/** The same command line without some of its flags. */
export function withoutFlags(given: Flags, ...names: readonly OptionName[]): Flags {
  return Object.fromEntries(Object.entries(given).filter(([flag]) => !names.some((name) => name === flag)));
}

/** Where a value comes from, in order of precedence. */
export type Origin = 'flag' | 'environment' | 'profile' | 'organisation' | 'default';

const PRECEDENCE: Readonly<Record<Origin, number>> = {
  flag: 4,
  environment: 3,
  profile: 2,
  organisation: 1,
  default: 0,
};

/** A value from a file with default settings (session/default-settings.ts). */
export interface DefaultSetting {
  readonly text: string;
  readonly path: string;
}

export interface DefaultSettings {
  readonly values: ReadonlyMap<OptionName, DefaultSetting>;
}

const NO_DEFAULTS: DefaultSettings = { values: new Map() };

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<OptionName, Origin>>;
}

interface Found {
  readonly origin: Origin;
  /** The parsed value; throws GauthError BAD_OPTION. Values that are overridden or not needed are not parsed, and so cause no error. */
  readonly read: () => unknown;
}

/** The name of the profile, which is needed before the profile can be read. Throws GauthError BAD_OPTION. */
export function profileNameFrom(given: Flags, env: Environment): string {
  const value = find('profile', given, env, () => undefined).read();
  return typeof value === 'string' ? value : OPTIONS.profile.initial;
}

/**
 * All settings of a run. `inProfile` returns the text of a profile key, undefined if it is not set. `names` are the options of the
 * command: an invalid variable of any other option is ignored, because it may be meant for another program.
 * Throws GauthError BAD_OPTION, which names the flag, variable or key, never its value.
 */
export function resolveSettings(
  given: Flags,
  env: Environment,
  inProfile: (key: string) => string | undefined,
  names: readonly OptionName[] = OPTION_NAMES,
  defaults: DefaultSettings = NO_DEFAULTS,
): ResolvedSettings {
  const found = new Map(OPTION_NAMES.map((name) => [name, find(name, given, env, inProfile, defaults)]));
  const origin = (name: OptionName): Origin => found.get(name)?.origin ?? 'default';
  for (const name of OPTION_NAMES) {
    // If two options conflict, the one with higher precedence wins: -d 3600 wins over AUTO_DURATION=1.
    const isOverridden = OPTION_NAMES.some(
      (other) =>
        excludes(other, name) && given[other] !== '' && PRECEDENCE[origin(other)] > PRECEDENCE[origin(name)],
    );
    if (isOverridden || !names.includes(name)) found.set(name, byDefault(name));
  }
  // A flag for another account means a role of that account, not the role in the profile.
  const role = found.get('roleArn');
  const account = given.account;
  if (typeof account === 'string' && role && role.origin !== 'flag') {
    if (!String(role.read()).includes(account)) found.set('roleArn', byDefault('roleArn'));
  }
  // Duration and provider in the profile belong to its role.
  const isOther =
    given.askRole === true || found.get('roleArn')?.read() !== profileText('roleArn', inProfile);
  for (const name of ['duration', 'principalArn'] as const) {
    if (isOther && origin(name) === 'profile') found.set(name, byDefault(name));
  }
  // Without a duration from a flag or variable, gauth requests as much as the role allows, since most roles refuse the maximum.
  if (PRECEDENCE[origin('duration')] <= PRECEDENCE.profile && origin('autoDuration') === 'default') {
    found.set('autoDuration', { origin: 'default', read: () => true });
  }
  const values = Object.fromEntries(OPTION_NAMES.map((name) => [name, found.get(name)?.read()]));
  const origins = Object.fromEntries(OPTION_NAMES.map((name) => [name, origin(name)]));
  // Each value comes from the parser of its own row, so it has the type in Settings.
  return { settings: values as Settings, origins: origins as ResolvedSettings['origins'] };
}

/** The error for a missing setting without a terminal. It names the flag, the variables and the profile key. */
export function missingOption(name: OptionName): GauthError {
  const row = optionRow(name);
  const sources = [flagOf(row), ...row.env.map((variable) => `the variable ${variable}`)];
  if (row.profileKey !== undefined) sources.push(`${row.profileKey} in the profile`);
  return new GauthError('MISSING_OPTION', `${row.long} is not set, and there is no terminal to prompt on`, {
    hints: [`set it with ${sources.join(' or ')}`],
  });
}

/** Why an answer to the prompt for an option is invalid; undefined if it is valid. */
export function typedValueFault(name: OptionName, answer: string): string | undefined {
  const { parse, parseTyped = parse } = optionRow(name);
  try {
    parseTyped(answer);
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
  defaults = NO_DEFAULTS,
): Found {
  const row = optionRow(name);
  const flag = given[name];
  if (flag === true) return { origin: 'flag', read: () => row.on };
  // An empty flag clears a setting with a key of gauth, because the profile remembers it.
  if (flag === '' && isGauthKey(row.profileKey)) return { origin: 'flag', read: () => row.initial };
  // `-u "$NAME"` with an empty variable counts as not given. Only an empty profile has a meaning: no profile.
  if (flag !== undefined && (flag !== '' || name === 'profile')) {
    return { origin: 'flag', read: () => parse(row, flag, flagOf(row)) };
  }
  for (const variable of row.env) {
    const text = env[variable];
    // An empty variable counts as not set: this is how to unset one for a single command.
    if (text !== undefined && text !== '') {
      return { origin: 'environment', read: () => parse(row, text, `the variable ${variable}`) };
    }
  }
  const text = profileText(name, inProfile);
  if (text === undefined) {
    const value = defaults.values.get(name);
    if (value === undefined) return byDefault(name);
    return {
      origin: 'organisation',
      read: () => parse(row, value.text, `${row.long} in ${value.path}`),
    };
  }
  return { origin: 'profile', read: () => parse(row, text, `${String(row.profileKey)} in the profile`) };
}

/** The text of an option in the profile; aws-google-auth writes None for unset options. */
export function profileText(
  name: OptionName,
  inProfile: (key: string) => string | undefined,
): string | undefined {
  const { profileKey } = optionRow(name);
  const text = profileKey === undefined ? undefined : inProfile(profileKey);
  return text === '' || text === 'None' ? undefined : text;
}

/** Whether a profile key belongs to gauth only, not to aws-google-auth. */
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
    // The message of an option with choices lists them, and so does its help.
    const hints = row.choices === undefined ? [`--${row.long}: ${row.help}`] : [];
    throw new GauthError('BAD_OPTION', `${where} ${error.message}`, { hints });
  }
}

function excludes(one: OptionName, other: OptionName): boolean {
  return optionRow(one).excludes?.includes(optionRow(other).long) ?? false;
}

/** `-p/--profile`, for messages. */
export function flagOf(row: Option<unknown>): string {
  return row.short === undefined ? `--${row.long}` : `-${row.short}/--${row.long}`;
}
