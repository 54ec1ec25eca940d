/** Settings: precedence of flag, variable, profile and default, and the meaning of their values. */
import { describe, expect, it, test } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import { OPTION_NAMES, type OptionName, type Settings, optionRow } from '../../src/options/options.ts';
import { type Flags, missingOption, profileNameFrom, resolveSettings } from '../../src/options/settings.ts';

const ROLE = 'arn:aws:iam::111222333444:role/admin';

interface Sources {
  readonly given?: Flags;
  readonly env?: Readonly<Record<string, string>>;
  readonly profile?: Readonly<Record<string, string>>;
}

function settle({ given = {}, env = {}, profile = {} }: Sources): Settings {
  return resolveSettings(given, env, (key) => profile[key]).settings;
}

function refusal(work: () => unknown): { code: string; message: string; hints: readonly string[] } {
  try {
    work();
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    const { code, message, hints } = error;
    return { code, message, hints };
  }
  throw new Error('nothing was refused');
}

test('case 1: the defaults', () => {
  expect(settle({})).toMatchObject({
    ...{ askRole: false, duration: 43_200, autoDuration: true, idpId: undefined, spId: undefined },
    ...{ username: undefined, roleArn: undefined, region: undefined, profile: 'sts', account: undefined },
    ...{ cache: true, printCreds: false, quiet: false, resolveAliases: false, keyring: false, log: 'warn' },
    ...{ disableU2f: false, bgResponse: undefined, samlAssertion: undefined },
  });
});

test.each([
  [{ given: { duration: '3600' } }, false],
  [{ env: { DURATION: '3600' } }, false],
  [{ profile: { 'google_config.duration': '3600' } }, true],
  [{ env: { AUTO_DURATION: 'false' } }, false],
  [{ given: { autoDuration: true }, profile: { 'google_config.duration': '3600' } }, true],
  [{}, true],
] as const)(
  'as long as the role allows, unless a flag or a variable names a time: %j: %s',
  (sources, auto) => {
    expect(settle(sources).autoDuration).toBe(auto);
  },
);

test('case 2: a flag changes its own option only', () => {
  const { username, ...others } = settle({ given: { username: 'me@example.com' } });
  expect(username).toBe('me@example.com');
  expect(others).toEqual(
    Object.fromEntries(Object.entries(settle({})).filter(([name]) => name !== 'username')),
  );
});

test('case 3: --no-cache', () => {
  expect(settle({ given: { cache: true } })).toEqual({ ...settle({}), cache: false });
});

describe('case 9: the profile', () => {
  it.each([
    [{}, {}, 'sts'],
    [{ profile: 'flag' }, {}, 'flag'],
    [{}, { AWS_PROFILE: 'env' }, 'env'],
    [{ profile: 'flag' }, { AWS_PROFILE: 'env' }, 'flag'],
    [{}, { AWS_PROFILE: '' }, 'sts'],
    [{ profile: '' }, { AWS_PROFILE: 'env' }, ''],
  ])('flag %j, environment %j: "%s"', (given, env, name) => {
    expect(profileNameFrom(given, env)).toBe(name);
  });
});

/** Texts that tell where they come from. */
const DURATIONS = ['1500', '3000', '7200'] as const;
const ANY = ['from flag', 'from environment', 'from profile'] as const;

/** Whether the option has a variable, and any text is its value as it stands. */
function takesAny(name: OptionName): boolean {
  const row = optionRow(name);
  try {
    return row.env.length > 0 && ANY.every((text) => row.parse(text) === text);
  } catch {
    return false;
  }
}

describe('cases 10 to 15: flag > environment > profile > default', () => {
  const valued = OPTION_NAMES.filter((name) => optionRow(name).placeholder !== undefined);
  const free = valued.filter((name) => name === 'duration' || takesAny(name));

  it.each(free)('%s', (name) => {
    const row = optionRow(name);
    const [flag, inEnv, inProfile] = name === 'duration' ? DURATIONS : ANY;
    const given = { [name]: flag };
    const env = Object.fromEntries(row.env.map((variable) => [variable, inEnv]));
    const profile = row.profileKey === undefined ? {} : { [row.profileKey]: inProfile };
    const text = (sources: Sources): string => String(settle(sources)[name]);
    expect(text({ given, env, profile })).toBe(flag);
    expect(text({ given, profile })).toBe(flag);
    expect(text({ env, profile })).toBe(inEnv);
    expect(text({ profile })).toBe(row.profileKey === undefined ? String(row.initial) : inProfile);
    expect(text({})).toBe(String(row.initial));
  });

  const switches = OPTION_NAMES.filter(
    (name) => optionRow(name).on === true && optionRow(name).env.length > 0,
  );

  // Case 13: in aws-google-auth a variable or a profile's key of a switch never had an effect.
  it.each(switches)('case 13: the switch %s', (name) => {
    const { env: names, profileKey } = optionRow(name);
    const env = (value: string): Record<string, string> =>
      Object.fromEntries(names.map((variable) => [variable, value]));
    expect(settle({ given: { [name]: true }, env: env('false') })[name]).toBe(true);
    expect(settle({ env: env('true') })[name]).toBe(true);
    if (profileKey === undefined) return;
    expect(settle({ profile: { [profileKey]: 'True' } })[name]).toBe(true);
    expect(settle({ env: env('0'), profile: { [profileKey]: 'True' } })[name]).toBe(false);
    expect(settle({ profile: { [profileKey]: 'False' } })[name]).toBe(false);
  });

  it('knows where each value came from', () => {
    const { origins } = resolveSettings({ region: 'a' }, { DURATION: '900' }, (key) =>
      key === 'google_config.google_idp_id' ? 'C01' : undefined,
    );
    expect(origins).toMatchObject({
      region: 'flag',
      duration: 'environment',
      idpId: 'profile',
      spId: 'default',
    });
  });
});

describe('case 11: a duration', () => {
  it.each([
    [
      { given: { duration: 'abce' } },
      '-d/--duration must be a number of seconds, or a time like 90m, 8h or 1h30m',
    ],
    [{ env: { DURATION: '500' } }, 'the variable DURATION must be at least 900 seconds'],
    [
      { profile: { 'google_config.duration': '86400' } },
      'google_config.duration in the profile must be at most 43200 seconds',
    ],
  ])('%j is refused with the name of its source', (sources, message) => {
    expect(refusal(() => settle(sources))).toEqual({
      code: 'BAD_OPTION',
      message,
      hints: [`--duration: ${optionRow('duration').help}`],
    });
  });

  it('that is invalid in the profile does not matter if a flag overrides it', () => {
    expect(settle({ given: { duration: '900' }, profile: { 'google_config.duration': 'x' } }).duration).toBe(
      900,
    );
  });
});

describe('case 7: of -d and --auto-duration, the nearer one counts', () => {
  it.each([
    [{ given: { duration: '3600' }, env: { AUTO_DURATION: '1' } }, 3600, false],
    [{ given: { autoDuration: true }, env: { DURATION: '3600' } }, 43_200, true],
    [{ env: { AUTO_DURATION: '1' }, profile: { 'google_config.duration': '3600' } }, 43_200, true],
    [{ env: { DURATION: '3600' }, profile: { 'google_config.duration': '900' } }, 3600, false],
  ] as const)('%j', (sources, duration, autoDuration) => {
    expect(settle(sources)).toMatchObject({ duration, autoDuration });
  });
});

describe('case 52: of -a and -r, the nearer one counts', () => {
  it('-r against a profile that asks always', () => {
    const sources = { given: { roleArn: ROLE }, profile: { 'google_config.ask_role': 'True' } };
    expect(settle(sources)).toMatchObject({ roleArn: ROLE, askRole: false });
  });

  it('-a against a profile with a role', () => {
    const sources = { given: { askRole: true } as const, profile: { 'google_config.role_arn': ROLE } };
    expect(settle(sources)).toMatchObject({ roleArn: undefined, askRole: true });
  });

  it('neither if the profile has both', () => {
    const profile = { 'google_config.ask_role': 'True', 'google_config.role_arn': ROLE };
    expect(settle({ profile })).toMatchObject({ roleArn: ROLE, askRole: true });
  });
});

// Deliberately unlike aws-google-auth, for which an empty variable is set (and DURATION= a crash with exit 0).
test('case 16: an empty variable is an unset one', () => {
  const env = Object.fromEntries(
    OPTION_NAMES.flatMap((name) => optionRow(name).env).map((variable) => [variable, '']),
  );
  expect(settle({ env })).toEqual(settle({}));
  const profile = { region: 'eu-west-1', 'google_config.duration': '3600' };
  expect(settle({ env, profile })).toEqual(settle({ profile }));
});

test('case 17: AWS_REGION counts, below --region and above AWS_DEFAULT_REGION', () => {
  const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
  const profile = { region: 'eu-west-3' };
  expect(settle({ given: { region: 'us-east-1' }, env, profile }).region).toBe('us-east-1');
  expect(settle({ env, profile }).region).toBe('eu-west-1');
  expect(settle({ env: { AWS_DEFAULT_REGION: 'eu-west-2' }, profile }).region).toBe('eu-west-2');
});

test('case 30: the account is read from a key without prefix', () => {
  expect(settle({ profile: { account: '111222333444' } }).account).toBe('111222333444');
});

// aws-google-auth writes the word None and takes it for a value when it reads it.
test('case 31: None and an empty value in a profile mean that it is not set', () => {
  const keys = OPTION_NAMES.flatMap((name) => optionRow(name).profileKey ?? []);
  for (const text of ['None', '']) {
    expect(settle({ profile: Object.fromEntries(keys.map((key) => [key, text])) })).toEqual(settle({}));
  }
  expect(settle({ env: { GOOGLE_USERNAME: 'None' } }).username).toBe('None');
});

describe('an error', () => {
  it('never shows the value', () => {
    for (const name of OPTION_NAMES) {
      try {
        settle({ given: { [name]: 's3cret\n[value]' } });
      } catch (error) {
        expect(String(error)).not.toContain('s3cret');
      }
    }
  });

  it('about a missing setting names its flag, variables and profile key', () => {
    expect(
      refusal(() => {
        throw missingOption('region');
      }),
    ).toEqual({
      code: 'MISSING_OPTION',
      message: 'region is not set, and there is no terminal to prompt on',
      hints: [
        'set it with -R/--region or the variable AWS_REGION or the variable AWS_DEFAULT_REGION or region in the profile',
      ],
    });
  });
});

it('case 25: accepts only a role ARN, of any partition, before the prompt for a password', () => {
  for (const arn of [
    ROLE,
    'arn:aws-cn:iam::111222333444:role/a/b',
    'arn:aws-us-gov:iam::111222333444:role/x',
    // Which assertions offer, too (facts, "Attributes in the assertion").
    'arn:aws:iam:us-east-1:111222333444:role/x',
    'arn:aws:iam::222333444:role/x',
  ]) {
    expect(settle({ given: { roleArn: arn } }).roleArn).toBe(arn);
  }
  for (const wrong of ['x', 'arn:aws:iam::1:role/x', 'arn:aws:iam::111222333444:user/x']) {
    expect(() => settle({ given: { roleArn: wrong } })).toThrow('-r/--role-arn must be like');
  }
});

describe('a value that is not used is not checked', () => {
  const bad = { DURATION: 'abc', AWS_ROLE_ARN: 'nonsense' };

  it('if another value takes precedence', () => {
    expect(settle({ given: { autoDuration: true, askRole: true }, env: bad })).toMatchObject({
      ...{ autoDuration: true, askRole: true, roleArn: undefined },
    });
    expect(settle({ given: { duration: '900', roleArn: ROLE }, env: bad })).toMatchObject({ duration: 900 });
  });

  it('if the command does not use the option', () => {
    const { settings, origins } = resolveSettings({ json: true }, bad, () => undefined, ['profile', 'json']);
    expect(settings).toMatchObject({ json: true, duration: 43_200, roleArn: undefined });
    expect(origins).toMatchObject({ duration: 'default', roleArn: 'default' });
  });

  it('otherwise it is refused', () => {
    expect(refusal(() => settle({ env: { DURATION: 'abc' } })).message).toBe(
      'the variable DURATION must be a number of seconds, or a time like 90m, 8h or 1h30m',
    );
  });
});

describe("settings of the profile for its role's session", () => {
  const profile = {
    'google_config.role_arn': ROLE,
    'google_config.duration': '3600',
    gauth_principal_arn: 'P',
  };

  it('apply to that role', () => {
    expect(settle({ profile })).toMatchObject({ duration: 3600, principalArn: 'P' });
    expect(settle({ profile, given: { roleArn: ROLE } })).toMatchObject({
      duration: 3600,
      principalArn: 'P',
    });
  });

  it.each([[{ roleArn: `${ROLE}2` }], [{ askRole: true }], [{ account: '999888777666' }]] as const)(
    'apply to no other: %j',
    (given) => {
      expect(settle({ profile, given })).toMatchObject({ duration: 43_200, principalArn: undefined });
    },
  );
});

describe('an empty flag', () => {
  it('is ignored, as an empty variable is', () => {
    const env = { GOOGLE_USERNAME: 'me@example.com' };
    expect(settle({ given: { username: '', region: '', samlAssertion: '' }, env })).toMatchObject({
      ...{ username: 'me@example.com', region: undefined, samlAssertion: undefined },
    });
  });

  it('clears a setting whose key is only of gauth', () => {
    const profile = { gauth_chain: ROLE, gauth_mfa: 'sms', gauth_policy: 'p.json' };
    const given = { chain: '', mfa: '', policy: '' };
    expect(settle({ given, profile })).toMatchObject({ chain: [], mfa: undefined, policy: undefined });
  });

  test('case 35: of a profile means no profile', () => {
    expect(settle({ given: { profile: '' }, env: { AWS_PROFILE: 'x' } }).profile).toBe('');
  });
});

describe('case 63: -A beside a role', () => {
  const profile = { 'google_config.role_arn': ROLE };

  it('of another account clears the role of the profile', () => {
    expect(settle({ given: { account: '999888777666' }, profile }).roleArn).toBeUndefined();
  });

  it('of the same account, or a role from the same source, keeps the role', () => {
    expect(settle({ given: { account: '111222333444' }, profile }).roleArn).toBe(ROLE);
    expect(settle({ env: { AWS_ACCOUNT: '999888777666' }, profile }).roleArn).toBe(ROLE);
    expect(settle({ given: { account: '999888777666', roleArn: ROLE } }).roleArn).toBe(ROLE);
    expect(settle({ profile: { ...profile, account: '999888777666' } }).roleArn).toBe(ROLE);
  });
});
