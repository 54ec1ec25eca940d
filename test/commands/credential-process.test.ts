/** `gauth credential-process`: from the session cache, with the saved SAML response or Google session, with prompts, or with an error. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeClock, temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { FLAGS, type Organisation, ROLE, USER, organisation } from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const PROFILE = 'sts-temp';
const ASK = ['credential-process', '-p', PROFILE];
const PASSWORD: Line = [/Google Password: $/, USER.password];

/** The home folder of a user who has signed in with these flags. */
async function signedIn(world: Organisation, flags: readonly string[] = []): Promise<string> {
  const home = temporaryHome();
  const result = await runScenario(world, [...FLAGS, ...flags], { home, dialogue: [PASSWORD] });
  expect(result.status).toBe(0);
  return home;
}

function assumed(world: Organisation): number {
  return world.sts.requests.filter(({ action }) => action === 'AssumeRoleWithSAML').length;
}

function forgetSessions(home: string): void {
  rmSync(join(home, '.aws/gauth/sessions'), { recursive: true });
}

function forgetResponse(home: string): void {
  rmSync(join(home, '.aws/saml_cache_C01abc2de.xml'));
}

/** The keys that were handed out. */
function keyIn({ out }: ScenarioResult): string {
  const { AccessKeyId } = JSON.parse(out) as { AccessKeyId: string };
  return AccessKeyId;
}

describe('after a sign-in', () => {
  it("prints its session as AWS's JSON and nothing else, without a question", async () => {
    const world = organisation();
    const home = await signedIn(world);
    const result = await runScenario(world, ASK, { home });
    const [issued] = world.sts.keys;
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(JSON.parse(result.out)).toEqual({
      Version: 1,
      AccessKeyId: issued?.accessKeyId,
      SecretAccessKey: issued?.secretAccessKey,
      SessionToken: issued?.sessionToken,
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      AccountId: '111222333444',
    });
    expect(assumed(world)).toBe(1);
  });

  it('gets a new session by the cached SAML response, without a question', async () => {
    const world = organisation();
    const home = await signedIn(world);
    forgetSessions(home);
    const result = await runScenario(world, ASK, { home });
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(assumed(world)).toBe(2);
    expect(keyIn(await runScenario(world, ASK, { home }))).toBe(keyIn(result));
  });

  it('renews by the saved Google session, without a question', async () => {
    const world = organisation();
    const keychain = new Map<string, string>();
    const home = temporaryHome();
    await runScenario(world, FLAGS, { home, keychain, dialogue: [PASSWORD] });
    forgetSessions(home);
    forgetResponse(home);
    const result = await runScenario(world, ASK, { home, keychain });
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 1 });
  });

  it('writes no static keys for a profile that has a credential_process', async () => {
    const world = organisation();
    const home = await signedIn(world);
    const config = join(home, '.aws/config');
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}credential_process = gauth credential-process -p ${PROFILE}\n`,
    );
    rmSync(join(home, '.aws/credentials'));
    const result = await runScenario(world, ['-p', PROFILE], { home });
    expect(result.status).toBe(0);
    expect(result.credentials).toBe('');
    const key = keyIn(await runScenario(world, ASK, { home }));
    expect(key).toBe(world.sts.keys.at(-1)?.accessKeyId);
  });
});

describe('a cached session', () => {
  it('is renewed when no more than 15 minutes are left', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = temporaryHome();
    await runScenario(world, [...FLAGS, '-d', '3600'], { home, clock, dialogue: [PASSWORD] });
    clock.advance(44 * 60_000);
    const first = keyIn(await runScenario(world, ASK, { home, clock }));
    clock.advance(2 * 60_000);
    const second = keyIn(await runScenario(world, ASK, { home, clock, dialogue: [PASSWORD] }));
    expect(second).not.toBe(first);
  });

  it('is renewed earlier with --min-ttl', async () => {
    const world = organisation();
    const home = await signedIn(world, ['-d', '3600']);
    expect(keyIn(await runScenario(world, [...ASK, '--min-ttl', '1200'], { home }))).toBe(
      world.sts.keys[0]?.accessKeyId,
    );
    // More than half of an hour is never asked of a session of an hour.
    const clock = fakeClock(new Date(Date.now() + 31 * 60_000));
    const result = await runScenario(world, [...ASK, '--min-ttl', '43200'], {
      home,
      clock,
      dialogue: [PASSWORD],
    });
    expect(keyIn(result)).toBe(world.sts.keys[1]?.accessKeyId);
  });

  it('of 15 minutes is used for half of its time', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = temporaryHome();
    await runScenario(world, [...FLAGS, '-d', '900'], { home, clock, dialogue: [PASSWORD] });
    clock.advance(440_000);
    expect(keyIn(await runScenario(world, ASK, { home, clock }))).toBe(world.sts.keys[0]?.accessKeyId);
    clock.advance(20_000);
    await runScenario(world, ASK, { home, clock, dialogue: [PASSWORD] });
    expect(assumed(world)).toBe(2);
  });

  it('is printed until it expires if it cannot be renewed', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = temporaryHome();
    await runScenario(world, [...FLAGS, '-d', '3600'], { home, clock, dialogue: [PASSWORD] });
    clock.advance(50 * 60_000);
    const cancelled = await runScenario(world, ASK, {
      home,
      clock,
      dialogue: [[/Google Password/, 'ctrl-c']],
    });
    expect(cancelled).toMatchObject({ status: 130, out: '' });
    clock.advance(11_000);
    const result = await runScenario(world, ASK, { home, clock });
    expect(result.status).toBe(0);
    expect(keyIn(result)).toBe(world.sts.keys[0]?.accessKeyId);
    expect(result.err).toMatch(/^gauth: .+; using cached credentials of profile sts-temp, which expire at /);
    clock.advance(11_000);
    const hanging = { home, clock, dialogue: [[/Google Password/, 'hang']] satisfies Line[] };
    const late = await runScenario(world, [...ASK, '--timeout', '1'], hanging);
    expect(late.status).toBe(0);
    expect(keyIn(late)).toBe(world.sts.keys[0]?.accessKeyId);
    clock.advance(9.5 * 60_000);
    expect(await runScenario(world, ASK, { home, clock })).toMatchObject({ status: 5, out: '' });
  });

  it('of another role is not used', async () => {
    const other = 'arn:aws:iam::111222333444:role/other';
    const world = organisation({
      user: {
        roles: [ROLE, other].map((arn) => `${arn},arn:aws:iam::111222333444:saml-provider/GoogleApps`),
      },
      sts: {
        roles: [
          { arn: ROLE, maxDuration: 43_200 },
          { arn: other, maxDuration: 43_200 },
        ],
      },
    });
    const home = await signedIn(world, ['-r', ROLE]);
    const byVariable = await runScenario(world, ASK, { home, env: { AWS_ROLE_ARN: other } });
    expect(world.sts.requests.at(-1)?.fields['RoleArn']).toBe(other);
    // Both are kept from now on, each for its own wish.
    expect(keyIn(await runScenario(world, ASK, { home }))).toBe(world.sts.keys[0]?.accessKeyId);
    expect(keyIn(await runScenario(world, [...ASK, '-r', other], { home }))).toBe(keyIn(byVariable));
    expect(assumed(world)).toBe(2);
  });

  it('that was limited by a policy file is renewed if the file has changed', async () => {
    const world = organisation();
    const home = await signedIn(world);
    const policy = join(home, 'policy.json');
    const ask = [...ASK, '--policy', 'policy.json'];
    const write = (action: string): void => {
      const Statement = [{ Effect: 'Allow', Action: action, Resource: '*' }];
      writeFileSync(policy, JSON.stringify({ Version: '2012-10-17', Statement }));
    };
    write('s3:Get*');
    const first = keyIn(await runScenario(world, ask, { home }));
    expect(keyIn(await runScenario(world, ask, { home }))).toBe(first);
    write('s3:List*');
    expect(keyIn(await runScenario(world, ask, { home }))).not.toBe(first);
    expect(world.sts.requests.at(-1)?.fields['Policy']).toContain('s3:List*');
    expect(assumed(world)).toBe(3);
  });

  it('that is damaged is renewed', async () => {
    const world = organisation();
    const home = await signedIn(world);
    const [file = ''] = readdirSync(join(home, '.aws/gauth/sessions'));
    writeFileSync(join(home, '.aws/gauth/sessions', file), '{"version":1,');
    expect(await runScenario(world, ASK, { home })).toMatchObject({ status: 0, err: '' });
    expect(assumed(world)).toBe(2);
  });
});

describe('when the user has to sign in', () => {
  it('prompts on the terminal, says for which profile, and reads no password from standard input', async () => {
    const world = organisation();
    const home = await signedIn(world);
    forgetSessions(home);
    forgetResponse(home);
    const result = await runScenario(world, ASK, { home, dialogue: [PASSWORD], stdin: "the caller's\n" });
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.asked).toEqual([
      `gauth: signing in as ${USER.email} for AWS profile ${PROFILE}\nGoogle Password: `,
    ]);
  });

  it('also shows messages of Google on the terminal', async () => {
    const world = organisation();
    const home = await signedIn(world);
    forgetSessions(home);
    forgetResponse(home);
    const dialogue: Line[] = [[/Google Password: $/, 'wrong'], PASSWORD];
    const result = await runScenario(world, ASK, { home, dialogue });
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.asked[1]).toMatch(/^Google: .+\nGoogle Password: $/);
  });

  it('fails without a terminal, with one line that says what to run', async () => {
    const world = organisation();
    const home = await signedIn(world);
    forgetSessions(home);
    forgetResponse(home);
    const result = await runScenario(world, ASK, { home, stdin: USER.password });
    expect(result).toMatchObject({ status: 5, out: '' });
    expect(result.err).toMatch(/^gauth: [^\n]+; to sign in, run: gauth -p sts-temp \(NOT_INTERACTIVE\)\n$/);
  });

  it('ends at its time limit', async () => {
    const world = organisation();
    const home = await signedIn(world);
    forgetSessions(home);
    forgetResponse(home);
    const dialogue: Line[] = [[/Google Password/, 'hang']];
    const result = await runScenario(world, [...ASK, '--timeout', '1'], { home, dialogue });
    expect(result).toMatchObject({ status: 5, out: '' });
    expect(result.err).toBe(
      'gauth: not finished within 1 second; to sign in, run: gauth -p sts-temp (TIMEOUT)\n',
    );
  });
});

describe('a failure', () => {
  async function failed(world: Organisation, clock = fakeClock()): Promise<string> {
    const home = temporaryHome();
    await runScenario(world, FLAGS, { home, clock, dialogue: [PASSWORD] });
    forgetSessions(home);
    forgetResponse(home);
    const result = await runScenario(world, ASK, { home, clock, dialogue: [[/Google Password/, 'ctrl-c']] });
    expect(result).toMatchObject({ status: 130, out: '' });
    return home;
  }

  it('is reported to processes that start a moment later, without another prompt', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = await failed(world, clock);
    clock.advance(5_000);
    const result = await runScenario(world, ASK, { home, clock, dialogue: [] });
    expect(result).toMatchObject({ status: 130, out: '', asked: [], toGoogle: 0 });
    expect(result.err).toMatch(/^gauth: cancelled; to sign in, run: gauth -p sts-temp\n$/);
  });

  it('is not shared after some seconds', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = await failed(world, clock);
    clock.advance(11_000);
    expect(await runScenario(world, ASK, { home, clock, dialogue: [PASSWORD] })).toMatchObject({ status: 0 });
  });

  it('does not affect gauth itself, whose success ends it', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = await failed(world, clock);
    expect(await runScenario(world, ['-p', PROFILE], { home, clock, dialogue: [PASSWORD] })).toMatchObject({
      status: 0,
    });
    forgetSessions(home);
    expect(await runScenario(world, ASK, { home, clock })).toMatchObject({ status: 0, err: '' });
  });

  it("by another process's time limit is not shared", async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = temporaryHome();
    await runScenario(world, FLAGS, { home, clock, dialogue: [PASSWORD] });
    forgetSessions(home);
    forgetResponse(home);
    const dialogue: Line[] = [[/Google Password/, 'hang']];
    expect(await runScenario(world, [...ASK, '--timeout', '1'], { home, clock, dialogue })).toMatchObject({
      status: 5,
    });
    clock.advance(1_000);
    expect(await runScenario(world, ASK, { home, clock, dialogue: [PASSWORD] })).toMatchObject({ status: 0 });
  });

  it('without a terminal does not affect a process that has one', async () => {
    const world = organisation();
    const clock = fakeClock();
    const home = temporaryHome();
    await runScenario(world, FLAGS, { home, clock, dialogue: [PASSWORD] });
    forgetSessions(home);
    forgetResponse(home);
    expect(await runScenario(world, ASK, { home, clock })).toMatchObject({ status: 5 });
    const again = await runScenario(world, ASK, { home, clock });
    expect(again).toMatchObject({ status: 5, toGoogle: 0 });
    expect(await runScenario(world, ASK, { home, clock, dialogue: [PASSWORD] })).toMatchObject({ status: 0 });
  });
});

describe('a profile', () => {
  it('that does not exist is named', async () => {
    const result = await runScenario(organisation(), ['credential-process', '-p', "it's"]);
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toBe(
      `gauth: profile it's does not exist; to sign in, run: gauth -p 'it'\\''s' (BAD_PROFILE)\n`,
    );
  });

  it('that is not of gauth is an error that lists what it lacks', async () => {
    const world = organisation();
    const home = await signedIn(world);
    writeFileSync(
      join(home, '.aws/config'),
      '[profile sts-temp]\nregion = us-east-1\ngoogle_config.google_username = me@example.com\n',
    );
    const result = await runScenario(world, ASK, { home, dialogue: [] });
    expect(result).toMatchObject({ status: 2, out: '', asked: [] });
    expect(result.err).toContain('it lacks google_config.google_idp_id, google_config.google_sp_id;');
  });

  it('of the same Google account shares the sign-in', async () => {
    const world = organisation();
    const home = await signedIn(world);
    const config = join(home, '.aws/config');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text + text.replace('[profile sts-temp]', '[profile second]'));
    const result = await runScenario(world, ['credential-process', '--profile', 'second'], { home });
    expect(result).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(keyIn(result)).not.toBe(keyIn(await runScenario(world, ASK, { home })));
  });
});

it('works if nothing can be saved, and says so in one line', async () => {
  const world = organisation();
  const home = await signedIn(world);
  rmSync(join(home, '.aws/gauth'), { recursive: true });
  writeFileSync(join(home, '.aws/gauth'), 'a file in the place of the folder');
  const result = await runScenario(world, ASK, { home });
  expect(result.status).toBe(0);
  expect(result.err).toMatch(/^gauth: the credentials are not cached: [^\n]+\n$/);
  expect(keyIn(result)).toBe(world.sts.keys.at(-1)?.accessKeyId);
  expect(existsSync(join(home, '.aws/gauth/sessions'))).toBe(false);
});
