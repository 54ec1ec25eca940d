/** What may stay in a recorded page: the words of Google's own forms, and the attributes and headers that say how a page is built. Pure. */

/** Values that tell nothing of the person or the session: small numbers, a language, switches. */
const ALLOWED_TEXT =
  /^(?:.{0,2}|[a-z]{2}[-_][A-Z]{2}|true|false|yes|off|\d{1,2},(?:undefined|SMS|VOICE)|undefined(?:,undefined)?)$/su;

/** Values in Google's own forms. */
const ALLOWED_WORDS = set(`
  js_enabled js_disabled SMS VOICE VERIFY submit startChallenge requestHelp WebLiteSignIn GlifWebSignIn WEB_SETUP_GLIF
  ServiceLogin AddSession other PasswordSeparationSignIn RememberedSignIn youtube:930:1 TWO_STEP_VERIFICATION
  selectchallenge accountrecovery audio Card CaptchaInput VERSION_2 UTF-8 utf-8 1209600 46 47 Continue
`);

/** Attributes that say how a page is built. All others keep only harmless values. */
export const STRUCTURAL_ATTRIBUTES = set(`
  id class name type method enctype for role rel lang dir hidden style autocomplete tabindex jsname jscontroller novalidate
  disabled checked selected aria-hidden aria-invalid aria-live aria-atomic http-equiv charset translate pattern
  data-challengeid data-challengetype data-challengeunavailable data-challengevariant data-challengeentry data-sendmethod
  data-action data-tx-lifetime
`);

/** Attributes that hold an address. */
export const URL_ATTRIBUTES = set('href src action formaction srcset poster');

/** Attributes that a person reads. */
export const LABEL_ATTRIBUTES = set('placeholder alt title aria-label');

/** Headers that are kept whole. */
export const ALLOWED_HEADERS = set(`
  accept accept-language cache-control content-encoding content-length content-type date expires origin pragma retry-after
  server user-agent via vary
`);

function set(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}

export function isAllowedText(text: string): boolean {
  return ALLOWED_TEXT.test(text) || ALLOWED_WORDS.has(text);
}

/** A word of Google's own, which is no secret whoever may have chosen it as one. */
export function isAllowedWord(text: string): boolean {
  return ALLOWED_WORDS.has(text);
}

/** The beginnings of Google's addresses; other texts that begin with a stroke may be tokens. */
export const ALLOWED_PATHS =
  /^\/(?:(?:v3|o|u|speedbump|lifecycle)\/|(?:signin|ServiceLogin|AccountChooser|AccountLoginInfo|AddSession|CheckCookie|Captcha|Logout)(?:[/?]|$))/;

/** Nobody's word: with digits or of mixed case, as tokens are. Asked of long words only. */
export function isToken(word: string): boolean {
  return /\d/.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word.slice(1)));
}

/** Words as people write them for programs: `ServiceLogin`, `challengeId`, `SAMLRequest`, `saml2`; tokens mix cases and digits. */
const HUMPS = /^(?:[A-Z]{0,5}[a-z]+|[A-Z]{1,5})(?:[A-Z][a-z]{2,}|Id|In|Up|By|To)*\d?$/;

/** A name that somebody thought of, maybe of several words: of a parameter, an attribute, a part of a path. */
export function isName(text: string): boolean {
  if (text.length <= 3) return true;
  return text.length <= 48 && text.split(/[-_.:]/).every((word) => isSmallNumber(word) || HUMPS.test(word));
}

/** A class, an identifier or the name of a field: Google's own are short, or names. */
export function isStructural(word: string): boolean {
  if (word.length <= 8) return true;
  return (
    word.length <= 48 && word.split(/[-_.:;,/]/).every((part) => isSmallNumber(part) || HUMPS.test(part))
  );
}

function isSmallNumber(word: string): boolean {
  return /^(?:\d{0,4}|2sv)$/.test(word);
}
