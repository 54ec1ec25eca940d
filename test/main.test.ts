/** The program from argv to exit status, without a sign-in: version, help and errors. */
import { describe, expect, it } from 'vitest';
import { version } from '../package.json';
import { helpTexts } from '../src/cli/help.ts';
import { main } from '../src/main.ts';
import { GauthError } from '../src/errors.ts';
import type { Http } from '../src/ports.ts';
import { fakeSystem } from './fakes/system.ts';
import { FLAGS, USER } from './support/organisation.ts';

const NO_NETWORK: Http = () => Promise.reject(new Error('nothing is asked of the network here'));

async function run(
  argv: readonly string[],
  http = NO_NETWORK,
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number; out: string; err: string }> {
  const system = fakeSystem({ http, env, stdin: `${USER.password}\n` });
  const status = await main(argv, system);
  return { status, out: system.out(), err: system.err() };
}

describe('version and help', () => {
  it.each([['--version'], ['-V'], ['--vers'], ['-q', '--version'], ['login', '-V']])(
    '%s %s',
    async (...argv) => {
      expect(await run(argv)).toEqual({ status: 0, out: `${version}\n`, err: '' });
    },
  );

  it.each([
    ['gauth', 'long', ['--help']],
    ['gauth', 'short', ['-q', '-h']],
    ['login', 'long', ['login', '--help']],
    ['login', 'short', ['login', '-h']],
    ['logout', 'long', ['logout', '-q', '--help']],
  ] as const)('the help of %s, %s, for %j', async (name, form, argv) => {
    expect(await run(argv)).toEqual({ status: 0, out: helpTexts()[name]?.[form], err: '' });
  });

  it('is printed even if an error follows it on the command line', async () => {
    expect((await run(['--help', '-d', 'abce'])).status).toBe(0);
  });
});

describe('an error', () => {
  const inner = new Error('read ECONNRESET');
  const failing =
    (error: Error): Http =>
    () =>
      Promise.reject(error);
  const network = new GauthError('NETWORK', 'the connection broke', {
    hints: ['try again'],
    cause: new Error('outer', { cause: inner }),
  });

  it('is one line with its code, and a line for each hint', async () => {
    expect(await run([...FLAGS, '--no-session'], failing(network))).toEqual({
      status: 5,
      out: '',
      err: 'gauth: the connection broke (NETWORK)\n  try again\n',
    });
  });

  it.each([[['--log', 'debug']], [['--log=debug']], [['-l', 'debug']], [['-ldebug']]])(
    'lists its causes, without a stack, for %j',
    async (flags) => {
      const { err } = await run([...FLAGS, '--no-session', ...flags], failing(network));
      expect(err).toContain('  caused by: Error: outer\n  caused by: Error: read ECONNRESET\n');
      expect(err).not.toMatch(/^\s+at /m);
    },
  );

  it.each([['info'], ['warn']])('does not for --log %s', async (level) => {
    const { err } = await run([...FLAGS, '--no-session', '--log', level], failing(network));
    expect(err).not.toContain('caused by');
  });

  it('quotes no control characters', async () => {
    const error = new GauthError('UNKNOWN_USER', 'Google does not know a\u001b]0;title\u0007b', {
      hints: ['run: gauth -p \u009b31m  x'],
    });
    const { err } = await run([...FLAGS, '--no-session'], failing(error));
    expect(err).toBe('gauth: Google does not know a ]0;title b (UNKNOWN_USER)\n  run: gauth -p  31m  x\n');
  });

  it.each<readonly [readonly string[], Readonly<Record<string, string>>]>([
    [['--error-format', 'json'], {}],
    [['--error-format=JSON'], {}],
    [[], { GAUTH_ERROR_FORMAT: 'json' }],
  ])('is one JSON object on one line with %j and %j', async (flags, env) => {
    const { status, err } = await run([...FLAGS, '--no-session', ...flags], failing(network), env);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(err)).toEqual({
      code: 'NETWORK',
      message: 'the connection broke',
      hints: ['try again'],
      exitStatus: status,
      profile: 'sts-temp',
    });
  });

  it('as JSON escapes control characters and keeps the text exact', async () => {
    const error = new GauthError('NETWORK', 'a\u009b31m\u202eb');
    const { err } = await run([...FLAGS, '--no-session', '--error-format', 'json'], failing(error));
    expect(err).toContain('a\\u009b31m\\u202eb');
    expect(JSON.parse(err)).toMatchObject({ message: 'a\u009b31m\u202eb' });
  });

  it('is JSON even if the command line is invalid', async () => {
    const { err } = await run(['--usrname', 'x', '--error-format', 'json']);
    expect(JSON.parse(err)).toMatchObject({ code: 'BAD_OPTION', exitStatus: 2, profile: null });
  });

  it('in the command line says what would be correct', async () => {
    expect(await run(['--usrname', 'x'])).toEqual({
      status: 2,
      out: '',
      err: "gauth: unknown option '--usrname' (BAD_OPTION)\n  did you mean --username?\n  'gauth --help' lists the options\n",
    });
  });
});
