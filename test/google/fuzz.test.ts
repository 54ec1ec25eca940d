/**
 * Damaged pages by the thousand: whatever comes, it is read without a fault and nothing would leave for anywhere but Google's sign-in.
 * GAUTH_FUZZ=n reads n pages instead of 20,000; GAUTH_FUZZ_SEED repeats a run that failed.
 */
import { describe, expect, it } from 'vitest';
import type { AssertionPage, Page } from '../../src/google/page.ts';
import { readAssertionPage } from '../../src/google/assertion-page.ts';
import { readPage } from '../../src/google/page-reader.ts';
import { NO_PROGRESS, type Progress, type SignInRequest } from '../../src/google/sign-in-progress.ts';
import { type Step, nextStep } from '../../src/google/next-step.ts';
import { type Submission, isSignIn } from '../../src/google/submission.ts';
import { readVisiblePage, submissionFor, type VisiblePage } from '../../src/google/visible-page.ts';
import { oneLine } from '../../src/text.ts';
import { fixturePages } from '../support/fixture-pages.ts';
import { damaged, damagedUrl, pick, seeded } from '../support/mutations.ts';
import { SECRETS, samplePages } from '../support/pages.ts';

const COUNT = Number(process.env['GAUTH_FUZZ'] ?? 20_000);
const SEED = Number(process.env['GAUTH_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
/** Milliseconds for one page; no page takes a hundredth of it, so that a busy machine does not matter. */
const PATIENCE = 10_000;

const REQUEST: SignInRequest = {
  username: SECRETS.email,
  idpId: 'C01abc2de',
  spId: '000111000111',
  bgResponse: 'js_enabled',
  method: undefined,
};
const STATUSES = [200, 200, 200, 200, 302, 400, 403, 407, 429, 500, 511, 0, 999];

/** Everything that could be sent. */
function submissions(page: Page, step: Step): readonly Submission[] {
  const found: (Submission | undefined)[] = [];
  if ('another' in page) found.push(page.another);
  if ('resend' in page) found.push(page.resend);
  if ('ways' in page) found.push(...page.ways.map((way) => way.submission));
  if ('offers' in page) found.push(...page.offers.map((offer) => offer.submission));
  if ('accounts' in page) found.push(...page.accounts.map((account) => account.submission));
  if ('submission' in page) found.push(page.submission);
  if ('submission' in step) found.push(step.submission);
  if (step.kind === 'ask') found.push(step.resend, step.another);
  if (step.kind === 'choose') found.push(...step.offers.map((offer) => offer.submission));
  return found.filter((each) => each !== undefined);
}

/** Everything that could be shown. (Hidden fields may be among it: where a tag is torn, what was in it is text.) */
function texts(page: Page, step: Step): readonly string[] {
  const error = step.kind === 'stop' ? step.error : undefined;
  const found: (string | undefined)[] = [error?.message, ...(error?.hints ?? [])];
  if ('message' in page) found.push(page.message);
  if ('number' in page) found.push(page.number);
  if ('sentTo' in page) found.push(page.sentTo);
  if ('title' in page) found.push(page.title, page.address);
  if ('offers' in page) found.push(...page.offers.map((offer) => offer.label));
  if ('accounts' in page) found.push(...page.accounts.map((account) => account.email));
  return found.filter((each) => each !== undefined);
}

/** Whether the reader without a parser has read what the other one has. */
function isSame(quick: AssertionPage, page: Page): boolean {
  return (
    page.kind === 'assertion' &&
    page.base64.reveal().trim() === quick.base64.reveal().trim() &&
    page.acs?.href === quick.acs?.href
  );
}

/** Everything of a page that is shown in a conversation about it. */
function shownIn({ heading, lines, forms }: VisiblePage): readonly string[] {
  const inputs = forms.flatMap((form) => form.inputs);
  return [
    ...(heading === undefined ? [] : [heading]),
    ...lines,
    ...forms.flatMap(({ buttons }) => buttons.map(({ label }) => label)),
    ...inputs.map(({ label }) => label),
    ...inputs.flatMap((input) => (input.kind === 'text' ? [input.initial] : [])),
    ...inputs.flatMap((input) => (input.kind === 'choice' ? input.options.map(({ label }) => label) : [])),
  ];
}

function progressOf(random: () => number): Progress {
  const counts = Object.keys(NO_PROGRESS).map((key) => [key, Math.floor(random() * 4)]);
  return { ...NO_PROGRESS, ...Object.fromEntries(counts) };
}

describe('damaged pages', () => {
  it(`are read without a fault (${COUNT} of them, GAUTH_FUZZ_SEED=${SEED})`, { timeout: 3_600_000 }, () => {
    const pages = [...samplePages(['en', 'ja']), ...fixturePages()];
    const others = pages.map(({ html }) => html);
    const random = seeded(SEED);
    const kinds = new Map<string, number>();
    for (let index = 0; index < COUNT; index += 1) {
      const original = pick(random, pages);
      const visit = {
        url: damagedUrl(original.url, random),
        status: random() < 0.8 ? original.status : pick(random, STATUSES),
        html: damaged(original.html, random, others),
      };
      const progress = progressOf(random);
      try {
        const start = performance.now();
        const page = readPage(visit);
        const step = nextStep(page, REQUEST, progress);
        const visible = readVisiblePage(visit);
        expect(performance.now() - start).toBeLessThan(PATIENCE);
        const forms = visible.forms.map((form) => submissionFor(form, [], form.buttons[0]));
        for (const { url } of [...submissions(page, step), ...forms])
          if (!isSignIn(url)) throw new Error(`would post to ${url.href}`);
        for (const text of [...texts(page, step), ...shownIn(visible)]) {
          if (text !== oneLine(text, 1_000)) throw new Error(`not plain: ${JSON.stringify(text)}`);
        }
        kinds.set(page.kind, (kinds.get(page.kind) ?? 0) + 1);
        const quick = readAssertionPage(visit);
        if (quick !== undefined && !isSame(quick, page))
          throw new Error(`read without a parser as an assertion, with one as ${page.kind}`);
      } catch (cause) {
        const where = `page ${index} of GAUTH_FUZZ_SEED=${SEED}, made from "${original.name}" at ${visit.url.href}`;
        throw new Error(`${where}: ${String(cause)}\n${visit.html.slice(0, 3_000)}`, { cause });
      }
    }
    // The damage leaves enough for every recogniser to be reached.
    if (COUNT >= 20_000) expect([...kinds.keys()].sort()).toEqual([...ALL_KINDS].sort());
  });
});

const ALL_KINDS: readonly Page['kind'][] = [
  ...([
    'identifier',
    'password',
    'code',
    'send',
    'phone-number',
    'approval',
    'key',
    'chooser',
    'accounts',
  ] as const),
  ...(['confirm', 'assertion', 'refusal', 'unrecognised'] as const),
];
