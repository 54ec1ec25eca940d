/** The pages around the sign-in: the SAML response, speedbumps, refusals and errors. */
import type { HttpResponse } from '../../../src/ports.ts';
import { answer, escape, html } from '../respond.ts';
import { type Part, type PageMarkup, button, form, hidden, input } from './form.ts';
import { type PageContext, v3Query } from './page-context.ts';
import { type TextKey, direction, say } from './texts.ts';
import type { Language, Speedbump } from './types.ts';
import { frame } from './v3-layout.ts';

/** The page that posts itself to the service provider. */
export function samlPage(samlResponse: string, acs: string): string {
  return `<!doctype html><html><head><base target="_self"></head><body onload="document.forms[0].submit()">
<form method="POST" action="${escape(acs)}" name="saml_form"><input type="hidden" name="RelayState" value=""><input type="hidden" name="SAMLResponse" value="${escape(samlResponse)}"><noscript><input type="submit" value="Continue"></noscript></form></body></html>`;
}

/** A page of Google's error server: 400, 403 and the like. `code` is the machine's word, untranslated. */
export function errorPage(status: number, code: string, text: TextKey, language: Language): HttpResponse {
  const phrase = status === 403 ? 'Forbidden' : status === 404 ? 'Not Found' : 'Bad Request';
  return html(
    `<!doctype html><html lang="${language}" dir="${direction(language)}"><title>Error ${status} (${phrase})!!1</title><a href="//www.google.com/"><span id="logo" aria-label="Google"></span></a><p><b>${status}.</b> <ins>${phrase}</ins><p>Error: ${code}<p>${say(text, language)}</html>`,
    status,
  );
}

export function cookiesPage(language: Language): HttpResponse {
  return html(
    `<!doctype html><html lang="${language}"><title>${say('signIn', language)}</title><h1>${say('cookiesOff', language)}</h1></html>`,
    400,
  );
}

export function rejectedPage(setup: PageContext, rrk: string | null): PageMarkup {
  const texts: Readonly<Record<string, TextKey>> = {
    46: 'insecureBrowser',
    47: 'javascriptOff',
    2: 'timedOut',
  };
  const text = texts[rrk ?? ''] ?? 'policy';
  const enrol =
    text === 'policy'
      ? '<a href="https://myaccount.google.com/signinoptions/two-step-verification">2SV</a>'
      : '';
  return frame(setup, { heading: 'couldNotSignIn', path: 'rejected' }, [
    enrol,
    `<section class="aN1Vld "><div class="yOnVIb" jsname="MZArnb"><p>${say(text, setup.language)}</p></div></section><a href="/v3/signin/identifier${escape(v3Query(setup))}">${say('continue', setup.language)}</a>`,
  ]);
}

export function disabledPage(setup: PageContext): PageMarkup {
  return frame(setup, { heading: 'disabled', path: '' }, [`<p>${say('disabled', setup.language)}</p>`]);
}

const SPEEDBUMP_PATHS: Readonly<Record<Speedbump, string>> = {
  samlconfirmaccount: '/speedbump/samlconfirmaccount',
  'samlconfirmaccount-choice': '/speedbump/samlconfirmaccount',
  confirmidentifier: '/v3/signin/confirmidentifier',
  continue: '/v3/signin/continue',
  'recovery-options': '/web/recoveryoptions',
  passkeyenrollment: '/v3/signin/speedbump/passkeyenrollment',
  workspacetermsofservice: '/v3/signin/speedbump/workspacetermsofservice',
  changepassword: '/v3/signin/speedbump/changepassword/changepasswordform',
  verify: '/v3/signin/confirmidentifier',
  disabled: '/signin/speedbump/disabled',
  'unheard-of': '/v3/signin/speedbump/favouritecolour',
};

export function speedbumpAddress(kind: Speedbump, setup: PageContext): string {
  return `${SPEEDBUMP_PATHS[kind]}${v3Query(setup, `TL=${setup.tl}&`)}`;
}

/** `samlconfirmaccount` posts to its own address (no action attribute), the others to an action relative to `<base>`. */
export function speedbumpPage(kind: Speedbump, setup: PageContext): PageMarkup {
  const { language } = setup;
  const relative = speedbumpAddress(kind, setup).replace('/v3/signin/', '');
  const page = (heading: TextKey, action: string, body: Part): PageMarkup => {
    const main = form('go on', action, 'novalidate', [body, hidden('at', setup.token)]);
    return frame(setup, { heading, path: SPEEDBUMP_PATHS[kind].slice(1) }, [main]);
  };
  switch (kind) {
    case 'samlconfirmaccount':
      return page('confirmAccount', '', [
        `<p>${escape(setup.email)}</p>`,
        hidden('continue', setup.continueUrl),
        `<button type="submit" jsname="Njthtb" id="confirm">${say('continue', language)}</button>`,
      ]);
    case 'samlconfirmaccount-choice':
      return page('confirmAccount', '', [
        button('action', '1', say('continue', language), 'jsname="Njthtb"'),
        button('action', '2', say('otherAccount', language), 'jsname="gVmDzc"'),
      ]);
    case 'confirmidentifier':
    case 'continue':
      return page('welcome', relative, [
        hidden('identifier', setup.email),
        button('action', '1', say('next', language), 'jsname="Njthtb" id="identifierNext"'),
      ]);
    case 'recovery-options':
      return frame(setup, { heading: 'recoveryOptions', path: '' }, ['<a href="/">Google</a>']);
    case 'passkeyenrollment':
      return page('passkeyOffer', relative, [
        button('action', '1', say('continue', language), 'jsname="Njthtb"'),
        button('action', '2', say('notNow', language), 'jsname="gVmDzc"'),
      ]);
    case 'workspacetermsofservice':
      return page('terms', relative, button('action', '1', say('accept', language), 'jsname="Njthtb"'));
    case 'changepassword':
      return page('changePassword', relative, [
        input('password', 'Passwd', 'id="passwd"'),
        input('password', 'ConfirmPasswd', 'id="confirm-passwd"'),
        button('action', '1', say('next', language), 'jsname="Njthtb"'),
      ]);
    case 'verify':
      return page('verify', relative, [
        hidden('identifier', setup.email),
        button('action', '1', say('next', language), 'jsname="Njthtb" id="identifierNext"'),
        button('action', '2', say('otherAccount', language), 'jsname="gVmDzc"'),
      ]);
    case 'unheard-of':
      return page('unheardOf', relative, [
        input('text', 'colour'),
        button('action', '1', say('next', language)),
      ]);
    case 'disabled':
      return disabledPage(setup);
  }
}

/** A PNG of one pixel: enough for a client to see that it is a picture. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export function captchaPicture(kind: string | null): HttpResponse {
  return kind === 'audio'
    ? answer(200, 'audio/wav', Buffer.from('RIFF\u0024\0\0\0WAVEfmt ', 'latin1'))
    : answer(200, 'image/png', PIXEL);
}
