/** All that Google shows during a sign-in, as data: what a page wants, and the form with which to give it. */
import type { Code } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Method } from './challenge-methods.ts';
import type { Field } from './html.ts';
import type { SafeForm, Submission } from './submission.ts';

/** Google's two ways to write these pages: 2018 to 2024, and the "WebLite" pages since. Both may come in one sign-in. */
export type Dialect = 'legacy' | 'v3';

/** A picture puzzle inside another form. */
export interface Captcha {
  readonly picture: URL;
  readonly audio: URL | undefined;
  readonly field: string;
  /** Fields that the page's script would have filled from elsewhere in the page. */
  readonly extra: Readonly<Record<string, string>>;
}

interface FormPage {
  readonly dialect: Dialect;
  readonly form: SafeForm;
  /** The name of the field that the person's answer goes into. */
  readonly field: string;
  /** The button that goes on, where it has a name. */
  readonly button: Field | undefined;
  /** Google's own words about what was wrong, in Google's language. */
  readonly message: string | undefined;
}

export interface WithAlternative {
  /** "Try another way". */
  readonly another: Submission | undefined;
}

export interface IdentifierPage extends FormPage {
  readonly kind: 'identifier';
  readonly captcha: Captcha | undefined;
  /** Whether the page says that the puzzle, not the address, was wrong. */
  readonly captchaWrong: boolean;
}

export interface PasswordPage extends FormPage, WithAlternative {
  readonly kind: 'password';
  readonly captcha: Captcha | undefined;
  readonly captchaWrong: boolean;
  /** Whether the page says that the last password was wrong. */
  readonly refused: boolean;
}

/** Something to type: TOTP, SMS, backup code, ... */
export interface CodePage extends FormPage, WithAlternative {
  readonly kind: 'code';
  readonly method: Method;
  /** Where the code went, as Google masks it. */
  readonly sentTo: string | undefined;
  readonly resend: Submission | undefined;
}

/** Google sends a code only when asked to. */
export interface SendPage extends WithAlternative {
  readonly kind: 'send';
  readonly dialect: Dialect;
  readonly sentTo: string | undefined;
  /** Google's own words about why the last one was not sent. */
  readonly message: string | undefined;
  readonly ways: readonly { readonly method: Method; readonly submission: Submission }[];
}

/** Google wants a phone number first, to send a code to. */
export interface PhoneNumberPage extends FormPage, WithAlternative {
  readonly kind: 'phone-number';
}

/** A tap on another device. */
export interface ApprovalPage extends WithAlternative {
  readonly kind: 'approval';
  readonly dialect: Dialect;
  readonly form: SafeForm;
  readonly button: Field | undefined;
  readonly message: string | undefined;
  /** The number to tap on the device. */
  readonly number: string | undefined;
  /** Where to ask whether the tap has happened; without it, the form itself is posted again. */
  readonly poll: ApprovalPoll | undefined;
}

export interface ApprovalPoll {
  readonly key: string;
  readonly transaction: string;
  /** Milliseconds. */
  readonly lifetime: number | undefined;
}

/** A security key or passkey: nothing that a terminal can answer. */
export interface KeyPage extends WithAlternative {
  readonly kind: 'key';
  readonly method: Method;
}

/** One way that a selection page offers. */
export interface MethodOffer {
  readonly method: Method;
  /** Google's own words for it. */
  readonly label: string;
  readonly available: boolean;
  readonly submission: Submission;
}

export interface MethodChooserPage {
  readonly kind: 'chooser';
  readonly dialect: Dialect;
  readonly offers: readonly MethodOffer[];
}

/** One of the people that Google knows by the cookies. */
export interface Account {
  readonly email: string;
  readonly submission: Submission;
}

export interface AccountChooserPage {
  readonly kind: 'accounts';
  readonly accounts: readonly Account[];
}

/** A page between the last proof and the assertion that only wants to be confirmed. */
export interface ConfirmPage {
  readonly kind: 'confirm';
  readonly submission: Submission;
}

/** The end of the way: the form that a browser would post to AWS by itself. */
export interface AssertionPage {
  readonly kind: 'assertion';
  readonly base64: Secret;
  /** The assertion consumer service that the form names. */
  readonly acs: URL | undefined;
}

/** A page that says no, or wants a person to read it. */
export interface RefusalPage {
  readonly kind: 'refusal';
  readonly refusal: Refusal;
  /** Google's own words. */
  readonly message: string | undefined;
  /** The host that takes Google's place. */
  readonly host?: string;
}

/** The codes of errors that a page alone can cause. */
export type Refusal = Extract<
  Code,
  | 'ACCOUNT_DISABLED'
  | 'ADMIN_MESSAGE'
  | 'APP_NOT_CONFIGURED'
  | 'BROWSER_REJECTED'
  | 'CHANGE_PASSWORD'
  | 'GOOGLE_UNAVAILABLE'
  | 'INTERSTITIAL'
  | 'JAVASCRIPT_REQUIRED'
  | 'NOT_A_SAML_APP'
  | 'NOT_GOOGLE'
  | 'OTHER_PROVIDER'
  | 'PASSKEY_ENROLMENT'
  | 'POLICY_2SV'
  | 'RATE_LIMITED'
  | 'SIGN_IN_REJECTED'
  | 'TERMS_OF_SERVICE'
  | 'TOO_MANY_ATTEMPTS'
  | 'UNSAFE_FORM'
  | 'VERIFY_IDENTITY'
  | 'WRONG_IDS'
>;

export interface UnrecognisedPage {
  readonly kind: 'unrecognised';
  /** Host and path, without the query. */
  readonly address: string;
  readonly status: number;
  readonly title: string | undefined;
}

export type Page =
  | IdentifierPage
  | PasswordPage
  | CodePage
  | SendPage
  | PhoneNumberPage
  | ApprovalPage
  | KeyPage
  | MethodChooserPage
  | AccountChooserPage
  | ConfirmPage
  | AssertionPage
  | RefusalPage
  | UnrecognisedPage;
