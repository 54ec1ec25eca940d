/** Pages without a step of their own: lets the user answer a visible page through `UserPrompts`, and submits the answers. */
import type { GauthError } from '../errors.ts';
import type { Page, Refusal } from './page.ts';
import { isSignIn } from './submission.ts';
import type { FetchedPage, GoogleClient } from './google-client.ts';
import type { UserPrompts } from './user-prompts.ts';

interface Parts {
  readonly prompts: UserPrompts;
  readonly agent: GoogleClient;
  readonly savePage: (page: FetchedPage) => Promise<string | undefined>;
}

/** Known pages that only need a decision of the user. */
const DECISIONS: ReadonlySet<Refusal> = new Set<Refusal>([
  'ADMIN_MESSAGE',
  'CHANGE_PASSWORD',
  'INTERSTITIAL',
  'PASSKEY_ENROLMENT',
  'TERMS_OF_SERVICE',
  'VERIFY_IDENTITY',
]);

/**
 * Lets the user answer a page, and returns the next one. Nothing is filled in or pressed by itself, and only
 * https://accounts.google.com gets the answers.
 * Throws `error` if the page cannot be answered in a terminal, or if the user does not want to; CANCELLED.
 */
export async function converse(
  page: Page,
  arrived: FetchedPage,
  error: GauthError,
  { prompts, agent, savePage }: Parts,
  signal: AbortSignal,
): Promise<FetchedPage> {
  if (!isAnswerable(page) || !isSignIn(arrived.url)) throw error;
  const { readVisiblePage, submissionFor } = await import('./visible-page.ts');
  const visible = readVisiblePage(arrived);
  // A page of an administrator without a form leaves nothing to decide.
  if (page.kind === 'refusal' && visible.forms.length === 0) throw error;
  const { heading, lines } = visible;
  const forms = visible.forms.map(({ inputs, buttons }) => ({ inputs, buttons }));
  for (;;) {
    const answer = await prompts.page({ reason: error.message, heading, lines, forms }, signal);
    switch (answer.kind) {
      case 'save':
        await savePage(arrived);
        break;
      case 'browser':
      case 'stop':
        throw error;
      case 'submit': {
        const form = visible.forms[answer.form];
        if (form === undefined) throw error;
        const button = answer.button === undefined ? undefined : form.buttons[answer.button];
        const values = answer.answers.map((each) => each?.reveal());
        return agent.submit(submissionFor(form, values, button), signal);
      }
    }
  }
}

function isAnswerable(page: Page): boolean {
  return page.kind === 'unrecognised' || (page.kind === 'refusal' && DECISIONS.has(page.refusal));
}
