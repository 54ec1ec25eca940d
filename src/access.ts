/** A session for a profile: the kept one while it is good, else renewed by one process for all that wait. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { readSession, stampOf, writeSession } from './aws/sessions.ts';
import type { SharedFiles } from './aws/profile.ts';
import type { Session } from './aws/sts.ts';
import { GauthError, isCode } from './errors.ts';
import { readTextFile, replaceFile } from './files.ts';
import { withLock } from './lock.ts';
import type { Settings } from './options.ts';
import type { Clock, Log } from './ports.ts';

export interface AccessRequest {
  readonly profile: string;
  readonly settings: Settings;
  readonly files: SharedFiles;
  /** A kept session is good while more than this is left, in seconds. */
  readonly minTtl: number;
  /** The longest that another process's sign-in is waited for, in milliseconds. */
  readonly waitMs: number;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Gets a new session from Google and AWS. */
  readonly renew: () => Promise<Session>;
}

/** Milliseconds for which a failed sign-in stands for all that wait: 50 waiters must not become 50 questions. */
const FAILURE_LASTS = 5_000;
/** Seconds that have to be left of a kept session to be handed out when it cannot be renewed. */
const LAST_RESORT = 60;

/** Where everything is kept that has to do with profiles: beside the credentials file, so that a mounted folder carries it. */
export function storeFolder(files: SharedFiles): string {
  return join(dirname(files.credentials), 'gauth');
}

/** Throws what `renew` throws, unless a kept session is still of use; LOCKED when another process does not finish. */
export async function access(request: AccessRequest, parts: Parts): Promise<Session> {
  const { profile, settings, files } = request;
  const store = storeFolder(files);
  const { clock, signal } = parts;
  const kept = async (): Promise<Session | undefined> => readSession(store, profile, settings.roleArn);
  const first = await kept();
  if (first && isGood(first, request, clock)) return first;

  const account = accountOf(settings);
  const since = clock.now();
  return withLock(join(store, 'locks', account), { signal, waitMs: request.waitMs }, async () => {
    // Whoever held the lock before may have renewed it, or have failed for all.
    const second = await kept();
    if (second && isGood(second, request, clock)) return second;
    const failures = join(store, 'failures', `${account}.json`);
    await throwFailure(failures, since, clock);
    const stamp = await stampOf(files.config);
    try {
      const session = await parts.renew();
      await writeSession({ store, profile, stamp }, session, clock.now(), signal);
      return session;
    } catch (error) {
      if (!(error instanceof GauthError)) throw error;
      if (second && secondsLeft(second, clock) > LAST_RESORT) {
        parts.log.warn(
          `${error.message}; the session of ${profile} is good until ${second.expiration.toISOString()}`,
        );
        return second;
      }
      await rememberFailure(failures, error, clock);
      throw error;
    }
  });
}

/** A session that was made for less than twice the time asked for is good until half of it is gone. */
function isGood(session: Session, { minTtl }: AccessRequest, clock: Clock): boolean {
  return secondsLeft(session, clock) > Math.min(minTtl, session.durationSeconds / 2);
}

function secondsLeft(session: Session, clock: Clock): number {
  return (session.expiration.getTime() - clock.now().getTime()) / 1000;
}

/** Profiles of one Google account and app share a lock: their sign-ins would be the same one. */
function accountOf({ username, idpId, spId }: Settings): string {
  const text = JSON.stringify([username?.toLowerCase(), idpId, spId]);
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

interface Failure {
  readonly at: number;
  readonly code: string;
  readonly message: string;
  readonly hints: readonly string[];
}

/** Throws the failure of another process that ended since `since`, or a moment before. */
async function throwFailure(path: string, since: Date, clock: Clock): Promise<void> {
  const failure = readFailure(await readTextFile(path).catch(() => undefined));
  if (failure === undefined || !isCode(failure.code)) return;
  const isRecent = failure.at >= since.getTime() || clock.now().getTime() - failure.at < FAILURE_LASTS;
  if (!isRecent || failure.at > clock.now().getTime()) return;
  throw new GauthError(failure.code, `${failure.message} (a moment ago, for another process)`, {
    hints: failure.hints,
  });
}

async function rememberFailure(path: string, error: GauthError, clock: Clock): Promise<void> {
  const { code, message, hints } = error;
  const failure: Failure = { at: clock.now().getTime(), code, message, hints };
  // That it cannot be written must not hide the failure itself.
  await replaceFile(path, JSON.stringify(failure), { mode: 0o600 }).catch(() => undefined);
}

function readFailure(text: string | undefined): Failure | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) return undefined;
    const { at, code, message, hints } = value as Readonly<Record<string, unknown>>;
    if (typeof at !== 'number' || typeof code !== 'string' || typeof message !== 'string') return undefined;
    return { at, code, message, hints: Array.isArray(hints) ? hints.map(String) : [] };
  } catch {
    return undefined;
  }
}
