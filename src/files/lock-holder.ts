/** The owner of a lock, as recorded in the lock file, and whether that process is still running. */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode, ignore } from './file-error.ts';

/** The owner of a lock. */
export interface LockOwner {
  /** Unique for each call of `withLock`. */
  readonly id: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot; undefined if unknown. */
  readonly started?: string | undefined;
  /** Identifies the system or container, because each has its own process IDs. */
  readonly place: string;
  /** For messages. */
  readonly host: string;
}

/** This process as the owner of a lock. */
export async function currentOwner(id: string): Promise<LockOwner> {
  return {
    id,
    pid: process.pid,
    started: (await processState(process.pid))?.started,
    place: await place(),
    host: hostname(),
  };
}

export function formatOwner(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

/** Parses the text of a lock file; undefined if it is invalid. */
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

/** Whether an owner in the same system or container is still running. */
export async function isRunning({ pid, started }: LockOwner): Promise<boolean> {
  const state = await processState(pid);
  if (state) return state.running && state.started === (started ?? state.started);
  return exists(pid);
}

/** The state of a process on Linux; undefined if there is none, if it is hidden, and on other systems. */
async function processState(
  pid: number,
): Promise<{ readonly running: boolean; readonly started: string } | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(ignore);
  // proc(5): pid (name) state ... with the start time as field 22; the name may contain spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields?.[0], fields?.[19]];
  if (state === undefined || started === undefined) return undefined;
  // A zombie has ended, even if its parent has not waited for it.
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
 * Identifies one boot of one system and, on Linux, one container. Within it, a process ID and a start time identify a process.
 */
async function place(): Promise<string> {
  if (process.platform !== 'linux') return `${process.platform} ${hostname()}`;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(hostname);
  const spaces = ['pid', 'time'].map((kind) => readlink(`/proc/self/ns/${kind}`).catch(() => ''));
  return [boot.trim(), ...(await Promise.all(spaces))].join(' ');
}
