/** `gauth env`: the lines that set a session in a shell, and those that unset it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeWorld } from '../fakes/system.ts';
import { FLAGS, type Organisation, USER, organisation } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const under = (...names: readonly string[]): NonNullable<FakeWorld['programs']> => ({
  ancestors: () => Promise.resolve(names),
});

async function signedIn(): Promise<{ world: Organisation; home: string; expiration: string }> {
  const world = organisation();
  const { home, credentials } = await runScenario(world, FLAGS, { dialogue: [[/Password/, USER.password]] });
  const expiration = /aws_session_expiration = (\S+)\+0000/.exec(credentials)?.[1] ?? '';
  return { world, home, expiration };
}

describe('the lines', () => {
  it('are those of the parent shell, and contain the cached session', async () => {
    const { world, home, expiration } = await signedIn();
    const result = await runScenario(world, ['env', '-p', 'sts-temp'], {
      home,
      programs: under('fish'),
      dialogue: [],
    });
    const [keys] = world.sts.keys;
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(result.out).toBe(
      [
        `set -gx AWS_ACCESS_KEY_ID '${String(keys?.accessKeyId)}';`,
        `set -gx AWS_SECRET_ACCESS_KEY '${String(keys?.secretAccessKey)}';`,
        `set -gx AWS_SESSION_TOKEN '${String(keys?.sessionToken)}';`,
        "set -gx AWS_ACCOUNT_ID '111222333444';",
        `set -gx AWS_CREDENTIAL_EXPIRATION '${expiration}Z';`,
        `set -gx AWS_SESSION_EXPIRATION '${expiration}+0000';`,
        "set -gx AWS_REGION 'us-east-1';",
        "set -gx AWS_DEFAULT_REGION 'us-east-1';",
        "set -gx GAUTH_PROFILE 'sts-temp';",
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['bash', /^export AWS_ACCESS_KEY_ID='\w+';$/m],
    ['zsh', /^export AWS_ACCESS_KEY_ID='\w+';$/m],
    ['powershell', /^\$env:AWS_ACCESS_KEY_ID = '\w+'$/m],
    ['cmd', /^set "AWS_ACCESS_KEY_ID=\w+"$/m],
    ['dotenv', /^AWS_ACCESS_KEY_ID=\w+$/m],
    ['json', /^ {2}"AWS_ACCESS_KEY_ID": "\w+",$/m],
  ])('are those of --shell %s, without looking at processes', async (shell, line) => {
    const { world, home } = await signedIn();
    const result = await runScenario(world, ['env', '-p', 'sts-temp', '--shell', shell], { home });
    expect(result.status).toBe(0);
    expect(result.out).toMatch(line);
  });

  it('unset conflicting variables that are set, and no others', async () => {
    const { world, home } = await signedIn();
    const env = { AWS_PROFILE: 'sts-temp', AWS_SECURITY_TOKEN: 'old' };
    const result = await runScenario(world, ['env'], { home, env, programs: under('bash') });
    expect(result.out.split('\n').slice(0, 3)).toEqual([
      'unset AWS_PROFILE;',
      'unset AWS_SECURITY_TOKEN;',
      expect.stringMatching(/^export AWS_ACCESS_KEY_ID=/),
    ]);
  });

  it('are the same again in a shell that has run them, without AWS_PROFILE, which they unset', async () => {
    const { world, home } = await signedIn();
    const env = { GAUTH_PROFILE: 'sts-temp', AWS_ACCESS_KEY_ID: 'x' };
    const again = await runScenario(world, ['env'], { home, env, programs: under('bash') });
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(again.out).toContain("export GAUTH_PROFILE='sts-temp';\n");
    const other = await runScenario(world, ['env'], {
      home,
      env: { ...env, AWS_PROFILE: 'typo' },
      programs: under('bash'),
    });
    expect(other.err).toContain('profile typo');
  });

  it('for a file have no empty variables, which AWS tools would read as names', async () => {
    const { world, home } = await signedIn();
    const env = { AWS_PROFILE: 'sts-temp' };
    const result = await runScenario(world, ['env', '--shell', 'dotenv'], { home, env });
    expect(result.out).not.toMatch(/^AWS_PROFILE/m);
  });

  it('are those of a shorter session if -d requests one, which does not replace a longer one', async () => {
    const { world, home } = await signedIn();
    const key = async (...flags: readonly string[]): Promise<string | undefined> => {
      const result = await runScenario(world, ['env', '-p', 'sts-temp', '--shell', 'dotenv', ...flags], {
        home,
      });
      return /^AWS_ACCESS_KEY_ID=(.*)$/m.exec(result.out)?.[1];
    };
    const long = await key('-d', '43200');
    expect(long).toBe(world.sts.keys[0]?.accessKeyId);
    const short = await key('-d', '900');
    expect(short).toBe(world.sts.keys[1]?.accessKeyId);
    expect(await key('-d', '900')).toBe(short);
    expect(await key()).toBe(long);
  });

  it('change to another profile with its own region, not the one that the first profile set', async () => {
    const { world, home } = await signedIn();
    const other = FLAGS.map((word) =>
      word === 'sts-temp' ? 'irish' : word.replace('us-east-1', 'eu-west-1'),
    );
    await runScenario(world, other, { home, dialogue: [] });
    const env = { GAUTH_PROFILE: 'sts-temp', AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' };
    const result = await runScenario(world, ['env', '-p', 'irish'], { home, env, programs: under('bash') });
    expect(result.out).toContain("export AWS_REGION='eu-west-1';\n");
  });

  it('unset the region of the first profile if the other one has none', async () => {
    const { world, home } = await signedIn();
    const config = join(home, '.aws', 'config');
    writeFileSync(config, readFileSync(config, 'utf8').replace('region = us-east-1\n', ''));
    const env = { GAUTH_PROFILE: 'other', AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' };
    const result = await runScenario(world, ['env', '-p', 'sts-temp'], {
      home,
      env,
      programs: under('bash'),
    });
    expect(result.out).toMatch(/^unset AWS_REGION;\n/m);
    expect(result.out).not.toContain('export AWS_REGION');
  });

  it.each([
    {},
    // Another than the one that gauth has set.
    { GAUTH_PROFILE: 'other', AWS_DEFAULT_REGION: 'us-east-1' },
  ])("use the user's own AWS_REGION as a setting, beside %j", async (others) => {
    const { world, home } = await signedIn();
    const env = { AWS_REGION: 'eu-west-1', ...others };
    const result = await runScenario(world, ['env', '-p', 'sts-temp'], {
      home,
      env,
      programs: under('bash'),
    });
    expect(result.out).toContain("export AWS_REGION='eu-west-1';\n");
  });
});

describe('--unset', () => {
  const taken = async (env: Record<string, string>, ...flags: readonly string[]): Promise<ScenarioResult> =>
    runScenario(organisation(), ['env', '--unset', ...flags], { env, programs: under('bash') });

  it('unsets what env sets, and needs no profile', async () => {
    const result = await taken({ GAUTH_PROFILE: 'x', AWS_REGION: 'us-east-1' }, '-p', 'typo');
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(
      result.out
        .replaceAll(/^unset |;$/gm, '')
        .trim()
        .split('\n'),
    ).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_CREDENTIAL_EXPIRATION',
      'AWS_SESSION_EXPIRATION',
      'AWS_ACCOUNT_ID',
      'GAUTH_PROFILE',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
    ]);
  });

  it("leaves a region that is the user's own", async () => {
    expect((await taken({ AWS_REGION: 'us-east-1' })).out).not.toContain('REGION');
  });

  it('restores the variables of a shell', async () => {
    const { world, home } = await signedIn();
    const set = await runScenario(world, ['env', '-p', 'sts-temp'], { home, programs: under('bash') });
    const unset = await taken({ GAUTH_PROFILE: 'sts-temp' });
    const script = `eval "$SET"; [ -n "$AWS_SESSION_TOKEN" ] || exit 1; eval "$UNSET"; env -u SET -u UNSET | grep -E 'AWS|GAUTH'`;
    const run = (): string =>
      execFileSync('bash', ['--norc', '-c', script], {
        env: { PATH: process.env['PATH'], SET: set.out, UNSET: unset.out },
        encoding: 'utf8',
      });
    // grep finds nothing, which is its status 1.
    expect(run).toThrow(expect.objectContaining({ status: 1, stdout: '' }) as Error);
  });
});

describe('what is refused', () => {
  it.each([
    ['--shell', ['--shell', 'tcsh'], {}],
    ['the variable', [], { GAUTH_SHELL: 'tcsh' }],
  ])('a shell that gauth does not know, by %s', async (_by, flags, env) => {
    const result = await runScenario(organisation(), ['env', ...flags], { env });
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain('must be one of bash, zsh, fish, powershell, cmd, dotenv, json');
  });

  it('a value for which the shell has no quoting, without showing it', async () => {
    const world = organisation();
    const named = [...FLAGS, '-p', '%X%'];
    const { home } = await runScenario(world, named, { dialogue: [[/Password/, USER.password]] });
    const result = await runScenario(world, ['env', '-p', '%X%', '--shell', 'cmd'], { home });
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain('cmd cannot quote the value of GAUTH_PROFILE (BAD_OPTION)');
  });
});
