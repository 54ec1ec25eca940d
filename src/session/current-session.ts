/** A session for a profile: the kept one while it is good, else a new one, got by one process for all that wait. */
import { createHash } from 'node:crypto';
import { isFresh } from '../aws/session-cache-file.ts';
import { readProfile } from '../aws/profiles.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import type { Role } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import {
  isProfileDefault,
  readCachedSession,
  fileStamp,
  removeExpired,
  writeCachedSessions,
} from '../aws/session-cache.ts';
import { GauthError } from '../errors.ts';
import { type SessionPolicies, readPolicies } from './federate.ts';
import { singleFlight } from './single-flight.ts';
import type { ProfileContext } from './profile-context.ts';
import { CACHE_KEY_OPTIONS, type Settings } from '../options/options.ts';
import type { Clock, System } from '../ports.ts';
import { type Waiting, renewSession, type RenewedSession, withAbsolutePaths } from './renewal.ts';
import { resolveSettings } from '../options/settings.ts';

/** An forceNew run wants a new session although a kept one is good. */
export interface SessionOptions extends Waiting {
  /** Seconds that have to be left of a kept session (for short ones: half of them). */
  readonly minTtl: number;
  /** Seconds; a kept session that was made for longer is none of those wanted. */
  readonly longest?: number | undefined;
  /** How a new session is got, where that is not by a sign-in. */
  readonly renew?: typeof renewSession;
  readonly onRole?: (role: Role) => void;
  /** Told of a new session before others may take it. */
  readonly onRenewed?: (renewed: RenewedSession) => Promise<void>;
}

/** Seconds that have to be left of a kept session to be handed out where no new one is to be had. */
const LAST_RESORT = 60;

/** Throws what `renew` throws, unless a kept session is still of use; LOCKED when another process does not finish. */
export async function getSession(
  opened: ProfileContext,
  system: System,
  options: SessionOptions,
): Promise<RenewedSession> {
  const { name, files, log } = opened;
  const { forceNew, typed, minTtl, waitMs, budget, longest = Infinity } = options;
  const store = storeFolder(files);
  const settings = withAbsolutePaths(opened.settings, system);
  // What the policy says now: it may be another file's text by the time that the session is there.
  const limits = await readPolicies(settings);
  // A session that is shorter by wish is kept by itself: who wants a long one is not to find it.
  const wish = requestKey(settings, limits, options.longest);
  let kept: Session | undefined;

  const look = async (): Promise<RenewedSession | undefined> => {
    if (forceNew) return undefined;
    const plain = await readCachedSession(store, name, requestKey(settings, limits));
    const isShort = plain !== undefined && plain.durationSeconds <= longest;
    kept = isShort ? plain : await readCachedSession(store, name, wish);
    if (kept === undefined || !isFresh(kept.expiration.getTime(), kept.durationSeconds, minTtl, now(system)))
      return undefined;
    return { session: kept, settings, limits, kept: Promise.resolve() };
  };
  const work = async (): Promise<RenewedSession> => {
    const onRole = options.onRole ?? (() => undefined);
    const renewed = await (options.renew ?? renewSession)({ ...opened, limits }, system, onRole, options);
    await options.onRenewed?.(renewed);
    await cacheSession(opened, renewed, system, options.longest);
    return renewed;
  };

  if (name === '') return work();
  const found = await look();
  if (found) {
    await markProfileDefault(opened, wish, system);
    return found;
  }
  const flight = {
    store,
    about: [name, wish],
    doing: `renewing the session of ${name}`,
    waitMs,
    forceNew,
    typed,
    budget,
  };
  try {
    return await singleFlight(flight, system, log, look, work);
  } catch (error) {
    if (!(error instanceof GauthError) || kept === undefined || isToldToEnd(error, system)) throw error;
    if (kept.expiration.getTime() - now(system) <= LAST_RESORT * 1000) throw error;
    log.warn(`${error.message}; the session of ${name} is good until ${kept.expiration.toISOString()}`);
    return { session: kept, settings, limits, kept: Promise.resolve() };
  }
}

/** Whether the person wants the run to end. A limit of time is none of theirs: what is kept then still serves. */
function isToldToEnd({ kind }: GauthError, { signal }: Pick<System, 'signal'>): boolean {
  if (!signal.aborted) return kind === 'cancelled';
  return !(signal.reason instanceof GauthError && signal.reason.code === 'TIMEOUT');
}

/** What is asked for, as one word: the same for two runs whenever either's session answers the other. */
function requestKey(settings: Settings, { policy }: SessionPolicies, longest?: number): string {
  const words: unknown[] = CACHE_KEY_OPTIONS.map((name) => [name, settings[name]]);
  // A session is limited by what the policy said when it was made.
  if (policy !== undefined) words.push(policy);
  if (longest !== undefined) words.push(longest);
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 24);
}

/** Keeps a new session for all runs that would ask for the same. A store that cannot be written costs a line, not the credentials. */
export async function cacheSession(
  { name, files, settings, log }: ProfileContext,
  renewed: RenewedSession,
  system: System,
  longest?: number,
): Promise<void> {
  if (name === '') return;
  const { session } = renewed;
  const answered: Settings[] = [{ ...renewed.settings, roleArn: session.roleArn }];
  // Who was offered the roles may have taken another than the one that the settings name.
  if (settings.roleArn === undefined || settings.roleArn === session.roleArn) answered.push(settings);
  const wishes = answered.map((each) => requestKey(withAbsolutePaths(each, system), renewed.limits, longest));
  const sessions = Object.fromEntries(wishes.map((wish) => [wish, session]));
  try {
    const plain = await profileRequestKey(name, files);
    const isAnswered = plain !== undefined && wishes.includes(plain.wish);
    const entry = isAnswered ? { sessions, plain } : { sessions };
    const store = storeFolder(files);
    await writeCachedSessions(store, name, entry, system.clock.now(), system.signal);
    await removeExpired(store, system.clock.now());
  } catch (error) {
    if (!(error instanceof GauthError) || error.code === 'CANCELLED') throw error;
    log.warn(`the session is not kept: ${error.message}`);
  }
}

/** The config file was changed since, by another profile's run say: the front's next answer is quick again. */
async function markProfileDefault(
  { name, files, log }: ProfileContext,
  wish: string,
  system: System,
): Promise<void> {
  const store = storeFolder(files);
  try {
    const plain = await profileRequestKey(name, files);
    if (plain?.wish !== wish || (await isProfileDefault(store, name, plain))) return;
    await writeCachedSessions(store, name, { sessions: {}, plain }, system.clock.now(), system.signal);
  } catch (error) {
    if (!(error instanceof GauthError) || error.code === 'CANCELLED') throw error;
    log.info(`the store cannot be written: ${error.message}`);
  }
}

/**
 * What the profile alone asks for, and the config file's stamp from before it was read. Undefined for one that cannot be used
 * by itself, and where the config file alone does not decide.
 */
async function profileRequestKey(
  name: string,
  files: AwsFilePaths,
): Promise<{ readonly stamp: string; readonly wish: string } | undefined> {
  const stamp = await fileStamp(files.config);
  const profile = await readProfile(files, name);
  try {
    const { settings } = resolveSettings({}, {}, (key) => profile?.config.get(key));
    return settings.policy === undefined ? { stamp, wish: requestKey(settings, {}) } : undefined;
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    return undefined;
  }
}

function now({ clock }: { readonly clock: Clock }): number {
  return clock.now().getTime();
}
