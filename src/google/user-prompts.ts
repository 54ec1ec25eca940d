/** The port that answers the questions of Google: prompts, flags, a pipe or a keychain. It never sees HTML or HTTP. */
import type { Secret } from '../secret.ts';
import type { Method } from './challenge-methods.ts';
import type { MethodOffer } from './page.ts';

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
}

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
  /** Shows what to tap, then resolves when the user presses a key. The approval itself is detected by asking Google. */
  approval(question: ApprovalQuestion, signal: AbortSignal): Promise<'check' | 'another'>;
}
