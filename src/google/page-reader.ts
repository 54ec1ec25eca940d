/** Recognises pages: an ordered list of recognisers, of which the first match wins. Pure; never throws. */
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import { readAccounts } from './account-chooser-page.ts';
import { readChallenge, readChooser } from './challenge-pages.ts';
import { readConfirmation, readDetour } from './confirmation-pages.ts';
import { readIdentifier, readPassword } from './credential-pages.ts';
import { type Document, fieldValue, readDocument, shownText } from './html.ts';
import type { AssertionPage, Page } from './page.ts';
import {
  type PageResponse,
  readAdminMessage,
  readInterstitial,
  readRefusal,
  readForeignPage,
  readUnsafeForm,
} from './refusal-pages.ts';
import { isSignIn } from './submission.ts';
import { summaryOf, visiblePageOf } from './visible-page.ts';

export type { PageResponse as PageResponse } from './refusal-pages.ts';

type Recogniser = (visit: PageResponse, document: Document) => Page | undefined;

/**
 * Refusals come first, since their pages may contain anything else; the assertion before pages that may contain it; pages
 * that are not of Google, and forms that would send a secret elsewhere, before any form that would be filled in.
 */
const RECOGNISERS: readonly Recogniser[] = [
  readAdminMessage,
  readRefusal,
  readAssertion,
  readDetour,
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

/** Recognises a page by status, URL, form action, field names and attributes, never by visible text. */
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
    message: summaryOf(visiblePageOf(document)),
  };
}

/** Only a page of Google may contain an assertion; another one would sign the user in as somebody else. */
function readAssertion(visit: PageResponse, document: Document): AssertionPage | undefined {
  if (!isSignIn(visit.url)) return undefined;
  const form = document.forms.find((each) => each.names.has('SAMLResponse'));
  const value = form && fieldValue(form, 'SAMLResponse');
  if (form === undefined || value === undefined || value === '') return undefined;
  return { kind: 'assertion', base64: new Secret(value), acs: form.action };
}
