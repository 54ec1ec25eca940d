/** What a sign-in is asked to do, what has happened so far, and how often each thing may happen. */
import type { Method } from './challenge-methods.ts';
import type { SignInTarget } from './refusals.ts';

/** What a sign-in is asked to do. */
export interface SignInRequest extends SignInTarget {
  /** Sent on the e-mail and password posts; Google demands that it is there (facts, `bgresponse`). */
  readonly bgResponse: string;
  /** The way of the second step that the person prefers. */
  readonly method: Method | undefined;
}

/** What has happened so far; the loop counts, the step decides. */
export interface Progress {
  readonly identifiers: number;
  readonly passwords: number;
  readonly captchas: number;
  /** Codes sent since the method last changed. */
  readonly codes: number;
  /** Text messages and calls asked for, and telephone numbers given, since the person last chose a way. */
  readonly sends: number;
  /** Times that the preferred way was taken from Google's list. */
  readonly preferences: number;
  /** Ways out ("another way") taken. */
  readonly switches: number;
  /** Ways that the person took or chose by hand: from the first on, the preference says no more. */
  readonly chosen: number;
  /** Times that an account was chosen on Google's list of accounts. */
  readonly accounts: number;
  /** Times that Google started over since its forms had run out. */
  readonly restarts: number;
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
};

/** Google's own limits come sooner in most cases; these end what would go in circles. */
export const LIMITS = {
  passwords: 3,
  captchas: 5,
  codes: 5,
  sends: 2,
  numbers: 5,
  preferences: 1,
  switches: 4,
  accounts: 2,
  restarts: 1,
} as const;

/** After a choice of the person's everything automatic starts over. */
export function afterUserChoice(progress: Progress): Progress {
  return { ...progress, codes: 0, sends: 0, switches: 0, chosen: progress.chosen + 1 };
}

export function countStep(progress: Progress, key: keyof Progress | undefined): Progress {
  if (key === undefined) return progress;
  // What was counted before Google started over was not refused.
  const base: Progress =
    key === 'restarts'
      ? { ...progress, passwords: 0, captchas: 0, codes: 0, sends: 0, preferences: 0, switches: 0 }
      : progress;
  return { ...base, [key]: base[key] + 1 };
}
