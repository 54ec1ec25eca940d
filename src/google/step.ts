/** The steps of a sign-in as data: submit a form, ask the user, wait for an approval, finish or stop. Pure. */
import type { GauthError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { ApprovalPage, Captcha, CodePage, MethodOffer, PasswordPage, PhoneNumberPage } from './page.ts';
import type { Progress } from './sign-in-progress.ts';
import type { Submission } from './submission.ts';

/** A question for the user, with the field of the answer and the page it is for. */
export type Question =
  | {
      readonly kind: 'identifier';
      readonly field: string;
      readonly message: string | undefined;
      /** The error if there is no terminal to prompt on. */
      readonly error: GauthError;
    }
  | {
      readonly kind: 'password';
      readonly field: string;
      readonly page: PasswordPage;
      readonly reuse: boolean;
    }
  | {
      readonly kind: 'captcha';
      readonly field: string;
      readonly captcha: Captcha;
      readonly message: string | undefined;
    }
  | { readonly kind: 'code'; readonly field: string; readonly page: CodePage }
  | { readonly kind: 'phone-number'; readonly field: string; readonly page: PhoneNumberPage };

export type Step =
  /** Submit the form without asking. */
  | { readonly kind: 'submit'; readonly submission: Submission; readonly counts: keyof Progress | undefined }
  /** Ask, add the answers to the form, submit it. */
  | {
      readonly kind: 'ask';
      readonly questions: readonly Question[];
      readonly submission: Submission;
      readonly counts: keyof Progress | undefined;
      readonly resend: Submission | undefined;
      readonly another: Submission | undefined;
    }
  | {
      readonly kind: 'choose';
      readonly offers: readonly MethodOffer[];
      readonly unavailable: readonly MethodOffer[];
    }
  /** Open the start URL again. */
  | { readonly kind: 'start-again'; readonly counts: keyof Progress }
  /** Wait for an approval on another device, and ask Google from time to time. */
  | { readonly kind: 'approve'; readonly page: ApprovalPage; readonly submission: Submission }
  | { readonly kind: 'done'; readonly base64: Secret }
  | { readonly kind: 'stop'; readonly error: GauthError };

export function askStep(
  questions: readonly Question[],
  submission: Submission,
  counts: keyof Progress | undefined,
): Extract<Step, { kind: 'ask' }> {
  return { kind: 'ask', questions, submission, counts, resend: undefined, another: undefined };
}

/** "Don't ask again on this device": `on` in the legacy dialect, `true` in v3, and only if the page has the field. */
export function trustDeviceField(page: PasswordPage | CodePage | ApprovalPage): Record<string, string> {
  const known = page.form.names.has('TrustDevice');
  return known ? { TrustDevice: page.dialect === 'v3' ? 'true' : 'on' } : {};
}

export function stopStep(error: GauthError): Step {
  return { kind: 'stop', error };
}
