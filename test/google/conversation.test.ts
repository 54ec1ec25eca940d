/** Pages that gauth does not know, answered by the user in the terminal. */
import { describe, expect, it } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import { readVisiblePage } from '../../src/google/visible-page.ts';
import { signIn } from '../../src/google/sign-in.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/ports.ts';
import { createPrompter } from '../../src/prompts/prompter.ts';
import { createLog } from '../../src/log.ts';
import { bodyText, html } from '../emulators/respond.ts';
import { fakeSystem } from '../fakes/system.ts';
import { type Line, STOP } from '../fakes/terminal.ts';
import { organisation, USER } from '../support/organisation.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const MENU = /^what to do: /;
const GOOGLE = 'https://accounts.google.com';

type Markup = (content: string, action?: string) => string;

/** The two dialects of Google's pages around any content. */
const DIALECTS: Readonly<Record<string, Markup>> = {
  v3: (content, action = '/v3/signin/novel?TL=1') =>
    `<html><head><base href="${GOOGLE}/v3/signin/"><title>Sign in - Google Accounts</title><style>.x{}</style></head><body>` +
    `<script>alert('hidden')</script><div jsname="bN97Pc"><h1 jsname="r4nke">A new page</h1>` +
    `<form method="POST" action="${action}"><input type="hidden" name="at" value="x:1">${content}</form></div></body></html>`,
  legacy: (content, action = '/signin/novel') =>
    `<html><head><title>Google Accounts</title><link href="//ssl.gstatic.com/a.css"></head><body><h1>A new page</h1>` +
    `<form method="post" action="${GOOGLE}${action}"><input type="hidden" name="gxf" value="y:2">${content}</form></body></html>`,
};

interface Shape {
  readonly name: string;
  readonly content: string;
  readonly dialogue: readonly Line[];
  /** The fields of the form besides the hidden one. */
  readonly sent: readonly (readonly [string, string])[];
}

const SHAPES: readonly Shape[] = [
  {
    name: 'a new kind of code',
    content:
      '<label for="c">Holographic code</label><input id="c" name="HoloPin" type="tel"><button name="go" value="1">Next</button>',
    dialogue: [
      [MENU, { choose: /^Answer "Holographic code", then "Next"/ }],
      [/^Holographic code: $/, '424242'],
    ],
    sent: [
      ['HoloPin', '424242'],
      ['go', '1'],
    ],
  },
  {
    name: 'a date of birth',
    content:
      '<input name="day" aria-label="Tag"><select name="month" aria-label="Monat"><option value="1">Januar</option><option value="2">Februar</option></select><input name="year" placeholder="Jahr"><button>Weiter</button>',
    dialogue: [
      [MENU, { choose: /^Answer 3 questions, then "Weiter"/ }],
      [/^Tag: $/, '29'],
      [/^"Monat": /, { choose: /^Februar/ }],
      [/^Jahr: $/, '1972'],
    ],
    sent: [
      ['day', '29'],
      ['month', '2'],
      ['year', '1972'],
    ],
  },
  {
    name: 'a choice of numbers',
    content:
      '<fieldset><legend>画面に表示されている番号</legend><label><input type="radio" name="n" value="a">17</label><label><input type="radio" name="n" value="b">71</label></fieldset><input type="submit" name="ok" value="次へ">',
    dialogue: [
      [MENU, { choose: /次へ/ }],
      [/^"画面に表示されている番号": 17 \| 71$/, { choose: /^71/ }],
    ],
    sent: [
      ['n', 'b'],
      ['ok', '次へ'],
    ],
  },
  {
    name: 'consent with two buttons',
    content:
      '<p>We have changed our rules.</p><button name="action" value="1">I agree</button><button name="action" value="2">Not now</button>',
    dialogue: [[/^what to do: "I agree" \| "Not now" \| /, { choose: /^"Not now"/ }]],
    sent: [['action', '2']],
  },
  {
    name: 'checkboxes',
    content:
      '<label><input type="checkbox" name="a" checked>Remember</label><label><input type="checkbox" name="b" value="yes">News</label><button>Go</button>',
    dialogue: [
      [MENU, { choose: /"Go"/ }],
      [/^Remember \[Y\/n\] $/, 'n'],
      [/^News \[y\/N\] $/, 'maybe'],
      [/^Type y for yes or n for no\.\nNews \[y\/N\] $/, 'y'],
    ],
    sent: [['b', 'yes']],
  },
  {
    name: 'a password field, which is not filled in by itself',
    content:
      '<input type="password" name="OldSecret" aria-label="Old password" value="from the page"><button name="n" value="1">Next</button>',
    dialogue: [
      [MENU, { choose: /"Next"/ }],
      [/^Old password \(sent to accounts\.google\.com\): $/, 'typed'],
    ],
    sent: [
      ['OldSecret', 'typed'],
      ['n', '1'],
    ],
  },
  {
    name: 'an initial value and a long text',
    content:
      '<input name="mail" aria-label="E-mail" value="me@example.com"><textarea name="why" title="Reason"></textarea><button>Send</button>',
    dialogue: [
      [MENU, { choose: /"Send"/ }],
      [/^E-mail: $/, 'you@example.com'],
      [/^Reason: $/, 'because'],
    ],
    sent: [
      ['mail', 'you@example.com'],
      ['why', 'because'],
    ],
  },
  {
    name: 'a form without a button',
    content: '<input name="word" aria-label="Word">',
    dialogue: [
      [MENU, { choose: /^Answer "Word", then Submit/ }],
      [/^Word: $/, 'x'],
    ],
    sent: [['word', 'x']],
  },
  {
    name: 'hidden and disabled parts, which are left alone',
    content:
      '<input name="trap" style="display:none" value="kept"><input name="off" disabled value="no"><input type="file" name="f"><button type="button">Script</button><button name="go" value="1" disabled>No</button><button name="go" value="2">Yes</button>',
    dialogue: [[/^what to do: "Yes" \| Save/, { choose: /^"Yes"/ }]],
    sent: [
      ['trap', 'kept'],
      ['go', '2'],
    ],
  },
  {
    name: 'a second form',
    content:
      '<button name="one" value="1">First</button></form><form method="post" action="/v3/signin/novel"><input name="x" aria-label="X"><button name="two" value="2">Second</button>',
    dialogue: [
      [/^what to do: "First" \(form 1\) \| Answer "X", then "Second" \(form 2\) \|/, { choose: /Second/ }],
      [/^X: $/, 'y'],
    ],
    sent: [
      ['x', 'y'],
      ['two', '2'],
    ],
  },
];

interface Result {
  readonly code: string;
  readonly error: GauthError | undefined;
  readonly posts: readonly (readonly (readonly [string, string])[])[];
  readonly err: string;
  readonly saved: number;
}

/** A sign-in in which an unknown page comes after the password; its form leads on to where the password led. */
async function signInThrough(
  page: string,
  dialogue: readonly Line[] | undefined,
  stdin?: string,
): Promise<Result> {
  const world = organisation();
  let next: HttpResponse | undefined;
  const posts: [string, string][][] = [];
  const http: Http = async (request: HttpRequest, signal) => {
    if (request.method === 'POST' && request.url.pathname.endsWith('/novel')) {
      expect(request.url.origin).toBe(GOOGLE);
      posts.push([...new URLSearchParams(bodyText(request))]);
      if (next === undefined) throw new Error('nothing follows');
      return next;
    }
    const response = await world.http(request, signal);
    if (next !== undefined || !bodyText(request).includes('Passwd=')) return response;
    next = response;
    return html(page);
  };
  const system = fakeSystem({ http, dialogue, ...(stdin === undefined ? {} : { stdin }) });
  const log = createLog('warn', system.stderr);
  const prompts = createPrompter({ username: USER.email, keyring: false }, system, log);
  let saved = 0;
  const savePage = async (): Promise<string> => {
    saved += 1;
    return Promise.resolve('page.html');
  };
  const request = {
    username: USER.email,
    idpId: 'C01abc2de',
    spId: '000111000111',
    bgResponse: 'js_enabled',
    method: undefined,
  };
  let error: GauthError | undefined;
  try {
    await signIn(request, { ...system, log, prompts, userAgent: 'gauth/test', savePage }, system.signal);
  } catch (caught) {
    if (!(caught instanceof GauthError)) throw caught;
    error = caught;
  }
  system.terminal.done();
  return { code: error?.code ?? 'ok', error, posts, err: system.err(), saved };
}

describe.each(Object.entries(DIALECTS))('an unknown page, %s', (_dialect, markup) => {
  it.each(SHAPES)('with $name', async ({ content, dialogue, sent }) => {
    const result = await signInThrough(markup(content), [PASSWORD, ...dialogue]);
    expect(result.code, String(result.error?.message)).toBe('ok');
    // The second form has no hidden field of its own.
    const isSecond = content.includes('</form>');
    const [hidden, ...others] = result.posts[0] ?? [];
    if (!isSecond) expect(hidden?.join('=')).toMatch(/^(at=x:1|gxf=y:2)$/);
    expect(isSecond ? result.posts[0] : others).toEqual(sent);
    expect(result.err).toContain('A new page');
    expect(result.err).not.toMatch(/alert|\.x\{/);
  });

  it('without a form is shown, can be saved, and ends with its own words', async () => {
    const page = markup('').replace(/<form[^]*<\/form>/, '<p>Come back on Monday.</p>');
    const save: Line = [MENU, { choose: /^Save/ }];
    const result = await signInThrough(page, [PASSWORD, save, STOP]);
    expect({ code: result.code, saved: result.saved, posts: result.posts }).toEqual({
      code: 'PAGE_UNRECOGNISED',
      saved: 1,
      posts: [],
    });
    expect(result.error?.hints[0]).toBe('Google says: A new page | Come back on Monday.');
  });

  it('without a terminal is an error, and nothing is sent', async () => {
    const result = await signInThrough(
      markup('<button name="a" value="1">OK</button>'),
      undefined,
      `${USER.password}\n`,
    );
    expect({ code: result.code, posts: result.posts }).toEqual({ code: 'PAGE_UNRECOGNISED', posts: [] });
  });
});

it('shows a long page in parts', async () => {
  const text = Array.from({ length: 30 }, (_, index) => `<p>Paragraph ${String(index + 1)}</p>`).join('');
  const page = DIALECTS['v3']?.(`${text}<button name="a" value="1">OK</button>`) ?? '';
  const more: Line = [MENU, { choose: /^Show more/ }];
  const result = await signInThrough(page, [
    PASSWORD,
    more,
    more,
    [/^what to do: "OK" \| Save/, { choose: /^"OK"/ }],
  ]);
  expect(result.code).toBe('ok');
  for (const index of [1, 12, 13, 30]) expect(result.err).toContain(`  Paragraph ${String(index)}\n`);
});

it.each([
  ['another host', 'https://evil.example/novel'],
  ['http', 'http://accounts.google.com/novel'],
  ['a blob', 'blob:https://accounts.google.com/novel'],
  ['a script', 'javascript:alert(1)'],
])('offers no form that posts to %s', (_, action) => {
  const page = `<base href="${GOOGLE}/"><h1 jsname="x">Hello</h1><form method="post" action="${action}"><input name="q"><button>OK</button></form>`;
  const url = new URL(`${GOOGLE}/v3/signin/novel`);
  expect(readVisiblePage({ url, status: 200, html: page }).forms).toEqual([]);
});

it('offers no form with the method GET', () => {
  const page = `<h1 jsname="x">Hello</h1><form action="${GOOGLE}/search"><input name="q"><button>OK</button></form>`;
  const url = new URL(`${GOOGLE}/v3/signin/novel`);
  expect(readVisiblePage({ url, status: 200, html: page }).forms).toEqual([]);
});

describe('a known page that needs a decision', () => {
  it.each([
    ['terms of service', 'workspacetermsofservice', /^"I understand"/],
    ['a passkey', 'passkeyenrollment', /^"Not now"/],
  ])('%s is answered by a button', async (_, speedbump, button) => {
    const world = organisation({ user: { speedbumps: [speedbump as never] } });
    const system = fakeSystem({ http: world.http, dialogue: [PASSWORD, [MENU, { choose: button }]] });
    const log = createLog('warn', system.stderr);
    const prompts = createPrompter({ username: USER.email, keyring: false }, system, log);
    const request = {
      username: USER.email,
      idpId: 'C01abc2de',
      spId: '000111000111',
      bgResponse: 'js_enabled',
      method: undefined,
    };
    const parts = {
      ...system,
      log,
      prompts,
      userAgent: 'gauth/test',
      savePage: async () => Promise.resolve(undefined),
    };
    const response = await signIn(request, parts, system.signal);
    expect(response.base64.reveal()).not.toBe('');
    system.terminal.done();
  });
});
