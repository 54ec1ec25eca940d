/** `gauth status`: gauth's profiles, and how long the keys of each are good. Asks nobody. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keyValues, parseIni } from '../aws/ini.ts';
import { locateFiles } from '../aws/private-store.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { listProfiles, readProfile } from '../aws/profiles.ts';
import { listCachedSessions } from '../aws/session-cache.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import { profileFolder } from '../google/browser-sign-in.ts';
import { jarFolder, jarPath } from '../session/google-session-store.ts';
import { rejectChainedProfile } from '../session/role-chain.ts';
import type { Settings } from '../options/options.ts';
import { localTime } from '../output/session-output.ts';
import type { System } from '../ports.ts';
import { type Flags, resolveSettings } from '../options/settings.ts';
import { table } from '../output/table.ts';
import { shellQuote, oneLine } from '../text.ts';

/** One profile; this is what `--json` prints. */
interface State {
  readonly profile: string;
  readonly roleArn: string | null;
  readonly username: string | null;
  /** The way in: terminal, browser or auto. */
  readonly signIn: string;
  /** Whether Google may know this machine still, so that no password is asked for. */
  readonly googleSession: boolean;
  readonly credentialProcess: boolean;
  /** When the keys in the credentials file run out; AWS's tools take these before any others. ISO 8601, UTC. */
  readonly keysUntil: string | null;
  /** When the session that gauth has kept runs out. */
  readonly keptUntil: string | null;
  /** Whether AWS's tools find keys here that have not run out. */
  readonly good: boolean;
}

/**
 * Of the profile that -p names, or of all. Throws GauthError BAD_PROFILE, FILE; NO_SESSION, when all is printed, for a
 * profile named whose keys have run out.
 */
export async function status(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, COMMANDS.status.options);
  const named = typeof given.profile === 'string' ? settings.profile : undefined;
  const files = await locateFiles(system.env, system.home);
  if (named !== undefined) rejectChainedProfile({ name: named, profile: await readProfile(files, named) });
  const states = await statesOf(files, system);
  const shown = named === undefined ? states : states.filter(({ profile }) => profile === named);
  const [state] = shown;
  if (named !== undefined && state === undefined) throw noProfile(named);
  if (settings.json) system.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  else if (state === undefined) system.stderr.write('There are no profiles of gauth yet.\n');
  else system.stdout.write(fitting(shown, system));
  if (named === undefined || state?.good === true) return;
  throw new GauthError('NO_SESSION', `the profile ${oneLine(named)} has no keys that are good`, {
    hints: [`get new ones: gauth -p ${shellQuote(named)}`],
  });
}

async function statesOf(files: AwsFilePaths, { clock }: System): Promise<readonly State[]> {
  const store = storeFolder(files);
  const [profiles, credentials, kept] = await Promise.all([
    listProfiles(files),
    readCredentials(files),
    listCachedSessions(store),
  ]);
  const states = profiles.flatMap(({ name, config }) => {
    if (!isOurs(config)) return [];
    const { roleArn, chain, username, signIn } = settingsIn(config);
    const mine = kept.filter(({ profile }) => profile === name).map(({ session }) => session);
    const session = mine.find((each) => each.roleArn === roleArn) ?? mine[0];
    const keysUntil = dateOf(credentials(name)?.get('aws_session_expiration'));
    const credentialProcess = config.has('credential_process');
    const until = keysUntil ?? (credentialProcess ? session?.expiration : undefined);
    return {
      profile: name,
      // The keys are those of the last role, whatever roles led there.
      roleArn: chain.at(-1) ?? roleArn ?? session?.roleArn ?? null,
      username: username ?? null,
      signIn,
      credentialProcess,
      keysUntil: keysUntil?.toISOString() ?? null,
      keptUntil: session?.expiration.toISOString() ?? null,
      good: until !== undefined && until > clock.now(),
    };
  });
  return Promise.all(
    states.map(async (state) => ({ ...state, googleSession: await isKnown(store, state.username) })),
  );
}

/** Whether gauth, or aws-google-auth, has written this profile, or is to be run for it. */
function isOurs(config: ReadonlyMap<string, string>): boolean {
  const process = config.get('credential_process') ?? '';
  return (
    /\bgauth\b.*\bcredential-process\b/.test(process) ||
    [...config.keys()].some((key) => /^(google_config\.|gauth_)/.test(key))
  );
}

/** What the profile says by itself; a key with a value that cannot be used counts as not there. */
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

function dateOf(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Whether a session of Google's is kept for this account, in gauth's jar or in the browser's private profile. */
async function isKnown(store: string, username: string | null): Promise<boolean> {
  if (username === null) return false;
  // A browser that never came up leaves a folder without a profile in it.
  const places = [jarPath(jarFolder(store), username), join(profileFolder(store, username), 'Default')];
  const found = await Promise.all(places.map(async (path) => stat(path).catch(() => undefined)));
  return found.some((each) => each !== undefined);
}

function noProfile(name: string): GauthError {
  return new GauthError('BAD_PROFILE', `there is no profile ${oneLine(name)} of gauth's`, {
    hints: ["'gauth status' lists those that there are", `make it: gauth -p ${shellQuote(name)}`],
  });
}

/** All columns where they fit into the window; else without those that one can do without. */
function fitting(states: readonly State[], { stdout, clock }: Pick<System, 'stdout' | 'clock'>): string {
  const whole = tableOf(states, clock.now(), () => true);
  const width = Math.max(...whole.split('\n').map((line) => line.length));
  if (!stdout.isTerminal || width <= (stdout.columns ?? Infinity)) return whole;
  return tableOf(states, clock.now(), (column) => column !== 'SIGN-IN' && column !== 'GOOGLE SESSION');
}

function tableOf(states: readonly State[], now: Date, isShown: (column: string) => boolean): string {
  const columns: readonly (readonly [head: string, cell: (state: State) => string])[] = [
    ['PROFILE', ({ profile }) => oneLine(profile)],
    ['ROLE', ({ roleArn }) => oneLine(roleArn ?? '-')],
    ['WHO', ({ username }) => oneLine(username ?? '-')],
    ['SIGN-IN', ({ signIn }) => signIn],
    ['GOOGLE SESSION', ({ googleSession }) => (googleSession ? 'kept' : '-')],
    ['GOOD UNTIL', (state) => goodUntil(state, now)],
  ];
  const shown = columns.filter(([head]) => isShown(head));
  return table(
    shown.map(([head]) => head),
    states.map((state) => shown.map(([, cell]) => cell(state))),
  );
}

function goodUntil({ keysUntil, keptUntil, credentialProcess }: State, now: Date): string {
  const until = dateOf(keysUntil ?? (credentialProcess ? keptUntil : undefined) ?? undefined);
  if (until === undefined) return '-';
  const minutes = Math.floor((until.getTime() - now.getTime()) / 60_000);
  if (minutes < 0) return `${localTime(until)}, run out`;
  const hours = Math.floor(minutes / 60);
  return `${localTime(until)}, for ${hours === 0 ? '' : `${hours} h `}${minutes % 60} min`;
}
