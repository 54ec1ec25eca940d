/** Waiting for a tap on another device: Google is asked again every few seconds, and at once when the person presses Enter. */
import { type Code, GauthError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { UserAgent, FetchedPage } from './user-agent.ts';
import type { ApprovalPoll } from './page.ts';
import type { UserPrompts } from './user-prompts.ts';
import type { Step } from './next-step.ts';
import { type Submission, withFields } from './submission.ts';
import { type SignInTarget, refusalWith } from './refusals.ts';

type ApproveStep = Extract<Step, { kind: 'approve' }>;

/** Milliseconds between two questions to Google. */
const PAUSE = 3_000;
/** Milliseconds until giving up where the page names no lifetime; Google's own prompts last about two minutes. */
const LIFETIME = 5 * 60_000;
/** Where the old prompt is polled (facts, "Google prompt, old"). */
const POLL_URL = 'https://content.googleapis.com/cryptauth/v1/authzen/awaittx';

interface Parts {
  readonly person: UserPrompts;
  readonly clock: Clock;
  readonly agent: UserAgent;
  /** The step of a page that still waits for the same tap; undefined where the sign-in goes on. */
  readonly stillWaiting: (page: FetchedPage) => ApproveStep | undefined;
  readonly target: SignInTarget;
}

/** What may happen to one question while the person looks for the phone, and says nothing about the tap. */
const PASSING: ReadonlySet<Code> = new Set<Code>(['NETWORK', 'TIMEOUT']);

/** The page that came next, and whether the person left the tap for another way. */
export interface Approved {
  readonly arrived: FetchedPage;
  readonly left: boolean;
}

/**
 * Waits for the person to approve, then returns the next page.
 * Throws GauthError CHALLENGE_DENIED when the person says no or the time that Google gives has run out, CHALLENGE_UNSUPPORTED or
 * RATE_LIMITED where Google does not let itself be asked, and what `Http` throws when the last question before the end failed.
 */
export async function waitForApproval(
  first: ApproveStep,
  parts: Parts,
  signal: AbortSignal,
): Promise<Approved> {
  const { person, clock, agent } = parts;
  const end = clock.now().getTime() + (first.page.poll?.lifetime ?? LIFETIME);
  const over = new AbortController();
  const waiting = AbortSignal.any([signal, over.signal]);
  let question = new AbortController();
  const watch = async ({ page }: ApproveStep): Promise<'check' | 'another'> => {
    question = new AbortController();
    const asked = { number: page.number, canSwitch: page.another !== undefined };
    return person.approval(asked, AbortSignal.any([waiting, question.signal]));
  };
  let failure: GauthError | undefined;
  /** What a server that fails answered last. */
  let failing: FetchedPage | undefined;
  /** The page that came, undefined for "not yet". */
  const look = async ({ page, submission }: ApproveStep): Promise<FetchedPage | undefined> => {
    failure = undefined;
    failing = undefined;
    try {
      const arrived = page.poll
        ? await askPoll(page.poll, submission, parts, signal)
        : await agent.submit(submission, signal);
      // A server that fails for a moment says as little; 511 is a network that wants a sign-in of its own (RFC 6585).
      if (arrived === undefined || arrived.status < 500 || arrived.status === 511) return arrived;
      failing = arrived;
      return undefined;
    } catch (error) {
      const passes = error instanceof GauthError && PASSING.has(error.code);
      if (!passes || signal.aborted) throw error;
      failure = error;
      return undefined;
    }
  };
  let step = first;
  let key = watch(step);
  try {
    while (clock.now().getTime() <= end) {
      const pressed = await Promise.race([key, clock.sleep(PAUSE, waiting)]);
      if (pressed === 'another' && step.page.another) {
        return { arrived: await agent.submit(step.page.another, signal), left: true };
      }
      const arrived = await look(step);
      const next = arrived === undefined ? step : parts.stillWaiting(arrived);
      if (next === undefined) {
        if (arrived !== undefined) return { arrived, left: false };
        continue;
      }
      // What the page did not say at first is the answer: "no", or too late. Asking on would use up attempts.
      const said = next.page.message;
      if (said !== undefined && said !== first.page.message) throw denied(said, parts.target);
      const changed = next.page.number !== step.page.number;
      step = next;
      if (pressed === undefined && changed) {
        // The question about the number that is past makes room for the next.
        question.abort();
        await key.catch(() => undefined);
      }
      if (pressed !== undefined || changed) key = watch(step);
    }
  } finally {
    over.abort();
    // The question that nobody answered ends as cancelled; that is how it is told to stop.
    key.catch(() => undefined);
  }
  if (failure !== undefined) throw failure;
  if (failing !== undefined) return { arrived: failing, left: false };
  throw new GauthError('CHALLENGE_DENIED', 'the request on your phone was not approved in time', {
    hints: ['run gauth again and tap within a few minutes'],
  });
}

function denied(said: string, target: SignInTarget): GauthError {
  const hints = ["run gauth again and tap Yes, or take another way ('--mfa')"];
  return refusalWith('CHALLENGE_DENIED', 'the request on your phone was not approved', target, {
    hints,
    said,
  });
}

/** One poll of the old prompt: 500 means "not yet"; then the token of the answer goes back with the form. */
async function askPoll(
  poll: ApprovalPoll,
  submission: Submission,
  { agent, target }: Pick<Parts, 'agent' | 'target'>,
  signal: AbortSignal,
): Promise<FetchedPage | undefined> {
  const url = new URL(POLL_URL);
  url.searchParams.set('alt', 'json');
  url.searchParams.set('key', poll.key);
  const { status, text } = await agent.json(url, { txId: poll.transaction }, signal);
  if (status !== 200 && status < 500) throw noAnswer(status, target);
  const token = status === 200 ? tokenOf(text) : undefined;
  return token === undefined ? undefined : agent.submit(withFields(submission, { token }), signal);
}

function noAnswer(status: number, target: SignInTarget): GauthError {
  const code = status === 429 ? 'RATE_LIMITED' : 'CHALLENGE_UNSUPPORTED';
  const message = `google does not tell gauth whether the request on your phone was approved (status ${status})`;
  return refusalWith(code, message, target, { hints: ["take another way ('--mfa')"] });
}

function tokenOf(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('txToken' in answer)) return undefined;
    return typeof answer.txToken === 'string' ? answer.txToken : undefined;
  } catch {
    return undefined;
  }
}
