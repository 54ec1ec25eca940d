/**
 * Waits until the user approves a prompt on a phone or tablet. Google is asked every few seconds, and at once when the
 * user presses Enter.
 */
import { type Code, GauthError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { GoogleClient, FetchedPage } from './google-client.ts';
import type { ApprovalPage, ApprovalPoll } from './page.ts';
import type { UserPrompts } from './user-prompts.ts';
import type { Step } from './next-step.ts';
import { type Submission, withFields } from './submission.ts';
import { type SignInTarget, refusalWith } from './refusals.ts';

type ApproveStep = Extract<Step, { kind: 'approve' }>;

/** Milliseconds between two requests to Google. */
const PAUSE = 3_000;
/** Milliseconds until giving up, if the page does not say. Prompts of Google are valid for about two minutes. */
const LIFETIME = 5 * 60_000;
/** The URL that the script of the old prompt polls (facts, "Google prompt, old"). */
const POLL_URL = 'https://content.googleapis.com/cryptauth/v1/authzen/awaittx';

interface Parts {
  readonly prompts: UserPrompts;
  readonly clock: Clock;
  readonly agent: GoogleClient;
  /** The step of a page that still waits for the same approval; undefined if the sign-in continues. */
  readonly stillWaiting: (page: FetchedPage) => ApproveStep | undefined;
  readonly target: SignInTarget;
}

/** Errors of a single request that say nothing about the approval. */
const PASSING: ReadonlySet<Code> = new Set<Code>(['NETWORK', 'TIMEOUT']);

/** The next page, and why it came: Google continues, the user chose another method, or the prompt expired. */
export interface Approved {
  readonly arrived: FetchedPage;
  readonly because: 'google' | 'user' | 'expired';
}

/**
 * Waits until Google continues, then returns the next page. A page that comes back is still waiting, whatever it says (facts
 * 2026, "On the pages"). If the prompt expires and Google offers other methods, the next page is the list of these.
 * Throws GauthError CHALLENGE_DENIED if the prompt expired and there is no other method, CHALLENGE_UNSUPPORTED or RATE_LIMITED
 * if Google cannot be polled, and what `Http` throws if the last request before the end failed.
 */
export async function waitForApproval(
  first: ApproveStep,
  parts: Parts,
  signal: AbortSignal,
): Promise<Approved> {
  const { prompts, clock, agent } = parts;
  const end = clock.now().getTime() + (first.page.poll?.lifetime ?? LIFETIME);
  const over = new AbortController();
  const waiting = AbortSignal.any([signal, over.signal]);
  let question = new AbortController();
  const watch = async ({ page }: ApproveStep): Promise<'check' | 'another'> => {
    question = new AbortController();
    const asked = {
      number: page.number,
      canSwitch: page.another !== undefined,
      message: page.message,
      isUpdate: page !== first.page,
      until: new Date(end),
    };
    return prompts.approval(asked, AbortSignal.any([waiting, question.signal]));
  };
  let failure: GauthError | undefined;
  /** The last answer of a failing server. */
  let failing: FetchedPage | undefined;
  /** The next page, or undefined for "not yet". */
  const look = async ({ page, submission }: ApproveStep): Promise<FetchedPage | undefined> => {
    failure = undefined;
    failing = undefined;
    try {
      const arrived = page.poll
        ? await askPoll(page.poll, submission, parts, signal)
        : await agent.submit(submission, signal);
      // A temporary server error says nothing either. Status 511 is a network that requires its own sign-in (RFC 6585).
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
        return { arrived: await agent.submit(step.page.another, signal), because: 'user' };
      }
      const arrived = await look(step);
      const next = arrived === undefined ? step : parts.stillWaiting(arrived);
      if (next === undefined) {
        if (arrived !== undefined) return { arrived, because: 'google' };
        continue;
      }
      const changed = next.page.number !== step.page.number || next.page.message !== step.page.message;
      step = next;
      if (pressed === undefined && changed) {
        // The prompt with the old number or message is replaced by a new one.
        question.abort();
        await key.catch(() => undefined);
      }
      if (pressed !== undefined || changed) key = watch(step);
    }
  } finally {
    over.abort();
    // An unanswered prompt ends with CANCELLED when its signal fires. What comes next must not be shown before that.
    await key.catch(() => undefined);
  }
  if (failure !== undefined) throw failure;
  if (failing !== undefined) return { arrived: failing, because: 'google' };
  const { another } = step.page;
  if (another === undefined) throw notApproved('expired', step.page, parts.target);
  return { arrived: await agent.submit(another, signal), because: 'expired' };
}

/** The error for a prompt that the user denied, or that expired. */
export function notApproved(
  how: 'declined' | 'expired',
  { message }: Pick<ApprovalPage, 'message'>,
  target: SignInTarget,
): GauthError {
  const [what, hint] =
    how === 'expired'
      ? ['expired before you approved it', 'run gauth again and approve the prompt within a few minutes']
      : ['was not approved', 'run gauth again and tap Yes'];
  return refusalWith('CHALLENGE_DENIED', `the prompt on your phone ${what}`, target, {
    hints: [`${hint}, or use another method ('--mfa')`],
    said: message,
  });
}

/** One poll of the old prompt. 500 means "not yet"; otherwise the token in the answer is submitted with the form. */
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
  const message = `Google does not report whether the prompt on your phone was approved (status ${status})`;
  return refusalWith(code, message, target, { hints: ["use another method ('--mfa')"] });
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
