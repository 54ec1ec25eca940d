/** The port that answers the questions of Google: prompts, flags, a pipe or a keychain. It never sees HTML or HTTP. */
import type { Secret } from '../secret.ts';
import type { Method } from './challenge-methods.ts';
import type { MethodOffer } from './page.ts';
import type { PageForm } from './visible-page.ts';

export interface IdentifierQuestion {
  /** The e-mail address that Google refused. */
  readonly refused: string;
  /** The message of Google about it. */
  readonly message: string | undefined;
}

export interface PasswordQuestion {
  /** How many passwords Google has refused so far. */
  readonly refused: number;
  /** The message of Google about the last one. */
  readonly message: string | undefined;
}

export interface CodeQuestion {
  readonly method: Method;
  readonly refused: number;
  readonly message: string | undefined;
  /** Where Google sent the code, masked by Google. */
  readonly sentTo: string | undefined;
  readonly canResend: boolean;
  readonly canSwitch: boolean;
}

export interface CaptchaQuestion {
  readonly picture: URL;
  /** The URL of the audio version. */
  readonly audio: URL | undefined;
  /** The image itself, if it could be fetched. */
  readonly image: Uint8Array | undefined;
  readonly refused: number;
  readonly message: string | undefined;
}

export interface ApprovalQuestion {
  /** The number to tap on the device. */
  readonly number: string | undefined;
  readonly canSwitch: boolean;
  /** A message that Google shows while it waits. */
  readonly message: string | undefined;
  /** Whether this prompt replaces one that the user has seen. */
  readonly isUpdate: boolean;
  /** When gauth stops waiting. */
  readonly until: Date;
}

/** How the wait for an approval ended. */
export type ApprovalEnd = 'approved' | 'declined' | 'expired';

/** A page that gauth cannot answer by itself, as the user would see it. */
export interface PageQuestion {
  /** Why gauth cannot answer it. */
  readonly reason: string;
  readonly heading: string | undefined;
  readonly lines: readonly string[];
  readonly forms: readonly Pick<PageForm, 'inputs' | 'buttons'>[];
}

/** What the user does with the page: submit a form with answers, one per input, or something else. */
export type PageAnswer =
  | {
      readonly kind: 'submit';
      readonly form: number;
      readonly answers: readonly (Secret | undefined)[];
      /** The index of the pressed button; undefined for a form without one. */
      readonly button: number | undefined;
    }
  | { readonly kind: 'save' }
  | { readonly kind: 'browser' }
  | { readonly kind: 'stop' };

/** An answer to a code question. */
export type CodeAnswer =
  | { readonly kind: 'text'; readonly text: Secret }
  | { readonly kind: 'resend' }
  | { readonly kind: 'another' };

/**
 * Every call throws GauthError CANCELLED on Ctrl-C, and NOT_INTERACTIVE or MISSING_OPTION if there is no terminal to prompt
 * on.
 */
export interface UserPrompts {
  /** Another e-mail address for the one that Google refused; undefined if there is no terminal to prompt on. */
  identifier(question: IdentifierQuestion, signal: AbortSignal): Promise<string | undefined>;
  password(question: PasswordQuestion, signal: AbortSignal): Promise<Secret>;
  code(question: CodeQuestion, signal: AbortSignal): Promise<CodeAnswer>;
  captcha(question: CaptchaQuestion, signal: AbortSignal): Promise<Secret>;
  phoneNumber(message: string | undefined, signal: AbortSignal): Promise<Secret>;
  /** Chooses a method; `offers` are available and work in a terminal. */
  method(
    offers: readonly MethodOffer[],
    unavailable: readonly MethodOffer[],
    signal: AbortSignal,
  ): Promise<MethodOffer>;
  /** Shows a page and asks what to do with it. Without a terminal the answer is `stop`. */
  page(question: PageQuestion, signal: AbortSignal): Promise<PageAnswer>;
  /** Shows what to tap, then resolves when the user presses a key. The approval itself is detected by asking Google. */
  approval(question: ApprovalQuestion, signal: AbortSignal): Promise<'check' | 'another'>;
  /** Tells the user how the wait ended. */
  approvalEnded(end: ApprovalEnd): void;
}
