/** What each refusal of Google's means and what to do about it: one row a code. Pure. */
import { type Code, GauthError } from '../errors.ts';
import type { Refusal, RefusalPage } from './page.ts';

/** Where the sign-in goes: whose, and to which SAML app. */
export interface SignInTarget {
  /** The person's e-mail address at Google. */
  readonly username: string;
  readonly idpId: string;
  readonly spId: string;
}

/** The address that starts the sign-in, in a browser as in gauth. */
export function startUrl(target: Pick<SignInTarget, 'idpId' | 'spId'>): URL {
  const url = new URL('https://accounts.google.com/o/saml2/initsso');
  url.searchParams.set('idpid', target.idpId);
  url.searchParams.set('spid', target.spId);
  url.searchParams.set('forceauthn', 'false');
  return url;
}

/** The way that always stands open: the person's browser makes the SAML response, gauth takes it from there. */
export function manualSignInHints(target: SignInTarget): readonly string[] {
  return [
    `or sign in with a browser: open ${startUrl(target).href} with its developer tools showing the network,`,
    "copy the form field SAMLResponse of the request to AWS, and run 'gauth -p NAME --saml-assertion -' and paste it",
  ];
}

interface Row {
  readonly message: string;
  /** The message where the page names no other host. */
  readonly alone?: string;
  readonly hints: readonly string[];
  /** Whether the person's own browser gets further than a terminal. */
  readonly browser: boolean;
}

/** The refusals that a page alone shows. `@` stands for the user's address. */
const REFUSALS: Readonly<Record<Refusal, Row>> = {
  ACCOUNT_DISABLED: {
    message: 'google says that the account @ is disabled',
    hints: ["ask your organisation's Google Workspace administrator to restore it"],
    browser: false,
  },
  ADMIN_MESSAGE: {
    message: "the organisation's administrator blocks this sign-in",
    hints: ["only your organisation's Google Workspace administrator can change that"],
    browser: false,
  },
  APP_NOT_CONFIGURED: {
    message: 'the SAML app is not switched on for @',
    hints: [
      'check that you sign in with the right account (-u)',
      'ask your Google Workspace administrator to turn the AWS app on for your group or organisational unit (error app_not_configured_for_user)',
    ],
    browser: false,
  },
  BROWSER_REJECTED: {
    message: 'google says that this browser or app may not be secure (rrk=46)',
    hints: ['google lets this account in through a real browser only'],
    browser: true,
  },
  CHANGE_PASSWORD: {
    message: 'google wants a new password to be set before the sign-in goes on',
    hints: ['set it in a browser at https://myaccount.google.com/, then run gauth again'],
    browser: true,
  },
  GOOGLE_UNAVAILABLE: {
    message: 'google answers with a server error',
    hints: ['try again in a few minutes'],
    browser: false,
  },
  INTERSTITIAL: {
    message: 'google shows a page that a person has to read and answer',
    hints: ['answer it once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  JAVASCRIPT_REQUIRED: {
    message: 'google demands JavaScript for this account (rrk=47)',
    hints: ['google lets this account in through a real browser only'],
    browser: true,
  },
  NOT_A_SAML_APP: {
    message: 'google says that the SP ID names something that is not a SAML app',
    hints: [
      'check -S (spid): right-click the AWS tile in the Google apps menu and copy its link; it holds idpid and spid',
    ],
    browser: false,
  },
  NOT_GOOGLE: {
    message: 'something between here and google answered in its place',
    hints: [
      'a captive portal or a company proxy may want you to sign in first: open any web page in a browser',
      'behind a company proxy, set HTTPS_PROXY to its address',
    ],
    browser: false,
  },
  OTHER_PROVIDER: {
    message: 'the organisation signs in elsewhere behind google',
    hints: ['the other page (Okta, Entra, ...) needs a real browser'],
    browser: true,
  },
  PASSKEY_ENROLMENT: {
    message: 'google offers to set up a passkey and waits for an answer',
    hints: [
      "answer it (or 'Not now') once in a browser at https://accounts.google.com/, then run gauth again",
    ],
    browser: true,
  },
  POLICY_2SV: {
    message: 'the organisation demands 2-Step Verification, which @ has not set up',
    hints: [
      'set it up in a browser at https://myaccount.google.com/signinoptions/two-step-verification, then run gauth again',
    ],
    browser: true,
  },
  RATE_LIMITED: {
    message: 'google has had too many requests from here (429)',
    hints: ['wait a few minutes before the next try'],
    browser: false,
  },
  SIGN_IN_REJECTED: {
    message: 'google refuses this sign-in',
    hints: ['sign in once in a browser at https://accounts.google.com/ to see what it wants'],
    browser: true,
  },
  TERMS_OF_SERVICE: {
    message: 'google wants its terms of service to be accepted first',
    hints: ['accept them once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  TOO_MANY_ATTEMPTS: {
    message: 'google has had too many failed attempts for @',
    hints: ['wait before the next try; signing in once in a browser often clears it'],
    browser: true,
  },
  UNSAFE_FORM: {
    message: 'the page would send what you type to another host than accounts.google.com',
    alone: 'the page would not send what you type to accounts.google.com by https and POST, as Google does',
    hints: ['nothing was sent; check the proxy and the network you are in, then report this'],
    browser: false,
  },
  VERIFY_IDENTITY: {
    message: 'google wants to verify that it is you',
    hints: ['answer it once in a browser at https://accounts.google.com/, then run gauth again'],
    browser: true,
  },
  WRONG_IDS: {
    message: 'google does not know the IDP ID or the SP ID',
    hints: [
      'check -I (idpid, like C01abc2de) and -S (spid, digits): right-click the AWS tile in the Google apps menu and copy its link; it holds both',
    ],
    browser: false,
  },
};

/** Codes beside the page refusals where a browser gets further than a terminal. */
const BROWSER_HELPS: ReadonlySet<Code> = new Set<Code>([
  'CHALLENGE_UNSUPPORTED',
  'CAPTCHA_FAILED',
  'PAGE_UNRECOGNISED',
]);

/** Whether the person's own browser can go on where the terminal had to stop. */
export function browserHelps(code: Code): boolean {
  return BROWSER_HELPS.has(code) || (isRefusal(code) && REFUSALS[code].browser);
}

/** The error for a page that says no. Google's own words come first among the hints. */
export function refusalError(page: RefusalPage, target: SignInTarget): GauthError {
  const row = REFUSALS[page.refusal];
  const words = page.host === undefined ? (row.alone ?? row.message) : row.message;
  const message = words.replace('@', () => target.username);
  const where = page.host === undefined ? [] : [`the other host is ${page.host}`];
  // Whoever answers in Google's place has nothing to say in its name.
  const said = page.refusal === 'NOT_GOOGLE' ? undefined : page.message;
  return refusalWith(page.refusal, message, target, { hints: [...where, ...row.hints], said });
}

/** An error of Google's side with the way by hand where a browser gets further. */
export function refusalWith(
  code: Code,
  message: string,
  target: SignInTarget,
  details: { readonly hints?: readonly string[]; readonly said?: string | undefined },
): GauthError {
  const said = details.said === undefined ? [] : [`google says: ${details.said}`];
  const way = browserHelps(code) ? manualSignInHints(target) : [];
  return new GauthError(code, message, { hints: [...said, ...(details.hints ?? []), ...way] });
}

function isRefusal(code: Code): code is Refusal {
  return Object.hasOwn(REFUSALS, code);
}
