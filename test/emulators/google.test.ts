/** The Google emulator: a correct client succeeds, and every deviation is detected. */
import { describe, expect, it } from 'vitest';
import { type GoogleOptions, type GoogleUser, type Method, googleEmulator } from './google/index.ts';
import { inMemory } from './memory.ts';
import { samlIssuer } from './saml.ts';
import { type FormClient, formClient } from './form-client.ts';

const START =
  'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false';
const ME: GoogleUser = { email: 'me@example.com', password: 'correct horse', roles: ['a,b'] };

function setUp(user: Partial<GoogleUser> = {}, options: Partial<GoogleOptions> = {}) {
  const issuer = samlIssuer();
  const google = googleEmulator({ users: [{ ...ME, ...user }], issuer, ...options });
  const http = inMemory(google.hosts);
  return { google, http, issuer, walk: formClient(http) };
}

/** From the first address to the page after the password. */
async function signIn(visitor: FormClient, user: GoogleUser = ME) {
  const first = await visitor.go(START);
  const name = first.html.includes('name="identifier"') ? 'identifier' : 'Email';
  await visitor.fill({ set: { [name]: user.email } });
  return visitor.fill({ set: { Passwd: user.password } });
}

const challenge = (...methods: Method[]): Partial<GoogleUser> => ({ challenges: [{ methods }] });

describe('a sign-in without faults', () => {
  it.each([
    ['v3', {}],
    ['legacy', {}],
    ['legacy', { passwordShape: 'old' }],
    ['v3', { dialects: { password: 'legacy' } }],
    ['v3', { dialects: { identifier: 'legacy' } }],
    ['legacy', { speedbumps: ['samlconfirmaccount', 'workspacetermsofservice', 'verify'] }],
  ] satisfies [GoogleUser['dialect'], Partial<GoogleUser>][])(
    'ends at the assertion (%s %j)',
    async (dialect, more) => {
      const { google, walk, issuer } = setUp({ dialect, ...more });
      let stop = await signIn(walk);
      while (stop.html.includes('<form') && !stop.html.includes('SAMLResponse')) stop = await walk.fill({});
      const [, response = ''] = /name="SAMLResponse" value="([^"]+)"/.exec(stop.html) ?? [];
      expect(issuer.find(response)?.roles).toEqual(['a,b']);
      expect(google.violations).toEqual([]);
      expect(google.sessions()).toEqual([ME.email]);
    },
  );

  it('takes five requests with a password and one with a valid session', async () => {
    const { google, walk, http } = setUp();
    await signIn(walk);
    expect(http.requests.length).toBe(5);
    const again = await walk.go(START);
    expect(again.html).toContain('SAMLResponse');
    expect(http.requests.length).toBe(6);
    expect(google.violations).toEqual([]);
  });

  it('can have a redirect after each post, and hops with cookies', async () => {
    const { google, walk } = setUp(challenge({ kind: 'totp', code: '123456' }), {
      redirectAfterPost: true,
      hops: 3,
    });
    await signIn(walk);
    const stop = await walk.fill({ set: { Pin: '123 456' } });
    expect(stop.html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });
});

describe('second factors', () => {
  const CODES: Method[] = [
    { kind: 'totp', code: '123456' },
    { kind: 'sms', code: '123456' },
    { kind: 'security-key-code', code: '123456' },
    { kind: 'offline-code', code: '123456' },
    { kind: 'backup-code', codes: ['1234 56'] },
  ];
  for (const dialect of ['v3', 'legacy'] as const) {
    it.each(CODES)(
      `${dialect}: accepts the code of $kind and asks again after a wrong one`,
      async (method) => {
        const { google, walk } = setUp({ dialect, ...challenge(method) });
        await signIn(walk);
        const wrong = await walk.fill({ set: { Pin: '000000' } });
        expect(wrong.html).toContain(dialect === 'v3' ? 'jsname="B34EJ"' : 'id="errorMsg"');
        const stop = await walk.fill({ set: { Pin: '123456' } });
        expect(stop.html).toContain('SAMLResponse');
        expect(google.violations).toEqual([]);
      },
    );

    it(`${dialect}: sends the text message only when asked to`, async () => {
      const { google, walk } = setUp({
        dialect,
        ...challenge({ kind: 'sms', code: '123456', sendFirst: true }),
      });
      const asked = await signIn(walk);
      expect(asked.html).not.toContain('name="Pin"');
      await walk.fill({});
      expect((await walk.fill({ set: { Pin: '123456' } })).html).toContain('SAMLResponse');
      expect(google.violations).toEqual([]);
    });

    it(`${dialect}: lists other methods and changes to the chosen one`, async () => {
      const { google, walk } = setUp({
        dialect,
        ...challenge(
          { kind: 'security-key', unavailable: true },
          { kind: 'device' },
          { kind: 'totp', code: '1' },
        ),
      });
      await signIn(walk);
      const choice = await (dialect === 'v3'
        ? walk.fill({ press: 'button[value="2"]' })
        : walk.fill({ form: 'form[action$="skip"]' }));
      expect(choice.url.pathname).toMatch(dialect === 'v3' ? /challenge\/selection$/ : /selectchallenge\/2$/);
      await (dialect === 'v3'
        ? walk.fill({ press: 'button[value^="6,"]' })
        : walk.fill({ form: 'form[data-challengeentry="6"]' }));
      expect((await walk.fill({ set: { Pin: '1' } })).html).toContain('SAMLResponse');
      expect(google.violations).toEqual([]);
    });

    it(`${dialect}: shows the prompt on the device until it is approved`, async () => {
      const { google, walk } = setUp({ dialect, ...challenge({ kind: 'device', polls: 2, number: '89' }) });
      expect((await signIn(walk)).html).toMatch(/jsname="feLNVc"[^>]*>89</);
      await walk.fill({});
      expect((await walk.fill({})).html).toContain('feLNVc');
      expect((await walk.fill({})).html).toContain('SAMLResponse');
      expect(google.violations).toEqual([]);
    });

    it(`${dialect}: does not ask a trusted device again`, async () => {
      const { google, walk } = setUp({ dialect, ...challenge({ kind: 'totp', code: '1' }) });
      await signIn(walk);
      await walk.fill({ set: { Pin: '1' } });
      google.endSessions();
      expect((await signIn(walk)).html).toContain('SAMLResponse');
      expect(google.violations).toEqual([]);
    });
  }

  it('answers the poll of the old prompt with 500 until the tap, then returns the token', async () => {
    const { google, walk, http } = setUp(challenge({ kind: 'prompt', polls: 1, number: '42' }));
    const page = await signIn(walk);
    const [, key = ''] = /data-api-key="([^"]+)"/.exec(page.html) ?? [];
    const [, txId = ''] = /data-tx-id="([^"]+)"/.exec(page.html) ?? [];
    const poll = () =>
      http(
        {
          method: 'POST',
          url: new URL(`https://content.googleapis.com/cryptauth/v1/authzen/awaittx?alt=json&key=${key}`),
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ txId }),
        },
        new AbortController().signal,
      );
    expect((await poll()).status).toBe(500);
    const { txToken } = JSON.parse(new TextDecoder().decode((await poll()).body)) as { txToken: string };
    expect((await walk.fill({ set: { token: 'invented' } })).html).toContain('errorMsg');
    expect((await walk.fill({ set: { token: txToken } })).html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });

  it('asks for the phone number before it sends a code to it', async () => {
    const { google, walk } = setUp(challenge({ kind: 'phone-number', phone: '+1 555 0100', code: '7' }));
    await signIn(walk);
    await walk.fill({ set: { phoneNumber: '1' } });
    await walk.fill({ set: { phoneNumber: '+15550100' } });
    expect((await walk.fill({ set: { pin: '7' } })).html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });
});

describe('strictness', () => {
  const FIELDS = {
    v3: ['usi', 'domain', 'region', 'hiddenPassword', 'bgresponse', 'action', 'at'],
    legacy: ['Page', 'gxf', 'continue', 'ProfileInformation', 'SessionState', '_utf8', 'bgresponse'],
  } as const;
  const STEP_FIELDS = {
    v3: ['at', 'action', 'Pin'],
    legacy: ['TL', 'gxf', 'ifkv', 'continue', 'challengeId', 'challengeType', 'Pin'],
  } as const;
  for (const dialect of ['v3', 'legacy'] as const) {
    it.each(FIELDS[dialect])(`${dialect}: detects that field %s is missing`, async (field) => {
      const { google, walk } = setUp({ dialect });
      await walk.go(START);
      const stop = await walk.fill({
        set: { [dialect === 'v3' ? 'identifier' : 'Email']: ME.email },
        drop: [field],
      });
      expect(stop.status).toBe(400);
      expect(google.violations).toHaveLength(1);
    });

    it.each(STEP_FIELDS[dialect])(
      `${dialect}: detects that a second factor came without its %s`,
      async (field) => {
        const { google, walk } = setUp({ dialect, ...challenge({ kind: 'totp', code: '1' }) });
        await signIn(walk);
        expect((await walk.fill({ set: { Pin: '1' }, drop: [field] })).status).toBe(400);
        expect(google.violations).toHaveLength(1);
      },
    );

    it(`${dialect}: refuses a form that was sent before`, async () => {
      const { google, walk } = setUp({ dialect });
      await signIn(walk);
      google.endSessions();
      expect((await walk.replay()).url.pathname).toMatch(/identifier|ServiceLogin/);
      await walk.fill({ set: { [dialect === 'v3' ? 'identifier' : 'Email']: ME.email } });
      expect((await walk.replay()).status).toBe(400);
      expect(google.violations).toEqual([expect.stringContaining('answered before')]);
    });

    it(`${dialect}: refuses a client that loses a cookie`, async () => {
      const { google, walk } = setUp({ dialect });
      await walk.go(START);
      walk.cookies.delete('OTZ');
      expect((await walk.fill({ set: { identifier: 'x', Email: 'x' } })).status).toBe(400);
      expect(google.violations).toContain('cookie OTZ did not come back');
    });

    it(`${dialect}: treats a client without bgresponse as one without JavaScript`, async () => {
      const { google, walk } = setUp({ dialect });
      await walk.go(START);
      const name = dialect === 'v3' ? 'identifier' : 'Email';
      const stop = await walk.fill({ set: { [name]: ME.email, bgresponse: 'js_disabled' } });
      expect(stop.url.pathname).toMatch(/signin\/rejected$/);
      expect(stop.url.searchParams.get('rrk')).toBe('47');
      expect(google.violations).toEqual([]);
    });
  }

  it('detects invented and repeated fields, changed values and a filled decoy', async () => {
    const { google, walk } = setUp();
    await walk.go(START);
    await walk.fill({ set: { identifier: ME.email, surprise: '1', region: 'DE', hiddenPassword: 'secret' } });
    expect([...google.violations].sort()).toEqual([
      'identifier form: field hiddenPassword is a decoy and must come back empty',
      'identifier form: field region was changed',
      'identifier form: field surprise was invented',
    ]);
  });

  it('detects SendMethod beside Pin', async () => {
    const { google, walk } = setUp({
      dialect: 'legacy',
      ...challenge({ kind: 'sms', code: '1', sendFirst: true }),
    });
    await signIn(walk);
    await walk.fill({});
    await walk.fill({ set: { Pin: '1', SendMethod: 'SMS' } });
    expect(google.violations).toEqual(['answer form: field SendMethod was invented']);
  });

  it('detects a cookie that was deleted and sent again', async () => {
    const { google, walk } = setUp();
    await signIn(walk);
    walk.cookies.set('GALX', 'old');
    await walk.go(START);
    expect(google.violations).toEqual(['cookie GALX was not due at /o/saml2/initsso']);
  });
});

describe('refusals', () => {
  it.each([
    ['idpid=C01abc2de', 'idpid=Cwrong', 400],
    ['spid=000111000111', 'spid=1', 400],
  ])('%s replaced by %s is answered %i', async (from, to, status) => {
    const { walk } = setUp();
    expect((await walk.go(START.replace(from, to))).status).toBe(status);
  });

  it.each([
    ['app-not-configured', 'app_not_configured_for_user'],
    ['not-a-saml-app', 'not_a_saml_app'],
  ] as const)('%s is a 403 with the error code %s', async (refusal, word) => {
    const { walk } = setUp({ refusal });
    const stop = await signIn(walk);
    expect(stop.status).toBe(403);
    expect(stop.html).toContain(word);
  });

  it('the trap in the list of methods leads to the refusal of clients without JavaScript', async () => {
    const { walk } = setUp({ challenges: [{ methods: [{ kind: 'passkey' }], start: 'selection' }] });
    const choice = await signIn(walk);
    const [, trap = ''] =
      /<noscript><meta http-equiv="refresh" content="0; url=([^"]+)"/.exec(choice.html) ?? [];
    const stop = await walk.go(`https://accounts.google.com${trap.replaceAll('&#38;', '&')}`);
    expect(stop.url.searchParams.get('rrk')).toBe('47');
  });

  it('v3 has "too many attempts" on every page, and shows it only if it applies', async () => {
    const { walk } = setUp({ attempts: 2 });
    await walk.go(START);
    const good = await walk.fill({ set: { identifier: ME.email } });
    expect(good.html).toMatch(/<section[^>]*aria-hidden="true"[^>]*jsname="INM6z"/);
    expect((await walk.fill({ set: { Passwd: 'x' } })).html).toContain('id="passwordError"');
    expect((await walk.fill({ set: { Passwd: 'x' } })).html).toMatch(
      /<section(?![^>]*aria-hidden)[^>]*jsname="INM6z"/,
    );
  });

  it('a sign-in that took too long starts again', async () => {
    const { google, walk } = setUp({}, { expireAtPost: 2 });
    const stop = await signIn(walk);
    expect(stop.url.pathname).toBe('/v3/signin/identifier');
    expect(google.violations).toEqual([]);
  });
});

describe('the Google session', () => {
  it('ends after its time', async () => {
    let time = Date.now();
    const { google, walk } = setUp({}, { clock: { now: () => new Date(time) }, sessionSeconds: 60 });
    await signIn(walk);
    time += 59_000;
    expect((await walk.go(START)).html).toContain('SAMLResponse');
    time += 1_000;
    expect(google.sessions()).toEqual([]);
    expect((await walk.go(START)).url.pathname).toBe('/v3/signin/identifier');
    expect(google.violations).toEqual([]);
  });

  it('continues if the client loses its session cookies', async () => {
    const { google, walk } = setUp();
    await signIn(walk);
    walk.cookies.delete('OTZ');
    expect((await walk.go(START)).html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });

  it('does not exist for a client with cookies of another sign-in', async () => {
    const { google, walk } = setUp();
    for (const name of ['SID', '__Host-GAPS', 'NID']) walk.cookies.set(name, 'of yesterday');
    expect((await signIn(walk)).html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });
});

describe('variants of a sign-in', () => {
  it('asks for several factors in a row', async () => {
    const { google, walk } = setUp({
      challenges: [
        { methods: [{ kind: 'totp', code: '1' }] },
        {
          methods: [
            { kind: 'totp', code: '2' },
            { kind: 'sms', code: '3' },
          ],
          start: 'selection',
        },
      ],
    });
    await signIn(walk);
    expect((await walk.fill({ set: { Pin: '1' } })).url.pathname).toBe('/v3/signin/challenge/selection');
    await walk.fill({ press: 'button[value^="15,"]' });
    expect((await walk.fill({ set: { Pin: '3' } })).html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });

  it('sends another code on request, and ignores the one given with the request', async () => {
    const { google, walk } = setUp({
      dialect: 'legacy',
      ...challenge({ kind: 'sms', code: '1', resend: true }),
    });
    await signIn(walk);
    expect((await walk.fill({ set: { Pin: '1', SendMethod: 'SMS' } })).html).not.toContain('errorMsg');
    expect((await walk.fill({ set: { Pin: '1' } })).html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });

  it('never creates a passkey for a client without JavaScript', async () => {
    const { walk } = setUp({ speedbumps: ['passkeyenrollment'] });
    expect((await signIn(walk)).url.pathname).toBe('/v3/signin/speedbump/passkeyenrollment');
    expect((await walk.fill({})).url.pathname).toBe('/v3/signin/rejected');
    const { walk: other } = setUp({ speedbumps: ['passkeyenrollment'] });
    await signIn(other);
    expect((await other.fill({ press: 'button[value="2"]' })).html).toContain('SAMLResponse');
  });

  it.each([
    [{ refusal: 'insecure-browser' }, /rejected.*rrk=46/, /jsname="r4nke"/],
    [{ refusal: 'policy-2sv' }, /rejected/, /two-step-verification/],
    [
      { refusal: 'admin-message', adminMessage: 'ask <Eve>' },
      /challenge/,
      /id="contactAdminMessage">ask &#60;Eve/,
    ],
    [{ speedbumps: ['disabled'] }, /signin\/speedbump\/disabled/, /h1/],
    [{ speedbumps: ['changepassword'] }, /speedbump\/changepassword/, /ConfirmPasswd/],
    [{ speedbumps: ['unheard-of'] }, /favouritecolour/, /colour/],
    [{ challenges: [{ methods: [{ kind: 'device', tap: 'deny' }] }] }, /challenge\/dp/, /Tap Yes/],
  ] satisfies [Partial<GoogleUser>, RegExp, RegExp][])(
    '%j ends at the expected page',
    async (user, address, text) => {
      const { walk } = setUp(user);
      await walk.go(START);
      let stop = await walk.fill({ set: { identifier: ME.email } });
      if (stop.html.includes('name="Passwd"')) stop = await walk.fill({ set: { Passwd: ME.password } });
      expect(stop.url.href).toMatch(address);
      expect(stop.html).toMatch(text);
    },
  );

  it('sends users of another provider there, where there is no emulator', async () => {
    const { walk } = setUp({ refusal: 'other-provider' });
    await walk.go(START);
    await expect(walk.fill({ set: { identifier: ME.email } })).rejects.toThrow('login.example.org');
  });

  it('reports that the prompt was denied', async () => {
    const { walk } = setUp({ dialect: 'legacy', ...challenge({ kind: 'device', tap: 'deny' }) });
    await signIn(walk);
    expect((await walk.fill({})).html).toContain('denied');
  });
});

describe('captchas', () => {
  it.each([
    ['v3', { solution: 'Abc' }, 'ca'],
    ['legacy', { solution: 'Abc' }, 'identifier-captcha-input'],
    ['legacy', { solution: 'Abc', shape: 'login' }, 'logincaptcha'],
  ] as const)('%s %j is asked for in field %s until it is correct', async (dialect, captcha, field) => {
    const { google, walk } = setUp({ dialect, passwordShape: 'old', captcha });
    await walk.go(START);
    let stop = await walk.fill({ set: { [dialect === 'v3' ? 'identifier' : 'Email']: ME.email } });
    if (field === 'logincaptcha') stop = await walk.fill({ set: { Passwd: ME.password } });
    expect(stop.html).toContain(`name="${field}"`);
    const password: Record<string, string> = field === 'logincaptcha' ? { Passwd: ME.password } : {};
    expect((await walk.fill({ set: { [field]: 'wrong', ...password } })).html).toContain(`name="${field}"`);
    stop = await walk.fill({ set: { [field]: 'abc', ...password } });
    if (field !== 'logincaptcha') stop = await walk.fill({ set: { Passwd: ME.password } });
    expect(stop.html).toContain('SAMLResponse');
    expect(google.violations).toEqual([]);
  });
});

describe('languages', () => {
  it('change all visible text and the direction of writing, even within one sign-in', async () => {
    const { walk } = setUp({ language: ['ar', 'ja', 'de'], ...challenge({ kind: 'totp', code: '1' }) });
    const pages = [(await walk.go(START)).html];
    pages.push((await walk.fill({ set: { identifier: ME.email } })).html);
    pages.push((await walk.fill({ set: { Passwd: ME.password } })).html);
    expect(pages.map((html) => /<html lang="(\w+)"/.exec(html)?.[1])).toEqual(
      expect.arrayContaining(['ar', 'ja', 'de']),
    );
    expect(pages.join('')).toContain('dir="rtl"');
    expect(pages.join('')).not.toContain('Enter your password');
  });
});
