/** What can be done on a page, as data: a form to send, things to ask, a tap to wait for, an end. Pure. */
import type { GauthError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { ApprovalPage, Captcha, CodePage, MethodOffer, PasswordPage, PhoneNumberPage } from './page.ts';
import type { Progress } from './progress.ts';
import type { Submission } from './submission.ts';

/** A thing to ask, the field that the answer goes into, and the form that waits for it. */
export type Question =
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
  /** Send as it is. */
  | { readonly kind: 'submit'; readonly submission: Submission; readonly counts: keyof Progress | undefined }
  /** Ask, add the answers, send. */
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
  /** Wait for a tap elsewhere, asking again from time to time. */
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

/** "Don't ask again on this device": `on` in the legacy dialect, `true` in v3, only where the page knows it. */
export function trustDeviceField(page: PasswordPage | CodePage | ApprovalPage): Record<string, string> {
  const known = page.form.names.has('TrustDevice');
  return known ? { TrustDevice: page.dialect === 'v3' ? 'true' : 'on' } : {};
}

export function stopStep(error: GauthError): Step {
  return { kind: 'stop', error };
}
