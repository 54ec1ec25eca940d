/** Recognising pages by URL, form and fields, in any language. */
import { describe, expect, it, test } from 'vitest';
import type { Page } from '../../src/google/page.ts';
import { type PageResponse, readPage } from '../../src/google/page-reader.ts';
import { Secret } from '../../src/secret.ts';
import { NO_CAPTURES, capturedPages, fixturePages } from '../support/fixture-pages.ts';
import { needs } from '../support/needs.ts';
import { samplePages } from '../support/pages.ts';

/** The kind, and the word that tells pages of a kind apart. */
function summaryOf(visit: PageResponse): string {
  const page = readPage(visit);
  switch (page.kind) {
    case 'code':
    case 'key':
      return `${page.kind} ${page.method}`;
    case 'send':
      return `send ${page.ways.map((way) => way.method).join('+')}`;
    case 'refusal':
      return page.refusal;
    case 'identifier':
    case 'password':
      return page.captcha === undefined ? page.kind : `${page.kind} with captcha`;
    default:
      return page.kind;
  }
}

const EXPECTED_SUMMARIES: Readonly<Record<string, string>> = {
  identifier: 'identifier',
  'identifier unknownUser': 'identifier',
  'identifier asked': 'identifier with captcha',
  'identifier wrong': 'identifier with captcha',
  password: 'password',
  'password wrongPassword': 'password',
  'v3 password locked': 'TOO_MANY_ATTEMPTS',
  selection: 'chooser',
  accounts: 'accounts',
  'method totp': 'code totp',
  'method sms send': 'send sms',
  'method sms enter': 'code sms',
  'method sms VOICE send': 'send call',
  // Only the words of these pages tell a call from a text message, and words are not read.
  'v3 method sms VOICE send': 'send sms',
  'method sms VOICE enter': 'code sms',
  'method phone-number send': 'phone-number',
  'method phone-number enter': 'code phone-number',
  'method prompt': 'approval',
  'method device': 'approval',
  'v3 method device send': 'send prompt',
  'method recovery-email': 'code recovery-email',
  'method recovery-phone': 'code recovery-phone',
  'method email-code': 'code email-code',
  'v3 method email-code send': 'send email-code',
  'method security-key': 'key security-key',
  'method passkey': 'key passkey',
  'method security-key-code': 'code security-code',
  'method backup-code': 'code backup-code',
  'method offline-code': 'code offline-code',
  'speedbump samlconfirmaccount': 'confirm',
  'speedbump samlconfirmaccount-choice': 'confirm',
  'speedbump confirmidentifier': 'confirm',
  'speedbump continue': 'confirm',
  'speedbump passkeyenrollment': 'PASSKEY_ENROLMENT',
  'speedbump workspacetermsofservice': 'TERMS_OF_SERVICE',
  'speedbump changepassword': 'CHANGE_PASSWORD',
  'speedbump verify': 'VERIFY_IDENTITY',
  'speedbump disabled': 'ACCOUNT_DISABLED',
  'speedbump unheard-of': 'INTERSTITIAL',
  admin: 'ADMIN_MESSAGE',
  'rejected 46': 'BROWSER_REJECTED',
  'rejected 47': 'JAVASCRIPT_REQUIRED',
  'rejected 1': 'POLICY_2SV',
  disabled: 'ACCOUNT_DISABLED',
  // Nothing in it is Google's.
  cookies: 'COOKIE_MISMATCH',
  assertion: 'assertion',
  app_not_configured_for_user: 'APP_NOT_CONFIGURED',
  not_a_saml_app: 'NOT_A_SAML_APP',
  invalid_idp: 'WRONG_IDS',
};

describe('every page of the emulator', () => {
  const pages = samplePages(['en', 'de', 'ja', 'ar']);

  /** `v3 ja method totp enter wrongCode` is looked for as itself, then without its last words. */
  function expected(name: string): string | undefined {
    const [dialect = '', , ...words] = name.split(' ');
    const special = EXPECTED_SUMMARIES[[dialect, ...words].join(' ')];
    if (special !== undefined) return special;
    for (let count = words.length; count > 0; count -= 1) {
      const found = EXPECTED_SUMMARIES[words.slice(0, count).join(' ')];
      if (found !== undefined) return found;
    }
    return undefined;
  }

  it.each(pages.map((page) => [page.name, page] as const))('%s', (name, page) => {
    expect(summaryOf(page)).toBe(expected(name));
  });
});

const FIXTURES: Readonly<Record<string, unknown>> = {
  'administrator.html': {
    kind: 'refusal',
    refusal: 'ADMIN_MESSAGE',
    message: 'Ask [31m the help desk (room 7)',
  },
  'forms-in-forms.html': {
    kind: 'code',
    method: 'totp',
    field: 'Pin',
    form: { action: new URL('https://accounts.google.com/signin/challenge/totp/2') },
  },
  'portal.html': { kind: 'refusal', refusal: 'NOT_GOOGLE', message: 'Welcome to the Seaside Hotel' },
  'unknown-challenge.html': {
    kind: 'unrecognised',
    address: 'accounts.google.com/v3/signin/challenge',
    status: 200,
    title: 'A riddle - Google Accounts',
  },
  'saml.html': {
    kind: 'assertion',
    base64: new Secret('PHNhbWxwOlJlc3BvbnNlLz4='),
    acs: new URL('https://eu-central-1.signin.amazonaws-us-gov.com/saml'),
  },
  'send-two-ways.html': {
    kind: 'send',
    dialect: 'legacy',
    sentTo: '+•• •• •• •• 42',
    ways: [
      {
        method: 'sms',
        submission: {
          fields: fields(
            'challengeId=7',
            'challengeType=9',
            'TL=AAA',
            'gxf=BBB',
            'TrustDevice=on',
            'SendMethod=SMS',
          ),
        },
      },
      {
        method: 'call',
        submission: {
          fields: fields(
            'challengeId=7',
            'challengeType=9',
            'TL=AAA',
            'gxf=BBB',
            'TrustDevice=on',
            'SendMethod=VOICE',
          ),
        },
      },
    ],
    another: undefined,
  },
  'stolen-password.html': { kind: 'refusal', refusal: 'UNSAFE_FORM' },
  'totp-two-errors.html': {
    kind: 'code',
    dialect: 'v3',
    method: 'totp',
    message: 'Falscher Code. Bitte noch einmal.',
    form: { fields: fields('Pin=', 'at=BBB', 'note=\nkept', 'region=DE', 'way=2') },
    button: { name: 'action', value: '1' },
    another: { fields: fields('Pin=', 'at=BBB', 'note=\nkept', 'region=DE', 'way=2', 'action=2') },
  },
};

function fields(...pairs: readonly string[]): unknown {
  return pairs.map((pair) => ({
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
  }));
}

describe('pages made for this test', () => {
  it.each(fixturePages().map((page) => [page.name, page] as const))('%s', (name, page) => {
    const read: Page = readPage(page);
    expect(read).toMatchObject(FIXTURES[name] as object);
    // Secrets print alike, so their values are compared by themselves.
    if (read.kind === 'assertion') expect(read.base64.reveal()).toBe('PHNhbWxwOlJlc3BvbnNlLz4=');
  });
});

const CAPTURED: Readonly<Record<string, unknown>> = {
  'captcha.html': {
    kind: 'identifier',
    dialect: 'v3',
    field: 'identifier',
    message: 'Please enter the characters you see in the image above',
    captchaWrong: true,
    captcha: {
      field: 'ca',
      picture: new URL('https://accounts.google.com/Captcha?v=2&ctoken=super_long_captcha_string'),
      audio: new URL('https://accounts.google.com/Captcha?v=2&ctoken=super_long_captcha_string&kind=audio'),
    },
  },
  'challenge-sms-send.html': {
    kind: 'send',
    dialect: 'legacy',
    ways: [{ method: 'sms' }],
    another: { url: new URL('https://accounts.google.com/signin/challenge/skip') },
  },
  'challenge-totp.html': {
    kind: 'code',
    dialect: 'legacy',
    method: 'totp',
    field: 'Pin',
    message: undefined,
    another: { url: new URL('https://accounts.google.com/signin/challenge/skip') },
  },
  'form-password-challengeid-3.html': {
    kind: 'password',
    dialect: 'v3',
    field: 'Passwd',
    button: { name: 'action', value: '1' },
    captcha: undefined,
    message: undefined,
  },
};

describe('pages captured from Google', () => {
  const captured = capturedPages();
  if (captured.length === 0) test('are read', needs(false, NO_CAPTURES), () => undefined);
  test.each(captured.map((page) => [page.name, page] as const))('%s', (name, page) => {
    expect(readPage(page)).toMatchObject(CAPTURED[name] as object);
  });
});
