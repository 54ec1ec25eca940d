/**
 * Recognisers of pages that refuse the sign-in or that the user has to read, by status, URL and untranslated words of
 * Google. `refusals.ts` explains them. Pure.
 */
import { oneLine } from '../text.ts';
import { CODE_FIELDS, IDENTIFIER_FIELDS } from './field-names.ts';
import { type Document, type Form, exists, shownText } from './html.ts';
import { isGoogle, isSafe } from './submission.ts';
import type { Refusal, RefusalPage } from './page.ts';

/** A page as received: URL, HTTP status and text. */
export interface PageResponse {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

/** Error words that Google prints in every language (403 pages of /o/saml2/). */
const ERROR_WORDS: readonly (readonly [RegExp, Refusal])[] = [
  [/\bapp_not_(?:configured|enabled)_for_user\b/, 'APP_NOT_CONFIGURED'],
  [/\bnot_a_saml_app\b/, 'NOT_A_SAML_APP'],
];

/** Pages between the last challenge and the assertion, by a word in their URL (facts "Pages between"). */
const INTERSTITIALS: readonly (readonly [RegExp, Refusal])[] = [
  [/\/speedbump\/disabled\b|\/signin\/disabled\b/, 'ACCOUNT_DISABLED'],
  [/\/challenge\/recaptcha\b/, 'RECAPTCHA'],
  [/\/challenge\/idv\b/, 'VERIFY_IDENTITY'],
  [/\/speedbump\/passkeyenrol?lment\b/, 'PASSKEY_ENROLMENT'],
  [/\/speedbump\/(?:workspace)?termsofservice\b/, 'TERMS_OF_SERVICE'],
  [/\/speedbump\/(?:changepassword|forcechangepassword)\b/, 'CHANGE_PASSWORD'],
  [/\/(?:speedbump|challenge)\/verify\w*/, 'VERIFY_IDENTITY'],
  // The page that may be confirmed has a recogniser of its own.
  [/\/speedbump\/(?!samlconfirmaccount$)/, 'INTERSTITIAL'],
];

/** `rrk` of /signin/rejected (facts "Does it still work without a browser?"). */
const REJECTIONS: ReadonlyMap<string | null, Refusal> = new Map([
  ['46', 'BROWSER_REJECTED'],
  ['47', 'JAVASCRIPT_REQUIRED'],
]);

const FORM_SIGN = /^\s*(?:https:\/\/accounts\.google\.com)?\/(?:v3\/)?(?:signin|speedbump|ServiceLogin)/i;
const LINK_SIGN = /^\s*(?:https?:)?\/\/(?:www|ssl)\.google\.com(?:\/|$)/i;
/** The server errors of the load balancer of Google, which have no other marks. */
const LOAD_BALANCER = 'body[text="#000000"][bgcolor="#ffffff"] > h1';
const GOOGLE_SIGN_IN = 'accounts.google.com';

/** Query parameters of a sign-in request to another identity provider: SAML, OpenID Connect, WS-Federation. */
const SIGN_IN_REQUESTS = ['SAMLRequest', 'client_id', 'wtrealm'];

/** Refusals that are recognised by URL or status. */
export function readRefusal(visit: PageResponse, document: Document): RefusalPage | undefined {
  const { url, status, html } = visit;
  if (!isGoogle(url)) {
    return { kind: 'refusal', refusal: elsewhere(url), message: undefined, host: oneLine(url.host) };
  }
  if (url.pathname === '/CookieMismatch') return refusalPage('COOKIE_MISMATCH', document);
  if (/\/signin\/(?:v\d\/)?(?:challenge\/)?rejected$/.test(url.pathname)) {
    const numbers = ['rrk', 'rhlk', 'ec'].flatMap((name) => {
      const value = url.searchParams.get(name);
      return value === null ? [] : [`${name}=${oneLine(value, 20)}`];
    });
    return {
      ...refusalPage(rejection(url, document), document),
      ...(numbers.length > 0 && { numbers: numbers.join(', ') }),
    };
  }
  const word = ERROR_WORDS.find(([pattern]) => status >= 400 && pattern.test(html));
  if (word) return refusalPage(word[1], document);
  if (status === 429) return refusalPage('RATE_LIMITED', document);
  if (status === 407 || status === 511) return refusalPage('NOT_GOOGLE', document);
  const blank = isBlank(visit);
  if (status >= 400 && !blank && !isGoogles(visit, document)) return refusalPage('NOT_GOOGLE', document);
  if (status >= 500) return refusalPage('GOOGLE_UNAVAILABLE', document);
  if (status === 403 && blank) return refusalPage('SIGN_IN_REJECTED', document);
  if (status < 400 || !url.pathname.startsWith('/o/saml2/')) return undefined;
  return refusalPage(status === 403 ? 'SIGN_IN_REJECTED' : 'WRONG_IDS', document);
}

/** The message of the administrator, which is on pages with various URLs. */
export function readAdminMessage(_visit: PageResponse, document: Document): RefusalPage | undefined {
  const message = shownText(document, '#contactAdminMessage');
  return message === undefined ? undefined : { kind: 'refusal', refusal: 'ADMIN_MESSAGE', message };
}

/** Refusals that are recognised by the content: too many attempts, an interstitial. */
export function readInterstitial(visit: PageResponse, document: Document): RefusalPage | undefined {
  // The same section is on correct pages, but hidden (captured password page).
  const locked = shownText(document, 'section[jsname="INM6z"] [jsname="Ud7fr"]');
  if (locked !== undefined) return { kind: 'refusal', refusal: 'TOO_MANY_ATTEMPTS', message: locked };
  // As the direct answer to a form, such a page has the URL of that form; its own form says what it is.
  const paths = [visit.url, ...document.forms.filter(isSafe).map(({ action }) => action)].map(
    ({ pathname }) => pathname,
  );
  const interstitial = INTERSTITIALS.find(([pattern]) => paths.some((path) => pattern.test(path)));
  return interstitial && refusalPage(interstitial[1], document);
}

/** A form that asks for a secret and would send it anywhere but to the sign-in of Google. */
export function readUnsafeForm(_visit: PageResponse, document: Document): RefusalPage | undefined {
  const unsafe = document.forms.find((form) => !isSafe(form) && wantsSecret(form));
  if (unsafe === undefined) return undefined;
  const { action } = unsafe;
  const page = { kind: 'refusal', refusal: 'UNSAFE_FORM', message: undefined } as const;
  // To Google, but insecurely: by GET, without encryption, or to another port.
  const isElsewhere = action !== undefined && action.host !== '' && action.hostname !== GOOGLE_SIGN_IN;
  return isElsewhere ? { ...page, host: oneLine(action.host) } : page;
}

/** The e-mail address is not a secret if the page contains it already. If the user has to type it, the password is next. */
function wantsSecret({ names, open }: Form): boolean {
  return (
    ['Passwd', ...CODE_FIELDS].some((name) => names.has(name)) ||
    IDENTIFIER_FIELDS.some((name) => open.has(name))
  );
}

/**
 * A page without any mark of Google: a captive portal or a company proxy, which may ask for an e-mail address and a
 * password of its own.
 */
export function readForeignPage(visit: PageResponse, document: Document): RefusalPage | undefined {
  return isGoogles(visit, document) || isBlank(visit) ? undefined : refusalPage('NOT_GOOGLE', document);
}

/** An empty refusal, which has no marks at all. */
function isBlank({ html, status }: PageResponse): boolean {
  return status >= 400 && html.trim() === '';
}

/**
 * Marks of a page made by Google, and not by a portal or proxy: its markup, and URLs that only Google would load or post
 * to. The name Google alone is no mark: a block page mentions the URL that it blocks.
 */
function isGoogles({ html, status }: PageResponse, document: Document): boolean {
  const { query } = document;
  const has = (selector: string, name: string, sign: RegExp): boolean =>
    query(selector)
      .toArray()
      .some((element) => sign.test(query(element).attr(name) ?? ''));
  return (
    exists(document, '[jsname]') ||
    /gstatic\.com/i.test(html) ||
    /!!1\s*$/.test(query('title').first().text().slice(-100)) ||
    has('base', 'href', /^https:\/\/accounts\.google\.com(?:\/|$)/i) ||
    has('form', 'action', FORM_SIGN) ||
    has('[href]', 'href', LINK_SIGN) ||
    has('[src]', 'src', LINK_SIGN) ||
    (status >= 500 && exists(document, LOAD_BALANCER))
  );
}

/** Google redirects to another identity provider over https and with a request; anything else is an intermediary. */
function elsewhere(url: URL): Refusal {
  const asks = SIGN_IN_REQUESTS.some((name) => url.searchParams.has(name));
  return url.protocol === 'https:' && asks ? 'OTHER_PROVIDER' : 'NOT_GOOGLE';
}

function rejection(url: URL, document: Document): Refusal {
  const known = REJECTIONS.get(url.searchParams.get('rrk'));
  if (known !== undefined) return known;
  // The same page is used for the policy refusal (facts, v3 table); then it links to the page where 2-Step Verification is
  // set up.
  if (exists(document, 'a[href*="2sv"],a[href*="two-step"],a[href*="twostep"],[data-2sv-required]'))
    return 'POLICY_2SV';
  return url.searchParams.get('rhlk') === 'js' ? 'JAVASCRIPT_REQUIRED' : 'SIGN_IN_REJECTED';
}

/** A refusal with the text of Google. */
export function refusalPage(code: Refusal, document: Document): RefusalPage {
  // [jsname=MZArnb] contains the text of v3 pages; the heading alone says little.
  const message =
    shownText(document, '[jsname="MZArnb"]') ?? shownText(document, 'h1') ?? shownText(document, 'title');
  return { kind: 'refusal', refusal: code, message };
}
