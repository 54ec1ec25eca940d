/**
 * Recognisers of the challenge pages: codes, sending a code, phone number, approval, security keys and passkeys, and the
 * list of methods. Pure.
 */
import type { Cheerio } from 'cheerio/slim';
import type { AnyNode } from 'domhandler';
import { oneLine } from '../text.ts';
import { dialectOf, nextButton, readMessage, readAlternative } from './credential-pages.ts';
import { CODE_FIELDS } from './field-names.ts';
import {
  type Document,
  type Field,
  type Form,
  attribute,
  fieldValue,
  matches,
  shownText,
  textOf,
} from './html.ts';
import { type Method, methodOfPath, methodOfType } from './challenge-methods.ts';
import type {
  ApprovalPage,
  ApprovalPoll,
  MethodChooserPage,
  CodePage,
  KeyPage,
  MethodOffer,
  PhoneNumberPage,
  SendPage,
} from './page.ts';
import type { PageResponse } from './refusal-pages.ts';
import { type SafeForm, type Submission, fillForm, isSafe } from './submission.ts';

type ChallengePage = CodePage | SendPage | PhoneNumberPage | ApprovalPage | KeyPage;

/** `/signin/challenge/totp/2`, `/v3/signin/challenge/ipp/verify`: the word after "challenge" names the method. */
const CHALLENGE_PATH = /\/signin\/(?:v\d\/)?challenge\/([a-z]+)(?:\/|$)/;
/** A phone number with some digits hidden. */
const MASKED = /^(?=.*[•*·…])[+()\d\s•*·….‑-]{4,}$/;

/** Milliseconds; no prompt is valid for longer. */
const LONGEST_POLL = 10 * 60_000;

/** A page with one challenge. */
export function readChallenge(visit: PageResponse, document: Document): ChallengePage | undefined {
  const form = challengeForm(document.forms.filter(isSafe));
  if (form === undefined) return undefined;
  const word = wordOf(form.action) ?? wordOf(visit.url) ?? '';
  const type =
    fieldValue(form, 'challengeType') ?? attribute(document, '[data-challengetype]', 'data-challengetype');
  const byType = methodOfType(type);
  const method = methodOfPath(word) ?? byType;
  return readProof(document, form, method);
}

/**
 * The form for the answer. Other forms for the same challenge may come before it: one that sends the code again, or the
 * prompt to the phone.
 */
function challengeForm(forms: readonly SafeForm[]): SafeForm | undefined {
  const candidates = forms.filter((form) => isChallenge(form) || (hasAnswer(form) && isBelow(form)));
  return (
    candidates.find(hasAnswer) ??
    candidates.find((form) => form.attributes['id'] === 'challenge') ??
    candidates.find((form) => !isEntry(form)) ??
    candidates[0]
  );
}

function hasAnswer(form: SafeForm): boolean {
  return !isEntry(form) && [...CODE_FIELDS, 'phoneNumber', 'token'].some((name) => form.names.has(name));
}

/** The URL path of a challenge that names no method. */
function isBelow(form: SafeForm): boolean {
  return /\/signin\/(?:v\d\/)?challenge(?:\/|$)/.test(form.action.pathname);
}

/** A method in a list, or the same one again. */
function isEntry(form: Form): boolean {
  return form.attributes['data-challengeentry'] !== undefined;
}

/** The list of methods: one form each in the legacy dialect, one marked block each in v3. */
export function readChooser(_visit: PageResponse, document: Document): MethodChooserPage | undefined {
  const forms = document.forms.filter(isSafe);
  const entries = forms.filter(isEntry);
  // A page with one challenge may contain such a form, too, to send its request again (captured prompt page).
  const isAlone = forms.every((form) => isEntry(form) || !isChallenge(form));
  if (entries.length > 0 && isAlone) {
    return {
      kind: 'chooser',
      dialect: 'legacy',
      offers: entries.flatMap((form) => legacyOffer(document, form)),
    };
  }
  const form = forms.find((each) => /\/challenge\/selection$/.test(each.action.pathname));
  const blocks = matches(document, '[data-challengeid][data-challengetype]');
  if (form === undefined || blocks.length === 0) return undefined;
  const known = new Set<string>();
  const offers = blocks.flatMap((match): readonly MethodOffer[] => {
    const id = match.attr('data-challengeid') ?? '';
    const sendMethod = match.attr('data-sendmethod') ?? '';
    const own = match.is('button[name="challenge"]') ? match : match.find('button[name="challenge"]').first();
    const value = own.attr('value') ?? `${id},${sendMethod === '' ? 'undefined' : sendMethod}`;
    // Nested blocks are one method.
    if (known.has(value) || !isMethod(match.attr('data-challengetype'), match.attr('data-accountrecovery')))
      return [];
    known.add(value);
    return [
      {
        method: methodOfType(match.attr('data-challengetype'), sendMethod),
        label: textOf(match, 120),
        available: ![match, own].some(isUnavailable),
        submission: fillForm(form, { button: { name: 'challenge', value } }),
      },
    ];
  });
  return { kind: 'chooser', dialect: 'v3', offers };
}

function readProof(document: Document, form: SafeForm, method: Method): ChallengePage | undefined {
  const dialect = dialectOf(form);
  const button = nextButton(form);
  const message = readMessage(document);
  const another = readAlternative(document, form, '2', '3');
  const sentTo = readSentTo(document);
  const field = CODE_FIELDS.find((name) => form.names.has(name)) ?? knowledgeField(form, method);
  const sends = sendButtons(form);

  if (method === 'security-key' || method === 'passkey') {
    return { kind: 'key', method, another };
  }
  if (method === 'prompt' && /\/presend$/.test(form.action.pathname)) {
    const ways = [{ method, submission: fillForm(form, { button }) }];
    return { kind: 'send', dialect, sentTo, message, ways, another };
  }
  if (method === 'prompt') {
    const number = shownText(document, '[jsname="feLNVc"],[jsname="EKvSSd"]');
    return { kind: 'approval', dialect, form, button, message, number, poll: readPoll(document), another };
  }
  if (field !== undefined) {
    // The code must be sent without SendMethod; with it, Google sends another one (facts, "SMS or call").
    const codeMethod = isCall(form) ? 'call' : method;
    const resend = readResend(document, form, codeMethod);
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
      submission: fillForm(form, { button: each }),
    }));
    return { kind: 'send', dialect, sentTo, message, ways, another };
  }
  if (/\/ip[ep]\/(?:consent|send|presend)$/.test(form.action.pathname)) {
    const way = method === 'email-code' ? method : isCall(form) ? 'call' : 'sms';
    return {
      kind: 'send',
      dialect,
      sentTo,
      message,
      ways: [{ method: way, submission: fillForm(form, { button }) }],
      another,
    };
  }
  // This challenge is unknown; Google may offer other methods.
  return another && { kind: 'key', method: 'other', another };
}

/** The button that sends the code again, by the same method if there are several; it may be in a form of its own. */
function readResend(document: Document, form: SafeForm, method: Method): Submission | undefined {
  const word = wordOf(form.action);
  const others = document.forms
    .filter(isSafe)
    .filter((each) => each !== form && wordOf(each.action) === word);
  const found = [form, ...others].flatMap((each) =>
    sendButtons(each).map((button) => ({ form: each, button })),
  );
  const best = found.find(({ button }) => sendMethod(button) === method) ?? found[0];
  return best && fillForm(best.form, { button: best.button });
}

function sendButtons(form: Form): readonly Field[] {
  return form.buttons.filter((button) => /^sendmethod$/i.test(button.name));
}

function legacyOffer(document: Document, form: SafeForm): readonly MethodOffer[] {
  const tag = document.tags.get(form);
  const byPath = methodOfPath(wordOf(form.action) ?? '');
  const { attributes } = form;
  if (!isMethod(fieldValue(form, 'challengeType'), attributes['data-accountrecovery'])) return [];
  const sends = form.buttons.find((button) => /^sendmethod$/i.test(button.name));
  const method = byPath ?? methodOfType(fieldValue(form, 'challengeType'));
  const button = tag?.find('button[type="submit"],input[type="submit"],button:not([type])').first();
  const label = oneLine(button?.attr('value') ?? '', 120);
  return [
    {
      method: method === 'sms' && sends !== undefined ? sendMethod(sends) : method,
      label: label === '' && tag ? textOf(tag, 120) : label,
      available: ![tag, button].some((each) => each !== undefined && isUnavailable(each)),
      submission: fillForm(form, { button: sends }),
    },
  ];
}

/** Entries for account recovery look like methods, but do not sign in. */
function isMethod(type: string | undefined, accountRecovery: string | undefined): boolean {
  return type !== 'null' && !isTrue(accountRecovery);
}

function isUnavailable(tag: Cheerio<AnyNode>): boolean {
  return (
    isTrue(tag.attr('data-challengeunavailable')) || isTrue(tag.attr('aria-disabled')) || tag.is('[disabled]')
  );
}

/** The field for a recovery e-mail address or phone number, whose name may be new: the only one to fill in. */
function knowledgeField(form: SafeForm, method: Method): string | undefined {
  if (method !== 'recovery-email' && method !== 'recovery-phone') return undefined;
  if (form.names.has('phoneNumber')) return 'phoneNumber';
  const [only, ...others] = [...form.open].filter((name) => name !== 'TrustDevice');
  return others.length === 0 ? only : undefined;
}

/** The old Google prompt contains the values with which its script polls (facts, "Google prompt, old"). */
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

/** Whether Google called: a field says what happened, a button only what is possible. */
function isCall(form: Form): boolean {
  const value = fieldValue(form, 'SendMethod') ?? fieldValue(form, 'sendMethod');
  return value?.toUpperCase() === 'VOICE';
}

function sendMethod(button: Field): Method {
  return button.value.toUpperCase() === 'VOICE' ? 'call' : 'sms';
}

function wordOf(url: URL): string | undefined {
  const word = CHALLENGE_PATH.exec(url.pathname)?.[1];
  return word === 'selection' || word === 'pwd' || word === 'sl' ? undefined : word;
}

/** Whether a form answers a challenge, and does not lead to other methods. */
function isChallenge(form: SafeForm): boolean {
  const word = wordOf(form.action);
  return word !== undefined && word !== 'skip';
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== 'false' && value !== '0';
}
