/** Locks between processes that are free again as soon as their holder is gone. */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { copyFile, type FileHandle, link, open, stat, unlink, writeFile } from 'node:fs/promises';

import { constants as system } from 'node:os';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { cancelled, GauthError } from '../errors.ts';
import { fileError, hasCode, ignore } from './file-error.ts';
import { ensureFolder, TEMPORARY_SUFFIX } from './files.ts';
import { type LockOwner, formatOwner, isRunning, currentOwner, parseOwner } from './lock-owner.ts';
import { resolveTarget } from './symlinks.ts';
import { oneLine } from '../text.ts';

/*
 * A lock is a file that says who holds it: a number that is used once, the process, and where that process lives.
 * It comes into being complete, by link(), which fails when the name is taken, on NFS, too.
 *
 * A dead holder's file has to go, and two waiters may see that at once: the slower must not remove the lock that the
 * faster has taken since. So who removes the file of holder N first takes the lock `<file>.N` by these same rules,
 * and then looks again. N is used once, its file is removed under that lock only, and so it is N's or it is gone.
 * A process that dies while it holds `<file>.N` is such a dead holder itself.
 *
 * Who is dead? Where both live in one system, the one whose process is gone, or is another one under the same number
 * (told by its start time, on Linux; elsewhere a number that was given anew makes waiters run into their limit).
 * Of a holder in another container or on another machine only the lock's beat can be seen.
 */

/** What a lock's name ends with. */
export const LOCK_SUFFIX = '.gauth-lock';
/** How often a holder touches its lock, in milliseconds. */
const BEAT = 2000;
const PAUSE = 50;
/** How long a lock is waited for unless the caller says otherwise, in milliseconds. */
const DEFAULT_WAIT = 30_000;
/** Before this, a wait is not worth a word, in milliseconds. */
const NOTICE = 1000;

export interface LockOptions {
  readonly signal: AbortSignal;
  /** How long to wait for other holders, in milliseconds; default 30 seconds. */
  readonly waitMs?: number;
  /** One limit for several locks of one run; with it, `waitMs` is the most that a single one may take of it. */
  readonly budget?: WaitBudget | undefined;
  /** How long, by our own clock, a lock from another container or machine may go without a beat before it counts as left behind; default 15 seconds, in milliseconds. */
  readonly stillMs?: number;
  /** Called once where another holder is waited for longer than a second. */
  readonly onWait?: () => void;
}

/** The time that a run may spend on waiting for locks, all of them together. */
export interface WaitBudget {
  /** What is left, in milliseconds. */
  left(): number;
  spend(milliseconds: number): void;
}

/** How long the lock of a small file in gauth's store is waited for: who holds it writes at once. In milliseconds. */
export const STORE_WAIT = 5_000;

/** Even when nothing is left, a lock that is held for a moment is waited for, in milliseconds. */
const LEAST_WAIT = 500;

export function createWaitBudget(milliseconds = DEFAULT_WAIT): WaitBudget {
  let left = milliseconds;
  return {
    left: () => Math.max(left, Math.min(LEAST_WAIT, milliseconds)),
    spend: (spent) => {
      left -= spent;
    },
  };
}

/** A lock file as found. */
interface Found {
  readonly id: string;
  /** Undefined for a file that holds something else, or that only another user may read. */
  readonly holder: LockOwner | undefined;
  readonly mtimeMs: number;
}

/** A waiter: its own file, which becomes the lock by a link, and what it has seen of others. */
interface Claim {
  readonly holder: LockOwner;
  readonly path: string;
  readonly stillMs: number;
  readonly beats: Map<string, { readonly mtimeMs: number; readonly since: number }>;
}

/**
 * Runs `work` while no other process, and no other call in this one, holds the lock of this path, which need not exist.
 * The lock is the file `<path>.gauth-lock`, there while it is held. Calls for one path must not be nested.
 * `work` can ask whether the lock is still its own: not if the process stood still for so long that a waiter elsewhere gave it up.
 * Throws GauthError LOCKED, naming the holder, when it stays taken for `waitMs`; CANCELLED when the signal fires; FILE.
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
    await taken(path, lock, claim, limit, options).finally(() => {
      options.budget?.spend(performance.now() - started);
    });
    file = await open(lock, 'r+');
  } catch (error) {
    throw fileError(`${path} cannot be locked`, lock, error);
  } finally {
    await unlink(claim.path).catch(ignore);
  }
  const isOurs = async (): Promise<boolean> => (await look(lock).catch(ignore))?.id === claim.holder.id;
  const stop = beat(file, claim.holder);
  try {
    return await work(isOurs);
  } finally {
    stop();
    await file.close().catch(ignore);
    if (await isOurs()) await unlink(lock).catch(ignore);
  }
}

/**
 * Finds out whether `withLock` could make its files for this path, by making the one with the longest name.
 * Throws GauthError FILE for something else in the lock's place, a name that is too long, or a folder that takes no files.
 */
export async function checkLockable(path: string): Promise<void> {
  const lock = `${await resolveTarget(path)}${LOCK_SUFFIX}`;
  await look(lock);
  const id = randomBytes(8).toString('hex');
  const probe = `${lock}.${id}.right${TEMPORARY_SUFFIX}`;
  if (!(await stat(dirname(probe)).catch(ignore))?.isDirectory()) return;
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw fileError(`${path} cannot be locked`, probe, error);
  } finally {
    await unlink(probe).catch(ignore);
  }
}

/** Touches a held lock until the function that is given back is called. */
function beat(file: FileHandle, holder: LockOwner): () => void {
  let isBusy = false;
  const touch = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    // Written by the system that keeps the file, so that its clock alone counts; and now, since other machines see nothing of what waits in this one's memory.
    await file.write(formatOwner(holder), 0).catch(ignore);
    await file.datasync().catch(ignore);
    isBusy = false;
  };
  const timer = setInterval(() => void touch(), BEAT).unref();
  return () => {
    clearInterval(timer);
  };
}

async function taken(
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
    if (performance.now() >= limit) throw locked(path, lock, other);
    await pause(signal);
  }
}

/** When to give up, by `performance.now()`. */
export function deadline({ waitMs = DEFAULT_WAIT, budget }: LockOptions): number {
  return performance.now() + Math.min(waitMs, budget?.left() ?? Infinity);
}

/** A short wait before the next try. Throws GauthError CANCELLED when the signal fires. */
export async function pause(signal: AbortSignal): Promise<void> {
  // Waiters that started together drift apart.
  await sleep(PAUSE * (0.5 + Math.random()), undefined, { signal }).catch(() => {
    throw cancelled();
  });
}

async function makeClaim(lock: string, stillMs: number): Promise<Claim> {
  const id = randomBytes(8).toString('hex');
  const claim: Claim = {
    holder: await currentOwner(id),
    path: `${lock}.${id}${TEMPORARY_SUFFIX}`,
    stillMs,
    beats: new Map(),
  };
  try {
    await writeClaim(lock, claim);
  } catch (error) {
    throw fileError(`${lock} cannot be made`, lock, error);
  }
  return claim;
}

async function writeClaim(lock: string, { path, holder }: Claim): Promise<void> {
  await ensureFolder(dirname(lock));
  try {
    await writeFile(path, formatOwner(holder), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // On a full disk it is there, and empty.
    if (!hasCode(error, 'EEXIST')) await unlink(path).catch(ignore);
    throw error;
  }
}

/** One try: 'mine', or the holder, or undefined when the next try may go well. */
async function take(lock: string, claim: Claim): Promise<'mine' | LockOwner | undefined> {
  if (await become(lock, claim)) return 'mine';
  const found = await look(lock);
  if (!found) return undefined;
  // The link was made, and only the network file system's answer was lost.
  if (found.id === claim.holder.id) return 'mine';
  if (await isAlive(found, claim)) return found.holder;

  const right = `${lock}.${found.id}.right${TEMPORARY_SUFFIX}`;
  const other = await take(right, claim);
  if (other !== 'mine') return other;
  try {
    if ((await look(lock))?.id === found.id) await unlink(lock);
  } finally {
    await unlink(right).catch(ignore);
  }
  return undefined;
}

/** Whether the claim became the lock; false when the name is taken. */
async function become(lock: string, claim: Claim): Promise<boolean> {
  try {
    await link(claim.path, lock);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (hasCode(error, 'ENOENT')) {
      // Somebody whose clock runs ahead took it for one that was left behind.
      await writeClaim(lock, claim);
      return false;
    }
  }
  try {
    // FAT and some shared folders know no links: there the lock is empty for a moment, and a waiter takes it for one that beats elsewhere.
    await copyFile(claim.path, lock, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST') || isGoing(error)) return false;
    throw error;
  }
}

/** On Windows a file that is being removed refuses everything until its last reader has closed it. */
function isGoing(error: unknown): boolean {
  return process.platform === 'win32' && hasCode(error, 'EPERM', 'EBUSY', 'EACCES');
}

/** A network file system's word for a file that went away while it was open here. */
function isStale(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === -system.errno.ESTALE;
}

async function look(lock: string): Promise<Found | undefined> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await found(lock);
    } catch (error) {
      if (hasCode(error, 'ENOENT') || isGoing(error)) return undefined;
      if (!isStale(error)) throw error;
      if (tries > 0) return undefined;
    }
  }
}

async function found(lock: string): Promise<Found> {
  // Without O_NONBLOCK a named pipe in the lock's place would wait for a writer for ever.
  const file = await open(lock, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    // Of a lock that only another user may read, the beat can be seen.
    if (process.platform === 'win32' || !hasCode(error, 'EACCES')) throw error;
    return undefined;
  });
  if (!file) return foundAs(lock, await stat(lock), '');
  try {
    const stats = await file.stat();
    return foundAs(lock, stats, stats.isFile() ? await file.readFile('utf8') : '');
  } finally {
    await file.close();
  }
}

function foundAs(lock: string, stats: Stats, text: string): Found {
  if (!stats.isFile()) {
    throw new GauthError('FILE', `${lock} is not a file`, { hints: [`see what is there: ls -ld ${lock}`] });
  }
  const { mtimeMs, ino } = stats;
  const holder = parseOwner(text);
  return { id: holder?.id ?? `${String(ino)}-${String(Math.floor(mtimeMs))}`, holder, mtimeMs };
}

async function isAlive({ id, holder, mtimeMs }: Found, claim: Claim): Promise<boolean> {
  if (holder?.place === claim.holder.place) return isRunning(holder);
  const seen = claim.beats.get(id);
  if (seen?.mtimeMs === mtimeMs) return performance.now() - seen.since < claim.stillMs;
  claim.beats.set(id, { mtimeMs, since: performance.now() });
  return true;
}

function locked(path: string, lock: string, holder: LockOwner | undefined): GauthError {
  if (!holder)
    return new GauthError('LOCKED', `${path} is locked, and the lock does not say by whom`, {
      hints: [`try again; ${remove(lock)}`],
    });
  const pid = String(holder.pid);
  return new GauthError('LOCKED', `${path} is locked by process ${pid} on ${oneLine(holder.host, 80)}`, {
    hints: [`wait until it is done, or end it: kill ${pid}`, remove(lock)],
  });
}

function remove(lock: string): string {
  return `if no gauth is running, remove the lock: rm ${lock}`;
}
