/** Who answers Google's questions: a port that the terminal, flags, a pipe or a keychain stand behind. It never sees HTML or HTTP. */
import type { Secret } from '../secret.ts';
import type { Method } from './challenge-methods.ts';
import type { MethodOffer } from './page.ts';

export interface PasswordQuestion {
  /** How many passwords Google has refused so far. */
  readonly refused: number;
  /** Google's words about the last one. */
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
  /** Where the puzzle can be heard instead. */
  readonly audio: URL | undefined;
  /** The picture itself, where it could be fetched. */
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

/** Every call throws GauthError CANCELLED on Ctrl-C and NOT_INTERACTIVE or MISSING_OPTION where nobody can answer. */
export interface UserPrompts {
  password(question: PasswordQuestion, signal: AbortSignal): Promise<Secret>;
  code(question: CodeQuestion, signal: AbortSignal): Promise<CodeAnswer>;
  captcha(question: CaptchaQuestion, signal: AbortSignal): Promise<Secret>;
  phoneNumber(message: string | undefined, signal: AbortSignal): Promise<Secret>;
  /** Chooses among offers, all of them available and fit for a terminal. */
  method(
    offers: readonly MethodOffer[],
    unavailable: readonly MethodOffer[],
    signal: AbortSignal,
  ): Promise<MethodOffer>;
  /** Shows what to tap, then resolves when the person presses a key; the tap itself is noticed by asking Google. */
  approval(question: ApprovalQuestion, signal: AbortSignal): Promise<'check' | 'another'>;
}
