/** The errors that users see: a stable code, a one-line message, hints on what to do, and the exit status. */

/** Where an error comes from. Each kind has one exit status. */
export type Kind = 'internal' | 'usage' | 'google' | 'aws' | 'environment' | 'cancelled';

const EXIT_STATUS: Readonly<Record<Kind, number>> = {
  internal: 1,
  usage: 2,
  google: 3,
  aws: 4,
  environment: 5,
  cancelled: 130,
};

/** Every error code with its kind and meaning. The tables in the documents are generated from this. */
export const CODES = {
  INTERNAL: ['internal', 'an internal error of gauth: please report it'],

  BAD_OPTION: ['usage', 'an option, environment variable or profile key has an invalid value'],
  MISSING_OPTION: ['usage', 'a required value is missing and there is no terminal to prompt on'],
  BAD_PROFILE: ['usage', 'the profile does not exist or cannot be used for this command'],
  ACCOUNT_NOT_ALLOWED: ['usage', 'the role is in an AWS account that is not allowed'],
  NESTED: ['usage', 'the environment already holds credentials set by gauth'],

  WRONG_PASSWORD: ['google', 'Google refused the password'],
  WRONG_CODE: ['google', 'Google refused the verification code too often, or the code given in advance'],
  UNKNOWN_USER: ['google', 'Google does not know this e-mail address'],
  CHALLENGE_UNSUPPORTED: ['google', 'Google requires a verification method that a terminal cannot use'],
  CHALLENGE_DENIED: ['google', 'the prompt on the phone was denied or expired'],
  CAPTCHA_FAILED: ['google', 'the captcha was not solved'],
  TOO_MANY_ATTEMPTS: ['google', 'Google blocks further attempts for now'],
  RATE_LIMITED: ['google', 'Google answers 429: too many requests'],
  BROWSER_REJECTED: ['google', 'Google does not accept the terminal as a secure browser'],
  SIGN_IN_REJECTED: ['google', 'Google refuses the sign-in for a reason that gauth does not know'],
  JAVASCRIPT_REQUIRED: ['google', 'Google requires JavaScript'],
  POLICY_2SV: ['google', 'the organisation requires 2-Step Verification, and the account has not set it up'],
  APP_NOT_CONFIGURED: ['google', 'the SAML app is not turned on for this user'],
  NOT_A_SAML_APP: ['google', 'the IDP ID and SP ID do not belong to a SAML app'],
  WRONG_IDS: ['google', 'Google does not know the IDP ID or the SP ID'],
  ACCOUNT_DISABLED: ['google', 'the Google account is disabled'],
  ADMIN_MESSAGE: ['google', 'an administrator of the organisation blocks the sign-in'],
  VERIFY_IDENTITY: ['google', 'Google wants to verify your identity'],
  OTHER_ACCOUNT: ['google', 'Google offers other accounts than the requested one'],
  OTHER_PROVIDER: [
    'google',
    'the organisation signs in with another provider (Okta, Entra, ...) behind Google',
  ],
  TERMS_OF_SERVICE: ['google', 'Google wants you to accept its terms of service'],
  PASSKEY_ENROLMENT: ['google', 'Google offers to set up a passkey'],
  RECAPTCHA: ['google', 'Google requires a reCAPTCHA, which needs a browser'],
  COOKIE_MISMATCH: ['google', 'Google does not accept the cookies of the sign-in'],
  CHANGE_PASSWORD: ['google', 'Google wants you to set a new password'],
  INTERSTITIAL: ['google', 'Google shows a page that you have to read and answer'],
  SESSION_EXPIRED: ['google', 'the sign-in took too long and Google started over'],
  PAGE_UNRECOGNISED: ['google', 'Google shows a page that gauth does not know'],
  GOOGLE_UNAVAILABLE: ['google', 'Google answers with a server error'],
  NOT_GOOGLE: ['google', 'another server answered in place of Google'],
  UNSAFE_FORM: ['google', 'a form would send a secret to a host other than accounts.google.com'],

  ASSERTION_INVALID: ['aws', 'the SAML response cannot be read, or reports a failure'],
  ASSERTION_EXPIRED: ['aws', 'the SAML assertion is not valid at this time'],
  ASSERTION_REJECTED: ['aws', 'AWS does not accept the SAML assertion'],
  NO_ROLES: ['aws', 'the assertion contains no AWS role'],
  ROLE_NOT_OFFERED: ['aws', 'the assertion does not contain the requested role'],
  DURATION_REJECTED: ['aws', 'the role does not allow sessions this long'],
  ACCESS_DENIED: ['aws', 'the trust policy of the role does not allow this sign-in'],
  POLICY_REJECTED: ['aws', 'STS does not accept the session policy'],
  REGION_DISABLED: ['aws', 'STS is not activated in this region'],
  STS_FAILED: ['aws', 'STS answers with another error'],
  STS_UNAVAILABLE: ['aws', 'STS is throttling or unavailable'],
  NOT_AWS: ['aws', 'another server answered in place of AWS'],
  NO_SESSION: ['aws', 'the profile has no valid credentials'],
  NO_CONSOLE: ['aws', 'AWS publishes no console for the partition of the role'],
  CONSOLE_REFUSED: ['aws', 'the sign-in service of AWS does not accept the credentials'],

  SERVER_FAILED: ['environment', 'the credential server cannot be started'],
  NETWORK: ['environment', 'a server cannot be reached'],
  TLS: ['environment', 'the certificate of a server or proxy is not trusted'],
  PROXY: ['environment', 'the proxy refused the connection'],
  FILE: ['environment', 'a file cannot be read, parsed or written'],
  LOCKED: ['environment', 'another process holds the lock'],
  KEYCHAIN: ['environment', 'the system keychain cannot be used'],
  BROWSER_MISSING: ['environment', 'no browser was found'],
  BROWSER_FAILED: ['environment', 'the browser did not start, or crashed'],
  NOT_INTERACTIVE: ['environment', 'a prompt is needed and there is no terminal'],
  COMMAND_FAILED: ['environment', 'the command for the verification code (--mfa-command) failed'],
  FINDINGS: ['environment', 'gauth doctor found problems'],
  TIMEOUT: ['environment', 'the time limit was reached'],

  CANCELLED: ['cancelled', 'Ctrl-C, or end of input at a prompt'],
} as const satisfies Readonly<Record<string, readonly [Kind, string]>>;

export type Code = keyof typeof CODES;

export function isCode(word: string): word is Code {
  return Object.hasOwn(CODES, word);
}

export interface ErrorDetails {
  /** What to do, one step per line, with the exact command if there is one. */
  readonly hints?: readonly string[];
  readonly cause?: unknown;
}

/** The only error that is shown to users. The message is one line, in lower case, without a full stop and without secrets. */
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

/** What every wait throws after Ctrl-C. */
export function cancelled(): GauthError {
  return new GauthError('CANCELLED', 'cancelled');
}

/** The exit status of a kind. */
export function exitStatusOf(kind: Kind): number {
  return EXIT_STATUS[kind];
}
