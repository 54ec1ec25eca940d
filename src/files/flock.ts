/** The locks that aws-google-auth takes on AWS's files. gauth takes them too, besides its own (`lock.ts`). */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';

import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import { hasCode, ignore } from './file-error.ts';
import { openFileHint } from './hint-commands.ts';
import { deadline, type LockOptions, pause } from './lock.ts';

/**
 * Runs `work` while holding the flock(2) lock of an existing lock file, as aws-google-auth (Python's filelock) takes it.
 * That tool does not remove its lock file, so the file only means that the tool has been used. If there is none, none is created, and
 * `work` can ask whether one has appeared, which means that the tool runs for the first time. If the system cannot take such a
 * lock (Windows; Linux without `flock`), `work` runs without it.
 * Throws GauthError LOCKED if the lock is held for longer than `waitMs`, CANCELLED when the signal fires.
 */
export async function withFlock<Result>(
  lock: string,
  options: LockOptions,
  work: (isAlone: () => boolean) => Promise<Result>,
): Promise<Result> {
  const wasThere = existsSync(lock);
  const file = await takeFlock(lock, options);
  try {
    return await work(() => wasThere || !existsSync(lock));
  } finally {
    await file?.close().catch(ignore);
  }
}

/** The open file, which holds the lock until it is closed. */
async function takeFlock(lock: string, options: LockOptions): Promise<FileHandle | undefined> {
  const limit = deadline(options);
  const started = performance.now();
  try {
    return await waitForFlock(lock, limit, options.signal);
  } finally {
    options.budget?.spend(performance.now() - started);
  }
}

async function waitForFlock(
  lock: string,
  limit: number,
  signal: AbortSignal,
): Promise<FileHandle | undefined> {
  if (process.platform === 'linux') {
    // Network file systems require a file that is open for writing; elsewhere reading is enough.
    const file = (await open(lock, 'r+').catch(ignore)) ?? (await open(lock, 'r').catch(ignore));
    if (!file) return undefined;
    try {
      const isTaken = await flock(file.fd, limit, signal);
      if (isTaken) return file;
      throw heldError(lock);
    } catch (error) {
      await file.close();
      throw error;
    }
  }
  if (process.platform !== 'darwin' && process.platform !== 'freebsd') return undefined;
  // open(2) on BSD: O_RDWR | O_NONBLOCK | O_EXLOCK, for which Node has no names.
  for (;;) {
    if (signal.aborted) throw cancelled();
    try {
      return await open(lock, 0x2 | 0x4 | 0x20);
    } catch (error) {
      if (!hasCode(error, 'EAGAIN', 'EWOULDBLOCK')) return undefined;
    }
    if (performance.now() >= limit) throw heldError(lock);
    await pause(signal);
  }
}

/** Takes the lock with `flock`. It belongs to the open file, which gauth shares with the child, so it remains after the child ends. Returns false at the time limit. */
async function flock(fd: number, limit: number, signal: AbortSignal): Promise<boolean> {
  const { spawn } = await import('node:child_process');
  const child = spawn('flock', ['-x', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
    env: childEnvironment(),
  });
  const stop = (): void => void child.kill();
  const timer = setTimeout(stop, Math.max(limit - performance.now(), 100));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const killed = await new Promise<boolean>((done) => {
      child.once('error', () => {
        done(false);
      });
      child.once('exit', (_status, by) => {
        done(by !== null);
      });
    });
    if (signal.aborted) throw cancelled();
    return !killed;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function heldError(lock: string): GauthError {
  return new GauthError('LOCKED', `${lock} is held by a running aws-google-auth`, {
    hints: ['wait until it ends, or end it', openFileHint(lock)],
  });
}
