/**
 * What each refusal by Google means and what to do about it, one row per error code. `refusal-pages.ts` recognises them.
 * Pure.
 */
import { type Code, GauthError } from '../errors.ts';
import { shellQuote } from '../text.ts';
import type { Refusal, RefusalPage } from './page.ts';

/** The target of a sign-in: the user and the SAML app. */
export interface SignInTarget {
  /** The user's e-mail address at Google. */
  readonly username: string;
  readonly idpId: string;
  readonly spId: string;
  /** The profile of the run, for hints; undefined if there is none. */
  readonly profile?: string | undefined;
}

/** The URL that starts the sign-in, in a browser and in gauth. */
export function startUrl(target: Pick<SignInTarget, 'idpId' | 'spId'>): URL {
  const url = new URL('https://accounts.google.com/o/saml2/initsso');
  url.searchParams.set('idpid', target.idpId);
  url.searchParams.set('spid', target.spId);
  url.searchParams.set('forceauthn', 'false');
  return url;
}

/** Hints for a sign-in by hand, which always works: a browser gets the SAML response, and the user pastes it. */
export function manualSignInHints(target: SignInTarget): readonly string[] {
  const command = target.profile ? `gauth -p ${shellQuote(target.profile)}` : 'gauth';
  return [
    `or sign in with a browser: open ${startUrl(target).href} with the Network panel of its developer tools open,`,
    `copy the form field SAMLResponse of the request to AWS, then run '${command} --saml-assertion -' and paste it`,
  ];
}

interface Row {
  readonly message: string;
  /** The message if the page names no other host. */
  readonly alone?: string;
  readonly hints: readonly string[];
  /** Whether a browser can go further than a terminal. */
  readonly browser: boolean;
}

/** Refusals that are recognised from the page alone. `@` is replaced by the e-mail address of the user. */
const REFUSALS: Readonly<Record<Refusal, Row>> = {
  ACCOUNT_DISABLED: {
    message: 'Google says that the account @ is disabled',
    hints: ["ask your organisation's Google Workspace administrator to restore it"],
    browser: false,
  },
  ADMIN_MESSAGE: {
    message: 'an administrator of your organisation blocks this sign-in',
    hints: ["only your organisation's Google Workspace administrator can change that"],
    browser: false,
  },
  APP_NOT_CONFIGURED: {
    message: 'the SAML app is not turned on for @',
    hints: [
      'check that this is the right account (-u)',
      'ask your Google Workspace administrator to turn the AWS app on for your group or organisational unit (error app_not_configured_for_user)',
    ],
    browser: false,
  },
  BROWSER_REJECTED: {
    message: 'Google says that this browser or app may not be secure (rrk=46)',
    hints: ['Google accepts a sign-in to this account only in a browser'],
    browser: true,
  },
  CHANGE_PASSWORD: {
    message: 'Google requires you to change your password first',
    hints: ['change it in a browser at https://myaccount.google.com/, then run gauth again'],
    browser: true,
  },
  COOKIE_MISMATCH: {
    message: 'Google does not accept the cookies of this sign-in',
    hints: ["run 'gauth logout' to remove the saved Google session, then try again"],
    browser: true,
  },
  GOOGLE_UNAVAILABLE: {
    message: 'Google answers with a server error',
    hints: ['try again in a few minutes'],
    browser: false,
  },
  INTERSTITIAL: {
    message: 'Google shows a page that you have to read and answer',
    hints: ['answer it once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  JAVASCRIPT_REQUIRED: {
    message: 'Google requires JavaScript for this account (rrk=47)',
    hints: ['Google accepts a sign-in to this account only in a browser'],
    browser: true,
  },
  NOT_A_SAML_APP: {
    message: 'Google says that the SP ID does not belong to a SAML app',
    hints: [
      'check -S (spid): right-click the AWS tile in the Google apps menu and copy its link, which contains idpid and spid',
    ],
    browser: false,
  },
  NOT_GOOGLE: {
    message: 'another server answered in place of Google',
    hints: [
      'a captive portal or a company proxy may require you to sign in first: open any web page in a browser',
      'behind a company proxy, set HTTPS_PROXY to its URL',
    ],
    browser: false,
  },
  OTHER_PROVIDER: {
    message: 'your organisation signs in with another identity provider behind Google',
    hints: ['the page of the other provider (Okta, Entra, ...) needs a browser'],
    browser: true,
  },
  PASSKEY_ENROLMENT: {
    message: 'Google offers to set up a passkey and waits for an answer',
    hints: [
      "answer it (or 'Not now') once in a browser at https://accounts.google.com/, then run gauth again",
    ],
    browser: true,
  },
  POLICY_2SV: {
    message: 'your organisation requires 2-Step Verification, which @ has not set up',
    hints: [
      'set it up in a browser at https://myaccount.google.com/signinoptions/two-step-verification, then run gauth again',
    ],
    browser: true,
  },
  RATE_LIMITED: {
    message: 'Google received too many requests from here (429)',
    hints: ['wait a few minutes before you try again'],
    browser: false,
  },
  RECAPTCHA: {
    message: 'Google requires a reCAPTCHA, which only a browser can show',
    hints: ['sign in once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  SIGN_IN_REJECTED: {
    message: 'Google refuses this sign-in',
    hints: ['sign in once in a browser at https://accounts.google.com/ to see what Google requires'],
    browser: true,
  },
  TERMS_OF_SERVICE: {
    message: 'Google requires you to accept its terms of service first',
    hints: ['accept them once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  TOO_MANY_ATTEMPTS: {
    message: 'Google blocks @ after too many failed attempts',
    hints: ['wait before you try again; signing in once in a browser often helps'],
    browser: true,
  },
  UNSAFE_FORM: {
    message: 'the page would send what you type to a host other than accounts.google.com',
    alone: 'the page would not send what you type to accounts.google.com by https and POST, as Google does',
    hints: ['nothing was sent; check your proxy and network, then report this'],
    browser: false,
  },
  VERIFY_IDENTITY: {
    message: "Google wants to verify it's you",
    hints: ['answer it once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  WRONG_IDS: {
    message: 'Google does not know the IDP ID or the SP ID',
    hints: [
      'check -I (idpid, like C01abc2de) and -S (spid, digits): right-click the AWS tile in the Google apps menu and copy its link, which contains both',
    ],
    browser: false,
  },
};

/** Other error codes for which a browser can go further than a terminal. */
const BROWSER_HELPS: ReadonlySet<Code> = new Set<Code>([
  'CHALLENGE_UNSUPPORTED',
  'CAPTCHA_FAILED',
  'PAGE_UNRECOGNISED',
]);

/** Whether a browser can continue where the terminal had to stop. */
export function browserHelps(code: Code): boolean {
  return BROWSER_HELPS.has(code) || (isRefusal(code) && REFUSALS[code].browser);
}

/** The error for a refusal page. The text of Google comes first among the hints. */
export function refusalError(page: RefusalPage, target: SignInTarget): GauthError {
  const row = REFUSALS[page.refusal];
  const words = page.host === undefined ? (row.alone ?? row.message) : row.message;
  const message = words.replace('@', () => target.username);
  const hostHint = page.host === undefined ? [] : [`the other host is ${page.host}`];
  const numbers =
    page.numbers === undefined || page.refusal !== 'SIGN_IN_REJECTED' ? '' : ` (${page.numbers})`;
  // A server that answers in place of Google is not quoted as Google.
  const said = page.refusal === 'NOT_GOOGLE' ? undefined : page.message;
  return refusalWith(page.refusal, `${message}${numbers}`, target, {
    hints: [...hostHint, ...row.hints],
    said,
  });
}

/** An error on the side of Google, with hints for a sign-in by hand if a browser can go further. */
export function refusalWith(
  code: Code,
  message: string,
  target: SignInTarget,
  details: { readonly hints?: readonly string[]; readonly said?: string | undefined },
): GauthError {
  const said = details.said === undefined ? [] : [`Google says: ${details.said}`];
  const way = browserHelps(code) ? manualSignInHints(target) : [];
  return new GauthError(code, message, { hints: [...said, ...(details.hints ?? []), ...way] });
}

function isRefusal(code: Code): code is Refusal {
  return Object.hasOwn(REFUSALS, code);
}
