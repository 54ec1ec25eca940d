/** Recognisers of pages between two others that need at most a confirmation, and of pages outside the sign-in. Pure. */
import type { Element } from 'domhandler';
import { type FormElements, isDisabled, isSubmitButton } from './forms.ts';
import { type Document, type Field, isHidden } from './html.ts';
import type { ConfirmPage, DetourPage, Refusal, RefusalPage } from './page.ts';
import { type PageResponse, refusalPage } from './refusal-pages.ts';
import { fillForm, isGoogle, isSafe, type SafeForm } from './submission.ts';

/** "Sign in to AWS with this account?" (facts, samlconfirmaccount). Its form posts to the URL of the page. */
const ACCOUNT_PATH = /\/speedbump\/samlconfirmaccount$/;
/** Pages that pass by, or that have one button (facts 2026, "Addresses that a reader should know"). */
const PASSING_PATHS: readonly (readonly [RegExp, Refusal])[] = [
  [/\/signin\/(?:v\d\/)?confirmidentifier$/, 'VERIFY_IDENTITY'],
  [/\/signin\/(?:v\d\/)?continue$/, 'INTERSTITIAL'],
];
/** Reminders after a sign-in, and the end of one that lost its target (facts 2026). */
const DETOUR_HOSTS: ReadonlySet<string> = new Set(['gds.google.com', 'myaccount.google.com']);
/** The `jsname` of the button that continues, in captured v3 pages. */
const PRIMARY_BUTTON = 'Njthtb';

/** A harmless page, which may be confirmed without asking. Where it leaves a choice, the user has to decide. */
export function readConfirmation(
  visit: PageResponse,
  document: Document,
): ConfirmPage | RefusalPage | undefined {
  for (const { form, controls } of document.elements) {
    if (!isSafe(form)) continue;
    const { pathname } = form.action;
    const isAccount = ACCOUNT_PATH.test(pathname);
    const passing = PASSING_PATHS.find(([pattern]) => pattern.test(pathname));
    if (!isAccount && passing === undefined) continue;
    const otherwise = refusalPage(passing?.[1] ?? 'INTERSTITIAL', document);
    return confirmation(form, controls, isAccount, otherwise) ?? otherwise;
  }
  return ACCOUNT_PATH.test(visit.url.pathname) ? refusalPage('INTERSTITIAL', document) : undefined;
}

/** A page of the Google account, which is not part of the sign-in. */
export function readDetour({ url, status }: PageResponse, document: Document): DetourPage | undefined {
  const isDetour = status < 400 && isGoogle(url) && DETOUR_HOSTS.has(url.hostname);
  return isDetour ? { kind: 'detour', otherwise: refusalPage('INTERSTITIAL', document) } : undefined;
}

/** Undefined if the form has something to fill in, or several buttons that cannot be told apart. */
function confirmation(
  form: SafeForm,
  controls: FormElements['controls'],
  isAccount: boolean,
  otherwise: RefusalPage,
): ConfirmPage | undefined {
  const visible = controls.filter((control) => !isDisabled(control) && !isHidden(control));
  const buttons = visible.filter(isSubmitButton);
  if (visible.some((control) => isQuestion(control))) return undefined;
  const button = buttons.length <= 1 ? buttons[0] : isAccount ? continueButton(buttons) : undefined;
  if (button === undefined && buttons.length > 0) return undefined;
  return { kind: 'confirm', submission: fillForm(form, { button: button && fieldOf(button) }), otherwise };
}

/** Besides "Continue" there may be "I don't recognise this account", which would end the sign-in. */
function continueButton(buttons: readonly Element[]): Element | undefined {
  const byValue = buttons.filter(({ attribs }) => attribs['value'] === '1');
  const byName = buttons.filter(({ attribs }) => attribs['jsname'] === PRIMARY_BUTTON);
  return [byValue, byName].find((found) => found.length === 1)?.[0];
}

/** A visible control to fill in. */
function isQuestion(control: Element): boolean {
  const type = (control.attribs['type'] ?? '').toLowerCase();
  return !isSubmitButton(control) && !['hidden', 'button', 'reset'].includes(type);
}

function fieldOf({ attribs }: Element): Field | undefined {
  const { name = '', value = '' } = attribs;
  return name === '' ? undefined : { name, value };
}
