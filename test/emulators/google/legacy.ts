/** The pages of the legacy dialect, written after captures and the reading of older tools. */
import { escape } from '../respond.ts';
import {
  type Form,
  type Part,
  type Sheet,
  box,
  button,
  form,
  hidden,
  input,
  scripted,
  unprinted,
} from './form.ts';
import { METHODS, type Offer, type Scene, type View, describe, phoneOf } from './scene.ts';
import { type TextKey, direction, say } from './texts.ts';
import { type Method } from './types.ts';

type Block = string | Form;

/** The address of a page, for redirects. */
export function legacyAddress(view: View, scene: Scene): string {
  const query = `?continue=${encodeURIComponent(scene.continueUrl)}&sarp=1&scc=1&hl=${scene.language}`;
  const step = `${query}&TL=${scene.tl}`;
  switch (view.page) {
    case 'identifier':
      return `/ServiceLogin${query}&passive=1209600`;
    case 'password':
      return `/signin/challenge/pwd/${scene.passwordId}${step}`;
    case 'selection':
      return `/signin/selectchallenge/${scene.listId}${step}`;
    case 'method':
      return `${actionOf(view.offer)}${step}`;
    case 'speedbump':
    case 'admin':
      return `/signin/challenge/ref/1${step}`;
  }
}

export function legacyPage(view: View, scene: Scene): Sheet {
  switch (view.page) {
    case 'identifier':
      return loginForm(scene, 'identifier', view.error, view.captcha);
    case 'password':
      return scene.user?.passwordShape === 'old'
        ? loginForm(scene, 'password', view.locked === true ? 'tooMany' : view.error, view.captcha)
        : newPassword(scene, view.locked === true ? 'tooMany' : view.error);
    case 'selection':
      return selection(scene);
    case 'method':
      return method(scene, view.offer, view.stage, view.error);
    case 'admin':
    case 'speedbump':
      return frame(scene, [
        `<div id="contactAdminMessage">${escape(scene.user?.adminMessage ?? say('admin', scene.language))}</div>`,
      ]);
  }
}

function actionOf(offer: Offer): string {
  return `/signin/challenge/${METHODS[offer.method.kind].legacy}/${offer.id}`;
}

/** The form of the first pages, `#gaia_loginform`: asks for the e-mail address, or (older) for the password. */
function loginForm(
  scene: Scene,
  ask: 'identifier' | 'password',
  error?: TextKey,
  captcha?: 'asked' | 'wrong',
): Sheet {
  const { language } = scene;
  const fieldId = ask === 'identifier' ? 'Email' : 'Passwd';
  const body: Part[] = [
    hidden('Page', ask === 'identifier' ? 'PasswordSeparationSignIn' : 'RememberedSignIn'),
    hidden('GALX', 'iD_galx1'),
    hidden('gxf', scene.token),
    hidden('continue', scene.continueUrl),
    hidden('followup', scene.continueUrl),
    ['scc', 'sarp', 'oauth'].map((name) => hidden(name, '1')),
    hidden('ProfileInformation', ask === 'password' ? `APMTqum${scene.dsh}` : '', 'id="profile-information"'),
    hidden('SessionState', ask === 'password' ? `AEThLly${scene.tl}` : '', 'id="session-state"'),
    hidden('_utf8', '☃', 'id="_utf8"'),
    scripted('bgresponse', 'js_disabled', 'id="bgresponse"'),
    ask === 'identifier'
      ? input(
          'email',
          'Email',
          `id="Email" value="${escape(scene.email)}" placeholder="${say('email', language)}" spellcheck="false" autofocus`,
        )
      : [
          hidden('Email', scene.email, 'id="Email-hidden" readonly'),
          `<span id="reauthEmail">${escape(scene.email)}</span>`,
          input('password', 'Passwd', `id="Passwd" placeholder="${say('password', language)}"`),
        ],
    error === undefined
      ? ''
      : `<span role="alert" class="error-msg" id="errormsg_0_${fieldId}">${say(error, language)}</span>`,
    captcha === undefined ? '' : picture(scene, ask, captcha),
    {
      name: 'signIn',
      html: `<input id="${ask === 'identifier' ? 'next' : 'signIn'}" name="signIn" class="rc-button" type="submit" value="${say('next', language)}">`,
      expect: { kind: 'optional', value: say('next', language) },
    },
    box('PersistentCookie', 'yes', 'id="PersistentCookie"'),
    `<span>${say('staySignedIn', language)}</span>`,
  ];
  const action = `https://accounts.google.com${ask === 'identifier' ? '/signin/v1/lookup' : '/signin/challenge/sl/password'}`;
  return frame(scene, [form(ask, action, 'id="gaia_loginform" novalidate', body)], {
    heading: 'signIn',
    other: 'useAccount',
  });
}

function picture(scene: Scene, ask: 'identifier' | 'password', state: 'asked' | 'wrong'): Part {
  const source = `/Captcha?v=2&ctoken=${scene.captchaToken}`;
  const wrong =
    state === 'wrong'
      ? `<span class="error-msg" id="errormsg_0_captcha">${say('enterPicture', scene.language)}</span>`
      : '';
  const image = `<div class="captcha-img"><img src="${escape(source)}" alt="Visual verification"></div>`;
  if (ask === 'password') {
    return [
      hidden('logintoken', scene.captchaToken),
      image,
      input('text', 'logincaptcha', 'id="logincaptcha"'),
      wrong,
    ];
  }
  return [
    '<div id="identifier-captcha">',
    hidden('identifiertoken', scene.captchaToken, 'id="identifier-token"'),
    hidden('identifiertoken_audio', '', 'id="identifier-token-audio"'),
    `<div class="captcha-container">${image}`,
    input('text', 'identifier-captcha-input', 'id="identifier-captcha-input"'),
    `</div>${wrong}</div>`,
  ];
}

function newPassword(scene: Scene, error?: TextKey): Sheet {
  const { language } = scene;
  const main = challenge(
    scene,
    'password',
    `/signin/challenge/pwd/${scene.passwordId}`,
    { id: scene.passwordId, type: 1 },
    [
      `<img id="profileImg" src="https://lh3.googleusercontent.com/a/default-user?sz=96" alt=""><span id="identifier-display" dir="ltr">${escape(scene.email)}</span>`,
      {
        ...hidden('Email', scene.email),
        html: `<input id="Email" name="Email" type="email" value="${escape(scene.email)}" spellcheck="false" readonly>`,
      },
      `<label for="password">${say('password', language)}</label>`,
      input('password', 'Passwd', 'id="password" spellcheck="false" autofocus jsname="pRFXed"'),
      error === undefined
        ? ''
        : `<span id="passwordError"><span class="Qx8Abe" id="errorMsg">${say(error, language)}</span></span>`,
      unprinted('bgresponse'),
      `<input type="submit" class="MK9CEd" jsname="M2UYVd" value="${say('signIn', language)}" id="submit">`,
      box('TrustDevice', 'on', 'id="trustDevice"'),
      `<span>${say('staySignedIn', language)}</span>`,
    ],
  );
  const help = form('help', '/signin/challenge', '', [
    hidden('subAction', 'requestHelp'),
    common(scene),
    hidden('challengeId', String(scene.passwordId)),
    `<input type="submit" id="needHelp" value="${say('forgotPassword', language)}">`,
  ]);
  return frame(scene, [main, help], { heading: 'signIn', other: 'useAccount' });
}

/** The choice: one form a method. */
function selection(scene: Scene): Sheet {
  const forms = scene.offers.map((offer) => {
    const { text, phone } = describe(offer.method, scene.language);
    const off = offer.method.unavailable === true;
    return form(`choose ${offer.id}`, actionOf(offer), `data-challengeentry="${offer.id}"`, [
      startFields(scene, offer),
      `<button type="submit" class="Gkuxu" ${off ? 'disabled' : ''}><span class="VnJmLc">${text}</span> <b dir="ltr">${phone}</b>`,
      off ? `<span class="unavailable">${say('unsupported', scene.language)}</span></button>` : '</button>',
    ]);
  });
  return frame(scene, forms, { heading: 'twoStep', other: 'choose' });
}

function startFields(scene: Scene, offer: Offer): Part {
  return [
    hidden('subAction', 'startChallenge'),
    hidden('challengeId', String(offer.id)),
    hidden('challengeType', String(METHODS[offer.method.kind].type)),
    common(scene),
  ];
}

function method(scene: Scene, offer: Offer, stage: 'send' | 'enter', error?: TextKey): Sheet {
  const { language } = scene;
  const kind = METHODS[offer.method.kind];
  const trust = [
    box('TrustDevice', 'on', 'id="trustDevice" class="aCOJmf"'),
    `<span>${say('trust', language)}</span>`,
  ];
  const wrong =
    error === undefined
      ? ''
      : `<span id="pinErrorMessage"><span class="Qx8Abe" id="errorMsg">${say(error, language)}</span></span>`;
  const issued = (intent: string, body: Part): Form =>
    challenge(scene, intent, actionOf(offer), { id: offer.id, type: kind.type }, body);
  const skip = form('skip', '/signin/challenge/skip', '', [
    hidden('challengeId', String(offer.id)),
    common(scene),
    `<input id="skipChallenge" type="submit" jsname="rwR6T" class="g1C42c" value="${say('otherWay', language)}">`,
  ]);
  const heads = { heading: 'twoStep', other: 'extraStep' } as const;
  return frame(scene, [...body(offer.method), skip], heads);

  function body(chosen: Method): Block[] {
    switch (chosen.kind) {
      case 'sms':
        if (stage === 'send') {
          const by = chosen.by ?? 'SMS';
          const label = say(by === 'SMS' ? 'sendText' : 'call', language);
          return [
            issued('send', [
              `<div class="VnJmLc" jsname="NhJ5Dd">${say('sms', language)} <b dir="ltr" class="DZNRQe">${phoneOf(chosen)}</b></div>`,
              button(
                'SendMethod',
                by,
                label,
                'type="submit" class="MK9CEd" jsname="M2UYVd" id="idvPreresteredPhoneSms"',
              ),
              trust,
            ]),
          ];
        }
        return [issued('answer', [pin(scene, kind.pinId, 'G-'), wrong, submit(scene), trust])];
      case 'totp':
      case 'security-key-code':
      case 'backup-code':
      case 'offline-code':
        return [issued('answer', [pin(scene, kind.pinId, ''), wrong, submit(scene), trust])];
      case 'phone-number':
        return [
          stage === 'send'
            ? issued('number', [
                input(
                  'tel',
                  'phoneNumber',
                  `id="phoneNumberId" placeholder="${say('phoneNumber', language)}"`,
                ),
                wrong,
                button('sendMethod', 'SMS', say('sendText', language)),
                button('sendMethod', 'VOICE', say('call', language)),
              ])
            : issued('answer', [input('tel', 'pin', 'id="idvAnyPhonePin"'), wrong, submit(scene)]),
        ];
      case 'prompt':
        return prompt(scene, offer, chosen, issued, [wrong, trust]);
      case 'device':
        return [
          issued('device', [
            `<div class="EGmPD" jsname="BCqkPb">${say('tap', language)}</div>`,
            tapNumber(scene, chosen),
            wrong,
            `<button type="submit" class="MK9CEd" jsname="M2UYVd" formnovalidate value="submit" id="submit">${say('responded', language)}</button>`,
            trust,
          ]),
        ];
      case 'security-key':
      case 'passkey':
        return [
          issued('security-key', [
            '<div jsname="C0oDBd" data-challenge-ui="%.@.{&quot;appid&quot;:&quot;https://www.gstatic.com/securitykey/origins.json&quot;}"></div>',
            hidden('id-challenge', Buffer.from(scene.token).toString('base64'), 'id="id-challenge"'),
            { ...input('hidden', 'id-assertion', 'id="id-assertion"'), expect: { kind: 'free' } },
            `<div class="EGmPD">${say(kind.label, language)}</div>`,
            wrong,
            trust,
          ]),
        ];
    }
  }
}

/** The old prompt: the page's script polls another host and fills the token in; a form to send it again stands above. */
function prompt(
  scene: Scene,
  offer: Offer,
  chosen: Extract<Method, { kind: 'prompt' }>,
  issued: (intent: string, body: Part) => Form,
  end: Part,
): Block[] {
  const again = form('resend', '/signin/challenge', `data-challengeentry="${offer.id}"`, [
    startFields(scene, offer),
    `<button type="submit" id="HmIokf" class="g1C42c" jsname="klqQrb">${say('resend', scene.language)}</button>`,
  ]);
  const number = chosen.number === undefined ? '' : `<div jsname="EKvSSd">${chosen.number}</div>`;
  return [
    again,
    `<div class="LJtPoc" jsname="Ki8mld" data-context="TWO_STEP_VERIFICATION" data-gapi-url="https://apis.google.com/js/base.js" data-api-key="${scene.apiKey}" data-tx-id="${scene.transaction}" data-tx-lifetime="${chosen.lifetime ?? 180_000}">`,
    issued('prompt', [
      `<div class="H16gm" id="azApprovalMsg">${say('tap', scene.language)}</div>${number}`,
      { ...input('hidden', 'token', 'id="authzenToken" jsname="iFpmR"'), expect: { kind: 'answer' } },
      hidden('action', 'VERIFY', 'id="azAction"'),
      `<noscript><button type="submit" class="MK9CEd" jsname="M2UYVd" formnovalidate value="submit" id="nojssubmit">${say('responded', scene.language)}</button></noscript>`,
      end,
    ]),
    '</div>',
  ];
}

export function tapNumber(scene: Scene, chosen: Extract<Method, { kind: 'device' }>): string {
  if (chosen.number === undefined) return '';
  const tag = chosen.numberTag ?? 'samp';
  return `<div class="VnJmLc" jsname="NhJ5Dd">${say('tapNumber', scene.language)}<${tag} jsname="feLNVc" class="NOZDsb">${chosen.number}</${tag}></div>`;
}

function pin(scene: Scene, id: string | undefined, prefix: string): Part {
  const label = say('enterCode', scene.language);
  return [
    `<div class="EGmPD" jsname="BCqkPb">${label}</div><div class="LNdFWe" dir="ltr">${prefix}</div>`,
    input(
      'tel',
      'Pin',
      `pattern="[0-9 ]*" id="${id ?? 'pin'}" dir="ltr" autocomplete="off" placeholder="${label}" autofocus`,
    ),
  ];
}

function submit(scene: Scene): string {
  return `<input type="submit" class="MK9CEd" jsname="M2UYVd" value="${say('done', scene.language)}" id="submit">`;
}

function challenge(
  scene: Scene,
  intent: string,
  action: string,
  kind: { id: number; type: number },
  body: Part,
): Form {
  return form(intent, action, 'id="challenge" jsname="rzWj5" jscontroller="HNBfvc" jsshadow', [
    '<span jsslot>',
    hidden('challengeId', String(kind.id), 'id="challengeId"'),
    hidden('challengeType', String(kind.type), 'id="challengeType"'),
    common(scene),
    '<div jsname="KrwUDc">',
    body,
    '</div></span>',
  ]);
}

function common(scene: Scene): Part {
  return [
    hidden('ifkv', scene.ifkv),
    hidden('continue', scene.continueUrl),
    hidden('flowName', 'WEB_SETUP_GLIF'),
    hidden('followup', scene.continueUrl),
    hidden('faa', '1'),
    hidden('hl', scene.language),
    ['oauth', 'sarp', 'scc'].map((name) => hidden(name, '1')),
    hidden('checkConnection', 'youtube:930:1'),
    hidden('pstMsg', '0'),
    hidden('TL', scene.tl),
    hidden('gxf', scene.token, 'id="gxf"'),
  ];
}

function frame(
  scene: Scene,
  content: readonly Block[],
  texts: { heading: TextKey; other: TextKey } = { heading: 'twoStep', other: 'extraStep' },
): Sheet {
  const { language } = scene;
  const body = content.map((block) => (typeof block === 'string' ? block : block.html)).join('\n');
  return {
    forms: content.filter((block) => typeof block !== 'string'),
    html: `<!doctype html>
<html lang="${language}" dir="${direction(language)}"><head><base href="https://accounts.google.com/"><meta charset="utf-8"><title>${say('title', language)}</title></head>
<body id="yDmH0d"><div class="s2h6df"><div class="RgEUV ZnXjYc EaNIqc JhUD8d">
<div class="glT6eb"><div jsname="IDL96d"><h1>${say(texts.heading, language)}</h1></div><div jsname="jqgtP"><h2>${say(texts.other, language)}</h2></div></div>
<div class="LJtPoc" jsname="Ki8mld">
${body}
</div><div class="M0leCe"><span jsname="tODuDc">${escape(scene.email)}</span><a href="https://accounts.google.com/AccountChooser" class="vHOx3b">${say('otherAccount', language)}</a></div>
</div><ul id="footer-list"><li>Google</li></ul>
<select id="lang-chooser" name="lang-chooser"><option value="de">Deutsch</option><option value="${language}" selected>${language}</option></select></div></body></html>`,
  };
}
