/** The saved Google session: what is prompted for again, what is on the disk, and what removes it. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { profileFolder } from '../../src/google/browser-sign-in.ts';
import { main } from '../../src/main.ts';
import { createHttp } from '../../src/system/http.ts';
import type { Dialect } from '../emulators/google/index.ts';
import { serve } from '../emulators/proxy.ts';
import { type FaultRule, withFaults } from '../emulators/faults.ts';
import { type FakeWorld, fakeSystem, temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { inMemory } from '../emulators/memory.ts';
import {
  FLAGS,
  type Organisation,
  type OrganisationOptions,
  USER,
  organisation,
} from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const TOTP: Line = [/^MFA token: $/, '123456'];
const SECOND_STEP = { challenges: [{ methods: [{ kind: 'totp', code: '123456' }] }] } as const;
/** The SAML response of the last run would spare Google, and with it the session. */
const ARGV = [...FLAGS, '--no-cache'];

interface RunOutcome {
  readonly status: number;
  readonly err: string;
  readonly toGoogle: number;
  readonly toSts: number;
}

/** A person with one home and one keychain who runs gauth again and again. */
function prompts(options: OrganisationOptions = {}, world: Partial<FakeWorld> = {}) {
  const organised: Organisation = organisation(options);
  const home = temporaryHome();
  const keychain = world.keychain ?? new Map<string, string>();
  const jars = join(home, '.aws', 'gauth', 'jars');
  return {
    ...organised,
    home,
    keychain,
    jars,
    jarFiles: () => (existsSync(jars) ? readdirSync(jars).filter((name) => name.endsWith('.jar')) : []),
    async run(
      dialogue: readonly Line[],
      more: readonly string[] = [],
      argv: readonly string[] = ARGV,
    ): Promise<RunOutcome> {
      const system = fakeSystem({ http: organised.http, home, keychain, ...world, dialogue });
      const google = organised.google.requests.length;
      const all = organised.http.requests.length;
      const status = await main([...argv, ...more], system);
      system.terminal.done();
      organised.check();
      const toGoogle = organised.google.requests.length - google;
      return { status, err: system.err(), toGoogle, toSts: organised.http.requests.length - all - toGoogle };
    },
  };
}

describe.each<Dialect>(['legacy', 'v3'])('%s: requests', (dialect) => {
  test('a password alone takes at most five to Google', async () => {
    const { run } = prompts({ user: { dialect } });
    const { status, toGoogle, toSts } = await run([PASSWORD]);
    expect(status).toBe(0);
    expect(toGoogle).toBeLessThanOrEqual(5);
    expect(toSts).toBe(1);
  });

  test('a saved session takes one to Google, one to STS and no prompt', async () => {
    const { run } = prompts({ user: { dialect, ...SECOND_STEP } });
    expect((await run([PASSWORD, TOTP])).status).toBe(0);
    for (let again = 0; again < 3; again += 1) {
      expect(await run([])).toMatchObject({ status: 0, toGoogle: 1, toSts: 1 });
    }
  });

  test('after the session a trusted device needs only the password', async () => {
    const { run, google } = prompts({ user: { dialect, ...SECOND_STEP } });
    await run([PASSWORD, TOTP]);
    google.endSessions();
    expect((await run([PASSWORD])).status).toBe(0);
    google.endSessions();
    google.endTrust();
    expect((await run([PASSWORD, TOTP])).status).toBe(0);
  });
});

test('through a real proxy, one connection serves each host', async () => {
  const { hosts, home, keychain } = prompts({ user: SECOND_STEP });
  const served = await serve(hosts);
  onTestFinished(async () => served.close());
  const http = createHttp({ HTTPS_PROXY: served.proxyUrl, AWS_CA_BUNDLE: served.caFile });
  const system = fakeSystem({
    http,
    home,
    keychain: keychain as Map<string, string>,
    dialogue: [PASSWORD, TOTP],
  });
  expect(await main(ARGV, system)).toBe(0);
  expect(served.failures).toEqual([]);
  expect([...served.connects.values()]).toEqual([1, 1]);
  expect(served.requests.length).toBeGreaterThan(4);
});

describe('the saved session', () => {
  test('is encrypted, has no address in its name, and is readable by its owner only', async () => {
    const { run, jars, jarFiles, http, keychain } = prompts();
    await run([PASSWORD]);
    const files = jarFiles();
    expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.jar$/)]);
    expect(statSync(jars).mode & 0o777).toBe(0o700);
    const path = join(jars, files[0]!);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    const decoded = Buffer.from(text.split('\n')[1]!, 'base64').toString('latin1');
    const cookies = http.requests.flatMap(({ headers }) => (headers['cookie'] ?? '').split('; '));
    const values = cookies
      .map((cookie) => cookie.slice(cookie.indexOf('=') + 1))
      .filter((value) => value !== '');
    expect(values.length).toBeGreaterThan(5);
    for (const value of values) expect(text + decoded).not.toContain(value);
    expect(text).not.toContain(USER.email);
    expect([...(keychain as Map<string, string>).keys()]).toEqual([expect.stringMatching(/^gauth\//)]);
    expect(text).not.toContain([...(keychain as Map<string, string>).values()][0]);
  });

  test('is found for the same user, however the address is spelt', async () => {
    const { run, jarFiles } = prompts();
    await run([PASSWORD]);
    expect(await run([], ['-u', 'Me@Example.com'])).toMatchObject({ status: 0, toGoogle: 1 });
    expect(jarFiles()).toHaveLength(1);
  });

  test('does not exist without a keychain, which is reported once', async () => {
    const { run, jarFiles } = prompts({}, { keychain: 'none' });
    const first = await run([PASSWORD]);
    expect(first.status).toBe(0);
    expect(
      first.err.match(
        /Google asks for your password each time\n {2}to save the Google session in a file instead: --keep-session file/g,
      ),
    ).toHaveLength(1);
    const second = await run([PASSWORD]);
    expect(second).toMatchObject({
      status: 0,
      err: expect.not.stringContaining('each time') as string,
    });
    expect(jarFiles()).toEqual([]);
  });

  test('is a plain file with mode 0600 if the user requests one, and the profile saves that', async () => {
    const { run, jars, jarFiles } = prompts({}, { keychain: 'none' });
    const first = await run([PASSWORD], ['--keep-session', 'file']);
    expect(first.err).not.toContain('kept');
    const path = join(jars, jarFiles()[0]!);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain('SID');
    expect(await run([], [], ['-p', 'sts-temp', '--no-cache'])).toMatchObject({ status: 0, toGoogle: 1 });
  });

  test.each([
    ['never', ['--keep-session', 'never'], {}],
    ['never by its variable', [], { GAUTH_KEEP_SESSION: 'never' }],
    ['--no-session', ['--no-session'], {}],
  ])('is neither written nor read with %s', async (_name, flags, env) => {
    const keychain = new Map<string, string>();
    const { run, jarFiles, home, google, http } = prompts({}, { keychain });
    const system = fakeSystem({ http, home, keychain, env, dialogue: [PASSWORD] });
    expect(await main([...ARGV, ...flags], system)).toBe(0);
    expect(jarFiles()).toEqual([]);
    expect(keychain.size).toBe(0);
    await run([PASSWORD], ['--keep-session', 'keychain']);
    const before = google.requests.length;
    expect(
      await main([...ARGV, ...flags], fakeSystem({ http, home, keychain, env, dialogue: [PASSWORD] })),
    ).toBe(0);
    expect(google.requests.length - before).toBeGreaterThan(1);
  });

  test('is not needed: if it cannot be written, the sign-in succeeds without a message', async () => {
    const { run, home } = prompts();
    mkdirSync(join(home, '.aws', 'gauth'), { recursive: true });
    writeFileSync(join(home, '.aws', 'gauth', 'jars'), 'in the way');
    expect(await run([PASSWORD])).toMatchObject({
      status: 0,
      err: expect.not.stringContaining('kept') as string,
    });
    expect((await run([PASSWORD], ['--log', 'info'])).err).toMatch(/the Google session is not saved: .+/);
  });
});

describe('a jar that no longer works is removed without a message', () => {
  test.each<readonly [string, (path: string, keychain: Map<string, string>) => void]>([
    ['damaged', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace(/.{9}\n$/, 'AAAAAAAA=\n'))],
    ['empty', (path) => writeFileSync(path, '')],
    ['of a later version', (path) => writeFileSync(path, `gauth-sealed 9 new ${path}\nAAAA\n`)],
    ['no jar at all', (path) => writeFileSync(path, '{"cookies":"none"}')],
    ['no text', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]))],
    [
      'under another key',
      (_path, keychain) =>
        keychain.forEach((_, name) => keychain.set(name, Buffer.alloc(32).toString('base64'))),
    ],
    [
      'under a key that is none',
      (_path, keychain) => keychain.forEach((_, name) => keychain.set(name, 'not a key')),
    ],
    ['under a key that is gone', (_path, keychain) => keychain.clear()],
    ['not readable', (path) => chmodSync(path, 0o000)],
  ])('%s', async (name, spoil) => {
    const keychain = new Map<string, string>();
    const { run, jars, jarFiles } = prompts({}, { keychain });
    await run([PASSWORD]);
    const path = join(jars, jarFiles()[0]!);
    spoil(path, keychain);
    // Nothing stands in the way of root.
    const readable = name === 'not readable' && process.getuid?.() === 0;
    const result = await run(readable ? [] : [PASSWORD]);
    expect(result.status).toBe(0);
    expect(result.err).not.toMatch(/kept|jar|key/i);
    // And the next one works again.
    chmodSync(path, 0o600);
    expect(await run([])).toMatchObject({ status: 0, toGoogle: 1 });
  });

  test.each<readonly [string, FaultRule['trouble']]>([
    ['an unknown page', { kind: 'unknown-page' }],
    ['cookies that send it in a circle', { kind: 'redirect-loop' }],
    ['a refusal', { kind: 'page', status: 400, html: '<title>Error 400 (Bad Request)!!1</title>' }],
  ])('%s from Google', async (_name, trouble) => {
    const { run, home, keychain, hosts } = prompts();
    await run([PASSWORD]);
    const rule: FaultRule = {
      trouble,
      times: Infinity,
      at: ({ headers }) => headers['cookie']?.includes('SID=') === true,
    };
    const google = hosts['accounts.google.com']!;
    let refused = true;
    const broken = {
      ...hosts,
      'accounts.google.com': withFaults(google, [{ ...rule, at: (request) => refused && rule.at!(request) }]),
    };
    const http = inMemory(broken);
    const stop: typeof http = Object.assign(
      async (...[request, signal]: Parameters<typeof http>) => {
        if (request.method === 'POST') refused = false;
        return http(request, signal);
      },
      { requests: http.requests },
    );
    const system = fakeSystem({
      http: stop,
      home,
      keychain: keychain as Map<string, string>,
      dialogue: [PASSWORD],
    });
    expect(await main(ARGV, system), system.err()).toBe(0);
    expect(system.err()).not.toMatch(/kept|cookie/);
  });
});

describe.each<Dialect>(['legacy', 'v3'])('%s: Google asks for the account', (dialect) => {
  test("the user's is chosen", async () => {
    const { run, google } = prompts({
      user: { dialect, ...SECOND_STEP },
      google: { accountChooser: ['other@example.com', USER.email] },
    });
    await run([PASSWORD, TOTP]);
    google.endSessions();
    expect((await run([PASSWORD])).status).toBe(0);
    expect(google.submissions.map(({ intent }) => intent)).toContain('account');
  });

  test("without the user's the jar is removed, and the sign-in starts again", async () => {
    const { run, google } = prompts({
      user: { dialect, ...SECOND_STEP },
      google: { accountChooser: ['other@example.com'] },
    });
    await run([PASSWORD, TOTP]);
    google.endSessions();
    // With the jar the trust in the device is gone, too.
    expect((await run([PASSWORD, TOTP])).status).toBe(0);
    expect(google.submissions.map(({ intent }) => intent)).not.toContain('account');
    expect(await run([])).toMatchObject({ status: 0, toGoogle: 1 });
  });
});

describe('gauth logout', () => {
  test('removes the session of the account of the profile, and its SAML response', async () => {
    const { run, jarFiles, home } = prompts();
    const cache = join(home, '.aws', 'saml_cache_C01abc2de.xml');
    await run([PASSWORD], [], FLAGS);
    expect(existsSync(cache)).toBe(true);
    const inBrowser = profileFolder(join(home, '.aws', 'gauth'), USER.email);
    mkdirSync(join(inBrowser, 'Default'), { recursive: true });
    const result = await run([], ['logout', '-p', 'sts-temp'], []);
    expect(result).toMatchObject({ status: 0, toGoogle: 0, toSts: 0 });
    expect(result.err).toBe(
      `Removed the Google session of ${USER.email}, the browser session of ${USER.email}, the SAML response, the cached credentials of profile sts-temp.\n`,
    );
    expect(jarFiles()).toEqual([]);
    expect(existsSync(inBrowser)).toBe(false);
    expect(readFileSync(join(home, '.aws', 'credentials'), 'utf8')).toContain('[sts-temp]');
    expect(existsSync(cache)).toBe(false);
    expect((await run([], ['logout', '-p', 'sts-temp'], [])).err).toBe('Nothing was saved.\n');
    expect((await run([PASSWORD])).status).toBe(0);
  });

  test('removes the password of --keyring, which would sign in without a prompt', async () => {
    const keychain = new Map<string, string>();
    const { run } = prompts({}, { keychain });
    await run([PASSWORD], ['--keyring']);
    expect(keychain.get(`aws-google-auth/${USER.email}`)).toBe(USER.password);
    await run([], ['logout', '-p', 'sts-temp'], []);
    expect([...keychain.keys()]).toEqual([expect.stringMatching(/^gauth\//)]);
  });

  test('--all removes every session and the key', async () => {
    const keychain = new Map<string, string>();
    const other = { ...USER, email: 'other@example.com' };
    const { run, jarFiles } = prompts({ google: { users: [USER, other] } }, { keychain });
    await run([PASSWORD]);
    await run([PASSWORD], ['-u', other.email, '-p', 'other']);
    expect(jarFiles()).toHaveLength(2);
    expect((await run([], ['logout', '--all'], [])).err).toBe(
      'Removed the Google sessions of 2 accounts, the cached credentials.\n',
    );
    expect(jarFiles()).toEqual([]);
    expect(keychain.size).toBe(0);
  });

  test('also removes what a killed run has left of a jar', async () => {
    const { run, home } = prompts();
    await run([PASSWORD]);
    await run([], ['logout', '--all'], []);
    const jars = join(home, '.aws', 'gauth', 'jars');
    mkdirSync(jars, { recursive: true });
    const name = `${createHash('sha256').update(USER.email).digest('hex').slice(0, 32)}.jar`;
    const left = [`${name}.0123456789ab.gauth-tmp`, `${'0'.repeat(32)}.jar.0123456789ab.gauth-tmp`];
    for (const each of left) writeFileSync(join(jars, each), 'SID=secret');
    expect((await run([], ['logout', '-p', 'sts-temp'], [])).err).toBe(
      `Removed the Google session of ${USER.email}.\n`,
    );
    expect(readdirSync(jars)).toEqual([left[1]]);
    expect((await run([], ['logout', '--all'], [])).err).toBe('Removed the Google sessions of 1 account.\n');
    expect(readdirSync(jars)).toEqual([]);
  });

  test('needs an account', async () => {
    const { run } = prompts();
    const result = await run([[/^Google username: $/, USER.email]], ['logout'], []);
    expect(result).toMatchObject({ status: 0, err: 'Nothing was saved.\n' });
    const unasked = await runScenario(organisation(), ['logout']);
    expect(unasked.status).toBe(2);
    expect(unasked.err).toMatch(/MISSING_OPTION[^]*-u\/--username[^]*GOOGLE_USERNAME/);
  });
});
