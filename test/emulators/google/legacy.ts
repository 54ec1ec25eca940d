/** The legacy dialect, after captures and older tools: its URLs and its first pages. */
import { escape } from '../respond.ts';
import { type Part, type PageMarkup, checkbox, form, hidden, input, scripted, unprinted } from './form.ts';
import { challenge, common, frame } from './legacy-layout.ts';
import { actionOf, legacyMethod, legacySelection } from './legacy-steps.ts';
import type { Place, PageContext } from './page-context.ts';
import { type TextKey, say } from './texts.ts';

/** The address of a page, for redirects. */
export function legacyAddress(view: Place, setup: PageContext): string {
  const query = `?continue=${encodeURIComponent(setup.continueUrl)}&sarp=1&scc=1&hl=${setup.language}`;
  const step = `${query}&TL=${setup.tl}`;
  switch (view.page) {
    case 'identifier':
      return `/ServiceLogin${query}&passive=1209600`;
    case 'password':
      return `/signin/challenge/pwd/${setup.passwordId}${step}`;
    case 'selection':
      return `/signin/selectchallenge/${setup.listId}${step}`;
    case 'method':
      return `${actionOf(view.offer)}${step}`;
    case 'admin':
      return `/signin/challenge/sl/password${step}`;
  }
}

export function legacyPage(view: Place, setup: PageContext): PageMarkup {
  switch (view.page) {
    case 'identifier':
      return loginForm(setup, 'identifier', view.error, view.captcha);
    case 'password':
      return setup.user?.passwordShape === 'old'
        ? loginForm(setup, 'password', view.locked === true ? 'tooMany' : view.error, view.captcha)
        : newPassword(setup, view.locked === true ? 'tooMany' : view.error);
    case 'selection':
      return legacySelection(setup);
    case 'method':
      return legacyMethod(setup, view.offer, view.stage, view.error);
    case 'admin':
      return frame(setup, [
        `<div id="contactAdminMessage">${escape(setup.user?.adminMessage ?? say('admin', setup.language))}</div>`,
      ]);
  }
}

/** The form of the first pages, `#gaia_loginform`: asks for the e-mail address, or (older) for the password. */
function loginForm(
  setup: PageContext,
  ask: 'identifier' | 'password',
  error?: TextKey,
  captcha?: 'asked' | 'wrong',
): PageMarkup {
  const { language } = setup;
  const fieldId = ask === 'identifier' ? 'Email' : 'Passwd';
  const body: Part[] = [
    hidden('Page', ask === 'identifier' ? 'PasswordSeparationSignIn' : 'RememberedSignIn'),
    hidden('GALX', 'iD_galx1'),
    hidden('gxf', setup.token),
    hidden('continue', setup.continueUrl),
    hidden('followup', setup.continueUrl),
    ['scc', 'sarp', 'oauth'].map((name) => hidden(name, '1')),
    hidden('ProfileInformation', ask === 'password' ? `APMTqum${setup.dsh}` : '', 'id="profile-information"'),
    hidden('SessionState', ask === 'password' ? `AEThLly${setup.tl}` : '', 'id="session-state"'),
    hidden('_utf8', '☃', 'id="_utf8"'),
    scripted('bgresponse', 'js_disabled', 'id="bgresponse"'),
    ask === 'identifier'
      ? input(
          'email',
          'Email',
          `id="Email" value="${escape(setup.email)}" placeholder="${say('email', language)}" spellcheck="false" autofocus`,
        )
      : [
          hidden('Email', setup.email, 'id="Email-hidden" readonly'),
          `<span id="reauthEmail">${escape(setup.email)}</span>`,
          input('password', 'Passwd', `id="Passwd" placeholder="${say('password', language)}"`),
        ],
    error === undefined
      ? ''
      : `<span role="alert" class="error-msg" id="errormsg_0_${fieldId}">${say(error, language)}</span>`,
    captcha === undefined ? '' : picture(setup, ask, captcha),
    {
      name: 'signIn',
      html: `<input id="${ask === 'identifier' ? 'next' : 'signIn'}" name="signIn" class="rc-button" type="submit" value="${say('next', language)}">`,
      expect: { kind: 'optional', value: say('next', language) },
    },
    checkbox('PersistentCookie', 'yes', 'id="PersistentCookie"'),
    `<span>${say('staySignedIn', language)}</span>`,
  ];
  const action = `https://accounts.google.com${ask === 'identifier' ? '/signin/v1/lookup' : '/signin/challenge/sl/password'}`;
  return frame(setup, [form(ask, action, 'id="gaia_loginform" novalidate', body)], {
    heading: 'signIn',
    other: 'useAccount',
  });
}

function picture(setup: PageContext, ask: 'identifier' | 'password', state: 'asked' | 'wrong'): Part {
  const source = `/Captcha?v=2&ctoken=${setup.captchaToken}`;
  const wrong =
    state === 'wrong'
      ? `<span class="error-msg" id="errormsg_0_captcha">${say('enterPicture', setup.language)}</span>`
      : '';
  const image = `<div class="captcha-img"><img src="${escape(source)}" alt="Visual verification"></div>`;
  if (ask === 'password') {
    return [
      hidden('logintoken', setup.captchaToken),
      image,
      input('text', 'logincaptcha', 'id="logincaptcha"'),
      wrong,
    ];
  }
  return [
    '<div id="identifier-captcha">',
    hidden('identifiertoken', setup.captchaToken, 'id="identifier-token"'),
    hidden('identifiertoken_audio', '', 'id="identifier-token-audio"'),
    `<div class="captcha-container">${image}`,
    input('text', 'identifier-captcha-input', 'id="identifier-captcha-input"'),
    `</div>${wrong}</div>`,
  ];
}

function newPassword(setup: PageContext, error?: TextKey): PageMarkup {
  const { language } = setup;
  const main = challenge(
    setup,
    'password',
    `/signin/challenge/pwd/${setup.passwordId}`,
    { id: setup.passwordId, type: 1 },
    [
      `<img id="profileImg" src="https://lh3.googleusercontent.com/a/default-user?sz=96" alt=""><span id="identifier-display" dir="ltr">${escape(setup.email)}</span>`,
      {
        ...hidden('Email', setup.email),
        html: `<input id="Email" name="Email" type="email" value="${escape(setup.email)}" spellcheck="false" readonly>`,
      },
      `<label for="password">${say('password', language)}</label>`,
      input('password', 'Passwd', 'id="password" spellcheck="false" autofocus jsname="pRFXed"'),
      error === undefined
        ? ''
        : `<span id="passwordError"><span class="Qx8Abe" id="errorMsg">${say(error, language)}</span></span>`,
      unprinted('bgresponse'),
      `<input type="submit" class="MK9CEd" jsname="M2UYVd" value="${say('signIn', language)}" id="submit">`,
      checkbox('TrustDevice', 'on', 'id="trustDevice"'),
      `<span>${say('staySignedIn', language)}</span>`,
    ],
  );
  const help = form('help', '/signin/challenge', '', [
    hidden('subAction', 'requestHelp'),
    common(setup),
    hidden('challengeId', String(setup.passwordId)),
    `<input type="submit" id="needHelp" value="${say('forgotPassword', language)}">`,
  ]);
  return frame(setup, [main, help], { heading: 'signIn', other: 'useAccount' });
}
