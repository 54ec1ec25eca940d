/** `gauth roles`. */
import { describe, expect, it } from 'vitest';
import { awsSigninEmulator } from '../emulators/aws-signin.ts';
import { inMemory } from '../emulators/memory.ts';
import { FLAGS, type Organisation, PROVIDER, ROLE, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const OTHER = 'arn:aws:iam::555666777888:role/team/read-only';
const OTHER_PROVIDER = 'arn:aws:iam::555666777888:saml-provider/Google';
const DIALOGUE = [[/Password/, USER.password]] as const;

function twoAccounts(): Organisation {
  const base = organisation({ user: { roles: [`${ROLE},${PROVIDER}`, `${OTHER_PROVIDER},${OTHER}`] } });
  const signin = awsSigninEmulator({
    issuer: base.issuer,
    aliases: { '111222333444': 'acme-dev', '555666777888': 'acme-prod' },
  });
  return { ...base, http: inMemory({ ...base.hosts, ...signin.hosts }) };
}

describe('gauth roles', () => {
  it('lists the roles of the assertion, without assuming any', async () => {
    const world = twoAccounts();
    const result = await runScenario(world, ['roles', ...FLAGS], { dialogue: DIALOGUE });
    expect(result).toMatchObject({ status: 0, err: '', config: '', credentials: '' });
    expect(result.out).toBe(
      [
        'ACCOUNT       ALIAS  ROLE       ROLE ARN                                       PROVIDER ARN',
        `111222333444  -      saml-init  ${ROLE}       ${PROVIDER}`,
        `555666777888  -      read-only  ${OTHER}  ${OTHER_PROVIDER}`,
        '',
      ].join('\n'),
    );
    expect(world.sts.requests).toEqual([]);
  });

  it('writes JSON for programs', async () => {
    const result = await runScenario(twoAccounts(), ['roles', ...FLAGS, '--json'], { dialogue: DIALOGUE });
    expect(JSON.parse(result.out)).toEqual([
      { account: '111222333444', alias: null, name: 'saml-init', roleArn: ROLE, principalArn: PROVIDER },
      {
        account: '555666777888',
        alias: null,
        name: 'read-only',
        roleArn: OTHER,
        principalArn: OTHER_PROVIDER,
      },
    ]);
  });

  it('names the accounts with --resolve-aliases, and saves the names', async () => {
    const world = twoAccounts();
    const aliases = (out: string): unknown[] =>
      (JSON.parse(out) as { alias: unknown }[]).map(({ alias }) => alias);
    const result = await runScenario(world, ['roles', ...FLAGS, '--json', '--resolve-aliases'], {
      dialogue: DIALOGUE,
    });
    expect(aliases(result.out)).toEqual(['acme-dev', 'acme-prod']);
    const again = await runScenario(world, ['roles', ...FLAGS, '--json'], { home: result.home });
    expect(aliases(again.out)).toEqual(['acme-dev', 'acme-prod']);
  });

  it('needs no prompt while the SAML response is cached', async () => {
    const world = twoAccounts();
    const { home } = await runScenario(world, ['roles', ...FLAGS], { dialogue: DIALOGUE });
    const result = await runScenario(world, ['roles', ...FLAGS], { home, dialogue: [] });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
  });

  it('accepts a given response', async () => {
    const world = twoAccounts();
    const text = world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
    const result = await runScenario(world, ['roles', '--saml-assertion', '-', '--no-cache', '--json'], {
      stdin: text,
    });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
    expect(result.out).toContain(ROLE);
  });

  it('lists those of an account, or says that there are none', async () => {
    const world = twoAccounts();
    const one = await runScenario(world, ['roles', ...FLAGS, '-A', '5556'], { dialogue: DIALOGUE });
    expect(one.out).toContain(OTHER);
    expect(one.out).not.toContain(ROLE);
    const none = await runScenario(world, ['roles', ...FLAGS, '-A', '999'], { home: one.home });
    expect(none).toMatchObject({ status: 4, out: '' });
    expect(none.err).toContain('(ROLE_NOT_OFFERED)');
  });

  it('says that there are no roles', async () => {
    const world = organisation({ user: { roles: [] } });
    const result = await runScenario(world, ['roles', ...FLAGS], { dialogue: DIALOGUE });
    expect(result).toMatchObject({ status: 4, out: '' });
    expect(result.err).toContain('(NO_ROLES)');
  });
});
