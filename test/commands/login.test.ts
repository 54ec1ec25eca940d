/** `gauth`: prompts and output, requests to Google and AWS, and exit statuses. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { awsSigninEmulator } from '../emulators/aws-signin.ts';
import { inMemory } from '../emulators/memory.ts';
import { samlIssuer } from '../emulators/saml.ts';
import { fakeClock } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { FLAGS, type Organisation, PROVIDER, ROLE, USER, organisation } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const [READ_ONLY, TEST] = ['read-only', 'test'].map((name) => `arn:aws:iam::111222333444:role/${name}`) as [
  string,
  string,
];
const OTHER = 'arn:aws:iam::555666777888:role/other';
const OTHER_PROVIDER = 'arn:aws:iam::555666777888:saml-provider/GoogleApps';
const CACHE = '.aws/saml_cache_C01abc2de.xml';

/** An organisation whose user has four roles in two accounts. */
function manyRoles(): Organisation {
  const roles = [...[ROLE, READ_ONLY, TEST].map((arn) => `${arn},${PROVIDER}`), `${OTHER},${OTHER_PROVIDER}`];
  return organisation({
    user: { roles },
    sts: { roles: [ROLE, READ_ONLY, TEST, OTHER].map((arn) => ({ arn, maxDuration: 43_200 })) },
  });
}

/** The usual flags with other words in the place of some. */
function of(words: Readonly<Record<string, string>>): readonly string[] {
  return FLAGS.map((word) => words[word] ?? word);
}

/** The role that STS was last asked for. */
function assumed(world: Organisation): string | undefined {
  return world.sts.requests.findLast(({ action }) => action === 'AssumeRoleWithSAML')?.fields['RoleArn'];
}

/** How an ending that is not a success reads: the status and the lines. */
function outcome({ status, out, err }: ScenarioResult): {
  status: number;
  out: string;
  err: readonly string[];
} {
  return { status, out, err: err.trimEnd().split('\n') };
}

describe('a first sign-in', () => {
  it('prompts for the password, prints the role and the expiration, and writes both files', async () => {
    const result = await runScenario(organisation(), FLAGS, { dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.out).toBe('');
    expect(result.err).toMatch(
      new RegExp(
        `^Assuming ${ROLE}\nCredentials Expiration: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d\nProfile sts-temp is ready: aws sts get-caller-identity --profile sts-temp\n$`,
      ),
    );
    expect(Object.keys(result.files)).toEqual(
      expect.arrayContaining(['.aws/config', '.aws/credentials', CACHE]),
    );
  });

  test('case 48: prompts for missing settings in the order of aws-google-auth', async () => {
    const dialogue: Line[] = [
      [/^AWS Region: $/, ''],
      [/^An AWS region, like us-east-1\.\nAWS Region: $/, 'us east'],
      [/^It must be like us-east-1\.\nAWS Region: $/, ' us-east-1 '],
      [/^Google username: $/, USER.email],
      [/^Google IDP ID: $/, 'C01abc2de'],
      [/^Google SP ID: $/, '000111000111'],
      PASSWORD,
    ];
    const result = await runScenario(organisation(), [], { dialogue });
    expect(result.status).toBe(0);
    expect(result.config).toContain('[profile sts]\nregion = us-east-1\n');
    expect(result.config).toContain('google_config.google_idp_id = C01abc2de\n');
    // What was typed names the cache as well as what was given.
    expect(result.files).toHaveProperty([CACHE]);
  });

  test('case 48: does not prompt for a known region', async () => {
    const result = await runScenario(
      organisation(),
      FLAGS.filter((word) => word !== '-R' && word !== 'us-east-1'),
      {
        env: { AWS_DEFAULT_REGION: 'us-east-1' },
        dialogue: [PASSWORD],
      },
    );
    expect(result.asked).toEqual(['Google Password: ']);
  });

  test('case 60: reads the password from standard input, without its line end', async () => {
    const world = organisation();
    const result = await runScenario(world, FLAGS, { stdin: `${USER.password}\r\n` });
    expect(result.status).toBe(0);
    expect(world.google.submissions.flatMap(({ fields }) => fields['Passwd'] ?? [])).toEqual([USER.password]);
  });

  test('case 22: the password may hold any characters', async () => {
    const password = 'pässwörd 密码 🔑 &=+%';
    const result = await runScenario(organisation({ user: { password } }), FLAGS, {
      dialogue: [[/Password/, password]],
    });
    expect(result.status).toBe(0);
  });

  it('prompts for the code on the terminal if the password came from standard input', async () => {
    const world = organisation({ user: { challenges: [{ methods: [{ kind: 'sms', code: '654321' }] }] } });
    const result = await runScenario(world, FLAGS, {
      stdin: `${USER.password}\n`,
      dialogue: [[/^(Google .*\n)?Enter SMS token: G-$/, '654321']],
    });
    expect(result.status).toBe(0);
  });
});

describe('a refresh', () => {
  test('case 55: needs neither a prompt nor Google while the assertion is valid', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const result = await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [] });
    expect(result).toMatchObject({ status: 0, toGoogle: 0, asked: [] });
    expect(world.sts.keys).toHaveLength(2);
    expect(result.credentials).toContain(world.sts.keys[1]?.accessKeyId);
  });

  test('cases 26 and 55: works without the settings that only Google needs then', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const result = await runScenario(world, ['-p', 'new', '-I', 'C01abc2de', '-R', 'us-east-1'], { home });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
    expect(result.config).toContain('google_config.google_username = None\n');
  });

  it('accepts a role whose account has lost digits, as in the assertion', async () => {
    const short = 'arn:aws:iam::222333444:role/saml-init';
    const world = organisation({
      user: { roles: [`${short},${PROVIDER}`] },
      sts: { roles: [{ arn: short, maxDuration: 43_200 }] },
    });
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    expect(await runScenario(world, ['-p', 'sts-temp'], { home })).toMatchObject({ status: 0 });
  });

  it("keeps the profile's region within a session of another profile", async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const env = { GAUTH_PROFILE: 'irish', AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' };
    expect((await runScenario(world, ['-p', 'sts-temp'], { home, env })).config).toContain(
      'region = us-east-1\n',
    );
  });

  test('case 58: prompts for the region even then', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const result = await runScenario(world, ['-p', 'new', '-I', 'C01abc2de'], {
      home,
      dialogue: [[/^AWS Region: $/, 'eu-west-1']],
    });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
    expect(world.sts.requests.at(-1)?.host).toBe('sts.eu-west-1.amazonaws.com');
  });

  it('needs no flag except the profile later, and then prompts for the password', async () => {
    const world = organisation();
    const { home } = await runScenario(world, [...FLAGS, '--no-cache'], { dialogue: [PASSWORD] });
    world.google.endSessions();
    const result = await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.toGoogle).toBeGreaterThan(0);
  });

  it('signs in when the assertion has expired', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    world.google.endSessions();
    const clock = fakeClock(new Date(Date.now() + 6 * 60_000));
    const result = await runScenario(world, ['-p', 'sts-temp'], { home, clock, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.toGoogle).toBeGreaterThan(0);
  });

  it('signs in if the assertion is of another user', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const result = await runScenario(world, ['-p', 'sts-temp', '-u', 'you@example.com'], {
      home,
      dialogue: [[/Password/, 'ctrl-c']],
    }).catch((error: unknown) => String(error));
    // The emulator knows no other user: it is enough that Google got a request.
    expect(JSON.stringify(result)).not.toContain('"toGoogle":0');
    expect(world.sts.keys).toHaveLength(1);
  });

  it('signs in if the assertion is of another app', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const result = await runScenario(world, of({ '000111000111': '000222000222', 'sts-temp': 'second' }), {
      home,
    });
    // The emulator knows no other app: it is enough that Google was asked.
    expect(result.status).toBe(3);
    expect(result.toGoogle).toBeGreaterThan(0);
    expect(result.config).not.toContain('second');
  });

  it('signs in if the assertion is of another user whose address it does not contain', async () => {
    const world = organisation();
    const text = world.issuer.issue({
      roles: [`${ROLE},${PROVIDER}`],
      roleSessionName: 'emp-4711',
    });
    const { home } = await runScenario(world, [...FLAGS, '--saml-assertion', text]);
    const result = await runScenario(world, ['-p', 'sts-temp', '-u', 'you@example.com'], { home });
    expect(result.status).not.toBe(0);
    expect(result.toGoogle).toBeGreaterThan(0);
    expect(await runScenario(world, ['-p', 'sts-temp', '-u', 'Me@Example.com'], { home })).toMatchObject({
      status: 0,
      toGoogle: 0,
    });
  });

  it('uses the assertion that aws-google-auth has cached', async () => {
    const world = organisation();
    const issue = (): string => world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
    const other = of({ '000111000111': '000222000222' });
    const { home } = await runScenario(world, [...other, '--saml-assertion', issue()]);
    writeFileSync(join(home, CACHE), Buffer.from(issue(), 'base64').toString());
    expect(await runScenario(world, FLAGS, { home })).toMatchObject({ status: 0, toGoogle: 0 });
  });

  it('signs in if STS refuses the assertion, and removes it', async () => {
    const world = organisation();
    const { home, files } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const foreign = Buffer.from(samlIssuer().issue({ roles: [`${ROLE},${PROVIDER}`] }), 'base64').toString();
    writeFileSync(join(home, CACHE), foreign);
    world.google.endSessions();
    const result = await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.files[CACHE]).not.toBe(foreign);
    expect(result.files[CACHE]).not.toBe(files[CACHE]);
  });

  it('signs in when the cached assertion cannot be read', async () => {
    const world = organisation();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    writeFileSync(join(home, CACHE), '<not-saml');
    world.google.endSessions();
    expect((await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [PASSWORD] })).status).toBe(0);
  });

  it('does not sign in again for an error that another assertion would not change', async () => {
    const world = organisation({ sts: { roles: [{ arn: ROLE, maxDuration: 3600 }] } });
    const { home } = await runScenario(world, [...FLAGS, '-d', '3600'], { dialogue: [PASSWORD] });
    const result = await runScenario(world, ['-p', 'sts-temp', '-d', '7200'], { home });
    expect(result).toMatchObject({ status: 4, toGoogle: 0 });
  });
});

describe('--no-cache', () => {
  it('neither writes nor reads', async () => {
    const world = organisation();
    const first = await runScenario(world, [...FLAGS, '--no-cache'], { dialogue: [PASSWORD] });
    expect(Object.keys(first.files)).not.toContain(CACHE);
    world.google.endSessions();
    const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD], home: first.home });
    world.google.endSessions();
    const result = await runScenario(world, [...FLAGS, '--no-cache'], { home, dialogue: [PASSWORD] });
    expect(result.toGoogle).toBeGreaterThan(0);
  });

  it('applies to an ID that could lead out of the folder', async () => {
    const result = await runScenario(
      organisation(),
      ['-p', 'x', '-R', 'us-east-1', '-u', USER.email, '-I', '../C01', '-S', '1'],
      {
        dialogue: [],
      },
    );
    expect(result.status).toBe(3);
    expect(result.files).toEqual({});
  });
});

describe('case 56: --saml-assertion', () => {
  const issue = (world: Organisation): string => {
    const text = world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
    return text;
  };
  const bare = ['-p', 'sts-temp', '-R', 'us-east-1', '-I', 'C01abc2de'];

  it.each([
    ['as base64', (text: string) => text],
    ['as the body of a form', (text: string) => `SAMLResponse=${encodeURIComponent(text)}&RelayState=`],
    ['as XML', (text: string) => Buffer.from(text, 'base64').toString()],
    ['as a page', (text: string) => `<form><input type="hidden" name="SAMLResponse" value="${text}"></form>`],
  ])('accepts a response %s, without Google and without prompts', async (_form, dress) => {
    const world = organisation();
    const result = await runScenario(world, [...bare, '--saml-assertion', dress(issue(world))]);
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
    expect(result.files).toHaveProperty([CACHE]);
  });

  it('reads it from standard input for -', async () => {
    const world = organisation();
    const result = await runScenario(world, [...bare, '--saml-assertion', '-'], {
      stdin: `${issue(world)}\n`,
    });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
  });

  it('takes precedence over the cache, and is not saved with --no-cache', async () => {
    const world = manyRoles();
    const { home, files } = await runScenario(world, [...FLAGS, '-r', ROLE], { dialogue: [PASSWORD] });
    const text = world.issuer.issue({ roles: [`${OTHER},${OTHER_PROVIDER}`] });
    const result = await runScenario(world, [...bare, '-p', 'x', '--saml-assertion', text, '--no-cache'], {
      home,
    });
    expect(result.status).toBe(0);
    expect(assumed(world)).toBe(OTHER);
    expect(result.files[CACHE]).toBe(files[CACHE]);
  });

  it('is prompted for on the terminal with -, before others have to wait', async () => {
    const world = organisation();
    const text = world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
    const result = await runScenario(world, [...bare, '--saml-assertion', '-'], {
      dialogue: [[/^Paste the SAML response, then press Enter: $/, text]],
    });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
    expect(assumed(world)).toBe(ROLE);
  });

  it.each([
    ['nonsense', 'this is not a SAML response: it is not base64 (ASSERTION_INVALID)'],
    [
      Buffer.from('hello').toString('base64'),
      'this is not a SAML response: it is base64, but the decoded data is not XML (ASSERTION_INVALID)',
    ],
    [' ', 'this is not a SAML response: it is empty (ASSERTION_INVALID)'],
  ])('says what is wrong with "%s"', async (text, message) => {
    const result = await runScenario(organisation(), [...bare, '--saml-assertion', text]);
    expect(outcome(result)).toMatchObject({
      status: 4,
      out: '',
      err: expect.arrayContaining([`gauth: ${message}`]) as unknown,
    });
    expect(result.files).toEqual({});
  });

  it('is refused if it has expired', async () => {
    const world = organisation();
    const text = world.issuer.issue({
      roles: [`${ROLE},${PROVIDER}`],
      notOnOrAfter: new Date(Date.now() - 1000),
    });
    const result = await runScenario(world, [...bare, '--saml-assertion', text]);
    expect(result.status).toBe(4);
    expect(result.err).toMatch(
      /^gauth: the given SAML assertion is not valid now: it expired at .+ \(ASSERTION_EXPIRED\)\n/,
    );
    expect(world.sts.requests).toEqual([]);
  });
});

describe('roles', () => {
  // Deliberately unlike aws-google-auth, which asks even then.
  test('case 64: a single role is used', async () => {
    const world = organisation();
    expect((await runScenario(world, FLAGS, { dialogue: [PASSWORD] })).status).toBe(0);
    expect(assumed(world)).toBe(ROLE);
  });

  test('case 51: a named role is assumed with its provider, without a question', async () => {
    const world = manyRoles();
    const result = await runScenario(world, [...FLAGS, '-r', OTHER], { dialogue: [PASSWORD] });
    expect(result.err).toContain(`Assuming ${OTHER}\n`);
    expect(world.sts.requests.at(-1)?.fields).toMatchObject({ RoleArn: OTHER, PrincipalArn: OTHER_PROVIDER });
    expect(result.config).toContain(`google_config.role_arn = ${OTHER}\n`);
  });

  test('cases 49 and 61: several roles are listed by their ARN, in the order of the assertion', async () => {
    const world = manyRoles();
    const result = await runScenario(world, FLAGS, {
      dialogue: [PASSWORD, [/role to assume/, { choose: /test$/ }]],
    });
    expect(assumed(world)).toBe(TEST);
    expect(result.asked.at(-1)).toBe(`the role to assume: ${[ROLE, READ_ONLY, TEST, OTHER].join(' | ')}`);
  });

  test('cases 52: -a lists them for this run although the profile names one', async () => {
    const world = manyRoles();
    const { home } = await runScenario(world, [...FLAGS, '-r', ROLE], { dialogue: [PASSWORD] });
    const result = await runScenario(world, ['-p', 'sts-temp', '-a'], {
      home,
      dialogue: [[/role to assume/, { choose: /read-only/ }]],
    });
    expect(assumed(world)).toBe(READ_ONLY);
    expect(result.config).toContain('google_config.ask_role = False\n');
    expect(result.config).toContain(`google_config.role_arn = ${READ_ONLY}\n`);
    expect((await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [] })).status).toBe(0);
    expect(assumed(world)).toBe(READ_ONLY);
  });

  test('a profile with ask_role asks at each run, and keeps ask_role', async () => {
    const world = manyRoles();
    const { home } = await runScenario(world, [...FLAGS, '-r', ROLE], { dialogue: [PASSWORD] });
    const config = join(home, '.aws', 'config');
    writeFileSync(config, readFileSync(config, 'utf8').replace('ask_role = False', 'ask_role = True'));
    const result = await runScenario(world, ['-p', 'sts-temp'], {
      home,
      dialogue: [[/role to assume/, { choose: /read-only/ }]],
    });
    expect(result.config).toContain('google_config.ask_role = True\n');
  });

  test('a role with two providers is listed with each, and the choice is saved', async () => {
    const world = organisation({ user: { roles: [`${ROLE},${PROVIDER}`, `${ROLE},${PROVIDER}2`] } });
    const result = await runScenario(world, FLAGS, {
      dialogue: [PASSWORD, [/role to assume/, { choose: /Apps2$/ }]],
    });
    expect(result.asked.at(-1)).toContain(`via ${PROVIDER}2`);
    expect(result.config).toContain(`gauth_principal_arn = ${PROVIDER}2\n`);
    await runScenario(world, ['-p', 'sts-temp'], { home: result.home, dialogue: [] });
    expect(world.sts.requests.at(-1)?.fields).toMatchObject({ PrincipalArn: `${PROVIDER}2` });
  });

  test('a provider that was not chosen is not saved', async () => {
    const world = organisation({ user: { roles: [`${ROLE},${PROVIDER}`, `${ROLE},${PROVIDER}2`] } });
    const result = await runScenario(world, [...FLAGS, '-r', ROLE], { dialogue: [PASSWORD] });
    expect(result.config).not.toContain('gauth_principal_arn');
  });

  test('case 63: -A lists those of an account, and uses a single one', async () => {
    const world = manyRoles();
    await runScenario(world, [...FLAGS, '-A', '555666777888'], { dialogue: [PASSWORD] });
    expect(assumed(world)).toBe(OTHER);
    const result = await runScenario(world, [...FLAGS, '-A', '111222333444'], {
      dialogue: [PASSWORD, [/role to assume/, { choose: /saml-init/ }]],
    });
    expect(result.asked.at(-1)).not.toContain('555666777888');
  });

  // Deliberately unlike aws-google-auth, which then asks for a number between 1 and 0, again and again.
  test('case 63: -A without a matching role is an error that lists the roles', async () => {
    const result = await runScenario(manyRoles(), [...FLAGS, '-A', '999'], { dialogue: [PASSWORD] });
    expect(outcome(result)).toMatchObject({ status: 4, out: '' });
    expect(result.err).toMatch(/^gauth: no role in the assertion has 999 in its ARN \(ROLE_NOT_OFFERED\)\n/);
    expect(result.err).toContain(ROLE);
  });

  // Deliberately unlike aws-google-auth, which falls through to the picker.
  test('case 53: a role that is not offered is an error', async () => {
    const result = await runScenario(manyRoles(), [...FLAGS, '-r', `${ROLE}x`], { dialogue: [PASSWORD] });
    expect(result.status).toBe(4);
    expect(result.err).toMatch(
      new RegExp(`^gauth: the assertion does not contain ${ROLE}x \\(ROLE_NOT_OFFERED\\)\n`),
    );
    expect(result.config + result.credentials).toBe('');
  });

  it('must be named without a terminal', async () => {
    const result = await runScenario(manyRoles(), FLAGS, { stdin: `${USER.password}\n` });
    expect(outcome(result).err).toEqual([
      'gauth: there are several roles to choose from, and no terminal to prompt on (MISSING_OPTION)',
      '  choose one with -r/--role-arn, the variable AWS_ROLE_ARN or google_config.role_arn in the profile',
      ...[ROLE, READ_ONLY, TEST, OTHER].map((role) => `  available: ${role}`),
    ]);
    expect(result.status).toBe(2);
  });

  test('cases 49 and 62: with --resolve-aliases they are sorted by the names of their accounts', async () => {
    const world = manyRoles();
    const aliases = { '111222333444': 'zeta-corp', '555666777888': 'alpha-corp' };
    const signin = awsSigninEmulator({ issuer: world.issuer, aliases });
    const http = inMemory({ ...world.hosts, ...signin.hosts });
    const result = await runScenario({ ...world, http }, [...FLAGS, '--resolve-aliases'], {
      dialogue: [PASSWORD, [/role to assume/, { choose: /^alpha-corp {2}other$/ }]],
    });
    expect(assumed(world)).toBe(OTHER);
    expect(result.asked.at(-1)).toBe(
      `the role to assume: ${[
        `alpha-corp  other ${OTHER}`,
        `zeta-corp  read-only ${READ_ONLY}`,
        `zeta-corp  saml-init ${ROLE}`,
        `zeta-corp  test ${TEST}`,
      ].join(' | ')}`,
    );
  });

  it('none is an error that says who can help', async () => {
    const result = await runScenario(organisation({ user: { roles: [] } }), FLAGS, { dialogue: [PASSWORD] });
    expect(result.status).toBe(4);
    expect(result.err).toMatch(
      /^gauth: the assertion contains no AWS role \(NO_ROLES\)\n {2}ask your Google Workspace administrator/,
    );
  });
});

describe('durations', () => {
  const shortRole = (durationRefusal: 'with-number' | 'without-number'): Organisation =>
    organisation({ sts: { roles: [{ arn: ROLE, maxDuration: 7200, durationRefusal }] } });
  const asked = (world: Organisation): readonly unknown[] =>
    world.sts.requests.map(({ fields }) => fields['DurationSeconds']);

  it.each([
    ['with-number', 'use --duration 7200'],
    ['without-number', 'use --auto-duration'],
  ] as const)('too long for the role (%s): an error that says what to use', async (kind, hint) => {
    const result = await runScenario(shortRole(kind), [...FLAGS, '-d', '43200'], { dialogue: [PASSWORD] });
    expect(result.status).toBe(4);
    expect(result.err).toContain('(DURATION_REJECTED)\n');
    expect(result.err).toContain(`  ${hint}`);
    expect(result.credentials).toBe('');
  });

  it('if not given is as long as the role allows', async () => {
    const world = shortRole('with-number');
    const result = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    expect(asked(world)).toEqual(['43200', '7200']);
    expect(result.status).toBe(0);
    expect(result.config).toContain('google_config.duration = 7200\n');
    await runScenario(world, ['-p', 'sts-temp'], { home: result.home, dialogue: [] });
    expect(asked(world).slice(2)).toEqual(['7200']);
  });

  it('in the profile is that of its role, and at most what that role allows now', async () => {
    const world = organisation({
      user: { roles: [ROLE, READ_ONLY].map((arn) => `${arn},${PROVIDER}`) },
      sts: {
        roles: [
          { arn: ROLE, maxDuration: 7200 },
          { arn: READ_ONLY, maxDuration: 3600 },
        ],
      },
    });
    const { home } = await runScenario(world, [...FLAGS, '-r', ROLE], { dialogue: [PASSWORD] });
    const other = await runScenario(world, ['-p', 'sts-temp', '-r', READ_ONLY], { home, dialogue: [] });
    expect(other.config).toContain('google_config.duration = 3600\n');
    const back = await runScenario(world, ['-p', 'sts-temp', '-r', ROLE], { home, dialogue: [] });
    expect(back.config).toContain('google_config.duration = 7200\n');

    const config = join(home, '.aws', 'config');
    writeFileSync(config, back.config.replace('duration = 7200', 'duration = 43200'));
    expect((await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [] })).status).toBe(0);
    expect((await runScenario(world, ['-p', 'sts-temp', '-d', '43200'], { home, dialogue: [] })).status).toBe(
      4,
    );
  });

  test('case 68: --auto-duration uses the number that STS names', async () => {
    const world = shortRole('with-number');
    const result = await runScenario(world, [...FLAGS, '--auto-duration'], { dialogue: [PASSWORD] });
    expect(asked(world)).toEqual(['43200', '7200']);
    expect(result.config).toContain('google_config.duration = 7200\n');
  });

  test('case 68: --auto-duration tries shorter durations if STS names none', async () => {
    const world = shortRole('without-number');
    await runScenario(world, [...FLAGS, '--auto-duration'], { dialogue: [PASSWORD] });
    expect(asked(world)).toEqual(['43200', '28800', '14400', '7200']);
  });

  it.each(['abce', '500', '86400'])('cases 6 and 11: -d %s is refused before any prompt', async (text) => {
    const world = organisation();
    const result = await runScenario(world, [...FLAGS, '-d', text], { dialogue: [] });
    expect(result).toMatchObject({ status: 2, toGoogle: 0, files: {} });
    expect(result.err).toMatch(/^gauth: -d\/--duration must be .+ \(BAD_OPTION\)\n/);
  });
});

describe('case 65 and 66: the output', () => {
  it('to standard output is the export line only', async () => {
    const world = organisation();
    const { out, err } = await runScenario(world, [...FLAGS, '--print-creds'], { dialogue: [PASSWORD] });
    const [keys] = world.sts.keys;
    const expiration = keys?.expiration.toISOString().replace('.000Z', '+0000') ?? '';
    expect(out).toBe(
      `export AWS_ACCESS_KEY_ID='${keys?.accessKeyId ?? ''}' AWS_SECRET_ACCESS_KEY='${keys?.secretAccessKey ?? ''}' AWS_SESSION_TOKEN='${keys?.sessionToken ?? ''}' AWS_SESSION_EXPIRATION='${expiration}'\n`,
    );
    expect(err).toContain('Assuming ');
  });

  it('with --quiet is the export line without role and expiration', async () => {
    expect(await runScenario(organisation(), [...FLAGS, '-q'], { dialogue: [PASSWORD] })).toMatchObject({
      out: '',
      err: '',
    });
    const result = await runScenario(organisation(), [...FLAGS, '-q', '--print-creds'], {
      dialogue: [PASSWORD],
    });
    expect(result.err).toBe('');
    expect(result.out).toMatch(/^export .+\n$/);
  });
});

describe('without a terminal', () => {
  it.each([
    [
      '-R',
      'region is not set',
      '-R/--region or the variable AWS_REGION or the variable AWS_DEFAULT_REGION or region in the profile',
    ],
    [
      '-u',
      'username is not set',
      '-u/--username or the variable GOOGLE_USERNAME or google_config.google_username in the profile',
    ],
    [
      '-I',
      'idp-id is not set',
      '-I/--idp-id or the variable GOOGLE_IDP_ID or google_config.google_idp_id in the profile',
    ],
    [
      '-S',
      'sp-id is not set',
      '-S/--sp-id or the variable GOOGLE_SP_ID or google_config.google_sp_id in the profile',
    ],
  ])('a missing %s is an error that names the flag and the variable', async (flag, message, ways) => {
    const at = FLAGS.indexOf(flag);
    const result = await runScenario(
      organisation(),
      FLAGS.filter((_, index) => index !== at && index !== at + 1),
    );
    expect(outcome(result)).toEqual({
      status: 2,
      out: '',
      err: [
        `gauth: ${message}, and there is no terminal to prompt on (MISSING_OPTION)`,
        `  set it with ${ways}`,
      ],
    });
    expect(result.toGoogle).toBe(0);
  });

  it('a missing password is an error that says how to give it', async () => {
    const result = await runScenario(organisation(), FLAGS, { stdin: '' });
    expect(result.status).toBe(5);
    expect(result.err).toMatch(
      /^gauth: no password: .+ \(NOT_INTERACTIVE\)\n {2}run gauth in a terminal, pipe the password/,
    );
  });

  it('a code that Google requires is an error that says so', async () => {
    const world = organisation({ user: { challenges: [{ methods: [{ kind: 'totp', code: '123456' }] }] } });
    const result = await runScenario(world, FLAGS, { stdin: `${USER.password}\n` });
    expect(result.status).toBe(5);
    expect(result.err).toMatch(
      /^gauth: Google asks a question, and there is no terminal to prompt on \(MFA token:\) \(NOT_INTERACTIVE\)\n/,
    );
  });

  it('the code may follow the password on standard input', async () => {
    const world = organisation({ user: { challenges: [{ methods: [{ kind: 'totp', code: '123456' }] }] } });
    expect((await runScenario(world, FLAGS, { stdin: `${USER.password}\n123456\n` })).status).toBe(0);
  });
});

describe('case 70: the keyring', () => {
  const entry = `aws-google-auth/${USER.email}`;
  const flags = [...FLAGS, '-k', '--no-cache'];

  it('saves the password after a successful sign-in, and replaces the prompt from then on', async () => {
    const keychain = new Map<string, string>();
    const world = organisation();
    const { home, config } = await runScenario(world, flags, { keychain, dialogue: [PASSWORD] });
    expect(keychain.get(entry)).toBe(USER.password);
    expect(config).toContain('google_config.keyring = True\n');
    // The profile remembers that the keyring is wanted.
    world.google.endSessions();
    const result = await runScenario(world, ['-p', 'sts-temp', '--no-cache'], {
      home,
      keychain,
      dialogue: [],
    });
    expect(result.status).toBe(0);
    expect(result.toGoogle).toBeGreaterThan(0);
  });

  it('saves nothing if Google refuses', async () => {
    const keychain = new Map<string, string>();
    const wrong: Line = [/Password/, 'wrong'];
    const result = await runScenario(organisation(), flags, { keychain, dialogue: [wrong, wrong, wrong] });
    expect(result).toMatchObject({ status: 3 });
    expect([...keychain]).toEqual([]);
  });

  it('removes an entry that Google refuses, prompts, and saves the new one', async () => {
    const keychain = new Map([[entry, 'old password']]);
    const result = await runScenario(organisation(), flags, { keychain, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.err).toContain('Google refused the password from the keychain; it was removed there.\n');
    expect(keychain.get(entry)).toBe(USER.password);
  });

  it('is not read unless requested', async () => {
    const keychain = new Map([[entry, 'old password']]);
    await runScenario(organisation(), FLAGS, { keychain, dialogue: [PASSWORD] });
    expect(keychain.get(entry)).toBe('old password');
  });

  it('that does not exist causes one message, not a failure', async () => {
    const result = await runScenario(organisation(), flags, { keychain: 'none', dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.err).toContain('gauth: there is no keychain\n');
    // A keychain that does not work is not remembered.
    expect(result.config).toContain('google_config.keyring = False\n');
  });

  it('is turned off by --no-keyring, and stays off', async () => {
    const keychain = new Map<string, string>();
    const world = organisation();
    const { home } = await runScenario(world, flags, { keychain, dialogue: [PASSWORD] });
    const argv = ['-p', 'sts-temp', '--no-keyring', '--no-cache'];
    const result = await runScenario(world, argv, { home, keychain, dialogue: [] });
    expect(result.status, result.err).toBe(0);
    expect(result.config).toContain('google_config.keyring = False\n');
  });
});

describe('case 67: exit statuses', () => {
  it('three wrong passwords end with 3', async () => {
    const dialogue: Line[] = [
      [/^Google Password: $/, 'a wrong one'],
      [/^Google Password: $/, 'another wrong one'],
      [/^Google Password: $/, 'a third wrong one'],
    ];
    const result = await runScenario(organisation(), FLAGS, { dialogue });
    expect(result.status).toBe(3);
    expect(result.err).toContain('(WRONG_PASSWORD)\n');
    expect(result.files).toEqual({});
  });

  it('Ctrl-C ends with 130 and one word', async () => {
    const result = await runScenario(organisation(), FLAGS, { dialogue: [[/Password/, 'ctrl-c']] });
    expect(outcome(result)).toEqual({ status: 130, out: '', err: ['gauth: cancelled'] });
    expect(result.files).toEqual({});
  });

  it('an internal error ends with 1, with the stack in debug only', async () => {
    const http = Object.assign(() => Promise.reject(new TypeError('cannot read x')), { requests: [] });
    const world = { ...organisation(), http };
    const result = await runScenario(world, FLAGS, { dialogue: [] });
    expect(outcome(result)).toEqual({
      status: 1,
      out: '',
      err: ['gauth: an internal error (INTERNAL)', "  please report it, with the output of '--log debug'"],
    });
    const debug = await runScenario(world, [...FLAGS, '-l', 'debug'], { dialogue: [] });
    expect(debug.err).toMatch(/ {2}caused by: TypeError: cannot read x\n +at /);
  });

  test('case 5: an error in the command line ends with 2, without a prompt', async () => {
    const result = await runScenario(organisation(), [...FLAGS, '-a', '-r', ROLE], { dialogue: [] });
    expect(result).toMatchObject({ status: 2, out: '', toGoogle: 0, files: {} });
  });
});

describe('--log debug', () => {
  it('lists the pages and the requests to STS, and no secret', async () => {
    const world = organisation({
      user: { challenges: [{ methods: [{ kind: 'sms', code: '654321' }] }], dialect: 'v3' },
    });
    // The search for secrets is part of every story; here there is something to search.
    const result = await runScenario(world, [...FLAGS, '--log', 'debug'], {
      dialogue: [PASSWORD, [/G-$/, '654321']],
    });
    expect(result.status).toBe(0);
    expect(result.err.split('\n').length).toBeGreaterThan(8);
    expect(result.err).toContain('gauth: Google: password\n');
    expect(result.err).toMatch(
      /^gauth: STS: arn:aws:iam::111222333444:role\/saml-init at sts\.us-east-1\.amazonaws\.com/m,
    );
    expect(result.err).not.toMatch(/SAMLResponse|[A-Za-z0-9+/_-]{100}/);
  });
});
