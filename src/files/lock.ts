/** Locks between processes, which are released however their holder ends. */
import { constants, type Stats } from 'node:fs';
import { copyFile, type FileHandle, link, open, stat, unlink, writeFile } from 'node:fs/promises';

import { constants as system } from 'node:os';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { cancelled, GauthError } from '../errors.ts';
import { fileError, hasCode, ignore } from './file-error.ts';
import { ensureFolder } from './files.ts';
import { randomName } from './random-name.ts';
import { TEMPORARY_SUFFIX } from './temporary-suffix.ts';
import { endProcessCommand, listCommand, removeCommand } from './hint-commands.ts';
import { type LockOwner, formatOwner, isRunning, currentOwner, parseOwner } from './lock-holder.ts';
import { resolveTarget } from './symlinks.ts';
import { oneLine } from '../text.ts';

/*
 * A lock is a file with the ID of its holder: a unique number, the process ID, and the system or container. The file is created
 * complete by link(), which fails if the name exists, also on NFS.
 *
 * The file of a dead holder must be removed, and two waiters may notice it at the same time: the slower one must not remove the lock
 * that the faster one has taken meanwhile. So before a waiter removes the file of holder N, it takes the lock `<file>.N` by the
 * same rules, and then checks again. N is unique, and its file is removed only under that lock, so it is N's or it is gone. A
 * process that dies while it holds `<file>.N` is a dead holder too.
 *
 * When is a holder dead? In the same system, if its process has ended, or if another process has the same ID (recognised by its start
 * time on Linux; elsewhere waiters then reach their time limit). Of a holder in another container or on another machine, only the
 * heartbeat of the lock can be seen.
 */

/** The suffix of lock files. */
export const LOCK_SUFFIX = '.gauth-lock';
/** Milliseconds between heartbeats: the holder writes to its lock file. */
const HEARTBEAT = 2000;
const PAUSE = 50;
/** The default time to wait for a lock, in milliseconds. */
const DEFAULT_WAIT = 30_000;
/** Milliseconds after which a wait is reported. */
const NOTICE = 1000;

export interface LockOptions {
  readonly signal: AbortSignal;
  /** How long to wait for other holders, in milliseconds; default 30 seconds. */
  readonly waitMs?: number;
  /** A common limit for several locks of a run; `waitMs` then limits each of them. */
  readonly budget?: WaitBudget | undefined;
  /** Milliseconds without a heartbeat, by the local clock, after which the lock of another container or machine counts as dead; default 15 seconds. */
  readonly stillMs?: number;
  /** Called once if the wait takes longer than a second. */
  readonly onWait?: () => void;
}

/** The total time that a run may wait for locks. */
export interface WaitBudget {
  /** The remaining milliseconds. */
  left(): number;
  spend(milliseconds: number): void;
}

/** Milliseconds to wait for the lock of a small file in the private store, which is never held for long. */
export const STORE_WAIT = 5_000;

/** Milliseconds that each lock is waited for, even if no time remains. */
const MIN_WAIT = 500;

export function createWaitBudget(milliseconds = DEFAULT_WAIT): WaitBudget {
  let left = milliseconds;
  return {
    left: () => Math.max(left, Math.min(MIN_WAIT, milliseconds)),
    spend: (spent) => {
      left -= spent;
    },
  };
}

/** The current state of a lock file. */
interface LockFile {
  readonly id: string;
  /** Undefined for a file with other contents, or one that cannot be read. */
  readonly holder: LockOwner | undefined;
  readonly mtimeMs: number;
}

/** A waiter: its own file, which becomes the lock by a link, and the heartbeats that it has seen. */
interface Claim {
  readonly holder: LockOwner;
  readonly path: string;
  readonly stillMs: number;
  readonly heartbeats: Map<string, { readonly mtimeMs: number; readonly since: number }>;
}

/**
 * Runs `work` while holding the lock of a path, which need not exist. The lock is the file `<path>.gauth-lock`, which exists while it
 * is held. Calls for the same path must not be nested. `work` can ask whether it still holds the lock: it does not if the process
 * was stopped for so long that a waiter on another machine considered it dead.
 * Throws GauthError LOCKED, with the holder, if the lock is held for longer than `waitMs`; CANCELLED when the signal fires; FILE.
 */
export async function withLock<Result>(
  path: string,
  options: LockOptions,
  work: (isOurs: () => Promise<boolean>) => Promise<Result>,
): Promise<Result> {
  const limit = deadline(options);
  const lock = `${await resolveTarget(path)}${LOCK_SUFFIX}`;
  const claim = await makeClaim(lock, options.stillMs ?? 15_000);
  let file: FileHandle;
  const started = performance.now();
  try {
    await waitForLock(path, lock, claim, limit, options).finally(() => {
      options.budget?.spend(performance.now() - started);
    });
    file = await open(lock, 'r+');
  } catch (error) {
    throw fileError(`cannot lock ${path}`, lock, error);
  } finally {
    await unlink(claim.path).catch(ignore);
  }
  const isOurs = async (): Promise<boolean> =>
    (await readLockFile(lock).catch(ignore))?.id === claim.holder.id;
  const stop = startHeartbeat(file, claim.holder);
  try {
    return await work(isOurs);
  } finally {
    stop();
    await file.close().catch(ignore);
    if (await isOurs()) await unlink(lock).catch(ignore);
  }
}

/**
 * Checks whether `withLock` can create its files for this path, by creating the one with the longest name.
 * Throws GauthError FILE if the lock's path is not a file, if its name is too long, or if the folder is not writable.
 */
export async function checkLockable(path: string): Promise<void> {
  const lock = `${await resolveTarget(path)}${LOCK_SUFFIX}`;
  await readLockFile(lock);
  const id = await randomName(8);
  const probe = `${lock}.${id}.right${TEMPORARY_SUFFIX}`;
  if (!(await stat(dirname(probe)).catch(ignore))?.isDirectory()) return;
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw fileError(`cannot lock ${path}`, probe, error);
  } finally {
    await unlink(probe).catch(ignore);
  }
}

/** Removes the lock file of a path if its holder is dead. Never waits or fails. */
export async function removeDeadLock(path: string): Promise<void> {
  // Taking the lock of a dead holder, and releasing it, removes its file.
  const options = { signal: new AbortController().signal, waitMs: 0 };
  await withLock(path, options, async () => Promise.resolve()).catch(ignore);
}

/** Writes heartbeats until the returned function is called. */
function startHeartbeat(file: FileHandle, holder: LockOwner): () => void {
  let isBusy = false;
  const touch = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    // A write, so that the file server sets the time by its own clock; synced, so that other machines see it.
    await file.write(formatOwner(holder), 0).catch(ignore);
    await file.datasync().catch(ignore);
    isBusy = false;
  };
  const timer = setInterval(() => void touch(), HEARTBEAT).unref();
  return () => {
    clearInterval(timer);
  };
}

async function waitForLock(
  path: string,
  lock: string,
  claim: Claim,
  limit: number,
  { signal, onWait }: LockOptions,
): Promise<void> {
  let notice = performance.now() + NOTICE;
  for (;;) {
    if (signal.aborted) throw cancelled();
    const other = await take(lock, claim);
    if (other === 'mine') return;
    if (performance.now() >= notice) {
      notice = Infinity;
      onWait?.();
    }
    if (performance.now() >= limit) throw lockedError(path, lock, other);
    await pause(signal);
  }
}

/** The end of the wait, by `performance.now()`. */
export function deadline({ waitMs = DEFAULT_WAIT, budget }: LockOptions): number {
  return performance.now() + Math.min(waitMs, budget?.left() ?? Infinity);
}

/** A short wait before the next attempt. Throws GauthError CANCELLED when the signal fires. */
export async function pause(signal: AbortSignal): Promise<void> {
  // Random, so that waiters do not stay in step.
  await sleep(PAUSE * (0.5 + Math.random()), undefined, { signal }).catch(() => {
    throw cancelled();
  });
}

async function makeClaim(lock: string, stillMs: number): Promise<Claim> {
  const id = await randomName(8);
  const claim: Claim = {
    holder: await currentOwner(id),
    path: `${lock}.${id}${TEMPORARY_SUFFIX}`,
    stillMs,
    heartbeats: new Map(),
  };
  try {
    await writeClaim(lock, claim);
  } catch (error) {
    throw fileError(`cannot create ${lock}`, lock, error);
  }
  return claim;
}

async function writeClaim(lock: string, { path, holder }: Claim): Promise<void> {
  await ensureFolder(dirname(lock));
  try {
    await writeFile(path, formatOwner(holder), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // On a full disk the file exists but is empty.
    if (!hasCode(error, 'EEXIST')) await unlink(path).catch(ignore);
    throw error;
  }
}

/** One attempt: 'mine', or the holder, or undefined if the next attempt may succeed. */
async function take(lock: string, claim: Claim): Promise<'mine' | LockOwner | undefined> {
  if (await createLock(lock, claim)) return 'mine';
  const found = await readLockFile(lock);
  if (!found) return undefined;
  // The link was created, but the response of the network file system was lost.
  if (found.id === claim.holder.id) return 'mine';
  if (await isAlive(found, claim)) return found.holder;

  const removalLock = `${lock}.${found.id}.right${TEMPORARY_SUFFIX}`;
  const other = await take(removalLock, claim);
  if (other !== 'mine') return other;
  try {
    if ((await readLockFile(lock))?.id === found.id) await unlink(lock);
  } finally {
    await unlink(removalLock).catch(ignore);
  }
  return undefined;
}

/** Turns the claim into the lock; returns false if the lock exists. */
async function createLock(lock: string, claim: Claim): Promise<boolean> {
  try {
    await link(claim.path, lock);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (hasCode(error, 'ENOENT')) {
      // A process with a fast clock removed it as a leftover.
      await writeClaim(lock, claim);
      return false;
    }
  }
  try {
    // FAT and some shared folders do not support links. There the lock is empty for a moment, and waiters treat it as held elsewhere.
    await copyFile(claim.path, lock, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST') || isBeingRemoved(error)) return false;
    throw error;
  }
}

/** On Windows a file that is being removed cannot be accessed until its last reader has closed it. */
function isBeingRemoved(error: unknown): boolean {
  return process.platform === 'win32' && hasCode(error, 'EPERM', 'EBUSY', 'EACCES');
}

/** Whether a file on a network file system was removed while it was open (ESTALE). */
function isStale(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === -system.errno.ESTALE;
}

async function readLockFile(lock: string): Promise<LockFile | undefined> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await openLockFile(lock);
    } catch (error) {
      if (hasCode(error, 'ENOENT') || isBeingRemoved(error)) return undefined;
      if (!isStale(error)) throw error;
      if (tries > 0) return undefined;
    }
  }
}

async function openLockFile(lock: string): Promise<LockFile> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const file = await open(lock, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    // The lock of another user cannot be read, but its heartbeat can be seen.
    if (process.platform === 'win32' || !hasCode(error, 'EACCES')) throw error;
    return undefined;
  });
  if (!file) return toLockFile(lock, await stat(lock), '');
  try {
    const stats = await file.stat();
    return toLockFile(lock, stats, stats.isFile() ? await file.readFile('utf8') : '');
  } finally {
    await file.close();
  }
}

function toLockFile(lock: string, stats: Stats, text: string): LockFile {
  if (!stats.isFile()) {
    throw new GauthError('FILE', `${lock} is not a file`, { hints: [`check it: ${listCommand(lock)}`] });
  }
  const { mtimeMs, ino } = stats;
  const holder = parseOwner(text);
  return { id: holder?.id ?? `${String(ino)}-${String(Math.floor(mtimeMs))}`, holder, mtimeMs };
}

async function isAlive({ id, holder, mtimeMs }: LockFile, claim: Claim): Promise<boolean> {
  if (holder?.place === claim.holder.place) return isRunning(holder);
  const seen = claim.heartbeats.get(id);
  if (seen?.mtimeMs === mtimeMs) return performance.now() - seen.since < claim.stillMs;
  claim.heartbeats.set(id, { mtimeMs, since: performance.now() });
  return true;
}

function lockedError(path: string, lock: string, holder: LockOwner | undefined): GauthError {
  if (!holder)
    return new GauthError('LOCKED', `${path} is locked by an unknown process`, {
      hints: [`try again; ${removalHint(lock)}`],
    });
  const pid = String(holder.pid);
  return new GauthError('LOCKED', `${path} is locked by process ${pid} on ${oneLine(holder.host, 80)}`, {
    hints: [`wait until it ends, or end it: ${endProcessCommand(holder.pid)}`, removalHint(lock)],
  });
}

function removalHint(lock: string): string {
  return `if no gauth is running, remove the lock: ${removeCommand(lock)}`;
}
