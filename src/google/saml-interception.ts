/** Intercepts the request of a browser to AWS: takes the SAML response from it and answers in place of AWS. */
import { GauthError } from '../errors.ts';
import type { BrowserEvent, RunningBrowser } from '../ports.ts';
import { Secret } from '../secret.ts';
import { listAt, textAt } from './devtools-values.ts';

export interface BrowserPage {
  /** The id of the target, which is also that of its main frame. */
  readonly target: string;
  /** The DevTools session for commands and events of this page. */
  readonly session: string;
}

export interface Interception {
  /**
   * The first SAML response that any page sends to AWS; it does not get there. Rejects with GauthError CANCELLED when the
   * last page is closed, or as `first`.
   */
  readonly response: Promise<Secret>;
  /**
   * The first page, as soon as its requests are intercepted. Rejects with GauthError BROWSER_FAILED or TIMEOUT if that
   * fails.
   */
  readonly first: Promise<BrowserPage>;
}

/** The page that the user sees at the end. It has the URL of AWS, so nothing is loaded or run in it. */
const DONE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title>
<style>body{font:1.2rem/1.6 system-ui,sans-serif;max-width:30rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>You are signed in</h1><p>gauth has what it needs. This window closes by itself, and you may close it, too.</p></html>`;

const DONE_HEADERS = [
  { name: 'content-type', value: 'text/html; charset=utf-8' },
  { name: 'cache-control', value: 'no-store' },
  { name: 'content-security-policy', value: "default-src 'none'; style-src 'unsafe-inline'" },
];

/**
 * Watches every page that opens from now on, from any host. Of all requests only forms for an assertion consumer service
 * (`isAcs`) are intercepted.
 */
export async function interceptSamlResponse(
  browser: RunningBrowser,
  isAcs: (url: URL) => boolean,
): Promise<Interception> {
  const response = deferred<Secret>();
  const first = deferred<BrowserPage>();
  const sessions = new Set<string>();

  async function onAttached(params: unknown): Promise<void> {
    const page = { session: textAt(params, 'sessionId'), target: textAt(params, 'targetInfo', 'targetId') };
    if (page.session === undefined || page.target === undefined) return;
    sessions.add(page.session);
    await watch({ session: page.session, target: page.target });
    first.resolve({ session: page.session, target: page.target });
  }

  async function watch({ session }: BrowserPage): Promise<void> {
    const { proxyLogin } = browser;
    // To answer for the proxy password, all requests have to be paused for a moment; otherwise only those to AWS.
    const patterns = proxyLogin
      ? [{ urlPattern: '*' }]
      : [{ urlPattern: 'https://*/saml*', resourceType: 'Document' }];
    const watching = { patterns, handleAuthRequests: proxyLogin !== undefined };
    // Answered in this order, without waiting for each: a page that is starting answers slowly.
    await Promise.all([
      browser.command('Fetch.enable', watching, session),
      browser.command('Page.enable', {}, session),
      browser.command('Runtime.runIfWaitingForDebugger', {}, session),
    ]);
  }

  async function onPaused(params: unknown, session: string | undefined): Promise<void> {
    const requestId = textAt(params, 'requestId');
    const form = samlForm(params, isAcs);
    if (form === undefined) {
      await browser.command('Fetch.continueRequest', { requestId }, session);
      return;
    }
    const body = Buffer.from(DONE).toString('base64');
    const answer = { requestId, responseCode: 200, responseHeaders: DONE_HEADERS, body };
    await browser.command('Fetch.fulfillRequest', answer, session);
    response.resolve(form);
  }

  async function onAuthRequired(params: unknown, session: string | undefined): Promise<void> {
    const { proxyLogin } = browser;
    const isProxy = textAt(params, 'authChallenge', 'source') === 'Proxy';
    const authChallengeResponse =
      proxyLogin && isProxy
        ? {
            response: 'ProvideCredentials',
            username: proxyLogin.username,
            password: proxyLogin.password.reveal(),
          }
        : { response: 'Default' };
    await browser.command(
      'Fetch.continueWithAuth',
      { requestId: textAt(params, 'requestId'), authChallengeResponse },
      session,
    );
  }

  function onDetached(params: unknown): void {
    if (sessions.delete(textAt(params, 'sessionId') ?? '') && sessions.size === 0) response.reject(closed());
  }

  async function handle({ method, params, session }: BrowserEvent): Promise<void> {
    switch (method) {
      case 'Target.attachedToTarget':
        await onAttached(params);
        break;
      case 'Target.detachedFromTarget':
        onDetached(params);
        break;
      case 'Fetch.requestPaused':
        await onPaused(params, session);
        break;
      case 'Fetch.authRequired':
        await onAuthRequired(params, session);
        break;
    }
  }

  browser.listen((event) => {
    handle(event).catch((error: unknown) => {
      // A page may close while a command is pending.
      const about = event.session ?? textAt(event.params, 'sessionId') ?? '';
      if (!sessions.has(about)) return;
      response.reject(error);
      first.reject(error);
    });
  });
  await browser.command('Target.setAutoAttach', {
    autoAttach: true,
    // A page waits until its requests are intercepted, so that none is missed.
    waitForDebuggerOnStart: true,
    flatten: true,
    filter: [{ type: 'page' }, { exclude: true }],
  });
  return { response: response.promise, first: first.promise };
}

/** The response in a form for an assertion consumer service; undefined for any other request. */
function samlForm(params: unknown, isAcs: (url: URL) => boolean): Secret | undefined {
  const url = textAt(params, 'request', 'url') ?? '';
  if (textAt(params, 'request', 'method') !== 'POST' || !URL.canParse(url) || !isAcs(new URL(url)))
    return undefined;
  // Large bodies come only in pieces.
  const pieces = listAt(params, 'request', 'postDataEntries').map((entry) =>
    Buffer.from(textAt(entry, 'bytes') ?? '', 'base64'),
  );
  const body =
    pieces.length > 0
      ? Buffer.concat(pieces).toString('utf8')
      : (textAt(params, 'request', 'postData') ?? '');
  const response = new URLSearchParams(body).get('SAMLResponse');
  return response === null ? undefined : new Secret(response);
}

function closed(): GauthError {
  return new GauthError('CANCELLED', 'the browser window was closed before the sign-in was finished', {
    hints: [
      'run gauth again',
      'if you did not close it: a browser managed by your organisation may move the sign-in to a profile of its own; use another browser: --browser-path',
    ],
  });
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** A promise that is settled from outside, and may be rejected before it is awaited. */
function deferred<Value>(): Deferred<Value> {
  let settle: Omit<Deferred<Value>, 'promise'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => undefined);
  if (settle === undefined) throw new Error('a promise runs its executor at once');
  return { promise, ...settle };
}
