/** Profiles with a second role, as `aws configure` and `gauth configure --source-profile` write them. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/ports.ts';
import type { FakeWorld } from '../fakes/system.ts';
import { DEVELOPER, FLAGS, type Organisation, ROLE, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

interface TestSetup {
  readonly world: Organisation;
  readonly home: string;
}

/** A user who has signed in and has a profile `dev-env` with the second role, with `more` below it. */
async function setup(more = ''): Promise<TestSetup> {
  const world = organisation();
  const { home } = await runScenario(world, FLAGS, { dialogue: [[/Password/, USER.password]] });
  add(
    home,
    `[profile dev-env]\nregion = eu-west-1\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n${more}`,
  );
  return { world, home };
}

function add(home: string, text: string): void {
  const config = join(home, '.aws', 'config');
  writeFileSync(config, `${readFileSync(config, 'utf8')}${text}`);
}

/** What the program that is run finds in its environment. */
function shell(): { readonly seen: Environment[]; readonly programs: NonNullable<FakeWorld['programs']> } {
  const seen: Environment[] = [];
  const execute: NonNullable<FakeWorld['programs']>['execute'] = async (_command, env) => {
    seen.push(env);
    return Promise.resolve({ kind: 'ended', status: 0 });
  };
  return { seen, programs: { execute } };
}

describe('a profile with a second role', () => {
  it('is accepted by gauth exec: the session is that of the second role, in its own region', async () => {
    const { world, home } = await setup();
    const { seen, programs } = shell();
    const result = await runScenario(world, ['exec', '-p', 'dev-env', '--', 'true'], { home, programs });
    // The session of the source is kept, so that there is no sign-in.
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(world.sts.requests.map(({ action }) => action)).toEqual(['AssumeRoleWithSAML', 'AssumeRole']);
    const keys = world.sts.keys.find(({ accessKeyId }) => accessKeyId === seen[0]?.['AWS_ACCESS_KEY_ID']);
    expect(keys?.roleArn).toBe(DEVELOPER);
    expect(seen[0]).toMatchObject({ AWS_REGION: 'eu-west-1', GAUTH_PROFILE: 'dev-env' });

    const requests = world.sts.requests.length;
    const again = await runScenario(world, ['exec', '-p', 'dev-env', '--', 'true'], { home, programs });
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(world.sts.requests).toHaveLength(requests);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('renews the session of its source if none is cached, and says which roles are assumed', async () => {
    const { world, home } = await setup();
    rmSync(join(home, '.aws', 'gauth', 'sessions'), { recursive: true });
    const { programs } = shell();
    const result = await runScenario(world, ['exec', '-p', 'dev-env', '--', 'true'], { home, programs });
    expect(result).toMatchObject({ status: 0, err: `Assuming ${ROLE}, then ${DEVELOPER}\n` });
  });

  it.each([
    ['a further role by the variable', { GAUTH_CHAIN: ROLE }, [], [DEVELOPER, ROLE]],
    ['a further role by the flag', {}, ['--chain', ROLE], [DEVELOPER, ROLE]],
    ['no further role', {}, ['--chain', ''], [DEVELOPER]],
  ])('is assumed before %s', async (_what, env, flags, roles) => {
    const { world, home } = await setup();
    const { programs } = shell();
    await runScenario(world, ['exec', '-p', 'dev-env', ...flags, '--', 'true'], { home, env, programs });
    const hops = world.sts.requests.filter(({ action }) => action === 'AssumeRole');
    expect(hops.map(({ fields }) => fields['RoleArn'])).toEqual(roles);
  });

  it.each([
    [
      'what gauth does not tell AWS',
      'external_id = x\n',
      'dev-env sets external_id, which gauth does not support',
    ],
    [
      'a circle',
      '[profile a]\nsource_profile = b\nrole_arn = x\n[profile b]\nsource_profile = a\nrole_arn = x\n',
      '',
    ],
  ])('is refused for %s', async (_what, more, message) => {
    const { world, home } = await setup(more);
    const name = message === '' ? 'a' : 'dev-env';
    const { programs } = shell();
    const result = await runScenario(world, ['exec', '-p', name, '--', 'true'], { home, programs });
    expect(result.status).toBe(2);
    expect(result.err).toContain(message === '' ? 'leads back to it (BAD_PROFILE)' : message);
  });

  it('is removed together with its source', async () => {
    const { world, home } = await setup();
    const { programs } = shell();
    await runScenario(world, ['exec', '-p', 'dev-env', '--', 'true'], { home, programs });
    const result = await runScenario(world, ['logout', '-p', 'sts-temp'], { home });
    expect(result.err).toContain(
      'the cached credentials of profile sts-temp, the cached credentials of profile dev-env',
    );
    expect(Object.keys(result.files).filter((path) => /sessions|responses|saml_cache/.test(path))).toEqual(
      [],
    );
    const itself = await runScenario(world, ['logout', '-p', 'dev-env'], { home });
    expect(itself).toMatchObject({ status: 2 });
    expect(itself.err).toContain('the credentials of profile sts-temp (BAD_PROFILE)');
    expect(itself.err).toContain(
      '  log out of that profile, which includes this one: gauth logout -p sts-temp\n',
    );
  });

  it('without a source is an error that says so', async () => {
    const { world, home } = await setup(`[profile lost]\nsource_profile = nobody\nrole_arn = ${DEVELOPER}\n`);
    const result = await runScenario(world, ['exec', '-p', 'lost', '--', 'true'], { home, ...shell() });
    expect(result.err).toContain(
      'profile lost cannot be used here: its source_profile nobody does not exist',
    );
  });

  it('is not written as if it signed in by itself', async () => {
    const { world, home } = await setup();
    const result = await runScenario(world, ['-p', 'dev-env'], { home, dialogue: [] });
    expect(result.status).toBe(2);
    expect(result.err).toContain(
      'is a chained role, assumed with the credentials of profile sts-temp (BAD_PROFILE)',
    );
    expect(result.err).toContain('  refresh that profile: gauth -p sts-temp\n');
    expect(result.credentials).not.toContain('[dev-env]');
  });

  it('is shown by status with the expiration of its source', async () => {
    const { world, home } = await setup();
    const result = await runScenario(world, ['status', '--json'], { home, dialogue: [] });
    const [source, chained] = JSON.parse(result.out) as Readonly<Record<string, unknown>>[];
    expect(chained).toMatchObject({
      profile: 'dev-env',
      sourceProfile: 'sts-temp',
      roleArn: DEVELOPER,
      keysUntil: source?.['keysUntil'],
      good: true,
    });
    expect((await runScenario(world, ['status', 'dev-env'], { home })).status).toBe(0);
  });
});
