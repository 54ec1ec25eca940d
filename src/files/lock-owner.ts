/** Who holds a lock: what its file says, and whether the process that wrote it lives. */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode, ignore } from './file-error.ts';

/** Who holds a lock, as its file says it. */
export interface LockOwner {
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

/** This process, as the holder of one lock. */
export async function currentOwner(id: string): Promise<LockOwner> {
  return {
    id,
    pid: process.pid,
    started: (await processState(process.pid))?.started,
    place: await place(),
    host: hostname(),
  };
}

export function formatOwner(holder: LockOwner): string {
  return `${JSON.stringify(holder)}\n`;
}

/** Undefined for a text that is no holder's. */
export function parseOwner(json: string): LockOwner | undefined {
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

/** Whether a holder that lives in this process's place is still there. */
export async function isRunning({ pid, started }: LockOwner): Promise<boolean> {
  const state = await processState(pid);
  if (state) return state.running && state.started === (started ?? state.started);
  return exists(pid);
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

/**
 * Within a place, a process number and a start time mean one process: one boot of one system and, on Linux, one of its
 * containers, and one clock for what counts from the boot.
 */
async function place(): Promise<string> {
  if (process.platform !== 'linux') return `${process.platform} ${hostname()}`;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(hostname);
  const spaces = ['pid', 'time'].map((kind) => readlink(`/proc/self/ns/${kind}`).catch(() => ''));
  return [boot.trim(), ...(await Promise.all(spaces))].join(' ');
}
