/** The end of a process whose terminal has gone. */

/**
 * Has the process, when it comes to its end, end by SIGHUP. Left to itself Node 20 tries to put the lost terminal back,
 * takes the failure for a fault of its own and leaves a core file.
 */
export function endByHangup(): void {
  process.once('exit', () => {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  });
}
