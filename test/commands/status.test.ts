/** `gauth status`: its output and exit statuses. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeClock, temporaryHome } from '../fakes/system.ts';
import { FLAGS, type Organisation, ROLE, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const HOUR = 3600_000;

async function signedIn(...flags: readonly string[]): Promise<{ world: Organisation; home: string }> {
  const world = organisation();
  const { home } = await runScenario(world, [...FLAGS, '-d', '3600', ...flags], {
    dialogue: [[/Password/, USER.password]],
  });
  return { world, home };
}

/** A home with these files in ~/.aws. */
function homeWith(files: Readonly<Record<string, string>>): string {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, '.aws', name), text);
  return home;
}

describe('gauth status', () => {
  it('shows each profile of gauth, without a prompt', async () => {
    const { world, home } = await signedIn();
    writeFileSync(join(home, '.aws', 'config'), '\n[profile other]\nregion = us-east-1\n', { flag: 'a' });
    const result = await runScenario(world, ['status'], { home, dialogue: [] });
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    const [heading, line, ...more] = result.out.trimEnd().split('\n');
    expect(heading).toMatch(/^PROFILE +ROLE +USER +SIGN-IN +GOOGLE SESSION +EXPIRES$/);
    expect(line).toMatch(
      new RegExp(
        `^sts-temp  ${ROLE}  me@example\\.com  auto +saved +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\S+, in 59 min$`,
      ),
    );
    expect(more).toEqual([]);
  });

  it('reports expired credentials', async () => {
    const { world, home } = await signedIn();
    const clock = fakeClock(new Date(Date.now() + 2 * HOUR));
    const result = await runScenario(world, ['status'], { home, clock });
    expect(result.status).toBe(0);
    expect(result.out).toMatch(/, expired\n$/);
  });

  it('writes JSON without any key', async () => {
    const { world, home } = await signedIn('--no-session');
    const result = await runScenario(world, ['status', '--json'], { home });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/) as unknown;
    expect(JSON.parse(result.out)).toEqual([
      {
        profile: 'sts-temp',
        roleArn: ROLE,
        username: USER.email,
        signIn: 'auto',
        sourceProfile: null,
        googleSession: false,
        credentialProcess: false,
        keysUntil: time,
        keptUntil: time,
        good: true,
      },
    ]);
    for (const keys of world.sts.keys) {
      expect(result.out).not.toContain(keys.secretAccessKey);
      expect(result.out).not.toContain(keys.accessKeyId);
    }
  });

  it('shows profiles of aws-google-auth, a profile with credential_process only, and one with errors', async () => {
    const home = homeWith({
      config: [
        '[profile old]',
        `google_config.role_arn = ${ROLE}`,
        'google_config.google_username = None',
        '[profile quick]',
        'credential_process = "/usr/bin/gauth" credential-process -p quick',
        '[profile faulty]',
        'google_config.duration = soon',
        '[profile foreign]',
        'credential_process = /usr/bin/other',
        '',
      ].join('\n'),
      credentials: '[old]\naws_session_expiration = 2020-01-02T03:04:05+0000\n',
    });
    const result = await runScenario(organisation(), ['status', '--json'], { home });
    expect(JSON.parse(result.out)).toMatchObject([
      { profile: 'old', roleArn: ROLE, username: null, keysUntil: '2020-01-02T03:04:05.000Z', good: false },
      { profile: 'quick', credentialProcess: true, keysUntil: null, keptUntil: null, good: false },
      { profile: 'faulty', good: false },
    ]);
  });

  it('uses the keys in the credentials file, as AWS tools do', async () => {
    const { world, home } = await signedIn();
    writeFileSync(
      join(home, '.aws', 'credentials'),
      '[sts-temp]\naws_session_expiration = 2020-01-02T03:04:05+0000\n',
    );
    const result = await runScenario(world, ['status', '--json'], { home });
    expect(JSON.parse(result.out)).toMatchObject([{ good: false, keptUntil: expect.any(String) as unknown }]);
  });

  it('uses the cached session only if AWS tools reach it', async () => {
    const { world, home } = await signedIn();
    writeFileSync(join(home, '.aws', 'credentials'), '');
    const bare = await runScenario(world, ['status', '-p', 'sts-temp'], { home });
    expect(bare.status).toBe(4);
    expect(bare.out).toMatch(/ -\n$/);
    const process = 'credential_process = gauth credential-process -p sts-temp\n';
    writeFileSync(join(home, '.aws', 'config'), process, { flag: 'a' });
    expect(await runScenario(world, ['status', '-p', 'sts-temp'], { home })).toMatchObject({ status: 0 });
  });

  it('says that there are no profiles', async () => {
    const result = await runScenario(organisation(), ['status']);
    expect(result).toMatchObject({
      status: 0,
      out: '',
      err: 'No gauth profiles yet. Create one: gauth configure\n',
    });
    expect((await runScenario(organisation(), ['status', '--json'])).out).toBe('[]\n');
  });

  it('prints no control characters from the files', async () => {
    const config = '[profile a\u202eb]\ngoogle_config.google_username = me\u001b[2J\ngauth_mfa = totp\n';
    const result = await runScenario(organisation(), ['status'], { home: homeWith({ config }) });
    expect(result.status).toBe(0);
    expect(result.out).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('gauth status -p', () => {
  it('ends with 0 while the credentials are valid', async () => {
    const { world, home } = await signedIn();
    expect(await runScenario(world, ['status', '-p', 'sts-temp'], { home })).toMatchObject({
      status: 0,
      err: '',
    });
  });

  it('ends with 4 when they have expired, and says what to run', async () => {
    const { world, home } = await signedIn();
    const clock = fakeClock(new Date(Date.now() + 2 * HOUR));
    const result = await runScenario(world, ['status', '-p', 'sts-temp'], { home, clock });
    expect(result.status).toBe(4);
    expect(result.out).toContain('sts-temp');
    expect(result.err).toBe(
      'gauth: profile sts-temp has no valid credentials (NO_SESSION)\n  get new credentials: gauth -p sts-temp\n',
    );
  });

  it('ends with 2 if the profile does not exist', async () => {
    const result = await runScenario(organisation(), ['status', '-p', 'typo']);
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain('there is no gauth profile typo (BAD_PROFILE)');
  });

  it('is not implied by AWS_PROFILE: all profiles are shown', async () => {
    const { world, home } = await signedIn();
    const result = await runScenario(world, ['status'], { home, env: { AWS_PROFILE: 'other' } });
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toContain('sts-temp');
  });
});
