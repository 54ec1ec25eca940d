/** The command line: compatible with the argparse of aws-google-auth, and the errors of a mistyped one. */
import { describe, expect, it, test } from 'vitest';
import { type Arguments, readArguments } from '../../src/cli/arguments.ts';
import { GauthError } from '../../src/errors.ts';

function given(...argv: readonly string[]): Arguments['given'] {
  return readArguments(argv).given;
}

function refusal(...argv: readonly string[]): { code: string; message: string; hints: readonly string[] } {
  try {
    readArguments(argv);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    const { code, message, hints } = error;
    return { code, message, hints };
  }
  throw new Error(`"${argv.join(' ')}" was taken`);
}

it('accepts --browser-path, the former name of --browser', () => {
  expect(readArguments(['--browser-path', 'x']).given).toEqual({ browserPath: 'x' });
  expect(readArguments(['--browser-path=x']).given).toEqual({ browserPath: 'x' });
  expect(readArguments(['--browser', 'x']).given).toEqual({ browserPath: 'x' });
});

describe('what is given', () => {
  test('case 1: nothing', () => {
    expect(readArguments([])).toMatchObject({ command: 'login', given: {}, operands: [] });
  });

  test('case 2: one value changes nothing else', () => {
    expect(given('-u', 'me@example.com')).toEqual({ username: 'me@example.com' });
  });

  test('case 3: --no-cache turns only the cache off', () => {
    expect(given('--no-cache')).toEqual({ cache: true });
  });

  test('case 4: --resolve-aliases sets only that', () => {
    expect(given('--resolve-aliases')).toEqual({ resolveAliases: true });
  });

  test('cases 10 to 15: every flag of aws-google-auth, short or long', () => {
    const short = '-u a -I b -S c -R d -d 900 -p e -A f -D -q -r g -k -l debug'.split(' ');
    const long =
      '--username a --idp-id b --sp-id c --region d --duration 900 --profile e --account f --disable-u2f --quiet --role-arn g --keyring --log debug'.split(
        ' ',
      );
    expect(given(...short)).toEqual(given(...long));
    expect(given(...short)).toEqual({
      ...{ username: 'a', idpId: 'b', spId: 'c', region: 'd', duration: '900', profile: 'e', account: 'f' },
      ...{ disableU2f: true, quiet: true, roleArn: 'g', keyring: true, log: 'debug' },
    });
    expect(given('-a', '--auto-duration', '--bg-response=foo', '--print-creds')).toEqual({
      askRole: true,
      autoDuration: true,
      bgResponse: 'foo',
      printCreds: true,
    });
  });

  it('accepts combined switches, and a value directly after its letter', () => {
    expect(given('-aqk', '-d3600')).toEqual({ askRole: true, quiet: true, keyring: true, duration: '3600' });
  });

  it('case 8: accepts a value after an equals sign, also for short flags, as argparse does', () => {
    expect(given('-u=me@example.com', '-d=3600', '--region=eu-west-1')).toEqual({
      ...{ username: 'me@example.com', duration: '3600', region: 'eu-west-1' },
    });
    expect(given('-p=', '-I=-q=x')).toEqual({ profile: '', idpId: '-q=x' });
  });

  it.each([
    ['--no', { cache: true }],
    ['--ke', { keyring: true }],
    ['--b=foo', { bgResponse: 'foo' }],
  ])(
    'case 8: accepts the abbreviations of aws-google-auth, even if newer flags begin alike: %s',
    (flag, meant) => {
      expect(given(flag)).toEqual(meant);
    },
  );

  it('uses the last value of a flag that is given twice', () => {
    expect(given('-p', 'one', '-p', 'two')).toEqual({ profile: 'two' });
  });

  test('case 35: an empty profile counts as given', () => {
    expect(given('-p', '')).toEqual({ profile: '' });
    expect(given('--profile=')).toEqual({ profile: '' });
  });

  it('treats an empty value as none, so that it conflicts with nothing', () => {
    expect(given('-u', '', '--idp-id=', '-S', '', '-d', '', '--auto-duration')).toEqual({
      autoDuration: true,
    });
    expect(given('-r', '', '-a')).toEqual({ askRole: true });
    expect(readArguments(['exec', '-r', '', '--', 'x', '-r', '']).operands).toEqual(['--', 'x', '-r', '']);
  });

  it('passes on an empty value of an option whose key is only of gauth', () => {
    expect(given('--mfa-command', '', '--mfa-code', '123456')).toEqual({ mfaCommand: '', mfaCode: '123456' });
    expect(given('--chain=', '--policy=')).toEqual({ chain: '', policy: '' });
  });

  it('accepts a single dash as a value', () => {
    expect(given('--saml-assertion', '-')).toEqual({ samlAssertion: '-' });
  });

  it('finds the command by its name', () => {
    expect(readArguments(['login', '-q'])).toMatchObject({
      command: 'login',
      given: { quiet: true },
      operands: [],
    });
  });
});

describe('case 8: long flags', () => {
  it.each([
    [['--user', 'a'], { username: 'a' }],
    [['--idp', 'b'], { idpId: 'b' }],
    [['--user=a=b'], { username: 'a=b' }],
    [['--sp-id=x\ny'], { spId: 'x\ny' }],
    [['--sp=x\ny'], { spId: 'x\ny' }],
    [['--prof', '--odd'], { profile: '--odd' }],
  ])('%j', (argv, expected) => {
    expect(given(...argv)).toEqual(expected);
  });

  it('have to be written in full if they are ambiguous', () => {
    expect(refusal('--save', 'x')).toEqual({
      code: 'BAD_OPTION',
      message: '--save is ambiguous',
      hints: ['did you mean --save-failure-html or --save-saml-flow?'],
    });
  });

  it.each([
    ['--version', 'version'],
    ['-V', 'version'],
    ['--vers', 'version'],
    ['--help', 'help'],
    ['-h', 'short-help'],
  ])('%s', (flag, about) => {
    expect(readArguments([flag])).toMatchObject({ command: 'login', given: {}, operands: [], about });
    expect(readArguments(['-q', flag])).toMatchObject({ command: 'login', given: {}, operands: [], about });
  });
});

it.each([
  [['help'], 'login', 'help'],
  [['help', 'exec'], 'exec', 'help'],
  [['version'], 'login', 'version'],
])('the flags of other tools are suggested: %j', (argv, command, about) => {
  expect(readArguments(argv)).toMatchObject({ command, about });
});

describe('what is refused', () => {
  test('case 5: -a with -r', () => {
    expect(refusal('-a', '-r', 'x')).toMatchObject({
      code: 'BAD_OPTION',
      message: '-r/--role-arn and -a/--ask-role cannot be combined',
    });
    expect(refusal('-r', 'x', '-a').code).toBe('BAD_OPTION');
  });

  test('case 7: -d with --auto-duration', () => {
    expect(refusal('-d', '900', '--auto-duration')).toMatchObject({ code: 'BAD_OPTION' });
  });

  it.each([
    ['statsu', "unknown command 'statsu'", 'did you mean gauth status?'],
    ['config', "unknown command 'config'", 'did you mean gauth configure?'],
    ['hunter2', 'unexpected argument', 'lists the commands'],
  ])('a word that is no command, with the nearest command: %s', (word, message, hint) => {
    const { hints, ...error } = refusal(word);
    expect(error).toEqual({ code: 'BAD_OPTION', message });
    expect(hints.join()).toContain(hint);
  });

  it('a value for a switch, without naming the value', () => {
    const { message, hints } = refusal('--keyring=hunter2');
    expect([message, ...hints]).toEqual(['--keyring takes no value', 'use it without a value: --keyring']);
    expect(refusal('--no-cache=hunter2').message).toBe('--no-cache takes no value');
  });

  it('an option of another command that resembles none of this one', () => {
    expect(refusal('status', '--region', 'x')).toMatchObject({
      message: "unknown option '--region'",
      hints: ["'gauth status --help' lists the options"],
    });
  });

  it.each([
    [
      ['-p', '-q'],
      '--profile needs a value, but is followed by the option -q',
      'for a value that begins with a dash: --profile=NAME',
    ],
    [
      ['-I', '-S', '-u', 'me'],
      '--idp-id needs a value, but is followed by the option -S',
      'for a value that begins with a dash: --idp-id=ID',
    ],
    [
      ['--prof', '--region=eu-west-1'],
      '--profile needs a value, but is followed by the option --region',
      'for a value that begins with a dash: --profile=',
    ],
  ])('a flag in place of a value: %j', (argv, message, hint) => {
    const { hints, ...error } = refusal(...argv);
    expect(error).toEqual({ code: 'BAD_OPTION', message });
    expect(hints.join()).toContain(hint);
  });

  it('an unknown option, with the nearest one', () => {
    expect(refusal('--usrname', 'x')).toEqual({
      code: 'BAD_OPTION',
      message: "unknown option '--usrname'",
      hints: ['did you mean --username?', "'gauth --help' lists the options"],
    });
    expect(refusal('--usrname=x').hints).toContain('did you mean --username?');
    expect(refusal('login', '-x').hints).toEqual(["'gauth login --help' lists the options"]);
  });

  it('an option without its value', () => {
    expect(refusal('-u').message).toBe('-u/--username needs a value: --username EMAIL');
  });

  it('a word that is no option', () => {
    expect(refusal('sts')).toMatchObject({
      code: 'BAD_OPTION',
      message: "unexpected argument 'sts'",
    });
    expect(refusal('-q', 'login').code).toBe('BAD_OPTION');
    expect(refusal('--', '--quiet').code).toBe('BAD_OPTION');
  });

  it('a switch with a value', () => {
    expect(refusal('--quiet=no').code).toBe('BAD_OPTION');
  });

  it('without showing a word that could be a secret', () => {
    const assertion = `PHNhbWxwOlJlc3BvbnNl${'A'.repeat(100)}`;
    expect(JSON.stringify(refusal(`--saml-asertion=${assertion}`))).not.toContain('PHNhbWxwOlJlc3BvbnNl');
    expect(JSON.stringify(refusal('--quiet', assertion))).not.toContain('PHNhbWxwOlJlc3BvbnNl');
    expect(JSON.stringify(refusal('login', assertion))).not.toContain('PHNhbWxwOlJlc3BvbnNl');
  });
});

describe('operands', () => {
  it('are accepted by a command that has some', () => {
    expect(readArguments(['replay', 'a', 'b'])).toEqual({
      command: 'replay',
      named: true,
      given: {},
      operands: ['a', 'b'],
    });
    expect(readArguments(['replay', '--', '--odd'])).toMatchObject({ operands: ['--odd'] });
  });

  it('that are missing are named, unless help is requested', () => {
    expect(refusal('replay')).toEqual({
      code: 'MISSING_OPTION',
      message: 'gauth replay needs <path...>',
      hints: ["see 'gauth replay --help'"],
    });
    expect(readArguments(['replay', '-h'])).toMatchObject({ command: 'replay', about: 'short-help' });
  });

  it.each([
    'login',
    'env',
    'console',
    'roles',
    'status',
    'logout',
    'serve',
    'settings',
    'credential-process',
  ])('can name the profile: %s', (command) => {
    expect(readArguments([command, 'prod', '--log', 'info'])).toMatchObject({
      given: { profile: 'prod', log: 'info' },
      operands: [],
    });
    expect(refusal(command, 'prod', '-p', 'other').message).toContain('named twice');
    expect(refusal(command, 'prod', 'other').code).toBe('BAD_OPTION');
  });

  it('are refused everywhere else', () => {
    expect(refusal('doctor', 'word')).toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('a flag that may be repeated', () => {
  it.each([
    [['--chain', 'a'], 'a'],
    [['--chain', 'a', '--chain=b', '-q', '--chain', 'c'], 'a b c'],
  ])('%j is joined with spaces', (argv, text) => {
    expect(given(...argv)).toMatchObject({ chain: text });
  });

  it('has its last value if it may not be repeated', () => {
    expect(given('-u', 'a', '-u', 'b')).toEqual({ username: 'b' });
  });
});

describe('a switch that the profile remembers', () => {
  it.each([
    ['--no-keyring', 'keyring'],
    ['--no-ask-role', 'askRole'],
    ['--no-disable-u2f', 'disableU2f'],
    ['--no-key', 'keyring'],
  ])('is turned off by %s', (flag, name) => {
    expect(readArguments([flag, '-p', 'x'])).toMatchObject({ given: { [name]: 'false', profile: 'x' } });
  });

  it('takes no value, and no other switch has such a flag', () => {
    expect(refusal('--no-keyring=x').code).toBe('BAD_OPTION');
    expect(refusal('--no-quiet').code).toBe('BAD_OPTION');
  });
});
