/** The sign-in in the browser: the user signs in there, and gauth takes the SAML response from its request to AWS. */
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
  /** The browser, its arguments and its profile folder. */
  readonly request: Omit<BrowserRequest, 'waitMs'>;
  /** Whether a URL is an assertion consumer service of AWS. */
  readonly isAcs: (url: URL) => boolean;
  /** Milliseconds for the whole sign-in, including the time of the user. */
  readonly limitMs: number;
  /** Shows the user one line. */
  readonly tell: (line: string) => void;
}

/** A page that does not change for this long after loading (milliseconds) will not continue by itself. */
const SETTLED_MS = 700;
/** A page, or a chain of redirects, that takes longer than this to load is shown as it is. */
const HIDDEN_LIMIT_MS = 15_000;

/** The bounds of the window while it is hidden and when it is shown, in density-independent pixels. */
const SIZE = { width: 1000, height: 800 };
const HIDDEN_BOUNDS = { left: -3000, top: -3000, ...SIZE };
const SHOWN_BOUNDS = { left: 80, top: 40, ...SIZE };

/** The browser profile of an account, in the private store. Its name does not reveal the account. */
export function profileFolder(store: string, username: string): string {
  const name = createHash('sha256').update(username.toLowerCase()).digest('hex').slice(0, 16);
  return join(store, 'browser', name);
}

/**
 * Signs in with the browser of the user and returns the SAML response for AWS. The browser is started once: its window
 * stays hidden while Google continues by itself, and is shown when Google needs the user.
 * Throws what `Browser` throws; GauthError CANCELLED (Ctrl-C, or the window was closed), TIMEOUT, NETWORK, TLS, PROXY,
 * NOT_INTERACTIVE (no display for the window), BROWSER_FAILED, BROWSER_TAKEN.
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
      runInBrowser(target, open, parts, either),
    );
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const minutes = String(Math.round(limitMs / 6000) / 10);
    throw new GauthError('TIMEOUT', `the sign-in in the browser took longer than ${minutes} minutes`, {
      hints: ['run gauth again, with more time: --browser-timeout', ...manualSignInHints(target)],
      cause: error,
    });
  }
}

async function runInBrowser(
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
      const wanted = untilSettled(page, open, parts.clock, within);
      const rested = loadPage(startFor(target), page, open, target).then(async () => wanted);
      // A slow page is shown while it loads. Without a display, the reason for the delay is more useful.
      await (open.hasDisplay ? Promise.race([rested, wanted]) : rested);
      await showWindow(page, open, parts, target);
      return never();
    };
    return { base64: await Promise.race([tap.response, ends, goes(), untilAborted(signal)]) };
  } catch (error) {
    throw await moreSpecificError(error, open, parts.clock, target, signal);
  } finally {
    stop.abort();
  }
}

/**
 * Opens a window that is hidden and takes no focus: minimised if there is a window manager, else off the screen. Tested
 * with Chromium 156 under plain Xvfb, with openbox and metacity, and under weston (Wayland). A window opened at the start
 * of the browser is visible and takes the focus, with --start-minimized everywhere, and with --window-position under
 * openbox. A completely hidden target needs a window.
 */
async function openPage(open: RunningBrowser): Promise<void> {
  const window = open.hasDisplay
    ? { newWindow: true, background: true, windowState: 'minimized', ...HIDDEN_BOUNDS }
    : {};
  await open.command('Target.createTarget', { url: 'about:blank', ...window });
}

/** The URL may already be on a page of Google, as with a link in a mail. */
function startFor(target: SignInTarget): URL {
  const url = startUrl(target);
  url.searchParams.set('login_hint', target.username);
  return url;
}

async function loadPage(
  url: URL,
  page: BrowserPage,
  open: RunningBrowser,
  target: SignInTarget,
): Promise<void> {
  const failure = await navigate(url, page, open);
  // ERR_ABORTED: another page has already replaced it.
  if (failure === '' || failure === 'net::ERR_ABORTED' || needsUser(failure)) return;
  throw pageUnreachable(failure, await failedHost(page, open), target);
}

/** The net error of Chromium, or an empty string. A slow server is not an error. */
async function navigate(url: URL, { session }: BrowserPage, open: RunningBrowser): Promise<string> {
  try {
    const arrived = await open.command('Page.navigate', { url: url.href }, session);
    return textAt(arrived, 'errorText') ?? '';
  } catch (error) {
    if (open.hasDisplay && error instanceof GauthError && error.code === 'TIMEOUT') return '';
    throw error;
  }
}

/** The host whose page could not be loaded: redirects may have left Google. */
async function failedHost({ session }: BrowserPage, open: RunningBrowser): Promise<string | undefined> {
  const tree = await open.command('Page.getFrameTree', {}, session).catch(() => undefined);
  const failed = textAt(tree, 'frameTree', 'frame', 'unreachableUrl') ?? '';
  return URL.canParse(failed) ? new URL(failed).host : undefined;
}

/** Resolves when the page no longer changes without having reached AWS: Google needs the user. */
async function untilSettled(
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
        // The page continues, or the sign-in has ended.
      }
    };
    let rest = new AbortController();
    open.listen(({ method, params, session }) => {
      if (session !== page.session || valueAt(params, 'frameId') !== page.target) return;
      if (method === 'Page.frameStartedLoading') rest.abort();
      if (method !== 'Page.frameStoppedLoading') return;
      rest = new AbortController();
      void wait(SETTLED_MS, AbortSignal.any([signal, rest.signal]));
    });
    void wait(HIDDEN_LIMIT_MS, signal);
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
  await open.command('Browser.setWindowBounds', { windowId, bounds: SHOWN_BOUNDS });
  await open.command('Target.activateTarget', { targetId: page });
  tell(`Sign in as ${oneLine(target.username)} in the browser window that has opened.`);
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

/** Milliseconds for a crashed browser to exit: it writes its crash report first. */
const CRASH_MS = 3000;
/** Milliseconds for a browser to exit after its last window was closed: it may keep running. */
const CLOSING_MS = 1000;

/** When a browser ends, pending commands fail first, and its pages close. How the browser ended says more than these. */
async function moreSpecificError(
  error: unknown,
  open: RunningBrowser,
  clock: Clock,
  target: SignInTarget,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof GauthError) || signal.aborted) return error;
  const patience = error.code === 'BROWSER_FAILED' ? CRASH_MS : error.code === 'CANCELLED' ? CLOSING_MS : 0;
  if (patience === 0) return error;
  const end = await Promise.race([open.end, clock.sleep(patience, signal).catch(() => undefined)]);
  return end === undefined || end.kind === 'closed' ? error : browserEnded(end, target);
}
