/** The pages of the v3 dialect ("WebLite"): identifier, password and choice after captures, the second steps by analogy. */
import { escape } from '../respond.ts';
import { type Part, type PageMarkup, box, button, decoy, form, hidden, input } from './form.ts';
import { tapNumber } from './legacy-steps.ts';
import {
  METHODS,
  type Offer,
  type Place,
  type PageContext,
  describe,
  phoneOf,
  v3Query,
} from './page-context.ts';
import { type TextKey, say } from './texts.ts';
import { bgresponse, frame, invalid, nameless, next, noscriptTrap, tooMany, wrong } from './v3-layout.ts';

/** The address of a page: its form posts there, and redirects lead there. */
export function v3Address(view: Exclude<Place, { page: 'admin' }>, scene: PageContext): string {
  switch (view.page) {
    case 'identifier':
      return `/v3/signin/identifier${v3Query(scene)}`;
    case 'password':
      return `/v3/signin/challenge/pwd${v3Query(scene, `TL=${scene.tl}&cid=${scene.passwordId}&`)}`;
    case 'selection':
      return `/v3/signin/challenge/selection${v3Query(scene, `TL=${scene.tl}&`, `&lid=${scene.listId}`)}`;
    case 'method': {
      const { kind } = view.offer.method;
      const stage = kind === 'sms' ? (view.stage === 'send' ? '/consent' : '/verify') : '';
      return `/v3/signin/challenge/${METHODS[kind].v3}${stage}${v3Query(scene, `TL=${scene.tl}&cid=${view.offer.id}&`)}`;
    }
  }
}

export function v3Page(view: Exclude<Place, { page: 'admin' }>, scene: PageContext): PageMarkup {
  const action = v3Address(view, scene);
  switch (view.page) {
    case 'identifier':
      return identifier(scene, action, view.error, view.captcha);
    case 'password':
      return password(scene, action, view.error, view.locked === true);
    case 'selection':
      return selection(scene, action);
    case 'method':
      return method(scene, action, view.offer, view.stage, view.error);
  }
}

function identifier(
  scene: PageContext,
  action: string,
  error?: TextKey,
  captcha?: 'asked' | 'wrong',
): PageMarkup {
  const { language } = scene;
  const value = scene.email === '' ? '' : `value="${escape(scene.email)}"`;
  const issued = form('identifier', action, 'novalidate', [
    '<div class="iEhbme" jsname="rEuO1b"><section class="aN1Vld "><div class="yOnVIb" jsname="MZArnb"><div class="Fu5aXd" jsname="dWPKW"><label class="dXXNOd">',
    input(
      'email',
      'identifier',
      `class="xyezD" jsname="Ufn6O" id="identifierId" ${value} autocomplete="username" dir="ltr" ${invalid(error)}`,
    ),
    `<div class="CCQ94b">${say('email', language)}</div></label>`,
    wrong(language, error),
    `</div><p class="vOZun"><a href="${escape(`/signin/usernamerecovery${v3Query(scene)}`)}" jsname="Cuz2Ue">${say('forgotEmail', language)}</a></p>`,
    decoy(
      'password',
      'hiddenPassword',
      'class="hJIRO" tabindex="-1" aria-hidden="true" spellcheck="false" jsname="RHeR4d"',
    ),
    captcha === undefined ? '' : picture(scene),
    hidden('usi', scene.dsh),
    hidden('domain', ''),
    hidden('region', 'US'),
    bgresponse(),
    '<span jsname="ZVfTqd"></span></div></section></div>',
    next(scene, 'identifierNext', `<a href="${escape(`/lifecycle/flows/signup${v3Query(scene)}`)}">+</a>`),
    hidden('at', scene.token),
  ]);
  return frame(scene, { heading: 'signIn', path: 'identifier' }, [issued]);
}

/** As captured: the message under the picture stands there from the first time on. */
function picture(scene: PageContext): Part {
  const source = `/Captcha?v=2&ctoken=${scene.captchaToken}`;
  return [
    `<div class="ZWssT" data-auto-init="CaptchaInput" jsname="Si5T8b"><img jsname="O9Milc" alt="CAPTCHA" src="${source}" id="captchaimg">`,
    '<button type="button" jsname="A1U4Sb" id="playCaptchaButton"></button>',
    `<audio jsname="CakGX" src="${source}&kind=audio" type="audio/wav" id="captchaAudio"></audio><div class="Fu5aXd Jj6Lae" jsname="jKg4ed"><label>`,
    input('text', 'ca', 'class="xyezD" jsname="Ufn6O" dir="ltr" aria-invalid="true"'),
    `<div class="CCQ94b">${say('readPicture', scene.language)}</div></label>`,
    wrong(scene.language, 'enterPicture'),
    '</div>',
    hidden('ct', scene.captchaToken, 'jsname="SBlSod" id="ct"'),
    '</div>',
  ];
}

function password(
  scene: PageContext,
  action: string,
  error: TextKey | undefined,
  locked: boolean,
): PageMarkup {
  const { language } = scene;
  const issued = form('password', action, 'novalidate', [
    '<div class="iEhbme" jsname="rEuO1b">',
    tooMany(scene, locked),
    '<section class="aN1Vld " jsname="dZbRZb"><div class="yOnVIb" jsname="MZArnb">',
    bgresponse(),
    {
      ...hidden('identifier', scene.email),
      html: `<input type="text" name="identifier" class="hJIRO" tabindex="-1" aria-hidden="true" value="${escape(scene.email)}" jsname="KKx9x" autocomplete="off" id="hiddenEmail">`,
    },
    '<div class="Fu5aXd" jsname="vZSTIf"><label class="dXXNOd">',
    input(
      'password',
      'Passwd',
      `class="xyezD" jsname="Ufn6O" id="password" autocomplete="current-password" dir="ltr" ${invalid(error)}`,
    ),
    `<div class="CCQ94b">${say('password', language)}</div></label>`,
    error === undefined
      ? '<div class="F3wxlc" jsname="h9d3hd"></div>'
      : `<div class="F3wxlc" jsname="h9d3hd"><div jsname="B34EJ" id="passwordError"><span jsslot>${say(error, language)}</span></div></div>`,
    '</div>',
    hidden('TrustDevice', 'true'),
    hidden('historicalPassword', 'false'),
    '</div></section>',
    nameless(scene),
    '</div>',
    next(scene, 'passwordNext', button('action', '3', say('otherWay', language), 'jsname="gVmDzc"')),
    hidden('at', scene.token),
  ]);
  return frame(scene, { heading: 'welcome', path: 'challenge/pwd' }, [issued]);
}

/** The choice, with the trap of the captures: a refresh inside noscript that leads to a refusal. */
function selection(scene: PageContext, action: string): PageMarkup {
  const { language } = scene;
  const items = scene.offers.map(({ id, method: each }): Part => {
    const { text, phone, sendMethod } = describe(each, language);
    const off = each.unavailable === true;
    const send =
      each.kind === 'sms' ? `data-challengevariant=${sendMethod} data-sendmethod="${sendMethod}"` : '';
    const detail = off ? `<div jsname="TMYUoe">${say('unsupported', language)}</div>` : '';
    return [
      `<li class="CSxKW SmR8 cd29Sd"><div class="mimsib" jsname="EBHGs" data-challengeid=${id} data-action=selectchallenge ${off ? 'data-challengeunavailable="true"' : ''} data-accountrecovery="false" data-challengetype="${METHODS[each.kind].type}" ${send}>`,
      button(
        'challenge',
        `${id},${sendMethod}`,
        `<span class="KrnQW">${text} <span dir="ltr" jsname="wKtwcc">${phone}</span>${detail}</span>`,
        'jsname="chyfmd"',
      ),
      '</div></li>',
    ];
  });
  const issued = form('choice', action, 'novalidate', [
    '<div class="iEhbme" jsname="rEuO1b">',
    tooMany(scene, false),
    `<section class="aN1Vld " jsname="dZbRZb"><section class="aN1Vld  S7S4N"><header jsname="tJHJj"><h2><span jsname="Ud7fr"><span jsname="I74d0c">${say('choose', language)}</span></span></h2></header><ul class="G8ZO0d">`,
    items,
    '<li class="CSxKW"><div class="mimsib" jsname="ZPoTod" data-action=accountrecovery data-accountrecovery="true" data-challengetype="2">',
    {
      ...button('accountrecovery', 'undefined,undefined', say('getHelp', language), 'jsname="chyfmd"'),
      expect: { kind: 'optional', value: 'undefined,undefined' },
    },
    '</div></li></ul>',
    hidden('challengeListId', String(scene.listId)),
    '</section></section>',
    nameless(scene),
    '</div>',
    hidden('at', scene.token),
  ]);
  return frame(scene, { heading: 'twoStep', path: 'challenge/selection' }, [issued], noscriptTrap(scene));
}

function method(
  scene: PageContext,
  action: string,
  offer: Offer,
  stage: 'send' | 'enter',
  error?: TextKey,
): PageMarkup {
  const { language } = scene;
  const chosen = offer.method;
  const kind = METHODS[chosen.kind];
  const other = button('action', '2', say('otherWay', language), 'jsname="gVmDzc"');
  const page = (intent: string, body: Part, label: TextKey = 'next', head = ''): PageMarkup => {
    const issued = form(intent, action, 'novalidate', [
      '<div class="iEhbme" jsname="rEuO1b">',
      tooMany(scene, error === 'tooMany'),
      '<section class="aN1Vld " jsname="dZbRZb"><div class="yOnVIb" jsname="MZArnb">',
      body,
      '</div></section>',
      nameless(scene),
      '</div>',
      next(scene, 'challengeNext', other, label),
      hidden('at', scene.token),
    ]);
    return frame(scene, { heading: 'twoStep', path: `challenge/${kind.v3}` }, [issued], head);
  };
  const trust: Part = [
    box('TrustDevice', 'true', 'id="trustDevice" jsname="CeL6Qc"'),
    `<span>${say('trust', language)}</span>`,
  ];
  switch (chosen.kind) {
    case 'sms': {
      const phone = `<span dir="ltr" jsname="wKtwcc">${phoneOf(chosen)}</span>`;
      return stage === 'send'
        ? page(
            'send',
            `<div>${say('sms', language)} ${phone}</div>`,
            chosen.by === 'VOICE' ? 'call' : 'sendText',
          )
        : page('answer', [`<div>${phone}</div>`, pin('idvPin'), trust]);
    }
    case 'totp':
    case 'security-key-code':
    case 'backup-code':
    case 'offline-code':
      return page('answer', [`<div>${say(kind.label, language)}</div>`, pin(kind.pinId ?? 'pin'), trust]);
    case 'device':
      return page(
        'device',
        [`<div>${say('tap', language)}</div>`, tapNumber(scene, chosen), wrong(language, error), trust],
        'responded',
      );
    case 'security-key':
    case 'passkey':
      return page('security-key', `<div>${say(kind.label, language)}</div>`, 'continue', noscriptTrap(scene));
    case 'prompt':
    case 'phone-number':
      throw new Error(`the ${chosen.kind} page exists in the legacy dialect only`);
  }

  function pin(id: string): Part {
    return [
      '<div class="Fu5aXd"><label class="dXXNOd">',
      input(
        'tel',
        'Pin',
        `class="xyezD" jsname="Ufn6O" id="${id}" autocomplete="off" dir="ltr" ${invalid(error)}`,
      ),
      `<div class="CCQ94b">${say('enterCode', language)}</div></label>`,
      wrong(language, error),
      '</div>',
    ];
  }
}
