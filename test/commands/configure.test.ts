/** `gauth configure`: from a pasted link to profiles, and the questions before another profile is changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { awsSigninEmulator } from '../emulators/aws-signin.ts';
import { inMemory } from '../emulators/memory.ts';
import { temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { type Organisation, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const LINK = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false';
const PASSWORD: Line = [/^Google Password: $/, USER.password];
const YES: Line = [/^Write \d+ profiles? to .*config\? \[Y\/n\] $/, ''];
const WHO = ['-u', USER.email, '-R', 'us-east-1'];
const roleOf = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
const ROLES = [
  roleOf('111222333444', 'admin'),
  roleOf('111222333444', 'reader'),
  roleOf('555666777888', 'admin'),
] as const;

/** Three roles in two accounts, the first of which has an alias; the second's roles may be had for an hour. */
function world(roles: readonly string[] = ROLES): Organisation {
  const pairs = roles.map((arn) => `${arn},arn:aws:iam::${arn.split(':')[4] ?? ''}:saml-provider/GoogleApps`);
  const org = organisation({
    user: { roles: pairs },
    sts: {
      roles: roles.map((arn) => ({ arn, maxDuration: arn.includes('555') ? 3600 : 43_200 })),
    },
  });
  const signin = awsSigninEmulator({ issuer: org.issuer, aliases: { '111222333444': 'prod' } });
  return { ...org, http: inMemory({ ...org.hosts, ...signin.hosts }) };
}

function homeWith(config: string, credentials = ''): string {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws/config'), config);
  writeFileSync(join(home, '.aws/credentials'), credentials);
  return home;
}

describe('gauth configure LINK', () => {
  it('signs in once, offers the roles by name, shows what it will write, and writes the profiles', async () => {
    const org = world();
    const result = await runScenario(org, ['configure', LINK, ...WHO], {
      dialogue: [PASSWORD, [/^the roles to create profiles for: /, { choose: /admin$/ }], YES],
    });
    expect(result.status).toBe(0);
    expect(result.asked[1]).toBe(
      `the roles to create profiles for: 555666777888  admin ${ROLES[2]} | prod  admin ${ROLES[0]} | prod  reader ${ROLES[1]}`,
    );
    expect(result.err).toContain(
      [
        `${result.home}/.aws/config:`,
        '  [profile 555666777888-admin]  (new)',
        `    google_config.role_arn = ${String(ROLES[2])}`,
        '  [profile prod-admin]  (new)',
        `    google_config.role_arn = ${String(ROLES[0])}`,
        '  in each of them:',
        '    region = us-east-1',
        '    google_config.ask_role = False',
        '    google_config.keyring = False',
        '    google_config.duration = (as long as the role allows)',
        '    google_config.google_idp_id = C01abc2de',
        '    google_config.google_sp_id = 000111000111',
        '    google_config.u2f_disabled = False',
        '    google_config.google_username = me@example.com',
        '    google_config.bg_response = None',
        `${result.home}/.aws/credentials: temporary credentials of each`,
        '',
      ].join('\n'),
    );
    expect(result.err).toMatch(new RegExp(`^prod-admin +${String(ROLES[0])} +\\S+ \\S+ +written$`, 'm'));
    expect(result.err).toMatch(
      /\nProfile 555666777888-admin is ready: aws .*--profile 555666777888-admin\n$/,
    );
    expect(result.config.match(/^\[.*\]$/gm)).toEqual([
      '[profile 555666777888-admin]',
      '[profile prod-admin]',
    ]);
    expect(result.config).toContain(`google_config.role_arn = ${ROLES[0]}\n`);
    expect(result.config).toContain('google_config.google_idp_id = C01abc2de\n');
    expect(result.credentials.match(/^\[.*\]$/gm)).toEqual(['[555666777888-admin]', '[prod-admin]']);
  });

  it('finds the maximum duration of each role', async () => {
    const result = await runScenario(world(), ['configure', LINK, ...WHO, '--all-roles'], {
      dialogue: [PASSWORD, YES],
    });
    expect(result.config.match(/duration = \d+/g)).toEqual([
      'duration = 43200',
      'duration = 43200',
      'duration = 3600',
    ]);
  });

  it('writes profiles that are complete for the next run', async () => {
    const org = world();
    const { home } = await runScenario(org, ['configure', LINK, ...WHO, '--all-roles'], {
      dialogue: [PASSWORD, YES],
    });
    expect(await runScenario(org, ['-p', 'prod-reader'], { home })).toMatchObject({ status: 0, toGoogle: 0 });
  });

  it('uses a single role, with the given profile name', async () => {
    const result = await runScenario(world([ROLES[0]]), ['configure', LINK, ...WHO, '-p', 'my own'], {
      dialogue: [PASSWORD, YES],
    });
    expect(result.status).toBe(0);
    expect(result.config).toContain("[profile 'my own']\n");
  });

  it('names profiles by the template', async () => {
    const result = await runScenario(
      world(),
      ['configure', LINK, ...WHO, '--all-roles', '--name-template', 'g-{account}.{role}'],
      { dialogue: [PASSWORD, YES] },
    );
    expect(result.config).toContain('[profile g-111222333444.reader]\n');
  });

  it('asks for the link if none is given, then for what the link does not contain', async () => {
    const dialogue: Line[] = [
      [/^Link of the AWS tile /, 'https://example.com/'],
      [/^Link of the AWS tile /, `<a href="${LINK.replaceAll('&', '&amp;')}">`],
      [/^AWS Region: $/, 'eu-west-1'],
      [/^Google username: $/, USER.email],
      PASSWORD,
      YES,
    ];
    const result = await runScenario(world(), ['configure', '--all-roles'], { dialogue });
    expect(result.status).toBe(0);
    expect(result.err).toContain('The link does not contain both idpid and spid.');
    expect(result.config).toContain('region = eu-west-1\n');
  });

  it('asks for the single IDs after an empty answer', async () => {
    const dialogue: Line[] = [
      [/^Link of the AWS tile /, ''],
      [/^Google IDP ID: $/, 'C01abc2de'],
      [/^Google SP ID: $/, '000111000111'],
      PASSWORD,
      YES,
    ];
    expect((await runScenario(world(), ['configure', ...WHO, '--all-roles'], { dialogue })).status).toBe(0);
  });

  it('refuses a link without the IDs, with how to get one', async () => {
    const result = await runScenario(
      world(),
      ['configure', 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de'],
      {
        dialogue: [],
      },
    );
    expect(result.status).toBe(2);
    expect(result.err).toContain('gauth: the link does not contain both idpid and spid (BAD_OPTION)\n');
    expect(result.err).toContain("gauth configure 'https://...'");
  });

  it('writes nothing when the user says no', async () => {
    const result = await runScenario(world(), ['configure', LINK, ...WHO, '--all-roles'], {
      dialogue: [PASSWORD, [/^Write 3 profiles/, 'n']],
    });
    expect(result).toMatchObject({ status: 130, config: '', credentials: '' });
    expect(result.err).toContain('gauth: nothing was written\n');
  });

  it('writes profiles without a terminal if no question is left', async () => {
    const result = await runScenario(world(), ['configure', LINK, ...WHO, '--all-roles'], {
      stdin: `${USER.password}\n`,
    });
    expect(result.status).toBe(0);
    expect(result.config.match(/^\[/gm)).toHaveLength(3);
  });

  it('says how to choose if there is no terminal', async () => {
    const result = await runScenario(world(), ['configure', LINK, ...WHO], { stdin: `${USER.password}\n` });
    expect(result.status).toBe(2);
    expect(result.err).toContain('--all-roles');
  });

  it('accepts a name only for a single role', async () => {
    const result = await runScenario(world(), ['configure', LINK, ...WHO, '--all-roles', '-p', 'x'], {
      dialogue: [PASSWORD],
    });
    expect(result.status).toBe(2);
    expect(result.err).toContain('gauth: -p names one profile, but 3 roles were chosen (BAD_OPTION)\n');
  });
});

describe('a profile that exists', () => {
  const flags = ['configure', LINK, ...WHO, '-r', ROLES[0]];
  const foreign = '[profile prod-admin]\nsso_session = corp\n# mine\n';

  it('and is not of gauth is changed only after a yes', async () => {
    const home = homeWith(foreign);
    const no = await runScenario(world(), flags, { home, dialogue: [PASSWORD, [/\[y\/N\] $/, '']] });
    expect(no).toMatchObject({ status: 130, config: foreign });
    expect(no.err).toMatch(/^ {2}\[profile prod-admin\] {2}\(REPLACES another profile\)$/m);
    const yes = await runScenario(world(), [...flags, '--no-cache'], {
      home,
      dialogue: [PASSWORD, [/\[y\/N\] $/, 'y']],
    });
    expect(yes.status).toBe(0);
    expect(yes.config).toContain(`${foreign.trimEnd()}\nregion = us-east-1\n`.slice(0, 60));
    expect(yes.config).toContain('# mine\n');
  });

  it('and is not of gauth is refused without a terminal', async () => {
    const result = await runScenario(world(), flags, {
      home: homeWith(foreign),
      stdin: `${USER.password}\n`,
    });
    expect(result).toMatchObject({ status: 2, config: foreign });
    expect(result.err).toContain('gauth: other profiles with these names exist: prod-admin (BAD_PROFILE)\n');
  });

  it('for the same role is brought up to date, or is already so', async () => {
    const org = world();
    const { home } = await runScenario(org, flags, { dialogue: [PASSWORD, YES] });
    const result = await runScenario(org, flags, { home, dialogue: [YES] });
    expect(result.status).toBe(0);
    expect(result.err).toMatch(/^ {2}\[profile prod-admin\] {2}\(already so\)$/m);
    expect(result.err).toMatch(/^prod-admin .* already so$/m);
    const changed = await runScenario(org, [...flags, '-R', 'eu-west-1'], { home, dialogue: [YES] });
    expect(changed.err).toMatch(/^ {2}\[profile prod-admin\] {2}\(changes\)$/m);
    expect(changed.err).toMatch(/^prod-admin .* written$/m);
  });
});

describe('--credential-process', () => {
  const flags = ['configure', LINK, ...WHO, '-r', ROLES[0]];
  const line =
    'credential_process = /usr/bin/node /opt/gauth/bin/gauth.js credential-process --profile prod-admin';

  it('writes a line that runs this gauth, no keys, and keeps the session for it', async () => {
    const result = await runScenario(world(), [...flags, '--credential-process'], {
      dialogue: [PASSWORD, YES],
    });
    expect(result.status).toBe(0);
    expect(result.config).toContain(`${line}\n`);
    expect(result.err).toContain(`    ${line}\n`);
    expect(result.err).not.toContain('temporary credentials');
    expect(result.credentials).toBe('');
    expect(Object.keys(result.files)).toContain('.aws/gauth/sessions/prod-admin.json');
  });

  it('removes the temporary keys of a profile, and a profile with keys removes the line', async () => {
    const org = world();
    const { home, credentials } = await runScenario(org, flags, { dialogue: [PASSWORD, YES] });
    expect(credentials).toContain('aws_session_token');
    const result = await runScenario(org, [...flags, '--credential-process'], { home, dialogue: [YES] });
    expect(result.credentials).not.toMatch(/aws_/);
    const back = await runScenario(org, flags, { home, dialogue: [YES] });
    expect(back.config).not.toContain('credential_process');
    expect(back.credentials).toContain('aws_session_token');
  });

  it('keeps long-term keys, and says that they take precedence', async () => {
    const keys = '[prod-admin]\naws_access_key_id = AKIA\naws_secret_access_key = x\n';
    const result = await runScenario(world(), [...flags, '--credential-process'], {
      home: homeWith('', keys),
      dialogue: [PASSWORD, [/\[y\/N\] $/, 'yes']],
    });
    expect(result).toMatchObject({ status: 0, credentials: keys });
    expect(result.err).toContain('prod-admin has long-term access keys, which take precedence');
  });
});

describe('gauth configure --source-profile', () => {
  const second = roleOf('555666777888', 'developer');
  const flags = ['configure', '--source-profile', 'sts-temp', '--role-arn', second];
  const source = '[profile sts-temp]\nregion = eu-west-1\n';

  it('writes a profile for a second role, and asks neither Google nor AWS', async () => {
    const result = await runScenario(world(), [...flags, 'dev-env'], { home: homeWith(source) });
    expect(result).toMatchObject({ status: 0, toGoogle: 0 });
    expect(result.config).toBe(
      `${source}\n[profile dev-env]\nregion = eu-west-1\nsource_profile = sts-temp\nrole_arn = ${second}\n\n`,
    );
    expect(result.credentials).toBe('');
    expect(result.err).toBe(
      `${result.home}/.aws/config:\n  [profile dev-env]  (new)\n    region = eu-west-1\n    source_profile = sts-temp\n    role_arn = ${second}\nWritten. Profile dev-env is ready: aws sts get-caller-identity --profile dev-env\n`,
    );
  });

  it('prefers the region of the flag to that of the source, and changes nothing that is correct', async () => {
    const result = await runScenario(world(), [...flags, '-R', 'us-east-1', 'dev-env'], {
      home: homeWith(source),
    });
    expect(result.config).toContain('[profile dev-env]\nregion = us-east-1\n');
    const again = await runScenario(world(), [...flags, '-R', 'us-east-1', 'dev-env'], { home: result.home });
    expect(again).toMatchObject({ status: 0, config: result.config });
    expect(again.err).toContain('[profile dev-env]  (already so)\n');
    expect(again.err).not.toContain('Written');
  });

  it('asks for the role if no flag names one, whatever variables contain', async () => {
    const result = await runScenario(world(), [...flags.slice(0, 3), 'dev-env'], {
      home: homeWith(source),
      env: { AWS_ROLE_ARN: ROLES[0] },
      dialogue: [[/^ARN of the role for dev-env: $/, ` ${second} `]],
    });
    expect(result.status).toBe(0);
    expect(result.config).toContain(`role_arn = ${second}\n`);
  });

  it('reports that the source does not exist yet', async () => {
    const result = await runScenario(world(), [...flags, '-R', 'us-east-1', 'dev-env'], {});
    expect(result.status).toBe(0);
    expect(result.err).toContain(
      'gauth: profile sts-temp does not exist yet; create it with: gauth -p sts-temp\n',
    );
  });

  it('asks before it changes a profile, and refuses without a terminal', async () => {
    const config = `${source}[profile dev-env]\nrole_arn = ${ROLES[0]}\n`;
    const no = await runScenario(world(), [...flags, 'dev-env'], {
      home: homeWith(config),
      dialogue: [[/^Profile dev-env exists\. Change these keys\? \[y\/N\] $/, '']],
    });
    expect(no).toMatchObject({ status: 130, config });
    const refused = await runScenario(world(), [...flags, 'dev-env'], { home: homeWith(config) });
    expect(refused).toMatchObject({ status: 2, config });
    const yes = await runScenario(world(), [...flags, 'dev-env'], {
      home: homeWith(config),
      dialogue: [[/exists/, 'y']],
    });
    expect(yes.config).toContain(`role_arn = ${second}\n`);
  });

  it.each([
    ['no name', flags, 'the name of the new profile is missing (MISSING_OPTION)'],
    ['no role', [...flags.slice(0, 3), 'dev-env'], '--role-arn ARN dev-env'],
    [
      'no ARN',
      ['configure', '--source-profile', 'a', '-r', 'developer', 'b'],
      'is not the ARN of a role (BAD_OPTION)',
    ],
    ['itself', [...flags, 'sts-temp'], 'a profile cannot be its own source_profile (BAD_PROFILE)'],
  ])('refuses %s', async (_, argv, words) => {
    const result = await runScenario(world(), argv, { home: homeWith(source) });
    expect(result).toMatchObject({ status: 2, config: source });
    expect(result.err).toContain(words);
  });
});

describe('long-term keys of a profile that would be written', () => {
  const config = `[profile prod-admin]\ngoogle_config.google_idp_id = C01abc2de\ngoogle_config.role_arn = ${ROLES[0]}\n`;
  const credentials = '[prod-admin]\naws_access_key_id = AKIALASTING\naws_secret_access_key = only copy\n';
  const argv = ['configure', LINK, ...WHO, '-r', ROLES[0]];

  it('are announced for removal, and removed only if the user agrees', async () => {
    const org = world();
    const home = homeWith(config, credentials);
    const no = await runScenario(org, argv, {
      home,
      dialogue: [PASSWORD, [/^Write 1 profile to .* \[y\/N\] $/, '']],
    });
    expect(no).toMatchObject({ status: 130, credentials });
    expect(no.err).toMatch(
      /\[profile prod-admin\] {2}\(REPLACES long-term access keys, which AWS cannot show again\)$/m,
    );
    const yes = await runScenario(org, argv, {
      home,
      dialogue: [[/^Write 1 profile to .* \[y\/N\] $/, 'y']],
    });
    expect(yes.status).toBe(0);
    expect(yes.credentials).not.toContain('AKIALASTING');
  });

  it('are an error without a terminal', async () => {
    const result = await runScenario(world(), argv, {
      home: homeWith(config, credentials),
      stdin: `${USER.password}\n`,
    });
    expect(result).toMatchObject({ status: 2, credentials });
  });
});
