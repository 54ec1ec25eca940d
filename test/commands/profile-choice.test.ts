/** The profile of a run: named, the only one, picked from a list, or misspelt. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Environment, ProgramResult } from '../../src/ports.ts';
import type { Line } from '../fakes/terminal.ts';
import { DEVELOPER, FLAGS, type Organisation, organisation, USER } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const CHAINED = `[profile dev-env]\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`;

interface World {
  readonly world: Organisation;
  readonly home: string;
}

/** Profiles that were signed in one after the other. */
async function withProfiles(...names: readonly string[]): Promise<World> {
  const world = organisation();
  let home: string | undefined;
  for (const name of names) {
    const flags = [...FLAGS.slice(0, -1), name];
    const done = await runScenario(world, flags, {
      ...(home !== undefined && { home }),
      dialogue: home === undefined ? [PASSWORD] : [],
    });
    home = done.home;
  }
  return { world, home: home ?? '' };
}

async function env(
  made: World,
  argv: readonly string[],
  dialogue?: readonly Line[],
): Promise<ScenarioResult> {
  return runScenario(made.world, ['env', '--shell', 'json', ...argv], { home: made.home, dialogue });
}

function profileIn({ out }: ScenarioResult): unknown {
  return (JSON.parse(out) as Record<string, unknown>)['GAUTH_PROFILE'];
}

describe('without a name', () => {
  it('is the only one', async () => {
    expect(profileIn(await env(await withProfiles('prod'), []))).toBe('prod');
  });

  it('is picked from a list in a terminal, which starts with the one used last', async () => {
    const made = await withProfiles('prod', 'test');
    const result = await env(made, [], [[/^the profile: test .*\| prod /, { choose: /^prod/ }]]);
    expect(profileIn(result)).toBe('prod');
  });

  it('is an error that lists the names without a terminal', async () => {
    const result = await env(await withProfiles('prod', 'test'), []);
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toMatch(
      /^gauth: there are several profiles: prod, test \(MISSING_OPTION\)\n {2}name one/,
    );
  });

  it('is the one of the named account', async () => {
    const made = await withProfiles('prod');
    appendFileSync(
      join(made.home, '.aws', 'config'),
      '[profile other]\ngoogle_config.google_username = somebody@example.com\n',
    );
    const result = await runScenario(made.world, FLAGS.slice(0, -2), { home: made.home });
    expect(result.err).toContain('Assuming');
    expect(result.config).not.toContain('[profile sts]');
  });

  it('is sts for the first profile of an account', async () => {
    const result = await runScenario(organisation(), FLAGS.slice(0, -2), { dialogue: [PASSWORD] });
    expect(result.config).toContain('[profile sts]\n');
  });
});

describe('a name that does not exist', () => {
  it('is a question in a terminal, with the nearest names', async () => {
    const made = await withProfiles('sts-temp');
    const question = /^what to do: Use sts-temp \| Create the profile st-temp$/;
    const result = await runScenario(made.world, ['-p', 'st-temp'], {
      home: made.home,
      dialogue: [[question, { choose: /^Use/ }]],
    });
    expect(result.status, result.err).toBe(0);
    expect(result.err).toContain('Profile st-temp does not exist. Did you mean sts-temp?\n');
    expect(result.config).not.toContain('[profile st-temp]');
  });

  it('can be created', async () => {
    const made = await withProfiles('sts-temp');
    const result = await runScenario(made.world, ['-p', 'new', '-R', 'us-east-1', '-u', USER.email], {
      home: made.home,
      dialogue: [
        [/^what to do: Create the profile new$/, { choose: /^Create/ }],
        [/IDP ID/, 'C01abc2de'],
        [/SP ID/, '000111000111'],
      ],
    });
    expect(result.config).toContain('[profile new]');
  });

  it('is an error without a terminal', async () => {
    const made = await withProfiles('sts-temp');
    const result = await runScenario(made.world, ['-p', 'st-temp'], { home: made.home });
    expect(result.status).toBe(2);
    expect(result.err).toMatch(
      /^gauth: profile st-temp does not exist \(BAD_PROFILE\)\n {2}did you mean sts-temp\?\n/,
    );
  });

  it('is a new one if the account is named', async () => {
    const made = await withProfiles('sts-temp');
    const flags = [...FLAGS.slice(0, -1), 'other'];
    const result = await runScenario(made.world, flags, { home: made.home });
    expect(result.config).toContain('[profile other]');
  });

  it.each(['exec', 'env', 'console'])('is never created by %s', async (command) => {
    const made = await withProfiles('sts-temp');
    const argv = [
      command,
      '-p',
      'st-temp',
      ...(command === 'exec' ? ['true'] : command === 'env' ? ['--shell', 'bash'] : []),
    ];
    const result = await runScenario(made.world, argv, { home: made.home, dialogue: [] });
    expect(result.err).toContain('did you mean sts-temp?');
  });
});

describe('inside gauth exec or after gauth env', () => {
  it('is that of the surrounding session', async () => {
    const made = await withProfiles('prod', 'test');
    const options = { home: made.home, env: { GAUTH_PROFILE: 'test' }, dialogue: [] };
    const settings = await runScenario(made.world, ['settings', '--json'], options);
    expect(JSON.parse(settings.out)).toMatchObject({ profile: 'test' });
    expect((await runScenario(made.world, ['roles'], options)).status).toBe(0);
    const refreshed = await runScenario(made.world, [], options);
    expect(refreshed.status, refreshed.err).toBe(0);
    expect(refreshed.config).not.toContain('[profile sts]');
  });
});

describe('a profile as a word', () => {
  it('names it for gauth env', async () => {
    const made = await withProfiles('prod', 'test');
    expect(profileIn(await env(made, ['prod']))).toBe('prod');
  });

  it('names a chained one', async () => {
    const made = await withProfiles('sts-temp');
    appendFileSync(join(made.home, '.aws', 'config'), CHAINED);
    expect(profileIn(await env(made, ['dev-env']))).toBe('dev-env');
  });

  it.each<readonly [readonly string[], string, readonly string[]]>([
    [['prod', '--', 'aws', 's3', 'ls'], 'prod', ['aws', 's3', 'ls']],
    [['prod'], 'prod', ['/bin/sh']],
    [['prod', 'aws', 's3', 'ls'], 'prod', ['aws', 's3', 'ls']],
    [['-p', 'test', '--', 'prod', '--', 'x'], 'test', ['prod', '--', 'x']],
    [['-p', 'test', 'prod'], 'test', ['prod']],
    [['-p', 'test', '--', 'prod'], 'test', ['prod']],
  ])('is distinguished from a program by gauth exec: %j', async (words, profile, command) => {
    const made = await withProfiles('prod', 'test');
    const ran: [Environment, readonly string[]][] = [];
    const execute = async (line: readonly string[], variables: Environment): Promise<ProgramResult> => {
      ran.push([variables, line]);
      return Promise.resolve({ kind: 'ended', status: 0 });
    };
    await runScenario(made.world, ['exec', ...words], {
      home: made.home,
      dialogue: [],
      programs: { execute },
    });
    expect(ran.map(([variables, line]) => [variables['GAUTH_PROFILE'], line])).toEqual([[profile, command]]);
  });
});
