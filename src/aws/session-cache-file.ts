/** Parses a session cache file, and finds a valid session in it. Small, because the launcher loads it. Pure. */

/** The output of a credential_process ("Sourcing credentials with an external process" in the AWS CLI User Guide). */
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
  /** Seconds, from start to expiration. */
  readonly DurationSeconds: number;
}

/** The sessions of one profile. */
export interface SessionCacheFile {
  readonly version: typeof CACHE_VERSION;
  readonly profile: string;
  /** The request key (`wish`) of the profile's own settings, with the stamp of the config file that they were read from. */
  readonly plain?: { readonly stamp: string; readonly wish: string };
  /** By request key: a digest of the settings that decide which session is meant. */
  readonly sessions: Readonly<Record<string, CachedSession>>;
}

/** The version of the file format. Any other version counts as damaged. */
export const CACHE_VERSION = 1;

/** Seconds that must remain of a session: botocore renews credentials when 15 minutes remain. */
export const MIN_TTL = 900;

/** Parses the text; undefined if it is damaged, of another version or of another profile (on case-insensitive file systems two names share a file). */
export function parseSessionCache(text: string, profile: string): SessionCacheFile | undefined {
  const read = parsed(text);
  if (!isRecord(read) || read['version'] !== CACHE_VERSION || read['profile'] !== profile) return undefined;
  const { plain, sessions } = read;
  if (!isRecord(sessions) || !Object.values(sessions).every(isCachedSession)) return undefined;
  const cache = {
    version: CACHE_VERSION,
    profile,
    sessions: sessions as SessionCacheFile['sessions'],
  } as const;
  if (!isRecord(plain) || typeof plain['stamp'] !== 'string' || typeof plain['wish'] !== 'string')
    return cache;
  return { ...cache, plain: { stamp: plain['stamp'], wish: plain['wish'] } };
}

/** The name of the profile, which the file name contains only in shortened form if it is long. */
export function profileNameIn(text: string): string | undefined {
  const read = parsed(text);
  return isRecord(read) && typeof read['profile'] === 'string' ? read['profile'] : undefined;
}

/** The session for the profile's own settings, if the config file has this stamp and the session is valid. */
export function sessionOfProfile(
  cache: SessionCacheFile,
  stamp: string,
  now: number,
): CachedSession | undefined {
  const { plain, sessions } = cache;
  if (plain === undefined || plain.stamp !== stamp) return undefined;
  const session = Object.prototype.hasOwnProperty.call(sessions, plain.wish)
    ? sessions[plain.wish]
    : undefined;
  return session && isFresh(Date.parse(session.Expiration), session.DurationSeconds, MIN_TTL, now)
    ? session
    : undefined;
}

/**
 * Whether more than `minTtl` seconds remain, or, for sessions shorter than twice that, more than half of their lifetime.
 * `expiration` and `now` are in milliseconds since 1970.
 */
export function isFresh(expiration: number, durationSeconds: number, minTtl: number, now: number): boolean {
  return (expiration - now) / 1000 > Math.min(minTtl, durationSeconds / 2);
}

/**
 * The account of the credentials: that of the assumed role, which is the last one of a chain. Undefined if it does not have the
 * 12 digits of an account ID.
 */
export function accountIdOf({
  roleArn,
  assumedRoleArn = roleArn,
}: {
  readonly roleArn: string;
  readonly assumedRoleArn?: string | undefined;
}): string | undefined {
  return /^arn:[^:]+:(?:iam|sts):[^:]*:(\d{12}):/.exec(assumedRoleArn)?.[1];
}

/** The credentials as JSON on one line, with the account of the role, which SDKs use for account-based endpoints. */
export function credentialProcessJson(
  session: ProcessCredentials & Pick<CachedSession, 'RoleArn' | 'AssumedRoleArn'>,
): string {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration, RoleArn, AssumedRoleArn } = session;
  const AccountId = accountIdOf({ roleArn: RoleArn, assumedRoleArn: AssumedRoleArn });
  return `${JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId })}\n`;
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
