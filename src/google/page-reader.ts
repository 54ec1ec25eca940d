/** Which page is it? An ordered list of recognisers, the first answer counts. Pure; never throws, whatever comes. */
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import { readAccounts } from './account-chooser-page.ts';
import { readChallenge, readChooser } from './challenge-pages.ts';
import { readIdentifier, readPassword } from './credential-pages.ts';
import { TYPED_FIELDS } from './field-names.ts';
import { type Document, fieldValue, readDocument, shownText } from './html.ts';
import type { AssertionPage, ConfirmPage, Page, RefusalPage } from './page.ts';
import {
  type PageResponse,
  readAdminMessage,
  readInterstitial,
  readRefusal,
  readForeignPage,
  readUnsafeForm,
} from './refusal-pages.ts';
import { fillForm, isSafe, isSignIn } from './submission.ts';

export type { PageResponse as PageResponse } from './refusal-pages.ts';

type Recogniser = (visit: PageResponse, document: Document) => Page | undefined;

/**
 * Refusals by their sign, address and status come first, since their pages may carry anything else; the assertion before what may stand
 * around it; a page that is not Google's, and a form that would send a secret elsewhere, before any form that would be filled.
 */
const RECOGNISERS: readonly Recogniser[] = [
  readAdminMessage,
  readRefusal,
  readAssertion,
  readInterstitial,
  readForeignPage,
  readUnsafeForm,
  readConfirmation,
  readChooser,
  readAccounts,
  readPassword,
  readChallenge,
  readIdentifier,
];

/** Reads what Google shows. Decides by status, address, form action, field names and attributes, never by visible text. */
export function readPage(visit: PageResponse): Page {
  const document = readDocument(visit.url, visit.html);
  for (const recognise of RECOGNISERS) {
    const page = recognise(visit, document);
    if (page !== undefined) return page;
  }
  return {
    kind: 'unrecognised',
    address: oneLine(`${visit.url.host}${visit.url.pathname}`, 200),
    status: visit.status,
    title: shownText(document, 'title'),
  };
}

/** Only Google's own page may bring an assertion; anybody else's would sign the person in as somebody else. */
function readAssertion(visit: PageResponse, document: Document): AssertionPage | undefined {
  if (!isSignIn(visit.url)) return undefined;
  const form = document.forms.find((each) => each.names.has('SAMLResponse'));
  const value = form && fieldValue(form, 'SAMLResponse');
  if (form === undefined || value === undefined || value === '') return undefined;
  return { kind: 'assertion', base64: new Secret(value), acs: form.action };
}

/**
 * The page that asks "sign in to AWS with this account?" (facts, samlconfirmaccount): harmless, with one button, in a form that leads to
 * the page's own address. Which of several buttons says yes is for a person to read.
 */
function readConfirmation(visit: PageResponse, document: Document): ConfirmPage | RefusalPage | undefined {
  const pattern = /\/speedbump\/samlconfirmaccount$/;
  const form = document.forms.filter(isSafe).find((each) => pattern.test(each.action.pathname));
  const button = form?.buttons.find((each) => each.value === '1');
  const isPlain = form !== undefined && [...form.open].every((name) => !TYPED_FIELDS.has(name));
  if (isPlain && (button !== undefined || form.buttons.length <= 1)) {
    return { kind: 'confirm', submission: fillForm(form, { button: button ?? form.buttons[0] }) };
  }
  return form !== undefined || pattern.test(visit.url.pathname)
    ? { kind: 'refusal', refusal: 'INTERSTITIAL', message: shownText(document, 'h1') }
    : undefined;
}
