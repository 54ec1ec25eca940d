/** Waiting for a tap on another device: Google is asked again every few seconds, and at once when the person presses Enter. */
import { GauthError } from '../errors.ts';
import { type Clock } from '../ports.ts';
import { type Agent, type Arrival } from './agent.ts';
import { type ApprovalPoll } from './page.ts';
import { type Person } from './person.ts';
import { type Step } from './step.ts';
import { type Submission, withFields } from './submission.ts';

/** Milliseconds between two questions to Google. */
const PAUSE = 3_000;
/** Milliseconds until giving up where the page names no lifetime; Google's own prompts last about two minutes. */
const LIFETIME = 5 * 60_000;
/** Where the old prompt is polled (facts, "Google prompt, old"). */
const POLL_URL = 'https://content.googleapis.com/cryptauth/v1/authzen/awaittx';

interface Parts {
  readonly person: Person;
  readonly clock: Clock;
}

/**
 * Waits for the person to approve, then returns the next page: with the device prompt that is the same page until the tap.
 * `since` is when Google first showed it. Throws GauthError CHALLENGE_DENIED when the time that Google gives has run out.
 */
export async function approve(
  step: Extract<Step, { kind: 'approve' }>,
  parts: Parts,
  agent: Agent,
  since: Date,
  signal: AbortSignal,
): Promise<Arrival> {
  const { page, submission } = step;
  const lifetime = page.poll?.lifetime ?? LIFETIME;
  while (parts.clock.now().getTime() - since.getTime() <= lifetime) {
    const choice = await pause(step, parts, signal);
    if (choice === 'another' && page.another) return agent.submit(page.another, signal);
    const arrived = page.poll
      ? await askPoll(page.poll, submission, agent, signal)
      : await agent.submit(submission, signal);
    if (arrived !== undefined) return arrived;
  }
  throw new GauthError('CHALLENGE_DENIED', 'the request on your phone was not approved in time', {
    hints: ['run gauth again and tap within a few minutes'],
  });
}

/** Shows what to tap and waits for the next look: a few seconds, or the person's Enter. */
async function pause(
  step: Extract<Step, { kind: 'approve' }>,
  parts: Parts,
  signal: AbortSignal,
): Promise<'check' | 'another'> {
  const { number, another } = step.page;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    return await Promise.race([
      parts.person.approval({ number, canSwitch: another !== undefined }, either),
      parts.clock.sleep(PAUSE, either).then(() => 'check' as const),
    ]);
  } finally {
    stop.abort();
  }
}

/** One poll of the old prompt: 500 means "not yet"; then the token of the answer goes back with the form. */
async function askPoll(
  poll: ApprovalPoll,
  submission: Submission,
  agent: Agent,
  signal: AbortSignal,
): Promise<Arrival | undefined> {
  const url = new URL(POLL_URL);
  url.searchParams.set('alt', 'json');
  url.searchParams.set('key', poll.key);
  const { status, text } = await agent.json(url, { txId: poll.transaction }, signal);
  const token = status === 200 ? tokenOf(text) : undefined;
  return token === undefined ? undefined : agent.submit(withFields(submission, { token }), signal);
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
