/** The session cache: one file per profile in `~/.aws/gauth/sessions`, mode 0600, replaced atomically. Damaged files count as missing. */
import type { Stats } from 'node:fs';
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPrivateFile, replaceFile } from '../files/files.ts';
import { TEMPORARY_SUFFIX } from '../files/temporary-suffix.ts';
import { LOCK_SUFFIX, removeDeadLock, STORE_WAIT, withLock } from '../files/lock.ts';
import { Secret } from '../secret.ts';
import {
  CACHE_VERSION,
  type CachedSession,
  type SessionCacheFile,
  type ProcessCredentials,
  profileNameIn,
  parseSessionCache,
} from './session-cache-file.ts';
import { sessionCachePath, versionStamp } from './paths.ts';
import type { Session } from './session.ts';

/** Bytes. A larger file was not written by gauth. */
const LIMIT = 1_000_000;
/** Milliseconds. AWS sessions last at most twelve hours, so an older file has no valid one. */
const MAX_SESSION_AGE = 12 * 3600 * 1000;

/** The stamp of a file, or `none` if there is no file. */
export async function settingsStamp(config: string, defaults: readonly string[]): Promise<string> {
  const others = await Promise.all(defaults.map(async (path) => fileStamp(path)));
  return [await fileStamp(config), ...others.filter((stamp) => stamp !== 'none')].join(' ');
}

async function fileStamp(path: string): Promise<string> {
  try {
    return versionStamp(await stat(path));
  } catch {
    return 'none';
  }
}

/** The cached session of a profile and a request key, valid or expired; undefined if there is none. */
export async function readCachedSession(
  store: string,
  profile: string,
  requestKey: string,
): Promise<Session | undefined> {
  const cache = await readCacheFile(store, profile);
  return cache && Object.hasOwn(cache.sessions, requestKey)
    ? fromCached(cache.sessions[requestKey])
    : undefined;
}

/** Whether the cache file of a profile contains this already. */
export async function isProfileDefault(
  store: string,
  profile: string,
  plain: NonNullable<SessionCacheFile['plain']>,
): Promise<boolean> {
  const found = (await readCacheFile(store, profile))?.plain;
  return found?.stamp === plain.stamp && found.wish === plain.wish;
}

/** All cached sessions without duplicates, the latest expiration first. */
export async function listCachedSessions(
  store: string,
): Promise<readonly { readonly profile: string; readonly session: Session }[]> {
  const found = new Map<string, { profile: string; session: Session }>();
  for (const file of await readdir(join(store, 'sessions')).catch(() => [])) {
    const profile = await profileOf(join(store, 'sessions', file));
    // A copy under another name is ignored.
    if (profile === undefined || basename(sessionCachePath(store, profile)) !== file) continue;
    for (const each of Object.values((await readCacheFile(store, profile))?.sessions ?? {})) {
      const session = fromCached(each);
      if (session) found.set(`${profile}\n${each.AccessKeyId}`, { profile, session });
    }
  }
  return [...found.values()].toSorted(
    (a, b) => b.session.expiration.getTime() - a.session.expiration.getTime(),
  );
}

/** What to add to a profile's cache file. */
export interface CacheEntry {
  /** The sessions by request key. */
  readonly sessions: Readonly<Record<string, Session>>;
  /** The request key of the profile's own settings; undefined leaves it unchanged. */
  readonly plain?: SessionCacheFile['plain'];
}

/** Adds sessions to a profile's cache file, and removes expired ones. Throws GauthError FILE, LOCKED, CANCELLED. */
export async function writeCachedSessions(
  store: string,
  profile: string,
  entry: CacheEntry,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const path = sessionCachePath(store, profile);
  await withLock(path, { signal, waitMs: STORE_WAIT }, async () => {
    const old = await readCacheFile(store, profile);
    const valid = Object.entries(old?.sessions ?? {}).filter(
      ([, each]) => Date.parse(each.Expiration) > now.getTime(),
    );
    const added = Object.entries(entry.sessions).map(([key, session]) => [key, toCached(session)] as const);
    const plain = entry.plain ?? old?.plain;
    const cache: SessionCacheFile = {
      version: CACHE_VERSION,
      profile,
      ...(plain && { plain }),
      sessions: Object.fromEntries([...valid, ...added]),
    };
    await replaceFile(path, `${JSON.stringify(cache)}\n`, { secret: true });
  });
}

/** Moves the cached sessions of a profile to its new name. Throws GauthError FILE, LOCKED, CANCELLED. */
export async function renameCachedSessions(
  store: string,
  from: string,
  to: string,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const cache = await readCacheFile(store, from);
  const sessions = Object.entries(cache?.sessions ?? {}).flatMap(([key, each]) => {
    const session = fromCached(each);
    return session ? [[key, session] as const] : [];
  });
  if (sessions.length > 0)
    await writeCachedSessions(store, to, { sessions: Object.fromEntries(sessions) }, now, signal);
  await removeCachedSessions(store, from);
}

/** Removes the cached sessions of a profile; returns whether there were any. */
export async function removeCachedSessions(store: string, profile: string): Promise<boolean> {
  const path = sessionCachePath(store, profile);
  if ((await fileStamp(path)) === 'none') return false;
  await rm(path, { force: true });
  return true;
}

/** Milliseconds. Google's sessions end sooner, so an older browser profile is useless. */
const BROWSER_UNUSED = 30 * 24 * 3600 * 1000;

/**
 * Removes expired sessions and the leftovers of killed processes. Locks follow their own rules: the holder may have slept with the
 * machine.
 */
export async function removeExpired(store: string, now: Date): Promise<void> {
  for (const folder of ['sessions', 'failures', 'locks', 'responses'])
    await sweepFolder(join(store, folder), now, MAX_SESSION_AGE, () => true);
  // Of these folders, only temporary files and locks are removed.
  for (const folder of ['jars', '.'])
    await sweepFolder(join(store, folder), now, MAX_SESSION_AGE, isTemporary);
  await sweepFolder(join(store, 'browser'), now, MAX_SESSION_AGE, isTemporary);
  await sweepFolder(join(store, 'browser'), now, BROWSER_UNUSED, (name) =>
    /^[0-9a-f]{16}(-firefox)?$/.test(name),
  );
}

function isTemporary(name: string): boolean {
  return name.endsWith(TEMPORARY_SUFFIX) || name.endsWith(LOCK_SUFFIX);
}

async function sweepFolder(
  folder: string,
  now: Date,
  age: number,
  matches: (name: string) => boolean,
): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!matches(name)) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (!found || now.getTime() - found.mtimeMs <= age) continue;
    const swept = name.endsWith(LOCK_SUFFIX)
      ? removeDeadLock(path.slice(0, -LOCK_SUFFIX.length))
      : removeUnused(path, found);
    await swept.catch(() => undefined);
  }
}

/** A browser profile is removed only if no run holds its lock. */
async function removeUnused(path: string, found: Stats): Promise<void> {
  if (!found.isDirectory()) return rm(path, { force: true });
  const options = { signal: new AbortController().signal, waitMs: 0 };
  await withLock(path, options, async () => rm(path, { recursive: true, force: true }));
}

/** When the sessions of a profile last changed, in milliseconds since 1970; 0 if there are none. */
export async function lastUsed(store: string, profile: string): Promise<number> {
  const found = await stat(sessionCachePath(store, profile)).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

export function processCredentials(session: Session): ProcessCredentials {
  return {
    Version: 1,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey.reveal(),
    SessionToken: session.sessionToken.reveal(),
    Expiration: session.expiration.toISOString(),
  };
}

async function readCacheFile(store: string, profile: string): Promise<SessionCacheFile | undefined> {
  const text = await readPrivateFile(sessionCachePath(store, profile), LIMIT).catch(() => undefined);
  return text === undefined ? undefined : parseSessionCache(text, profile);
}

/** The profile name in a cache file. */
async function profileOf(path: string): Promise<string | undefined> {
  const text = path.endsWith('.json') ? await readPrivateFile(path, LIMIT).catch(() => undefined) : undefined;
  return text === undefined ? undefined : profileNameIn(text);
}

function toCached(session: Session): CachedSession {
  const { roleArn, assumedRoleArn, durationSeconds } = session;
  return {
    ...processCredentials(session),
    RoleArn: roleArn,
    ...(assumedRoleArn === undefined ? {} : { AssumedRoleArn: assumedRoleArn }),
    DurationSeconds: durationSeconds,
  };
}

function fromCached(cached: CachedSession | undefined): Session | undefined {
  if (cached === undefined) return undefined;
  const { AssumedRoleArn: assumedRoleArn } = cached;
  return {
    accessKeyId: cached.AccessKeyId,
    secretAccessKey: new Secret(cached.SecretAccessKey),
    sessionToken: new Secret(cached.SessionToken),
    expiration: new Date(cached.Expiration),
    roleArn: cached.RoleArn,
    ...(assumedRoleArn === undefined ? {} : { assumedRoleArn }),
    durationSeconds: cached.DurationSeconds,
  };
}
