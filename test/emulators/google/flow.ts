/** One sign-in: what Google decides for each submitted form. */
import { METHODS, type Offer, type View } from './page-context.ts';
import type { Dialect, GoogleOptions, GoogleUser, Language, Method, Speedbump } from './types.ts';

export interface Flow {
  readonly continueUrl: string;
  readonly dsh: string;
  readonly ifkv: string;
  readonly captchaToken: string;
  user: GoogleUser | undefined;
  email: string;
  /** Index into the user's challenges. */
  step: number;
  /** Index into the user's speedbumps. */
  bump: number;
  wrong: number;
  posts: number;
  pages: number;
  captchaSolved: boolean;
  trust: boolean;
  /** The person wants this device trusted. */
  trustAsked: boolean;
  over: boolean;
  /** Where the phone's tap stands: how often it was looked for, per method id. */
  readonly polls: Map<number, number>;
  /** The old prompt's transaction, new with each start. */
  transaction: string;
  txToken: string;
  readonly usedCodes: Set<string>;
}

export type Outcome =
  | { readonly kind: 'show'; readonly view: View }
  | { readonly kind: 'rejected'; readonly rrk: number; readonly dialect: Dialect }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'other-provider' }
  /** The user is signed in, and Google shows a reminder. */
  | { readonly kind: 'recovery-options' }
  | { readonly kind: 'done' }
  /** A browser could have sent this, but no client of ours ever should. */
  | { readonly kind: 'wrong-turn'; readonly reason: string };

export type Fields = Readonly<Record<string, string>>;

/** rrk of a refusal that is neither JavaScript (47) nor the browser (46); no capture tells the real number. */
const OTHER_REFUSAL = 1;
/** After a denied prompt; by analogy as well. */
const DENIED = 2;

export function dialectOf(view: View, user: GoogleUser | undefined, options: GoogleOptions): Dialect {
  const first = user ?? options.users[0];
  const usual = (user === undefined ? options.dialect : undefined) ?? first?.dialect ?? 'v3';
  switch (view.page) {
    case 'identifier':
    case 'accounts':
      return first?.dialects?.identifier ?? usual;
    case 'password':
      return first?.dialects?.password ?? usual;
    case 'method':
      // No capture shows these in the other dialect.
      if (view.offer.method.kind === 'prompt' || view.offer.method.kind === 'phone-number') return 'legacy';
      if (view.offer.method.kind === 'passkey') return 'v3';
      return first?.dialects?.challenge ?? usual;
    case 'selection':
    case 'speedbump':
    case 'admin':
      return first?.dialects?.challenge ?? usual;
  }
}

export function languageOf(flow: Flow, options: GoogleOptions): Language {
  const wanted = flow.user?.language ?? options.language ?? options.users[0]?.language ?? 'en';
  if (typeof wanted === 'string') return wanted;
  return wanted[flow.pages % wanted.length] ?? 'en';
}

/** The methods of the present step with their challenge ids: unlike their places in the list, as Google's are. */
export function offersOf(flow: Flow): Offer[] {
  const methods = flow.user?.challenges?.[flow.step]?.methods ?? [];
  return methods.map((method, index) => ({ method, id: 4 + flow.step * 10 + index }));
}

export function passwordIdOf(user: GoogleUser | undefined): number {
  return user === undefined ? 1 : 1 + (user.email.length % 3);
}

/** What follows the form `intent` of the page `view`, filled with `fields`. */
export function decide(
  flow: Flow,
  view: View,
  intent: string,
  fields: Fields,
  options: GoogleOptions,
): Outcome {
  switch (view.page) {
    case 'identifier':
      return onIdentifier(flow, view, fields, options);
    case 'accounts':
      return onAccounts(flow, fields, options);
    case 'password':
      return onPassword(flow, view, intent, fields, options);
    case 'selection':
      return onSelection(flow, intent, fields);
    case 'method':
      return onMethod(flow, view, intent, fields);
    case 'speedbump':
      return onSpeedbump(flow, view.kind, fields);
    case 'admin':
      return { kind: 'wrong-turn', reason: 'a page without a form was answered' };
  }
}

function rejected(flow: Flow, view: View, rrk: number, options: GoogleOptions): Outcome {
  return { kind: 'rejected', rrk, dialect: dialectOf(view, flow.user, options) };
}

function believesInScript(fields: Fields, options: GoogleOptions): boolean {
  return fields.bgresponse === (options.bgresponse ?? 'js_enabled');
}

function onIdentifier(
  flow: Flow,
  view: Extract<View, { page: 'identifier' }>,
  fields: Fields,
  options: GoogleOptions,
): Outcome {
  flow.email = (fields.Email ?? fields.identifier ?? '').trim();
  const user = options.users.find((each) => each.email.toLowerCase() === flow.email.toLowerCase());
  const captcha = (user ?? options.users[0])?.captcha;
  if (!believesInScript(fields, options)) return rejected(flow, view, 47, options);
  if (captcha !== undefined && view.captcha !== undefined) {
    flow.captchaSolved = sameText(fields.ca ?? fields['identifier-captcha-input'], captcha.solution);
    if (!flow.captchaSolved) return { kind: 'show', view: { page: 'identifier', captcha: 'wrong' } };
  }
  if (user === undefined) return { kind: 'show', view: { page: 'identifier', error: 'unknownUser' } };
  if (captcha !== undefined && captcha.shape !== 'login' && !flow.captchaSolved) {
    return { kind: 'show', view: { page: 'identifier', captcha: 'asked' } };
  }
  flow.user = user;
  if (user.refusal === 'other-provider') return { kind: 'other-provider' };
  if (user.refusal === 'insecure-browser') return rejected(flow, view, 46, options);
  if (user.refusal === 'javascript-required') return rejected(flow, view, 47, options);
  return { kind: 'show', view: { page: 'password', locked: user.refusal === 'too-many-attempts' } };
}

function onAccounts(flow: Flow, fields: Fields, options: GoogleOptions): Outcome {
  flow.email = fields.Email ?? fields.account ?? '';
  flow.user = options.users.find((each) => each.email === flow.email);
  return { kind: 'show', view: { page: flow.user === undefined ? 'identifier' : 'password' } };
}

function sameText(given: string | undefined, wanted: string): boolean {
  return given !== undefined && given.trim().toLowerCase() === wanted.toLowerCase();
}

function onPassword(
  flow: Flow,
  view: Extract<View, { page: 'password' }>,
  intent: string,
  fields: Fields,
  options: GoogleOptions,
): Outcome {
  const { user } = flow;
  if (intent === 'help') return { kind: 'wrong-turn', reason: 'asked for account recovery' };
  if (user === undefined) return { kind: 'show', view: { page: 'identifier' } };
  if (fields.action === '3') return { kind: 'show', view: { page: 'selection' } };
  if (!believesInScript(fields, options)) return rejected(flow, view, 47, options);
  if (user.refusal === 'too-many-attempts') return { kind: 'show', view: { page: 'password', locked: true } };
  if (user.captcha?.shape === 'login' && !flow.captchaSolved) {
    if (view.captcha === undefined) return { kind: 'show', view: { page: 'password', captcha: 'asked' } };
    flow.captchaSolved = sameText(fields.logincaptcha, user.captcha.solution);
    if (!flow.captchaSolved) return { kind: 'show', view: { page: 'password', captcha: 'wrong' } };
  }
  if (fields.Passwd !== user.password) {
    return {
      kind: 'show',
      view: fail(flow, user)
        ? { page: 'password', locked: true }
        : { page: 'password', error: 'wrongPassword' },
    };
  }
  if (user.refusal === 'policy-2sv') return rejected(flow, view, OTHER_REFUSAL, options);
  if (user.refusal === 'admin-message') return { kind: 'show', view: { page: 'admin' } };
  if (flow.trust) flow.step = user.challenges?.length ?? 0;
  return nextStep(flow);
}

/** Counts a wrong answer; true when there have been too many. */
function fail(flow: Flow, user: GoogleUser): boolean {
  flow.wrong += 1;
  return flow.wrong >= (user.attempts ?? 10);
}

/** The challenge, speedbump or end that comes next. */
function nextStep(flow: Flow): Outcome {
  const challenge = flow.user?.challenges?.[flow.step];
  if (challenge !== undefined) {
    const first = offersOf(flow).find(({ method }) => method.unavailable !== true);
    if (challenge.start === 'selection' || first === undefined)
      return { kind: 'show', view: { page: 'selection' } };
    return start(flow, first);
  }
  const bump = flow.user?.speedbumps?.[flow.bump];
  if (bump === 'disabled') return { kind: 'disabled' };
  if (bump === 'recovery-options') return { kind: 'recovery-options' };
  return bump === undefined ? { kind: 'done' } : { kind: 'show', view: { page: 'speedbump', kind: bump } };
}

function start(flow: Flow, offer: Offer, sent = false): Outcome {
  const { method } = offer;
  flow.polls.set(offer.id, 0);
  flow.transaction = `${flow.dsh}-${offer.id}-${flow.pages}=`;
  flow.txToken = `tx${flow.pages}${flow.dsh}`;
  const isSentFirst =
    (method.kind === 'sms' || method.kind === 'email-code') && method.sendFirst === true && !sent;
  const first =
    isSentFirst ||
    method.kind === 'phone-number' ||
    (method.kind === 'device' && method.presend === true && !sent);
  return { kind: 'show', view: { page: 'method', offer, stage: first ? 'send' : 'enter' } };
}

function onSelection(flow: Flow, intent: string, fields: Fields): Outcome {
  if (fields.accountrecovery !== undefined)
    return { kind: 'wrong-turn', reason: 'asked for account recovery' };
  const wanted = intent.startsWith('choose ')
    ? intent.slice('choose '.length)
    : (fields.challenge ?? '').split(',')[0];
  const offer = offersOf(flow).find(({ id }) => String(id) === wanted);
  if (offer?.method.unavailable === true)
    return { kind: 'wrong-turn', reason: 'chose a method that is not available' };
  return offer === undefined ? { kind: 'show', view: { page: 'selection' } } : start(flow, offer);
}

function onMethod(
  flow: Flow,
  view: Extract<View, { page: 'method' }>,
  intent: string,
  fields: Fields,
): Outcome {
  const { offer } = view;
  const { method } = offer;
  const again = (error: NonNullable<typeof view.error>): Outcome => {
    const tooMany = flow.user !== undefined && fail(flow, flow.user);
    return { kind: 'show', view: { ...view, error: tooMany ? 'tooMany' : error } };
  };
  if (intent === 'skip' || fields.action === '2') return { kind: 'show', view: { page: 'selection' } };
  if (intent === 'resend') return start(flow, offer);
  flow.trustAsked ||= fields.TrustDevice !== undefined;
  switch (intent) {
    case 'send':
      // As captured: the legacy page says so at once, before anything was entered.
      return {
        kind: 'show',
        view: {
          page: 'method',
          offer,
          stage: 'enter',
          ...('SendMethod' in fields && { error: 'enterCode' }),
        },
      };
    case 'number':
      return method.kind === 'phone-number' && digits(fields.phoneNumber) === digits(method.phone)
        ? { kind: 'show', view: { page: 'method', offer, stage: 'enter' } }
        : again('wrongPhone');
    case 'answer':
      // With SendMethod another code is sent, and the one given is not looked at.
      if ('SendMethod' in fields) return { kind: 'show', view: { page: 'method', offer, stage: 'enter' } };
      return accepts(flow, method, answerIn(fields).replace(/\s/g, '')) ? pass(flow) : again('wrongCode');
    case 'prompt': {
      if (method.kind !== 'prompt') return again('timedOut');
      if (method.tap === 'deny') return declined(flow);
      const tapped = (method.tap ?? 'approve') === 'approve';
      return tapped && fields.token === flow.txToken ? pass(flow) : again('timedOut');
    }
    case 'device': {
      if (method.kind !== 'device') return again('timedOut');
      const polls = flow.polls.get(offer.id) ?? 0;
      flow.polls.set(offer.id, polls + 1);
      const tap = method.tap ?? 'approve';
      if (tap === 'later' || polls < (method.polls ?? 0))
        return { kind: 'show', view: { page: 'method', offer, stage: 'enter' } };
      if (tap === 'alert' && polls < (method.polls ?? 0) + 2)
        return { kind: 'show', view: { page: 'method', offer, stage: 'enter', error: 'timedOut' } };
      return tap === 'deny' ? declined(flow) : pass(flow);
    }
    default:
      return METHODS[method.kind].v3.endsWith('presend')
        ? { kind: 'rejected', rrk: 47, dialect: 'v3' }
        : { kind: 'wrong-turn', reason: `sent a form ${intent} that this page does not know` };
  }
}

/** After a denied prompt Google offers the other methods, or ends the sign-in. */
function declined(flow: Flow): Outcome {
  return offersOf(flow).length > 1
    ? { kind: 'show', view: { page: 'selection' } }
    : { kind: 'rejected', rrk: DENIED, dialect: 'v3' };
}

function answerIn(fields: Fields): string {
  const names = ['Pin', 'pin', 'knowledgePreregisteredEmailResponse', 'phoneNumber'];
  return names.map((name) => fields[name]).find((value) => value !== undefined) ?? '';
}

function digits(text: string | undefined): string {
  return (text ?? '').replace(/\D/g, '');
}

function accepts(flow: Flow, method: Method, code: string): boolean {
  if (method.kind === 'backup-code') {
    const good = method.codes.some((each) => each.replace(/\s/g, '') === code) && !flow.usedCodes.has(code);
    if (good) flow.usedCodes.add(code);
    return good;
  }
  return 'code' in method && method.code.replace(/\s/g, '') === code;
}

function pass(flow: Flow): Outcome {
  flow.step += 1;
  return nextStep(flow);
}

function onSpeedbump(flow: Flow, kind: Speedbump, fields: Fields): Outcome {
  // Making a passkey takes a script; "not now" is the other button.
  if (kind === 'passkeyenrollment' && fields.action === '1')
    return { kind: 'rejected', rrk: 47, dialect: 'v3' };
  if (kind === 'samlconfirmaccount-choice' && fields.action !== '1')
    return { kind: 'wrong-turn', reason: "said 'I don't recognise this account'" };
  flow.bump += 1;
  return nextStep(flow);
}
