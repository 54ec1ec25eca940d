/** The locks that aws-google-auth takes on AWS's files. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';

import { cancelled, GauthError } from '../errors.ts';
import { hasCode, ignore } from './file-error.ts';
import { deadline, type LockOptions, pause } from './lock.ts';

/**
 * Runs `work` while holding the flock(2) lock of an existing lock file, as aws-google-auth (Python's filelock) takes it.
 * That tool leaves its file lying, so the file says that the tool is in use here and not that it runs; where there is
 * none, none is made, and `work` can ask whether one has come meanwhile: its first run beside ours. Where the system offers
 * no way to take such a lock (Windows; Linux without `flock`), `work` just runs.
 * Throws GauthError LOCKED when it stays taken for `waitMs`, CANCELLED when the signal fires.
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

/** The open file that keeps the lock until it is closed. */
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
    // Network file systems want a file that may be written to; elsewhere, one that may be read is enough.
    const file = (await open(lock, 'r+').catch(ignore)) ?? (await open(lock, 'r').catch(ignore));
    if (!file) return undefined;
    try {
      const taken = await flock(file.fd, limit, signal);
      if (taken) return file;
      throw flocked(lock);
    } catch (error) {
      await file.close();
      throw error;
    }
  }
  if (process.platform !== 'darwin' && process.platform !== 'freebsd') return undefined;
  // open(2) of the BSDs: O_RDWR | O_NONBLOCK | O_EXLOCK, which Node has no names for.
  for (;;) {
    if (signal.aborted) throw cancelled();
    try {
      return await open(lock, 0x2 | 0x4 | 0x20);
    } catch (error) {
      if (!hasCode(error, 'EAGAIN', 'EWOULDBLOCK')) return undefined;
    }
    if (performance.now() >= limit) throw flocked(lock);
    await pause(signal);
  }
}

/** A lock belongs to the open file, which the child shares with us: it stays when the child has ended. False when the time is over. */
async function flock(fd: number, limit: number, signal: AbortSignal): Promise<boolean> {
  const child = spawn('flock', ['-x', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
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

function flocked(lock: string): GauthError {
  return new GauthError('LOCKED', `${lock} is held by a running aws-google-auth`, {
    hints: [`wait until it is done, or end it; who it is: fuser ${lock}`],
  });
}
