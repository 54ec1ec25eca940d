/** Profiles in the two files, compared with aws-google-auth and the AWS CLI. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  checkProfileName,
  listProfiles,
  readProfile,
  sectionName,
  updateProfile,
} from '../../src/aws/profiles.ts';
import { type AwsFilePaths, awsFilePaths, storeFolder } from '../../src/aws/paths.ts';
import { withLock } from '../../src/files/lock.ts';
import { sdkReads, startReaders, testWith } from '../fixtures/files/readers.ts';
import { LINUX } from '../support/needs.ts';

const readers = await startReaders();
afterAll(async () => {
  await readers.stop();
});

let folder = '';
let files: AwsFilePaths = { config: '', credentials: '' };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauth-profile-'));
  files = awsFilePaths({}, folder);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const options = { signal: new AbortController().signal };
const config = [
  ['region', 'us-east-1'],
  ['google_config.ask_role', 'False'],
  ['google_config.keyring', 'False'],
  ['google_config.duration', '3600'],
  ['google_config.google_idp_id', 'C01'],
  ['google_config.role_arn', 'arn:aws:iam::111222333444:role/saml-init'],
  ['google_config.google_sp_id', '000111'],
  ['google_config.u2f_disabled', 'False'],
  ['google_config.google_username', 'me@example.com'],
  ['google_config.bg_response', 'None'],
] as const;
const credentials = [
  ['aws_access_key_id', 'AK'],
  ['aws_secret_access_key', 'SK'],
  ['aws_security_token', 'T'],
  ['aws_session_expiration', '2030-01-02T03:04:05+0000'],
  ['aws_session_token', 'T'],
] as const;
const session = { config: { set: config }, credentials: { set: credentials } };

/** What all open files have in common. */
async function openFiles(): Promise<FileHandle> {
  const file = await open(tmpdir());
  await file.close();
  return Object.getPrototypeOf(file) as FileHandle;
}

/** Does something when the first file is written but for its name. */
async function atFirstSync(parallel: () => Promise<unknown>): Promise<void> {
  const proto = await openFiles();
  const spy = vi.spyOn(proto, 'sync').mockImplementation(async () => {
    spy.mockRestore();
    await parallel();
  });
}

async function put(texts: Partial<AwsFilePaths>): Promise<void> {
  await mkdir(join(folder, '.aws'), { recursive: true });
  if (texts.config !== undefined) await writeFile(files.config, texts.config);
  if (texts.credentials !== undefined) await writeFile(files.credentials, texts.credentials);
}

async function texts(): Promise<AwsFilePaths> {
  return {
    config: await readFile(files.config, 'utf8'),
    credentials: await readFile(files.credentials, 'utf8'),
  };
}

const expectedFiles = {
  config: `[profile sts-temp]
region = us-east-1
google_config.ask_role = False
google_config.keyring = False
google_config.duration = 3600
google_config.google_idp_id = C01
google_config.role_arn = arn:aws:iam::111222333444:role/saml-init
google_config.google_sp_id = 000111
google_config.u2f_disabled = False
google_config.google_username = me@example.com
google_config.bg_response = None

`,
  credentials: `[sts-temp]
aws_access_key_id = AK
aws_secret_access_key = SK
aws_security_token = T
aws_session_expiration = 2030-01-02T03:04:05+0000
aws_session_token = T

`,
};

describe('the paths of the files', () => {
  test.each([
    [{}, '/home/me/.aws/config', '/home/me/.aws/credentials'],
    [
      { AWS_CONFIG_FILE: '', AWS_SHARED_CREDENTIALS_FILE: '' },
      '/home/me/.aws/config',
      '/home/me/.aws/credentials',
    ],
    [{ AWS_CONFIG_FILE: '/etc/aws', AWS_SHARED_CREDENTIALS_FILE: '~/x' }, '/etc/aws', '/home/me/x'],
    [{ AWS_CONFIG_FILE: '~', AWS_SHARED_CREDENTIALS_FILE: '~root/x' }, '/home/me', '~root/x'],
  ])('%j', (env, inConfig, inCredentials) => {
    expect(awsFilePaths(env, '/home/me')).toEqual({ config: inConfig, credentials: inCredentials });
  });
});

test.each([
  ['/home/me/.aws/config', '/home/me/.aws/credentials', '/home/me/.aws/gauth'],
  ['/home/me/.aws/config', '/dev/null', '/home/me/.aws/gauth'],
  ['/home/me/.aws/config', '/dev/fd/3', '/home/me/.aws/gauth'],
  ['/dev/null', '/dev/shm/me/credentials', '/dev/shm/me/gauth'],
  // No folder can be made there.
  ['/dev/null', '/dev/null', '/dev/null/gauth'],
])('the files of gauth for %s and %s are in %s', (inConfig, inCredentials, store) => {
  expect(storeFolder({ config: inConfig, credentials: inCredentials })).toBe(store);
});

describe('the name of a profile', () => {
  test.each([
    ['default', 'default'],
    ['testing', 'profile testing'],
    ['a.b', 'profile a.b'],
    ['123456', 'profile 123456'],
    ['a b', "profile 'a b'"],
    ["it's", `profile 'it'"'"'s'`],
    ['a\\b', "profile 'a\\b'"],
  ])('%s is written as [%s]', (name, header) => {
    expect(sectionName(name)).toBe(header);
  });

  test.each([
    '',
    'a\nb',
    'a\rb',
    'a\u0000',
    'a\u2028b',
    'a]',
    ' a',
    'a ',
    'a #b',
    ';a',
    'DEFAULT',
    '__proto__',
  ])('%j is refused before a file is touched', async (name) => {
    const refusal = {
      code: 'BAD_PROFILE',
      message: expect.stringMatching(/^invalid profile name: /) as string,
    };
    expect(() => sectionName(name)).toThrow();
    expect(() => {
      checkProfileName(name);
    }).toThrow();
    await expect(readProfile(files, name)).rejects.toMatchObject(refusal);
    await expect(updateProfile(files, name, session, options)).rejects.toMatchObject(refusal);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('readProfile', () => {
  test('returns undefined for a profile in neither file, or without files', async () => {
    expect(await readProfile(files, 'x')).toBeUndefined();
    await put({ config: '[x]\na = 1\n', credentials: '[profile x]\nb = 2\n' });
    expect(await readProfile(files, 'x')).toBeUndefined();
  });

  test('returns the keys of both files, nested settings before dotted ones', async () => {
    await put({
      config: '[profile x]\nregion = a\ngoogle_config.duration = 900\ngoogle_config =\n  duration = 7200\n',
      credentials: '[x]\naws_access_key_id = AK\n',
    });
    expect(await readProfile(files, 'x')).toEqual({
      name: 'x',
      config: new Map([
        ['region', 'a'],
        ['google_config.duration', '7200'],
      ]),
      credentials: new Map([['aws_access_key_id', 'AK']]),
    });
  });

  test('prefers [profile default] to [default], as the SDKs do', async () => {
    await put({ config: '[profile default]\nregion = a\n[default]\nregion = b\n' });
    expect((await readProfile(files, 'default'))?.config.get('region')).toBe('a');
    await put({ config: '[default]\nregion = b\n' });
    expect((await readProfile(files, 'default'))?.config.get('region')).toBe('b');
  });

  test.each([`profile "default"`, `profile 'default'`, 'profile  default', 'profile default'])(
    'reads [%s] as the default profile, and writes to each spelling of it',
    async (header) => {
      await put({ config: `[${header}]\nregion = a\n` });
      expect((await readProfile(files, 'default'))?.config.get('region')).toBe('a');
      await updateProfile(files, 'default', { config: { set: [['region', 'c']] } }, options);
      expect(await readFile(files.config, 'utf8')).toBe(`[${header}]\nregion = c\n`);
      await put({ config: `[${header}]\nregion = a\n[default]\nregion = b\n` });
      await updateProfile(files, 'default', { config: { set: [['region', 'c']] } }, options);
      expect(await readFile(files.config, 'utf8')).toBe(`[${header}]\nregion = c\n[default]\nregion = c\n`);
    },
  );

  test('distinguishes a profile whose name has quotes from the one whose name would be quoted', async () => {
    const config = '[profile "q"]\nregion = a\n';
    await put({ config });
    expect(await readProfile(files, '"q"')).toBeUndefined();
    expect((await readProfile(files, 'q'))?.config.get('region')).toBe('a');
    await updateProfile(files, '"q"', { config: { set: [['region', 'b']] } }, options);
    expect(await readFile(files.config, 'utf8')).toBe(`${config}\n[profile '"q"']\nregion = b\n\n`);
  });

  test("reads aws-google-auth's spelling of a name with spaces", async () => {
    await put({ config: '[profile a b]\nregion = a\n' });
    expect((await readProfile(files, 'a b'))?.config.get('region')).toBe('a');
    await put({ config: '[profile a b]\nregion = a\n[profile "a b"]\nregion = b\n' });
    expect((await readProfile(files, 'a b'))?.config.get('region')).toBe('b');
  });
});

test('a profile is named profile x in the credentials file by no other header', async () => {
  await put({ credentials: "[profile 'x']\naws_access_key_id = OLD\n" });
  expect(await readProfile(files, 'profile x')).toBeUndefined();
  await updateProfile(files, 'profile x', { credentials: { set: [['aws_access_key_id', 'NEW']] } }, options);
  expect((await readProfile(files, 'profile x'))?.credentials.get('aws_access_key_id')).toBe('NEW');
  expect(await readFile(files.credentials, 'utf8')).toContain('[profile x]\naws_access_key_id = NEW\n');
});

describe('updateProfile', () => {
  test('writes new files as aws-google-auth does, readable by their owner only', async () => {
    await updateProfile(files, 'sts-temp', session, options);
    expect(await texts()).toEqual(expectedFiles);
    for (const path of Object.values(files))
      expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
    expect(((await stat(join(folder, '.aws'))).mode & 0o777).toString(8)).toBe('700');
    expect(await readdir(join(folder, '.aws'))).toEqual(['config', 'credentials']);
  });

  test('changes only the given keys, in files of any layout', async () => {
    const mine =
      '# mine\r\n[profile other]\r\nregion    = x\r\n\r\n[profile sts-temp]\r\nregion = old ; home\r\n; end';
    await put({ config: mine, credentials: '[other]\naws_access_key_id = O' });
    await updateProfile(
      files,
      'sts-temp',
      { config: { set: [['region', 'new']] }, credentials: { set: [['k', 'v']] } },
      options,
    );
    expect(await texts()).toEqual({
      config: mine.replace('old ; home', 'new'),
      credentials: '[other]\naws_access_key_id = O\n\n[sts-temp]\nk = v\n\n',
    });
  });

  test('writes only the file that it has to change', async () => {
    await updateProfile(files, 'x', { config: { set: [['region', 'a']] } }, options);
    expect(await readdir(join(folder, '.aws'))).toEqual(['config']);
  });

  test('changes both spellings of the default profile, since tools differ in which they read', async () => {
    await put({ config: '[default]\nregion = a\n[profile default]\nregion = b\n' });
    await updateProfile(files, 'default', { config: { set: [['region', 'c']] } }, options);
    expect(await readFile(files.config, 'utf8')).toBe(
      '[default]\nregion = c\n[profile default]\nregion = c\n',
    );
    await put({ config: '[profile default]\nregion = b\n' });
    await updateProfile(files, 'default', { config: { set: [['region', 'c']] } }, options);
    expect(await readFile(files.config, 'utf8')).toBe('[profile default]\nregion = c\n');
    expect((await sdkReads({ config: '[profile default]\nregion = c\n' })).config.default).toEqual({
      region: 'c',
    });
  });

  test('writes nothing if one file cannot be parsed or one value cannot be written', async () => {
    await put({ config: '[a]\n', credentials: '[a]\n[b\n' });
    await expect(updateProfile(files, 'x', session, options)).rejects.toMatchObject({
      code: 'FILE',
      message: expect.stringContaining(`cannot parse ${files.credentials}: line 2`) as string,
    });
    await put({ config: '[a]\n', credentials: '[a]\n' });
    const bad = { config: { set: config }, credentials: { set: [['k', 'a\nb']] as const } };
    await expect(updateProfile(files, 'x', bad, options)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    expect(await texts()).toEqual({ config: '[a]\n', credentials: '[a]\n' });
  });

  test(
    'writes the credentials even if the config file turns out not to be writable, and reports that',
    LINUX,
    async () => {
      // A link to a place where even root can make no file.
      await mkdir(join(folder, '.aws'));
      await symlink('/proc/none/config', files.config);
      await expect(updateProfile(files, 'sts-temp', session, options)).rejects.toMatchObject({
        code: 'FILE',
        message: expect.stringContaining('config') as string,
      });
      // The system tells everybody but root beforehand that nothing can be written there, and then nothing is written at all.
      const written = await readFile(files.credentials, 'utf8').catch(() => undefined);
      expect(written).toBe(process.getuid?.() === 0 ? expectedFiles.credentials : undefined);
    },
  );

  test('neither locks nor writes a file that is already correct', async () => {
    await updateProfile(files, 'sts-temp', session, options);
    await chmod(files.config, 0o400);
    const before = await stat(files.config);
    await withLock(files.config, options, () =>
      updateProfile(files, 'sts-temp', session, { ...options, waitMs: 0 }),
    );
    expect((await stat(files.config)).ino).toBe(before.ino);
  });

  test('removes the lock of a killed process next to a file that needs no change, and no other lock', async () => {
    await updateProfile(files, 'sts-temp', session, options);
    const lock = `${files.config}.gauth-lock`;
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await withLock(files.config, options, async () => {
      const holder = JSON.parse(await readFile(lock, 'utf8')) as object;
      await updateProfile(files, 'sts-temp', session, options);
      expect(existsSync(lock)).toBe(true);
      await writeFile(
        join(folder, 'dead'),
        JSON.stringify({ ...holder, id: '0123456789abcdef', pid, started: '1' }),
      );
    });
    await rename(join(folder, 'dead'), lock);
    await updateProfile(files, 'sts-temp', session, options);
    expect(existsSync(lock)).toBe(false);
  });

  test('writes both parts if both variables name one file', async () => {
    await mkdir(join(folder, '.aws'));
    await symlink('config', files.credentials);
    await updateProfile(files, 'sts-temp', session, options);
    expect(await readFile(files.config, 'utf8')).toBe(expectedFiles.config + expectedFiles.credentials);
  });

  test('reports that it was cancelled if one file was not written', async () => {
    await put({ config: '[profile x]\nregion = a\n', credentials: '[x]\naws_access_key_id = OLD\n' });
    const stop = new AbortController();
    await atFirstSync(() => {
      stop.abort();
      return Promise.resolve();
    });
    const changes = {
      config: { set: [['region', 'b']] },
      credentials: { set: [['aws_access_key_id', 'NEW']] },
    } as const;
    await expect(updateProfile(files, 'x', changes, { signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect((await texts()).credentials).toBe('[x]\naws_access_key_id = OLD\n');
  });

  const region = { config: { set: [['region', 'a']] } } as const;

  // flock(1) is of Linux.
  test.each([
    [
      'a gauth elsewhere, which took the lock of one that stood still',
      async () => {
        await rm(`${files.config}.gauth-lock`);
        await updateProfile(files, 'other', region, options);
      },
    ],
    [
      'an aws-google-auth on its first run, which has not written yet',
      async () => {
        const text = `${await readFile(files.config, 'utf8')}[profile other]\nregion = a\n\n`;
        const script = 'echo held; sleep 0.2; printf %s "$1" > "$2"';
        const other = spawn('flock', [`${files.config}.lock`, 'sh', '-c', script, 'sh', text, files.config]);
        await once(other.stdout, 'data');
      },
    ],
    ['a program without locks', () => appendFile(files.config, '[profile other]\nregion = a\n\n')],
  ])('keeps what was written in the meantime by %s', LINUX, async (_, parallel) => {
    await put({ config: '[profile x]\nregion = b\n\n' });
    await atFirstSync(parallel);
    await updateProfile(files, 'x', region, options);
    expect(await readFile(files.config, 'utf8')).toBe(
      '[profile x]\nregion = a\n\n[profile other]\nregion = a\n\n',
    );
  });

  test('gives up on a file that changes all the time', async () => {
    await put({ config: '[profile x]\nregion = b\n' });
    const sync = vi.spyOn(await openFiles(), 'sync').mockImplementation(() => appendFile(files.config, '\n'));
    await expect(updateProfile(files, 'x', region, options)).rejects.toMatchObject({ code: 'LOCKED' });
    expect(sync).toHaveBeenCalledTimes(20);
    expect(await readdir(join(folder, '.aws'))).toEqual(['config']);
  });

  test('loses no profile if many are written at the same time', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `p${String(index)}`);
    await Promise.all(names.map((name) => updateProfile(files, name, session, options)));
    for (const name of names) expect((await readProfile(files, name))?.credentials.size).toBe(5);
  });
});

test.each(['sts-temp', 'a.b', 'me@x', 'default'])('the SDK for JavaScript finds profile %s', async (name) => {
  await updateProfile(files, name, session, options);
  const read = await sdkReads(await texts());
  expect(read.config[name]).toEqual(Object.fromEntries(config));
  expect(read.credentials[name]).toEqual(Object.fromEntries(credentials));
});

const withBotocore = testWith(readers, 'botocore');
for (const name of ['sts-temp', 'a.b', 'a b', "it's mine", 'a"b', 'a\\b', 'é', 'a,b', '(x)', 'profile']) {
  withBotocore(`botocore finds profile ${name}`, async () => {
    await updateProfile(files, name, session, options);
    const now = await texts();
    expect((await readers.botocore(now.config))?.profiles).toEqual({ [name]: Object.fromEntries(config) });
    expect((await readers.botocore(now.credentials))?.raw).toEqual({
      [name]: Object.fromEntries(credentials),
    });
  });
}

describe('aws-google-auth', () => {
  const withGoogleAuth = testWith(readers, 'aws-google-auth');
  const options38 = {
    profile: 'sts-temp',
    region: 'us-east-1',
    duration: 3600,
    idp_id: 'C01',
    role_arn: 'arn:aws:iam::111222333444:role/saml-init',
    sp_id: '000111',
    username: 'me@example.com',
  };

  withGoogleAuth('writes the very same files', async () => {
    expect(await readers.ask({ ask: 'write', config: '', credentials: '', options: options38 })).toEqual(
      expectedFiles,
    );
  });

  withGoogleAuth('reads what gauth wrote', async () => {
    await updateProfile(files, 'sts-temp', session, options);
    const read = await readers.ask({ ask: 'read', profile: 'sts-temp', ...(await texts()) });
    expect(read).toMatchObject({
      ...options38,
      ask_role: false,
      keyring: false,
      u2f_disabled: false,
      bg_response: 'None',
    });
  });

  withGoogleAuth('and gauth refresh profiles of each other without a trace', async () => {
    await put(expectedFiles);
    await updateProfile(
      files,
      'sts-temp',
      { ...session, config: { set: [['region', 'eu-west-1']] } },
      options,
    );
    const now = await texts();
    expect(now.config).toBe(expectedFiles.config.replace('us-east-1', 'eu-west-1'));
    expect(await readers.ask({ ask: 'write', ...now, options: options38 })).toEqual(expectedFiles);
  });
});

describe('listProfiles', () => {
  test('returns every profile of the config file once, however its header is spelt, and nothing else', async () => {
    await put({
      config: [
        '[default]\nregion = a',
        '[profile one]\nregion = b',
        "[profile 'two words']\nregion = c",
        '[profile three words]\nregion = d',
        '[sso-session x]\nregion = e',
        '[profile one]\noutput = json',
        '[plugins]\ncli = f\n',
      ].join('\n'),
    });
    const found = (await listProfiles(files)).map(({ name, config }) => [name, config.get('region')]);
    expect(found).toEqual([
      ['default', 'a'],
      ['one', 'b'],
      ['two words', 'c'],
      ['three words', 'd'],
    ]);
  });

  test('returns none without a file', async () => {
    expect(await listProfiles(files)).toEqual([]);
  });
});
