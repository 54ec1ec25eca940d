/** The other way in: the person's own browser signs in, and gauth takes the SAML response from its request to AWS. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cancelled, GauthError } from '../errors.ts';
import type { Browser, BrowserEnd, BrowserRequest, Clock, Log, OpenBrowser } from '../ports.ts';
import type { SamlResponse } from '../saml.ts';
import { plain } from '../text.ts';
import { at, textAt } from './protocol.ts';
import { type Page, tapResponses } from './tap.ts';
import { byHand, type SignInTarget, startUrl } from './verdict.ts';

export interface BrowserSignInParts {
  readonly browser: Browser;
  readonly clock: Clock;
  readonly log: Log;
  /** Which browser, with which switches, on which profile folder. */
  readonly request: Omit<BrowserRequest, 'waitMs'>;
  /** Whether an address is an assertion consumer service of AWS. */
  readonly isAcs: (url: URL) => boolean;
  /** For the whole sign-in, the person's time included, milliseconds. */
  readonly limitMs: number;
  /** Shows the person one line. */
  readonly tell: (line: string) => void;
}

/** A page that is still this long, in milliseconds, after it was loaded will not go on by itself. */
const STILL_MS = 700;
/** A page that takes longer than this to load, or a chain of them, is shown as it is. */
const UNSEEN_MS = 15_000;

/** Where the window waits out of sight, and where it comes to. Sizes in density-independent pixels. */
const SIZE = { width: 1000, height: 800 };
const AWAY = { left: -3000, top: -3000, ...SIZE };
const HERE = { left: 80, top: 40, ...SIZE };

/** The private profile of an account, below the folder where gauth keeps things; its name tells nobody whose it is. */
export function profileFolder(store: string, username: string): string {
  const name = createHash('sha256').update(username.toLowerCase()).digest('hex').slice(0, 16);
  return join(store, 'browser', name);
}

/**
 * Signs in with the browser of the person and returns the SAML response for AWS. There is one start of the browser: its window
 * stays out of sight while Google goes on by itself, and comes forward when Google wants a person.
 * Throws what `Browser` throws; GauthError CANCELLED (Ctrl-C, or the window was closed), TIMEOUT, NETWORK, TLS, PROXY,
 * NOT_INTERACTIVE (no display to show the window on), BROWSER_FAILED, BROWSER_TAKEN.
 */
export async function signInByBrowser(
  target: SignInTarget,
  parts: BrowserSignInParts,
  signal: AbortSignal,
): Promise<SamlResponse> {
  const { browser, request, limitMs } = parts;
  const limit = AbortSignal.timeout(limitMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    return await browser.use({ ...request, waitMs: limitMs }, either, async (open) =>
      converse(target, open, parts, either),
    );
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const minutes = String(Math.round(limitMs / 6000) / 10);
    throw new GauthError('TIMEOUT', `the sign-in in the browser was not finished within ${minutes} minutes`, {
      hints: ['run gauth again; --browser-timeout gives more time', ...byHand(target)],
      cause: error,
    });
  }
}

async function converse(
  target: SignInTarget,
  open: OpenBrowser,
  parts: BrowserSignInParts,
  signal: AbortSignal,
): Promise<SamlResponse> {
  parts.log.info(`browser: ${open.path}`);
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  try {
    const tap = await tapResponses(open, parts.isAcs);
    const ends = open.end.then((end) => {
      throw endedBy(end, target);
    });
    const goes = async (): Promise<never> => {
      await openPage(open);
      const page = await Promise.race([tap.first, ends]);
      const wanted = untilStill(page, open, parts.clock, within);
      await visit(startFor(target), page, open, target);
      await wanted;
      await showWindow(page, open, parts, target);
      return never();
    };
    return { base64: await Promise.race([tap.response, ends, goes(), untilAborted(signal)]) };
  } catch (error) {
    throw await better(error, open, parts.clock, target, signal);
  } finally {
    stop.abort();
  }
}

/**
 * A window that nobody sees and that takes no focus: minimised where somebody manages windows, and outside of the screen where
 * nobody does. Tried with Chromium 156 under Xvfb bare, with openbox and with metacity, and under weston (Wayland). A window of the
 * browser's own start is seen and takes the focus: --start-minimized in all of them, --window-position with openbox. A target that
 * is hidden altogether can be made only beside a window.
 */
async function openPage(open: OpenBrowser): Promise<void> {
  const window = open.hasDisplay
    ? { newWindow: true, background: true, windowState: 'minimized', ...AWAY }
    : {};
  await open.command('Target.createTarget', { url: 'about:blank', ...window });
}

/** The address may already stand on Google's page, as with a link in a mail. */
function startFor(target: SignInTarget): URL {
  const url = startUrl(target);
  url.searchParams.set('login_hint', target.username);
  return url;
}

async function visit(url: URL, { session }: Page, open: OpenBrowser, target: SignInTarget): Promise<void> {
  const arrived = await open.command('Page.navigate', { url: url.href }, session);
  const failure = textAt(arrived, 'errorText') ?? '';
  // ERR_ABORTED: another page has taken its place already.
  if (failure !== '' && failure !== 'net::ERR_ABORTED') throw unreachable(failure, target);
}

/** Resolves when the page has come to rest without having ended at AWS: Google wants a person. */
async function untilStill(page: Page, open: OpenBrowser, clock: Clock, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const wait = async (milliseconds: number, abort: AbortSignal): Promise<void> => {
      try {
        await clock.sleep(milliseconds, abort);
        resolve();
      } catch {
        // It goes on, or the sign-in has ended.
      }
    };
    let rest = new AbortController();
    open.listen(({ method, params, session }) => {
      if (session !== page.session || at(params, 'frameId') !== page.target) return;
      if (method === 'Page.frameStartedLoading') rest.abort();
      if (method !== 'Page.frameStoppedLoading') return;
      rest = new AbortController();
      void wait(STILL_MS, AbortSignal.any([signal, rest.signal]));
    });
    void wait(UNSEEN_MS, signal);
  });
}

async function showWindow(
  { target: page }: Page,
  open: OpenBrowser,
  { tell }: BrowserSignInParts,
  target: SignInTarget,
): Promise<void> {
  if (!open.hasDisplay) throw nobodyThere(target);
  const windowId = at(await open.command('Browser.getWindowForTarget', { targetId: page }), 'windowId');
  await open.command('Browser.setWindowBounds', { windowId, bounds: { windowState: 'normal' } });
  await open.command('Browser.setWindowBounds', { windowId, bounds: HERE });
  await open.command('Target.activateTarget', { targetId: page });
  tell(`Google wants you: sign in as ${plain(target.username)} in the browser window that has opened.`);
}

async function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => {
      reject(cancelled());
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Milliseconds for a broken browser to be gone: it writes its crash report first. */
const BREAKING_MS = 3000;
/** Milliseconds for the end of a browser whose last window is gone: it may stay. */
const CLOSING_MS = 1000;

/** When a browser ends, commands on their way fail first, and its pages go: its end says more than they do. */
async function better(
  error: unknown,
  open: OpenBrowser,
  clock: Clock,
  target: SignInTarget,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof GauthError) || signal.aborted) return error;
  const patience =
    error.code === 'BROWSER_FAILED' ? BREAKING_MS : error.code === 'CANCELLED' ? CLOSING_MS : 0;
  if (patience === 0) return error;
  const end = await Promise.race([open.end, clock.sleep(patience, signal).catch(() => undefined)]);
  return end === undefined || end.kind === 'closed' ? error : endedBy(end, target);
}

function endedBy(end: BrowserEnd, target: SignInTarget): GauthError {
  switch (end.kind) {
    case 'closed':
      return new GauthError('CANCELLED', 'the browser was closed before the sign-in was finished', {
        hints: ['run gauth again'],
      });
    case 'crashed':
      return new GauthError('BROWSER_FAILED', `the browser broke down during the sign-in (${end.how})`, {
        hints: ['run gauth again; if it stays, take another browser: --browser-path', ...byHand(target)],
      });
    case 'silent':
      return new GauthError('BROWSER_TAKEN', 'the browser runs on, but has stopped speaking to gauth', {
        hints: [
          'a browser that your organisation manages may move the sign-in to a profile of its own ("Your organization requires a profile")',
          'take one that it does not manage, such as Chromium: --browser-path',
          ...byHand(target),
        ],
      });
  }
}

/** Chromium's net error for the very first page, where no person is needed to see that it cannot work. */
function unreachable(failure: string, target: SignInTarget): GauthError {
  const name = plain(failure.replace('net::', ''), 80);
  if (/^ERR_(CERT|SSL)/.test(name)) {
    return new GauthError(
      'TLS',
      `the browser does not trust the certificate of accounts.google.com (${name})`,
      {
        hints: [
          "a company's certificate authority has to be known to the browser or to the system, not to gauth",
        ],
      },
    );
  }
  if (/^ERR_(PROXY|TUNNEL|UNEXPECTED_PROXY|MANDATORY_PROXY)/.test(name)) {
    return new GauthError('PROXY', `the browser does not get through the proxy (${name})`, {
      hints: ['check HTTPS_PROXY and NO_PROXY; without them the browser follows the settings of the system'],
    });
  }
  return new GauthError('NETWORK', `the browser does not reach accounts.google.com (${name})`, {
    hints: ['check the network connection', ...byHand(target)],
  });
}

function nobodyThere(target: SignInTarget): GauthError {
  return new GauthError(
    'NOT_INTERACTIVE',
    'google wants a person, and there is no display to show the browser on',
    {
      hints: ['run gauth on the desktop, where DISPLAY or WAYLAND_DISPLAY is set', ...byHand(target)],
    },
  );
}
