/** The table of options: each name once, each row complete, each default as its parser returns it. */
import { describe, expect, it, test } from 'vitest';
import { OPTION_NAMES, type OptionName, optionRow } from '../../src/options/options.ts';
import { BadValue } from '../../src/options/parsers.ts';
import type { Secret } from '../../src/secret.ts';

const ROWS = OPTION_NAMES.map((name) => ({ name, row: optionRow(name) }));

describe('the table', () => {
  it.each([
    ['long flag', ROWS.map(({ row }) => row.long).concat('help', 'version')],
    ['short flag', ROWS.flatMap(({ row }) => row.short ?? []).concat('h', 'V')],
    ['variable', ROWS.flatMap(({ row }) => row.env)],
    ['profile key', ROWS.flatMap(({ row }) => row.profileKey ?? [])],
  ])('has each %s once', (_what, names) => {
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(ROWS)('describes $name in one line', ({ row }) => {
    expect(row.help).toMatch(/^[A-Z][^\n]+([^.\n]|\.\.\.)$/);
  });

  it.each(ROWS)('has $name either as a switch or with a value', ({ row }) => {
    expect((row.placeholder === undefined) === (row.on !== undefined)).toBe(true);
  });

  it.each(ROWS.filter(({ row }) => row.initial !== undefined))(
    'has a default for $name that its parser returns for its text',
    ({ row }) => {
      expect(row.parse(String(row.initial))).toEqual(row.initial);
    },
  );

  it.each(ROWS.filter(({ row }) => row.on !== undefined))(
    'has a switch $name that changes something',
    ({ row }) => {
      expect(row.on).not.toEqual(row.initial);
      expect(row.parse(String(row.on))).toEqual(row.on);
    },
  );

  it.each(
    ROWS.filter(({ row }) => row.placeholder !== undefined && row.initial !== undefined && !row.repeatable),
  )('names the default of $name in its help', ({ row }) => {
    const text = /\(default: ([^,)]+)[,)]/.exec(row.help)?.[1] ?? '';
    // Without a duration the role decides.
    if (row.long === 'duration') expect(text).toBe('as long as the role allows');
    else if (typeof row.initial === 'number') expect(row.parse(text)).toBe(row.initial);
    else expect(text).toBe(String(row.initial));
  });

  it.each(ROWS.filter(({ row }) => row.excludes))('has the conflict of $name on both sides', ({ row }) => {
    for (const long of row.excludes ?? []) {
      const other = ROWS.find((each) => each.row.long === long);
      expect(other?.row.excludes).toContain(row.long);
    }
  });

  it('has every flag, short and long, of aws-google-auth 0.0.38', () => {
    const flags = ROWS.map(({ row }) => (row.short === undefined ? '' : `-${row.short} `) + `--${row.long}`);
    expect(flags).toEqual(
      expect.arrayContaining([
        ...['-u --username', '-I --idp-id', '-S --sp-id', '-R --region', '-d --duration', '--auto-duration'],
        ...['-p --profile', '-A --account', '-D --disable-u2f', '-q --quiet', '--bg-response'],
        ...['--saml-assertion', '--no-cache', '--print-creds', '--resolve-aliases', '--save-failure-html'],
        ...['--save-saml-flow', '-a --ask-role', '-r --role-arn', '-k --keyring', '-l --log'],
      ]),
    );
  });

  it('has every variable of aws-google-auth 0.0.38', () => {
    expect(ROWS.flatMap(({ row }) => row.env)).toEqual(
      expect.arrayContaining([
        ...['GOOGLE_USERNAME', 'GOOGLE_IDP_ID', 'GOOGLE_SP_ID', 'GOOGLE_BG_RESPONSE', 'AWS_DEFAULT_REGION'],
        ...['AWS_PROFILE', 'AWS_ROLE_ARN', 'AWS_ACCOUNT', 'AWS_ASK_ROLE', 'DURATION', 'AUTO_DURATION'],
        ...['U2F_DISABLED', 'RESOLVE_AWS_ALIASES'],
      ]),
    );
  });
});

/** What is wrong with a value, or the value. */
function read(name: OptionName, text: string): unknown {
  try {
    return optionRow(name).parse(text);
  } catch (error) {
    if (error instanceof BadValue) return error.message;
    throw error;
  }
}

describe('values', () => {
  test.each([
    ['900', 900],
    ['43199', 43199],
    ['43200', 43200],
    [' 3600 ', 3600],
    ['15m', 900],
    ['1h', 3600],
    ['90m', 5400],
    ['1h30m', 5400],
    ['1H30M', 5400],
    ['12h', 43200],
    ['3600s', 3600],
    ['899', 'must be at least 900 seconds'],
    ['10m', 'must be at least 900 seconds'],
    ['13h', 'must be at most 43200 seconds'],
    ['1.5h', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['1d', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['30m1h', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['h', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['0', 'must be at least 900 seconds'],
    ['43201', 'must be at most 43200 seconds'],
    ['99999999999999999999', 'must be at most 43200 seconds'],
    ['abce', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['-900', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['1e3', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['3600.5', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    ['', 'must be a number of seconds, or a time like 90m, 8h or 1h30m'],
  ])('case 19: the duration "%s" is %s', (text, value) => {
    expect(read('duration', text)).toBe(value);
  });

  test.each([
    ...['True', 'true', 'TRUE', '1', 'yes', 'on', ' on '].map((text) => [text, true] as const),
    ...['False', 'false', '0', 'no', 'off', 'OFF'].map((text) => [text, false] as const),
    ...['2', 'y', 'maybe', ''].map((text) => [text, 'must be true or false'] as const),
  ])('case 20: the switch "%s" is %s', (text, value) => {
    expect(read('askRole', text)).toBe(value);
    expect(read('disableU2f', text)).toBe(value);
  });

  test.each(['me@example.com', '123', 'Ünïcode'])('cases 21 and 22: the text "%s" stays as it is', (text) => {
    for (const name of ['username', 'idpId', 'spId'] as const) expect(read(name, text)).toBe(text);
  });

  test.each(['sts', 'a.b', 'a b', 'Ünïcode', ''])('case 23: "%s" can be a profile', (text) => {
    expect(read('profile', text)).toBe(text);
  });

  test.each(['a]b', 'a[b', 'a\nb', 'a\tb'])('case 23: %j cannot be a profile', (text) => {
    expect(read('profile', text)).toBe('must not contain line breaks or square brackets');
  });

  test.each([
    ['debug', 'debug'],
    ['INFO', 'info'],
    ['error', 'must be one of debug, info, warn'],
  ])('case 1: the level "%s" is %s', (text, value) => {
    expect(read('log', text)).toBe(value);
  });

  const role = (name: string): string => `arn:aws:iam::111222333444:role/${name}`;
  const policy = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

  test.each([
    ['chain', role('a'), [role('a')]],
    ['chain', ` ${role('a')}  ${role('p/b,c')}\t`, [role('a'), role('p/b,c')]],
    ['chain', `${role('a')},${role('b')}`, [role('a'), role('b')]],
    ['chain', 'developer', /^must be ARNs of roles/],
    [
      'policyArns',
      `${policy('A')} arn:aws-cn:iam::111222333444:policy/x/B`,
      [policy('A'), 'arn:aws-cn:iam::111222333444:policy/x/B'],
    ],
    ['policyArns', role('a'), /^must be ARNs of managed policies/],
    ['policyArns', Array.from({ length: 11 }, () => policy('A')).join(' '), /^must be at most 10 policies$/],
  ] as const)('several in one text: %s "%s"', (name, text, value) => {
    expect(read(name, text)).toEqual(value instanceof RegExp ? expect.stringMatching(value) : value);
  });

  it('keeps an assertion secret', () => {
    expect(String(read('samlAssertion', 'PHNhbWw+'))).toBe('[secret]');
    expect((read('samlAssertion', 'PHNhbWw+') as Secret).reveal()).toBe('PHNhbWw+');
  });
});
