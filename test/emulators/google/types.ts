/** The options of the Google emulator, and what it records. */
import type { SamlIssuer, ResponseOptions } from '../saml.ts';

/** The two families of pages: until about 2024, and "WebLite" since. */
export type Dialect = 'legacy' | 'v3';
export type Language = 'en' | 'de' | 'ja' | 'ar';

/**
 * How the user's phone answers. `deny`: Google offers the other methods, or rejects the sign-in if there is none. `later`: it
 * never answers. `alert`: Google first shows a message in the page that still waits, then the user approves.
 */
export type Tap = 'approve' | 'deny' | 'later' | 'alert';

/** One way to prove who is signing in. Codes are compared without blanks. */
export type Method = Readonly<
  { unavailable?: boolean } & (
    | { kind: 'totp'; code: string }
    /** `sendFirst`: the page wants its Send button pressed before it asks for the code. `resend`: legacy only, such a button beside the code. */
    | {
        kind: 'sms';
        code: string;
        by?: 'SMS' | 'VOICE';
        phone?: string;
        sendFirst?: boolean;
        resend?: boolean;
      }
    /** Asks for the phone number first. */
    | { kind: 'phone-number'; phone: string; code: string }
    /** The old prompt: `polls` answers say "not yet" before the tap. */
    | { kind: 'prompt'; polls?: number; tap?: Tap; number?: string; lifetime?: number }
    /** The device prompt: the page comes back `polls` times before the tap. */
    | {
        kind: 'device';
        polls?: number;
        tap?: Tap;
        number?: string;
        numberTag?: 'div' | 'samp';
        /** v3 only: a page before the prompt is sent. */
        presend?: boolean;
      }
    /** Confirms the recovery e-mail address or phone number of the account. */
    | { kind: 'recovery-email'; code: string }
    | { kind: 'recovery-phone'; code: string }
    /** A code by e-mail. `sendFirst`, v3 only: a page before it is sent. */
    | { kind: 'email-code'; code: string; sendFirst?: boolean }
    | { kind: 'security-key' }
    | { kind: 'passkey' }
    | { kind: 'security-key-code'; code: string }
    /** Each code works once. */
    | { kind: 'backup-code'; codes: readonly string[] }
    | { kind: 'offline-code'; code: string }
  )
>;
export type MethodKind = Method['kind'];

/** One step after the password: the methods on offer, and whether Google starts with the first of them or with the choice. */
export interface Challenge {
  readonly methods: readonly Method[];
  readonly start?: 'method' | 'selection';
}

export type Speedbump =
  | 'samlconfirmaccount'
  /** With a second button, "I don't recognise this account". */
  | 'samlconfirmaccount-choice'
  /** Pages with one button. */
  | 'confirmidentifier'
  | 'continue'
  /** A reminder on another host after the sign-in, which does not lead back. */
  | 'recovery-options'
  | 'passkeyenrollment'
  | 'workspacetermsofservice'
  | 'changepassword'
  | 'verify'
  | 'disabled'
  /** An account page that no tool has seen yet. */
  | 'unheard-of';

export type Refusal =
  | 'insecure-browser'
  | 'javascript-required'
  | 'policy-2sv'
  /** The organisation signs in with another identity provider: after the e-mail address Google redirects to another provider. */
  | 'other-provider'
  | 'app-not-configured'
  | 'not-a-saml-app'
  | 'admin-message'
  | 'too-many-attempts';

/**
 * A picture to read. `identifier`: with the e-mail address (v3: `ca`/`ct`; legacy: `#identifier-captcha`).
 * `login`: legacy only, with the password (`#logincaptcha`). `first`: v3 shows it on the very first page.
 */
export interface Captcha {
  readonly solution: string;
  readonly shape?: 'identifier' | 'login';
  readonly first?: boolean;
}

export interface GoogleUser {
  readonly email: string;
  readonly password: string;
  /** Steps in a row. */
  readonly challenges?: readonly Challenge[];
  readonly dialect?: Dialect;
  /** Where the pages of one sign-in are not all of one dialect. */
  readonly dialects?: Partial<Readonly<Record<'identifier' | 'password' | 'challenge', Dialect>>>;
  /** Of the legacy password page: `form#gaia_loginform` or `form#challenge` (default). */
  readonly passwordShape?: 'old' | 'new';
  /** A list is gone through page by page, again and again. */
  readonly language?: Language | readonly Language[];
  readonly captcha?: Captcha;
  readonly speedbumps?: readonly Speedbump[];
  readonly refusal?: Refusal;
  /** The text of `refusal: 'admin-message'`. */
  readonly adminMessage?: string;
  /** After so many wrong passwords or codes Google says there have been too many. */
  readonly attempts?: number;
  /** `role,provider` values of the assertion. */
  readonly roles?: readonly string[];
  /** Whatever else the SAML response shall say. */
  readonly saml?: ResponseOptions;
}

export interface GoogleOptions {
  readonly users: readonly GoogleUser[];
  readonly issuer: SamlIssuer;
  readonly idpId?: string;
  /** SP IDs of SAML apps. */
  readonly spIds?: readonly string[];
  readonly clock?: { now(): Date };
  /** Before the e-mail address is known: default those of the first user. */
  readonly dialect?: Dialect;
  readonly language?: Language;
  /** What `bgresponse` has to be for Google to believe in JavaScript; default `js_enabled`. */
  readonly bgresponse?: string;
  /** Whether a post is answered by a redirect to the next page instead of the page itself (a request more a page). */
  readonly redirectAfterPost?: boolean;
  /** Whether the sign-in sets a cookie on the domain of a country at its end. */
  readonly countryCookie?: boolean;
  /** Redirects through /CheckCookie after the sign-in, each with a cookie of its own. */
  readonly hops?: number;
  /** Seconds a Google session lives; default 14 hours. */
  readonly sessionSeconds?: number;
  /**
   * The accounts among which a client that was signed in before has to choose when its session has ended; without it, the
   * sign-in begins with the e-mail address.
   */
  readonly accountChooser?: readonly string[];
  /** The flow's tokens are refused at this post (counted from 1, per flow) and the sign-in starts over. */
  readonly expireAtPost?: number;
  /** How many flows that happens to, the first ones; default all. */
  readonly expiringFlows?: number;
}

export interface Submission {
  readonly intent: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface GoogleRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly userAgent: string | undefined;
}
