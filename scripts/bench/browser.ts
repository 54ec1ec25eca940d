/** What the silent renewal in a browser costs beyond the browser itself: it beside a plain start (with its empty window) and stop of the same browser, in the same profile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAcs } from '../../src/aws/partition.ts';
import { signInByBrowser } from '../../src/google/browser-sign-in.ts';
import type { Browser, Clock, RunningBrowser } from '../../src/ports.ts';
import { createBrowser } from '../../src/system/browser-process.ts';
import { googleEmulator } from '../../test/emulators/google/index.ts';
import { serve } from '../../test/emulators/proxy.ts';
import { html } from '../../test/emulators/respond.ts';
import { samlIssuer } from '../../test/emulators/saml.ts';
import { withBrowserUser } from '../../test/support/browser-user.ts';
import { chromiumHost, missingFields } from '../../test/support/chromium.ts';
import { median, type Row } from './measure.ts';

const ROUNDS = 7;
const TARGET = { username: 'me@example.com', idpId: 'C01abc2de', spId: '000111000111' };
const PASSWORD = 'correct horse';
const USER_ACTIONS = [
  { sees: 'input[name=Passwd]', types: PASSWORD, clicks: 'button[name=action]' },
  { sees: 'input[name=identifier]', clicks: 'button[name=action]' },
];
const NEVER = new AbortController().signal;

const clock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

/** No rows where there is no browser to measure; in continuous integration that is a failure. */
export async function measureBrowser(): Promise<readonly Row[]> {
  if (missingFields.length > 0) {
    const needs = `the browser's figure needs: apt-get install ${missingFields.join(' ')}`;
    if (process.env['CI'] !== undefined) throw new Error(needs);
    console.log(needs);
    return [];
  }
  const issuer = samlIssuer();
  const { handle } = googleEmulator({ issuer, users: [{ email: TARGET.username, password: PASSWORD }] });
  const served = await serve({
    // Chromium's own question for the accounts it is signed in with, and the page's icon.
    'accounts.google.com': (request) =>
      ['/ListAccounts', '/favicon.ico'].includes(request.url.pathname) ? html('', 404) : handle(request),
  });
  const host = await chromiumHost(served.caFile);
  try {
    const env = { ...host.env, HTTPS_PROXY: served.proxyUrl };
    const browser = createBrowser({ env, platform: process.platform, home: host.env.HOME });
    const request = { path: host.path, args: [], folder: host.profile() };
    const signIn = async (by: Browser): Promise<readonly string[]> => {
      const messages: string[] = [];
      const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
      const tell = (line: string): void => void messages.push(line);
      await signInByBrowser(
        TARGET,
        { browser: by, clock, log, request, isAcs, limitMs: 30_000, tell },
        NEVER,
      );
      return messages;
    };
    await signIn(withBrowserUser(browser, USER_ACTIONS, { pages: [], open: [] }));
    const plain: number[] = [];
    const silent: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      plain.push(await timed(async () => browser.use({ ...request, waitMs: 30_000 }, NEVER, emptyWindow)));
      silent.push(
        await timed(async () => {
          if ((await signIn(browser)).length > 0) throw new Error('the renewal was not silent');
        }),
      );
    }
    console.log(
      `browser: plain start and stop ${median(plain).toFixed(0)} ms, silent renewal ${median(silent).toFixed(0)} ms`,
    );
    return [
      {
        name: 'silent renewal in the browser, beyond a plain start and stop',
        measured: median(silent) - median(plain),
        limit: 600,
        unit: 'ms',
      },
    ];
  } finally {
    await host.close();
    await served.close();
  }
}

/** What an ordinary start shows. */
async function emptyWindow(open: RunningBrowser): Promise<void> {
  const away = { left: -3000, top: -3000, width: 1000, height: 800 };
  await open.command('Target.createTarget', { url: 'about:blank', newWindow: true, ...away });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
