/** The other way in: the person's own browser signs in, and gauth takes the SAML response from its request to AWS. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cancelled, GauthError } from '../errors.ts';
import type { Browser, BrowserRequest, Clock, Log, RunningBrowser } from '../ports.ts';
import type { SamlResponse } from '../saml.ts';
import { oneLine } from '../text.ts';
import { browserEnded, noDisplay, pageUnreachable, needsUser } from './browser-errors.ts';
import { valueAt, textAt } from './devtools-values.ts';
import { type BrowserPage, interceptSamlResponse } from './saml-interception.ts';
import { manualSignInHints, type SignInTarget, startUrl } from './refusals.ts';

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
      hints: ['run gauth again; --browser-timeout gives more time', ...manualSignInHints(target)],
      cause: error,
    });
  }
}

async function converse(
  target: SignInTarget,
  open: RunningBrowser,
  parts: BrowserSignInParts,
  signal: AbortSignal,
): Promise<SamlResponse> {
  parts.log.info(`browser: ${open.path}`);
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  try {
    const tap = await interceptSamlResponse(open, parts.isAcs);
    const ends = open.end.then((end) => {
      throw browserEnded(end, target);
    });
    const goes = async (): Promise<never> => {
      await openPage(open);
      const page = await Promise.race([tap.first, ends]);
      const wanted = untilStill(page, open, parts.clock, within);
      const rested = visit(startFor(target), page, open, target).then(async () => wanted);
      // A page that is late is shown while it loads; where nobody could see it, why it is late says more.
      await (open.hasDisplay ? Promise.race([rested, wanted]) : rested);
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
async function openPage(open: RunningBrowser): Promise<void> {
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

async function visit(url: URL, page: BrowserPage, open: RunningBrowser, target: SignInTarget): Promise<void> {
  const failure = await navigate(url, page, open);
  // ERR_ABORTED: another page has taken its place already.
  if (failure === '' || failure === 'net::ERR_ABORTED' || needsUser(failure)) return;
  throw pageUnreachable(failure, await failedHost(page, open), target);
}

/** Chromium's net error, or nothing: a server that is slower than the browser's answer may be is still on its way. */
async function navigate(url: URL, { session }: BrowserPage, open: RunningBrowser): Promise<string> {
  try {
    const arrived = await open.command('Page.navigate', { url: url.href }, session);
    return textAt(arrived, 'errorText') ?? '';
  } catch (error) {
    if (open.hasDisplay && error instanceof GauthError && error.code === 'TIMEOUT') return '';
    throw error;
  }
}

/** Whose page could not be loaded: redirects may have led away from Google's. */
async function failedHost({ session }: BrowserPage, open: RunningBrowser): Promise<string | undefined> {
  const tree = await open.command('Page.getFrameTree', {}, session).catch(() => undefined);
  const failed = textAt(tree, 'frameTree', 'frame', 'unreachableUrl') ?? '';
  return URL.canParse(failed) ? new URL(failed).host : undefined;
}

/** Resolves when the page has come to rest without having ended at AWS: Google wants a person. */
async function untilStill(
  page: BrowserPage,
  open: RunningBrowser,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
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
      if (session !== page.session || valueAt(params, 'frameId') !== page.target) return;
      if (method === 'Page.frameStartedLoading') rest.abort();
      if (method !== 'Page.frameStoppedLoading') return;
      rest = new AbortController();
      void wait(STILL_MS, AbortSignal.any([signal, rest.signal]));
    });
    void wait(UNSEEN_MS, signal);
  });
}

async function showWindow(
  { target: page }: BrowserPage,
  open: RunningBrowser,
  { tell }: BrowserSignInParts,
  target: SignInTarget,
): Promise<void> {
  if (!open.hasDisplay) throw noDisplay(target);
  const windowId = valueAt(await open.command('Browser.getWindowForTarget', { targetId: page }), 'windowId');
  await open.command('Browser.setWindowBounds', { windowId, bounds: { windowState: 'normal' } });
  await open.command('Browser.setWindowBounds', { windowId, bounds: HERE });
  await open.command('Target.activateTarget', { targetId: page });
  tell(`Google wants you: sign in as ${oneLine(target.username)} in the browser window that has opened.`);
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
  open: RunningBrowser,
  clock: Clock,
  target: SignInTarget,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof GauthError) || signal.aborted) return error;
  const patience =
    error.code === 'BROWSER_FAILED' ? BREAKING_MS : error.code === 'CANCELLED' ? CLOSING_MS : 0;
  if (patience === 0) return error;
  const end = await Promise.race([open.end, clock.sleep(patience, signal).catch(() => undefined)]);
  return end === undefined || end.kind === 'closed' ? error : browserEnded(end, target);
}
