/** The end of a process by a signal. */

/**
 * Has the process, when it comes to its end, end by SIGHUP. Left to itself Node 20 tries to put the lost terminal back,
 * takes the failure for a fault of its own and leaves a core file.
 */
export function exitByHangup(): void {
  exitBySignal('SIGHUP');
}

/** Has the process, when it comes to its end, end by this signal, so that whoever waits for it sees that. */
export function exitBySignal(signal: NodeJS.Signals): void {
  process.once('exit', () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
