/** A sign-in request, its progress so far, and how often each step is allowed. */
import type { Method } from './challenge-methods.ts';
import type { SignInTarget } from './refusals.ts';

/** The request for a sign-in. The user can correct the e-mail address. */
export interface SignInRequest extends SignInTarget {
  /** Sent with the e-mail and password forms; Google requires it (facts, `bgresponse`). */
  readonly bgResponse: string;
  /** The preferred verification method. */
  readonly method: Method | undefined;
}

/** The progress so far: the loop counts, the steps decide. */
export interface Progress {
  readonly identifiers: number;
  readonly passwords: number;
  readonly captchas: number;
  /** Codes sent since the method last changed. */
  readonly codes: number;
  /** Text messages and calls requested, and phone numbers entered, since the user last chose a method. */
  readonly sends: number;
  /** Times that the preferred method was selected in the list of Google. */
  readonly preferences: number;
  /** Times that "Try another way" was used. */
  readonly switches: number;
  /** Methods that the user chose: after the first choice, the preference no longer applies. */
  readonly chosen: number;
  /** Times that an account was selected in the account chooser. */
  readonly accounts: number;
  /** Times that Google started over because its forms had expired. */
  readonly restarts: number;
  /** Pages that were confirmed without asking the user. */
  readonly confirmations: number;
  /** Times that a page outside the sign-in led to the start URL again. */
  readonly detours: number;
  /** Prompts on another device that the user denied, or that expired. */
  readonly denials: number;
}

export const NO_PROGRESS: Progress = {
  identifiers: 0,
  passwords: 0,
  captchas: 0,
  codes: 0,
  sends: 0,
  preferences: 0,
  switches: 0,
  chosen: 0,
  accounts: 0,
  restarts: 0,
  confirmations: 0,
  detours: 0,
  denials: 0,
};

/** Google usually stops sooner; these limits end loops. */
export const LIMITS = {
  /** The address of the user, and three corrections. */
  identifiers: 4,
  passwords: 3,
  captchas: 5,
  codes: 5,
  sends: 2,
  numbers: 5,
  preferences: 1,
  switches: 4,
  accounts: 2,
  restarts: 1,
  confirmations: 3,
  detours: 1,
} as const;

/** After a choice of the user, the automatic steps are allowed again. */
export function afterUserChoice(progress: Progress): Progress {
  return { ...progress, codes: 0, sends: 0, switches: 0, chosen: progress.chosen + 1 };
}

export function countStep(progress: Progress, key: keyof Progress | undefined): Progress {
  if (key === undefined) return progress;
  // Before Google started over, nothing had been refused.
  const base: Progress =
    key === 'restarts'
      ? { ...progress, passwords: 0, captchas: 0, codes: 0, sends: 0, preferences: 0, switches: 0 }
      : progress;
  return { ...base, [key]: base[key] + 1 };
}
