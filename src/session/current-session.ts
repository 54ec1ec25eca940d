/**
 * The session of a profile: cached while it is valid, else new from `renewal.ts`. One process signs in while the others
 * wait for its result.
 */
import { createHash } from 'node:crypto';
import { withProfileEndpoints } from '../aws/endpoints.ts';
import { isFresh } from '../aws/session-cache-file.ts';
import { readProfile } from '../aws/profiles.ts';
import { storeFolder } from '../aws/paths.ts';
import type { Role } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import {
  isProfileDefault,
  readCachedSession,
  settingsStamp,
  removeExpired,
  writeCachedSessions,
} from '../aws/session-cache.ts';
import { GauthError } from '../errors.ts';
import { checkSessionAccount } from './allowed-accounts.ts';
import { type SessionPolicies, readPolicies } from './federate.ts';
import { singleFlight } from './single-flight.ts';
import type { ProfileContext } from './profile-context.ts';
import { CACHE_KEY_OPTIONS, type Settings } from '../options/options.ts';
import type { Clock, System } from '../ports.ts';
import { type Waiting, renewSession, type RenewedSession, withAbsolutePaths } from './renewal.ts';
import { resolveSettings } from '../options/settings.ts';

/** An forceNew run wants a new session although a cached one is good. */
export interface SessionOptions extends Waiting {
  /** Seconds of validity that a cached session must have left (for short sessions, half their lifetime). */
  readonly minTtl: number;
  /** Seconds; cached sessions with a longer lifetime are not used. */
  readonly longest?: number | undefined;
  /** How to get a new session, if not by a sign-in. */
  readonly renew?: typeof renewSession;
  readonly onRole?: (role: Role) => void;
  /** Called with a new session before other processes can use it. */
  readonly onRenewed?: (renewed: RenewedSession) => Promise<void>;
}

/** Seconds of validity that a cached session must have left to be used if no new one is available. */
const LAST_RESORT = 60;

/**
 * Throws what `renewSession` throws, unless a cached session is still usable; LOCKED if another process does not finish.
 */
export async function getSession(
  opened: ProfileContext,
  world: System,
  options: SessionOptions,
): Promise<RenewedSession> {
  const system = { ...world, env: withProfileEndpoints(world.env, opened.profile?.config) };
  const { name, files, log } = opened;
  const { forceNew, typed, minTtl, waitMs, budget, longest = Infinity } = options;
  const store = storeFolder(files);
  const settings = withAbsolutePaths(opened.settings, system);
  // The policy as it is now: the file may have changed by the time the session is there.
  const policies = await readPolicies(settings);
  // A session that was requested to be short is cached under its own key: a run that needs a long one must not find it.
  const key = requestKey(settings, policies, options.longest);
  let cached: Session | undefined;

  const look = async (): Promise<RenewedSession | undefined> => {
    if (forceNew) return undefined;
    const plain = await readCachedSession(store, name, requestKey(settings, policies));
    const isShort = plain !== undefined && plain.durationSeconds <= longest;
    cached = isShort ? plain : await readCachedSession(store, name, key);
    if (cached !== undefined) checkSessionAccount(cached, settings);
    if (
      cached === undefined ||
      !isFresh(cached.expiration.getTime(), cached.durationSeconds, minTtl, now(system))
    )
      return undefined;
    return { session: cached, settings, policies, saved: Promise.resolve() };
  };
  const work = async (): Promise<RenewedSession> => {
    const onRole = options.onRole ?? (() => undefined);
    const renewed = await (options.renew ?? renewSession)({ ...opened, policies }, system, onRole, options);
    checkSessionAccount(renewed.session, settings);
    await options.onRenewed?.(renewed);
    await cacheSession(opened, renewed, system, options.longest);
    return renewed;
  };

  if (name === '') return work();
  const found = await look();
  if (found) {
    await markProfileDefault(opened, key, system);
    return found;
  }
  const flight = {
    store,
    key: [name, key],
    doing: `renewing the credentials of profile ${name}`,
    waitMs,
    forceNew,
    typed,
    budget,
  };
  try {
    return await singleFlight(flight, system, log, look, work);
  } catch (error) {
    if (!(error instanceof GauthError) || cached === undefined || isCancelledByUser(error, system))
      throw error;
    if (cached.expiration.getTime() - now(system) <= LAST_RESORT * 1000) throw error;
    log.warn(
      `${error.message}; using cached credentials of profile ${name}, which expire at ${cached.expiration.toISOString()}`,
    );
    return { session: cached, settings, policies, saved: Promise.resolve() };
  }
}

/** Whether the user cancelled the run. After a time limit, a cached session is still used. */
function isCancelledByUser({ kind }: GauthError, { signal }: Pick<System, 'signal'>): boolean {
  if (!signal.aborted) return kind === 'cancelled';
  return !(signal.reason instanceof GauthError && signal.reason.code === 'TIMEOUT');
}

/** The cache key of a request: equal for two runs if and only if the session of one can serve the other. */
function requestKey(settings: Settings, { policy }: SessionPolicies, longest?: number): string {
  const words: unknown[] = CACHE_KEY_OPTIONS.map((name) => [name, settings[name]]);
  // A session is limited by the policy as it was when the session was created.
  if (policy !== undefined) words.push(policy);
  if (longest !== undefined) words.push(longest);
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 24);
}

/**
 * Caches a new session for all runs with the same request. A store that cannot be written is logged and does not fail the
 * run.
 */
export async function cacheSession(
  { name, files, settings, defaults, log }: ProfileContext,
  renewed: RenewedSession,
  system: System,
  longest?: number,
): Promise<void> {
  if (name === '') return;
  const { session } = renewed;
  const matching: Settings[] = [{ ...renewed.settings, roleArn: session.roleArn }];
  // A user who picked a role may have picked another one than that of the settings.
  if (settings.roleArn === undefined || settings.roleArn === session.roleArn) matching.push(settings);
  const keys = matching.map((each) => requestKey(withAbsolutePaths(each, system), renewed.policies, longest));
  const sessions = Object.fromEntries(keys.map((key) => [key, session]));
  try {
    const plain = await profileRequestKey({ name, files, defaults });
    const isAnswered = plain !== undefined && keys.includes(plain.wish);
    const entry = isAnswered ? { sessions, plain } : { sessions };
    const store = storeFolder(files);
    await writeCachedSessions(store, name, entry, system.clock.now(), system.signal);
    await removeExpired(store, system.clock.now());
  } catch (error) {
    if (!(error instanceof GauthError) || error.code === 'CANCELLED') throw error;
    log.warn(`the credentials are not cached: ${error.message}`);
  }
}

/**
 * The config file has changed since, for example by a run of another profile: marks the session so that the launcher finds
 * it again.
 */
async function markProfileDefault(
  { name, files, defaults, log }: ProfileContext,
  key: string,
  system: System,
): Promise<void> {
  const store = storeFolder(files);
  try {
    const plain = await profileRequestKey({ name, files, defaults });
    if (plain?.wish !== key || (await isProfileDefault(store, name, plain))) return;
    await writeCachedSessions(store, name, { sessions: {}, plain }, system.clock.now(), system.signal);
  } catch (error) {
    if (!(error instanceof GauthError) || error.code === 'CANCELLED') throw error;
    log.info(`the store cannot be written: ${error.message}`);
  }
}

/**
 * The request key of the profile without flags and variables, and the version stamp of the config file from before it was
 * read. Undefined for a profile that cannot be used on its own, and if more than the config file decides.
 */
async function profileRequestKey({
  name,
  files,
  defaults,
}: Pick<ProfileContext, 'name' | 'files' | 'defaults'>): Promise<
  { readonly stamp: string; readonly wish: string } | undefined
> {
  const stamp = await settingsStamp(files.config, defaults.paths);
  const profile = await readProfile(files, name);
  try {
    const { settings } = resolveSettings({}, {}, (key) => profile?.config.get(key), undefined, defaults);
    return settings.policy === undefined ? { stamp, wish: requestKey(settings, {}) } : undefined;
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    return undefined;
  }
}

function now({ clock }: { readonly clock: Clock }): number {
  return clock.now().getTime();
}
