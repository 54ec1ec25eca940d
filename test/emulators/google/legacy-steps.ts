/** The second factors of the legacy dialect: the list of methods, and a page for each. */
import { type Form, type Part, type PageMarkup, checkbox, button, form, hidden, input } from './form.ts';
import { type Block, challenge, common, frame } from './legacy-layout.ts';
import { METHODS, type Offer, type PageContext, describe, phoneOf } from './page-context.ts';
import { type TextKey, say } from './texts.ts';
import type { Method } from './types.ts';

export function actionOf(offer: Offer): string {
  return `/signin/challenge/${METHODS[offer.method.kind].legacy}/${offer.id}`;
}

/** The choice: one form a method. */
export function legacySelection(setup: PageContext): PageMarkup {
  const forms = setup.offers.map((offer) => {
    const { text, phone } = describe(offer.method, setup.language);
    const off = offer.method.unavailable === true;
    return form(`choose ${offer.id}`, actionOf(offer), `data-challengeentry="${offer.id}"`, [
      startFields(setup, offer),
      `<button type="submit" class="Gkuxu" ${off ? 'disabled' : ''}><span class="VnJmLc">${text}</span> <b dir="ltr">${phone}</b>`,
      off ? `<span class="unavailable">${say('unsupported', setup.language)}</span></button>` : '</button>',
    ]);
  });
  return frame(setup, forms, { heading: 'twoStep', other: 'choose' });
}

function startFields(setup: PageContext, offer: Offer): Part {
  return [
    hidden('subAction', 'startChallenge'),
    hidden('challengeId', String(offer.id)),
    hidden('challengeType', String(METHODS[offer.method.kind].type)),
    common(setup),
  ];
}

export function legacyMethod(
  setup: PageContext,
  offer: Offer,
  stage: 'send' | 'enter',
  error?: TextKey,
): PageMarkup {
  const { language } = setup;
  const kind = METHODS[offer.method.kind];
  const trust = [
    checkbox('TrustDevice', 'on', 'id="trustDevice" class="aCOJmf"'),
    `<span>${say('trust', language)}</span>`,
  ];
  const wrong =
    error === undefined
      ? ''
      : `<span id="pinErrorMessage"><span class="Qx8Abe" id="errorMsg">${say(error, language)}</span></span>`;
  const issued = (intent: string, body: Part): Form =>
    challenge(setup, intent, actionOf(offer), { id: offer.id, type: kind.type }, body);
  const skip = form('skip', '/signin/challenge/skip', '', [
    hidden('challengeId', String(offer.id)),
    common(setup),
    `<input id="skipChallenge" type="submit" jsname="rwR6T" class="g1C42c" value="${say('otherWay', language)}">`,
  ]);
  const heads = { heading: 'twoStep', other: 'extraStep' } as const;
  return frame(setup, [...body(offer.method), skip], heads);

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
        return [
          issued('answer', [pin(setup, kind.pinId, 'G-'), wrong, submit(setup), trust, sendAgain(chosen)]),
        ];
      case 'recovery-email':
      case 'recovery-phone':
        return [issued('answer', [input('text', kind.field ?? 'Pin'), wrong, submit(setup)])];
      case 'email-code':
      case 'totp':
      case 'security-key-code':
      case 'backup-code':
      case 'offline-code':
        return [issued('answer', [pin(setup, kind.pinId, ''), wrong, submit(setup), trust])];
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
            : issued('answer', [input('tel', 'pin', 'id="idvAnyPhonePin"'), wrong, submit(setup)]),
        ];
      case 'prompt':
        return prompt(setup, offer, chosen, issued, [wrong, trust]);
      case 'device':
        return [
          issued('device', [
            `<div class="EGmPD" jsname="BCqkPb">${say('tap', language)}</div>`,
            approvalNumber(setup, chosen),
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
            hidden('id-challenge', Buffer.from(setup.token).toString('base64'), 'id="id-challenge"'),
            { ...input('hidden', 'id-assertion', 'id="id-assertion"'), expect: { kind: 'free' } },
            `<div class="EGmPD">${say(kind.label, language)}</div>`,
            wrong,
            trust,
          ]),
        ];
    }
  }
}

/** Pressed, it sends another code; a code that comes together with it is not looked at. */
function sendAgain(chosen: Extract<Method, { kind: 'sms' }>): Part {
  if (chosen.resend !== true) return '';
  const by = chosen.by ?? 'SMS';
  return {
    name: 'SendMethod',
    html: `<input type="submit" name="SendMethod" value="${by}" class="g1C42c">`,
    expect: { kind: 'optional', value: by },
  };
}

/** The old prompt: the page's script polls another host and fills the token in; a form to send it again stands above. */
function prompt(
  setup: PageContext,
  offer: Offer,
  chosen: Extract<Method, { kind: 'prompt' }>,
  issued: (intent: string, body: Part) => Form,
  end: Part,
): Block[] {
  const again = form('resend', '/signin/challenge', `data-challengeentry="${offer.id}"`, [
    startFields(setup, offer),
    `<button type="submit" id="HmIokf" class="g1C42c" jsname="klqQrb">${say('resend', setup.language)}</button>`,
  ]);
  const number = chosen.number === undefined ? '' : `<div jsname="EKvSSd">${chosen.number}</div>`;
  return [
    again,
    `<div class="LJtPoc" jsname="Ki8mld" data-context="TWO_STEP_VERIFICATION" data-gapi-url="https://apis.google.com/js/base.js" data-api-key="${setup.apiKey}" data-tx-id="${setup.transaction}" data-tx-lifetime="${chosen.lifetime ?? 180_000}">`,
    issued('prompt', [
      `<div class="H16gm" id="azApprovalMsg">${say('tap', setup.language)}</div>${number}`,
      { ...input('hidden', 'token', 'id="authzenToken" jsname="iFpmR"'), expect: { kind: 'answer' } },
      hidden('action', 'VERIFY', 'id="azAction"'),
      `<noscript><button type="submit" class="MK9CEd" jsname="M2UYVd" formnovalidate value="submit" id="nojssubmit">${say('responded', setup.language)}</button></noscript>`,
      end,
    ]),
    '</div>',
  ];
}

export function approvalNumber(setup: PageContext, chosen: Extract<Method, { kind: 'device' }>): string {
  if (chosen.number === undefined) return '';
  const tag = chosen.numberTag ?? 'samp';
  return `<div class="VnJmLc" jsname="NhJ5Dd">${say('tapNumber', setup.language)}<${tag} jsname="feLNVc" class="NOZDsb">${chosen.number}</${tag}></div>`;
}

function pin(setup: PageContext, id: string | undefined, prefix: string): Part {
  const label = say('enterCode', setup.language);
  return [
    `<div class="EGmPD" jsname="BCqkPb">${label}</div><div class="LNdFWe" dir="ltr">${prefix}</div>`,
    input(
      'tel',
      'Pin',
      `pattern="[0-9 ]*" id="${id ?? 'pin'}" dir="ltr" autocomplete="off" placeholder="${label}" autofocus`,
    ),
  ];
}

function submit(setup: PageContext): string {
  return `<input type="submit" class="MK9CEd" jsname="M2UYVd" value="${say('done', setup.language)}" id="submit">`;
}
