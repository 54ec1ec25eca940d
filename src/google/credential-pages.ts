/** Recognisers of the e-mail and password pages, with the captcha that either may contain. Pure. */
import { IDENTIFIER_FIELDS } from './field-names.ts';
import {
  type Document,
  type Form,
  resolveUrl,
  attribute,
  exists,
  fieldValue,
  isShown,
  shownText,
} from './html.ts';
import type { Captcha, Dialect, IdentifierPage, PasswordPage } from './page.ts';
import type { PageResponse } from './refusal-pages.ts';
import { type SafeForm, type Submission, fillForm, isSafe } from './submission.ts';

const IDENTIFIER_PATH = /\/signin\/(?:v\d\/)?(?:identifier|lookup)$/;
const PASSWORD_PATH = /\/signin\/(?:v\d\/)?challenge\/(?:pwd(?:\/|$)|sl\/password$)/;
/** The id of the form on these pages in the legacy dialect, whatever its action. */
const LEGACY_FORM = 'gaia_loginform';

/**
 * Elements with error messages; the first visible one with text counts. `h9d3hd` is the place of the message below a v3
 * field, where a page may say more than the message alone (facts 2026, "On the pages").
 */
const MESSAGES = '#passwordError,[id^="errormsg_0_"],#errorMsg,.error-msg,[jsname="B34EJ"],[jsname="h9d3hd"]';

export function dialectOf(form: SafeForm): Dialect {
  return form.action.pathname.startsWith('/v3/') ? 'v3' : 'legacy';
}

/** The submit button. v3 forms have several named `action`; 1 is "Next" (captured pages). */
export function nextButton(form: Form): Form['buttons'][number] | undefined {
  return form.buttons.find((button) => button.name === 'action' && button.value === '1');
}

export function readMessage(document: Document): string | undefined {
  return shownText(document, MESSAGES);
}

/** "Try another way": a separate form in the legacy dialect, a numbered button in v3. */
export function readAlternative(
  document: Document,
  form: Form,
  ...numbers: readonly string[]
): Submission | undefined {
  const skip = document.forms
    .filter(isSafe)
    .find((other) => other.action.pathname === '/signin/challenge/skip');
  if (skip) return fillForm(skip, {});
  const button = numbers
    .map((number) => form.buttons.find((each) => each.name === 'action' && each.value === number))
    .find((each) => each !== undefined);
  return button && isSafe(form) ? fillForm(form, { button }) : undefined;
}

export function readIdentifier(_visit: PageResponse, document: Document): IdentifierPage | undefined {
  const forms = document.forms.filter(isSafe);
  const form =
    forms.find((each) => IDENTIFIER_PATH.test(each.action.pathname) && identifierField(each) !== undefined) ??
    // Other pages contain the e-mail address in a hidden field: their "Next" may mean "I accept".
    forms.find((each) => isLegacy(each) && !each.names.has('Passwd') && identifierField(each) !== undefined);
  const field = form && identifierField(form);
  if (form === undefined || field === undefined) return undefined;
  return { kind: 'identifier', ...entry(document, form), field };
}

export function readPassword(_visit: PageResponse, document: Document): PasswordPage | undefined {
  const forms = document.forms.filter(isSafe);
  const form =
    forms.find((each) => PASSWORD_PATH.test(each.action.pathname) && each.names.has('Passwd')) ??
    forms.find((each) => isLegacy(each) && each.names.has('Passwd'));
  if (form === undefined) return undefined;
  const page = entry(document, form);
  const said = shownText(document, '#passwordError,[id="errormsg_0_Passwd"]');
  const marked = attribute(document, '[name="Passwd"]', 'aria-invalid') === 'true';
  return {
    kind: 'password',
    ...page,
    message: said ?? page.message,
    refused: said !== undefined || marked || (page.message !== undefined && !page.captchaWrong),
    field: 'Passwd',
    another: readAlternative(document, form, '3', '2'),
  };
}

function isLegacy(form: Form): boolean {
  return form.attributes['id'] === LEGACY_FORM;
}

function identifierField(form: Form): string | undefined {
  return IDENTIFIER_FIELDS.find((name) => form.names.has(name));
}

function entry(document: Document, form: SafeForm): Omit<IdentifierPage, 'kind' | 'field'> {
  const captcha = readCaptcha(document, form);
  const wrong =
    captcha &&
    (attribute(document, `[name="${captcha.field}"]`, 'aria-invalid') === 'true' ||
      shownText(document, '[id^="errormsg_0_"][id*="captcha"]') !== undefined);
  return {
    dialect: dialectOf(form),
    form,
    button: nextButton(form),
    message: readMessage(document),
    captcha,
    captchaWrong: wrong ?? false,
  };
}

/** A captcha counts only if its image is visible and has a URL: correct pages contain an empty one, too. */
function readCaptcha(document: Document, form: SafeForm): Captcha | undefined {
  const picture = (selector: string): URL | undefined => {
    const source = attribute(document, selector, 'src') ?? '';
    return source === '' || !isShown(document, selector) ? undefined : resolveUrl(source, form.action);
  };
  const modern = form.names.has('ca') ? picture('img#captchaimg') : undefined;
  if (modern) {
    const audio = attribute(document, 'audio#captchaAudio', 'src') ?? '';
    return {
      picture: modern,
      audio: audio === '' ? undefined : resolveUrl(audio, form.action),
      field: 'ca',
      extra: {},
    };
  }
  const legacy = picture('.captcha-img img,#captcha-img img,#identifier-captcha img');
  const field = ['identifier-captcha-input', 'logincaptcha'].find((name) => form.names.has(name));
  if (legacy === undefined || field === undefined) return undefined;
  const token = attribute(document, '#identifier-token', 'value');
  const missing =
    token !== undefined && exists(document, '#identifier-token') && !fieldValue(form, 'identifiertoken');
  return {
    picture: legacy,
    audio: undefined,
    field,
    extra: missing ? { identifiertoken: token } : {},
  };
}
