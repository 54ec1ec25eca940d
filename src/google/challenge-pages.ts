/** Recognisers of the second step: codes, sending, phone number, approval, keys, and the page to choose among them. Pure. */
import { plain } from '../text.ts';
import { dialectOf, nextButton, readMessage, readWayOut } from './entry-pages.ts';
import {
  type Document,
  type Field,
  type Form,
  attribute,
  fieldValue,
  matches,
  shown,
  textOf,
} from './html.ts';
import { type Method, methodOfPath, methodOfType } from './method.ts';
import type {
  ApprovalPage,
  ApprovalPoll,
  ChooserPage,
  CodePage,
  KeyPage,
  Offer,
  PhoneNumberPage,
  SendPage,
} from './page.ts';
import type { Visit } from './refusal-pages.ts';
import { type SafeForm, fill, isSafe } from './submission.ts';

type ChallengePage = CodePage | SendPage | PhoneNumberPage | ApprovalPage | KeyPage;

/** `/signin/challenge/totp/2`, `/v3/signin/challenge/ipp/verify`: the word after "challenge" names the method. */
const CHALLENGE_PATH = /\/signin\/(?:v\d\/)?challenge\/([a-z]+)(?:\/|$)/;
const CODE_FIELDS = ['Pin', 'pin'];
/** A telephone number with some of its digits hidden. */
const MASKED = /^(?=.*[•*·…])[+()\d\s•*·….‑-]{4,}$/;

/** Milliseconds; a lifetime beyond this is no prompt's. */
const LONGEST_POLL = 10 * 60_000;

/** A page that asks for one proof. */
export function readChallenge(visit: Visit, document: Document): ChallengePage | undefined {
  const forms = document.forms.filter(isSafe);
  const form =
    forms.find(isChallenge) ?? forms.find((each) => CODE_FIELDS.some((name) => each.names.has(name)));
  if (form === undefined) return undefined;
  const word = wordOf(form.action) ?? wordOf(visit.url) ?? '';
  const type =
    fieldValue(form, 'challengeType') ?? attribute(document, '[data-challengetype]', 'data-challengetype');
  const byType = methodOfType(type);
  const method = methodOfPath(word) ?? byType;
  return readProof(document, form, method);
}

/** The page that offers several ways: one form each in the legacy dialect, one marked block each in v3. */
export function readChooser(_visit: Visit, document: Document): ChooserPage | undefined {
  const forms = document.forms.filter(isSafe);
  const isEntry = (form: Form): boolean => form.attributes['data-challengeentry'] !== undefined;
  const entries = forms.filter(isEntry);
  // A page for one challenge may hold such a form too, to send its request again (captured prompt page).
  const isAlone = forms.every((form) => isEntry(form) || !isChallenge(form));
  if (entries.length > 0 && isAlone) {
    return { kind: 'chooser', dialect: 'legacy', offers: entries.map((form) => legacyOffer(document, form)) };
  }
  const form = forms.find((each) => /\/challenge\/selection$/.test(each.action.pathname));
  const blocks = matches(document, '[data-challengeid][data-challengetype]');
  if (form === undefined || blocks.length === 0) return undefined;
  const offers = blocks.map((match): Offer => {
    const id = match.attr('data-challengeid') ?? '';
    const sendMethod = match.attr('data-sendmethod') ?? '';
    const own = match.is('button[name="challenge"]') ? match : match.find('button[name="challenge"]').first();
    const value = own.attr('value') ?? `${id},${sendMethod === '' ? 'undefined' : sendMethod}`;
    return {
      method: methodOfType(match.attr('data-challengetype'), sendMethod),
      label: textOf(match, 120),
      available: !isTrue(match.attr('data-challengeunavailable')) && !own.is('[disabled]'),
      submission: fill(form, { button: { name: 'challenge', value } }),
    };
  });
  return { kind: 'chooser', dialect: 'v3', offers };
}

function readProof(document: Document, form: SafeForm, method: Method): ChallengePage | undefined {
  const dialect = dialectOf(form);
  const button = nextButton(form);
  const message = readMessage(document);
  const another = readWayOut(document, form, '2', '3');
  const sentTo = readSentTo(document);
  const field = CODE_FIELDS.find((name) => form.names.has(name));
  const sends = form.buttons.filter((each) => /^sendmethod$/i.test(each.name));

  if (method === 'security-key' || method === 'passkey') {
    return { kind: 'key', method, another };
  }
  if (method === 'prompt') {
    const number = shown(document, '[jsname="feLNVc"],[jsname="EKvSSd"]');
    return { kind: 'approval', dialect, form, button, message, number, poll: readPoll(document), another };
  }
  if (field !== undefined) {
    // The code must go without SendMethod; with it, Google sends another one (facts, "SMS or call").
    const resend = sends[0] && fill(form, { button: sends[0] });
    const codeMethod = isCall(form, sends) ? 'call' : method;
    return {
      kind: 'code',
      dialect,
      form,
      field,
      button,
      message,
      method: codeMethod,
      sentTo,
      resend,
      another,
    };
  }
  if (form.names.has('phoneNumber')) {
    return { kind: 'phone-number', dialect, form, field: 'phoneNumber', button, message, another };
  }
  if (sends.length > 0) {
    const ways = sends.map((each) => ({
      method: sendMethod(each),
      submission: fill(form, { button: each }),
    }));
    return { kind: 'send', dialect, sentTo, ways, another };
  }
  if (/\/ipp\/(?:consent|send)$/.test(form.action.pathname)) {
    const way = isCall(form, sends) ? 'call' : 'sms';
    return {
      kind: 'send',
      dialect,
      sentTo,
      ways: [{ method: way, submission: fill(form, { button }) }],
      another,
    };
  }
  return undefined;
}

function legacyOffer(document: Document, form: SafeForm): Offer {
  const tag = document.tags.get(form);
  const byPath = methodOfPath(wordOf(form.action) ?? '');
  const sends = form.buttons.find((button) => /^sendmethod$/i.test(button.name));
  const method = byPath ?? methodOfType(fieldValue(form, 'challengeType'));
  const button = tag?.find('button[type="submit"],input[type="submit"],button:not([type])').first();
  const label = plain(button?.attr('value') ?? '', 120);
  return {
    method: method === 'sms' && sends !== undefined ? sendMethod(sends) : method,
    label: label === '' && tag ? textOf(tag, 120) : label,
    available: !isTrue(form.attributes['data-challengeunavailable']) && button?.is('[disabled]') !== true,
    submission: fill(form, { button: sends }),
  };
}

/** The old Google prompt carries what its script polls with (facts, "Google prompt, old"). */
function readPoll(document: Document): ApprovalPoll | undefined {
  const key = attribute(document, '[data-api-key][data-tx-id]', 'data-api-key') ?? '';
  const transaction = attribute(document, '[data-api-key][data-tx-id]', 'data-tx-id') ?? '';
  if (key === '' || transaction === '') return undefined;
  const lifetime = Number(attribute(document, '[data-tx-lifetime]', 'data-tx-lifetime') ?? NaN);
  const known = lifetime > 0 && lifetime <= LONGEST_POLL;
  return { key, transaction, lifetime: known ? lifetime : undefined };
}

function readSentTo(document: Document): string | undefined {
  for (const match of matches(document, 'b,strong,span[dir="ltr"],div[dir="ltr"]')) {
    const text = textOf(match, 60);
    if (MASKED.test(text)) return text;
  }
  return undefined;
}

function isCall(form: Form, sends: readonly Field[]): boolean {
  const value =
    sends.length === 1 ? sends[0]?.value : (fieldValue(form, 'SendMethod') ?? fieldValue(form, 'sendMethod'));
  return value?.toUpperCase() === 'VOICE';
}

function sendMethod(button: Field): Method {
  return button.value.toUpperCase() === 'VOICE' ? 'call' : 'sms';
}

function wordOf(url: URL): string | undefined {
  const word = CHALLENGE_PATH.exec(url.pathname)?.[1];
  return word === 'selection' || word === 'pwd' || word === 'sl' ? undefined : word;
}

/** Whether a form answers one challenge: not the way to others. */
function isChallenge(form: SafeForm): boolean {
  const word = wordOf(form.action);
  return word !== undefined && word !== 'skip';
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== 'false' && value !== '0';
}
