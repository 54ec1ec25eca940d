/** The loop against the emulator: every dialect, challenge, outcome and language. */
import { describe, expect, test } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import type { Method } from '../../src/google/challenge-methods.ts';
import { signIn } from '../../src/google/sign-in.ts';
import { createPrompter } from '../../src/prompts/prompter.ts';
import { fakeSystem } from '../fakes/system.ts';
import { type Line, STOP } from '../fakes/terminal.ts';
import type { Dialect, GoogleOptions, GoogleUser, Language } from '../emulators/google/index.ts';
import { USER, organisation } from '../support/organisation.ts';

const DIALECTS: readonly Dialect[] = ['legacy', 'v3'];
const LANGUAGES: readonly Language[] = ['en', 'de', 'ja', 'ar'];
const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };

interface Story {
  readonly user?: Partial<GoogleUser>;
  readonly google?: Partial<GoogleOptions>;
  readonly dialogue: readonly Line[];
  readonly method?: Method;
  /** The address that is tried first. */
  readonly username?: string;
  /** The error code; none for a sign-in that succeeds. */
  readonly code?: string;
}

/** Runs a sign-in; fails on a complaint of the emulator and on an answer that was never asked for. */
async function run(story: Story): Promise<{ code: string; requests: number; error: unknown }> {
  const world = organisation({
    ...(story.user && { user: story.user }),
    ...(story.google && { google: story.google }),
  });
  const dialogue = ANSWERABLE.has(story.code ?? '') ? [...story.dialogue, STOP] : story.dialogue;
  const system = fakeSystem({ http: world.http, dialogue });
  const prompts = createPrompter({ username: story.username ?? USER.email, keyring: false }, system, QUIET);
  const username = story.username ?? USER.email;
  const request = {
    username,
    idpId: 'C01abc2de',
    spId: '000111000111',
    bgResponse: 'js_enabled',
    method: story.method,
  };
  const parts = {
    ...system,
    log: QUIET,
    prompts,
    userAgent: 'gauth/test',
    savePage: async () => Promise.resolve(undefined),
  };
  let code = 'ok';
  let error: unknown;
  try {
    const response = await signIn(request, parts, system.signal);
    expect(response.base64.reveal()).not.toBe('');
  } catch (caught) {
    if (!(caught instanceof GauthError)) throw caught;
    error = caught;
    code = caught.code;
  }
  world.check();
  system.terminal.done();
  return { code, requests: world.http.requests.length, error };
}

/** The pages that gauth shows to the user, who stops there. */
const ANSWERABLE = new Set([
  ...[
    'CHANGE_PASSWORD',
    'INTERSTITIAL',
    'PAGE_UNRECOGNISED',
    'PASSKEY_ENROLMENT',
    'TERMS_OF_SERVICE',
    'VERIFY_IDENTITY',
  ],
]);

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const TOTP: Line = [/^MFA token: $/, '123 456'];
const SMS: Line = [/Enter SMS token: G-$/, 'G-654321'];

type Named = Story & { readonly name: string };

const CASES: readonly Named[] = [
  { name: 'password only', user: {}, dialogue: [PASSWORD] },
  { name: 'wrong password, then right', user: {}, dialogue: [[/Password/, 'wrong'], PASSWORD] },
  {
    name: 'wrong password three times',
    user: {},
    dialogue: [
      [/Password/, 'a'],
      [/Password/, 'b'],
      [/Password/, 'c'],
    ],
    code: 'WRONG_PASSWORD',
  },
  {
    name: 'TOTP',
    user: { challenges: [{ methods: [{ kind: 'totp', code: '123456' }] }] },
    dialogue: [PASSWORD, TOTP],
  },
  {
    name: 'TOTP, wrong then right',
    user: { challenges: [{ methods: [{ kind: 'totp', code: '123456' }] }] },
    dialogue: [
      PASSWORD,
      [/^MFA token: $/, '000000'],
      [/^Google: .+\n(Press Enter for other options\.\n)?MFA token: $/, '123456'],
    ],
  },
  {
    name: 'SMS',
    user: { challenges: [{ methods: [{ kind: 'sms', code: '654321' }] }] },
    dialogue: [PASSWORD, SMS],
  },
  {
    name: 'SMS that has to be sent first',
    user: { challenges: [{ methods: [{ kind: 'sms', code: '654321', sendFirst: true }] }] },
    dialogue: [PASSWORD, SMS],
  },
  {
    name: 'call',
    user: { challenges: [{ methods: [{ kind: 'sms', code: '654321', by: 'VOICE', sendFirst: true }] }] },
    dialogue: [PASSWORD, [/(from the call: |SMS token: G-)$/, '654321']],
  },
  {
    name: 'phone number asked',
    user: { challenges: [{ methods: [{ kind: 'phone-number', phone: '+4915112345678', code: '777777' }] }] },
    dialogue: [PASSWORD, [/^Phone number/, '+4915112345678'], [/G-$/, '777777']],
  },
  {
    name: 'backup code',
    user: { challenges: [{ methods: [{ kind: 'backup-code', codes: ['12345678'] }] }] },
    dialogue: [PASSWORD, [/^Backup code: $/, '1234 5678']],
  },
  {
    name: 'code from a security key',
    user: { challenges: [{ methods: [{ kind: 'security-key-code', code: '424242' }] }] },
    dialogue: [PASSWORD, [/g\.co\/sc/, '424242']],
  },
  {
    name: 'offline code',
    user: { challenges: [{ methods: [{ kind: 'offline-code', code: '99887766' }] }] },
    dialogue: [PASSWORD, [/from your phone/, '99887766']],
  },
  {
    name: 'old prompt',
    user: { challenges: [{ methods: [{ kind: 'prompt', polls: 2, tap: 'approve', number: '42' }] }] },
    dialogue: [PASSWORD, [/tap 42/, 'hang']],
  },
  {
    name: 'device prompt',
    user: { challenges: [{ methods: [{ kind: 'device', polls: 60, tap: 'approve', number: '89' }] }] },
    dialogue: [PASSWORD, [/tap 89/, 'hang']],
  },
  {
    name: 'device prompt with Enter',
    user: { challenges: [{ methods: [{ kind: 'device', polls: 0, tap: 'approve', number: '89' }] }] },
    dialogue: [PASSWORD, [/tap 89/, '']],
  },
  {
    name: 'prompt that nobody taps',
    user: { challenges: [{ methods: [{ kind: 'device', tap: 'later' }] }] },
    dialogue: [PASSWORD, [/tap/, 'hang'], [/verify it's you: Prompt on your phone/, 'ctrl-c']],
    code: 'CANCELLED',
  },
  {
    name: 'prompt that nobody taps, then a code',
    user: {
      challenges: [
        {
          methods: [
            { kind: 'device', tap: 'later' },
            { kind: 'totp', code: '123456' },
          ],
        },
      ],
    },
    dialogue: [PASSWORD, [/tap/, 'hang'], [/verify it's you/, { choose: /Authenticator/ }], TOTP],
  },
  {
    name: 'prompt that is denied, then a code',
    user: {
      challenges: [
        {
          methods: [
            { kind: 'device', tap: 'deny' },
            { kind: 'totp', code: '123456' },
          ],
        },
      ],
    },
    dialogue: [PASSWORD, [/tap/, 'hang'], [/verify it's you/, { choose: /Authenticator/ }], TOTP],
  },
  {
    name: 'old prompt that is denied, then a code',
    user: {
      challenges: [
        {
          methods: [
            { kind: 'prompt', tap: 'deny' },
            { kind: 'totp', code: '123456' },
          ],
        },
      ],
    },
    dialogue: [PASSWORD, [/tap/, 'hang'], [/verify it's you/, { choose: /Authenticator/ }], TOTP],
  },
  {
    name: 'prompt whose page shows a message while it waits',
    user: { challenges: [{ methods: [{ kind: 'device', polls: 1, tap: 'alert' }] }] },
    dialogue: [PASSWORD, [/tap/, 'hang'], [/^Google: .*\n.*tap Yes\.\nWaiting for approval, 4:/, 'hang']],
  },
  {
    name: 'recovery e-mail address',
    user: { challenges: [{ methods: [{ kind: 'recovery-email', code: 'me@home.example' }] }] },
    dialogue: [PASSWORD, [/Recovery e-mail address: $/, 'me@home.example']],
  },
  {
    name: 'recovery phone number',
    user: { challenges: [{ methods: [{ kind: 'recovery-phone', code: '+4915112345' }] }] },
    dialogue: [PASSWORD, [/Recovery phone number, with country code: $/, '+49 151 12345']],
  },
  {
    name: 'code by e-mail',
    user: { challenges: [{ methods: [{ kind: 'email-code', code: '123456' }] }] },
    dialogue: [PASSWORD, [/Code from the e-mail: $/, '123456']],
  },
  {
    name: 'account confirmation with two buttons',
    user: { speedbumps: ['samlconfirmaccount-choice'] },
    dialogue: [PASSWORD],
  },
  {
    name: 'pages with one button',
    user: { speedbumps: ['confirmidentifier', 'continue'] },
    dialogue: [PASSWORD],
  },
  {
    name: 'reminder about recovery options',
    user: { speedbumps: ['recovery-options'] },
    dialogue: [PASSWORD],
  },
  {
    name: 'cookie for the domain of a country',
    google: { countryCookie: true },
    dialogue: [PASSWORD],
  },
  {
    name: 'wrong e-mail address, then the right one',
    username: 'mee@example.com',
    dialogue: [[/^Google: .*\nGoogle username: $/, USER.email], PASSWORD],
  },
  {
    name: 'two steps in a row',
    user: {
      challenges: [
        { methods: [{ kind: 'totp', code: '123456' }] },
        { methods: [{ kind: 'sms', code: '654321' }] },
      ],
    },
    dialogue: [PASSWORD, TOTP, SMS],
  },
  {
    name: 'security key first, another way to TOTP',
    user: { challenges: [{ methods: [{ kind: 'security-key' }, { kind: 'totp', code: '123456' }] }] },
    dialogue: [PASSWORD, TOTP],
  },
  {
    name: 'passkey alone',
    user: { challenges: [{ methods: [{ kind: 'passkey' }] }] },
    dialogue: [PASSWORD],
    code: 'CHALLENGE_UNSUPPORTED',
  },
  {
    name: 'choice of methods',
    user: {
      challenges: [
        {
          start: 'selection',
          methods: [
            { kind: 'security-key' },
            { kind: 'totp', code: '123456' },
            { kind: 'sms', code: '654321' },
            { kind: 'backup-code', codes: ['12345678'], unavailable: true },
          ],
        },
      ],
    },
    dialogue: [PASSWORD, [/verify it's you/, { choose: /Text message/ }], SMS],
  },
  {
    name: 'another way by the empty answer',
    user: {
      challenges: [
        {
          methods: [
            { kind: 'totp', code: '1' },
            { kind: 'sms', code: '654321' },
            { kind: 'backup-code', codes: ['12345678'] },
          ],
        },
      ],
    },
    dialogue: [
      PASSWORD,
      [/MFA token/, ''],
      [/what to do/, { choose: /another way/ }],
      [/verify it's you/, { choose: /Text message/ }],
      SMS,
    ],
  },
  {
    name: 'captcha with the e-mail',
    user: { captcha: { solution: 'abc' } },
    dialogue: [[/Captcha: $/, 'abc'], PASSWORD],
  },
  {
    name: 'captcha missed once',
    user: { captcha: { solution: 'abc' } },
    dialogue: [[/Captcha: $/, 'xyz'], [/Captcha: $/, 'abc'], PASSWORD],
  },
  { name: 'confirm the account', user: { speedbumps: ['samlconfirmaccount'] }, dialogue: [PASSWORD] },
  {
    name: 'passkey enrolment',
    user: { speedbumps: ['passkeyenrollment'] },
    dialogue: [PASSWORD],
    code: 'PASSKEY_ENROLMENT',
  },
  {
    name: 'terms of service',
    user: { speedbumps: ['workspacetermsofservice'] },
    dialogue: [PASSWORD],
    code: 'TERMS_OF_SERVICE',
  },
  {
    name: 'change password',
    user: { speedbumps: ['changepassword'] },
    dialogue: [PASSWORD],
    code: 'CHANGE_PASSWORD',
  },
  {
    name: 'verify it is you',
    user: { speedbumps: ['verify'] },
    dialogue: [PASSWORD],
    code: 'VERIFY_IDENTITY',
  },
  {
    name: 'account disabled',
    user: { speedbumps: ['disabled'] },
    dialogue: [PASSWORD],
    code: 'ACCOUNT_DISABLED',
  },
  {
    name: 'speedbump never seen',
    user: { speedbumps: ['unheard-of'] },
    dialogue: [PASSWORD],
    code: 'INTERSTITIAL',
  },
  { name: 'insecure browser', user: { refusal: 'insecure-browser' }, dialogue: [], code: 'BROWSER_REJECTED' },
  {
    name: 'JavaScript required',
    user: { refusal: 'javascript-required' },
    dialogue: [],
    code: 'JAVASCRIPT_REQUIRED',
  },
  { name: '2SV policy', user: { refusal: 'policy-2sv' }, dialogue: [PASSWORD], code: 'POLICY_2SV' },
  {
    name: 'app not configured',
    user: { refusal: 'app-not-configured' },
    dialogue: [PASSWORD],
    code: 'APP_NOT_CONFIGURED',
  },
  {
    name: 'not a SAML app',
    user: { refusal: 'not-a-saml-app' },
    dialogue: [PASSWORD],
    code: 'NOT_A_SAML_APP',
  },
  { name: 'administrator', user: { refusal: 'admin-message' }, dialogue: [PASSWORD], code: 'ADMIN_MESSAGE' },
];

/** What only one dialect has. */
const OF_V3: readonly Named[] = [
  {
    name: 'prompt that is sent after a page of its own',
    user: { challenges: [{ methods: [{ kind: 'device', presend: true, polls: 1 }] }] },
    dialogue: [PASSWORD, [/tap/, 'hang']],
  },
  {
    name: 'code by e-mail that is sent after a page of its own',
    user: { challenges: [{ methods: [{ kind: 'email-code', code: '123456', sendFirst: true }] }] },
    dialogue: [PASSWORD, [/Code from the e-mail: $/, '123456']],
  },
  {
    name: 'too many attempts',
    user: { refusal: 'too-many-attempts' },
    dialogue: [],
    code: 'TOO_MANY_ATTEMPTS',
  },
];

describe.each(DIALECTS)('%s', (dialect) => {
  describe.each(LANGUAGES)('%s', (language) => {
    test.each(dialect === 'v3' ? [...CASES, ...OF_V3] : CASES)(
      '$name',
      async ({ user, code = 'ok', ...story }) => {
        const result = await run({ ...story, user: { ...user, dialect, language }, code });
        expect(result.code, String(result.error)).toBe(code);
      },
    );
  });
});
