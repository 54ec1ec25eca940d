/**
 * The allowlist for recorded pages: the words of the forms of Google, and the attributes and headers that describe the
 * structure of a page. Pure.
 */

/** Values that say nothing about the user or the session: small numbers, a language, switches. */
const ALLOWED_TEXT =
  /^(?:.{0,2}|[a-z]{2}[-_][A-Z]{2}|true|false|null|yes|off|\d{1,2},(?:undefined|SMS|VOICE)|undefined(?:,undefined)?)$/su;

/** Values in the forms of Google. */
const ALLOWED_WORDS = set(`
  js_enabled js_disabled SMS VOICE VERIFY submit startChallenge requestHelp WebLiteSignIn GlifWebSignIn WEB_SETUP_GLIF
  ServiceLogin AddSession other PasswordSeparationSignIn RememberedSignIn youtube:930:1 TWO_STEP_VERIFICATION
  selectchallenge accountrecovery audio Card CaptchaInput VERSION_2 UTF-8 utf-8 1209600 46 47 Continue
`);

/** Attributes that describe the structure of a page. All others keep only allowed values. */
export const STRUCTURAL_ATTRIBUTES = set(`
  id class name type method enctype for role rel lang dir hidden style autocomplete tabindex jsname jscontroller novalidate
  disabled checked selected aria-hidden aria-invalid aria-live aria-atomic http-equiv charset translate pattern
  data-challengeid data-challengetype data-challengeunavailable data-challengevariant data-challengeentry data-sendmethod
  data-action data-tx-lifetime
`);

/** Attributes with a URL. */
export const URL_ATTRIBUTES = set('href src action formaction srcset poster');

/** Attributes with visible text. */
export const LABEL_ATTRIBUTES = set('placeholder alt title aria-label');

/** Headers that are kept unchanged. */
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

/** Words of Google, which are not secrets even if a user chose one as a password. */
export function isAllowedWord(text: string): boolean {
  return ALLOWED_WORDS.has(text);
}

/** The beginnings of the URL paths of Google; other text that begins with a slash may be a token. */
export const ALLOWED_PATHS =
  /^\/(?:(?:v3|o|u|speedbump|lifecycle)\/|(?:signin|ServiceLogin|AccountChooser|AccountLoginInfo|AddSession|CheckCookie|Captcha|Logout)(?:[/?]|$))/;

/** Not a word: with digits or mixed case, like tokens. For long words only. */
export function isToken(word: string): boolean {
  return /\d/.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word.slice(1)));
}

/** Identifiers such as `ServiceLogin`, `challengeId`, `SAMLRequest`, `saml2`; tokens mix case and digits. */
const HUMPS = /^(?:[A-Z]{0,5}[a-z]+|[A-Z]{1,5})(?:[A-Z][a-z]{2,}|Id|In|Up|By|To)*\d?$/;

/** An identifier, perhaps of several words: of a parameter, an attribute or a part of a path. */
export function isName(text: string): boolean {
  if (text.length <= 3) return true;
  return text.length <= 48 && text.split(/[-_.:]/).every((word) => isSmallNumber(word) || HUMPS.test(word));
}

/** A class, an id or a field name: those of Google are short, or identifiers. */
export function isStructural(word: string): boolean {
  if (word.length <= 8) return true;
  return (
    word.length <= 48 && word.split(/[-_.:;,/]/).every((part) => isSmallNumber(part) || HUMPS.test(part))
  );
}

function isSmallNumber(word: string): boolean {
  return /^(?:\d{0,4}|2sv)$/.test(word);
}
