/** Damaged sign-in pages: none may raise an exception, take long, or send anything to another host. */
import { readPage } from '../../src/google/page-reader.ts';
import { nextStep } from '../../src/google/next-step.ts';
import { NO_PROGRESS } from '../../src/google/sign-in-progress.ts';
import { isSignIn, type Submission } from '../../src/google/submission.ts';
import { readVisiblePage, submissionFor } from '../../src/google/visible-page.ts';
import { fixturePages } from '../../test/support/fixture-pages.ts';
import { damaged, damagedUrl, pick } from '../../test/support/mutations.ts';
import { SECRETS, samplePages } from '../../test/support/pages.ts';
import type { Audit, AuditOptions } from './audit.ts';

/** Milliseconds for one page. */
const LIMIT = 1000;

const REQUEST = {
  username: SECRETS.email,
  idpId: 'C01abc2de',
  spId: '000111000111',
  bgResponse: 'js_enabled',
  method: undefined,
} as const;

export async function auditPages({ random, count }: AuditOptions): Promise<Audit> {
  const tries = count(25_000, 2_000);
  const pages = [...samplePages(['en', 'ja']), ...fixturePages()];
  const others = pages.map(({ html }) => html);
  const faults: string[] = [];
  let slowest = 0;
  for (let index = 0; index < tries; index += 1) {
    const original = pick(random, pages);
    const response = {
      url: damagedUrl(original.url, random),
      status: original.status,
      html: damaged(original.html, random, others),
    };
    const progress = { ...NO_PROGRESS };
    try {
      const started = performance.now();
      const page = readPage(response);
      const step = nextStep(page, REQUEST, progress);
      const forms = readVisiblePage(response).forms.map((form) => submissionFor(form, [], form.buttons[0]));
      slowest = Math.max(slowest, performance.now() - started);
      for (const { url } of submissionsIn([page, step, forms])) {
        if (!isSignIn(url))
          faults.push(`page ${String(index)} (${original.name}): would post to ${url.href}`);
      }
    } catch (error) {
      faults.push(`page ${String(index)} (${original.name}): ${String(error)}`);
    }
    // Lets other work of this process go on.
    if (index % 1000 === 0) await Promise.resolve();
  }
  if (slowest > LIMIT) faults.push(`the slowest page took ${slowest.toFixed(0)} ms`);
  return {
    name: 'damaged pages',
    tries,
    unit: 'pages',
    faults,
    notes: [`the slowest took ${slowest.toFixed(0)} ms`],
  };
}

/** All submissions anywhere in a value. */
function submissionsIn(value: unknown): readonly Submission[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('url' in value && value.url instanceof URL && 'fields' in value)
    return [value as unknown as Submission];
  return Object.values(value).flatMap(submissionsIn);
}
