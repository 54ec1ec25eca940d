/**
 * Cleans up after a run that was killed: ends a browser that still uses gauth's browser profile, and removes the locks
 * of one that has ended.
 */
import { execFile } from 'node:child_process';
import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '../child-environment.ts';
import { replaceFile } from '../files/files.ts';
import { connectDevTools } from './devtools.ts';

/** Next to Chrome's own files, with a name that Chrome does not use. */
const RECORD = 'gauth-browser.json';
/** Milliseconds for the browser to answer, and to close. */
const TIMEOUT = 5000;

export interface Run {
  readonly pid: number;
  readonly endpoint: string;
}

/** Records a browser, so that the next run finds it if this one is killed. Throws GauthError FILE. */
export async function recordRun(folder: string, run: Run): Promise<void> {
  await replaceFile(join(folder, RECORD), `${JSON.stringify(run)}\n`);
}

/** Call it when the browser has ended. */
export async function forgetRun(folder: string): Promise<void> {
  await rm(join(folder, RECORD), { force: true }).catch(() => undefined);
}

/**
 * Ends a browser that still uses this browser profile, and removes its locks. Call it with the profile's lock held, so that it is not
 * another run's browser. The browser is first asked to close, so that it saves the cookies of an almost finished sign-in.
 */
export async function endStaleBrowser(folder: string, signal: AbortSignal): Promise<void> {
  const run = await readRun(folder);
  const asked = run !== undefined && (await askToEnd(run.endpoint, signal));
  for (const pid of new Set([run?.pid, await lockHolder(folder)])) {
    if (pid !== undefined) await end(pid, folder, asked);
  }
  // Chrome never removes the lock of another host, and a container has a new host name at every start.
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
  await forgetRun(folder);
}

async function readRun(folder: string): Promise<Run | undefined> {
  try {
    const run: unknown = JSON.parse(await readFile(join(folder, RECORD), 'utf8'));
    if (typeof run !== 'object' || run === null || !('pid' in run && 'endpoint' in run)) return undefined;
    const { pid, endpoint } = run;
    if (typeof pid !== 'number' || typeof endpoint !== 'string') return undefined;
    return { pid, endpoint };
  } catch {
    return undefined;
  }
}

/** The endpoint contains a random ID, so only the recorded browser can answer. */
async function askToEnd(endpoint: string, signal: AbortSignal): Promise<boolean> {
  try {
    const devtools = await connectDevTools(endpoint, signal, { answer: TIMEOUT });
    await devtools.command('Browser.close').catch(() => undefined);
    devtools.end();
    return true;
  } catch {
    return false;
  }
}

/** SingletonLock is a link to `host-pid`. Windows has none. */
async function lockHolder(folder: string): Promise<number | undefined> {
  const text = await readlink(join(folder, 'SingletonLock')).catch(() => '');
  const pid = Number(/-(\d+)$/.exec(text)?.[1]);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

async function end(pid: number, folder: string, asked: boolean): Promise<void> {
  for (const signal of asked ? ([0, 'SIGTERM', 'SIGKILL'] as const) : (['SIGTERM', 'SIGKILL'] as const)) {
    if (!(await runsOn(pid, folder))) return;
    send(pid, signal);
    for (let waited = 0; waited < TIMEOUT && (await runsOn(pid, folder)); waited += 50) await sleep(50);
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/** Whether this process is a browser with this profile: the process ID may be in use by another process now. */
async function runsOn(pid: number, folder: string): Promise<boolean> {
  const commandLine = await commandLineOf(pid);
  return commandLine.includes(`--user-data-dir=${folder}`);
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
