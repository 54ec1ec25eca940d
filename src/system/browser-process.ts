/** The user's browser as a child process: starts it, connects to it, ends it and cleans up. */
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
import { findBrowser, type HostEnvironment, type InstalledBrowser } from './browser-discovery.ts';
import { waitForEndpoint } from './browser-startup.ts';
import { connectDevTools, type DevTools } from './devtools.ts';
import { endStaleBrowser, forgetRun, recordRun } from './stale-browser.ts';

export interface ChromeLimits {
  /** Milliseconds until the debugging port listens; the first start of a snap takes half a minute. */
  readonly start?: number;
  /** Milliseconds that the browser gets to close. */
  readonly end?: number;
}

/** Starts the browser without a window, as an ordinary program: no switch says that it is automated. */
const SWITCHES = [
  '--no-startup-window',
  '--no-first-run',
  '--no-default-browser-check',
  // After a kill the browser would offer to restore pages.
  '--hide-crash-restore-bubble',
];

/** Another program may take the port before the browser does. */
const MAX_ATTEMPTS = 3;

export function createBrowser(host: HostEnvironment, limits: ChromeLimits = {}): Browser {
  const { start = 45_000, end = 5000 } = limits;
  return {
    async whyUnavailable(path) {
      if (!hasDisplay(host)) return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)';
      return findBrowser(path, host).then(
        () => undefined,
        (error: unknown) => (error instanceof GauthError ? error.message : 'no browser was found'),
      );
    },

    async use(request, signal, work) {
      const [installed, proxy] = [await findBrowser(request.path, host), browserProxy(host.env)];
      const folder =
        installed.dataFolder === undefined
          ? request.folder
          : join(installed.dataFolder, basename(request.folder));
      await ensureFolder(folder);
      return withLock(folder, { signal, waitMs: request.waitMs }, async () => {
        await endStaleBrowser(folder, signal);
        const child = await launch(installed, { host, proxy, request, folder, start }, signal);
        const guard = startBrowserGuard(child.pid, host.platform);
        try {
          await recordRun(folder, { pid: child.pid, endpoint: child.endpoint });
          const devtools = await connectDevTools(child.endpoint, signal);
          child.useDevTools(devtools);
          return await work({
            path: installed.path,
            hasDisplay: hasDisplay(host),
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

/** Whether the browser can show a window: Windows and macOS always have a desktop, Linux has variables for it. */
function hasDisplay({ env, platform }: HostEnvironment): boolean {
  return platform !== 'linux' || [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((name) => (name ?? '') !== '');
}

interface Launch {
  readonly host: HostEnvironment;
  readonly proxy: BrowserProxy;
  readonly request: BrowserRequest;
  readonly folder: string;
  readonly start: number;
}

interface Child {
  readonly pid: number;
  readonly endpoint: string;
  /** Resolves when the process has ended, with the reason; undefined for status 0. */
  readonly exited: Promise<string | undefined>;
  useDevTools(devtools: DevTools): void;
  /** Closes the browser, then kills it. Waits `timeoutMs` for each. */
  stop(timeoutMs: number): Promise<void>;
}

async function launch(installed: InstalledBrowser, how: Launch, signal: AbortSignal): Promise<Child> {
  for (let tries = 1; ; tries += 1) {
    const started = await launchOnce(installed, how, await freePort(), signal);
    if (started !== 'port taken') return started;
    if (tries === MAX_ATTEMPTS) {
      throw new GauthError('BROWSER_FAILED', 'no free port for the browser', { hints: ['try again'] });
    }
  }
}

async function launchOnce(
  installed: InstalledBrowser,
  { host, proxy, request, folder, start }: Launch,
  port: number,
  signal: AbortSignal,
): Promise<Child | 'port taken'> {
  if (signal.aborted) throw cancelled();
  const args = [
    // Port 0 or a pipe would set navigator.webdriver to true.
    `--remote-debugging-port=${String(port)}`,
    `--user-data-dir=${folder}`,
    ...SWITCHES,
    ...(hasDisplay(host) ? [] : ['--headless']),
    ...proxy.switches,
    ...request.args,
  ];
  const child = spawn(installed.path, args, {
    env: browserEnvironment(host.env),
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: the terminal's Ctrl-C goes to gauth, which closes the browser.
    detached: host.platform !== 'win32',
  });
  const exited = exitOf(child);
  let devtools: DevTools | undefined;
  const stop = async (timeoutMs: number): Promise<void> => {
    // Not awaited: the browser may end before it answers.
    void devtools?.command('Browser.close').catch(() => undefined);
    const signals =
      devtools === undefined ? (['SIGTERM', 'SIGKILL'] as const) : ([0, 'SIGTERM', 'SIGKILL'] as const);
    for (const name of signals) {
      if (name !== 0) kill(child, name);
      if (await settlesWithin(exited, timeoutMs)) break;
    }
    devtools?.end();
    // Child processes of a killed browser; on Windows they end with it.
    if (host.platform !== 'win32') kill(child, 'SIGKILL');
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
      useDevTools(connection) {
        devtools = connection;
      },
    };
  } catch (error) {
    await stop(1000);
    throw error;
  }
}

/** A port that is free at this moment. */
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

/** Variables for gauth's own process: library paths (AppImages, Python's wrappers) and Node's switches. */
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
    // It was never started; `waitForEndpoint` reports the reason.
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

async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    timer.abort();
  }
}

/** The whole process group, so that no child process remains. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // All have ended.
  }
}
