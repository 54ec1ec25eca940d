/** The errors of a sign-in in the browser: how the browser ended, and the `net::ERR_` errors of Chromium. Pure. */
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
      return new GauthError('BROWSER_FAILED', `the browser crashed during the sign-in (${end.how})`, {
        hints: [
          'run gauth again; if it happens again, use another browser: --browser-path',
          ...manualSignInHints(target),
        ],
      });
    case 'silent':
      return new GauthError(
        'BROWSER_TAKEN',
        'the browser is running, but the connection to gauth was closed',
        {
          hints: [
            'a browser managed by your organisation may move the sign-in to a profile of its own ("Your organization requires a profile")',
            'use a browser that is not managed, such as Chromium: --browser-path',
            ...manualSignInHints(target),
          ],
        },
      );
  }
}

/** Errors for which the browser shows a dialog: a server asks for a password or a client certificate. */
export function needsUser(failure: string): boolean {
  return /^net::ERR_(?:(?:INVALID|MISSING)_AUTH_CREDENTIALS|(?:BAD_)?SSL_CLIENT_AUTH_)/.test(failure);
}

/**
 * A net error of Chromium for the first page, which needs no user to see that it cannot work. `host` is the host that
 * failed.
 */
export function pageUnreachable(failure: string, host: string | undefined, target: SignInTarget): GauthError {
  const name = oneLine(failure.replace('net::', ''), 80);
  const where = oneLine(host ?? GOOGLE, 100);
  if (/^ERR_(CERT|SSL)/.test(name)) {
    return new GauthError('TLS', `the browser does not trust the certificate of ${where} (${name})`, {
      hints: [
        "your company's certificate authority has to be installed in the browser or the system, not in gauth",
      ],
    });
  }
  if (/^ERR_(PROXY|TUNNEL|UNEXPECTED_PROXY|MANDATORY_PROXY)/.test(name)) {
    return new GauthError('PROXY', `the browser cannot connect through the proxy (${name})`, {
      hints: ['check HTTPS_PROXY and NO_PROXY; without them the browser uses the system settings'],
    });
  }
  const behind =
    host === undefined || host === GOOGLE
      ? []
      : ['Google redirects there to sign in: it may be reachable only in the network of your company (VPN)'];
  return new GauthError('NETWORK', `the browser cannot reach ${where} (${name})`, {
    hints: ['check the network connection', ...behind, ...manualSignInHints(target)],
  });
}

export function noDisplay(target: SignInTarget): GauthError {
  return new GauthError(
    'NOT_INTERACTIVE',
    'Google requires you to sign in, and there is no display for the browser window',
    {
      hints: [
        'run gauth on a desktop, where DISPLAY or WAYLAND_DISPLAY is set',
        ...manualSignInHints(target),
      ],
    },
  );
}
