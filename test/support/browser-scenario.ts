/** Stories with a real browser: the emulators behind their proxy, Chromium before it, and a user who clicks and types. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { isAcs } from '../../src/aws/partition.ts';
import { cancelled } from '../../src/errors.ts';
import { type BrowserSignInParts, signInByBrowser } from '../../src/google/browser-sign-in.ts';
import type { Clock } from '../../src/ports.ts';
import type { SamlResponse } from '../../src/saml.ts';
import { createBrowser } from '../../src/system/browser-process.ts';
import { type AwsSigninEmulator, awsSigninEmulator } from '../emulators/aws-signin.ts';
import { type GoogleEmulator, type GoogleUser, googleEmulator } from '../emulators/google/index.ts';
import { type ServeOptions, type Served, serve } from '../emulators/proxy.ts';
import { type Handler, type Hosts, html } from '../emulators/respond.ts';
import { type SamlIssuer, samlIssuer } from '../emulators/saml.ts';
import { type UserAction, type BrowserUser, withBrowserUser } from './browser-user.ts';
import { type ChromiumHost, chromiumHost } from './chromium.ts';

const TARGET = { username: 'me@example.com', idpId: 'C01abc2de', spId: '000111000111' };
export const ME: GoogleUser = { email: TARGET.username, password: 'correct horse', roles: [] };

/** What somebody does who knows the password. */
export const USER_ACTIONS: readonly UserAction[] = [
  { sees: 'input[name=Passwd]', types: ME.password, clicks: 'button[name=action]' },
  { sees: 'input[name=identifier]', clicks: 'button[name=action]' },
];

export interface BrowserScenario {
  readonly issuer: SamlIssuer;
  readonly google: GoogleEmulator;
  readonly aws: AwsSigninEmulator;
  readonly served: Served;
  readonly host: ChromiumHost;
}

export interface SceneOptions extends ServeOptions {
  readonly user?: Partial<GoogleUser>;
  readonly issuer?: SamlIssuer;
  /** More hosts, or others in their place. */
  readonly hosts?: Hosts;
  /** A display and a home to share. */
  readonly host?: ChromiumHost;
}

/** Call it within a test, which it cleans up after. */
export async function browserScenario(options: SceneOptions = {}): Promise<BrowserScenario> {
  const issuer = options.issuer ?? samlIssuer();
  const google = googleEmulator({ issuer, users: [{ ...ME, ...options.user }] });
  const aws = awsSigninEmulator({ issuer });
  const accounts = options.hosts?.['accounts.google.com'] ?? google.handle;
  const hosts = {
    ...google.hosts,
    ...aws.hosts,
    ...options.hosts,
    'accounts.google.com': withoutChrome(accounts),
  };
  const served = await serve(hosts, options);
  const host = await chromiumHost(served.caFile);
  onTestFinished(async () => {
    await host.close();
    await served.close();
  });
  return { issuer, google, aws, served, host };
}

/** Chromium itself asks Google for the accounts it is signed in with, and for the page's icon. */
function withoutChrome(handle: Handler): Handler {
  return (request) =>
    ['/ListAccounts', '/favicon.ico'].includes(request.url.pathname) ? html('', 404) : handle(request);
}

export interface Visit {
  readonly folder: string;
  readonly userActions?: readonly UserAction[];
  /** Milliseconds. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** Done as soon as the browser is there. */
  readonly duringSignIn?: (observed: BrowserUser) => void;
}

export interface Visited {
  readonly browserUser: BrowserUser;
  /** What the user was told. */
  readonly messages: readonly string[];
  readonly response: Promise<SamlResponse>;
}

/** One sign-in by the browser. */
export function signInOnce({ host, served }: BrowserScenario, how: Visit): Visited {
  const browserUser: BrowserUser = { pages: [], open: [] };
  const messages: string[] = [];
  const env = { ...host.env, HTTPS_PROXY: served.proxyUrl, ...how.env };
  const real = createBrowser({ env, platform: 'linux', home: host.env.HOME });
  const parts: BrowserSignInParts = {
    browser: withBrowserUser(real, how.userActions ?? USER_ACTIONS, browserUser, how.duringSignIn),
    clock: realClock,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    isAcs,
    limitMs: how.limit ?? 75_000,
    tell: (line) => messages.push(line),
    request: { path: host.path, args: how.args ?? [], folder: how.folder },
  };
  return {
    browserUser,
    messages,
    response: signInByBrowser(TARGET, parts, how.signal ?? new AbortController().signal),
  };
}

/** The real one: a browser does not wait for a fake. */
export const realClock: Clock = {
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    await sleep(milliseconds, undefined, { signal }).catch(() => {
      throw cancelled();
    });
  },
};
