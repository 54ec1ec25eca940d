/** Ends the browser when gauth ends, even by SIGKILL: a separate process that waits for a pipe to close. */
import { type ChildProcess, spawn } from 'node:child_process';
import { childEnvironment } from '../child-environment.ts';

/**
 * The pipe closes when gauth ends. A line before that means that the browser has ended. The browser gets time for a page at the end
 * that closes it, and time to end.
 */
const POSIX =
  'read -r _ && exit; sleep 2; kill -INT "$1"; sleep 1; kill -TERM "-$1"; sleep 3; kill -KILL "-$1"';
const WINDOWS = `
process.stdin.on('data', () => process.exit()).on('end', () => {
  try { process.kill(Number(process.argv[1])); } catch { /* It has ended. */ }
});`;

export interface BrowserGuard {
  /** Call it when the browser has ended. */
  dismiss(): void;
}

/** Guards a browser with its own process group. On Windows the browser ends with its main process. */
export function startBrowserGuard(pid: number, platform: NodeJS.Platform): BrowserGuard {
  const [program, ...args] =
    platform === 'win32'
      ? [process.execPath, '-e', WINDOWS, String(pid)]
      : ['/bin/sh', '-c', POSIX, 'gauth-browser-guard', String(pid)];
  const guard: ChildProcess = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own session: signals from the terminal must not reach the guard.
    detached: true,
    windowsHide: true,
    env: { ...childEnvironment(), NODE_OPTIONS: '' },
  });
  // Without a guard, the next run ends the browser.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  return {
    dismiss: () => {
      guard.stdin?.end('ended\n');
    },
  };
}
