/** Locks between processes that are free again as soon as their holder is gone. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  open,
  readFile,
  readlink,
  unlink,
  writeFile,
} from 'node:fs/promises';

import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { cancelled, GauthError } from './errors.ts';
import { fileError, hasCode, ignore } from './file-error.ts';
import { makeFolder, TEMPORARY } from './files.ts';
import { resolveTarget } from './targets.ts';
import { plain } from './text.ts';

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

/** How often a holder touches its lock, in milliseconds. */
const BEAT = 2000;
const PAUSE = 50;
/** Before this, a wait is not worth a word, in milliseconds. */
const NOTICE = 1000;

export interface LockOptions {
  readonly signal: AbortSignal;
  /** How long to wait for other holders, in milliseconds; default 30 seconds. */
  readonly waitMs?: number;
  /** How long, by our own clock, a lock from another container or machine may go without a beat before it counts as left behind; default 15 seconds, in milliseconds. */
  readonly stillMs?: number;
  /** Called once where another holder is waited for longer than a second. */
  readonly onWait?: () => void;
}

/** Who holds a lock, as its file says it. */
interface Holder {
  /** Used once, by one call of `withLock`. */
  readonly id: string;
  readonly pid: number;
  /** Start of the process in clock ticks since the system's start; undefined where it cannot be known. */
  readonly started?: string | undefined;
  /** Tells systems and containers apart in which process numbers mean different processes. */
  readonly place: string;
  /** For people. */
  readonly host: string;
}

/** A lock file as found. */
interface Found {
  readonly id: string;
  /** Undefined for a file that holds something else. */
  readonly holder: Holder | undefined;
  readonly mtimeMs: number;
}

/** A waiter: its own file, which becomes the lock by a link, and what it has seen of others. */
interface Claim {
  readonly holder: Holder;
  readonly path: string;
  readonly stillMs: number;
  readonly beats: Map<string, { readonly mtimeMs: number; readonly since: number }>;
}

/**
 * Runs `work` while no other process, and no other call in this one, holds the lock of this path, which need not exist.
 * The lock is the file `<path>.gauth-lock`, there while it is held. Calls for one path must not be nested.
 * Throws GauthError LOCKED, naming the holder, when it stays taken for `waitMs`; CANCELLED when the signal fires; FILE.
 */
export async function withLock<Result>(
  path: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const limit = deadline(options);
  const lock = `${await resolveTarget(path)}.gauth-lock`;
  const claim = await makeClaim(lock, options.stillMs ?? 15_000);
  let file: FileHandle;
  try {
    await taken(path, lock, claim, limit, options);
    file = await open(lock, 'r+');
  } catch (error) {
    throw fileError(`${path} cannot be locked`, lock, error);
  } finally {
    await unlink(claim.path).catch(ignore);
  }
  // Written by the system that keeps the file, so that its clock alone counts.
  const beat = setInterval(() => void file.write(text(claim.holder), 0).catch(ignore), BEAT).unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await file.close().catch(ignore);
    // It is another's if this process stood still for so long that a waiter elsewhere gave it up.
    if ((await look(lock).catch(ignore))?.id === claim.holder.id) await unlink(lock).catch(ignore);
  }
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
    if (performance.now() >= limit) throw locked(path, lock, other);
    if (performance.now() >= notice) {
      notice = Infinity;
      onWait?.();
    }
    await pause(signal);
  }
}

/** When to give up, by `performance.now()`. */
export function deadline({ waitMs = 30_000 }: LockOptions): number {
  return performance.now() + waitMs;
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
  const holder = {
    id,
    pid: process.pid,
    started: (await processState(process.pid))?.started,
    place: await place(),
    host: hostname(),
  };
  const path = `${lock}.${id}${TEMPORARY}`;
  try {
    await makeFolder(dirname(lock));
    await writeFile(path, text(holder), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw fileError(`${lock} cannot be made`, lock, error);
  }
  return { holder, path, stillMs, beats: new Map() };
}

/** One try: 'mine', or the holder, or undefined when the next try may go well. */
async function take(lock: string, claim: Claim): Promise<'mine' | Holder | undefined> {
  if (await become(lock, claim)) return 'mine';
  const found = await look(lock);
  if (!found) return undefined;
  // The link was made, and only the network file system's answer was lost.
  if (found.id === claim.holder.id) return 'mine';
  if (await isAlive(found, claim)) return found.holder;

  const right = `${lock}.${found.id}.right${TEMPORARY}`;
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

async function look(lock: string): Promise<Found | undefined> {
  try {
    const file = await open(lock, 'r');
    try {
      const { mtimeMs, ino } = await file.stat();
      const holder = readHolder(await file.readFile('utf8'));
      return { id: holder?.id ?? `${String(ino)}-${String(Math.floor(mtimeMs))}`, holder, mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (
      hasCode(error, 'ENOENT') ||
      (process.platform === 'win32' && hasCode(error, 'EPERM', 'EBUSY', 'EACCES'))
    ) {
      return undefined;
    }
    throw error;
  }
}

function text(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

function readHolder(json: string): Holder | undefined {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  if (!('id' in read && 'pid' in read && 'place' in read && 'host' in read)) return undefined;
  const { id, pid, place: where, host } = read;
  const started = 'started' in read && typeof read.started === 'string' ? read.started : undefined;
  if (typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id)) return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (typeof where !== 'string' || typeof host !== 'string') return undefined;
  return { id, pid, started, place: where, host };
}

async function isAlive({ id, holder, mtimeMs }: Found, claim: Claim): Promise<boolean> {
  if (holder?.place === claim.holder.place) {
    const state = await processState(holder.pid);
    if (state) return state.running && state.started === (holder.started ?? state.started);
    return exists(holder.pid);
  }
  const seen = claim.beats.get(id);
  if (seen?.mtimeMs === mtimeMs) return performance.now() - seen.since < claim.stillMs;
  claim.beats.set(id, { mtimeMs, since: performance.now() });
  return true;
}

/** What Linux says of a process; undefined for none, for one it hides, and on other systems. */
async function processState(
  pid: number,
): Promise<{ readonly running: boolean; readonly started: string } | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(ignore);
  // proc(5): pid (name) state ... with the start time as field 22; the name may hold blanks and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields?.[0], fields?.[19]];
  if (state === undefined || started === undefined) return undefined;
  // A zombie is dead, though its parent has not asked after it.
  return { running: !'ZXx'.includes(state), started };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

/** Within a place, a process number means one process: one boot of one system and, on Linux, one of its containers. */
async function place(): Promise<string> {
  if (process.platform !== 'linux') return `${process.platform} ${hostname()}`;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(hostname);
  const processes = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${boot.trim()} ${processes}`;
}

function locked(path: string, lock: string, holder: Holder | undefined): GauthError {
  if (!holder)
    return new GauthError('LOCKED', `${path} is locked, and the lock does not say by whom`, {
      hints: [`try again; ${remove(lock)}`],
    });
  const pid = String(holder.pid);
  return new GauthError('LOCKED', `${path} is locked by process ${pid} on ${plain(holder.host, 80)}`, {
    hints: [`wait until it is done, or end it: kill ${pid}`, remove(lock)],
  });
}

function remove(lock: string): string {
  return `if no gauth is running, remove the lock: rm ${lock}`;
}
