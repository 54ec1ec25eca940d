/** The user's browser as a child process: starts it on a browser profile of gauth's own, waits for the SAML response, and ends it. */
import { untilAborted } from '../cancellation.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import { ensureFolder } from '../files/files.ts';
import { withLock } from '../files/lock.ts';
import type {
  Browser,
  BrowserEnd,
  BrowserRequest,
  BrowserResult,
  BrowserVisit,
  Environment,
} from '../ports.ts';
import type { BrowserAdapter, BrowserSetup } from './browser-adapter.ts';
import { findBrowser, type HostEnvironment, type InstalledBrowser } from './browser-discovery.ts';
import { startFailure } from './browser-failure.ts';
import { startBrowserGuard } from './browser-guard.ts';
import { checkPolicies } from './browser-policies.ts';
import { browserProxy } from './browser-proxy.ts';
import { type ConsumerEndpoint, startConsumerEndpoint } from './consumer-endpoint.ts';
import { chromium } from './chromium.ts';
import { firefox } from './firefox.ts';
import { proxyScriptUrl } from './proxy-configuration.ts';
import { endStaleBrowser, forgetRun, readMemory, recordMemory, recordRun } from './stale-browser.ts';

const ADAPTERS: Readonly<Record<InstalledBrowser['family'], BrowserAdapter>> = { chromium, firefox };

export interface BrowserLimits {
  /** Milliseconds for the page at the end to close the browser, which then writes its cookies. */
  readonly closing?: number;
  /** Milliseconds after each signal that is to end the browser. */
  readonly ending?: number;
}

export function createBrowser(host: HostEnvironment, limits: BrowserLimits = {}): Browser {
  return {
    async whyUnavailable(path) {
      if (!hasDisplay(host)) return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)';
      const find = async (): Promise<void> => checkPolicies(await findBrowser(path, host), host);
      return find().then(
        () => undefined,
        (error: unknown) => (error instanceof GauthError ? error.message : 'no browser was found'),
      );
    },

    async use(request, signal, work) {
      const installed = await findBrowser(request.path, host);
      await checkPolicies(installed, host);
      const folder = folderFor(installed, request.folder);
      await ensureFolder(folder);
      const { others, upstream } = await browserProxy(host, signal);
      return withLock(folder, { signal, waitMs: request.waitMs }, async () => {
        await endStaleBrowser(folder);
        const endpoint = await startConsumerEndpoint(request.consumerHosts, request.answer, upstream);
        const setup: BrowserSetup = {
          folder,
          configuration: proxyScriptUrl({ hosts: request.consumerHosts, port: endpoint.port, others }),
          certificate: endpoint.certificate,
          hosts: request.consumerHosts,
          platform: host.platform,
        };
        try {
          await ADAPTERS[installed.family].prepare(setup);
          const memory = await readMemory(folder);
          return await work({
            path: installed.path,
            hasDisplay: hasDisplay(host),
            hasSession: memory !== undefined,
            visit: async (visit, abort) =>
              run(
                visit,
                { installed, host, request, setup, endpoint, memory, ...withDefaults(limits) },
                abort,
              ),
          });
        } finally {
          endpoint.close();
        }
      });
    },
  };
}

/** Each family has a browser profile of its own. A confined browser can keep one only in its own folder. */
function folderFor({ family, dataFolder }: InstalledBrowser, folder: string): string {
  const own = family === 'firefox' ? `${folder}-firefox` : folder;
  return dataFolder === undefined ? own : join(dataFolder, basename(own));
}

function withDefaults({ closing = 2_500, ending = 3_000 }: BrowserLimits): Required<BrowserLimits> {
  return { closing, ending };
}

/** Whether the browser can show a window: Windows and macOS always have a desktop, Linux has variables for it. */
function hasDisplay({ env, platform }: HostEnvironment): boolean {
  return platform !== 'linux' || [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((name) => (name ?? '') !== '');
}

interface Run extends Required<BrowserLimits> {
  readonly installed: InstalledBrowser;
  readonly host: HostEnvironment;
  readonly request: BrowserRequest;
  readonly setup: BrowserSetup;
  readonly endpoint: ConsumerEndpoint;
  readonly memory: { readonly userAgent: string | undefined } | undefined;
}

/** Starts the browser once. Ends it in any case. */
async function run(visit: BrowserVisit, how: Run, signal: AbortSignal): Promise<BrowserResult> {
  if (signal.aborted) throw cancelled();
  const { installed, host, request, setup, endpoint, memory, closing, ending } = how;
  const adapter = ADAPTERS[installed.family];
  const args = [...request.args, ...adapter.arguments(setup, visit, memory?.userAgent)];
  const child = spawn(installed.path, args, {
    env: browserEnvironment(host.env),
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: the terminal's Ctrl-C goes to gauth, which ends the browser.
    detached: host.platform !== 'win32',
  });
  const output = readOutput(child);
  const exited = exitOf(child);
  const guard = child.pid === undefined ? undefined : startBrowserGuard(child.pid, host.platform);
  let patience = 0;
  try {
    await recordRun(setup.folder, { pid: child.pid ?? 0 });
    const result = await Promise.race([
      endpoint.received.then((received) => ({ kind: 'received' as const, received })),
      exited.then((exit) => ({ kind: 'exited' as const, exit })),
      untilAborted(signal),
    ]);
    if (result.kind === 'exited')
      return { kind: 'ended', end: endOf(result.exit, output(), installed, endpoint) };
    patience = closing;
    const { response, userAgent } = result.received;
    // Only a window shows how the browser names itself.
    await recordMemory(setup.folder, visit.hidden ? memory : { userAgent });
    return { kind: 'received', response };
  } finally {
    await end(child, exited, patience, ending);
    guard?.dismiss();
    await forgetRun(setup.folder);
  }
}

/** How the browser ended without a SAML response. Throws GauthError if it did not really start. */
function endOf(
  exit: Exit,
  output: string,
  { path }: InstalledBrowser,
  endpoint: ConsumerEndpoint,
): BrowserEnd {
  if (exit.kind === 'not-started') {
    throw new GauthError('BROWSER_MISSING', `${path} cannot be started`, {
      hints: ['name another browser with --browser'],
      cause: exit.cause,
    });
  }
  if (exit.afterMs < RIGHT_AFTER_START || exit.how === undefined) {
    const failure = startFailure(exit.how, output);
    if (failure !== undefined) throw failure;
  }
  if (endpoint.wasRefused()) return { kind: 'untrusting' };
  return exit.how === undefined ? { kind: 'closed' } : { kind: 'crashed', how: exit.how };
}

/** Milliseconds within which no user closes a window. */
const RIGHT_AFTER_START = 3_000;

type Exit =
  | { readonly kind: 'not-started'; readonly cause: Error }
  /** `how` is undefined for status 0. */
  | { readonly kind: 'ended'; readonly how: string | undefined; readonly afterMs: number };

function exitOf(child: ChildProcess): Promise<Exit> {
  const start = performance.now();
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      const how = status === 0 ? undefined : signal === null ? `status ${String(status)}` : signal;
      // The last output may not have been read yet.
      setImmediate(() => {
        resolve({ kind: 'ended', how, afterMs: performance.now() - start });
      });
    });
    child.once('error', (cause) => {
      if (child.pid === undefined) resolve({ kind: 'not-started', cause });
    });
  });
}

/** What the browser prints. It is read to the end, or the browser would block on a full pipe; only the beginning matters. */
function readOutput(child: ChildProcess): () => string {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < 20_000) output += text;
  });
  return () => output;
}

/** Waits until the page has closed the browser, which saves its cookies then; else ends it. */
async function end(
  child: ChildProcess,
  exited: Promise<unknown>,
  patience: number,
  ending: number,
): Promise<void> {
  if (patience > 0 && (await settlesWithin(exited, patience))) return killGroup(child, 'SIGKILL');
  // At SIGINT Chromium writes its cookies; at SIGTERM it does not (measured with Chromium 156).
  child.kill('SIGINT');
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await settlesWithin(exited, ending)) break;
    killGroup(child, signal);
  }
  await settlesWithin(exited, ending);
  // Child processes of a killed browser.
  killGroup(child, 'SIGKILL');
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

async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    timer.abort();
  }
}

/** The whole process group, so that no child process remains. On Windows they end with the browser. */
function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // All have ended.
  }
}
