/** Limited and chained sessions: policies, chained roles, maximum durations. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Http } from '../../src/ports.ts';
import type { StsRole } from '../emulators/sts.ts';
import { fakeClock, temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { FLAGS, type Organisation, ROLE, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const BILLING = 'arn:aws:iam::111222333444:policy/team/Billing';
const DEVELOPER = 'arn:aws:iam::555666777888:role/developer';
const AUDITOR = 'arn:aws:iam::555666777888:role/auditor';
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*', Sid: 'é→' }],
};

function withRoles(...roles: readonly StsRole[]): Organisation {
  return organisation({ sts: { roles: [{ arn: ROLE, maxDuration: 43_200 }, ...roles] } });
}

function asked(world: Organisation): readonly string[] {
  return world.sts.requests.map(({ action, fields }) => `${action} ${fields['RoleArn'] ?? ''}`);
}

it('the value of a variable is not saved in the profile, except those that aws-google-auth saves', async () => {
  const env = { GAUTH_POLICY_ARNS: READ_ONLY, GAUTH_SIGN_IN: 'terminal', GOOGLE_USERNAME: USER.email };
  const flags = FLAGS.slice(2);
  const result = await runScenario(organisation(), flags, { env, dialogue: [PASSWORD] });
  expect(result.status).toBe(0);
  expect(result.config).not.toContain('gauth_');
  expect(result.config).toContain(`google_config.google_username = ${USER.email}\n`);
});

describe('session policies', () => {
  it('are sent with the role, and saved in the profile', async () => {
    const world = organisation();
    const home = temporaryHome();
    writeFileSync(join(home, 'p.json'), JSON.stringify(POLICY, undefined, 4));
    const result = await runScenario(
      world,
      [...FLAGS, '--policy', 'p.json', '--policy-arn', READ_ONLY, '--policy-arn', BILLING],
      { home, dialogue: [PASSWORD] },
    );
    expect(result.status).toBe(0);
    const { fields } = world.sts.requests[0]!;
    expect(JSON.parse(fields['Policy'] ?? '')).toEqual(POLICY);
    expect(fields['Policy']).toMatch(/^[ -\u00ff]+$/);
    expect(fields).toMatchObject({
      'PolicyArns.member.1.arn': READ_ONLY,
      'PolicyArns.member.2.arn': BILLING,
    });
    expect(result.config).toContain(`gauth_policy = ${join(home, 'p.json')}\n`);
    expect(result.config).toContain(`gauth_policy_arns = ${READ_ONLY} ${BILLING}\n`);

    await runScenario(world, ['-p', 'sts-temp'], { home });
    expect(world.sts.requests[1]?.fields).toMatchObject(fields);

    const without = await runScenario(world, ['-p', 'sts-temp', '--policy', '', '--policy-arn='], { home });
    expect(without.config).not.toContain('gauth_');
    expect(without.config).toContain(`google_config.role_arn = ${ROLE}\n`);
    expect(
      Object.keys(world.sts.requests[2]?.fields ?? {}).filter((key) => key.startsWith('Policy')),
    ).toEqual([]);
  });

  it('that change during the sign-in limit the session by their former text, and the session is cached as such', async () => {
    const base = organisation();
    const home = temporaryHome();
    const file = join(home, 'p.json');
    const write = (action: string): void => {
      writeFileSync(
        file,
        JSON.stringify({ ...POLICY, Statement: [{ ...POLICY.Statement[0], Action: action }] }),
      );
    };
    const http: Http = async (request, signal) => {
      if (base.sts.keys.length === 0) write('s3:GetObject');
      return base.http(request, signal);
    };
    const world = { ...base, http: Object.assign(http, { requests: base.http.requests }) };
    write('s3:*');
    await runScenario(world, [...FLAGS, '--policy', 'p.json'], { home, dialogue: [PASSWORD] });
    expect(base.sts.requests[0]?.fields['Policy']).toContain('s3:*');
    await runScenario(world, ['exec', '-p', 'sts-temp', 'true'], {
      home,
      programs: { execute: async () => Promise.resolve({ kind: 'ended', status: 0 }) },
    });
    expect(base.sts.requests[1]?.fields['Policy']).toContain('s3:GetObject');
  });

  it.each([
    [
      'is missing',
      undefined,
      5,
      /^gauth: the policy file .*p\.json does not exist \(FILE\)\n {2}check --policy\n$/,
    ],
    ['is no JSON', '{"Version": secret', 2, /^gauth: \S+p\.json is not JSON \(BAD_OPTION\)\n/],
    ['is no policy', '[]', 2, /^gauth: \S+p\.json is not a policy \(BAD_OPTION\)\n/],
    [
      'is too long',
      JSON.stringify({ ...POLICY, Id: 'x'.repeat(2048) }),
      2,
      /^gauth: the session policies have 21\d\d characters, and STS accepts at most 2048 \(BAD_OPTION\)\n/,
    ],
  ])('from a file that %s are refused before any prompt', async (_why, text, status, words) => {
    const home = temporaryHome();
    if (text !== undefined) writeFileSync(join(home, 'p.json'), text);
    const result = await runScenario(organisation(), [...FLAGS, '--policy', 'p.json'], {
      home,
      dialogue: [],
    });
    expect(result).toMatchObject({ status, toGoogle: 0, config: '' });
    expect(result.err).toMatch(words);
    expect(result.err).not.toContain('secret');
  });

  it('by a text that is no ARN of a policy are refused', async () => {
    const result = await runScenario(organisation(), [...FLAGS, '--policy-arn', ROLE], { dialogue: [] });
    expect(result.status).toBe(2);
    expect(result.err).toMatch(
      /^gauth: --policy-arn must be ARNs of managed policies, like .* \(BAD_OPTION\)\n/,
    );
  });
});

describe('--chain', () => {
  const chain = (): Organisation =>
    withRoles({ arn: DEVELOPER, assumableBy: [ROLE] }, { arn: AUDITOR, assumableBy: [DEVELOPER] });

  it('assumes role after role, and writes the last session', async () => {
    const world = chain();
    const result = await runScenario(world, [...FLAGS, '--chain', DEVELOPER, '--chain', AUDITOR], {
      dialogue: [PASSWORD],
    });
    expect(result.status).toBe(0);
    expect(asked(world)).toEqual([
      `AssumeRoleWithSAML ${ROLE}`,
      `AssumeRole ${DEVELOPER}`,
      `AssumeRole ${AUDITOR}`,
    ]);
    expect(result.credentials).toContain(world.sts.keys[2]?.accessKeyId);
    expect(result.credentials).not.toContain(world.sts.keys[0]?.accessKeyId);
  });

  it('keeps the first role in the profile, so that a refresh starts there', async () => {
    const world = chain();
    const { home, config } = await runScenario(world, [...FLAGS, '--chain', DEVELOPER], {
      dialogue: [PASSWORD],
    });
    expect(config).toContain(`google_config.role_arn = ${ROLE}\n`);
    expect(config).toContain(`gauth_chain = ${DEVELOPER}\n`);
    const result = await runScenario(world, ['-p', 'sts-temp'], { home });
    expect(result.status).toBe(0);
    expect(asked(world).slice(2)).toEqual([`AssumeRoleWithSAML ${ROLE}`, `AssumeRole ${DEVELOPER}`]);
  });

  it('limits the last session only by the policies, since the first has to assume the next', async () => {
    const world = chain();
    await runScenario(world, [...FLAGS, '--chain', DEVELOPER, '--policy-arn', READ_ONLY], {
      dialogue: [PASSWORD],
    });
    expect(world.sts.requests.map(({ fields }) => fields['PolicyArns.member.1.arn'])).toEqual([
      undefined,
      READ_ONLY,
    ]);
  });

  it('requests one hour at most, and says so if more was requested', async () => {
    const world = withRoles({ arn: DEVELOPER, assumableBy: [ROLE] });
    const result = await runScenario(world, [...FLAGS, '-d', '7200', '--chain', DEVELOPER], {
      dialogue: [PASSWORD],
    });
    expect(result.err).toMatch(/^gauth: AWS limits the session of a chained role to 3600 seconds$/m);
    expect(world.sts.requests.map(({ fields }) => fields['DurationSeconds'])).toEqual(['3600', '3600']);
  });

  it('requests one hour without a message if no duration was requested, although the first role allows no more', async () => {
    const world = organisation({
      sts: {
        roles: [
          { arn: ROLE, maxDuration: 3600 },
          { arn: DEVELOPER, assumableBy: [ROLE] },
        ],
      },
    });
    const result = await runScenario(world, [...FLAGS, '--chain', DEVELOPER], { dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.err).not.toContain('AWS gives');
  });

  it('that is denied writes nothing, and says which policies are missing', async () => {
    const world = withRoles({ arn: DEVELOPER });
    const result = await runScenario(world, [...FLAGS, '--chain', DEVELOPER], { dialogue: [PASSWORD] });
    expect(result).toMatchObject({ status: 4, config: '', credentials: '' });
    expect(result.err).toContain(`gauth: ${ROLE} may not assume ${DEVELOPER}: `);
    expect(result.err).toContain(`must allow sts:AssumeRole to the principal {"AWS": "${ROLE}"}`);
  });
});

describe('--auto-duration', () => {
  const durations = (world: Organisation): readonly (string | undefined)[] =>
    world.sts.requests.map(({ fields }) => fields['DurationSeconds']);

  it('saves the maximum duration of the role for a week', async () => {
    const world = organisation({ sts: { roles: [{ arn: ROLE, maxDuration: 14_400 }] } });
    const flags = [...FLAGS, '--auto-duration'];
    const { home } = await runScenario(world, flags, { dialogue: [PASSWORD] });
    expect(durations(world)).toEqual(['43200', '28800', '14400']);
    await runScenario(world, flags, { home });
    expect(durations(world).slice(3)).toEqual(['14400']);

    const old = JSON.stringify({
      version: 1,
      names: {},
      longest: { [ROLE]: { seconds: 14_400, at: new Date(Date.now() - 8 * 24 * 3_600_000).toISOString() } },
    });
    writeFileSync(join(home, '.aws/gauth/learned.json'), old);
    await runScenario(world, flags, { home });
    expect(durations(world).slice(4)).toEqual(['43200', '28800', '14400']);
  });
});

describe('names of accounts', () => {
  const roles = [ROLE, DEVELOPER].map(
    (arn) => `${arn},arn:aws:iam::${arn.split(':')[4] ?? ''}:saml-provider/GoogleApps`,
  );
  const world = (): Organisation =>
    organisation({
      user: { roles },
      sts: { roles: [{ arn: ROLE, maxDuration: 43_200 }, { arn: DEVELOPER }] },
    });
  const choice: Line = [/role to assume/, { choose: /saml-init/ }];

  it('from the user or from AWS are shown beside the roles, in the order of the assertion', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, '.aws/gauth'), { recursive: true });
    writeFileSync(
      join(home, '.aws/gauth/accounts'),
      '# mine\n111222333444  production  # the dear one\n\nnonsense\n',
    );
    writeFileSync(
      join(home, '.aws/gauth/learned.json'),
      '{"version":1,"names":{"111222333444":"old","555666777888":"sand\\u001b[31mbox"},"longest":{}}',
    );
    const { asked: questions } = await runScenario(world(), FLAGS, { home, dialogue: [PASSWORD, choice] });
    expect(questions.at(-1)).toBe(`the role to assume: ${ROLE} production | ${DEVELOPER} sand [31mbox`);
  });

  it('that cannot be read do not matter', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, '.aws/gauth/accounts'), { recursive: true });
    writeFileSync(join(home, '.aws/gauth/learned.json'), '{"version":1,"names":[');
    const result = await runScenario(world(), FLAGS, {
      home,
      dialogue: [PASSWORD, choice],
      clock: fakeClock(),
    });
    expect(result.status).toBe(0);
    expect(result.asked.at(-1)).toBe(`the role to assume: ${ROLE} | ${DEVELOPER}`);
    expect(result.err).toContain('gauth: account labels are not shown: ');
  });
});
