/** The sign-in loop: page, step, page, ... until Google gives the SAML response or refuses. */
import { CookieJar } from 'tough-cookie';
import { type Code, GauthError } from '../errors.ts';
import type { Clock, Http, Log } from '../ports.ts';
import type { SamlResponse } from '../saml.ts';
import { Secret } from '../secret.ts';
import { type GoogleClient, type FetchedPage, createGoogleClient } from './google-client.ts';
import { readAssertionPage } from './assertion-page.ts';
import { notApproved, waitForApproval } from './approval.ts';
import { converse } from './conversation.ts';
import type { CodeAnswer, UserPrompts } from './user-prompts.ts';
import {
  type Progress,
  NO_PROGRESS,
  type SignInRequest,
  afterUserChoice,
  countStep,
} from './sign-in-progress.ts';
import { type Question, type Step, nextStep, unsupported } from './next-step.ts';
import type { KeyPage, Page, Refusal } from './page.ts';
import type * as PageReader from './page-reader.ts';
import { type Submission, withFields } from './submission.ts';
import { startUrl } from './refusals.ts';

export interface SignInParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly prompts: UserPrompts;
  readonly userAgent: string;
  /** Saves a page for a report, without secrets; returns its path, or undefined if that failed. */
  readonly savePage: (page: FetchedPage) => Promise<string | undefined>;
  /** The saved Google session; a new jar if there is none. */
  readonly jar?: CookieJar;
}

/** More pages than this are a loop: the longest real sign-in has about ten. */
const MAX_PAGES = 40;
/** Milliseconds for the whole sign-in, including the user's time. Google's own forms expire sooner. */
const TIME_LIMIT = 15 * 60_000;

/** Refusals on the first page that saved cookies may have caused. */
const CAUSED_BY_COOKIES: ReadonlySet<Code> = new Set<Code>([
  'BROWSER_REJECTED',
  'COOKIE_MISMATCH',
  'INTERSTITIAL',
  'JAVASCRIPT_REQUIRED',
  'OTHER_ACCOUNT',
  'PAGE_UNRECOGNISED',
  'SIGN_IN_REJECTED',
  'VERIFY_IDENTITY',
  'WRONG_IDS',
]);

/**
 * Signs in at Google and returns the SAML response for AWS.
 * Throws the GauthErrors of `refusals.ts` and `next-step.ts`, what `Http` and `UserPrompts` throw, TIMEOUT after 15
 * minutes.
 */
export async function signIn(
  request: SignInRequest,
  parts: SignInParts,
  signal: AbortSignal,
): Promise<SamlResponse> {
  const limit = AbortSignal.timeout(TIME_LIMIT);
  try {
    return await loop(request, parts, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw new GauthError('TIMEOUT', 'the sign-in was not finished within 15 minutes', {
      hints: ['run gauth again'],
      cause: error,
    });
  }
}

/** Pages that say no more than that something failed. */
const FAILURES: ReadonlySet<Refusal> = new Set<Refusal>([
  'BROWSER_REJECTED',
  'GOOGLE_UNAVAILABLE',
  'JAVASCRIPT_REQUIRED',
  'SIGN_IN_REJECTED',
]);

async function loop(
  requested: SignInRequest,
  parts: SignInParts,
  signal: AbortSignal,
): Promise<SamlResponse> {
  let request = requested;
  const jar = parts.jar ?? new CookieJar();
  const agent = createGoogleClient({ ...parts, jar });
  const start = startUrl(request);
  let hasCookies = (await jar.getCookies(start.href)).length > 0;
  /** A saved session that Google does not accept is removed, and the sign-in starts without it. */
  const anew = async ({ code }: GauthError): Promise<FetchedPage> => {
    const note = `Google does not accept the saved session (${code}): starting without it`;
    if (code === 'COOKIE_MISMATCH') parts.log.warn(note);
    else parts.log.info(note);
    hasCookies = false;
    await jar.removeAllCookies();
    return agent.open(start, signal);
  };
  const open = async (): Promise<FetchedPage> =>
    agent.open(start, signal).catch(async (error: unknown) => {
      const circle = error instanceof GauthError && error.code === 'GOOGLE_UNAVAILABLE';
      if (!hasCookies || !circle) throw error;
      return anew(error);
    });
  // The HTML parser is the largest module here. It loads during the first request, unless that may bring the SAML response at once.
  let reader: typeof PageReader | undefined;
  const loadReader = async (): Promise<typeof PageReader> => (reader ??= await import('./page-reader.ts'));
  const [first] = await Promise.all([open(), hasCookies ? undefined : loadReader()]);
  const memory: { password?: Secret } = {};
  let progress = NO_PROGRESS;
  let arrived = first;
  /** A page for a security key or passkey that was left for the list of methods. */
  let leftKey: KeyPage | undefined;
  /** Why the last prompt on the phone did not work. */
  let denial: GauthError | undefined;
  const stillWaiting = (page: FetchedPage): Extract<Step, { kind: 'approve' }> | undefined => {
    const shown = reader?.readPage(page);
    const step = shown && nextStep(shown, request, progress);
    return step?.kind === 'approve' ? step : undefined;
  };
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = readAssertionPage(arrived) ?? (await loadReader()).readPage(arrived);
    parts.log.info(`Google: ${page.kind}`);
    const step = nextStep(page, request, progress);
    // If "Try another way" leads nowhere, the answer is what Google wanted before.
    if (step.kind === 'stop' && leftKey !== undefined && isFailure(page))
      throw unsupported([leftKey.method], request);
    leftKey = page.kind === 'key' ? page : undefined;
    switch (step.kind) {
      case 'done':
        return {
          base64: step.base64,
          ...(arrived.serverDate === undefined ? {} : { serverDate: arrived.serverDate }),
        };
      case 'stop':
        // A page about the cookies may come later, too, and a new jar helps once.
        if (
          hasCookies &&
          (pages === 0 || step.error.code === 'COOKIE_MISMATCH') &&
          CAUSED_BY_COOKIES.has(step.error.code)
        ) {
          arrived = await anew(step.error);
          progress = NO_PROGRESS;
          break;
        }
        arrived = await converse(page, arrived, step.error, { ...parts, agent }, signal);
        progress = afterUserChoice(progress);
        break;
      case 'submit':
        arrived = await agent.submit(step.submission, signal);
        progress = countStep(progress, step.counts);
        break;
      case 'start-again':
        arrived = await agent.open(start, signal);
        progress = countStep(progress, step.counts);
        break;
      case 'choose': {
        const offer = await parts.prompts
          .method(step.offers, step.unavailable, signal)
          .catch((error: unknown) => {
            // Without a terminal to choose on, the denied prompt is what the user has to know about.
            const cannotAsk = error instanceof GauthError && error.code === 'NOT_INTERACTIVE';
            throw cannotAsk && denial !== undefined ? denial : error;
          });
        arrived = await agent.submit(offer.submission, signal);
        progress = afterUserChoice(progress);
        break;
      }
      case 'approve': {
        const approved = await waitForApproval(
          step,
          { ...parts, agent, stillWaiting, target: request },
          signal,
        );
        arrived = approved.arrived;
        if (approved.because === 'user') progress = afterUserChoice(progress);
        const next = (await loadReader()).readPage(arrived);
        if (approved.because === 'google' && next.kind === 'refusal' && next.refusal === 'SIGN_IN_REJECTED') {
          throw notApproved('declined', next, request);
        }
        // Instead of the next step, Google offers the methods again.
        const isDeclined = approved.because === 'google' && next.kind === 'chooser';
        if (approved.because === 'expired' || isDeclined) {
          const how = isDeclined ? 'declined' : 'expired';
          parts.prompts.approvalEnded(how);
          denial = notApproved(how, step.page, request);
          progress = countStep(afterUserChoice(progress), 'denials');
        } else if (approved.because === 'google' && isNext(next)) {
          parts.prompts.approvalEnded('approved');
        }
        break;
      }
      case 'ask': {
        const answered = await ask(step, request, progress, memory, parts.prompts, agent, signal);
        arrived = await agent.submit(answered.submission, signal);
        progress = answered.progress;
        request = { ...request, username: answered.username };
        break;
      }
    }
  }
  throw new GauthError('PAGE_UNRECOGNISED', `Google showed more than ${MAX_PAGES} pages without an end`);
}

/** Whether a page only says that something failed, so that what Google wanted before it is the better answer. */
function isFailure(page: Page): boolean {
  return page.kind === 'unrecognised' || (page.kind === 'refusal' && FAILURES.has(page.refusal));
}

/** Whether a page continues the sign-in. */
function isNext({ kind }: Page): boolean {
  return kind !== 'refusal' && kind !== 'unrecognised';
}

interface Answered {
  readonly submission: Submission;
  readonly progress: Progress;
  /** The e-mail address, which the user may have corrected. */
  readonly username: string;
}

async function ask(
  step: Extract<Step, { kind: 'ask' }>,
  { username }: SignInRequest,
  progress: Progress,
  memory: { password?: Secret },
  prompts: UserPrompts,
  agent: GoogleClient,
  signal: AbortSignal,
): Promise<Answered> {
  const fields: Record<string, string> = {};
  let counted = progress;
  let corrected = username;
  for (const question of step.questions) {
    const answer = await answerTo(question, step, username, progress, memory, prompts, agent, signal);
    if (answer.kind === 'resend' && step.resend) return { submission: step.resend, progress, username };
    if (answer.kind === 'another' && step.another) {
      return { submission: step.another, progress: afterUserChoice(progress), username };
    }
    if (answer.kind !== 'text') throw new Error('an alternative was chosen that was not offered');
    fields[question.field] = answer.text.reveal();
    if (question.kind === 'captcha') counted = countStep(counted, 'captchas');
    if (question.kind === 'password') memory.password = answer.text;
    if (question.kind === 'identifier') corrected = answer.text.reveal();
  }
  return {
    submission: withFields(step.submission, fields),
    progress: countStep(counted, step.counts),
    username: corrected,
  };
}

async function answerTo(
  question: Question,
  step: Extract<Step, { kind: 'ask' }>,
  username: string,
  progress: Progress,
  memory: { readonly password?: Secret },
  prompts: UserPrompts,
  agent: GoogleClient,
  signal: AbortSignal,
): Promise<CodeAnswer> {
  switch (question.kind) {
    case 'identifier': {
      const address = await prompts.identifier({ refused: username, message: question.message }, signal);
      // Without a terminal, an unexplained refusal is met by one more try: Google may only have started over.
      const isExplained = question.message !== undefined || progress.identifiers > 1;
      if (address === undefined && isExplained) throw question.error;
      return { kind: 'text', text: new Secret(address ?? username) };
    }
    case 'password': {
      if (question.reuse && memory.password) return { kind: 'text', text: memory.password };
      // A page that is merely shown again has refused nothing.
      const { message } = question.page;
      const refused = question.page.refused ? progress.passwords : 0;
      return { kind: 'text', text: await prompts.password({ refused, message }, signal) };
    }
    case 'captcha': {
      const { picture, audio } = question.captcha;
      const image = await agent.picture(picture, signal);
      const asked = { picture, audio, image, refused: progress.captchas, message: question.message };
      return { kind: 'text', text: await prompts.captcha(asked, signal) };
    }
    case 'code': {
      const { method, message, sentTo } = question.page;
      const canResend = step.resend !== undefined;
      const canSwitch = step.another !== undefined;
      const asked = { method, message, sentTo, refused: progress.codes, canResend, canSwitch };
      return prompts.code(asked, signal);
    }
    case 'phone-number':
      return { kind: 'text', text: await prompts.phoneNumber(question.page.message, signal) };
  }
}
