/** The errors of a sign-in in the browser. Pure. */
import { GauthError } from '../errors.ts';
import type { BrowserEnd } from '../ports.ts';
import { type SignInTarget, manualSignInHints } from './refusals.ts';

export function browserEnded(end: BrowserEnd, target: SignInTarget): GauthError {
  switch (end.kind) {
    case 'closed':
      return new GauthError('CANCELLED', 'the browser was closed before the sign-in was finished', {
        hints: ['run gauth again'],
      });
    case 'crashed':
      return new GauthError('BROWSER_FAILED', `the browser crashed during the sign-in (${end.how})`, {
        hints: [
          'run gauth again; if it happens again, use another browser: --browser',
          ...manualSignInHints(target),
        ],
      });
    case 'untrusting':
      return new GauthError('TLS', 'the browser does not accept the answer of gauth in place of AWS', {
        hints: [
          'AWS may have opened a region that this version of gauth does not know: install the newest version',
          'or use another browser, such as --browser chromium',
          ...manualSignInHints(target),
        ],
      });
  }
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
