/** The person's own browser as a child process: started, spoken to, ended, and nothing of it left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import { ensureFolder } from '../files/files.ts';
import { withLock } from '../files/lock.ts';
import type { Browser, BrowserEnd, BrowserRequest, Environment } from '../ports.ts';
import { startBrowserGuard } from './browser-guard.ts';
import { type BrowserProxy, browserProxy } from './browser-proxy.ts';
import { findBrowser, type Installed, type Place } from './browser-discovery.ts';
import { waitForEndpoint } from './browser-startup.ts';
import { connectDevTools, type DevTools } from './devtools.ts';
import { endStaleBrowser, forgetRun, recordRun } from './stale-browser.ts';

export interface ChromeLimits {
  /** Until the debugging port listens, milliseconds; a snap's first start takes half a minute. */
  readonly start?: number;
  /** Until a browser that was asked to end has ended, milliseconds. */
  readonly end?: number;
}

/** A browser without a window, as an ordinary program: nothing here tells it that it is automated. */
const SWITCHES = [
  '--no-startup-window',
  '--no-first-run',
  '--no-default-browser-check',
  // After a kill it would offer to restore pages.
  '--hide-crash-restore-bubble',
];

/** Another program may take the port between our look and the browser's. */
const TRIES = 3;

export function createBrowser(place: Place, limits: ChromeLimits = {}): Browser {
  const { start = 45_000, end = 5000 } = limits;
  return {
    async isAvailable(path) {
      if (!hasDisplay(place)) return false;
      return findBrowser(path, place).then(
        () => true,
        () => false,
      );
    },

    async use(request, signal, work) {
      const [installed, proxy] = [await findBrowser(request.path, place), browserProxy(place.env)];
      const folder =
        installed.box === undefined ? request.folder : join(installed.box, basename(request.folder));
      await ensureFolder(folder);
      return withLock(folder, { signal, waitMs: request.waitMs }, async () => {
        await endStaleBrowser(folder, signal);
        const child = await launch(installed, { place, proxy, request, folder, start }, signal);
        const guard = startBrowserGuard(child.pid, place.platform);
        try {
          await recordRun(folder, { pid: child.pid, endpoint: child.endpoint });
          const devtools = await connectDevTools(child.endpoint, signal);
          child.talksBy(devtools);
          return await work({
            path: installed.path,
            hasDisplay: hasDisplay(place),
            proxyLogin: proxy.login,
            end: endOf(child, devtools),
            command: devtools.command,
            listen: devtools.listen,
          });
        } finally {
          await child.stop(end);
          guard.dismiss();
          await forgetRun(folder);
        }
      });
    },
  };
}

/** Whether windows can be shown: Windows and macOS always have a desktop, Linux says where it is. */
function hasDisplay({ env, platform }: Place): boolean {
  return platform !== 'linux' || [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((name) => (name ?? '') !== '');
}

interface Launch {
  readonly place: Place;
  readonly proxy: BrowserProxy;
  readonly request: BrowserRequest;
  readonly folder: string;
  readonly start: number;
}

interface Child {
  readonly pid: number;
  readonly endpoint: string;
  /** Resolves with how the process ended: undefined for status 0. */
  readonly exited: Promise<string | undefined>;
  talksBy(devtools: DevTools): void;
  /** Ends it: politely, then by force. Milliseconds for each. */
  stop(patience: number): Promise<void>;
}

async function launch(installed: Installed, how: Launch, signal: AbortSignal): Promise<Child> {
  for (let tries = 1; ; tries += 1) {
    const started = await launchOnce(installed, how, await freePort(), signal);
    if (started !== 'port taken') return started;
    if (tries === TRIES) {
      throw new GauthError('BROWSER_FAILED', 'no port for the browser was free', { hints: ['try again'] });
    }
  }
}

async function launchOnce(
  installed: Installed,
  { place, proxy, request, folder, start }: Launch,
  port: number,
  signal: AbortSignal,
): Promise<Child | 'port taken'> {
  if (signal.aborted) throw cancelled();
  const args = [
    // A port that the browser chooses itself (0), or a pipe, makes navigator.webdriver true (facts, browser.md).
    `--remote-debugging-port=${String(port)}`,
    `--user-data-dir=${folder}`,
    ...SWITCHES,
    ...(hasDisplay(place) ? [] : ['--headless']),
    ...proxy.switches,
    ...request.args,
  ];
  const child = spawn(installed.path, args, {
    env: browserEnvironment(place.env),
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: the terminal's Ctrl-C is gauth's, which ends the browser in order.
    detached: place.platform !== 'win32',
  });
  const exited = exitOf(child);
  let talking: DevTools | undefined;
  const stop = async (patience: number): Promise<void> => {
    // Not waited for: the browser may end before it answers.
    void talking?.command('Browser.close').catch(() => undefined);
    const signals =
      talking === undefined ? (['SIGTERM', 'SIGKILL'] as const) : ([0, 'SIGTERM', 'SIGKILL'] as const);
    for (const name of signals) {
      if (name !== 0) kill(child, name);
      if (await within(exited, patience)) break;
    }
    talking?.end();
    // Helpers whose browser was killed; on Windows they end with it.
    if (place.platform !== 'win32') kill(child, 'SIGKILL');
  };
  try {
    const endpoint = await waitForEndpoint(child, exited, start, signal);
    if (endpoint === undefined) {
      await stop(1000);
      return 'port taken';
    }
    const { pid = 0 } = child;
    return {
      pid,
      endpoint,
      exited,
      stop,
      talksBy(devtools) {
        talking = devtools;
      },
    };
  } catch (error) {
    await stop(1000);
    throw error;
  }
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/** What is meant for gauth's own process: libraries of the box it may come in (AppImages, Python's wrappers), and Node's switches. */
const NOT_FOR_THE_BROWSER = new Set([
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'DYLD_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'NODE_OPTIONS',
]);

function browserEnvironment(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(childEnvironment(env)).filter(([name]) => !NOT_FOR_THE_BROWSER.has(name)),
  );
}

function exitOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      resolve(status === 0 ? undefined : signal === null ? `status ${String(status)}` : signal);
    });
    // It was never started; `listening` tells why.
    child.once('error', () => {
      if (child.pid === undefined) resolve('an error');
    });
  });
}

async function endOf(child: Child, devtools: DevTools): Promise<BrowserEnd> {
  await devtools.closed;
  // The port closes a moment before the process ends.
  const how = await Promise.race([
    child.exited.then((text) => text ?? 'in order'),
    sleep(2000, undefined, { ref: false }),
  ]);
  if (how === undefined) return { kind: 'silent' };
  return how === 'in order' ? { kind: 'closed' } : { kind: 'crashed', how };
}

async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

/** The whole group, so that no helper stays. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // Nobody is left.
  }
}
