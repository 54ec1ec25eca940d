/** Runs another program in gauth's place: no shell, the same terminal and streams, its signals and its ending. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import type { ProgramResult, Environment } from '../ports.ts';
import { exitBySignal } from './exit-signal.ts';

/** What a terminal's keys send: to the whole process group, and so to the child as well. */
const BY_KEYS = ['SIGINT', 'SIGQUIT'] as const;
/** What is sent to one process; the program that it is meant for is the child. */
const TO_ONE = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
/** A shell stops a script's loop only when it sees that a signal ended the program; the core files of others are not worth it. */
const PASSED_ON: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Ctrl-Z and `fg` need nothing here: the child is in the same process group, and gauth stops and goes on with it.
 * On Windows the console tells both of Ctrl-C, and there is nothing to pass on. Throws GauthError CANCELLED for a signal
 * that comes before the program runs.
 */
export async function runProgram(
  [program, ...args]: readonly [program: string, ...args: string[]],
  env: Environment,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const isWindows = process.platform === 'win32';
  // Without a terminal, Ctrl-C's signal was sent to gauth alone (by a supervisor, or `kill -INT`).
  const forwarded: readonly NodeJS.Signals[] = isWindows
    ? []
    : [...TO_ONE, ...(hasTerminal() ? [] : BY_KEYS)];
  const handled: readonly NodeJS.Signals[] = isWindows ? ['SIGINT', 'SIGBREAK'] : [...TO_ONE, ...BY_KEYS];
  let child: ChildProcess | undefined;
  const early: NodeJS.Signals[] = [];
  // Before the child can be known to run: a signal that comes now is for it already.
  const restore = handled.map((name) =>
    replaceListeners(name, () => {
      if (child === undefined) early.push(name);
      if (forwarded.includes(name)) child?.kill(name);
    }),
  );
  try {
    // A signal that has come already is told in the next turn of the loop, and was meant to keep the program from running.
    for (let turn = 0; turn < 2; turn += 1) await setImmediate();
    if (early.length > 0 || signal.aborted) throw cancelled();
    return await new Promise<ProgramResult>((resolve) => {
      child = spawn(program, args, { stdio: 'inherit', env: childEnvironment(env) });
      child.once('error', (error) => {
        resolve(failed(error));
      });
      child.once('exit', (status, signal) => {
        if (signal !== null && PASSED_ON.has(signal)) exitBySignal(signal);
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
 * gauth's own handlers would end it at the second Ctrl-C, under a program for which that key is an everyday one. There
 * is a handler at every moment: without one the signal would end gauth.
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
    case 'EINVAL':
      // Node starts no batch files without a shell, because cmd.exe reads arguments in its own way (CVE-2024-27980).
      return { kind: 'not-runnable', reason: 'a batch file has to be run by cmd: -- cmd /c ...' };
    default:
      return { kind: 'not-runnable', reason: code };
  }
}
