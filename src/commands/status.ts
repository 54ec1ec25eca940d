/** `gauth status`: shows the gauth profiles and when their credentials expire. Never prompts. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expirationFrom } from '../aws/expiration.ts';
import { keyValues, parseIni } from '../aws/ini.ts';
import { locateFiles } from '../aws/private-store.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { type GauthProfile, gauthProfiles, listProfiles } from '../aws/profiles.ts';
import { listCachedSessions } from '../aws/session-cache.ts';
import { type Colour, colours, type Paint } from '../output/colours.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import { BROWSER_SESSION } from '../browser-session.ts';
import { profileFolders } from '../google/browser-sign-in.ts';
import { jarFolder, jarPath } from '../session/google-session-files.ts';
import type { Settings } from '../options/options.ts';
import { gauthProfile } from '../output/environment-variables.ts';
import { localTime } from '../output/session-output.ts';
import { shortStatus } from '../output/short-status.ts';
import type { System } from '../ports.ts';
import { type Flags, resolveSettings } from '../options/settings.ts';
import { table } from '../output/table.ts';
import { shellQuote, oneLine } from '../text.ts';

/** One profile, as `--json` prints it. */
interface State {
  readonly profile: string;
  /** Of a chained role: the profile whose credentials assume it. */
  readonly sourceProfile: string | null;
  readonly roleArn: string | null;
  readonly username: string | null;
  /** The sign-in method: terminal, browser or auto. */
  readonly signIn: string;
  /** Whether a Google session is saved, so that Google may not ask for a password. */
  readonly googleSession: boolean;
  readonly credentialProcess: boolean;
  /** When the credentials in the credentials file expire; AWS tools use these before any others. ISO 8601, UTC. */
  readonly keysUntil: string | null;
  /** When the cached credentials expire. */
  readonly keptUntil: string | null;
  /** Whether AWS tools find valid credentials. */
  readonly good: boolean;
}

/**
 * Shows the profile named by -p, or all. Throws GauthError BAD_PROFILE, FILE; NO_SESSION, after printing, for a named
 * profile whose credentials have expired.
 */
export async function status(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, COMMANDS.status.options);
  const named = typeof given.profile === 'string' ? settings.profile : undefined;
  const files = await locateFiles(system.env, system.home);
  const states = await statesOf(files, system);
  if (settings.short) {
    printShort(states, named ?? gauthProfile(system.env) ?? system.env['AWS_PROFILE'] ?? '', system);
    return;
  }
  const shown = named === undefined ? states : states.filter(({ profile }) => profile === named);
  const [state] = shown;
  if (named !== undefined && state === undefined) throw noProfile(named);
  if (settings.json) system.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  else if (state === undefined) system.stderr.write('No gauth profiles yet. Create one: gauth configure\n');
  else system.stdout.write(fitTable(shown, system));
  if (named === undefined || state?.good === true) return;
  throw new GauthError('NO_SESSION', `profile ${oneLine(named)} has no valid credentials`, {
    hints: [`get new credentials: gauth -p ${shellQuote(state?.sourceProfile ?? named)}`],
  });
}

/** Prints nothing if no profile is meant: a shell prompt has no room for errors. */
function printShort(states: readonly State[], name: string, { stdout, clock }: System): void {
  const [only, ...others] = states;
  const state = name === '' && others.length === 0 ? only : states.find(({ profile }) => profile === name);
  const end = state?.keysUntil ?? (state?.credentialProcess === true ? state.keptUntil : null);
  if (state === undefined || end === null) return;
  stdout.write(shortStatus(oneLine(state.profile), new Date(end), clock.now().getTime()));
}

async function statesOf(files: AwsFilePaths, { clock }: System): Promise<readonly State[]> {
  const store = storeFolder(files);
  const [profiles, credentials, cached] = await Promise.all([
    listProfiles(files),
    readCredentials(files),
    listCachedSessions(store),
  ]);
  const known = gauthProfiles(profiles);
  const own = known.filter(({ source }) => source === undefined);
  const states = own.map(({ name, config }) => {
    const { roleArn, chain, username, signIn } = settingsIn(config);
    const sessions = cached.filter(({ profile }) => profile === name).map(({ session }) => session);
    const session = sessions.find((each) => each.roleArn === roleArn) ?? sessions[0];
    const keysUntil = expirationFrom(credentials(name)?.get('aws_session_expiration'));
    const credentialProcess = config.has('credential_process');
    const until = keysUntil ?? (credentialProcess ? session?.expiration : undefined);
    return {
      profile: name,
      sourceProfile: null,
      // The credentials are those of the last role in the chain.
      roleArn: chain.at(-1) ?? roleArn ?? session?.roleArn ?? null,
      username: username ?? null,
      signIn,
      credentialProcess,
      keysUntil: keysUntil?.toISOString() ?? null,
      keptUntil: session?.expiration.toISOString() ?? null,
      good: until !== undefined && until > clock.now(),
    };
  });
  const withSessions = await Promise.all(
    states.map(async (state) => ({ ...state, googleSession: await hasGoogleSession(store, state.username) })),
  );
  return withChained(withSessions, known);
}

/** Adds the chained roles: AWS tools can assume them as long as the credentials of the source profile are valid. */
function withChained(states: readonly State[], profiles: readonly GauthProfile[]): readonly State[] {
  const all = new Map(states.map((state) => [state.profile, state]));
  for (const { name, source, config } of profiles) {
    const above = source === undefined ? undefined : all.get(source);
    if (above === undefined) continue;
    all.set(name, {
      ...above,
      profile: name,
      sourceProfile: above.profile,
      roleArn: config.get('role_arn') ?? null,
    });
  }
  return [...all.values()];
}

/** The settings of the profile alone; invalid values count as missing. */
function settingsIn(config: ReadonlyMap<string, string>): Settings {
  try {
    return resolveSettings({}, {}, (key) => config.get(key)).settings;
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    return resolveSettings({}, {}, () => undefined).settings;
  }
}

async function readCredentials({
  credentials,
}: AwsFilePaths): Promise<(profile: string) => ReadonlyMap<string, string> | undefined> {
  const text = await readTextFile(credentials);
  const ini = text === undefined ? undefined : parseIni(text, credentials);
  return (profile) => ini && keyValues(ini, profile, true);
}

/** Whether a Google session is saved for this account, in the private store or in the browser profile. */
async function hasGoogleSession(store: string, username: string | null): Promise<boolean> {
  if (username === null) return false;
  const browsers = profileFolders(store, username).map((folder) => join(folder, BROWSER_SESSION));
  const paths = [jarPath(jarFolder(store), username), ...browsers];
  const found = await Promise.all(paths.map(async (path) => stat(path).catch(() => undefined)));
  return found.some((each) => each !== undefined);
}

function noProfile(name: string): GauthError {
  return new GauthError('BAD_PROFILE', `there is no gauth profile ${oneLine(name)}`, {
    hints: ["'gauth status' lists the profiles", `create it: gauth -p ${shellQuote(name)}`],
  });
}

/**
 * The table as wide as the terminal allows: first without the least important columns, then with the time left instead of dates,
 * then with accounts and names instead of ARNs. Output that is not to a terminal is always whole.
 */
function fitTable(
  states: readonly State[],
  { stdout, clock, env }: Pick<System, 'stdout' | 'clock' | 'env'>,
): string {
  const now = clock.now();
  const paint = colours(stdout, env);
  const room = stdout.isTerminal ? (stdout.columns ?? Infinity) : Infinity;
  const plain: Paint = (_, text) => text;
  const fitting = VARIANTS.find((variant) => widthOf(tableOf(states, now, variant, plain)) <= room);
  return tableOf(states, now, fitting ?? NARROWEST, paint, room);
}

function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

interface Variant {
  readonly without: readonly string[];
  /** The time left only. */
  readonly isShortTime?: boolean;
  /** Account and name of the role only. */
  readonly isShortRole?: boolean;
}

const NARROWEST: Variant = {
  without: ['SIGN-IN', 'GOOGLE SESSION', 'USER'],
  isShortTime: true,
  isShortRole: true,
};

const VARIANTS: readonly Variant[] = [
  { without: [] },
  { without: ['SIGN-IN', 'GOOGLE SESSION'] },
  { without: ['SIGN-IN', 'GOOGLE SESSION'], isShortTime: true },
  { without: ['SIGN-IN', 'GOOGLE SESSION'], isShortTime: true, isShortRole: true },
  NARROWEST,
];

/** The last column is cut if the table is wider than `room`. */
function tableOf(
  states: readonly State[],
  now: Date,
  variant: Variant,
  paint: Paint,
  room = Infinity,
): string {
  const { without, isShortTime = false, isShortRole = false } = variant;
  type Column = readonly [head: string, cell: (state: State) => string];
  const expires: Column = ['EXPIRES', (state) => expiryOf(state, now, isShortTime)];
  const columns: readonly Column[] = [
    ['PROFILE', ({ profile }) => oneLine(profile)],
    // What has to be seen comes before what may be cut off.
    ...(isShortRole ? [expires] : []),
    ['ROLE', ({ roleArn }) => oneLine(isShortRole ? shortRole(roleArn) : (roleArn ?? '-'))],
    ['USER', ({ username }) => oneLine(username ?? '-')],
    ['SIGN-IN', ({ signIn }) => signIn],
    ['GOOGLE SESSION', ({ googleSession }) => (googleSession ? 'saved' : '-')],
    ...(isShortRole ? [] : [expires]),
  ];
  const shown = columns.filter(([head]) => !without.includes(head));
  const heading = shown.map(([head]) => head);
  return table(
    heading,
    withLastCut(
      heading,
      states.map((state) => shown.map(([, cell]) => cell(state))),
      room,
    ),
    (cell, row, head) => {
      const state = states[row];
      return head === 'EXPIRES' && state !== undefined ? paint(urgency(state, now), cell) : cell;
    },
  );
}

function withLastCut(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  room: number,
): readonly (readonly string[])[] {
  const last = heading.length - 1;
  const widths = heading.map((head, column) =>
    Math.max(head.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const left = Math.max(1, room - widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0));
  return rows.map((cells) =>
    cells.map((cell, column) =>
      column === last && cell.length > left ? `${cell.slice(0, left - 1)}…` : cell,
    ),
  );
}

/** Milliseconds. AWS tools renew credentials that are about to expire so long before. */
const SOON = 15 * 60_000;

function urgency(state: State, now: Date): Colour {
  const until = expirationOf(state);
  if (until === undefined) return 'dim';
  const left = until.getTime() - now.getTime();
  return left < 0 ? 'red' : left < SOON ? 'yellow' : 'green';
}

/** When what AWS tools use expires. */
function expirationOf({ keysUntil, keptUntil, credentialProcess }: State): Date | undefined {
  return expirationFrom(keysUntil ?? (credentialProcess ? keptUntil : undefined) ?? undefined);
}

/** `111222333444/saml-init` */
function shortRole(roleArn: string | null): string {
  const [, account, name] = /^arn:[^:]*:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(roleArn ?? '') ?? [];
  return account === undefined || name === undefined ? (roleArn ?? '-') : `${account}/${name}`;
}

function expiryOf(state: State, now: Date, isShort: boolean): string {
  const until = expirationOf(state);
  if (until === undefined) return '-';
  const minutes = Math.floor((until.getTime() - now.getTime()) / 60_000);
  const hours = Math.floor(minutes / 60);
  const left = minutes < 0 ? 'expired' : `in ${hours === 0 ? '' : `${hours} h `}${minutes % 60} min`;
  return isShort ? left : `${localTime(until)}, ${left}`;
}
