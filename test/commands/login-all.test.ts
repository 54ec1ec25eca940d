/** `gauth login --all-profiles`: one sign-in for many profiles, and the result of each. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StsOptions } from '../emulators/sts.ts';
import { temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { type Organisation, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const NAMES = Array.from({ length: 12 }, (_, index) => `team-${String(index)}`);
const roleOf = (name: string): string => `arn:aws:iam::111222333444:role/${name}`;
const PROVIDER = 'arn:aws:iam::111222333444:saml-provider/GoogleApps';

function world(sts: Partial<StsOptions> = {}): Organisation {
  return organisation({
    user: { roles: NAMES.map((name) => `${roleOf(name)},${PROVIDER}`) },
    sts: { roles: NAMES.map((name) => ({ arn: roleOf(name), maxDuration: 43_200 })), ...sts },
  });
}

interface Made {
  readonly role?: string | undefined;
  readonly user?: string;
  readonly more?: string;
}

function profile(name: string, { role = roleOf(name), user = USER.email, more = '' }: Made = {}): string {
  return [
    `[profile ${name}]`,
    'region = us-east-1',
    'google_config.google_idp_id = C01abc2de',
    'google_config.google_sp_id = 000111000111',
    `google_config.google_username = ${user}`,
    ...(role === '' ? [] : [`google_config.role_arn = ${role}`]),
    `google_config.duration = 3600\n${more}`,
  ].join('\n');
}

function homeWith(...profiles: readonly string[]): string {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws/config'), profiles.join('\n'));
  return home;
}

const ALL = ['login', '--all-profiles'];

describe('gauth login --all-profiles', () => {
  it('signs in once, refreshes every profile with its own role, and ends with one table', async () => {
    const org = world();
    const home = homeWith(...NAMES.map((name) => profile(name)), '[profile other]\nregion = eu-west-1\n');
    const result = await runScenario(org, ALL, {
      home,
      dialogue: [PASSWORD],
      env: { AWS_ROLE_ARN: roleOf('team-3') },
    });
    expect(result.status).toBe(0);
    expect(result.out).toBe('');
    const lines = result.err.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^PROFILE +ROLE +EXPIRES$/);
    expect(lines.slice(1)).toEqual(
      NAMES.map((name): unknown =>
        expect.stringMatching(
          new RegExp(`^${name} +${roleOf(name)} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d`),
        ),
      ),
    );
    for (const key of org.sts.keys) {
      const name = key.roleArn.split('/')[1] ?? '';
      expect(result.credentials).toMatch(
        new RegExp(`\\[${name}\\]\\naws_access_key_id = ${key.accessKeyId}\\n`),
      );
    }
    expect(result.credentials).not.toContain('[other]');
  });

  it('uses the settings of each profile, and the given ones for what it lacks', async () => {
    const own = profile('team-1').replace('us-east-1', 'eu-west-1');
    const missingFields = profile('team-2')
      .replace('region = us-east-1\n', '')
      .replace(/google_config.duration.*/, '');
    const home = homeWith(own, missingFields);
    const env = { AWS_REGION: 'us-west-2', DURATION: '900' };
    const result = await runScenario(world(), ALL, { home, dialogue: [PASSWORD], env });
    expect(result.status).toBe(0);
    const [first = '', second = ''] = result.config.split('[profile team-2]');
    expect(first).toMatch(/region = eu-west-1\n[^]*duration = 3600\n/);
    expect(second).toMatch(/region = us-west-2\n/);
    expect(second).toMatch(/duration = 900\n/);
  });

  it.each([
    [{ AWS_ACCOUNT: '555666777888' }, []],
    [{}, ['-A', '555666777888']],
  ])('keeps the role of each, whatever account %j %j names', async (env, flags) => {
    const home = homeWith(profile('team-1'));
    const result = await runScenario(world(), [...ALL, ...flags], { home, env, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.config).toContain(`role_arn = ${roleOf('team-1')}\n`);
  });

  it('does not write None for the region of a profile that has none', async () => {
    const home = homeWith(profile('team-1').replace('region = us-east-1\n', ''));
    const result = await runScenario(world(), ALL, { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.config).not.toMatch(/^region/m);
  });

  it('sends at most eight requests to STS at a time', async () => {
    const org = world();
    let busy = 0;
    let busiest = 0;
    const handle = org.http;
    let allowAnswers: () => void = () => undefined;
    const eightSent = new Promise<void>((resolve) => (allowAnswers = resolve));
    const http: typeof org.http = Object.assign(
      async (...[request, signal]: Parameters<typeof org.http>) => {
        const isSts = request.url.host.startsWith('sts.');
        if (isSts) busiest = Math.max(busiest, ++busy);
        if (busiest >= 8) allowAnswers();
        // None is answered before the eighth is sent; then there is time for a ninth.
        if (isSts) await eightSent;
        for (let turn = 0; isSts && turn < 20; turn += 1) await new Promise((go) => setImmediate(go));
        const answer = await handle(request, signal);
        if (isSts) busy -= 1;
        return answer;
      },
      { requests: handle.requests },
    );
    const home = homeWith(...NAMES.map((name) => profile(name)));
    const result = await runScenario({ ...org, http }, ALL, { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(busiest).toBe(8);
  });

  it('uses the cached SAML response, without a prompt', async () => {
    const org = world();
    const home = homeWith(...NAMES.slice(0, 3).map((name) => profile(name)));
    await runScenario(org, ['-p', 'team-0'], { home, dialogue: [PASSWORD] });
    const result = await runScenario(org, ALL, { home });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
  });

  it('continues after a failure of one profile, and ends with its exit status', async () => {
    const home = homeWith(
      profile('team-0'),
      profile('gone', { role: roleOf('gone') }),
      profile('team-1', { more: 'google_config.keyring = perhaps\n' }),
      profile('team-2', { role: '' }),
      profile('team-3'),
    );
    const result = await runScenario(world(), ALL, { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(4);
    expect(result.err).toMatch(
      /^gone +- +the assertion does not contain \S+role\/gone \(ROLE_NOT_OFFERED\)$/m,
    );
    expect(result.err).toMatch(
      /^team-1 +- +google_config.keyring in the profile must be true or false \(BAD_OPTION\)$/m,
    );
    expect(result.err).toMatch(
      /^team-2 +- +the profile has no role, and there are several to choose from \(MISSING_OPTION\)$/m,
    );
    expect(result.err).toContain('gauth: 3 of 5 profiles were not refreshed (ROLE_NOT_OFFERED)\n');
    expect(result.credentials.match(/^\[.*\]$/gm)).toEqual(['[team-0]', '[team-3]']);
  });

  it('writes no keys for a profile with a credential_process, but keeps its session for it', async () => {
    const home = homeWith(profile('team-0', { more: 'credential_process = gauth credential-process\n' }));
    const result = await runScenario(world(), ALL, { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.credentials).toBe('');
    expect(Object.keys(result.files)).toContain('.aws/gauth/sessions/team-0.json');
  });

  it('uses one Google account: that of the named profile', async () => {
    const home = homeWith(
      profile('theirs', { user: 'you@example.com' }),
      profile('team-0'),
      profile('team-1'),
    );
    const result = await runScenario(world(), [...ALL, '-p', 'team-1'], { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.err).not.toContain('theirs');
    expect(result.err).toContain('team-0');
  });

  it('asks for the account if there are several, or says how to name it', async () => {
    const home = homeWith(profile('theirs', { user: 'you@example.com' }), profile('team-0'));
    const asked = await runScenario(world(), ALL, {
      home,
      dialogue: [[/^the Google account: you@.*\| me@/, { choose: /^me@/ }], PASSWORD],
    });
    expect(asked.status).toBe(0);
    const result = await runScenario(world(), ALL, { home });
    expect(result.status).toBe(2);
    expect(result.err).toContain('gauth: the profiles belong to several Google accounts (MISSING_OPTION)\n');
    expect(result.err).toContain('  account: you@example.com C01abc2de 000111000111\n');
  });

  it('says how to create profiles if there are none', async () => {
    const result = await runScenario(world(), ALL, {});
    expect(result.status).toBe(2);
    expect(result.err).toContain('the config file has no profile of this Google account (BAD_PROFILE)');
    expect(result.err).toContain('gauth configure');
  });

  it.each([['-r'], ['--role-arn']])('conflicts with %s, since each profile has its own', async (flag) => {
    expect((await runScenario(world(), [...ALL, flag, roleOf('team-0')], {})).status).toBe(2);
  });
});

it('keeps the long-term keys of one profile, and refreshes the others', async () => {
  const home = homeWith(...NAMES.slice(0, 3).map((name) => profile(name)));
  const keys = '[team-1]\naws_access_key_id = AKIALASTING\naws_secret_access_key = only copy\n';
  writeFileSync(join(home, '.aws/credentials'), keys);
  const result = await runScenario(world(), ALL, { home, dialogue: [PASSWORD] });
  expect(result.status).toBe(2);
  expect(result.err).toMatch(/^team-1 +- +profile team-1 has long-term access keys, .* \(BAD_PROFILE\)$/m);
  expect(result.credentials.startsWith(keys)).toBe(true);
  expect(result.credentials.match(/^\[.*\]$/gm)).toEqual(['[team-1]', '[team-0]', '[team-2]']);
});
