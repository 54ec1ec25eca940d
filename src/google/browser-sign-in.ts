/** The sign-in in the browser: the user signs in there, and gauth takes the SAML response from its request to AWS. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GauthError } from '../errors.ts';
import type { Browser, BrowserRequest, BrowserResult, Log, ReadyBrowser } from '../ports.ts';
import type { SamlResponse } from '../saml.ts';
import { oneLine } from '../text.ts';
import { browserEnded, noDisplay } from './browser-errors.ts';
import { answerAsConsumer } from './consumer-request.ts';
import { manualSignInHints, type SignInTarget, startUrl } from './refusals.ts';

export interface BrowserSignInParts {
  readonly browser: Browser;
  readonly log: Log;
  /** The browser, its arguments, its profile folder, and the hosts that gauth answers for. */
  readonly request: Omit<BrowserRequest, 'waitMs' | 'answer'>;
  /** Whether a URL is an assertion consumer service of AWS. */
  readonly isAcs: (url: URL) => boolean;
  /** The role that is assumed next, if it is known. */
  readonly roleArn: string | undefined;
  /** Milliseconds for the whole sign-in, including the time of the user. */
  readonly limitMs: number;
  /** Shows the user one line. */
  readonly tell: (line: string) => void;
}

/** Milliseconds for a browser without a window: a live session at Google answers in two seconds. Else a window is shown. */
const HIDDEN_MS = 6_000;
/** The same where no window can be shown: then a slow answer is better than none. */
const HEADLESS_MS = 20_000;

/** Milliseconds for the page at the end, which a user can read in the meantime. */
const SHOWN_MS = 1_000;

/** The browser profile of an account, in the private store. Its name does not reveal the account. */
export function profileFolder(store: string, username: string): string {
  const name = createHash('sha256').update(username.toLowerCase()).digest('hex').slice(0, 16);
  return join(store, 'browser', name);
}

/** The browser profiles of an account: each family of browsers has its own. */
export function profileFolders(store: string, username: string): readonly string[] {
  const folder = profileFolder(store, username);
  return [folder, `${folder}-firefox`];
}

/**
 * Signs in with the browser of the user and returns the SAML response for AWS: first without a window, if this browser profile has
 * signed in before, then with one.
 * Throws what `Browser` throws; GauthError CANCELLED (Ctrl-C, or the window was closed), TIMEOUT, NOT_INTERACTIVE (no display for the
 * window), BROWSER_FAILED, TLS.
 */
export async function signInByBrowser(
  target: SignInTarget,
  parts: BrowserSignInParts,
  signal: AbortSignal,
): Promise<SamlResponse> {
  const { browser, request, isAcs, roleArn, limitMs } = parts;
  const limit = AbortSignal.timeout(limitMs);
  const either = AbortSignal.any([signal, limit]);
  const window = { shownMs: 0 };
  const whole: BrowserRequest = {
    ...request,
    waitMs: limitMs,
    answer: (each) => answerAsConsumer(each, { isAcs, roleArn, shownMs: window.shownMs }),
  };
  try {
    return await browser.use(whole, either, async (ready) =>
      signIn(target, ready, { ...parts, onWindow: () => (window.shownMs = SHOWN_MS) }, either),
    );
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const minutes = String(Math.round(limitMs / 6000) / 10);
    throw new GauthError('TIMEOUT', `the sign-in in the browser took longer than ${minutes} minutes`, {
      hints: [
        'run gauth again, with more time: --browser-timeout',
        "if the browser showed AWS's own page, its proxy settings are locked: use another browser, such as --browser chromium or --browser firefox",
        ...manualSignInHints(target),
      ],
      cause: error,
    });
  }
}

async function signIn(
  target: SignInTarget,
  ready: ReadyBrowser,
  { log, tell, onWindow }: BrowserSignInParts & { readonly onWindow: () => void },
  signal: AbortSignal,
): Promise<SamlResponse> {
  log.info(`browser: ${ready.path}`);
  const url = startFor(target);
  if (ready.hasSession || !ready.hasDisplay) {
    const hidden = await visitHidden(url, ready, signal);
    if (hidden?.kind === 'received') return { base64: hidden.response };
    if (!ready.hasDisplay) throw noDisplay(target);
  }
  onWindow();
  tell(`Sign in as ${oneLine(target.username)} in the browser window that has opened.`);
  const shown = await ready.visit({ url, hidden: false }, signal);
  if (shown.kind === 'received') return { base64: shown.response };
  throw browserEnded(shown.end, target);
}

/** Undefined if the browser has sent nothing in time: Google needs the user. */
async function visitHidden(
  url: URL,
  ready: ReadyBrowser,
  signal: AbortSignal,
): Promise<BrowserResult | undefined> {
  const patience = AbortSignal.timeout(ready.hasDisplay ? HIDDEN_MS : HEADLESS_MS);
  try {
    return await ready.visit({ url, hidden: true }, AbortSignal.any([signal, patience]));
  } catch (error) {
    if (patience.aborted && !signal.aborted) return undefined;
    throw error;
  }
}

/** The URL may already be on a page of Google, as with a link in a mail. */
function startFor(target: SignInTarget): URL {
  const url = startUrl(target);
  url.searchParams.set('login_hint', target.username);
  return url;
}
