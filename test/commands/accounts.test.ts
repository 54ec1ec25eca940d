/** `--allowed-account`, the end of the session at Google, and endpoints in the profile. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Line } from '../fakes/terminal.ts';
import { DEVELOPER, FLAGS, organisation, USER } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const CHAINED = `[profile dev-env]\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`;

describe('--allowed-account', () => {
  it('accepts credentials of that account, and is saved in the profile', async () => {
    const flags = [...FLAGS, '--allowed-account', '999999999999', '--allowed-account', '111222333444'];
    const result = await runScenario(organisation(), flags, { dialogue: [PASSWORD] });
    expect(result.status, result.err).toBe(0);
    expect(result.config).toContain('gauth_allowed_accounts = 999999999999 111222333444\n');
  });

  it('refuses a role of another account before it is assumed, and writes nothing', async () => {
    const world = organisation();
    const flags = [...FLAGS, '--allowed-account', '999999999999'];
    const result = await runScenario(world, flags, { dialogue: [PASSWORD] });
    expect(result.status).toBe(2);
    expect(result.err).toMatch(/role\/saml-init is not in an allowed AWS account \(999999999999\)/);
    expect(result.credentials).toBe('');
    expect(world.sts.keys).toEqual([]);
  });

  it.each(['exec', 'env', 'credential-process', 'console'])(
    'refuses cached credentials that the profile no longer allows: %s',
    async (command) => {
      const world = organisation();
      const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
      const argv = [
        command,
        '-p',
        'sts-temp',
        ...(command === 'exec' ? ['true'] : command === 'env' ? ['--shell', 'bash'] : []),
      ];
      const result = await runScenario(world, argv, {
        home,
        env: { GAUTH_ALLOWED_ACCOUNTS: '999999999999' },
        dialogue: [],
      });
      expect(result).toMatchObject({ status: 2, out: '' });
      expect(result.err).toContain('(ACCOUNT_NOT_ALLOWED)');
    },
  );

  it('means the account of the last role of a chain', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    appendFileSync(join(home, '.aws', 'config'), CHAINED);
    const run = async (account: string): Promise<string> => {
      const argv = ['env', '-p', 'dev-env', '--shell', 'bash', '--allowed-account', account];
      return (await runScenario(world, argv, { home, dialogue: [] })).err;
    };
    expect(await run('111222333444')).toMatch(/assumed-role\/developer\/.* is not in an allowed AWS account/);
    expect(await run('555666777888')).not.toContain('not in an allowed');
  });

  it.each(['1234', 'prod', '111222333444;1'])('does not accept %s as an account', async (text) => {
    const result = await runScenario(organisation(), [...FLAGS, '--allowed-account', text], { dialogue: [] });
    expect(result.err).toContain('--allowed-account must be account IDs of 12 digits');
  });
});

describe('the end of the session at Google', () => {
  it.each([
    [[], 7000, 7200],
    [['-d', '3600'], 3600, 3600],
    [['--auto-duration'], 7000, 7200],
  ] as const)('limits what is requested: %j', async (flags, least, most) => {
    const sessionEnd = new Date(Date.now() + 7_200_000);
    const world = organisation({ user: { saml: { sessionEnd } } });
    const result = await runScenario(world, [...FLAGS, ...flags], { dialogue: [PASSWORD] });
    expect(result.status, result.err).toBe(0);
    const seconds = Number(world.sts.requests[0]?.fields['DurationSeconds']);
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
  });

  it('is never requested below what STS accepts', async () => {
    const sessionEnd = new Date(Date.now() + 60_000);
    const world = organisation({ user: { saml: { sessionEnd } } });
    await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    expect(world.sts.requests[0]?.fields['DurationSeconds']).toBe('900');
  });
});

describe('an endpoint that the profile names', () => {
  it.each([
    ['use_fips_endpoint = true\n', {}, 'sts-fips.us-east-1.amazonaws.com'],
    ['use_fips_endpoint = true\n', { AWS_USE_FIPS_ENDPOINT: 'false' }, 'sts.us-east-1.amazonaws.com'],
  ])('is used: %j with %j', async (keys, env, host) => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    appendFileSync(join(home, '.aws', 'config'), keys);
    world.sts.requests.length = 0;
    const result = await runScenario(world, ['-p', 'sts-temp', '--no-cache'], {
      home,
      env,
      dialogue: [PASSWORD],
    });
    expect(result.status, result.err).toBe(0);
    expect(world.sts.requests.map((request) => request.host)).toEqual([host]);
  });
});
