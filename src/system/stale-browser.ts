/**
 * What gauth remembers of a browser profile: the process that uses it, so that the next run can end what a killed run has left
 * behind, and how the browser names itself.
 */
import { execFile } from 'node:child_process';
import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSER_SESSION } from '../browser-session.ts';
import { childEnvironment } from '../child-environment.ts';
import { replaceFile } from '../files/files.ts';

/** Next to the browser's own files, with a name that no browser uses. */
const RUN = 'gauth-browser.json';
/** Milliseconds for a browser to end after each signal. */
const TIMEOUT = 5_000;

export interface Run {
  readonly pid: number;
}

export interface Memory {
  /** Undefined if the browser sent none. */
  readonly userAgent: string | undefined;
}

/** Records a browser, so that the next run finds it if this one is killed. Throws GauthError FILE. */
export async function recordRun(folder: string, run: Run): Promise<void> {
  await replaceFile(join(folder, RUN), `${JSON.stringify(run)}\n`);
}

/** Call it when the browser has ended. */
export async function forgetRun(folder: string): Promise<void> {
  await rm(join(folder, RUN), { force: true }).catch(() => undefined);
}

/** Records that a sign-in with this browser profile has succeeded. Throws GauthError FILE. */
export async function recordMemory(folder: string, memory: Memory | undefined): Promise<void> {
  await replaceFile(join(folder, BROWSER_SESSION), `${JSON.stringify(memory ?? {})}\n`);
}

/** Undefined if no sign-in with this browser profile has succeeded yet. */
export async function readMemory(folder: string): Promise<Memory | undefined> {
  const memory = await readJson(join(folder, BROWSER_SESSION));
  if (memory === undefined) return undefined;
  const userAgent = memory['userAgent'];
  return { userAgent: typeof userAgent === 'string' ? userAgent : undefined };
}

/**
 * Ends a browser that still uses this browser profile, and removes its locks. Call it with the profile's lock held, so that it is not
 * another run's browser.
 */
export async function endStaleBrowser(folder: string): Promise<void> {
  const pid = (await readJson(join(folder, RUN)))?.['pid'];
  for (const each of new Set([pid, await lockHolder(folder)])) {
    if (typeof each === 'number' && Number.isSafeInteger(each) && each > 1) await end(each, folder);
  }
  // Chromium never removes the lock of another host, and a container has a new host name at every start. Firefox checks its own.
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
  await forgetRun(folder);
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Chromium's SingletonLock is a link to `host-pid`. Windows has none. */
async function lockHolder(folder: string): Promise<number | undefined> {
  const text = await readlink(join(folder, 'SingletonLock')).catch(() => '');
  const pid = Number(/-(\d+)$/.exec(text)?.[1]);
  return Number.isSafeInteger(pid) ? pid : undefined;
}

async function end(pid: number, folder: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    if (!(await runsOn(pid, folder))) return;
    send(pid, signal);
    for (let waited = 0; waited < TIMEOUT && (await runsOn(pid, folder)); waited += 50) await sleep(50);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/** Whether this process is a browser with this profile: the process ID may be in use by another process now. */
async function runsOn(pid: number, folder: string): Promise<boolean> {
  const line = `${(await commandLineOf(pid)).replaceAll('\0', ' ')} `;
  return [`--user-data-dir=${folder} `, `-profile ${folder} `].some((words) => line.includes(words));
}

/** Empty if the process has ended or cannot be read. */
async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === 'win32') return '';
  const found = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => undefined);
  if (found !== undefined || process.platform === 'linux') return found ?? '';
  return new Promise((resolve) => {
    execFile(
      'ps',
      ['-ww', '-o', 'command=', '-p', String(pid)],
      { env: childEnvironment() },
      (error, text) => {
        resolve(error === null ? text : '');
      },
    );
  });
}
