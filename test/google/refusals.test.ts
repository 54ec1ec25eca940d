/** Each refusal of Google, or of a server in its place: code, message, hints and exit status of the whole program. */
import { describe, expect, it, test } from 'vitest';
import { refusalError } from '../../src/google/refusals.ts';
import { main } from '../../src/main.ts';
import { CODES, type Code } from '../../src/errors.ts';
import type { Dialect, GoogleOptions, GoogleUser } from '../emulators/google/index.ts';
import { inMemory } from '../emulators/memory.ts';
import { type FaultRule, withFaults } from '../emulators/faults.ts';
import { fakeSystem } from '../fakes/system.ts';
import { type Line, STOP } from '../fakes/terminal.ts';
import { FLAGS, USER, organisation } from '../support/organisation.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const WRONG: Line = [/^Google Password: $/, 'not the password'];
const ALWAYS = { times: Infinity } as const;
const GOOGLES_ERROR = '<title>Error 403 (Forbidden)!!1</title><a href="//www.google.com/">';

interface Case {
  readonly name: string;
  readonly user?: Partial<GoogleUser>;
  readonly google?: Partial<GoogleOptions>;
  /** What goes wrong on the way to accounts.google.com. */
  readonly faultRules?: readonly FaultRule[];
  readonly flags?: readonly string[];
  readonly dialogue?: readonly Line[];
  readonly code: Code;
  /** Of the first line on standard error. */
  readonly message: RegExp;
  /** Of the lines below it. */
  readonly hints: readonly RegExp[];
  /** Whether the manual sign-in with a browser is offered. */
  readonly browser: boolean;
  readonly dialects?: readonly Dialect[];
}

const ADMIN = /administrator/;
const IDS = [/-I \(idpid/, /-S \(spid/, /right-click the AWS tile/];

const CASES: readonly Case[] = [
  {
    name: 'a wrong password, three times',
    dialogue: [WRONG, WRONG, WRONG],
    code: 'WRONG_PASSWORD',
    message: /refused the password of me@example\.com three times/,
    hints: [/Google says: /, /check it in a browser/],
    browser: false,
  },
  {
    name: 'a user whom Google does not know',
    flags: ['-u', 'nobody@example.com'],
    dialogue: [1, 2, 3].map((n) => [/Google username: $/, `nobody${n}@example.com`]),
    code: 'UNKNOWN_USER',
    message: /does not accept the e-mail address nobody3@example\.com/,
    hints: [/Google says: /, /-u, GOOGLE_USERNAME/],
    browser: false,
  },
  {
    name: 'too many attempts',
    user: { refusal: 'too-many-attempts' },
    code: 'TOO_MANY_ATTEMPTS',
    message: /Google blocks me@example\.com/,
    hints: [/wait before you try again/],
    browser: true,
    // The legacy page shows it like a wrong password, in words alone.
    dialects: ['v3'],
  },
  {
    name: 'a browser that is not secure (rrk=46)',
    user: { refusal: 'insecure-browser' },
    code: 'BROWSER_REJECTED',
    message: /may not be secure \(rrk=46\)/,
    hints: [/only in a browser/],
    browser: true,
  },
  {
    name: 'JavaScript demanded (rrk=47)',
    user: { refusal: 'javascript-required' },
    code: 'JAVASCRIPT_REQUIRED',
    message: /requires JavaScript.*\(rrk=47\)/,
    hints: [/only in a browser/],
    browser: true,
  },
  {
    name: '2-Step Verification demanded, but not set up',
    user: { refusal: 'policy-2sv' },
    dialogue: [PASSWORD],
    code: 'POLICY_2SV',
    message: /requires 2-Step Verification, which me@example\.com has not set up/,
    hints: [/myaccount\.google\.com\/signinoptions\/two-step-verification/],
    browser: true,
  },
  {
    name: 'an app that is not turned on for the user',
    user: { refusal: 'app-not-configured' },
    dialogue: [PASSWORD],
    code: 'APP_NOT_CONFIGURED',
    message: /not turned on for me@example\.com/,
    hints: [/right account \(-u\)/, /turn the AWS app on/],
    browser: false,
  },
  {
    name: 'an ID that is no SAML app',
    user: { refusal: 'not-a-saml-app' },
    dialogue: [PASSWORD],
    code: 'NOT_A_SAML_APP',
    message: /does not belong to a SAML app/,
    hints: [/check -S \(spid\)/],
    browser: false,
  },
  {
    name: 'a wrong idpid',
    flags: ['-I', 'C0wrong'],
    code: 'WRONG_IDS',
    message: /IDP ID or the SP ID/,
    hints: IDS,
    browser: false,
  },
  {
    name: 'a wrong spid',
    flags: ['-S', '1'],
    code: 'WRONG_IDS',
    message: /IDP ID or the SP ID/,
    hints: IDS,
    browser: false,
  },
  {
    name: 'a 403 of the SAML app for another reason',
    faultRules: [{ trouble: { kind: 'page', status: 403, html: GOOGLES_ERROR } }],
    code: 'SIGN_IN_REJECTED',
    message: /Google refuses this sign-in/,
    hints: [/sign in once in a browser/],
    browser: true,
  },
  {
    name: 'a disabled account',
    user: { speedbumps: ['disabled'] },
    dialogue: [PASSWORD],
    code: 'ACCOUNT_DISABLED',
    message: /the account me@example\.com is disabled/,
    hints: [ADMIN],
    browser: false,
  },
  {
    name: "the administrator's message",
    user: { refusal: 'admin-message', adminMessage: 'Call Ada, extension 42' },
    dialogue: [PASSWORD],
    code: 'ADMIN_MESSAGE',
    message: /administrator of your organisation blocks this sign-in/,
    hints: [/Google says: Call Ada, extension 42/, ADMIN],
    browser: false,
  },
  {
    name: '"verify it\'s you"',
    user: { speedbumps: ['verify'] },
    dialogue: [PASSWORD],
    code: 'VERIFY_IDENTITY',
    message: /verify it's you/,
    hints: [/answer it once in a browser/],
    browser: true,
  },
  {
    name: 'terms of service',
    user: { speedbumps: ['workspacetermsofservice'] },
    dialogue: [PASSWORD],
    code: 'TERMS_OF_SERVICE',
    message: /terms of service/,
    hints: [/accept them once in a browser/],
    browser: true,
  },
  {
    name: 'a passkey to be set up',
    user: { speedbumps: ['passkeyenrollment'] },
    dialogue: [PASSWORD],
    code: 'PASSKEY_ENROLMENT',
    message: /set up a passkey/,
    hints: [/'Not now'/],
    browser: true,
  },
  {
    name: 'a password to be changed',
    user: { speedbumps: ['changepassword'] },
    dialogue: [PASSWORD],
    code: 'CHANGE_PASSWORD',
    message: /requires you to change your password/,
    hints: [/change it in a browser at https:\/\/myaccount\.google\.com\//],
    browser: true,
  },
  {
    name: 'a page to be read that nobody knows',
    user: { speedbumps: ['unheard-of'] },
    dialogue: [PASSWORD],
    code: 'INTERSTITIAL',
    message: /you have to read and answer/,
    hints: [/answer it once in a browser/],
    browser: true,
  },
  {
    name: 'a proof that only a key can give',
    user: { challenges: [{ methods: [{ kind: 'passkey' }] }] },
    dialogue: [PASSWORD],
    code: 'CHALLENGE_UNSUPPORTED',
    message: /requires a passkey, which a terminal cannot use/,
    hints: [/add another method/],
    browser: true,
  },
  {
    name: 'a page that gauth does not know',
    faultRules: [{ trouble: { kind: 'unknown-page' } }],
    code: 'PAGE_UNRECOGNISED',
    message: /does not know \(accounts\.google\.com\/o\/saml2\/initsso/,
    hints: [/--save-failure-html/],
    browser: true,
  },
  {
    name: 'another organisation behind Google',
    user: { refusal: 'other-provider' },
    code: 'OTHER_PROVIDER',
    message: /signs in with another identity provider/,
    hints: [/the other host is login\.example\.org/, /Okta, Entra/],
    browser: true,
  },
  {
    name: 'a sign-in that runs out at every second post',
    google: { expireAtPost: 2 },
    dialogue: [PASSWORD],
    code: 'SESSION_EXPIRED',
    message: /the sign-in expired/,
    hints: [/answer within a few minutes/],
    browser: false,
  },
  {
    name: 'too many requests (429)',
    faultRules: [{ trouble: { kind: 'status', status: 429 }, ...ALWAYS }],
    code: 'RATE_LIMITED',
    message: /too many requests/,
    hints: [/wait a few minutes/],
    browser: false,
  },
  ...[500, 502, 503, 504].map((status): Case => ({
    name: `server errors that do not end (${String(status)})`,
    faultRules: [{ trouble: { kind: 'status', status }, ...ALWAYS }],
    code: 'GOOGLE_UNAVAILABLE',
    message: /server error/,
    hints: [/try again in a few minutes/],
    browser: false,
  })),
  {
    name: 'redirects in a circle',
    faultRules: [{ trouble: { kind: 'redirect-loop' }, ...ALWAYS }],
    code: 'GOOGLE_UNAVAILABLE',
    message: /redirected more than 20 times/,
    hints: [/gauth logout/],
    browser: false,
  },
  ...(
    [
      ['a captive portal', { kind: 'portal' }],
      ['a captive portal that redirects', { kind: 'portal', redirect: true }],
      [
        'a captive portal of its own address',
        { kind: 'redirect', location: 'https://hotel.example/login?to=x' },
      ],
      [
        'a portal that asks for an e-mail address',
        portal('<form action="/in" method="post"><input name="Email">'),
      ],
      ['a portal by status 511', portal('<p>Log in to the network', 511)],
      [
        'a block page of 200',
        portal('<h1>Blocked</h1> accounts.google.com is against the policy of Example Ltd.'),
      ],
      [
        'a block page of 403',
        portal('<h1>Blocked</h1> https://accounts.google.com/o/saml2/ is blocked', 403),
      ],
      ['a block page of 503', portal('<h1>Scanner error</h1>', 503)],
      ['an empty page', { kind: 'empty' }],
    ] as const
  ).map(([name, trouble]): Case => ({
    name,
    faultRules: [{ trouble, ...ALWAYS }],
    code: 'NOT_GOOGLE',
    message: /another server answered in place of Google/,
    hints: [/captive portal or a company proxy/, /HTTPS_PROXY/],
    browser: false,
  })),
  {
    name: 'a form that leads elsewhere',
    faultRules: [
      {
        trouble: { kind: 'stolen-form', origin: 'https://evil.example.org' },
        at: ({ url }) =>
          url.pathname.includes('/challenge/pwd') ||
          url.pathname.includes('lookup') ||
          url.pathname.includes('identifier'),
        ...ALWAYS,
      },
    ],
    code: 'UNSAFE_FORM',
    message: /a host other than accounts\.google\.com/,
    hints: [/the other host is evil\.example\.org/, /nothing was sent/],
    browser: false,
  },
];

it('a form over plain HTTP is reported as such, not as one to another host', () => {
  const page = { kind: 'refusal', refusal: 'UNSAFE_FORM', message: undefined } as const;
  const target = { username: USER.email, idpId: 'C01abc2de', spId: '000111000111' };
  expect(refusalError(page, target).message).toMatch(/accounts\.google\.com by https and POST/);
  expect(refusalError({ ...page, host: 'evil.example' }, target).message).toContain('a host other than');
});

function portal(html: string, status = 200): FaultRule['trouble'] {
  return { kind: 'page', html, status };
}

interface RunOutcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly requests: readonly string[];
}

/** The pages that gauth shows to the user, who stops there. */
const ANSWERABLE = new Set<string>([
  ...[
    'CHANGE_PASSWORD',
    'INTERSTITIAL',
    'PAGE_UNRECOGNISED',
    'PASSKEY_ENROLMENT',
    'TERMS_OF_SERVICE',
    'VERIFY_IDENTITY',
  ],
]);

async function run(
  story: Omit<Case, 'name' | 'code' | 'message' | 'hints' | 'browser'>,
): Promise<RunOutcome> {
  const world = organisation({
    ...(story.user && { user: story.user }),
    ...(story.google && { google: story.google }),
  });
  const google = withFaults(world.google.handle, story.faultRules ?? []);
  const http = inMemory({ ...world.hosts, 'accounts.google.com': google });
  const system = fakeSystem({ http, dialogue: story.dialogue ?? [] });
  const status = await main([...FLAGS, ...(story.flags ?? [])], system);
  system.terminal.done();
  world.check();
  const secrets = http.requests.flatMap(({ headers }) =>
    (headers['cookie'] ?? '').split('; ').map((cookie) => cookie.slice(cookie.indexOf('=') + 1)),
  );
  for (const secret of [USER.password, 'not the password', ...secrets]) {
    if (secret !== '') expect(system.err()).not.toContain(secret);
  }
  return { status, out: system.out(), err: system.err(), requests: http.requests.map(({ url }) => url.host) };
}

describe.each<Dialect>(['legacy', 'v3'])('%s', (dialect) => {
  test.each(CASES.filter(({ dialects }) => dialects?.includes(dialect) ?? true))(
    '$name: $code',
    async ({ code, message, hints, browser, ...story }) => {
      const stops = ANSWERABLE.has(code) ? [STOP] : [];
      const dialogue = [...(story.dialogue ?? []), ...stops];
      const result = await run({ ...story, dialogue, user: { dialect, ...story.user } });
      const lines = result.err.split('\n').filter((line) => line !== '');
      const at = lines.findIndex((line) => line.startsWith('gauth: '));
      expect(lines[at]).toMatch(message);
      expect(lines[at]).toMatch(new RegExp(`\\(${code}\\)$`));
      const below = lines.slice(at + 1);
      for (const hint of hints) expect(below.join('\n')).toMatch(hint);
      for (const line of below) expect(line).toMatch(/^ {2}\S/);
      expect(below.some((line) => line.includes('--saml-assertion'))).toBe(browser);
      expect(result.status).toBe(CODES[code][0] === 'google' ? 3 : 5);
      expect(result.out).toBe('');
      expect(result.requests).not.toContain('sts.amazonaws.com');
    },
  );
});

describe('temporary failures', () => {
  test.each<Dialect>(['legacy', 'v3'])(
    '%s: a section about too many attempts that is hidden',
    async (dialect) => {
      expect((await run({ user: { dialect }, dialogue: [PASSWORD] })).status).toBe(0);
    },
  );

  test.each([500, 502, 503, 504])('two server errors (%d) in a row', async (status) => {
    const faultRules = [{ trouble: { kind: 'status', status } as const, times: 2 }];
    expect((await run({ faultRules, dialogue: [PASSWORD] })).status).toBe(0);
  });

  describe.each<Dialect>(['legacy', 'v3'])('%s: a sign-in that expires once', (dialect) => {
    const user = { dialect, challenges: [{ methods: [{ kind: 'totp', code: '123456' }] }] } as const;
    const TOTP: Line = [/^MFA token: $/, '123456'];
    const EMAIL: Line = [/^Google does not accept me@example\.com\.\nGoogle username: $/, USER.email];

    test.each([
      ['the e-mail address, which is asked for again', 1, [EMAIL, PASSWORD, TOTP]],
      ['the password, which is not asked for again', 2, [PASSWORD, TOTP]],
      ['the code, which is asked for again', 3, [PASSWORD, TOTP, TOTP]],
    ] as const)('at %s', async (_what, expireAtPost, dialogue) => {
      const result = await run({ user, google: { expireAtPost, expiringFlows: 1 }, dialogue });
      expect(result.status, result.err).toBe(0);
      expect(result.err).not.toContain('refused');
    });
  });

  test('a password from the keychain stays there when the sign-in expires', async () => {
    const world = organisation({ google: { expireAtPost: 2, expiringFlows: 1 } });
    const keychain = new Map([[`aws-google-auth/${USER.email}`, USER.password]]);
    const system = fakeSystem({ http: world.http, keychain, dialogue: [] });
    expect(await main([...FLAGS, '--keyring'], system), system.err()).toBe(0);
    expect(keychain.get(`aws-google-auth/${USER.email}`)).toBe(USER.password);
  });
});
