/** Pages that users reported in 2026: each is recognised and can be continued. */
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { readPage } from '../../src/google/page-reader.ts';
import { refusalError } from '../../src/google/refusals.ts';
import { signIn } from '../../src/google/sign-in.ts';
import type { Http } from '../../src/ports.ts';
import { createPrompter } from '../../src/prompts/prompter.ts';
import { bodyText, html } from '../emulators/respond.ts';
import { fakeSystem } from '../fakes/system.ts';
import { organisation, USER } from '../support/organisation.ts';

const GOOGLE = 'https://accounts.google.com';
const TARGET = { username: USER.email, idpId: 'C01abc2de', spId: '000111000111' };

function read(path: string, content = '<h1 jsname="x">Sorry</h1>'): ReturnType<typeof readPage> {
  return readPage({ url: new URL(path, GOOGLE), status: 200, html: content });
}

describe('a page that users reported', () => {
  it.each([
    ['/v3/signin/challenge/recaptcha?TL=1', 'RECAPTCHA'],
    ['/v3/signin/challenge/idv?TL=1', 'VERIFY_IDENTITY'],
    ['/v3/signin/challenge/rejected?rrk=46', 'BROWSER_REJECTED'],
    ['/v3/signin/rejected?rhlk=js', 'JAVASCRIPT_REQUIRED'],
    ['/v3/signin/rejected?rrk=88', 'SIGN_IN_REJECTED'],
    ['/v3/signin/rejected?ec=65620&idnf=me%40example.com', 'SIGN_IN_REJECTED'],
    ['/CookieMismatch', 'COOKIE_MISMATCH'],
  ])('%s is %s', (path, refusal) => {
    expect(read(path)).toMatchObject({ kind: 'refusal', refusal });
  });

  it.each([
    ['?rrk=88', /^Google refuses this sign-in \(rrk=88\)$/],
    ['?ec=65620&idnf=me%40example.com', /^Google refuses this sign-in \(ec=65620\)$/],
    ['', /^Google refuses this sign-in$/],
  ])('names the numbers of a rejection: %s', (query, message) => {
    const page = read(`/v3/signin/rejected${query}`);
    if (page.kind !== 'refusal') throw new Error(page.kind);
    expect(refusalError(page, TARGET).message).toMatch(message);
  });
});

describe('a password page', () => {
  const password = (body: string): ReturnType<typeof readPage> =>
    read(
      '/v3/signin/challenge/pwd',
      `<form method="POST" action="/v3/signin/challenge/pwd"><input type="password" name="Passwd" aria-invalid="true">${body}<button name="action" value="1">Next</button></form>`,
    );

  it.each([
    '<div jsname="h9d3hd"><div jsname="B34EJ"><span jsslot>Your password was changed 12 days ago</span></div></div>',
    '<div jsname="h9d3hd"><span>Your password was changed 12 days ago</span></div>',
  ])('quotes that the password was changed: %s', (body) => {
    expect(password(body)).toMatchObject({
      kind: 'password',
      refused: true,
      message: 'Your password was changed 12 days ago',
    });
  });

  it.each([
    '<img id="captchaimg"><input name="ca">',
    '<div style="display: none"><img id="captchaimg" src="/Captcha?v=2"><input name="ca"></div>',
  ])('has no captcha if its block is hidden or empty: %s', (body) => {
    expect(password(body)).toMatchObject({ captcha: undefined });
  });
});

describe('a list of methods', () => {
  it('leaves out account recovery and entries without a type', () => {
    const entry = (attributes: string): string =>
      `<li><div data-challengeid="4" ${attributes}><button name="challenge" value="${attributes.length}">Way</button></div></li>`;
    const page = read(
      '/v3/signin/challenge/selection',
      `<h1 jsname="x"></h1><form method="POST" action="/v3/signin/challenge/selection">${[
        entry('data-challengetype="6"'),
        entry('data-challengetype="null"'),
        entry('data-challengetype="9" data-accountrecovery="true"'),
        entry('data-challengetype="8" data-accountrecovery="false" aria-disabled="true"'),
        entry('data-challengetype="11" data-challengeunavailable="false"'),
      ].join('')}</form>`,
    );
    if (page.kind !== 'chooser') throw new Error(page.kind);
    expect(page.offers.map(({ method, available }) => [method, available])).toEqual([
      ['totp', true],
      ['backup-code', false],
      ['password', true],
    ]);
  });

  it('leaves out the same of the legacy dialect', () => {
    const entry = (type: string, attributes = ''): string =>
      `<form method="POST" action="/signin/challenge/x/${type}" data-challengeentry="1" ${attributes}><input type="hidden" name="challengeType" value="${type}"><button>Way</button></form>`;
    const page = read(
      '/signin/selectchallenge/2',
      `<h1 jsname="x"></h1>${entry('6')}${entry('null')}${entry('9', 'data-accountrecovery="true"')}`,
    );
    expect(page).toMatchObject({ kind: 'chooser', offers: [{ method: 'totp' }] });
  });
});

describe('a page with one button', () => {
  const form = (path: string, body: string): ReturnType<typeof read> =>
    read(path, `<h1 jsname="x">Hi</h1><form method="POST" action="${path}">${body}</form>`);
  const NEXT = '<button name="action" value="1">Next</button>';

  it.each(['/v3/signin/confirmidentifier?TL=1', '/v3/signin/continue', '/speedbump/samlconfirmaccount'])(
    'is confirmed: %s',
    (path) => {
      const hidden = '<input type="hidden" name="at" value="1">';
      expect(form(path, hidden + NEXT)).toMatchObject({ kind: 'confirm' });
    },
  );

  it.each([
    ['/v3/signin/confirmidentifier', `<input name="x">${NEXT}`, 'VERIFY_IDENTITY'],
    ['/v3/signin/confirmidentifier', `<input type="checkbox" name="x">${NEXT}`, 'VERIFY_IDENTITY'],
    ['/v3/signin/continue', `${NEXT}<button name="action" value="2">No</button>`, 'INTERSTITIAL'],
    [
      '/speedbump/samlconfirmaccount',
      '<button name="a">Yes</button><button name="b">No</button>',
      'INTERSTITIAL',
    ],
  ])('is left to the user if there is something to decide: %s', (path, body, refusal) => {
    expect(form(path, body)).toMatchObject({ kind: 'refusal', refusal });
  });

  it('is confirmed by the button that v3 marks as the primary one', () => {
    const body = '<button name="no" jsname="gVmDzc">?</button><button name="yes" jsname="Njthtb">!</button>';
    expect(form('/speedbump/samlconfirmaccount', body)).toMatchObject({
      kind: 'confirm',
      submission: { fields: [{ name: 'yes' }] },
    });
  });
});

it.each(['https://gds.google.com/web/recoveryoptions', 'https://myaccount.google.com/?pli=1'])(
  'is outside the sign-in: %s',
  (path) => {
    expect(read(path)).toMatchObject({ kind: 'detour', otherwise: { refusal: 'INTERSTITIAL' } });
  },
);

it('starts again without the saved session, once, if Google shows CookieMismatch', async () => {
  const world = organisation();
  let mismatches = 0;
  const http: Http = async (request, signal) => {
    const response = await world.http(request, signal);
    if (!bodyText(request).includes('Passwd=') || mismatches > 0) return response;
    mismatches += 1;
    return { ...html(''), status: 302, headers: { location: [`${GOOGLE}/CookieMismatch`] } };
  };
  const withMismatch: Http = async (request, signal) =>
    request.url.pathname === '/CookieMismatch' ? html('<h1 jsname="x">Cookies</h1>') : http(request, signal);
  const jar = new CookieJar();
  await jar.setCookie('SID=stale; Domain=google.com; Path=/; Secure', GOOGLE);
  const password = [/^Google Password: $/, USER.password] as const;
  const system = fakeSystem({ http: withMismatch, dialogue: [password, password] });
  const log = createLog('warn', system.stderr);
  const prompts = createPrompter({ username: USER.email, keyring: false }, system, log);
  const parts = {
    ...system,
    log,
    prompts,
    jar,
    userAgent: 'gauth/test',
    savePage: async () => Promise.resolve(undefined),
  };
  const request = { ...TARGET, bgResponse: 'js_enabled', method: undefined };
  const response = await signIn(request, parts, system.signal);
  expect(response.base64.reveal()).not.toBe('');
  expect(system.err()).toContain(
    'gauth: Google does not accept the saved session (COOKIE_MISMATCH): starting without it\n',
  );
  expect(await jar.getCookies(GOOGLE)).not.toContainEqual(expect.objectContaining({ value: 'stale' }));
});
