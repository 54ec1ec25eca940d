/** `gauth exec`: the environment of the program, its exit status, and what is refused. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cancelled } from '../../src/errors.ts';
import type { ProgramResult, Environment } from '../../src/ports.ts';
import { type FakeClock, fakeClock } from '../fakes/system.ts';
import type { FakeWorld } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { FLAGS, type Organisation, PROVIDER, ROLE, USER, organisation } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];

interface Executed {
  readonly command: readonly string[];
  readonly env: Environment;
}

/** A shell that runs whatever it is given, and remembers it. */
function shell(ended: ProgramResult = { kind: 'ended', status: 0 }): {
  readonly ran: Executed[];
  readonly programs: NonNullable<FakeWorld['programs']>;
} {
  const ran: Executed[] = [];
  const execute = async (command: readonly string[], env: Environment): Promise<ProgramResult> => {
    ran.push({ command, env });
    return Promise.resolve(ended);
  };
  return { ran, programs: { execute } };
}

/** A signal that comes when the test says so. */
function result(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort(cancelled());
    },
  };
}

async function signedIn(): Promise<{ world: Organisation; home: string; credentials: string }> {
  const world = organisation();
  const { home, credentials } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
  return { world, home, credentials };
}

describe('the program', () => {
  it('gets its arguments unchanged, and the session in its environment', async () => {
    const { world, home } = await signedIn();
    const { ran, programs } = shell();
    const words = ['aws', 's3', 'ls', '-p', "it's $HOME; *", '', '--', '--help'];
    const result = await runScenario(world, ['exec', '-p', 'sts-temp', '--', ...words], {
      home,
      programs,
      dialogue: [],
    });
    expect(result).toMatchObject({ status: 0, out: '', err: '', toGoogle: 0 });
    expect(ran.map(({ command }) => command)).toEqual([words]);
    const [keys] = world.sts.keys;
    expect(ran[0]?.env).toMatchObject({
      HOME: home,
      AWS_ACCESS_KEY_ID: keys?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys?.secretAccessKey,
      AWS_SESSION_TOKEN: keys?.sessionToken,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      GAUTH_PROFILE: 'sts-temp',
    });
  });

  it('gets the expiration in the variables of the SDKs and of aws-google-auth', async () => {
    const { world, home, credentials } = await signedIn();
    const { ran, programs } = shell();
    await runScenario(world, ['exec', '-p', 'sts-temp', 'true'], { home, programs });
    const end = /aws_session_expiration = (\S+)\+0000/.exec(credentials);
    expect(ran[0]?.env).toMatchObject({
      AWS_CREDENTIAL_EXPIRATION: `${String(end?.[1])}Z`,
      AWS_SESSION_EXPIRATION: `${String(end?.[1])}+0000`,
    });
  });

  it('needs no -- before it', async () => {
    const { world, home } = await signedIn();
    const { ran, programs } = shell();
    await runScenario(world, ['exec', '-p', 'sts-temp', 'aws', '--profile', 'x', '-p'], { home, programs });
    expect(ran[0]?.command).toEqual(['aws', '--profile', 'x', '-p']);
  });

  it('gets no variables that lead to other credentials', async () => {
    const { world, home } = await signedIn();
    const { ran, programs } = shell();
    const stale = {
      AWS_PROFILE: 'sts-temp',
      AWS_DEFAULT_PROFILE: 'other',
      AWS_SECURITY_TOKEN: 'old',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
      AWS_BEARER_TOKEN_BEDROCK: 'other',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.2/',
    };
    const replaced = { AWS_ACCESS_KEY_ID: 'OLD', AWS_ACCOUNT_ID: '999999999999' };
    const env = { ...stale, ...replaced, AWS_CONFIG_FILE: `${home}/.aws/config`, LANG: 'C' };
    await runScenario(world, ['exec', 'true'], { home, programs, env });
    for (const name of Object.keys(stale)) expect(ran[0]?.env).not.toHaveProperty([name]);
    expect(ran[0]?.env).toMatchObject({
      AWS_ACCESS_KEY_ID: world.sts.keys[0]?.accessKeyId,
      AWS_ACCOUNT_ID: '111222333444',
      AWS_CONFIG_FILE: `${home}/.aws/config`,
      LANG: 'C',
    });
  });

  it('has standard input for itself: the prompt for the password is on the terminal', async () => {
    const { world, home } = await signedIn();
    world.google.endSessions();
    const { ran, programs } = shell();
    const argv = ['exec', '-p', 'sts-temp', '--no-cache', 'wc'];
    const clock = fakeClock(new Date(Date.now() + 13 * 3600_000));
    const result = await runScenario(world, argv, {
      home,
      programs,
      stdin: 'data\n',
      dialogue: [PASSWORD],
      clock,
    });
    expect(result).toMatchObject({ status: 0, out: '', err: `Assuming ${ROLE}\n` });
    expect(ran).toHaveLength(1);
  });

  it('can get a session without a profile, named after the role', async () => {
    const { ran, programs } = shell();
    const flags = FLAGS.map((word) => (word === 'sts-temp' ? '' : word));
    const result = await runScenario(organisation(), ['exec', ...flags, 'true'], {
      programs,
      dialogue: [PASSWORD],
    });
    expect(result).toMatchObject({ status: 0, config: '', credentials: '' });
    expect(ran[0]?.env).toMatchObject({ GAUTH_PROFILE: ROLE, AWS_REGION: 'us-east-1' });
  });

  it('is not run when the sign-in fails', async () => {
    const { world, home } = await signedIn();
    world.google.endSessions();
    const { ran, programs } = shell();
    const argv = ['exec', '-p', 'sts-temp', '--no-cache', 'true'];
    const clock = fakeClock(new Date(Date.now() + 13 * 3600_000));
    const result = await runScenario(world, argv, {
      home,
      programs,
      dialogue: [[/Password/, 'ctrl-c']],
      clock,
    });
    expect(result).toMatchObject({ status: 130, out: '', err: 'gauth: cancelled\n' });
    expect(ran).toEqual([]);
  });
});

describe('a cached session that has ten minutes left', () => {
  const ENV = ['env', '-p', 'sts-temp', '--shell', 'bash', '--no-cache'];
  const EXEC = ['exec', '-p', 'sts-temp', '--no-cache', 'true'];
  const TEN_LEFT = (12 * 60 - 10) * 60_000;

  async function late(): Promise<{ world: Organisation; home: string; clock: FakeClock }> {
    const { world, home } = await signedIn();
    world.google.endSessions();
    return { world, home, clock: fakeClock(new Date(Date.now() + TEN_LEFT)) };
  }

  it.each([EXEC, ENV])('is not passed on after a cancellation: %s', async (...argv) => {
    const { world, home, clock } = await late();
    const { ran, programs } = shell();
    const result = await runScenario(world, argv, {
      home,
      programs,
      clock,
      dialogue: [[/Password/, 'ctrl-c']],
    });
    expect(result).toMatchObject({ status: 130, out: '', err: 'gauth: cancelled\n' });
    expect(ran).toEqual([]);
  });

  it('is not passed on after a signal during a wait', async () => {
    const { world, home, clock } = await late();
    const { ran, programs } = shell();
    const { signal, abort } = result();
    const http = async (): Promise<never> => {
      abort();
      return Promise.reject(cancelled());
    };
    const silent = { ...world, http: Object.assign(http, { requests: world.http.requests }) };
    const ended = await runScenario(silent, EXEC, { home, programs, clock, signal });
    expect(ended).toMatchObject({ status: 130, out: '' });
    expect(ran).toEqual([]);
  });

  it('is passed on if it cannot be renewed for another reason', async () => {
    const { world, home, clock } = await late();
    const { ran, programs } = shell();
    expect(await runScenario(world, EXEC, { home, programs, clock })).toMatchObject({ status: 0 });
    expect(ran).toHaveLength(1);
  });
});

it.each([
  ['exec', '-p', 'sts-temp', 'true'],
  ['env', '-p', 'sts-temp', '--shell', 'bash'],
])('a signal before a valid session is passed on is obeyed: %s', async (...argv) => {
  const { world, home } = await signedIn();
  const { ran, programs } = shell();
  const { signal, abort } = result();
  abort();
  expect(await runScenario(world, argv, { home, programs, signal })).toMatchObject({ status: 130, out: '' });
  expect(ran).toEqual([]);
});

it('a role that was picked is not used in place of a named one', async () => {
  const other = 'arn:aws:iam::111222333444:role/other';
  const roles = [ROLE, other];
  const world = organisation({
    user: { roles: roles.map((arn) => `${arn},${PROVIDER}`) },
    sts: { roles: roles.map((arn) => ({ arn, maxDuration: 43_200 })) },
  });
  const { home } = await runScenario(world, [...FLAGS, '-r', ROLE], { dialogue: [PASSWORD] });
  const config = join(home, '.aws/config');
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace(/(google_config.ask_role = )False/, '$1True'));
  rmSync(join(home, '.aws/gauth/sessions'), { recursive: true });
  const pick: Line = [/the role to assume/, { choose: /role\/other/ }];
  await runScenario(world, ['-p', 'sts-temp'], { home, dialogue: [pick] });

  const { ran, programs } = shell();
  await runScenario(world, ['exec', '-p', 'sts-temp', '-r', ROLE, 'true'], { home, programs });
  expect(world.sts.requests.at(-1)?.fields['RoleArn']).toBe(ROLE);
  expect(ran[0]?.env['AWS_ACCESS_KEY_ID']).toBe(world.sts.keys.at(-1)?.accessKeyId);
});

it('a given assertion takes precedence over the cached session, and is not left to the program', async () => {
  const { world, home } = await signedIn();
  const { ran, programs } = shell();
  const stdin = world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
  const argv = ['exec', '-p', 'sts-temp', '--saml-assertion', '-', 'true'];
  expect(await runScenario(world, argv, { home, programs, stdin })).toMatchObject({ status: 0, toGoogle: 0 });
  expect(world.sts.keys).toHaveLength(2);
  expect(ran[0]?.env['AWS_ACCESS_KEY_ID']).toBe(world.sts.keys[1]?.accessKeyId);
});

describe('a failure a moment ago', () => {
  const AGAIN = ['exec', '-p', 'sts-temp', '--no-cache', 'true'];

  async function failed(): Promise<{ world: Organisation; home: string; clock: FakeClock }> {
    const { world, home } = await signedIn();
    world.google.endSessions();
    rmSync(join(home, '.aws/gauth/sessions'), { recursive: true });
    const clock = fakeClock();
    const result = await runScenario(world, AGAIN, { home, clock, dialogue: [[/Password/, 'ctrl-c']] });
    expect(result.status).toBe(130);
    clock.advance(1_000);
    return { world, home, clock };
  }

  it('does not affect a user who tries again on the terminal', async () => {
    const { world, home, clock } = await failed();
    const { ran, programs } = shell();
    expect(await runScenario(world, AGAIN, { home, clock, programs, dialogue: [PASSWORD] })).toMatchObject({
      status: 0,
    });
    expect(ran).toHaveLength(1);
  });

  it('is reported to a script without a terminal', async () => {
    const { world, home, clock } = await failed();
    expect(await runScenario(world, AGAIN, { home, clock, ...shell() })).toMatchObject({
      status: 130,
      toGoogle: 0,
    });
  });
});

describe('the exit status', () => {
  const outcome = async (ended: ProgramResult): Promise<ScenarioResult> => {
    const { world, home } = await signedIn();
    return runScenario(world, ['exec', '-p', 'sts-temp', '--', 'tool'], { home, ...shell(ended) });
  };

  it.each([0, 1, 42, 130, 143, 255])("is the program's: %i", async (status) => {
    expect(await outcome({ kind: 'ended', status })).toMatchObject({ status, out: '', err: '' });
  });

  it('is 127 for a command that is not found', async () => {
    const result = await outcome({ kind: 'not-found' });
    expect(result).toMatchObject({ status: 127, out: '', err: 'gauth: tool: command not found\n' });
  });

  it('is 126 for one that cannot be run, with the reason', async () => {
    const result = await outcome({ kind: 'not-runnable', reason: 'it is not executable' });
    expect(result).toMatchObject({ status: 126, err: 'gauth: tool cannot be run: it is not executable\n' });
  });
});

describe('without a command', () => {
  it.each([
    [{ SHELL: '/usr/bin/fish' }, '/usr/bin/fish'],
    [{}, '/bin/sh'],
  ])("starts the user's shell in a terminal: %j", async (env, program) => {
    const { world, home } = await signedIn();
    const { ran, programs } = shell();
    for (const argv of [
      ['exec', '-p', 'sts-temp'],
      ['exec', '-p', 'sts-temp', '--'],
    ])
      await runScenario(world, argv, { home, programs, env, dialogue: [] });
    expect(ran.map(({ command }) => command)).toEqual([[program], [program]]);
    expect(ran[0]?.env['GAUTH_PROFILE']).toBe('sts-temp');
  });
});

describe('what is refused', () => {
  it('a session within a session, with what to do', async () => {
    const { world, home } = await signedIn();
    const { ran, programs } = shell();
    const env = { GAUTH_PROFILE: 'outer' };
    const result = await runScenario(world, ['exec', '-p', 'sts-temp', 'true'], { home, programs, env });
    expect(result.status).toBe(2);
    expect(result.err).toBe(
      [
        'gauth: the environment already holds credentials of profile outer (NESTED)',
        "  inside 'gauth exec', leave that shell first: exit",
        "  after 'gauth use', take its credentials out: gauth use --off",
        `  after 'gauth env', unset its variables: eval "$(gauth env --unset)"`,
        '',
      ].join('\n'),
    );
    expect(ran).toEqual([]);
  });

  it('a missing command without a terminal', async () => {
    const result = await runScenario(organisation(), ['exec', '-p', 'sts-temp']);
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toMatch(/^gauth: the command to run is missing, and .* \(MISSING_OPTION\)\n/);
  });

  it('a profile that is not of gauth, without a question', async () => {
    const result = await runScenario(organisation(), ['exec', '-p', 'typo', 'true'], { dialogue: [] });
    expect(result).toMatchObject({ status: 2, out: '', toGoogle: 0, asked: [] });
    expect(result.err).toContain('profile typo');
  });
});
