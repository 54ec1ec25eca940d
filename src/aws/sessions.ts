/** The store of AWS sessions: one file a profile under `~/.aws/gauth/sessions`, 0600, versioned; what is damaged counts as not there. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextFile, replaceFile } from '../files.ts';
import { withLock } from '../lock.ts';
import { Secret } from '../secret.ts';
import type { Session } from './sts.ts';

/** The keys of a session as AWS's credential_process defines them ("Sourcing credentials with an external process"). */
export interface ProcessCredentials {
  readonly Version: 1;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** ISO 8601, UTC. */
  readonly Expiration: string;
}

/** One file of the store. The front reads it too, without this module: change both together, and the version. */
export interface StoredSessions {
  readonly version: typeof STORE_VERSION;
  readonly profile: string;
  /** What the config file was when `role` was the profile's role; a change of it sends the reader the long way. */
  readonly stamp: string;
  /** The role that the profile names. */
  readonly role: string;
  readonly sessions: Readonly<Record<string, StoredSession>>;
}

interface StoredSession extends ProcessCredentials {
  readonly DurationSeconds: number;
  readonly AssumedRoleArn?: string;
}

export const STORE_VERSION = 1;

/** Beyond this the file is not ours. Bytes. */
const LIMIT = 1_000_000;

/** Where a profile's sessions are kept. The name is escaped, so that it can neither leave the folder nor mean something to a file system. */
export function sessionsPath(store: string, profile: string): string {
  const name = encodeURIComponent(profile).replace(
    /[*.!'()~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return join(store, 'sessions', `${name}.json`);
}

/** Tells versions of a file apart: size, time and place. `none` where there is no file. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size}-${mtimeMs}-${ino}`;
  } catch {
    return 'none';
  }
}

/**
 * The session that was kept for a profile, of the role named or else of its last one; undefined where there is none, or
 * none that can be read.
 */
export async function readSession(
  store: string,
  profile: string,
  roleArn: string | undefined,
): Promise<Session | undefined> {
  const file = await readStored(store, profile);
  const role = roleArn ?? file?.role ?? '';
  const stored = file?.sessions[role];
  return stored && fromStored(role, stored);
}

/** All that is kept, the newest expiration first; for `status` and `logout`. */
export async function listSessions(
  store: string,
): Promise<readonly { readonly profile: string; readonly session: Session }[]> {
  const found: { profile: string; session: Session }[] = [];
  for (const file of await readdir(join(store, 'sessions')).catch(() => [])) {
    if (!file.endsWith('.json')) continue;
    const stored = await readFileOf(join(store, 'sessions', file));
    for (const [roleArn, session] of Object.entries(stored?.sessions ?? {})) {
      found.push({ profile: stored?.profile ?? '', session: fromStored(roleArn, session) });
    }
  }
  return found.toSorted((a, b) => b.session.expiration.getTime() - a.session.expiration.getTime());
}

/** Keeps a session, with those of the profile's other roles that have not run out. Throws GauthError FILE, LOCKED. */
export async function writeSession(
  place: { readonly store: string; readonly profile: string; readonly stamp: string },
  session: Session,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const { store, profile, stamp } = place;
  const path = sessionsPath(store, profile);
  await withLock(path, { signal }, async () => {
    const old = Object.entries((await readStored(store, profile))?.sessions ?? {});
    const good = old.filter(([, each]) => Date.parse(each.Expiration) > now.getTime());
    const stored: StoredSessions = {
      version: STORE_VERSION,
      profile,
      stamp,
      role: session.roleArn,
      sessions: { ...Object.fromEntries(good), [session.roleArn]: toStored(session) },
    };
    await replaceFile(path, `${JSON.stringify(stored)}\n`, { mode: 0o600 });
  });
}

/** Forgets a profile's sessions. */
export async function dropSessions(store: string, profile: string): Promise<void> {
  await rm(sessionsPath(store, profile), { force: true });
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

async function readStored(store: string, profile: string): Promise<StoredSessions | undefined> {
  const stored = await readFileOf(sessionsPath(store, profile));
  // Two names can share a file where capitals do not count.
  return stored?.profile === profile ? stored : undefined;
}

async function readFileOf(path: string): Promise<StoredSessions | undefined> {
  try {
    const value: unknown = JSON.parse((await readTextFile(path, LIMIT)) ?? '');
    return isStored(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): value is StoredSessions {
  if (!isRecord(value) || value['version'] !== STORE_VERSION) return false;
  const { profile, stamp, role, sessions } = value;
  return (
    typeof profile === 'string' &&
    typeof stamp === 'string' &&
    typeof role === 'string' &&
    isRecord(sessions) &&
    Object.values(sessions).every(isStoredSession)
  );
}

function isStoredSession(value: unknown): value is StoredSession {
  if (!isRecord(value)) return false;
  const texts = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];
  return (
    value['Version'] === 1 &&
    texts.every((key) => typeof value[key] === 'string') &&
    typeof value['DurationSeconds'] === 'number' &&
    !Number.isNaN(Date.parse(String(value['Expiration'])))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function toStored(session: Session): StoredSession {
  const assumed = session.assumedRoleArn;
  return {
    ...processCredentials(session),
    DurationSeconds: session.durationSeconds,
    ...(assumed === undefined ? {} : { AssumedRoleArn: assumed }),
  };
}

function fromStored(roleArn: string, stored: StoredSession): Session {
  const assumed = stored.AssumedRoleArn;
  return {
    accessKeyId: stored.AccessKeyId,
    secretAccessKey: new Secret(stored.SecretAccessKey),
    sessionToken: new Secret(stored.SessionToken),
    expiration: new Date(stored.Expiration),
    roleArn,
    durationSeconds: stored.DurationSeconds,
    ...(assumed === undefined ? {} : { assumedRoleArn: assumed }),
  };
}
