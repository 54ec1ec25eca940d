/** The pages of the v3 dialect ("WebLite"): identifier, password and choice after captures, the second steps by analogy. */
import { escape } from '../respond.ts';
import { type Part, type PageMarkup, checkbox, button, honeypot, form, hidden, input } from './form.ts';
import { approvalNumber } from './legacy-steps.ts';
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
import type { MethodKind } from './types.ts';
import { bgresponse, frame, invalid, nameless, next, noscriptTrap, tooMany, wrong } from './v3-layout.ts';

/** The address of a page: its form posts there, and redirects lead there. */
export function v3Address(view: Exclude<Place, { page: 'admin' }>, setup: PageContext): string {
  switch (view.page) {
    case 'identifier':
      return `/v3/signin/identifier${v3Query(setup)}`;
    case 'password':
      return `/v3/signin/challenge/pwd${v3Query(setup, `TL=${setup.tl}&cid=${setup.passwordId}&`)}`;
    case 'selection':
      return `/v3/signin/challenge/selection${v3Query(setup, `TL=${setup.tl}&`, `&lid=${setup.listId}`)}`;
    case 'method': {
      const { kind } = view.offer.method;
      const stage = stagePath(kind, view.stage);
      return `/v3/signin/challenge/${METHODS[kind].v3}${stage}${v3Query(setup, `TL=${setup.tl}&cid=${view.offer.id}&`)}`;
    }
  }
}

/** The last word of the path of a challenge with several pages. */
function stagePath(kind: MethodKind, stage: 'send' | 'enter'): string {
  switch (kind) {
    case 'sms':
    case 'email-code':
      return stage === 'send' ? '/consent' : '/verify';
    case 'device':
      return stage === 'send' ? '/presend' : '';
    default:
      return '';
  }
}

export function v3Page(view: Exclude<Place, { page: 'admin' }>, setup: PageContext): PageMarkup {
  const action = v3Address(view, setup);
  switch (view.page) {
    case 'identifier':
      return identifier(setup, action, view.error, view.captcha);
    case 'password':
      return password(setup, action, view.error, view.locked === true);
    case 'selection':
      return selection(setup, action);
    case 'method':
      return method(setup, action, view.offer, view.stage, view.error);
  }
}

function identifier(
  setup: PageContext,
  action: string,
  error?: TextKey,
  captcha?: 'asked' | 'wrong',
): PageMarkup {
  const { language } = setup;
  const value = setup.email === '' ? '' : `value="${escape(setup.email)}"`;
  const issued = form('identifier', action, 'novalidate', [
    '<div class="iEhbme" jsname="rEuO1b"><section class="aN1Vld "><div class="yOnVIb" jsname="MZArnb"><div class="Fu5aXd" jsname="dWPKW"><label class="dXXNOd">',
    input(
      'email',
      'identifier',
      `class="xyezD" jsname="Ufn6O" id="identifierId" ${value} autocomplete="username" dir="ltr" ${invalid(error)}`,
    ),
    `<div class="CCQ94b">${say('email', language)}</div></label>`,
    wrong(language, error),
    `</div><p class="vOZun"><a href="${escape(`/signin/usernamerecovery${v3Query(setup)}`)}" jsname="Cuz2Ue">${say('forgotEmail', language)}</a></p>`,
    honeypot(
      'password',
      'hiddenPassword',
      'class="hJIRO" tabindex="-1" aria-hidden="true" spellcheck="false" jsname="RHeR4d"',
    ),
    captcha === undefined ? '' : picture(setup),
    hidden('usi', setup.dsh),
    hidden('domain', ''),
    hidden('region', 'US'),
    bgresponse(),
    '<span jsname="ZVfTqd"></span></div></section></div>',
    next(setup, 'identifierNext', `<a href="${escape(`/lifecycle/flows/signup${v3Query(setup)}`)}">+</a>`),
    hidden('at', setup.token),
  ]);
  return frame(setup, { heading: 'signIn', path: 'identifier' }, [issued]);
}

/** As captured: the message under the picture stands there from the first time on. */
function picture(setup: PageContext): Part {
  const source = `/Captcha?v=2&ctoken=${setup.captchaToken}`;
  return [
    `<div class="ZWssT" data-auto-init="CaptchaInput" jsname="Si5T8b"><img jsname="O9Milc" alt="CAPTCHA" src="${source}" id="captchaimg">`,
    '<button type="button" jsname="A1U4Sb" id="playCaptchaButton"></button>',
    `<audio jsname="CakGX" src="${source}&kind=audio" type="audio/wav" id="captchaAudio"></audio><div class="Fu5aXd Jj6Lae" jsname="jKg4ed"><label>`,
    input('text', 'ca', 'class="xyezD" jsname="Ufn6O" dir="ltr" aria-invalid="true"'),
    `<div class="CCQ94b">${say('readPicture', setup.language)}</div></label>`,
    wrong(setup.language, 'enterPicture'),
    '</div>',
    hidden('ct', setup.captchaToken, 'jsname="SBlSod" id="ct"'),
    '</div>',
  ];
}

function password(
  setup: PageContext,
  action: string,
  error: TextKey | undefined,
  locked: boolean,
): PageMarkup {
  const { language } = setup;
  const issued = form('password', action, 'novalidate', [
    '<div class="iEhbme" jsname="rEuO1b">',
    tooMany(setup, locked),
    '<section class="aN1Vld " jsname="dZbRZb"><div class="yOnVIb" jsname="MZArnb">',
    bgresponse(),
    {
      ...hidden('identifier', setup.email),
      html: `<input type="text" name="identifier" class="hJIRO" tabindex="-1" aria-hidden="true" value="${escape(setup.email)}" jsname="KKx9x" autocomplete="off" id="hiddenEmail">`,
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
    // As captured: the block of a captcha that is not asked for.
    '<div jsname="Si5T8b" style="display: none"><img jsname="O9Milc" alt="CAPTCHA" id="captchaimg">',
    honeypot('text', 'ca', 'jsname="Ufn6O" aria-invalid="true"'),
    hidden('ct', '', 'jsname="SBlSod" id="ct"'),
    '</div>',
    '</div></section>',
    nameless(setup),
    '</div>',
    next(setup, 'passwordNext', button('action', '3', say('otherWay', language), 'jsname="gVmDzc"')),
    hidden('at', setup.token),
  ]);
  return frame(setup, { heading: 'welcome', path: 'challenge/pwd' }, [issued]);
}

/** The choice, with the trap of the captures: a refresh inside noscript that leads to a refusal. */
function selection(setup: PageContext, action: string): PageMarkup {
  const { language } = setup;
  const items = setup.offers.map(({ id, method: each }): Part => {
    const { text, phone, sendMethod } = describe(each, language);
    const off = each.unavailable === true;
    const send =
      each.kind === 'sms' ? `data-challengevariant=${sendMethod} data-sendmethod="${sendMethod}"` : '';
    const detail = off ? `<div jsname="TMYUoe">${say('unsupported', language)}</div>` : '';
    return [
      `<li class="CSxKW SmR8 cd29Sd"><div class="mimsib" jsname="EBHGs" data-challengeid=${id} data-action=selectchallenge ${off ? unavailable(id) : ''} data-accountrecovery="false" data-challengetype="${METHODS[each.kind].type}" ${send}>`,
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
    tooMany(setup, false),
    `<section class="aN1Vld " jsname="dZbRZb"><section class="aN1Vld  S7S4N"><header jsname="tJHJj"><h2><span jsname="Ud7fr"><span jsname="I74d0c">${say('choose', language)}</span></span></h2></header><ul class="G8ZO0d">`,
    items,
    // An entry without a type is no method either.
    '<li class="CSxKW"><div class="mimsib" jsname="EBHGs" data-challengeid="99" data-challengetype="null"><span>?</span></div></li>',
    '<li class="CSxKW"><div class="mimsib" jsname="ZPoTod" data-action=accountrecovery data-accountrecovery="true" data-challengetype="2">',
    {
      ...button('accountrecovery', 'undefined,undefined', say('getHelp', language), 'jsname="chyfmd"'),
      expect: { kind: 'optional', value: 'undefined,undefined' },
    },
    '</div></li></ul>',
    hidden('challengeListId', String(setup.listId)),
    '</section></section>',
    nameless(setup),
    '</div>',
    hidden('at', setup.token),
  ]);
  return frame(setup, { heading: 'twoStep', path: 'challenge/selection' }, [issued], noscriptTrap(setup));
}

/** Both marks occur. */
function unavailable(id: number): string {
  return id % 2 === 0 ? 'data-challengeunavailable="true"' : 'aria-disabled="true"';
}

function method(
  setup: PageContext,
  action: string,
  offer: Offer,
  stage: 'send' | 'enter',
  error?: TextKey,
): PageMarkup {
  const { language } = setup;
  const chosen = offer.method;
  const kind = METHODS[chosen.kind];
  const other = button('action', '2', say('otherWay', language), 'jsname="gVmDzc"');
  const page = (intent: string, body: Part, label: TextKey = 'next', head = ''): PageMarkup => {
    const issued = form(intent, action, 'novalidate', [
      '<div class="iEhbme" jsname="rEuO1b">',
      tooMany(setup, error === 'tooMany'),
      '<section class="aN1Vld " jsname="dZbRZb"><div class="yOnVIb" jsname="MZArnb">',
      body,
      '</div></section>',
      nameless(setup),
      '</div>',
      next(setup, 'challengeNext', other, label),
      hidden('at', setup.token),
    ]);
    return frame(setup, { heading: 'twoStep', path: `challenge/${kind.v3}` }, [issued], head);
  };
  const trust: Part = [
    checkbox('TrustDevice', 'true', 'id="trustDevice" jsname="CeL6Qc"'),
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
    case 'email-code':
      if (stage === 'send') return page('send', `<div>${say('emailCode', language)}</div>`, 'next');
      return page('answer', [`<div>${say(kind.label, language)}</div>`, pin('idvPin')]);
    case 'totp':
    case 'security-key-code':
    case 'backup-code':
    case 'offline-code':
      return page('answer', [`<div>${say(kind.label, language)}</div>`, pin(kind.pinId ?? 'pin'), trust]);
    case 'recovery-email':
    case 'recovery-phone':
      return page('answer', [
        `<div>${say(kind.label, language)}</div>`,
        input('text', kind.field ?? 'Pin', `jsname="Ufn6O" ${invalid(error)}`),
        wrong(language, error),
      ]);
    case 'device':
      if (stage === 'send') return page('send', `<div>${say('tap', language)}</div>`, 'next');
      return page(
        'device',
        [`<div>${say('tap', language)}</div>`, approvalNumber(setup, chosen), wrong(language, error), trust],
        'responded',
      );
    case 'security-key':
    case 'passkey':
      return page('security-key', `<div>${say(kind.label, language)}</div>`, 'continue', noscriptTrap(setup));
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
