/** A file of kept sessions, read: what it holds, and which session is good still. Pure, and small: the front reads it too. */

/** What AWS's credential_process prints ("Sourcing credentials with an external process" of the AWS CLI's guide). */
export interface ProcessCredentials {
  readonly Version: 1;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** ISO 8601, UTC. */
  readonly Expiration: string;
}

export interface CachedSession extends ProcessCredentials {
  readonly RoleArn: string;
  readonly AssumedRoleArn?: string;
  /** Seconds, from its beginning to its end. */
  readonly DurationSeconds: number;
}

/** The sessions of one profile. */
export interface SessionCacheFile {
  readonly version: typeof CACHE_VERSION;
  readonly profile: string;
  /** What the profile asks for where neither flag nor variable has a say, and the stamp of the config file that says so. */
  readonly plain?: { readonly stamp: string; readonly wish: string };
  /** By what was asked for: a digest of the settings that decide which session is meant. */
  readonly sessions: Readonly<Record<string, CachedSession>>;
}

/** Another version is another file's form, and counts as damaged. */
export const CACHE_VERSION = 1;

/** Seconds that have to be left of a session: botocore asks anew when 15 minutes are left. */
export const MIN_TTL = 900;

/** The file's text, read; undefined for what is damaged, of another version, or another profile's (where capitals do not count, two names share a file). */
export function parseSessionCache(text: string, profile: string): SessionCacheFile | undefined {
  const read = parsed(text);
  if (!isRecord(read) || read['version'] !== CACHE_VERSION || read['profile'] !== profile) return undefined;
  const { plain, sessions } = read;
  if (!isRecord(sessions) || !Object.values(sessions).every(isCachedSession)) return undefined;
  const kept = {
    version: CACHE_VERSION,
    profile,
    sessions: sessions as SessionCacheFile['sessions'],
  } as const;
  if (!isRecord(plain) || typeof plain['stamp'] !== 'string' || typeof plain['wish'] !== 'string')
    return kept;
  return { ...kept, plain: { stamp: plain['stamp'], wish: plain['wish'] } };
}

/** The profile whose file it is: a long name does not stand in the file's name. */
export function profileNameIn(text: string): string | undefined {
  const read = parsed(text);
  return isRecord(read) && typeof read['profile'] === 'string' ? read['profile'] : undefined;
}

/** The session that answers what the profile alone asks for, while the config file bears this stamp and the session is good. */
export function sessionOfProfile(
  kept: SessionCacheFile,
  stamp: string,
  now: number,
): CachedSession | undefined {
  const { plain, sessions } = kept;
  if (plain === undefined || plain.stamp !== stamp) return undefined;
  const session = Object.prototype.hasOwnProperty.call(sessions, plain.wish)
    ? sessions[plain.wish]
    : undefined;
  return session && isFresh(Date.parse(session.Expiration), session.DurationSeconds, MIN_TTL, now)
    ? session
    : undefined;
}

/**
 * Whether enough is left: more than `minTtl` seconds, or half of a session that was made for less than twice that.
 * `expiration` and `now` in milliseconds since 1970.
 */
export function isFresh(expiration: number, durationSeconds: number, minTtl: number, now: number): boolean {
  return (expiration - now) / 1000 > Math.min(minTtl, durationSeconds / 2);
}

/** The one JSON document, on one line. */
export function credentialProcessJson(session: ProcessCredentials): string {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = session;
  return `${JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration })}\n`;
}

function isCachedSession(value: unknown): value is CachedSession {
  if (!isRecord(value)) return false;
  const texts = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'RoleArn'];
  return (
    value['Version'] === 1 &&
    texts.every((key) => typeof value[key] === 'string') &&
    typeof value['DurationSeconds'] === 'number' &&
    !Number.isNaN(Date.parse(String(value['Expiration'])))
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
