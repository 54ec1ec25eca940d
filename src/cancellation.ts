/** Waits for the end of a run that its user cancels. */
import { cancelled } from './errors.ts';

/** Rejects with GauthError CANCELLED when the signal fires. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => {
      reject(cancelled());
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
