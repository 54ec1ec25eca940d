/** The pages of a Google sign-in as data: what a page asks for, and the form for the answer. */
import type { Code } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Method } from './challenge-methods.ts';
import type { Field } from './html.ts';
import type { SafeForm, Submission } from './submission.ts';

/** The two generations of these pages: 2018 to 2024, and "WebLite" since. Both may occur in one sign-in. */
export type Dialect = 'legacy' | 'v3';

/** A captcha inside another form. */
export interface Captcha {
  readonly picture: URL;
  readonly audio: URL | undefined;
  readonly field: string;
  /** Fields that a script of the page would have filled. */
  readonly extra: Readonly<Record<string, string>>;
}

interface FormPage {
  readonly dialect: Dialect;
  readonly form: SafeForm;
  /** The name of the field for the answer. */
  readonly field: string;
  /** The submit button, if it has a name. */
  readonly button: Field | undefined;
  /** The error message of Google, in the language of the page. */
  readonly message: string | undefined;
}

export interface WithAlternative {
  /** "Try another way". */
  readonly another: Submission | undefined;
}

export interface IdentifierPage extends FormPage {
  readonly kind: 'identifier';
  readonly captcha: Captcha | undefined;
  /** Whether the page says that the captcha was wrong, not the e-mail address. */
  readonly captchaWrong: boolean;
}

export interface PasswordPage extends FormPage, WithAlternative {
  readonly kind: 'password';
  readonly captcha: Captcha | undefined;
  readonly captchaWrong: boolean;
  /** Whether the page says that the last password was wrong. */
  readonly refused: boolean;
}

/** A code to enter: TOTP, SMS, backup code, ... */
export interface CodePage extends FormPage, WithAlternative {
  readonly kind: 'code';
  readonly method: Method;
  /** Where the code was sent, as masked by Google. */
  readonly sentTo: string | undefined;
  readonly resend: Submission | undefined;
}

/** Google sends a code only on request. */
export interface SendPage extends WithAlternative {
  readonly kind: 'send';
  readonly dialect: Dialect;
  readonly sentTo: string | undefined;
  /** The message of Google about why the last code was not sent. */
  readonly message: string | undefined;
  readonly ways: readonly { readonly method: Method; readonly submission: Submission }[];
}

/** Google asks for a phone number to send a code to. */
export interface PhoneNumberPage extends FormPage, WithAlternative {
  readonly kind: 'phone-number';
}

/** A prompt on another device. */
export interface ApprovalPage extends WithAlternative {
  readonly kind: 'approval';
  readonly dialect: Dialect;
  readonly form: SafeForm;
  readonly button: Field | undefined;
  readonly message: string | undefined;
  /** The number to tap on the device. */
  readonly number: string | undefined;
  /** How to poll for the approval; without it, the form itself is submitted again. */
  readonly poll: ApprovalPoll | undefined;
}

export interface ApprovalPoll {
  readonly key: string;
  readonly transaction: string;
  /** Milliseconds. */
  readonly lifetime: number | undefined;
}

/** A security key or passkey, which a terminal cannot use. */
export interface KeyPage extends WithAlternative {
  readonly kind: 'key';
  readonly method: Method;
}

/** A method on a selection page. */
export interface MethodOffer {
  readonly method: Method;
  /** The description by Google. */
  readonly label: string;
  readonly available: boolean;
  readonly submission: Submission;
}

export interface MethodChooserPage {
  readonly kind: 'chooser';
  readonly dialect: Dialect;
  readonly offers: readonly MethodOffer[];
}

/** An account that Google knows from the cookies. */
export interface Account {
  readonly email: string;
  readonly submission: Submission;
}

export interface AccountChooserPage {
  readonly kind: 'accounts';
  readonly accounts: readonly Account[];
}

/** A page between two others that only needs a confirmation. */
export interface ConfirmPage {
  readonly kind: 'confirm';
  readonly submission: Submission;
  /** The refusal that this page is if confirming it leads back to it. */
  readonly otherwise: RefusalPage;
}

/** A page of the Google account outside the sign-in, such as a reminder about recovery options. */
export interface DetourPage {
  readonly kind: 'detour';
  readonly otherwise: RefusalPage;
}

/** The last page: the form that a browser would post to AWS by itself. */
export interface AssertionPage {
  readonly kind: 'assertion';
  readonly base64: Secret;
  /** The assertion consumer service that the form names. */
  readonly acs: URL | undefined;
}

/** A page that refuses the sign-in, or that the user has to read. */
export interface RefusalPage {
  readonly kind: 'refusal';
  readonly refusal: Refusal;
  /** The text of Google. */
  readonly message: string | undefined;
  /** The host that answers in place of Google. */
  readonly host?: string;
  /** The numbers by which Google names a rejection, such as `rrk=88`. */
  readonly numbers?: string;
}

/** The error codes that can be recognised from a page alone. */
export type Refusal = Extract<
  Code,
  | 'ACCOUNT_DISABLED'
  | 'ADMIN_MESSAGE'
  | 'APP_NOT_CONFIGURED'
  | 'BROWSER_REJECTED'
  | 'CHANGE_PASSWORD'
  | 'COOKIE_MISMATCH'
  | 'GOOGLE_UNAVAILABLE'
  | 'INTERSTITIAL'
  | 'JAVASCRIPT_REQUIRED'
  | 'NOT_A_SAML_APP'
  | 'NOT_GOOGLE'
  | 'OTHER_PROVIDER'
  | 'PASSKEY_ENROLMENT'
  | 'POLICY_2SV'
  | 'RATE_LIMITED'
  | 'RECAPTCHA'
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
  /** What the page says to the user: its heading and first sentences. */
  readonly message: string | undefined;
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
  | DetourPage
  | AssertionPage
  | RefusalPage
  | UnrecognisedPage;
