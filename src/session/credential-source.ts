/**
 * The credentials of one profile for as long as a server runs: served from memory, and renewed ahead of their end while the
 * old ones are still served.
 */
import { isFresh } from '../aws/session-cache-file.ts';
import type { Session } from '../aws/session.ts';
import type { Clock } from '../ports.ts';

/** Milliseconds that credentials must still be valid to be served. */
const LEAST = 2_000;
/** Milliseconds after a failed renewal without another one. */
const RETRY_PAUSE = 10_000;

export interface CredentialSource {
  /** Credentials that are valid now. Throws what the renewal throws. */
  current(): Promise<Session>;
}

export interface CredentialSourceParts {
  readonly clock: Pick<Clock, 'now'>;
  /** Seconds of validity below which credentials are renewed; for short sessions, half their lifetime. */
  readonly minTtl: number;
  /** Gets credentials that are fresh: from the cache, or by a sign-in. */
  readonly renew: () => Promise<Session>;
  /** Called once for each failed renewal. */
  readonly onFailure: (error: unknown, session: Session | undefined) => void;
}

export function createCredentialSource(
  initial: Session | undefined,
  { clock, minTtl, renew, onFailure }: CredentialSourceParts,
): CredentialSource {
  let session = initial;
  let receivedAt = clock.now().getTime();
  let pending: Promise<Session> | undefined;
  let failure: { readonly error: unknown; readonly at: number } | undefined;
  const now = (): number => clock.now().getTime();

  /** STS may have given less than what was requested. */
  const isStillFresh = ({ expiration, durationSeconds }: Session): boolean => {
    const end = expiration.getTime();
    return isFresh(end, Math.min(durationSeconds, (end - receivedAt) / 1000), minTtl, now());
  };

  /** All requests at the same time share one renewal. */
  const renewal = async (): Promise<Session> => {
    pending ??= (async () => {
      try {
        session = await renew();
        receivedAt = now();
        failure = undefined;
        return session;
      } catch (error) {
        failure = { error, at: now() };
        onFailure(error, session);
        throw error;
      } finally {
        pending = undefined;
      }
    })();
    return pending;
  };

  return {
    async current() {
      const isValid = session !== undefined && session.expiration.getTime() - now() > LEAST;
      if (session && isValid && isStillFresh(session)) return session;
      const hasJustFailed =
        failure !== undefined && pending === undefined && now() - failure.at < RETRY_PAUSE;
      if (!isValid && hasJustFailed) throw failure?.error;
      if (session === undefined || !isValid) return renewal();
      if (!hasJustFailed) renewal().catch(() => undefined);
      return session;
    },
  };
}
