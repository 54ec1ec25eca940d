/** `gauth serve` and `gauth exec --server`: their output, the environment of a program, and what they refuse. */
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cancelled } from '../../src/errors.ts';
import type { Environment, ProgramResult } from '../../src/ports.ts';
import type { Line } from '../fakes/terminal.ts';
import { DEVELOPER, FLAGS, type Organisation, ROLE, USER, organisation } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const CHAINED = `[profile dev-env]\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`;

async function signedIn(): Promise<{ world: Organisation; home: string }> {
  const world = organisation();
  const { home } = await runScenario(world, FLAGS, { dialogue: [PASSWORD] });
  return { world, home };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

async function ask(uri: string, tokenFile: string): Promise<Answer> {
  const authorization = readFileSync(tokenFile, 'utf8');
  const response = await fetch(uri, { headers: { authorization } });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** Runs `gauth exec --server`, and calls `work` in place of the program. */
async function execWithServer(
  { world, home }: { world: Organisation; home: string },
  work: (env: Environment) => Promise<void>,
  { flags = [], env = {} }: { flags?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<ScenarioResult> {
  const execute = async (_command: readonly string[], variables: Environment): Promise<ProgramResult> => {
    await work(variables);
    return { kind: 'ended', status: 3 };
  };
  return runScenario(world, ['exec', '--server', '-p', 'sts-temp', ...flags, '--', 'tool'], {
    home,
    env,
    programs: { execute },
    dialogue: [],
  });
}

describe('gauth exec --server', () => {
  it('gives the program a server instead of credentials', async () => {
    const made = await signedIn();
    let tokenFile = '';
    const env = { AWS_ACCESS_KEY_ID: 'AKIAOLD', AWS_SECRET_ACCESS_KEY: 'old', AWS_SESSION_TOKEN: 'old' };
    const result = await execWithServer(
      made,
      async (variables) => {
        expect(
          Object.keys(variables)
            .filter((name) => /^(AWS|GAUTH)_/.test(name))
            .toSorted(),
        ).toEqual([
          'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
          'AWS_CONTAINER_CREDENTIALS_FULL_URI',
          'AWS_DEFAULT_REGION',
          'AWS_REGION',
          'GAUTH_PROFILE',
        ]);
        tokenFile = variables['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
        expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
        const uri = variables['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
        const { status, body } = await ask(uri, tokenFile);
        const [keys] = made.world.sts.keys;
        expect(status).toBe(200);
        expect(body).toMatchObject({ AccessKeyId: keys?.accessKeyId, AccountId: '111222333444' });
        expect((await ask(uri.replace('sts-temp', 'other'), tokenFile)).status).toBe(404);
      },
      { env },
    );
    expect(result).toMatchObject({ status: 3, err: '', toGoogle: 0 });
    expect(existsSync(tokenFile)).toBe(false);
  });

  it('passes the token in a variable too for old tools', async () => {
    await execWithServer(
      await signedIn(),
      async (variables) => {
        const file = variables['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
        expect(variables['AWS_CONTAINER_AUTHORIZATION_TOKEN']).toBe(readFileSync(file, 'utf8'));
        return Promise.resolve();
      },
      { flags: ['--token-variable'] },
    );
  });

  it('hides a file whose profile default has credentials, which AWS tools would prefer', async () => {
    const made = await signedIn();
    appendFileSync(join(made.home, '.aws', 'credentials'), '[default]\naws_access_key_id = AKIADEFAULT\n');
    const result = await execWithServer(made, async (variables) => {
      expect(variables['AWS_SHARED_CREDENTIALS_FILE']).toBe('/dev/null');
      expect(variables['AWS_CONFIG_FILE']).toBeUndefined();
      return Promise.resolve();
    });
    expect(result.err).toMatch(/profile default in .*credentials has credentials, which AWS tools prefer/);
  });
});

/** Runs `gauth serve` until `work` has ended. */
async function serve(
  { world, home }: { world: Organisation; home: string },
  flags: readonly string[],
  work: (output: string) => Promise<void>,
): Promise<ScenarioResult> {
  const controller = new AbortController();
  const ancestors = async (): Promise<readonly string[]> => {
    // The output follows in the same turn.
    setTimeout(() => void finish(), 50);
    return Promise.resolve(['bash']);
  };
  let output = '';
  let failure: Error | undefined;
  const finish = async (): Promise<void> => {
    try {
      await work(output);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    controller.abort(cancelled());
  };
  if (flags.includes('--json')) setTimeout(() => void finish(), 400);
  const result = await runScenario(world, ['serve', ...flags], {
    home,
    dialogue: [],
    signal: controller.signal,
    programs: { ancestors },
    onOutput: (text) => {
      output += text;
    },
  });
  if (failure !== undefined) throw failure;
  return result;
}

describe('gauth serve', () => {
  it('prints what to set, serves until Ctrl-C, and then ends with 0', async () => {
    const made = await signedIn();
    const result = await serve(made, ['-p', 'sts-temp'], async (output) => {
      const uri = /^export AWS_CONTAINER_CREDENTIALS_FULL_URI='(.*)';$/m.exec(output)?.[1] ?? '';
      const file = /^export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE='(.*)';$/m.exec(output)?.[1] ?? '';
      expect((await ask(uri, file)).body['AccessKeyId']).toBe(made.world.sts.keys[0]?.accessKeyId);
    });
    expect(result).toMatchObject({
      status: 0,
      err: 'Serving credentials of sts-temp. Press Ctrl-C to stop.\n',
    });
  });

  it('serves every profile, with chained roles, as JSON', async () => {
    const made = await signedIn();
    appendFileSync(join(made.home, '.aws', 'config'), CHAINED);
    await serve(made, ['--all-profiles', '--json'], async (output) => {
      const { tokenFile, profiles } = JSON.parse(output) as {
        tokenFile: string;
        profiles: { profile: string; uri: string }[];
      };
      const answers = await Promise.all(profiles.map(async ({ uri }) => ask(uri, tokenFile)));
      expect(profiles.map(({ profile }) => profile)).toEqual(['sts-temp', 'dev-env']);
      expect(answers.map(({ body }) => body['AccountId'])).toEqual(['111222333444', '555666777888']);
      expect(answers[0]?.body['RoleArn']).toBe(ROLE);
    });
  });

  it.each([
    ['asks at the terminal that runs it', USER.password],
    ['says what to run, on both sides, if it is not answered', 'ctrl-c'],
  ] as const)('when a renewal needs the user %s', async (_what, password) => {
    const world = organisation({ sts: { lifetime: () => 1 } });
    const { home } = await runScenario(world, [...FLAGS, '--no-cache'], { dialogue: [PASSWORD] });
    const flags = ['--no-cache', '--no-session', '--quiet'];
    const result = await runScenario(world, ['exec', '--server', '-p', 'sts-temp', ...flags, '--', 'tool'], {
      home,
      dialogue: [
        PASSWORD,
        [/^gauth: renewing the credentials of AWS profile sts-temp\nGoogle Password: $/, password],
      ],
      programs: {
        execute: async (_command, env) => {
          const uri = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
          const { status, body } = await ask(uri, env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '');
          expect([status, body['Message']]).toEqual(
            password === 'ctrl-c' ? [400, 'gauth: cancelled; run: gauth -p sts-temp'] : [200, undefined],
          );
          return { kind: 'ended', status: 0 };
        },
      },
    });
    if (password !== 'ctrl-c') expect(result.err).toBe('');
    else {
      expect(result.err).toMatch(
        /^gauth: the credentials of profile sts-temp are not renewed: cancelled\. They expire at .*\n {2}run: gauth -p sts-temp\n$/,
      );
    }
  });

  it('refuses a profile that does not exist, and an empty config file', async () => {
    const world = organisation();
    const missing = await runScenario(world, ['serve', '-p', 'typo'], { dialogue: [] });
    expect(missing.err).toContain('profile typo does not exist (BAD_PROFILE)');
    const none = await runScenario(world, ['serve', '--all-profiles'], { dialogue: [] });
    expect(none.err).toContain('the config file has no gauth profile (BAD_PROFILE)');
  });
});
