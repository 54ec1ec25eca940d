/** `gauth doctor`: findings, fixes and exit statuses. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import type { Http } from '../../src/ports.ts';
import { inMemory } from '../emulators/memory.ts';
import { html } from '../emulators/respond.ts';
import { fakeBrowser } from '../fakes/browser.ts';
import { type FakeWorld, fakeClock, temporaryHome } from '../fakes/system.ts';
import { type Organisation, organisation } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const GOOD = '[profile a]\nregion = eu-west-1\n';

function homeWith(config = GOOD, credentials = ''): string {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'), { mode: 0o700 });
  writeFileSync(join(home, '.aws/config'), config, { mode: 0o600 });
  writeFileSync(join(home, '.aws/credentials'), credentials, { mode: 0o600 });
  return home;
}

async function doctor(
  flags: readonly string[] = [],
  { world = organisation(), ...options }: Partial<FakeWorld> & { world?: Organisation } = {},
): Promise<ScenarioResult> {
  return runScenario(world, ['doctor', ...flags], { home: homeWith(), browser: fakeBrowser(), ...options });
}

function lines({ out }: ScenarioResult): readonly string[] {
  return out.trimEnd().split('\n');
}

describe('a machine without problems', () => {
  it('is reported line by line, with status 0', async () => {
    const result = await doctor();
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(lines(result)).toEqual([
      expect.stringMatching(/^ok {7}\S+config and the credentials file: 1 profile$/) as unknown,
      'ok       no AWS file is open to other users',
      'ok       Google (accounts.google.com) can be reached',
      'ok       AWS STS (sts.eu-west-1.amazonaws.com) can be reached',
      'ok       the system keychain can be used',
      'ok       a browser and a display are available',
    ]);
  });

  it('may lack a keychain and a browser', async () => {
    const result = await runScenario(organisation(), ['doctor'], { home: homeWith(), keychain: 'none' });
    expect(result.status).toBe(0);
    expect(result.out).toMatch(/^note {5}there is no keychain\n {9}without one/m);
    expect(result.out).toMatch(/^note {5}gauth cannot use a browser: no browser was found$/m);
  });

  it('may be empty', async () => {
    expect((await doctor([], { home: temporaryHome() })).status).toBe(0);
  });
});

describe('files', () => {
  const EXPIRED =
    '[a]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\naws_session_expiration = 2020-01-02T03:04:05+0000\n';
  const BOTH = `${GOOD}credential_process = /gone/node /gone/gauth.js credential-process --profile a\n`;

  it('with conflicting keys and permissions for others are fixed by --fix, and then correct', async () => {
    const home = homeWith(BOTH.replace('/gone/node /gone/gauth.js', 'gauth'), EXPIRED);
    chmodSync(join(home, '.aws/credentials'), 0o644);
    writeFileSync(join(home, '.aws/saml_cache_C01.xml'), '', { mode: 0o644 });
    const before = await doctor([], { home });
    expect(before.status).toBe(5);
    expect(before.out).toMatch(
      /^problem {2}profile a has a credential_process, but .* although they have expired$/m,
    );
    expect(before.out).toMatch(
      /^problem {2}\S+credentials can be read by other users of this machine\n {9}chmod 600 /m,
    );
    expect(before.err).toBe('gauth: 3 problems found (FINDINGS)\n  gauth doctor --fix fixes 3 of them\n');
    const fixed = await doctor(['--fix'], { home });
    expect(fixed.status).toBe(0);
    expect(fixed.out.match(/^fixed/gm)).toHaveLength(3);
    expect(fixed.credentials).toBe('[a]\n');
    expect(statSync(join(home, '.aws/credentials')).mode & 0o777).toBe(0o600);
    expect((await doctor([], { home })).out).not.toMatch(/^(problem|fixed)/m);
  });

  it('of gauth are protected by their folder', async () => {
    const home = homeWith();
    mkdirSync(join(home, '.aws/gauth/browser'), { recursive: true });
    chmodSync(join(home, '.aws/gauth'), 0o755);
    writeFileSync(join(home, '.aws/gauth/browser/Preferences'), '', { mode: 0o644 });
    expect((await doctor([], { home })).out).toMatch(
      /^problem {2}\S+gauth can be read by other users .*\n {9}chmod 700 /m,
    );
    expect(await doctor(['--fix'], { home })).toMatchObject({ status: 0 });
    expect(statSync(join(home, '.aws/gauth')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, '.aws/gauth/browser/Preferences')).mode & 0o777).toBe(0o644);
  });

  it('that name a gauth which no longer exists are reported', async () => {
    const result = await doctor([], { home: homeWith(BOTH) });
    expect(result.status).toBe(5);
    expect(result.out).toContain(
      'problem  the credential_process of profile a runs /gone/node, which does not exist\n',
    );
  });

  it('that cannot be parsed are reported, also without a network', async () => {
    const world = organisation();
    const http: Http = () => Promise.reject(new GauthError('NETWORK', 'no route', { hints: ['plug it in'] }));
    const result = await doctor([], {
      world: { ...world, http: Object.assign(http, { requests: [] }) },
      home: homeWith('[profile a\n'),
    });
    expect(result.status).toBe(5);
    expect(result.out).toMatch(/^problem {2}cannot parse \S+config: line 1 has a section header/m);
    expect(result.out).toContain(
      'problem  Google (accounts.google.com) cannot be reached: no route\n         plug it in\n',
    );
  });

  it('that Granted reads differently are reported if it is installed', async () => {
    const home = homeWith(`${GOOD}google_config.google_idp_id = C01\n`);
    mkdirSync(join(home, '.granted'));
    const result = await doctor([], { home });
    expect(result.out).toMatch(
      /^warning {2}Granted is installed, and runs aws-google-auth for 1 profile with/m,
    );
    expect(result.status).toBe(5);
  });
});

describe('the connection to Google and AWS', () => {
  it('a wrong clock is reported, compared with both', async () => {
    const result = await doctor([], { clock: fakeClock(new Date(Date.now() - 600_000)) });
    expect(result.status).toBe(5);
    expect(result.out).toMatch(
      /^problem {2}the clock of this machine is (599|600|601) seconds behind that of Google/m,
    );
    expect(result.out).toMatch(
      /^problem {2}the clock of this machine is (599|600|601) seconds behind that of AWS STS/m,
    );
    expect(result.out).toContain('timedatectl');
  });

  it('another server in place of AWS is named', async () => {
    const world = organisation();
    const http = inMemory({ ...world.hosts, '*.amazonaws.com': () => html('<h1>Welcome to our hotel</h1>') });
    const result = await doctor([], { world: { ...world, http } });
    expect(result.out).toMatch(
      /^problem {2}another server answers in place of AWS STS at sts\.eu-west-1\.amazonaws\.com \(HTTP 200\)$/m,
    );
  });

  it('the proxy is shown without its password, and files of authorities are checked', async () => {
    const home = homeWith();
    const [one = ''] = rootCertificates;
    writeFileSync(join(home, 'good.pem'), one);
    writeFileSync(
      join(home, 'bad.pem'),
      `${one}\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`,
    );
    const result = await doctor([], {
      home,
      env: {
        HTTPS_PROXY: 'http://me:secret-of-the-proxy@proxy.example:3128',
        NODE_EXTRA_CA_CERTS: join(home, 'good.pem'),
        AWS_CA_BUNDLE: join(home, 'bad.pem'),
      },
    });
    expect(result.out).toContain('note     connections use the proxy proxy.example:3128 (HTTPS_PROXY)\n');
    expect(result.out).toContain('ok       NODE_EXTRA_CA_CERTS: 1 certificate\n');
    expect(result.out).toMatch(
      /^problem {2}AWS_CA_BUNDLE is set to \S+, in which 1 of 2 certificates cannot be read$/m,
    );
    expect(result.out).not.toContain('secret-of-the-proxy');
  });

  it.each([
    ['does not exist', 'missing.pem'],
    ['contains no certificates', '.aws/config'],
    ['cannot be read', '.aws'],
  ])('a file of authorities that %s is reported', async (words, name) => {
    const home = homeWith();
    const result = await doctor([], { home, env: { AWS_CA_BUNDLE: join(home, name) } });
    expect(result.status).toBe(5);
    expect(result.out).toContain(words);
  });

  it('an endpoint that cannot be used is reported', async () => {
    const result = await doctor([], { env: { AWS_ENDPOINT_URL_STS: 'http://example.com' } });
    expect(result.out).toMatch(/^problem {2}AWS_ENDPOINT_URL_STS is an http URL/m);
  });
});

describe('variables', () => {
  it('that affect all profiles, or name a profile that does not exist, are reported', async () => {
    const result = await doctor([], { env: { AWS_ACCESS_KEY_ID: 'AKIA', AWS_PROFILE: 'nobody' } });
    expect(result.status).toBe(5);
    expect(result.out).toContain('warning  AWS_ACCESS_KEY_ID is set');
    expect(result.out).toContain(
      'warning  AWS_PROFILE is set to nobody, but the config file has no such profile\n',
    );
  });
});

describe('--json', () => {
  it('prints every finding for programs', async () => {
    const home = homeWith();
    chmodSync(join(home, '.aws/credentials'), 0o640);
    const result = await doctor(['--json'], { home });
    expect(result.status).toBe(5);
    const list = JSON.parse(result.out) as Record<string, unknown>[];
    expect(list.find(({ check }) => check === 'modes')).toEqual({
      check: 'modes',
      level: 'problem',
      text: `${join(home, '.aws/credentials')} can be read by other users of this machine`,
      hint: `chmod 600 ${join(home, '.aws/credentials')}`,
      fixable: true,
      fixed: false,
    });
    expect(readFileSync(join(home, '.aws/config'), 'utf8')).toBe(GOOD);
  });
});
