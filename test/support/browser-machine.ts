/**
 * A machine with real browsers: a display, an ordinary user who runs the built gauth, and emulators behind a proxy. The user in
 * front of the browser is a script in Google's pages.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { profileFolder } from '../../src/google/browser-sign-in.ts';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { type AwsSigninEmulator, awsSigninEmulator } from '../emulators/aws-signin.ts';
import { type GoogleEmulator, type GoogleUser, googleEmulator } from '../emulators/google/index.ts';
import { type ServeOptions, type Served, serve } from '../emulators/proxy.ts';
import { answer, bodyText, type Handler, type Hosts, html, redirect } from '../emulators/respond.ts';
import { type SamlIssuer, samlIssuer } from '../emulators/saml.ts';
import { type StsEmulator, stsEmulator } from '../emulators/sts.ts';
import { needsInstalled } from './needs.ts';
import { PROVIDER, ROLE, USER } from './organisation.ts';
import { programIn } from './tools.ts';

export type TestBrowser = 'chromium' | 'firefox';

const PROGRAMS: Readonly<Record<TestBrowser, string>> = { chromium: 'chromium', firefox: 'firefox-esr' };
/** `nobody`: browsers' sandboxes do not work for root, and this user exists everywhere. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** The Debian packages that lack here. */
export function missingFor(browser: TestBrowser): readonly string[] {
  const packages = {
    [PROGRAMS[browser]]: PROGRAMS[browser],
    Xvfb: 'xvfb',
    certutil: 'libnss3-tools',
    ...(isRoot && { setpriv: 'util-linux' }),
  };
  return Object.entries(packages)
    .filter(([program]) => pathOf(program) === undefined)
    .map(([, name]) => name);
}

/** For a group of tests: what the machine must have. */
export function withBrowser(browser: TestBrowser): ReturnType<typeof needsInstalled> {
  const missing = missingFor(browser);
  return needsInstalled(missing.length === 0, `lacks a browser: apt-get install ${missing.join(' ')}`);
}

/** What the user does at a page with this element: types the text into it, if any, then clicks. */
export interface UserAction {
  readonly sees: string;
  readonly types?: string;
  readonly clicks: string;
}

const SIGNS_IN: readonly UserAction[] = [
  { sees: 'input[name=Passwd]', types: USER.password, clicks: 'button[name=action]' },
  { sees: 'input[name=identifier]', clicks: 'button[name=action]' },
];

/** A page that a user could look at. */
export interface SeenPage {
  readonly address: string;
  readonly webdriver: boolean;
  readonly agent: string;
  /** The brands of User-Agent Client Hints; empty in Firefox. */
  readonly brands: string;
}

export interface GauthRun {
  readonly child: ChildProcess;
  stderr(): string;
  /** The exit status; null after a signal. */
  readonly ended: Promise<number | null>;
}

export interface BrowserMachine {
  readonly home: string;
  /** The folder of the browser profile. */
  readonly folder: string;
  readonly issuer: SamlIssuer;
  readonly google: GoogleEmulator;
  readonly sts: StsEmulator;
  readonly aws: AwsSigninEmulator;
  readonly served: Served;
  readonly pages: readonly SeenPage[];
  /** Starts `gauth --sign-in browser` as an ordinary user. */
  run(args?: readonly string[], env?: Readonly<Record<string, string>>): GauthRun;
  /** Whether there is a user who acts, as there is once gauth has asked for one; `closes` closes each window. */
  user: 'absent' | 'present' | 'closes';
  /** The text of a file of the user's. */
  read(path: string): string;
}

export interface MachineOptions extends ServeOptions {
  readonly browser: TestBrowser;
  readonly user?: Partial<GoogleUser>;
  readonly actions?: readonly UserAction[];
  /** More hosts, or others in their place. */
  readonly hosts?: Hosts;
  /** Google sends the user there first, with its own address in `back`. */
  readonly redirectTo?: string;
  /** Takes what cleans up; default: when the test ends. */
  readonly onClose?: (close: () => Promise<void>) => void;
  /** Whether no one acts, even when gauth asks for a user. */
  readonly isDeserted?: boolean;
}

const GAUTH_FLAGS = [
  ...['-u', USER.email, '-I', 'C01abc2de', '-S', '000111000111', '-R', 'us-east-1', '-p', 'sts-temp'],
  ...['--sign-in', 'browser', '--no-cache'],
];

/** Call it within a test, which it cleans up after, unless `onClose` is given. */
export async function browserMachine(options: MachineOptions): Promise<BrowserMachine> {
  const { browser } = options;
  const issuer = samlIssuer();
  const user = { ...USER, roles: [`${ROLE},${PROVIDER}`], ...options.user };
  const google = googleEmulator({ issuer, users: [user] });
  const sts = stsEmulator({ issuer, roles: [{ arn: ROLE, maxDuration: 43_200 }] });
  const aws = awsSigninEmulator({ issuer });
  const pages: SeenPage[] = [];
  const machine = { user: 'absent' as BrowserMachine['user'] };
  const accounts = options.hosts?.['accounts.google.com'] ?? google.handle;
  const others = Object.entries(options.hosts ?? {}).map(([host, handle]) => [host, withUser(handle)]);
  const served = await serve(
    {
      ...google.hosts,
      ...sts.hosts,
      ...aws.hosts,
      ...(Object.fromEntries(others) as Hosts),
      'accounts.google.com': withUser(accounts),
    },
    options,
  );
  const home = mkdtempSync(join(tmpdir(), 'gauth-browser-'));
  const folder =
    profileFolder(join(home, '.aws', 'gauth'), USER.email) + (browser === 'firefox' ? '-firefox' : '');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = browser === 'firefox' ? folder : join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  certutil('-N', '-d', `sql:${database}`, '--empty-password');
  certutil('-A', '-d', `sql:${database}`, '-t', 'C,,', '-n', 'gauth test CA', '-i', served.caFile);
  const root = join(import.meta.dirname, '..', '..');
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(root, name), join(home, 'program', name), { recursive: true });
  const caFile = join(home, 'ca.pem');
  cpSync(served.caFile, caFile);
  chmodSync(caFile, 0o644);
  if (isRoot) for (const name of ['', ...namesBelow(home)]) chownSync(join(home, name), NOBODY, NOBODY);
  const display = await startDisplay();
  const { onClose = onTestFinished } = options;
  onClose(async () => {
    for (const pid of processesOn(home)) tryKill(pid);
    await display.close();
    await served.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  });

  let wasThere = false;
  function withUser(handle: Handler): Handler {
    return async (request) => {
      if (request.url.pathname === '/test-user') return act(request);
      // Chromium itself asks Google for the accounts it is signed in with, and for the page's icon.
      if (['/ListAccounts', '/favicon.ico'].includes(request.url.pathname)) return html('', 404);
      if (request.url.pathname === '/test-tab') return html('<!doctype html><title>Tab</title>');
      const { redirectTo } = options;
      if (redirectTo !== undefined && request.url.pathname === '/o/saml2/initsso' && !wasThere) {
        wasThere = true;
        return redirect(`${redirectTo}?back=${encodeURIComponent(request.url.href)}`);
      }
      return withScript(await handle(request), options.actions ?? SIGNS_IN);
    };
  }

  function act(request: HttpRequest): HttpResponse {
    const page = JSON.parse(bodyText(request)) as SeenPage & { first: boolean };
    if (page.first) pages.push(page);
    return answer(200, 'application/json', JSON.stringify({ user: machine.user }));
  }

  return {
    ...{ home, folder, issuer, google, sts, aws, served, pages },
    get user() {
      return machine.user;
    },
    set user(value) {
      machine.user = value;
    },
    read: (path) => readFileSync(join(home, path), 'utf8'),
    run(args = [], more = {}) {
      const gauth = [
        join(home, 'program', 'bin', 'gauth.js'),
        ...GAUTH_FLAGS,
        ...quietArguments(browser),
        ...args,
      ];
      const other = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
      const [program = '', ...words] = isRoot
        ? ['setpriv', ...other, process.execPath, ...gauth]
        : [process.execPath, ...gauth];
      const child = spawn(program, words, {
        cwd: home,
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          TMPDIR: home,
          TZ: 'UTC',
          DISPLAY: display.name,
          HTTPS_PROXY: served.proxyUrl,
          NODE_EXTRA_CA_CERTS: caFile,
          GAUTH_BROWSER: PROGRAMS[browser],
          ...more,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let text = '';
      child.stderr.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (
          text.includes('in the browser window') &&
          options.isDeserted !== true &&
          machine.user === 'absent'
        )
          machine.user = 'present';
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      return { child, stderr: () => text, ended };
    },
  };
}

/** Chromium's own traffic would be refused by the proxy. */
function quietArguments(browser: TestBrowser): readonly string[] {
  return browser === 'chromium'
    ? ['--browser-arg=--disable-background-networking', '--browser-arg=--disable-component-update']
    : [];
}

/** The page with a user: looks at it, and acts as soon as there is one. */
function withScript(response: HttpResponse, actions: readonly UserAction[]): HttpResponse {
  const isHtml = response.headers['content-type']?.[0]?.startsWith('text/html') === true;
  if (!isHtml || response.status !== 200) return response;
  const script = `<script>(async () => {
    const page = { address: location.origin + location.pathname, webdriver: navigator.webdriver, agent: navigator.userAgent,
      brands: (navigator.userAgentData?.brands ?? []).map(({ brand }) => brand).join() };
    for (let first = true; ; first = false) {
      const { user } = await (await fetch('/test-user', { method: 'POST', body: JSON.stringify({ ...page, first }) })).json();
      if (user === 'closes') window.close();
      if (user === 'present') for (const { sees, types, clicks } of ${JSON.stringify(actions)}) {
        const field = document.querySelector(sees);
        if (field === null) continue;
        if (types !== undefined) field.value = types;
        document.querySelector(clicks).click();
        return;
      }
      await new Promise((go) => setTimeout(go, 100));
    }
  })();</script>`;
  const body = Buffer.concat([Buffer.from(response.body), Buffer.from(script)]);
  return { ...response, body };
}

/** Processes whose command line names the folder. */
export function processesOn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

async function startDisplay(): Promise<{ readonly name: string; close(): Promise<void> }> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const [number] = await Promise.race([
    once(server.stdio[3]!, 'data'),
    ended.then(() => {
      throw new Error('Xvfb did not start');
    }),
  ]);
  return {
    name: `:${String(number).trim()}`,
    async close() {
      server.kill();
      await ended;
    },
  };
}

function certutil(...args: readonly string[]): void {
  execFileSync('certutil', args, { stdio: 'ignore' });
}

function namesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

function pathOf(program: string): string | undefined {
  return programIn(process.env['PATH'] ?? '', program);
}
