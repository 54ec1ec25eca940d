/** Ends gauth by the signal that it received, so that its parent sees it. */

/**
 * Makes the process end by SIGHUP when it exits. Otherwise Node 20 tries to restore the lost terminal, takes the failure for
 * an internal error and writes a core file.
 */
export function exitByHangup(): void {
  exitBySignal('SIGHUP');
}

/** Makes the process end by this signal when it exits, so that its parent process sees the signal. */
export function exitBySignal(signal: NodeJS.Signals): void {
  process.once('exit', () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
