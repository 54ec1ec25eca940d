/** Pages that resemble others: they are recognised correctly, and no form is filled in that has another purpose. */
import { describe, expect, test } from 'vitest';
import { readPage } from '../../src/google/page-reader.ts';

const GOOGLE = 'https://accounts.google.com';
const SIGN = '<div jsname="x"></div>';

function read(path: string, html: string, status = 200): unknown {
  return readPage({ url: new URL(path, GOOGLE), status, html });
}

function form(action: string, body: string, attributes = ''): string {
  return `<form method="POST" action="${action}" ${attributes}>${body}</form>`;
}

function at(path: string): { readonly action: URL } {
  return { action: new URL(path, GOOGLE) };
}

const NEXT = '<button name="action" value="1">Next</button>';
const ME = '<input type="hidden" name="identifier" value="me@example.com">';

describe('the address in a hidden field', () => {
  test.each([
    ['terms of service', '/v3/signin/speedbump/workspacetermsofservice?TL=1', 'TERMS_OF_SERVICE'],
    ['a passkey to be set up', '/v3/signin/speedbump/passkeyenrollment?TL=1', 'PASSKEY_ENROLMENT'],
    ['a page of that sort that nobody knows', '/v3/signin/speedbump/unheardof', 'INTERSTITIAL'],
  ])('does not make an e-mail page of %s', (_name, action, refusal) => {
    const html = SIGN + form(action, `${ME}${NEXT}`);
    expect(read('/v3/signin/challenge/pwd', html)).toMatchObject({ kind: 'refusal', refusal });
  });

  test.each([
    ['a challenge that nobody knows', '/v3/signin/challenge/kpe'],
    ['a puzzle that needs a script', '/v3/signin/challenge/recaptcha'],
    ['account recovery', '/v3/signin/recoveryidentifier'],
    ['anything else', '/v3/signin/unheardof'],
  ])('does not make an e-mail page of %s', (_name, path) => {
    const { kind } = read(path, SIGN + form(path, `${ME}${NEXT}`)) as { readonly kind: string };
    expect(kind).toBe(path.endsWith('recaptcha') ? 'refusal' : 'unrecognised');
  });

  test('makes one where the form is known by its name', () => {
    const html = form('/unheardof', '<input name="Email">', 'id="gaia_loginform"');
    expect(read('/ServiceLogin', SIGN + html)).toMatchObject({ kind: 'identifier', field: 'Email' });
  });
});

describe('a password field', () => {
  test('for a new password, after the old one, does not get the old one', () => {
    const action = '/v3/signin/speedbump/changepassword/changepasswordform?TL=1';
    const body = `<input type="password" name="Passwd"><input type="password" name="ConfirmPasswd">${NEXT}`;
    expect(read('/v3/signin/challenge/pwd', SIGN + form(action, body))).toMatchObject({
      refusal: 'CHANGE_PASSWORD',
    });
  });

  test('in an unknown form is not filled in', () => {
    const html = SIGN + form('/v3/signin/unheardof', `<input type="password" name="Passwd">${NEXT}`);
    expect(read('/v3/signin/challenge/pwd', html)).toMatchObject({ kind: 'unrecognised' });
  });

  test.each([
    ['a message of its own', '<div id="passwordError">Wrong password</div>', '', 'Wrong password'],
    ['a mark of its own', '', 'aria-invalid="true"', 'Read the picture'],
  ])(
    'that was refused is recognised by %s, whatever the captcha beside it contains',
    (_name, error, mark, message) => {
      const body = `<input type="password" name="Passwd" ${mark}><img id="captchaimg" src="/Captcha?v=2"><input name="ca" aria-invalid="true"><div jsname="B34EJ">Read the picture</div>${error}`;
      const html = form('/v3/signin/challenge/pwd', body);
      expect(read('/v3/signin/challenge/pwd', html)).toMatchObject({ refused: true, message });
      expect(read('/v3/signin/challenge/pwd', html.replace(error, '').replace(mark, ''))).toMatchObject({
        refused: false,
        captchaWrong: true,
      });
    },
  );
});

describe('a code', () => {
  const RESEND = form('/signin/challenge/ipp/2', '<button name="SendMethod" value="SMS">Again</button>');

  test('is prompted for although a form to send it again is above', () => {
    const real = form('/signin/challenge/ipp/2', '<input name="Pin"><input type="submit">', 'id="challenge"');
    expect(read('/signin/challenge/ipp/2', SIGN + RESEND + real)).toMatchObject({
      kind: 'code',
      field: 'Pin',
      resend: { fields: [{ name: 'SendMethod', value: 'SMS' }] },
    });
  });

  test('by text message stays one beside a button to call instead', () => {
    const html = form(
      '/signin/challenge/ipp/2',
      '<b>(•••) •••-••73</b><input name="Pin"><button name="SendMethod" value="VOICE">Call</button>',
    );
    expect(read('/signin/challenge/ipp/2', SIGN + html)).toMatchObject({ kind: 'code', method: 'sms' });
  });

  test('can have a field with the name that captured pages give its identifier', () => {
    const html = form('/v3/signin/challenge/totp?TL=1', `<input name="totpPin">${NEXT}`);
    expect(read('/v3/signin/challenge/totp', SIGN + html)).toMatchObject({
      kind: 'code',
      method: 'totp',
      field: 'totpPin',
    });
  });

  test('in a form that is no challenge is not prompted for', () => {
    const html = SIGN + form('/v3/signin/unheardof', `<input name="Pin">${NEXT}`);
    expect(read('/v3/signin/unheardof', html)).toMatchObject({ kind: 'unrecognised' });
  });
});

test('a prompt on the phone is waited for, although a form to send it again is above', () => {
  const again = form(
    '/signin/challenge/az/4',
    '<input type="hidden" name="subAction" value="startChallenge"><button>Again</button>',
    'data-challengeentry="4"',
  );
  const real = form('/signin/challenge/az/4', '<input type="hidden" name="token">', 'id="challenge"');
  const html = `${again}<div data-api-key="k" data-tx-id="t">${real}</div>`;
  expect(read('/signin/challenge/az/4', SIGN + html)).toMatchObject({
    kind: 'approval',
    form: { ...at('/signin/challenge/az/4'), fields: [{ name: 'token', value: '' }] },
  });
});

test('an unknown challenge is left by its "another way"', () => {
  const path = '/v3/signin/challenge/xyz';
  const html =
    SIGN + form(path, `${ME}<input name="k">${NEXT}<button name="action" value="2">Other</button>`);
  expect(read(path, html)).toMatchObject({ kind: 'key', method: 'other', another: { url: at(path).action } });
});

test('a method that is marked twice is offered once', () => {
  const mark = 'data-challengeid="4" data-challengetype="6"';
  const body = `<li ${mark}><div ${mark}><button name="challenge" value="4,undefined">Code</button></div></li>`;
  const page = read('/v3/signin/challenge/selection', SIGN + form('/v3/signin/challenge/selection', body));
  expect(page).toMatchObject({ kind: 'chooser', offers: [{ method: 'totp', available: true }] });
});

describe('the page to confirm the account', () => {
  const PATH = '/speedbump/samlconfirmaccount';
  const OTHER = form('/Logout?continue=x', '<button>Another account</button>');

  test('is confirmed by its own form, not by the first', () => {
    const html = SIGN + OTHER + form(`${PATH}?x=1`, `<input type="hidden" name="at" value="1">${NEXT}`);
    expect(read(PATH, html)).toMatchObject({
      kind: 'confirm',
      submission: { url: new URL(`${PATH}?x=1`, GOOGLE), fields: [{ name: 'at' }, { name: 'action' }] },
    });
  });

  test.each([
    ['only somebody else has a form', OTHER],
    [
      'of two buttons nobody knows which says yes',
      form(PATH, '<button name="no">No</button><button name="ok">'),
    ],
    ['it asks for a password', form(PATH, '<input type="password" name="Passwd"><button value="1">')],
  ])('is left to the user if %s', (_name, html) => {
    expect(read(PATH, SIGN + html)).toMatchObject({ kind: 'refusal', refusal: 'INTERSTITIAL' });
  });
});

describe('the origin of the page', () => {
  const BODY = "<input name='Passwd' type='password'>";

  test.each([
    ['single quotes', `<form id='challenge' method='POST' action='/signin/challenge/pwd/1'>${BODY}</form>`],
    [
      'no quotes',
      `<form id=challenge method=POST action=https://accounts.google.com/signin/challenge/pwd/1>${BODY}</form>`,
    ],
    [
      'a base and an address relative to it',
      `<base href='https://accounts.google.com/v3/signin/'><form method=post action='challenge/pwd'>${BODY}</form>`,
    ],
  ])('is recognised with %s', (_name, html) => {
    expect(read('/signin/challenge/pwd/1', html)).toMatchObject({ kind: 'password' });
  });

  const BALANCER =
    '<html><head><title>502 Server Error</title></head><body text=#000000 bgcolor=#ffffff><h1>Error: Server Error</h1><h2>Please try again in 30 seconds.</h2></body></html>';

  test.each([
    [403, '', 'SIGN_IN_REJECTED'],
    [400, '', 'WRONG_IDS'],
    [500, '', 'GOOGLE_UNAVAILABLE'],
    [503, ' \n', 'GOOGLE_UNAVAILABLE'],
    [502, BALANCER, 'GOOGLE_UNAVAILABLE'],
    [403, BALANCER, 'NOT_GOOGLE'],
    [200, '', 'NOT_GOOGLE'],
  ])('is Google for a %d without a sign of another server: "%s"', (status, html, refusal) => {
    expect(read('/o/saml2/initsso', html, status)).toMatchObject({ kind: 'refusal', refusal });
  });
});

describe('a form over plain HTTP', () => {
  test.each([
    ['by GET', `<form action="/signin/challenge/pwd/1" method="get"><input name="Passwd"></form>`],
    [
      'without encryption',
      form('http://accounts.google.com/signin/challenge/pwd/1', '<input name="Passwd">'),
    ],
    ['to another port', form('https://accounts.google.com:8443/signin', '<input name="Passwd">')],
    ['to a blob', form('blob:https://accounts.google.com/x', '<input name="Passwd">')],
  ])('%s names no other host', (_name, html) => {
    const page = read('/signin/challenge/pwd/1', SIGN + html);
    expect(page).toMatchObject({ refusal: 'UNSAFE_FORM' });
    expect(page).not.toHaveProperty('host');
  });

  test('that only contains the address does not affect a correct one', () => {
    const extra =
      '<form action="/signin/usernamerecovery"><input type="hidden" name="Email" value="a@b.c"></form>';
    const html = SIGN + form('/signin/challenge/pwd/1', '<input name="Passwd">') + extra;
    expect(read('/signin/challenge/pwd/1', html)).toMatchObject({ kind: 'password' });
  });
});

describe('invisible parts', () => {
  const HIDING_STYLES = [
    'hidden',
    'aria-hidden',
    'aria-hidden="true"',
    'style="display:none"',
    'style="DISPLAY : NONE"',
    'style="color:red; visibility: hidden"',
  ];

  test.each(HIDING_STYLES)(
    '%s: a section about too many attempts, and the words of an administrator',
    (hide) => {
      const html = `<section jsname="INM6z" ${hide}><span jsname="Ud7fr">Too many</span></section><div ${hide}><p id="contactAdminMessage">Ask</p></div>`;
      const page = read(
        '/v3/signin/challenge/pwd',
        html + form('/v3/signin/challenge/pwd', '<input name="Passwd">'),
      );
      expect(page).toMatchObject({ kind: 'password' });
    },
  );

  test.each(HIDING_STYLES)('%s: a captcha', (hide) => {
    const body = `<input name="identifier"><div ${hide}><img id="captchaimg" src="/Captcha?v=2"><input name="ca"></div>`;
    const page = read('/v3/signin/identifier', SIGN + form('/v3/signin/identifier', body));
    expect(page).toMatchObject({ kind: 'identifier', captcha: undefined });
  });

  test('aria-hidden="false" hides nothing', () => {
    expect(read('/x', `${SIGN}<p id="contactAdminMessage" aria-hidden="false">Ask`)).toMatchObject({
      refusal: 'ADMIN_MESSAGE',
    });
  });
});

describe('a form as a browser sends it', () => {
  const PATH = '/v3/signin/challenge/totp?TL=1';
  const AT = '<input type="hidden" name="at" value="1">';

  test.each([
    [
      'with controls that name it',
      `${form(PATH, '<input name="Pin">', 'id="f"')}${AT}${NEXT}`.replaceAll(/(name="a)/g, 'form="f" $1'),
    ],
    ['torn by a tag around it', `<div>${form(PATH, `<input name="Pin"></div>${AT}${NEXT}`)}`],
    [
      'torn, with another one that a browser does not begin',
      `<div>${form(PATH, `<input name="Pin"></div><form action="/x">${AT}${NEXT}`)}`,
    ],
  ])('%s', (_name, html) => {
    expect(read('/v3/signin/challenge/totp', SIGN + html)).toMatchObject({
      form: { fields: [{ name: 'Pin' }, { name: 'at', value: '1' }] },
      button: { name: 'action', value: '1' },
    });
  });

  test('without the fields of a disabled fieldset, except those in its first legend', () => {
    const off = '<fieldset disabled><legend><input name="kept"></legend><p><input name="off"></p></fieldset>';
    expect(read('/v3/signin/challenge/totp', SIGN + form(PATH, `<input name="Pin">${off}`))).toMatchObject({
      form: { fields: [{ name: 'Pin' }, { name: 'kept' }] },
    });
  });

  test('and none that is in a template', () => {
    const template = `<template>${form('/v3/signin/challenge/pwd', '<input name="Passwd">')}</template>`;
    const html = SIGN + template + form(PATH, '<input name="Pin">');
    expect(read('/v3/signin/challenge/totp', html)).toMatchObject({ kind: 'code' });
  });
});

test.each([
  ['tags that do not end', '/v3/signin/challenge/totp', '<base'.repeat(200_000)],
  [
    'an account whose name does not end',
    '/AccountChooser',
    form('/AccountChooser', `<button jsname="a" value="${'a'.repeat(1_000_000)}">x</button>`),
  ],
  [
    'an account whose text does not end',
    '/AccountChooser',
    form('/AccountChooser', `<button jsname="a">${'a'.repeat(1_000_000)}</button>`),
  ],
])('%s are read within the time limit', { timeout: 10_000 }, (_name, path, html) => {
  expect(read(path, html)).toHaveProperty('kind');
});
