/** How a sign-in in the browser may fail: the browser's ends, and Chromium's errors, in words. Pure. */
import { GauthError } from '../errors.ts';
import type { BrowserEnd } from '../ports.ts';
import { oneLine } from '../text.ts';
import { type SignInTarget, manualSignInHints } from './refusals.ts';

const GOOGLE = 'accounts.google.com';

export function browserEnded(end: BrowserEnd, target: SignInTarget): GauthError {
  switch (end.kind) {
    case 'closed':
      return new GauthError('CANCELLED', 'the browser was closed before the sign-in was finished', {
        hints: ['run gauth again'],
      });
    case 'crashed':
      return new GauthError('BROWSER_FAILED', `the browser broke down during the sign-in (${end.how})`, {
        hints: [
          'run gauth again; if it stays, take another browser: --browser-path',
          ...manualSignInHints(target),
        ],
      });
    case 'silent':
      return new GauthError('BROWSER_TAKEN', 'the browser runs on, but has stopped speaking to gauth', {
        hints: [
          'a browser that your organisation manages may move the sign-in to a profile of its own ("Your organization requires a profile")',
          'take one that it does not manage, such as Chromium: --browser-path',
          ...manualSignInHints(target),
        ],
      });
  }
}

/** Errors that are questions: who asks for a password or a certificate shows a dialog over an empty page. */
export function needsUser(failure: string): boolean {
  return /^net::ERR_(?:(?:INVALID|MISSING)_AUTH_CREDENTIALS|(?:BAD_)?SSL_CLIENT_AUTH_)/.test(failure);
}

/** Chromium's net error for the way to the first page, where no person is needed to see that it cannot work; `host` is where it ended. */
export function pageUnreachable(failure: string, host: string | undefined, target: SignInTarget): GauthError {
  const name = oneLine(failure.replace('net::', ''), 80);
  const where = oneLine(host ?? GOOGLE, 100);
  if (/^ERR_(CERT|SSL)/.test(name)) {
    return new GauthError('TLS', `the browser does not trust the certificate of ${where} (${name})`, {
      hints: [
        "a company's certificate authority has to be known to the browser or to the system, not to gauth",
      ],
    });
  }
  if (/^ERR_(PROXY|TUNNEL|UNEXPECTED_PROXY|MANDATORY_PROXY)/.test(name)) {
    return new GauthError('PROXY', `the browser does not get through the proxy (${name})`, {
      hints: ['check HTTPS_PROXY and NO_PROXY; without them the browser follows the settings of the system'],
    });
  }
  const behind =
    host === undefined || host === GOOGLE
      ? []
      : ['google leads there to sign in: it may need the network of your company (VPN)'];
  return new GauthError('NETWORK', `the browser does not reach ${where} (${name})`, {
    hints: ['check the network connection', ...behind, ...manualSignInHints(target)],
  });
}

export function noDisplay(target: SignInTarget): GauthError {
  return new GauthError(
    'NOT_INTERACTIVE',
    'google wants a person, and there is no display to show the browser on',
    {
      hints: [
        'run gauth on the desktop, where DISPLAY or WAYLAND_DISPLAY is set',
        ...manualSignInHints(target),
      ],
    },
  );
}
