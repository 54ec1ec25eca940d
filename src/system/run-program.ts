/** Runs a program in place of gauth: without a shell, with the same terminal, streams, signals and exit status. */
import { type ChildProcess, spawn as spawnDirectly } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import type { ProgramResult, Environment } from '../ports.ts';
import { exitBySignal } from './exit-signal.ts';

/** Signals from the keys of a terminal. They go to the whole process group, and so to the child too. */
const KEY_SIGNALS = ['SIGINT', 'SIGQUIT'] as const;
/** Signals that are sent to one process. They are meant for the child. */
const PROCESS_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
/** Signals that also end gauth itself: a shell stops a loop only if it sees that a signal ended the program. Others would write core files. */
const REPEATED: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Ctrl-Z and `fg` need no code: the child is in the same process group, and gauth stops and continues with it. On Windows the
 * console sends Ctrl-C to both, and there is nothing to forward. Throws GauthError CANCELLED for a signal that arrives before
 * the program runs.
 */
export async function runProgram(
  [program, ...args]: readonly [program: string, ...args: string[]],
  env: Environment,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const isWindows = process.platform === 'win32';
  // On Windows a command may be a batch file, such as those of npm and pip: cross-spawn finds it by PATHEXT, and quotes its
  // arguments for cmd.exe, which Node does not (CVE-2024-27980).
  const spawn = isWindows ? (await import('cross-spawn')).default : spawnDirectly;
  // Without a terminal, SIGINT was sent to gauth alone (by a supervisor, or `kill -INT`).
  const forwarded: readonly NodeJS.Signals[] = isWindows
    ? []
    : [...PROCESS_SIGNALS, ...(hasTerminal() ? [] : KEY_SIGNALS)];
  const handled: readonly NodeJS.Signals[] = isWindows
    ? ['SIGINT', 'SIGBREAK']
    : [...PROCESS_SIGNALS, ...KEY_SIGNALS];
  let child: ChildProcess | undefined;
  const early: NodeJS.Signals[] = [];
  // Installed before the start: a signal that arrives now is meant for the child.
  const restore = handled.map((name) =>
    replaceListeners(name, () => {
      if (child === undefined) early.push(name);
      if (forwarded.includes(name)) child?.kill(name);
    }),
  );
  try {
    // A pending signal is delivered in the next turn of the event loop, and should prevent the start.
    for (let turn = 0; turn < 2; turn += 1) await setImmediate();
    if (early.length > 0 || signal.aborted) throw cancelled();
    return await new Promise<ProgramResult>((resolve) => {
      child = spawn(program, args, { stdio: 'inherit', env: childEnvironment(env) });
      child.once('error', (error) => {
        resolve(failed(error));
      });
      child.once('exit', (status, signal) => {
        if (signal !== null && REPEATED.has(signal)) exitBySignal(signal);
        resolve({ kind: 'ended', status: signal === null ? (status ?? 0) : 128 + constants.signals[signal] });
      });
    });
  } catch (error) {
    if (error instanceof GauthError) throw error;
    return failed(error);
  } finally {
    for (const undo of restore) undo();
  }
}

/**
 * gauth's own handlers would end it at the second Ctrl-C, but the program may use that key all the time. The new handler is
 * installed before the old ones are removed, because without a handler the signal would end gauth.
 */
function replaceListeners(name: NodeJS.Signals, listener: () => void): () => void {
  const before = process.listeners(name);
  process.on(name, listener);
  for (const each of before) process.off(name, each);
  return () => {
    for (const each of before) process.on(name, each);
    process.off(name, listener);
  };
}

/** Whether this process has a controlling terminal. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

function failed(error: unknown): ProgramResult {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  switch (code) {
    case 'ENOENT':
      return { kind: 'not-found' };
    case 'EACCES':
      return { kind: 'not-runnable', reason: 'it is not executable' };
    case 'E2BIG':
      return { kind: 'not-runnable', reason: 'its command line or environment is too long' };
    default:
      return { kind: 'not-runnable', reason: code };
  }
}
