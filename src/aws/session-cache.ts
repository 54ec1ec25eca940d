/** The store of AWS sessions: a file for each profile under `~/.aws/gauth/sessions`, 0600, replaced at once; what is damaged counts as not there. */
import type { Stats } from 'node:fs';
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPrivateFile, replaceFile, TEMPORARY_SUFFIX } from '../files/files.ts';
import { LOCK_SUFFIX, STORE_WAIT, withLock } from '../files/lock.ts';
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

/** Bytes. Beyond this the file is not ours. */
const LIMIT = 1_000_000;
/** Milliseconds. AWS's sessions last twelve hours at most, so a file that was not written for longer holds none that is good. */
const OLD = 12 * 3600 * 1000;

/** The stamp of a file that may not be there. */
export async function fileStamp(path: string): Promise<string> {
  try {
    return versionStamp(await stat(path));
  } catch {
    return 'none';
  }
}

/** The session that was kept for a profile and a wish, good or not; undefined where there is none that can be read. */
export async function readCachedSession(
  store: string,
  profile: string,
  wish: string,
): Promise<Session | undefined> {
  const kept = await readFileOf(store, profile);
  return kept && Object.hasOwn(kept.sessions, wish) ? fromCached(kept.sessions[wish]) : undefined;
}

/** Whether a kept profile's file says this already. */
export async function isProfileDefault(
  store: string,
  profile: string,
  plain: NonNullable<SessionCacheFile['plain']>,
): Promise<boolean> {
  const found = (await readFileOf(store, profile))?.plain;
  return found?.stamp === plain.stamp && found.wish === plain.wish;
}

/** All that is kept, the latest expiration first, each session once. */
export async function listCachedSessions(
  store: string,
): Promise<readonly { readonly profile: string; readonly session: Session }[]> {
  const found = new Map<string, { profile: string; session: Session }>();
  for (const file of await readdir(join(store, 'sessions')).catch(() => [])) {
    const profile = await profileOf(join(store, 'sessions', file));
    // A copy under another name is nobody's.
    if (profile === undefined || basename(sessionCachePath(store, profile)) !== file) continue;
    for (const each of Object.values((await readFileOf(store, profile))?.sessions ?? {})) {
      const session = fromCached(each);
      if (session) found.set(`${profile}\n${each.AccessKeyId}`, { profile, session });
    }
  }
  return [...found.values()].toSorted(
    (a, b) => b.session.expiration.getTime() - a.session.expiration.getTime(),
  );
}

/** What to write besides, in one profile's file. */
export interface CacheEntry {
  /** The session, by each wish that it answers. */
  readonly sessions: Readonly<Record<string, Session>>;
  /** What the profile alone asks for; undefined leaves it as it is. */
  readonly plain?: SessionCacheFile['plain'];
}

/** Adds to a profile's file and drops what has run out of it. Throws GauthError FILE, LOCKED, CANCELLED. */
export async function writeCachedSessions(
  store: string,
  profile: string,
  entry: CacheEntry,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const path = sessionCachePath(store, profile);
  await withLock(path, { signal, waitMs: STORE_WAIT }, async () => {
    const old = await readFileOf(store, profile);
    const good = Object.entries(old?.sessions ?? {}).filter(
      ([, each]) => Date.parse(each.Expiration) > now.getTime(),
    );
    const added = Object.entries(entry.sessions).map(([wish, session]) => [wish, toCached(session)] as const);
    const plain = entry.plain ?? old?.plain;
    const kept: SessionCacheFile = {
      version: CACHE_VERSION,
      profile,
      ...(plain && { plain }),
      sessions: Object.fromEntries([...good, ...added]),
    };
    await replaceFile(path, `${JSON.stringify(kept)}\n`, { secret: true });
  });
}

/** Forgets a profile's sessions; true where there was a file. */
export async function removeCachedSessions(store: string, profile: string): Promise<boolean> {
  const path = sessionCachePath(store, profile);
  if ((await fileStamp(path)) === 'none') return false;
  await rm(path, { force: true });
  return true;
}

/** Milliseconds. Google ends its sessions sooner, so that a browser profile that was not used for longer is of no use. */
const BROWSER_UNUSED = 30 * 24 * 3600 * 1000;

/**
 * Removes what nobody has written to for so long that it is of no use to anybody: sessions that have expired, and what killed
 * processes left. A lock goes by its own rules: its holder may have slept as long as the machine did.
 */
export async function removeExpired(store: string, now: Date): Promise<void> {
  for (const folder of ['sessions', 'failures', 'locks', 'responses'])
    await sweepFolder(join(store, folder), now, OLD, () => true);
  // Beside jars and account facts, which stay, there may be temporary files and locks.
  for (const folder of ['jars', '.']) await sweepFolder(join(store, folder), now, OLD, isPassing);
  await sweepFolder(join(store, 'browser'), now, OLD, isPassing);
  await sweepFolder(join(store, 'browser'), now, BROWSER_UNUSED, (name) => /^[0-9a-f]{16}$/.test(name));
}

function isPassing(name: string): boolean {
  return name.endsWith(TEMPORARY_SUFFIX) || name.endsWith(LOCK_SUFFIX);
}

async function sweepFolder(
  folder: string,
  now: Date,
  age: number,
  isMeant: (name: string) => boolean,
): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isMeant(name)) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (!found || now.getTime() - found.mtimeMs <= age) continue;
    const swept = name.endsWith(LOCK_SUFFIX)
      ? freeDead(path.slice(0, -LOCK_SUFFIX.length))
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

/** Who takes a dead holder's lock removes it. */
async function freeDead(path: string): Promise<void> {
  await withLock(path, { signal: new AbortController().signal, waitMs: 0 }, async () => Promise.resolve());
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

async function readFileOf(store: string, profile: string): Promise<SessionCacheFile | undefined> {
  const text = await readPrivateFile(sessionCachePath(store, profile), LIMIT).catch(() => undefined);
  return text === undefined ? undefined : parseSessionCache(text, profile);
}

/** The profile that a file of the store says it is of. */
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

function fromCached(kept: CachedSession | undefined): Session | undefined {
  if (kept === undefined) return undefined;
  const { AssumedRoleArn: assumedRoleArn } = kept;
  return {
    accessKeyId: kept.AccessKeyId,
    secretAccessKey: new Secret(kept.SecretAccessKey),
    sessionToken: new Secret(kept.SessionToken),
    expiration: new Date(kept.Expiration),
    roleArn: kept.RoleArn,
    ...(assumedRoleArn === undefined ? {} : { assumedRoleArn }),
    durationSeconds: kept.DurationSeconds,
  };
}
