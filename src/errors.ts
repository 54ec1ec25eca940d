/** Errors that are part of the product: a stable code, one line, what to do about it, and the exit status that follows. */

/** Whose refusal it is; each kind has one exit status. */
export type Kind = 'internal' | 'usage' | 'google' | 'aws' | 'environment' | 'cancelled';

const EXIT_STATUS: Readonly<Record<Kind, number>> = {
  internal: 1,
  usage: 2,
  google: 3,
  aws: 4,
  environment: 5,
  cancelled: 130,
};

/** Every code a person can meet, with its kind and its meaning; the README's table is made from this. */
export const CODES = {
  INTERNAL: ['internal', 'a fault of gauth itself: please report it'],

  BAD_OPTION: ['usage', 'an option, variable or profile key has a value that cannot be used'],
  MISSING_OPTION: ['usage', 'a value is needed and nobody can be asked for it'],
  BAD_PROFILE: ['usage', 'the profile does not exist or cannot be used this way'],
  NESTED: ['usage', 'gauth exec is called where a session is in the environment already'],

  WRONG_PASSWORD: ['google', 'Google refused the password'],
  WRONG_CODE: ['google', 'Google refused the code too often, or the code given beforehand'],
  UNKNOWN_USER: ['google', 'Google does not know this e-mail address'],
  CHALLENGE_UNSUPPORTED: ['google', 'Google wants a proof that a terminal cannot give'],
  CHALLENGE_DENIED: ['google', 'the request on the phone was refused or ran out'],
  CAPTCHA_FAILED: ['google', 'the picture puzzle was not solved'],
  TOO_MANY_ATTEMPTS: ['google', 'Google has had too many attempts for now'],
  RATE_LIMITED: ['google', 'Google answers 429: too many requests'],
  BROWSER_REJECTED: ['google', 'Google calls the terminal an insecure browser'],
  SIGN_IN_REJECTED: ['google', 'Google refuses the sign-in without a reason that gauth knows'],
  JAVASCRIPT_REQUIRED: ['google', 'Google demands JavaScript'],
  POLICY_2SV: ['google', 'the organisation demands 2-Step Verification, which this account has not set up'],
  APP_NOT_CONFIGURED: ['google', 'the SAML app is not switched on for this user'],
  NOT_A_SAML_APP: ['google', 'the IDs name something that is no SAML app'],
  WRONG_IDS: ['google', 'Google does not know the IDP ID or the SP ID'],
  ACCOUNT_DISABLED: ['google', 'the Google account is disabled'],
  ADMIN_MESSAGE: ['google', "the organisation's administrator blocks the sign-in"],
  VERIFY_IDENTITY: ['google', 'Google wants to verify who is signing in'],
  OTHER_ACCOUNT: ['google', 'Google offers other accounts than the one asked for'],
  OTHER_PROVIDER: ['google', 'the organisation signs in elsewhere (Okta, Entra, ...) behind Google'],
  TERMS_OF_SERVICE: ['google', 'Google wants its terms of service to be accepted'],
  PASSKEY_ENROLMENT: ['google', 'Google offers to set up a passkey'],
  CHANGE_PASSWORD: ['google', 'Google wants a new password to be set'],
  INTERSTITIAL: ['google', 'Google shows a page that the person has to read and answer'],
  SESSION_EXPIRED: ['google', 'the sign-in took too long and Google started over'],
  PAGE_UNRECOGNISED: ['google', 'Google shows a page that gauth does not know'],
  GOOGLE_UNAVAILABLE: ['google', 'Google answers with a server error'],
  NOT_GOOGLE: ['google', 'something between here and Google answered in its place'],
  UNSAFE_FORM: ['google', 'a form would have sent a secret to another host than accounts.google.com'],

  ASSERTION_INVALID: ['aws', 'the SAML response cannot be read or says no'],
  ASSERTION_EXPIRED: ['aws', 'the SAML assertion is not valid at this time'],
  ASSERTION_REJECTED: ['aws', 'AWS does not accept the SAML assertion'],
  NO_ROLES: ['aws', 'the assertion offers no AWS role'],
  ROLE_NOT_OFFERED: ['aws', 'the assertion does not offer the role asked for'],
  DURATION_REJECTED: ['aws', 'the role does not allow sessions this long'],
  ACCESS_DENIED: ['aws', 'the role does not trust this sign-in'],
  POLICY_REJECTED: ['aws', 'STS does not accept the session policy'],
  REGION_DISABLED: ['aws', 'STS is not switched on in this region'],
  STS_FAILED: ['aws', 'STS answers with an error of another kind'],
  STS_UNAVAILABLE: ['aws', 'STS is throttling or failing'],
  NOT_AWS: ['aws', 'something between here and AWS answered in its place'],
  NO_SESSION: ['aws', 'the profile has no session that is good'],
  NO_CONSOLE: ['aws', "AWS publishes no console for the role's partition"],
  CONSOLE_REFUSED: ['aws', "AWS's sign-in does not open the console with the session"],

  NETWORK: ['environment', 'a server could not be reached'],
  TLS: ['environment', 'the certificate of a server or proxy is not trusted'],
  PROXY: ['environment', 'the proxy refused'],
  FILE: ['environment', 'a file cannot be read, understood or written'],
  LOCKED: ['environment', 'another process holds the lock'],
  KEYCHAIN: ['environment', 'the keychain cannot be used'],
  BROWSER_MISSING: ['environment', 'no browser was found'],
  BROWSER_FAILED: ['environment', 'the browser could not be started, or broke down'],
  BROWSER_TAKEN: ['environment', 'the browser went on without gauth, as managed ones do'],
  NOT_INTERACTIVE: ['environment', 'a question came up and there is no terminal to ask on'],
  COMMAND_FAILED: ['environment', 'the command that should give the code (--mfa-command) failed'],
  FINDINGS: ['environment', 'gauth doctor found something that should be mended'],
  TIMEOUT: ['environment', 'something did not answer in time'],

  CANCELLED: ['cancelled', 'Ctrl-C, or a question answered with the end of input'],
} as const satisfies Readonly<Record<string, readonly [Kind, string]>>;

export type Code = keyof typeof CODES;

export function isCode(word: string): word is Code {
  return Object.hasOwn(CODES, word);
}

export interface ErrorDetails {
  /** What to do, one thing a line, with the exact command where there is one. */
  readonly hints?: readonly string[];
  readonly cause?: unknown;
}

/** The one error that people see. The message is one line, lower case, without full stop and without secrets. */
export class GauthError extends Error {
  readonly code: Code;
  readonly hints: readonly string[];

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'GauthError';
    this.code = code;
    this.hints = details.hints ?? [];
  }

  get kind(): Kind {
    return CODES[this.code][0];
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.kind];
  }
}

/** A person's Ctrl-C, as every wait reports it. */
export function cancelled(): GauthError {
  return new GauthError('CANCELLED', 'cancelled');
}

/** The exit status of a kind, for the documents. */
export function exitStatusOf(kind: Kind): number {
  return EXIT_STATUS[kind];
}
