/** A time limit for a whole run, which ends all waits by the same signal as Ctrl-C. */
import { cancelled, GauthError } from './errors.ts';
import type { System } from './ports.ts';
import { pluralise } from './text.ts';

/**
 * Runs `work` with ports whose signal fires after `limitMs` milliseconds, and then throws GauthError TIMEOUT instead of CANCELLED.
 * The signal also fires when the work ends, so that nothing continues.
 */
export async function withTimeLimit<Result>(
  limitMs: number,
  system: System,
  work: (limited: System) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new GauthError('TIMEOUT', `not finished within ${pluralise(limitMs / 1000, 'second')}`));
  }, limitMs);
  const signal = AbortSignal.any([system.signal, limit.signal]);
  const { keychain } = system;
  try {
    return await work({
      ...system,
      signal,
      keychain: {
        get: async (service, account) => keychain.get(service, account, signal),
        set: async (service, account, secret) => keychain.set(service, account, secret, signal),
        delete: async (service, account) => keychain.delete(service, account, signal),
      },
    });
  } catch (error) {
    const isEnded = error instanceof GauthError && error.code === 'CANCELLED';
    throw isEnded && limit.signal.aborted && !system.signal.aborted ? limit.signal.reason : error;
  } finally {
    clearTimeout(timer);
    limit.abort(cancelled());
  }
}

/** Waits for work that may be left undone, for at most so many milliseconds. That it fails is no matter. */
export async function settleWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => undefined), over]);
  clearTimeout(timer);
}
