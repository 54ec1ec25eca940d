/** The files that `gauth` reads and writes, also beside aws-google-auth. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { startReaders, testWith } from '../fixtures/files/readers.ts';
import { FLAGS, type Organisation, ROLE, USER, organisation } from '../support/organisation.ts';
import { POSIX } from '../support/needs.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const IDS = ['-u', USER.email, '-I', 'C01abc2de', '-S', '000111000111', '-R', 'us-east-1', '-d', '3600'];

/** What a sign-in with IDS writes below the header, as aws-google-auth lays it out. */
const CONFIG_LINES = [
  'region = us-east-1',
  'google_config.ask_role = False',
  'google_config.keyring = False',
  'google_config.duration = 3600',
  'google_config.google_idp_id = C01abc2de',
  `google_config.role_arn = ${ROLE}`,
  'google_config.google_sp_id = 000111000111',
  'google_config.u2f_disabled = False',
  'google_config.google_username = me@example.com',
  'google_config.bg_response = None',
];

/** The lines of the credentials that STS gave out last. */
function keyLines(world: Organisation): readonly string[] {
  const keys = world.sts.keys.at(-1);
  if (!keys) throw new Error('STS gave out no keys');
  return [
    `aws_access_key_id = ${keys.accessKeyId}`,
    `aws_secret_access_key = ${keys.secretAccessKey}`,
    `aws_security_token = ${keys.sessionToken}`,
    `aws_session_expiration = ${keys.expiration.toISOString().replace('.000Z', '+0000')}`,
    `aws_session_token = ${keys.sessionToken}`,
  ];
}

/** A home with the shared files as given. */
function homeWith(files: Readonly<Record<string, string>>): string {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, '.aws', name), text);
  return home;
}

function modeOf(...path: readonly string[]): string {
  return (statSync(join(...path)).mode & 0o777).toString(8);
}

describe('new files', () => {
  test('cases 27 and 33: byte for byte', async () => {
    const world = organisation();
    const result = await runScenario(world, [...IDS, '-p', 'sts-temp'], { dialogue: [PASSWORD] });
    expect(result.config).toBe(`${['[profile sts-temp]', ...CONFIG_LINES].join('\n')}\n\n`);
    expect(result.credentials).toBe(`${['[sts-temp]', ...keyLines(world)].join('\n')}\n\n`);
  });

  test('cases 34 and 43: for their owner only, the assertion as raw XML beside them', async () => {
    const { home, files } = await runScenario(organisation(), FLAGS, { dialogue: [PASSWORD] });
    expect(modeOf(home, '.aws')).toBe('700');
    for (const name of ['config', 'credentials', 'saml_cache_C01abc2de.xml']) {
      expect(modeOf(home, '.aws', name), name).toBe('600');
    }
    expect(files['.aws/saml_cache_C01abc2de.xml']).toMatch(/^<\?xml .*<saml2p:Response /);
  });

  it('replace an assertion that others could read, with files that they cannot read', async () => {
    const home = homeWith({ 'saml_cache_C01abc2de.xml': '<old/>' });
    chmodSync(join(home, '.aws', 'saml_cache_C01abc2de.xml'), 0o644);
    await runScenario(organisation(), FLAGS, { home, dialogue: [PASSWORD] });
    expect(modeOf(home, '.aws', 'saml_cache_C01abc2de.xml')).toBe('600');
  });

  describe('in place of a device', () => {
    const env = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

    it('are not written, which is reported before the sign-in', async () => {
      const result = await runScenario(organisation(), FLAGS, { env, dialogue: [] });
      expect(result).toMatchObject({ status: 5, toGoogle: 0, files: {} });
      expect(result.err).toMatch(/^gauth: \/dev\/null is a device \(FILE\)\n/);
    });

    it('have no assertion beside them', async () => {
      const config = '[profile sts-temp]\ncredential_process = gauth credential-process -p sts-temp\n';
      const home = homeWith({ config });
      const result = await runScenario(organisation(), FLAGS, {
        home,
        env: { AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
        dialogue: [PASSWORD],
      });
      expect(result.status).toBe(0);
      expect(existsSync('/dev/saml_cache_C01abc2de.xml')).toBe(false);
      expect(Object.keys(result.files)).toContain('.aws/gauth/sessions/sts-temp.json');
    });

    it('are not read either, and nothing is saved beside them', async () => {
      const world = organisation();
      const argv = [...FLAGS, '-p', '', '--print-creds'];
      const result = await runScenario(world, argv, { env, dialogue: [PASSWORD] });
      expect(result).toMatchObject({ status: 0, files: {} });
      expect(result.out).toMatch(/^export /);
      expect(existsSync('/dev/gauth')).toBe(false);
      expect(await runScenario(world, ['status'], { env })).toMatchObject({ status: 0 });
    });
  });

  test('case 34: at the paths of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, with ~ as the home folder', async () => {
    const home = temporaryHome();
    const env = {
      AWS_CONFIG_FILE: join(home, 'deep', 'er', 'config.ini'),
      AWS_SHARED_CREDENTIALS_FILE: '~/keys/credentials',
    };
    const { files } = await runScenario(organisation(), FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['deep/er/config.ini', 'keys/credentials', 'keys/saml_cache_C01abc2de.xml']),
    );
    expect(Object.keys(files).filter((path) => path.startsWith('.aws'))).toEqual([]);
    expect(modeOf(home, 'deep', 'er')).toBe('700');
  });

  // Deliberately unlike aws-google-auth, which makes both files before it knows that there is anything to write.
  test('case 34: are not created before there is something to write', async () => {
    const result = await runScenario(organisation(), FLAGS, { dialogue: [[/Password/, 'ctrl-c']] });
    expect(result.files).toEqual({});
  });

  test('case 35: none for an empty profile name', async () => {
    const { home, config, credentials, files, out } = await runScenario(
      organisation(),
      [...FLAGS, '-p', '', '--print-creds'],
      {
        dialogue: [PASSWORD],
      },
    );
    expect(config + credentials).toBe('');
    expect(Object.keys(files).filter((path) => /saml_cache|sessions/.test(path))).toEqual([]);
    expect(out).toMatch(/^export /);
    expect(modeOf(home, '.aws')).toBe('700');
  });
});

test('case 28: no file contains the password after a sign-in, whatever is saved', async () => {
  const result = await runScenario(organisation(), FLAGS, { dialogue: [PASSWORD] });
  expect(result.status).toBe(0);
  expect(Object.keys(result.files).length).toBeGreaterThan(3);
  for (const text of Object.values(result.files)) expect(text).not.toContain(USER.password);
});

test('the output is printed even if the files cannot be written in the end', async () => {
  const world = organisation();
  const home = temporaryHome();
  const failing: Organisation = {
    ...world,
    http: Object.assign(async (...args: Parameters<typeof world.http>) => {
      // A link that leads nowhere but to itself.
      if (args[0].url.host.startsWith('sts.')) symlinkSync('credentials', join(home, '.aws', 'credentials'));
      return world.http(...args);
    }, world.http),
  };
  const result = await runScenario(failing, [...FLAGS, '--print-creds'], { home, dialogue: [PASSWORD] });
  expect(result.status).toBe(5);
  expect(result.out).toMatch(/^export AWS_ACCESS_KEY_ID='ASIA/);
  expect(result.err).toContain('(FILE)');
});

test('a folder that cannot be written is reported before the prompt for the password', async () => {
  const home = temporaryHome();
  const file = join(home, 'file');
  writeFileSync(file, '');
  const env = { AWS_CONFIG_FILE: join(file, 'config') };
  const result = await runScenario(organisation(), FLAGS, { home, env, dialogue: [] });
  expect(result).toMatchObject({ status: 5, toGoogle: 0 });
});

describe('case 18: the header for a profile', () => {
  it.each([
    ['default', '[default]', '[default]'],
    ['testing', '[profile testing]', '[testing]'],
    ['None', '[profile None]', '[None]'],
    ['123456', '[profile 123456]', '[123456]'],
    ['dev.env', '[profile dev.env]', '[dev.env]'],
    // Quoted as the AWS CLI needs it; aws-google-auth writes [profile dev env], which the AWS CLI does not read.
    ['dev env', "[profile 'dev env']", '[dev env]'],
  ])('%s', async (name, inConfig, inCredentials) => {
    const world = organisation();
    const first = await runScenario(world, [...FLAGS, '-p', name], { dialogue: [PASSWORD] });
    expect(first.config.split('\n')[0]).toBe(inConfig);
    expect(first.credentials.split('\n')[0]).toBe(inCredentials);
    const again = await runScenario(world, ['-p', name], { home: first.home });
    expect(again).toMatchObject({ status: 0, toGoogle: 0 });
    expect(again.config).toBe(first.config);
  });

  it.each(['DEFAULT', 'a#b #c', ' a'])('"%s" is refused before the sign-in', async (name) => {
    const result = await runScenario(organisation(), [...FLAGS, '-p', name], { dialogue: [] });
    expect(result).toMatchObject({ status: 2, toGoogle: 0, files: {} });
    expect(result.err).toMatch(/^gauth: invalid profile name: .+ \(BAD_PROFILE\)\n/);
  });
});

describe('existing files', () => {
  const CONFIG = [
    '\ufeff# My profiles',
    '[default]',
    'Region=eu-central-1   ',
    '',
    '; the one below is a chain',
    '[profile dev-env]',
    'role_arn = arn:aws:iam::111222333444:role/dev',
    'source_profile = sts-temp',
    's3 =',
    '  max_concurrent_requests = 20',
    '',
    '[profile sts-temp]',
    '# ours',
    'output = json',
    'REGION = eu-west-3',
    'google_config.google_username = me@example.com',
    '[sso-session corp]',
    'sso_region = us-east-1',
  ];

  test('case 32: keep every byte that is not of this profile', async () => {
    const config = CONFIG.join('\r\n');
    const credentials = '[other]\naws_access_key_id=AKIAOTHER\n\n\n# end';
    const home = homeWith({ config, credentials });
    const world = organisation();
    const result = await runScenario(world, [...IDS, '-p', 'sts-temp'], { home, dialogue: [PASSWORD] });
    const at = CONFIG.indexOf('REGION = eu-west-3');
    const [region = '', ...others] = CONFIG_LINES;
    const kept = 'google_config.google_username = me@example.com';
    expect(result.config.split('\r\n')).toEqual([
      ...CONFIG.slice(0, at),
      region,
      kept,
      ...others.filter((line) => line !== kept),
      ...CONFIG.slice(at + 2),
    ]);
    expect(result.credentials).toBe(`${credentials}\n\n${['[sts-temp]', ...keyLines(world)].join('\n')}\n\n`);
  });

  test('case 32: are not changed by a refresh, except the keys', async () => {
    const world = organisation();
    const first = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const path = join(first.home, '.aws', 'config');
    const before = statSync(path);
    const again = await runScenario(world, ['-p', 'sts-temp'], { home: first.home });
    expect(again.config).toBe(first.config);
    expect(statSync(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(again.credentials).not.toBe(first.credentials);
  });

  it('keep their mode, and remain links', async () => {
    const home = homeWith({});
    const real = join(home, 'dotfiles-config');
    writeFileSync(real, '# mine\n', { mode: 0o644 });
    symlinkSync('../dotfiles-config', join(home, '.aws', 'config'));
    await runScenario(organisation(), FLAGS, { home, dialogue: [PASSWORD] });
    expect(readFileSync(real, 'utf8')).toMatch(/^# mine\n\n?\[profile sts-temp\]\n/);
    expect(modeOf(real)).toBe('644');
  });

  test('case 29: contain an older profile, written by hand, which is used unchanged', async () => {
    const home = homeWith({
      config:
        '[profile old]\nregion = ap-southeast-2\ngoogle_config.ask_role = False\ngoogle_config.google_idp_id = C01abc2de\ngoogle_config.google_sp_id = 000111000111\ngoogle_config.google_username = me@example.com\n',
    });
    const world = organisation();
    const result = await runScenario(world, ['-p', 'old'], { home, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(world.sts.requests[0]?.host).toBe('sts.ap-southeast-2.amazonaws.com');
    expect(result.config).toContain('google_config.duration = 43200\n');
  });

  // aws-google-auth would have taken the words for a role's ARN, an ID and a region.
  test('case 31: None in them means that nothing is set', async () => {
    const lines = CONFIG_LINES.map((line) => line.replace(/ = .*/, ' = None'));
    const home = homeWith({ config: ['[profile sts-temp]', ...lines, ''].join('\n') });
    const result = await runScenario(organisation(), ['-p', 'sts-temp'], {
      home,
      dialogue: [
        [/^AWS Region: $/, 'us-east-1'],
        [/^Google username: $/, USER.email],
        [/^Google IDP ID: $/, 'C01abc2de'],
        [/^Google SP ID: $/, '000111000111'],
        PASSWORD,
      ],
    });
    expect(result.status).toBe(0);
    expect(result.config).not.toContain('google_idp_id = None');
  });

  it('get the settings of a profile with credential_process, and no keys, which would take precedence', async () => {
    const config = '[profile sts-temp]\ncredential_process = gauth credential-process -p sts-temp\n';
    const result = await runScenario(organisation(), FLAGS, {
      home: homeWith({ config }),
      dialogue: [PASSWORD],
    });
    expect(result.status).toBe(0);
    expect(result.config.startsWith(config)).toBe(true);
    expect(result.credentials).toBe('');
    expect(result.err).not.toContain('gauth:');
  });

  it('lose the former temporary keys of such a profile, since they would take precedence', async () => {
    const world = organisation();
    const { home, config } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
    const line = 'credential_process = gauth credential-process -p sts-temp\n';
    writeFileSync(join(home, '.aws', 'config'), config.replace('region', `${line}region`));
    const result = await runScenario(world, ['-p', 'sts-temp', '--no-cache'], { home, dialogue: [PASSWORD] });
    expect(result.status, result.err).toBe(0);
    expect(result.credentials).not.toContain('aws_');
  });

  it('keep the keys of a profile whose credential_process is another program', async () => {
    const config = '[profile sts-temp]\ncredential_process = other\n';
    const credentials =
      '[sts-temp]\naws_access_key_id = A\naws_secret_access_key = b\naws_session_token = c\n';
    const result = await runScenario(organisation(), FLAGS, {
      home: homeWith({ config, credentials }),
      dialogue: [PASSWORD],
    });
    expect(result.err).toContain(
      'gauth: profile sts-temp has the credential_process of another program, so no credentials are written\n',
    );
    expect(result.credentials).toBe(credentials);
  });

  test('case 42: AWS_PROFILE may name a profile that does not exist yet', async () => {
    const argv = FLAGS.slice(0, FLAGS.indexOf('-p'));
    const env = { AWS_PROFILE: 'not-yet', AWS_DEFAULT_PROFILE: 'nor-this' };
    const result = await runScenario(organisation(), argv, { env, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.config).toMatch(/^\[profile not-yet\]\n/);
    expect(result.credentials).toMatch(/^\[not-yet\]\n/);
  });
});

describe('a warning before the sign-in', () => {
  it('is that some tools do not find a profile of this name, and only when it is made', async () => {
    const world = organisation();
    const argv = [...FLAGS, '-p', 'd\u00e9v'];
    const first = await runScenario(world, argv, { dialogue: [PASSWORD] });
    expect(first.err).toContain(
      'gauth: the AWS SDK for JavaScript cannot read a profile named d\u00e9v: it allows letters, digits and - _ . @ + % : /\n',
    );
    expect((await runScenario(world, argv, { home: first.home })).err).not.toContain('JavaScript');
  });

  it('is that the AWS CLI refuses a file', async () => {
    const home = homeWith({ config: '\ufeff[default]\nregion = x\n', credentials: '\ufeff' });
    const result = await runScenario(organisation(), FLAGS, { home, dialogue: [PASSWORD] });
    expect(result.err).toContain(
      `gauth: ${join(home, '.aws', 'config')} starts with a byte order mark, so the AWS CLI refuses it; to fix it: gauth doctor --fix\n`,
    );
    expect(result.credentials).toMatch(/^\[sts-temp\]\n/);
  });

  it('is that another name of a file keeps the old text', async () => {
    const home = homeWith({ credentials: '[a]\nk = 1\n' });
    const path = join(home, '.aws', 'credentials');
    linkSync(path, join(home, 'copy'));
    const result = await runScenario(organisation(), FLAGS, { home, dialogue: [PASSWORD] });
    expect(result.err).toContain(`gauth: ${path} has a hard link, which will keep the old contents\n`);
  });

  it('is that its owner has made a file read-only', async () => {
    const home = homeWith({ credentials: '[a]\nk = 1\n' });
    const path = join(home, '.aws', 'credentials');
    chmodSync(path, 0o400);
    const result = await runScenario(organisation(), FLAGS, { home, dialogue: [] });
    expect(result).toMatchObject({ status: 5, toGoogle: 0, credentials: '[a]\nk = 1\n' });
    expect(result.err).toContain(`gauth: ${path} is read-only (FILE)\n`);
  });
});

describe('an error before any prompt', () => {
  it.each([
    [
      'a folder in the place of a lock',
      (home: string) => mkdirSync(join(home, '.aws', 'config.gauth-lock')),
      {},
    ],
    [
      'a named pipe in the place of a lock',
      (home: string) => spawnSync('mkfifo', [join(home, '.aws', 'credentials.gauth-lock')]),
      {},
    ],
    [
      'a file name that leaves no room for a lock',
      () => undefined,
      { AWS_SHARED_CREDENTIALS_FILE: `~/.aws/${'n'.repeat(230)}` },
    ],
  ])('is %s: neither file is written', { ...POSIX }, async (_, prepare, env) => {
    const home = homeWith({ config: '' });
    prepare(home);
    const result = await runScenario(organisation(), FLAGS, { home, env, dialogue: [] });
    expect(result).toMatchObject({ status: 5, toGoogle: 0, config: '', credentials: '' });
    expect(result.err).toMatch(/^gauth: [^\n]+ \(FILE\)\n {2}\S/);
  });
});

describe('long-term keys, which AWS shows only once', () => {
  const credentials = '[sts-temp]\naws_access_key_id = AKIALASTING\naws_secret_access_key = only copy\n';
  const QUESTION =
    /^Profile sts-temp has long-term access keys, which AWS cannot show again\. Replace them\? \[y\/N\] $/;

  it('are kept without a terminal, and nothing is sent to Google', async () => {
    const result = await runScenario(organisation(), FLAGS, {
      home: homeWith({ credentials }),
      stdin: `${USER.password}\n`,
    });
    expect(result).toMatchObject({ status: 2, toGoogle: 0, credentials });
    expect(result.err).toBe(
      [
        'gauth: profile sts-temp has long-term access keys, which temporary credentials would replace (BAD_PROFILE)',
        '  use another profile: gauth -p',
        `  or, if they are not needed, delete aws_access_key_id and aws_secret_access_key under [sts-temp] in ${join(result.home, '.aws', 'credentials')}`,
        '',
      ].join('\n'),
    );
  });

  it.each(['', 'n', 'no'])('are kept if the user answers %j', async (answer) => {
    const result = await runScenario(organisation(), FLAGS, {
      home: homeWith({ credentials }),
      dialogue: [[QUESTION, answer]],
    });
    expect(result).toMatchObject({ status: 130, toGoogle: 0, credentials });
  });

  it('are replaced if the user says so, without another question', async () => {
    const world = organisation();
    const home = homeWith({ credentials });
    const result = await runScenario(world, FLAGS, { home, dialogue: [[QUESTION, 'y'], PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.credentials).toBe(['[sts-temp]', ...keyLines(world), ''].join('\n'));
    expect(await runScenario(world, FLAGS, { home, dialogue: [] })).toMatchObject({ status: 0 });
  });

  it('are kept beside a credential_process without a question', async () => {
    const config = '[profile sts-temp]\ncredential_process = gauth credential-process -p sts-temp\n';
    const result = await runScenario(organisation(), FLAGS, {
      home: homeWith({ config, credentials }),
      dialogue: [PASSWORD],
    });
    expect(result).toMatchObject({ status: 0, credentials });
  });
});

describe('files that cannot be parsed', () => {
  it.each([
    [
      'config',
      '[default]\nregion = x\n[profile broken\n',
      3,
      'has a section header without a closing bracket',
    ],
    ['config', 'region = x\n', 1, 'is before the first section header'],
    ['credentials', '[default]\n\n[unended\n', 3, 'has a section header without a closing bracket'],
    ['credentials', '[default]\nkey = \0\n', 2, 'contains a NUL byte'],
  ])('%s: %j is an error at line %i before any prompt', async (name, text, line, what) => {
    const home = homeWith({ [name]: text });
    const result = await runScenario(organisation(), FLAGS, { home, dialogue: [] });
    expect(result).toMatchObject({ status: 5, out: '', toGoogle: 0, files: { [`.aws/${name}`]: text } });
    expect(Object.keys(result.files)).toEqual([`.aws/${name}`]);
    expect(result.err).toBe(
      `gauth: cannot parse ${join(home, '.aws', name)}: line ${String(line)} ${what} (FILE)\n  the file was not changed: fix that line, then try again\n`,
    );
  });

  it('include those whose values cannot be used', async () => {
    const home = homeWith({ config: '[profile sts-temp]\ngoogle_config.duration = ever\n' });
    const result = await runScenario(organisation(), FLAGS, { home, dialogue: [] });
    expect(result).toMatchObject({ status: 2, toGoogle: 0 });
    expect(result.err).toMatch(
      /^gauth: google_config\.duration in the profile must be a number of seconds, or a time like 90m, 8h or 1h30m \(BAD_OPTION\)\n/,
    );
  });
});

const readers = await startReaders();
afterAll(async () => {
  await readers.stop();
});

describe('an aws-google-auth beside it', () => {
  const withGoogleAuth = testWith(readers, 'aws-google-auth');
  const OPTIONS = {
    profile: 'sts-temp',
    region: 'us-east-1',
    duration: 3600,
    idp_id: 'C01abc2de',
    sp_id: '000111000111',
    username: USER.email,
    role_arn: ROLE,
    ask_role: false,
    keyring: false,
    u2f_disabled: false,
  };

  withGoogleAuth('case 27: writes the same bytes for the same settings', async () => {
    const world = organisation();
    const result = await runScenario(world, [...IDS, '-p', 'sts-temp'], { dialogue: [PASSWORD] });
    const theirs = await readers.ask({ ask: 'write', config: '', credentials: '', options: OPTIONS });
    const keys = world.sts.keys[0]!;
    const ours = result.credentials
      .replaceAll(keys.accessKeyId, 'AK')
      .replaceAll(keys.secretAccessKey, 'SK')
      .replaceAll(keys.sessionToken, 'T')
      .replace(/(aws_session_expiration = ).*/, '$12030-01-02T03:04:05+0000');
    expect({ config: result.config, credentials: ours }).toEqual(theirs);
  });

  withGoogleAuth('case 27: reads what gauth wrote', async () => {
    const { config, credentials } = await runScenario(organisation(), [...IDS, '-p', 'sts-temp'], {
      dialogue: [PASSWORD],
    });
    expect(await readers.ask({ ask: 'read', profile: 'sts-temp', config, credentials })).toMatchObject(
      OPTIONS,
    );
  });

  withGoogleAuth('case 27: has its own profile refreshed, and finds it as it left it', async () => {
    const others = '[profile other]\nregion = x\n\n';
    const theirs = (await readers.ask({
      ask: 'write',
      config: others,
      credentials: '',
      options: OPTIONS,
    })) as {
      config: string;
      credentials: string;
    };
    const world = organisation();
    const result = await runScenario(world, ['-p', 'sts-temp'], {
      home: homeWith(theirs),
      dialogue: [PASSWORD],
    });
    expect(result.status).toBe(0);
    expect(result.config).toBe(theirs.config);
    expect(result.credentials).toBe(`${['[sts-temp]', ...keyLines(world)].join('\n')}\n\n`);
  });
});

it('reports that a profile cannot be edited before the prompt for the password', async () => {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'));
  const config = '[profile sts-temp]\nregion = eu-west-1\n  of = ours\n';
  writeFileSync(join(home, '.aws', 'config'), config);
  const world = organisation();
  const result = await runScenario(world, FLAGS, { home, dialogue: [] });
  expect(result).toMatchObject({ status: 5 });
  expect(result.err).toMatch(/line \d+ .*\(FILE\)/);
  expect(world.google.requests).toEqual([]);
  expect(readFileSync(join(home, '.aws', 'config'), 'utf8')).toBe(config);
});
