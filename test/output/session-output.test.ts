/** A session as written to the two files, to the shell and to the user. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, test } from 'vitest';
import type { Session } from '../../src/aws/session.ts';
import { configEntries, credentialsEntries, exportLine, localTime } from '../../src/output/session-output.ts';
import { Secret } from '../../src/secret.ts';
import { resolveSettings } from '../../src/options/settings.ts';

const SESSION: Session = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: new Secret('abc/def+ghi'),
  sessionToken: new Secret('token=='),
  expiration: new Date('2030-01-02T03:04:05Z'),
  roleArn: 'arn:aws:iam::111222333444:role/saml-init',
  durationSeconds: 7200,
};

function settings(
  profile: Readonly<Record<string, string>> = {},
): ReturnType<typeof resolveSettings>['settings'] {
  return resolveSettings({}, {}, (key) => profile[key]).settings;
}

describe('the config file', () => {
  test('case 27: the ten keys in their order, booleans as True and False', () => {
    const profile = {
      region: 'us-east-1',
      'google_config.ask_role': 'True',
      'google_config.keyring': 'True',
      'google_config.duration': '3600',
      'google_config.google_idp_id': 'C01abc2de',
      'google_config.role_arn': SESSION.roleArn,
      'google_config.google_sp_id': '000111000111',
      'google_config.u2f_disabled': 'True',
      'google_config.google_username': 'me@example.com',
      'google_config.bg_response': 'foo',
    };
    const session = { ...SESSION, durationSeconds: 3600 };
    expect(configEntries(settings(profile), session)).toEqual(Object.entries(profile));
  });

  test('case 31: what is not set is written as None, so that aws-google-auth has all its keys; not the region, which AWS would take for one', () => {
    expect(configEntries(settings(), SESSION)).toEqual([
      ['google_config.ask_role', 'False'],
      ['google_config.keyring', 'False'],
      ['google_config.duration', String(SESSION.durationSeconds)],
      ['google_config.google_idp_id', 'None'],
      ['google_config.role_arn', SESSION.roleArn],
      ['google_config.google_sp_id', 'None'],
      ['google_config.u2f_disabled', 'False'],
      ['google_config.google_username', 'None'],
      ['google_config.bg_response', 'None'],
    ]);
  });

  test('case 30: the account is not written', () => {
    const keys = configEntries(settings({ account: '111222333444' }), SESSION).map(([key]) => key);
    expect(keys.filter((key) => key.includes('account'))).toEqual([]);
  });

  test('case 68: with --auto-duration the duration that was found is written', () => {
    const { settings: auto } = resolveSettings({ autoDuration: true }, {}, () => undefined);
    expect(configEntries(auto, SESSION)).toContainEqual(['google_config.duration', '7200']);
  });
});

test('case 33: the five keys of the credentials file', () => {
  expect(credentialsEntries(SESSION)).toEqual([
    ['aws_access_key_id', 'ASIAEXAMPLE'],
    ['aws_secret_access_key', 'abc/def+ghi'],
    ['aws_security_token', 'token=='],
    ['aws_session_expiration', '2030-01-02T03:04:05+0000'],
    ['aws_session_token', 'token=='],
  ]);
});

describe('case 66: the export line', () => {
  it('is one line with single quotes', () => {
    expect(exportLine(SESSION)).toBe(
      "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE' AWS_SECRET_ACCESS_KEY='abc/def+ghi' AWS_SESSION_TOKEN='token==' AWS_SESSION_EXPIRATION='2030-01-02T03:04:05+0000'\n",
    );
  });

  it('is read correctly by a shell, whatever the keys contain', () => {
    const odd = `a'b"c$d\`e\\f g;h`;
    const line = exportLine({ ...SESSION, sessionToken: new Secret(odd) });
    const { stdout } = spawnSync('sh', ['-c', `${line}printf %s "$AWS_SESSION_TOKEN"`], { encoding: 'utf8' });
    expect(stdout).toBe(odd);
  });
});

describe('case 65: the expiration for the user', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    ['UTC', '2026-11-23 16:00:48+00:00'],
    ['Europe/Berlin', '2026-11-23 17:00:48+01:00'],
    ['America/St_Johns', '2026-11-23 12:30:48-03:30'],
    ['Asia/Kathmandu', '2026-11-23 21:45:48+05:45'],
  ])('in %s', (name, text) => {
    process.env['TZ'] = name;
    expect(localTime(new Date('2026-11-23T16:00:48.999Z'))).toBe(text);
  });
});
