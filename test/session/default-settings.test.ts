/** Default settings of the user and the organisation: their effect, what they cannot set, and which files are accepted. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultsPaths } from '../../src/aws/paths.ts';
import { DEFAULT_OPTIONS, readDefaultSettings } from '../../src/session/default-settings.ts';
import { PROGRAM_OPTIONS } from '../../src/session/trusted-setting-sources.ts';
import { temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { organisation, ROLE, USER } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const FILE = `# of example.com
idp-id = C01abc2de
sp-id = 000111000111
region = eu-west-1

[accounts]
111222333444 = production
`;

function write(home: string, text: string, mode = 0o644): string {
  const path = join(home, '.config', 'gauth', 'config');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

it.each([
  ['linux', {}, ['/home/me/.config/gauth/config', '/etc/gauth/config']],
  ['linux', { XDG_CONFIG_HOME: '/cfg' }, ['/cfg/gauth/config', '/etc/gauth/config']],
  ['linux', { XDG_CONFIG_HOME: 'relative' }, ['/home/me/.config/gauth/config', '/etc/gauth/config']],
  ['darwin', {}, ['/home/me/.config/gauth/config', '/Library/Application Support/gauth/config']],
  ['win32', { ProgramData: '/pd' }, ['/home/me/.config/gauth/config', '/pd/gauth/config']],
  ['win32', {}, ['/home/me/.config/gauth/config']],
])('are in these files on %s with %j', (platform, env, paths) => {
  expect(defaultsPaths(env, '/home/me', platform)).toEqual(paths);
});

describe('a colleague', () => {
  it('types only an address and a password', async () => {
    const home = temporaryHome();
    write(home, FILE);
    const result = await runScenario(organisation(), ['-p', 'sts-temp'], {
      home,
      dialogue: [[/^Google username: $/, USER.email], PASSWORD],
    });
    expect(result.status, result.err).toBe(0);
    expect(result.config).toContain('region = eu-west-1\n');
    expect(result.config).toContain('google_config.google_idp_id = C01abc2de\n');
  });

  it('sees the names of accounts', async () => {
    const home = temporaryHome();
    write(home, FILE);
    const result = await runScenario(organisation(), ['roles', '-u', USER.email], {
      home,
      dialogue: [PASSWORD],
    });
    expect(result.out).toMatch(/production/);
  });

  it.each<readonly [string, readonly string[], Readonly<Record<string, string>>, string]>([
    ['a flag', ['-R', 'us-east-1'], {}, '--region'],
    ['a variable', [], { AWS_REGION: 'us-east-1' }, 'AWS_REGION or AWS_DEFAULT_REGION'],
  ])('overrides a default by %s', async (_how, flags, env, source) => {
    const home = temporaryHome();
    write(home, FILE);
    const result = await runScenario(organisation(), ['settings', ...flags], { home, env });
    expect(result.out).toMatch(new RegExp(`^region +us-east-1 +${source}$`, 'm'));
  });

  it('overrides a default by the profile', async () => {
    const home = temporaryHome();
    const path = write(home, FILE);
    mkdirSync(join(home, '.aws'));
    writeFileSync(join(home, '.aws', 'config'), '[profile a]\nregion = us-east-1\n');
    const result = await runScenario(organisation(), ['settings', '-p', 'a', '--json'], { home });
    const { settings } = JSON.parse(result.out) as {
      settings: Record<'option' | 'value' | 'source', string>[];
    };
    expect(settings).toContainEqual({
      option: 'region',
      value: 'us-east-1',
      source: 'region in the profile',
    });
    expect(settings).toContainEqual({ option: 'idp-id', value: 'C01abc2de', source: path });
  });
});

describe('a file with default settings', () => {
  it('cannot set what runs programs or belongs to one person', () => {
    for (const name of [...PROGRAM_OPTIONS, 'username', 'samlAssertion', 'mfaCode'] as const)
      expect(DEFAULT_OPTIONS).not.toContain(name);
  });

  it.each([
    ['mfa-command = evil', /line 1: mfa-command cannot be set in this file/],
    ['idpid = C1', /line 1: idpid is unknown/],
    ['[other]\nregion = x', /line 2: region in \[other\] is unknown/],
    ['nonsense', /line 1: nonsense is unknown/],
    ['allowed-account = 12', /allowed-account in .* must be account IDs/],
  ])('is an error that names the line: %j', async (text, message) => {
    const home = temporaryHome();
    write(home, text);
    const result = await runScenario(organisation(), ['settings'], { home });
    expect(result.status).toBe(2);
    expect(result.err).toMatch(message);
  });

  it('is refused if other users can write it', async () => {
    const home = temporaryHome();
    const path = write(home, FILE, 0o666);
    const result = await runScenario(organisation(), ['settings'], { home });
    expect(result.status).toBe(5);
    expect(result.err).toMatch(/is not used: .* can be written by other users \(mode 666\)/);
    expect(result.err).toContain(`chmod go-w ${path}`);
  });

  it('is shown by doctor', async () => {
    const home = temporaryHome();
    const path = write(home, FILE);
    const result = await runScenario(organisation(), ['doctor'], { home });
    expect(result.out).toContain(`default settings in ${path}: idp-id, sp-id, region, names of accounts`);
  });

  it('of the user comes before that of the organisation', async () => {
    const home = temporaryHome();
    write(home, 'region = eu-west-1\n');
    const shared = join(home, 'gauth', 'config');
    mkdirSync(dirname(shared));
    writeFileSync(shared, 'region = us-east-1\nsp-id = 1\n');
    // On Windows the folder of the organisation is in a variable.
    const found = await readDefaultSettings({ env: { ProgramData: home }, home, platform: 'win32' });
    expect(found.values.get('region')?.text).toBe('eu-west-1');
    expect(found.values.get('spId')).toEqual({ text: '1', path: shared });
  });

  it('limits the accounts', async () => {
    const home = temporaryHome();
    write(home, `${FILE.replace('[accounts]', 'allowed-account = 999999999999\n[accounts]')}`);
    const argv = ['-u', USER.email, '-r', ROLE, '-p', 'sts-temp'];
    const result = await runScenario(organisation(), argv, { home, dialogue: [PASSWORD] });
    expect(result.err).toContain('(ACCOUNT_NOT_ALLOWED)');
  });
});
