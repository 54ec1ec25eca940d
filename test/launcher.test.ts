/** The launcher of the built command: what it answers without the program, and its message on an old Node. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines, version } from '../package.json';
import { CACHE_VERSION, type SessionCacheFile } from '../src/aws/session-cache-file.ts';
import { sessionCachePath, awsFilePaths, versionStamp, storeFolder } from '../src/aws/paths.ts';
import { CACHE_KEY_OPTIONS, optionRow } from '../src/options/options.ts';
import { temporaryHome } from './fakes/system.ts';
import { binary } from './support/binary.ts';
import { FLAGS, USER } from './support/organisation.ts';
import { nodeForOthers } from './support/other-user.ts';
import { needs, ROOT } from './support/needs.ts';

const root = join(import.meta.dirname, '..');
let folder: string;
let gauth: string;

/** A copy of the command that holds nothing but the launcher and the help: whatever answers here has not loaded the program. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gauth-launcher-'));
  gauth = join(folder, 'bin', 'gauth.js');
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'dist', 'help'), join(folder, 'dist', 'help'), { recursive: true });
  cpSync(join(root, 'dist', 'launcher.cjs'), join(folder, 'dist', 'launcher.cjs'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function node(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function help(command: string, flag: string): string {
  const name = flag === '-h' ? `${command}.short.txt` : `${command}.txt`;
  return readFileSync(join(root, 'dist', 'help', name), 'utf8');
}

describe('the launcher', () => {
  it.each(['--version', '-V'])('prints the version of the package for %s', (flag) => {
    expect(node(gauth, flag)).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(['--help', '-h'])('prints the rendered help for %s', (flag) => {
    expect(help('gauth', flag)).toContain('gauth');
    expect(node(gauth, flag)).toEqual({ status: 0, stdout: help('gauth', flag), stderr: '' });
  });

  it.each(['--help', '-h'])('prints the rendered help of a command for %s', (flag) => {
    expect(node(gauth, 'login', flag)).toEqual({ status: 0, stdout: help('login', flag), stderr: '' });
  });

  it.each([
    ['an unknown command', ['no-such-command', '--help']],
    ['a path in place of a command', ['../help/login', '--help']],
    ['an option beside --version', ['--version', '--quiet']],
    ['nothing at all', []],
  ])('leaves %s to the program', (_case, args) => {
    const { status, stderr } = node(gauth, ...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain('main.cjs');
  });

  it('reports that its output cannot be written', needs(existsSync('/dev/full'), 'needs /dev/full'), () => {
    for (const flag of ['--help', '--version']) {
      const { status, stderr } = spawnSync(
        'sh',
        ['-c', `"$0" "$1" ${flag} > /dev/full`, process.execPath, gauth],
        {
          encoding: 'utf8',
        },
      );
      expect(status).toBe(5);
      expect(stderr).toMatch(/^gauth: cannot write to standard output \(ENOSPC: .*\) \(FILE\)\n$/);
    }
  });

  it('ends without an error if the reader of its output is gone', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `{ sleep 0.2; "$0" "$1" --help; echo "status $?" >&2; } | :`, process.execPath, gauth],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'status 0\n' });
  });

  it.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['22.0.0', true],
  ])('on Node %s: starts = %s', (pretended, starts) => {
    const preload = join(folder, 'pretend.cjs');
    writeFileSync(
      preload,
      `globalThis.process = Object.create(process, { versions: { value: { node: '${pretended}' } } });`,
    );
    const refusal = {
      status: 5,
      stdout: '',
      stderr: `gauth: requires Node ${engines.node}, but this is Node ${pretended}\n`,
    };
    expect(node('--require', preload, gauth, '--version')).toEqual(
      starts ? { status: 0, stdout: `${version}\n`, stderr: '' } : refusal,
    );
  });
});

describe('a cached session', () => {
  const MINUTE = 60_000;
  let home: string;
  beforeEach(() => {
    home = temporaryHome();
  });

  interface Kept {
    readonly profile?: string;
    readonly minutes?: number;
    /** The environment that says where the files are. */
    readonly env?: Readonly<Record<string, string>>;
  }

  /** Puts a profile and its session where they belong, and gives what the launcher should print. */
  function keep({ profile = 'x', minutes = 16, env = {} }: Kept = {}): string {
    const files = awsFilePaths(env, home);
    mkdirSync(dirname(files.config), { recursive: true });
    writeFileSync(files.config, `[profile ${profile}]\nregion = us-east-1\n`);
    const session = {
      Version: 1,
      AccessKeyId: 'ASIA000000000EXAMPLE',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: new Date(Date.now() + minutes * MINUTE).toISOString(),
    } as const;
    const role = { RoleArn: 'arn:aws:iam::111222333444:role/saml-init', DurationSeconds: 3600 };
    const kept: SessionCacheFile = {
      version: CACHE_VERSION,
      profile,
      plain: { stamp: versionStamp(statSync(files.config)), wish: 'wish' },
      sessions: { wish: { ...session, ...role } },
    };
    const path = sessionCachePath(storeFolder(files), profile);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(kept));
    return `${JSON.stringify({ ...session, AccountId: '111222333444' })}\n`;
  }

  function ask(args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof node> {
    const { status, stdout, stderr } = spawnSync(process.execPath, [gauth, 'credential-process', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: home, USERPROFILE: home, ...env },
    });
    return { status, stdout, stderr };
  }

  it.each([[['-p', 'x']], [['--profile', 'x']], [['--profile=x']]])('is printed for %j', (args) => {
    const stdout = keep();
    expect(ask(args)).toEqual({ status: 0, stdout, stderr: '' });
  });

  it.each(['a b', 'team/dev.1', "it's", 'ü'])('is found for profile %s', (profile) => {
    const stdout = keep({ profile });
    expect(ask(['-p', profile])).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('is found where the variables place the files, with ~ as the home folder', () => {
    const env = { AWS_CONFIG_FILE: '~/elsewhere/config', AWS_SHARED_CREDENTIALS_FILE: join(home, 'c', 'd') };
    const stdout = keep({ env });
    expect(ask(['-p', 'x'], env)).toEqual({ status: 0, stdout, stderr: '' });
    expect(ask(['-p', 'x']).stderr).toContain('main.cjs');
    expect(statSync(join(home, 'c', 'gauth', 'sessions', 'x.json')).isFile()).toBe(true);
  });

  it('is printed whatever the variables contain that do not decide which session is meant', () => {
    const env = { AWS_PROFILE: 'y', AWS_REGION: 'eu-west-1', DURATION: '3600', AWS_ROLE_ARN: '' };
    const stdout = keep();
    expect(ask(['-p', 'x'], env)).toEqual({ status: 0, stdout, stderr: '' });
  });

  const deciding = CACHE_KEY_OPTIONS.flatMap((name) => optionRow(name).env);

  it('depends on some variables', () => {
    expect(deciding).toEqual(expect.arrayContaining(['AWS_ROLE_ARN', 'GOOGLE_USERNAME']));
  });

  it.each(deciding)('is left to the program when %s is set', (variable) => {
    keep();
    expect(ask(['-p', 'x'], { [variable]: 'something' }).stderr).toContain('main.cjs');
  });

  it.each([
    ['another flag', ['-p', 'x', '--min-ttl', '60']],
    ['no profile', []],
    ['a flag in the place of the name', ['-p', '-h']],
    ['a further word', ['--profile=x', 'y']],
    ['an empty name', ['-p', '']],
    ['a profile without a session', ['-p', 'y']],
  ])('is left to the program with %s', (_case, args) => {
    keep();
    const { stdout, stderr } = ask(args);
    expect(stdout).toBe('');
    expect(stderr).toContain('main.cjs');
  });

  it('is left to the program when it expires within 15 minutes', () => {
    keep({ minutes: 14.9 });
    expect(ask(['-p', 'x']).stderr).toContain('main.cjs');
  });

  it('is left to the program when the config file was touched since', () => {
    keep();
    const now = new Date();
    utimesSync(awsFilePaths({}, home).config, now, now);
    expect(ask(['-p', 'x']).stderr).toContain('main.cjs');
  });

  it('is left to the program when its file is damaged', () => {
    keep();
    const path = sessionCachePath(storeFolder(awsFilePaths({}, home)), 'x');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -1));
    expect(ask(['-p', 'x']).stderr).toContain('main.cjs');
  });

  it("is left to the program when it is another user's", ROOT, () => {
    const stdout = keep();
    const path = sessionCachePath(storeFolder(awsFilePaths({}, home)), 'x');
    // Root takes anybody's: the one who asks is another user.
    for (const each of [folder, home]) chmodSync(each, 0o755);
    const node = nodeForOthers();
    const asUser = (): string => {
      const options = { encoding: 'utf8', uid: 1234, gid: 1234, env: { HOME: home } } as const;
      const asked = spawnSync(node, [gauth, 'credential-process', '-p', 'x'], options);
      return asked.stdout + asked.stderr;
    };
    chownSync(path, 1234, 1234);
    expect(asUser()).toBe(stdout);
    chownSync(path, 65534, 65534);
    expect(asUser()).toContain('main.cjs');
  });

  it('is the one that a sign-in cached, and is found again after the program has read a changed config file', async () => {
    const setup = await binary();
    ({ home } = setup);
    const signedIn = await setup.alone(FLAGS, { input: `${USER.password}\n` });
    expect(signedIn.status, signedIn.err).toBe(0);
    const key = setup.world.sts.keys[0]?.accessKeyId ?? '';
    const args = ['-p', 'sts-temp'];
    expect(ask(args).stdout).toContain(key);

    const { config } = awsFilePaths({}, home);
    writeFileSync(config, `${readFileSync(config, 'utf8')}\n[profile other]\nregion = us-east-1\n`);
    expect(ask(args).stderr).toContain('main.cjs');
    const byProgram = await setup.alone(['credential-process', ...args]);
    expect(byProgram).toMatchObject({ status: 0, err: '' });
    expect(ask(args)).toEqual({ status: 0, stdout: byProgram.out, stderr: '' });
  });

  it('is not one that a variable requested', async () => {
    const setup = await binary();
    ({ home } = setup);
    const signedIn = await setup.alone(FLAGS, { input: `${USER.password}\n` });
    expect(signedIn.status, signedIn.err).toBe(0);
    rmSync(join(home, '.aws', 'gauth'), { recursive: true });
    const env = { AWS_ACCOUNT: '111222333444' };
    const asked = await setup.alone(['credential-process', '-p', 'sts-temp'], { env });
    expect(asked).toMatchObject({ status: 0, err: '' });
    expect(ask(['-p', 'sts-temp']).stderr).toContain('main.cjs');
  });
});

describe('status --short', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryHome();
    mkdirSync(join(home, '.aws'));
    const end = new Date(Date.now() + 42.5 * 60_000).toISOString();
    writeFileSync(join(home, '.aws', 'credentials'), `[sts-temp]\naws_session_expiration = ${end}\n`);
  });

  function ask(args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof node> {
    const { status, stdout, stderr } = spawnSync(process.execPath, [gauth, 'status', '--short', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: home, USERPROFILE: home, ...env },
    });
    return { status, stdout, stderr };
  }

  // The folder of this copy has no program, so the answers are the launcher's own.
  it.each<readonly [readonly string[], Readonly<Record<string, string>>]>([
    [['-p', 'sts-temp'], {}],
    [[], { AWS_PROFILE: 'sts-temp' }],
    [[], { GAUTH_PROFILE: 'sts-temp', AWS_PROFILE: 'other' }],
  ])('is answered by the launcher for %j with %j', (args, env) => {
    expect(ask(args, env)).toEqual({ status: 0, stdout: 'sts-temp 42m\n', stderr: '' });
  });

  it('prefers the credentials in the environment', () => {
    const env = {
      GAUTH_PROFILE: 'sts-temp',
      AWS_CREDENTIAL_EXPIRATION: new Date(Date.now() - 1000).toISOString(),
    };
    expect(ask([], env).stdout).toBe('sts-temp expired\n');
  });

  it.each([[['-p', 'other']], [['-p', 'a\u001bb']], [[]], [['--json']]])(
    'is left to the program for %j',
    (args) => {
      expect(ask(args).stderr).toContain('main.cjs');
    },
  );
});
