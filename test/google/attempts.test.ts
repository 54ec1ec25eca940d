/** Limited attempts: Google counts passwords, codes, messages and prompts, so none is sent twice without a request. */
import { describe, expect, it, test } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import type { Method } from '../../src/google/challenge-methods.ts';
import { signIn } from '../../src/google/sign-in.ts';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { createPrompter } from '../../src/prompts/prompter.ts';
import { answer, html } from '../emulators/respond.ts';
import { type FakeWorld, fakeClock, fakeSystem } from '../fakes/system.ts';
import { type Line, STOP } from '../fakes/terminal.ts';
import { USER, organisation } from '../support/organisation.ts';

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const SIGN = '<div jsname="x"></div>';
const PASSWORD: Line = [/Google Password: $/, USER.password];
const HANG: Line = [/tap/, 'hang'];
const NEXT = '<button name="action" value="1">Next</button>';

interface SignInOutcome {
  readonly code: string;
  /** The message and the hints. */
  readonly messages: string;
  readonly err: string;
  /** The bodies of the posts after the password. */
  readonly posts: readonly string[];
  readonly seconds: number;
  readonly asked: readonly string[];
}

type Respond = (request: HttpRequest, signal: AbortSignal) => HttpResponse | Promise<HttpResponse>;

/** A sign-in against answers that are given as they are. */
async function run(
  respond: Respond,
  world: Partial<FakeWorld> & { method?: Method; keyring?: boolean } = {},
): Promise<SignInOutcome> {
  const bodies: string[] = [];
  const clock = fakeClock();
  const start = clock.now().getTime();
  const system = fakeSystem({
    http: async (request, signal) => {
      if (request.method === 'POST') bodies.push(String(request.body));
      return respond(request, signal);
    },
    dialogue: [PASSWORD],
    clock,
    ...world,
  });
  const prompts = createPrompter({ username: USER.email, keyring: world.keyring ?? false }, system, QUIET);
  const request = {
    username: USER.email,
    idpId: 'C01abc2de',
    spId: '000111000111',
    bgResponse: 'js_enabled',
    method: world.method,
  };
  let error: GauthError | undefined;
  try {
    await signIn(
      request,
      {
        ...system,
        log: QUIET,
        prompts,
        userAgent: 'gauth/test',
        savePage: async () => Promise.resolve(undefined),
      },
      system.signal,
    );
  } catch (caught) {
    if (!(caught instanceof GauthError)) throw caught;
    error = caught;
  }
  const given = bodies.findIndex((body) => body.includes('Passwd='));
  return {
    code: error?.code ?? 'ok',
    messages: [error?.message, ...(error?.hints ?? [])].join('\n'),
    err: system.err(),
    posts: bodies.slice(given + 1),
    seconds: (clock.now().getTime() - start) / 1000,
    asked: system.terminal.asked,
  };
}

/** E-mail and password as usual, then what is given. */
function afterPassword(then: Respond): Respond {
  return async (request, signal) => {
    if (request.method === 'GET' && request.url.pathname.startsWith('/o/saml2')) return page(IDENTIFIER);
    if (request.url.pathname === '/v3/signin/identifier') return page(PASSWORD_PAGE);
    return then(request, signal);
  };
}

function page(body: string, status = 200): HttpResponse {
  return html(SIGN + body, status);
}

function form(action: string, body: string, attributes = 'id="challenge"'): string {
  return `<form method="POST" action="${action}" ${attributes}>${body}</form>`;
}

const IDENTIFIER = form('/v3/signin/identifier', `<input name="identifier">${NEXT}`);
const PASSWORD_PAGE = form('/v3/signin/challenge/pwd', `<input name="Passwd" type="password">${NEXT}`);
const SEND = form('/signin/challenge/ipp/2', '<button name="SendMethod" value="SMS">Send</button>');
const SKIP = form('/signin/challenge/skip', '<input type="submit">', '');
const DONE = form('https://signin.aws.amazon.com/saml', '<input name="SAMLResponse" value="PHg+">');
const DEVICE = form('/signin/challenge/dp/4', '<button>Done</button>');
const PROMPT = `<div data-api-key="k" data-tx-id="t" data-tx-lifetime="180000">${form('/signin/challenge/az/4', '<input name="token" type="hidden">')}</div>`;
const WRONG = '<span id="errorMsg">No, and not again</span>';

function broken(code: 'NETWORK' | 'TIMEOUT'): never {
  throw new GauthError(code, 'the connection broke');
}

describe('a text message', () => {
  it('is not requested again if Google says why it sent none', async () => {
    const outcome = await run(afterPassword(() => page(WRONG + SEND)));
    expect(outcome).toMatchObject({ code: 'CHALLENGE_DENIED', posts: [] });
    expect(outcome.messages).toContain('Google says: No, and not again');
  });

  it('is requested at most twice', async () => {
    const outcome = await run(afterPassword(() => page(SEND)));
    expect(outcome).toMatchObject({ code: 'CHALLENGE_DENIED', posts: ['SendMethod=SMS', 'SendMethod=SMS'] });
  });

  it('is replaced by another method if there is one', async () => {
    const outcome = await run(
      afterPassword(({ url }) => (url.pathname.endsWith('skip') ? page(DONE) : page(WRONG + SEND + SKIP))),
    );
    expect(outcome).toMatchObject({ code: 'ok', posts: [''] });
  });

  it('of v3 is not requested if the page says that there have been too many', async () => {
    const consent = form('/v3/signin/challenge/ipp/consent?TL=1', NEXT);
    const outcome = await run(afterPassword(() => page(`<div jsname="B34EJ">Too many</div>${consent}`)));
    expect(outcome).toMatchObject({ code: 'CHALLENGE_DENIED', posts: [] });
  });
});

it('prompts for a phone number a limited number of times', async () => {
  const number = form('/signin/challenge/iap/3', '<input name="phoneNumber">');
  const lines: Line[] = [1, 2, 3, 4, 5].flatMap(() => [
    [/^Phone/, ' '],
    [/^Phone/, '+49 151'],
  ]);
  const outcome = await run(
    afterPassword(() => page(number)),
    { dialogue: [PASSWORD, ...lines] },
  );
  expect(outcome.code).toBe('CHALLENGE_DENIED');
  expect(outcome.posts).toHaveLength(5);
  for (const post of outcome.posts) expect(post).toContain('phoneNumber=%2B49+151');
});

describe('a password', () => {
  const both = (error: string): string =>
    form(
      '/v3/signin/challenge/pwd',
      `<input name="Passwd" type="password">${error}<img id="captchaimg" src="/Captcha?v=2"><input name="ca" aria-invalid="true"><div jsname="B34EJ">Read the picture</div>${NEXT}`,
    );
  const captcha = ({ url }: HttpRequest): HttpResponse | undefined =>
    url.pathname === '/Captcha' ? broken('NETWORK') : undefined;

  it('that was refused beside a captcha is prompted for again', async () => {
    const outcome = await run(
      afterPassword((request) => captcha(request) ?? page(both('<p id="passwordError">Wrong</p>'))),
      { dialogue: [1, 2, 3].flatMap((n): Line[] => [[/Password/, `wrong${n}`], ...(n > 1 ? CAPTCHA : [])]) },
    );
    expect(outcome.code).toBe('WRONG_PASSWORD');
    expect(outcome.posts.map((post) => new URLSearchParams(post).get('Passwd'))).toEqual([
      'wrong2',
      'wrong3',
    ]);
  });

  it('is sent again with a captcha that appeared after it', async () => {
    let captchas = 0;
    const outcome = await run(
      afterPassword((request) => captcha(request) ?? page((captchas += 1) > 1 ? DONE : both(''))),
      { dialogue: [PASSWORD, ...CAPTCHA] },
    );
    expect(outcome).toMatchObject({
      code: 'ok',
      posts: [expect.stringContaining('Passwd=correct+horse&ca=abc')],
    });
  });

  it('stays in the keychain if Google asks again without a reason', async () => {
    const keychain = new Map([[`aws-google-auth/${USER.email}`, 'good']]);
    const outcome = await run(
      afterPassword(() => page(PASSWORD_PAGE)),
      { keychain, keyring: true, dialogue: [[/Password/, 'ctrl-c']] },
    );
    expect(outcome).toMatchObject({ code: 'CANCELLED', err: 'Google asks for the password again.\n' });
    expect(keychain.size).toBe(1);
  });

  it('that is an empty line of standard input counts as missing', async () => {
    const outcome = await run(
      afterPassword(() => page(DONE)),
      { dialogue: undefined, stdin: '\nrest\n' },
    );
    expect(outcome.code).toBe('NOT_INTERACTIVE');
  });

  it('is followed by an e-mail page that does not mean an unknown user', async () => {
    const again = IDENTIFIER.replace('<button', '<p jsname="B34EJ">Expired</p><button');
    let starts = 0;
    const outcome = await run((request) => {
      if (request.url.pathname === '/v3/signin/identifier') return page(starts > 1 ? again : PASSWORD_PAGE);
      starts += 1;
      return page(starts > 1 ? again : IDENTIFIER);
    });
    expect(outcome.code).toBe('SESSION_EXPIRED');
  });
});

const CAPTCHA: readonly Line[] = [
  [/Captcha: $/, ''],
  [/Captcha: $/, 'abc'],
];

it('is followed by terms of service, which are recognised as such', async () => {
  const terms = form(
    '/v3/signin/speedbump/workspacetermsofservice?TL=1',
    `<input type="hidden" name="identifier" value="${USER.email}">${NEXT}`,
  );
  expect(
    await run(
      afterPassword(() => page(terms)),
      { dialogue: [PASSWORD, STOP] },
    ),
  ).toMatchObject({
    code: 'TERMS_OF_SERVICE',
    posts: [],
  });
});

describe('a server error', () => {
  const failing = (form: string): Respond => {
    let count = 0;
    return afterPassword(() =>
      page((count += 1) === 1 ? form : '<title>Error 503!!1</title>', count === 1 ? 200 : 503),
    );
  };

  test.each<readonly [string, Respond, Line[], readonly string[]]>([
    ['the password', afterPassword(() => page('', 503)), [], []],
    [
      'a code',
      failing(form('/signin/challenge/totp/2', '<input name="Pin">')),
      [[/MFA/, '123456']],
      ['Pin=123456'],
    ],
    ['the wish for a text message', failing(SEND), [], ['SendMethod=SMS']],
  ])('does not cause %s to be sent again', async (_what, respond, lines, posts) => {
    const outcome = await run(respond, { dialogue: [PASSWORD, ...lines] });
    expect(outcome).toMatchObject({ code: 'GOOGLE_UNAVAILABLE', posts });
  });
});

describe('the preferred method', () => {
  const entry = (word: string, type: number): string =>
    form(
      `/signin/challenge/${word}/${type}`,
      `<input type="hidden" name="challengeType" value="${type}">`,
      'data-challengeentry="1"',
    );

  it('is chosen from a list once, then the user is asked', async () => {
    const outcome = await run(
      afterPassword(() => page(WRONG + entry('ipp', 9) + entry('totp', 6))),
      { method: 'sms', dialogue: [PASSWORD, [/verify it's you/, 'ctrl-c']] },
    );
    expect(outcome).toMatchObject({ code: 'CANCELLED', posts: ['challengeType=9'] });
  });
});

describe('a security key', () => {
  const key = (path: string, other: string): string =>
    form(path, `${NEXT}<button name="action" value="2">Another way</button>${other}`);

  test.each([
    ['v3', key('/v3/signin/challenge/sk/presend', '')],
    ['v3, in a browser', key('/v3/signin/challenge/sk/webauthn', '')],
    ['v3, passkey', key('/v3/signin/challenge/pk/presend', '')],
    ['legacy', form('/signin/challenge/sk/2', '') + SKIP],
  ])('is what the error names if another way leads to an error page: %s', async (_name, wanted) => {
    const failures = [
      page('<h1>Something went wrong</h1>'),
      page('<title>Error 400 (Bad Request)!!1</title>', 400),
      page('<title>Error 500!!1</title>', 500),
      answer(302, 'text/html', '', { location: 'https://accounts.google.com/v3/signin/rejected?rhlk=js' }),
    ];
    for (const failure of failures) {
      const outcome = await run(
        afterPassword(({ url }) => {
          if (url.pathname.endsWith('rejected')) return page('<h1>No</h1>');
          return url.pathname.endsWith('pwd') ? page(wanted) : failure;
        }),
      );
      expect(outcome.code).toBe('CHALLENGE_UNSUPPORTED');
      expect(outcome.messages).toMatch(
        /^Google requires a (?:security key|passkey), which a terminal cannot use\n/,
      );
    }
  });
});

describe('a prompt on the phone', () => {
  test.each([
    ['device', 'legacy'],
    ['device', 'v3'],
    ['prompt', 'legacy'],
  ] as const)('that is denied ends the wait at once: %s, %s', async (kind, dialect) => {
    const world = organisation({ user: { dialect, challenges: [{ methods: [{ kind, tap: 'deny' }] }] } });
    const outcome = await run(async (request, signal) => world.http(request, signal), {
      dialogue: [PASSWORD, HANG],
    });
    expect(outcome.code).toBe('CHALLENGE_DENIED');
    expect(outcome.messages).toMatch(/was not approved\nGoogle says: /);
    expect(outcome.posts.length).toBeLessThanOrEqual(2);
    world.check();
  });

  test.each(['NETWORK', 'TIMEOUT'] as const)('is waited for despite a %s of one poll', async (code) => {
    for (const waiting of [DEVICE, PROMPT]) {
      let polls = 0;
      const outcome = await run(
        afterPassword(({ url }) => {
          if (url.pathname.includes('pwd')) return page(waiting);
          polls += 1;
          if (polls === 2) broken(code);
          if (polls < 3)
            return url.host.includes('apis') ? answer(500, 'application/json', '{}') : page(waiting);
          return url.host.includes('apis') ? answer(200, 'application/json', '{"txToken":"x"}') : page(DONE);
        }),
        { dialogue: [PASSWORD, HANG] },
      );
      expect(outcome.code).toBe('ok');
    }
  });

  it('is waited for despite a server error of one poll', async () => {
    let polls = 0;
    const outcome = await run(
      afterPassword(({ url }) => {
        if (url.pathname.includes('pwd')) return page(DEVICE);
        polls += 1;
        if (polls === 2) return answer(503, 'text/html', '<h1>Error 503</h1>');
        return page(polls < 3 ? DEVICE : DONE);
      }),
      { dialogue: [PASSWORD, HANG] },
    );
    expect(outcome.code).toBe('ok');
  });

  it('that cannot be polled since the network is gone ends with that error', async () => {
    const outcome = await run(
      afterPassword(({ url }) => (url.pathname.includes('pwd') ? page(DEVICE) : broken('NETWORK'))),
      { dialogue: [PASSWORD, HANG] },
    );
    expect(outcome.code).toBe('NETWORK');
  });

  test.each([503, 511])(
    'that cannot be polled since each response is %d ends with that error',
    async (status) => {
      const outcome = await run(
        afterPassword(({ url }) => (url.pathname.includes('pwd') ? page(DEVICE) : page('', status))),
        { dialogue: [PASSWORD, HANG] },
      );
      expect(outcome.code).not.toBe('CHALLENGE_DENIED');
      expect(outcome.code).not.toBe('ok');
    },
  );

  test.each([
    [403, 'CHALLENGE_UNSUPPORTED'],
    [429, 'RATE_LIMITED'],
  ])('is not polled again after %d', async (status, code) => {
    const outcome = await run(
      afterPassword(({ url }) =>
        url.host.includes('apis') ? answer(status, 'application/json', '{}') : page(PROMPT),
      ),
      { dialogue: [PASSWORD, HANG] },
    );
    expect(outcome).toMatchObject({ code, posts: ['{"txId":"t"}'] });
    expect(outcome.seconds).toBeLessThan(10);
  });
});
