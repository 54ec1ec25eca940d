/** The built command in real terminals, against emulators behind a proxy: what the user sees, and how it ends. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Challenge } from './emulators/google/index.ts';
import { type Binary, binary } from './support/binary.ts';
import { FLAGS, PROVIDER, ROLE, USER } from './support/organisation.ts';
import type { Pty } from './support/pty.ts';

/** The command line of the README's session. */
const SESSION = [...FLAGS, '-d', '3600', '-r', ROLE];
const SMS: Challenge = { methods: [{ kind: 'sms', code: '654321' }] };
const TOTP: Challenge = { methods: [{ kind: 'totp', code: '123456' }] };
const DATE = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00`;

async function answer(terminal: Pty, question: string | RegExp, text: string): Promise<void> {
  await terminal.waitFor(question);
  terminal.type(text);
  terminal.press('enter');
}

function textOf({ home }: Binary, name: string): string {
  return readFileSync(join(home, '.aws', name), 'utf8');
}

describe.each(['legacy', 'v3'] as const)('a session in the %s dialect', (dialect) => {
  it.each([
    ['the password alone', [], undefined],
    ['a code of an authenticator app', [TOTP], ['MFA token:', '123456', 'MFA token: 123456']],
    ['a code by text message', [SMS], ['Enter SMS token: G-', '654321', 'Enter SMS token: G-654321']],
  ] as const)('with %s', async (_with, challenges, second) => {
    const setup = await binary({ user: { dialect, challenges } });
    const terminal = setup.inTerminal(SESSION);
    await answer(terminal, 'Google Password:', USER.password);
    if (second) await answer(terminal, second[0], second[1]);
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });

    const lines = terminal.screen().split('\n');
    expect(lines.filter((line) => !line.startsWith('Google sent'))).toEqual([
      'Google Password:',
      ...(second ? [second[2]] : []),
      `Assuming ${ROLE}`,
      expect.stringMatching(new RegExp(`^Credentials Expiration: ${DATE}$`)),
      'Profile sts-temp is ready: aws sts get-caller-identity --profile sts-temp',
    ]);
    expect(terminal.raw()).not.toContain(USER.password);
    expect(textOf(setup, 'config')).toMatch(/^\[profile sts-temp\]\nregion = us-east-1\n/);
    expect(textOf(setup, 'credentials')).toContain(setup.world.sts.keys[0]?.sessionToken);
    // Connections are kept: one to Google and one to AWS.
    expect([...setup.served.connects]).toEqual([
      ['accounts.google.com:443', 1],
      ['sts.us-east-1.amazonaws.com:443', 1],
    ]);
  });
});

describe('Ctrl-C', () => {
  const several = [ROLE, `${ROLE}-2`].map((arn) => `${arn},${PROVIDER}`);
  const QUESTIONS: readonly (readonly [question: string, answer: string])[] = [
    ['AWS Region:', 'us-east-1'],
    ['Google username:', USER.email],
    ['Google IDP ID:', 'C01abc2de'],
    ['Google SP ID:', '000111000111'],
    ['Google Password:', USER.password],
    ['Enter SMS token: G-', '654321'],
    ['Choose the role to assume:', ''],
  ];

  it.each(QUESTIONS.map(([question], index) => [question, index] as const))(
    'at "%s" is 130, writes nothing, and leaves the terminal in order',
    async (question, index) => {
      const setup = await binary({ user: { challenges: [SMS], roles: several } });
      const terminal = setup.inShell('gauth; echo "status $?"; stty -a; echo told');
      for (const [before, text] of QUESTIONS.slice(0, index)) await answer(terminal, before, text);
      await terminal.waitFor(question);
      terminal.press('ctrl-c');
      await terminal.waitFor(/^told$/m);
      expect(terminal.history()).toMatch(/^gauth: cancelled\nstatus 130$/m);
      expect(terminal.history()).toMatch(/[^-]echo\b/);
      expect(terminal.history()).toMatch(/[^-]icanon\b/);
      expect(() => textOf(setup, 'config')).toThrow('ENOENT');
    },
  );
});

it('ends at SIGTERM like at Ctrl-C', async () => {
  const terminal = (await binary()).inTerminal(SESSION);
  await terminal.waitFor('Google Password:');
  terminal.kill('SIGTERM');
  expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
  expect(terminal.screen()).toBe('Google Password:\ngauth: cancelled');
});

it.each([
  [40, /^PROFILE +EXPIRES +ROLE$/m],
  [60, /^sts-temp +in \d+ h \d+ min +111222333444\/saml-init$/m],
  [80, /^PROFILE +EXPIRES +ROLE +USER$/m],
  [120, /^PROFILE +ROLE +USER +EXPIRES$/m],
  [180, /^PROFILE +ROLE +USER +SIGN-IN +GOOGLE SESSION +EXPIRES$/m],
])('omits the columns of its table that do not fit a window of %i columns', async (cols, heading) => {
  const setup = await binary();
  await setup.alone(FLAGS, { input: `${USER.password}\n` });
  const terminal = setup.inTerminal(['status'], { cols });
  expect((await terminal.exit()).code).toBe(0);
  expect(terminal.history()).toMatch(heading);
  expect(terminal.history().split('\n')).toHaveLength(2);
});

it('is readable in a window of 20 columns', async () => {
  const setup = await binary({ user: { challenges: [SMS] } });
  const terminal = setup.inTerminal(SESSION, { cols: 20 });
  await answer(terminal, 'Google Password:', USER.password);
  await answer(terminal, 'Enter SMS token: G-', '654321');
  expect((await terminal.exit()).code, terminal.history()).toBe(0);
  const rows = terminal.history().split('\n');
  expect(rows[0]).toBe('Google Password:');
  expect(rows.join('')).toContain(`Enter SMS token: G-654321Assuming ${ROLE}`);
});

it('finds a role by typing among as many roles as an assertion can hold', async () => {
  // STS takes 100,000 characters, which is what limits the number.
  const arns = Array.from(
    { length: 270 },
    (_, index) => `arn:aws:iam::${String(111_222_333_000 + index)}:role/admin`,
  );
  const setup = await binary({
    user: { roles: arns.map((arn) => `${arn},${arn.replace('role/admin', 'saml-provider/G')}`) },
    sts: { roles: arns.map((arn) => ({ arn, maxDuration: 43_200 })) },
  });
  const terminal = setup.inTerminal(FLAGS);
  await answer(terminal, 'Google Password:', USER.password);
  await terminal.waitFor('Choose the role to assume:');
  terminal.type('333213 adm');
  await terminal.waitFor(/333213 adm\n+> \[214\] arn:aws:iam::111222333213:role\/admin$/m);
  terminal.press('enter');
  expect((await terminal.exit()).code, terminal.history()).toBe(0);
  expect(terminal.screen()).toContain('\nAssuming arn:aws:iam::111222333213:role/admin\n');
  expect(textOf(setup, 'config')).toContain(
    'google_config.role_arn = arn:aws:iam::111222333213:role/admin\n',
  );
});

it('prompts for the code on the terminal if the password comes from a pipe', async () => {
  const setup = await binary({ user: { challenges: [SMS] } });
  const terminal = setup.inShell(
    `printf '%s\\n' "$PASSWORD" | gauth ${SESSION.join(' ')} > out.txt; echo "status $?"`,
    {
      env: { PASSWORD: USER.password },
      cwd: setup.home,
    },
  );
  await answer(terminal, 'Enter SMS token: G-', '654321');
  await terminal.waitFor('status 0');
  expect(terminal.history()).not.toContain('Google Password:');
  expect(readFileSync(join(setup.home, 'out.txt'), 'utf8')).toBe('');
});

describe('without any terminal', () => {
  it('takes the password from standard input', async () => {
    const setup = await binary();
    const { status, out, err } = await setup.alone([...SESSION, '--print-creds'], {
      input: `${USER.password}\n`,
    });
    expect({ status, err }).toEqual({
      status: 0,
      err: expect.stringMatching(
        new RegExp(`^Assuming ${ROLE}\nCredentials Expiration: ${DATE}\nProfile sts-temp is ready: .*\n$`),
      ) as string,
    });
    expect(out).toMatch(/^export AWS_ACCESS_KEY_ID='ASIA[^\n]+'\n$/);
  });

  it('says what is missing', async () => {
    const setup = await binary();
    expect(await setup.alone([])).toEqual({
      status: 2,
      out: '',
      err: 'gauth: region is not set, and there is no terminal to prompt on (MISSING_OPTION)\n  set it with -R/--region or the variable AWS_REGION or the variable AWS_DEFAULT_REGION or region in the profile\n',
    });
    expect(setup.served.requests).toEqual([]);
  });

  it('says that there is no password', async () => {
    const { status, out, err } = await (await binary()).alone(SESSION);
    expect({ status, out }).toEqual({ status: 5, out: '' });
    expect(err).toMatch(
      /^gauth: no password: there is no terminal to prompt on .+ \(NOT_INTERACTIVE\)\n {2}run gauth in a terminal/,
    );
  });

  it('says that Google asks for more', async () => {
    const setup = await binary({ user: { challenges: [TOTP] } });
    const { status, err } = await setup.alone(SESSION, { input: `${USER.password}\n` });
    expect(status).toBe(5);
    expect(err).toMatch(
      /^gauth: Google asks a question, and there is no terminal to prompt on \(MFA token:\)/,
    );
  });
});

it('prints no error if the reader of its output is gone', async () => {
  const setup = await binary();
  const line = `printf '%s\\n' "$PASSWORD" | { gauth ${SESSION.join(' ')} -q --print-creds; echo "status $?" >&2; } | :; echo over`;
  const terminal = setup.inShell(line, { env: { PASSWORD: USER.password } });
  await terminal.exit();
  expect(terminal.history()).toContain('status 0');
  expect(terminal.history().split('\n').toSorted()).toEqual(['over', 'status 0']);
});

it('several processes can refresh one profile at the same time', async () => {
  const setup = await binary();
  const run = (): ReturnType<Binary['alone']> => setup.alone(SESSION, { input: `${USER.password}\n` });
  const ended = await Promise.all([run(), run(), run()]);
  for (const { status, err } of ended) {
    // Who waits for more than a second says so, which depends on the machine.
    const lines = err.split('\n').filter((line) => !line.includes('another gauth'));
    expect([status, lines.length], err).toEqual([0, 4]);
  }
  expect(textOf(setup, 'config').match(/^\[.*$/gm)).toEqual(['[profile sts-temp]']);
  const lines = textOf(setup, 'credentials').trimEnd().split('\n');
  const winner = setup.world.sts.keys.find((keys) =>
    lines.includes(`aws_access_key_id = ${keys.accessKeyId}`),
  );
  expect(lines).toEqual([
    '[sts-temp]',
    `aws_access_key_id = ${winner?.accessKeyId ?? ''}`,
    `aws_secret_access_key = ${winner?.secretAccessKey ?? ''}`,
    `aws_security_token = ${winner?.sessionToken ?? ''}`,
    expect.stringMatching(/^aws_session_expiration = .+\+0000$/),
    `aws_session_token = ${winner?.sessionToken ?? ''}`,
  ]);
});

it('shows an unknown page and continues with the answer', async () => {
  const setup = await binary({ user: { speedbumps: ['unheard-of'] } });
  const terminal = setup.inTerminal(SESSION, { cols: 100 });
  await answer(terminal, 'Google Password:', USER.password);
  await terminal.waitFor('Choose what to do:');
  expect(terminal.screen()).toContain('Tell us your favourite colour');
  await terminal.waitFor(/^> .*Answer "colour", then "Next"/m);
  terminal.press('enter');
  await answer(terminal, 'colour:', 'blue');
  expect((await terminal.exit()).code, terminal.history()).toBe(0);
  expect(terminal.history()).toMatch(/^Assuming /m);
});

describe('a prompt on the phone', () => {
  const PROMPT = { kind: 'device', number: '42', polls: 2 } as const;

  it('is sent once, counts down, and reports how it ended', async () => {
    const setup = await binary({ user: { challenges: [{ methods: [PROMPT] }] } });
    const terminal = setup.inTerminal(SESSION);
    await answer(terminal, 'Google Password:', USER.password);
    await terminal.waitFor('tap 42.');
    await terminal.waitFor(/^Waiting for approval, 4:5\d left \(Enter: check now, o: other options\)/m);
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    expect(terminal.raw().match(/\u0007/g)).toHaveLength(1);
    const seconds = new Set(terminal.raw().match(/4:\d\d left/g));
    expect(seconds.size).toBeGreaterThan(2);
    expect(terminal.screen()).toMatch(/^Approved\.\nAssuming /m);
  });

  it('that is denied leads back to the list, without another password', async () => {
    const methods = [{ ...PROMPT, tap: 'deny' }, ...TOTP.methods] as const;
    const setup = await binary({ user: { challenges: [{ methods }] } });
    const terminal = setup.inTerminal(SESSION);
    await answer(terminal, 'Google Password:', USER.password);
    await terminal.waitFor('The prompt was not approved. Google offers other options.');
    await terminal.waitFor("Choose how to verify it's you:");
    terminal.type('Authenticator');
    await terminal.waitFor(/^> \[ {2}2\]/m);
    terminal.press('enter');
    await answer(terminal, 'MFA token:', '123456');
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    expect(terminal.history().match(/Google Password:/g)).toHaveLength(1);
  });
});

describe('what is typed at a prompt', () => {
  it('is checked before the sign-in, and the link of the tile sets both IDs', async () => {
    const setup = await binary({});
    const terminal = setup.inTerminal(['-p', 'sts-temp', '-r', ROLE]);
    await answer(terminal, 'AWS Region:', 'Frankfurt');
    await terminal.waitFor('It must be like us-east-1.');
    await answer(terminal, /us-east-1\.\nAWS Region:/, 'us-east-1');
    await answer(terminal, 'Google username:', 'me');
    await terminal.waitFor('It must be an e-mail address, like me@example.com.');
    await answer(terminal, /me@example\.com\.\nGoogle username:/, USER.email);
    await answer(terminal, 'Google IDP ID:', '000111000111');
    await terminal.waitFor('It must be like C01abc2de (idpid)');
    await answer(terminal, /tile\.\nGoogle IDP ID:/, '');
    await terminal.waitFor('Paste the link of the AWS tile (right-click it in the Google apps menu).');
    const link =
      'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false';
    await answer(terminal, /menu\)\.\nGoogle IDP ID:/, link);
    await terminal.waitFor('IDP ID C01abc2de and SP ID 000111000111 are taken from the link.');
    await answer(terminal, 'Google Password:', USER.password);
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    expect(textOf(setup, 'config')).toContain('google_config.google_sp_id = 000111000111\n');
  });

  it('replaces an e-mail address that Google does not accept, and is saved', async () => {
    const setup = await binary({ user: { dialect: 'v3' } });
    const terminal = setup.inTerminal([...SESSION, '-u', 'mee@example.com']);
    await terminal.waitFor('Google: Couldn’t find your Google Account');
    await terminal.waitFor('Google username: mee@example.com');
    for (let count = 0; count < 15; count += 1) terminal.press('backspace');
    await answer(terminal, /Google username:(?! mee)/, USER.email);
    await answer(terminal, 'Google Password:', USER.password);
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    expect(textOf(setup, 'config')).toContain(`google_config.google_username = ${USER.email}\n`);
  });
});

describe('gauth serve', () => {
  it('signs in, prints the variables, and ends at Ctrl-C with status 0 and no files left', async () => {
    const setup = await binary({});
    const first = setup.inTerminal(SESSION);
    await answer(first, 'Google Password:', USER.password);
    expect(await first.exit(), first.history()).toEqual({ code: 0, signal: 0 });
    const terminal = setup.inTerminal(['serve', '-p', 'sts-temp']);
    await terminal.waitFor('Serving credentials of sts-temp. Press Ctrl-C to stop.');
    expect(terminal.history()).toMatch(/AWS_CONTAINER_CREDENTIALS_FULL_URI='http:\/\/127\.0\.0\.1:\d+\//);
    terminal.press('ctrl-c');
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    expect(readdirSync(join(setup.home, '.aws', 'gauth', 'server'))).toEqual([]);
  });
});

describe.each([80, 40])('the profile of a run, in a window of %i columns', (cols) => {
  it('is picked from a list, and a misspelt name is a question', async () => {
    const setup = await binary({});
    for (const name of ['prod', 'test'])
      await setup.alone([...FLAGS.slice(0, -1), name], { input: `${USER.password}\n` });
    const picking = setup.inTerminal(['env', '--shell', 'bash'], { cols });
    await picking.waitFor('Choose the profile:');
    picking.press('down');
    await picking.waitFor(/^> \[ {2}2\] prod/m);
    picking.press('enter');
    expect((await picking.exit()).code).toBe(0);
    expect(picking.history()).toContain("GAUTH_PROFILE='prod'");

    const asking = setup.inTerminal(['-p', 'prd'], { cols });
    await asking.waitFor('Choose what to do:');
    expect(asking.history().replaceAll('\n', '')).toContain('Profile prd does not exist. Did you mean prod?');
    asking.press('enter');
    expect((await asking.exit()).code, asking.history()).toBe(0);
    expect(textOf(setup, 'config')).not.toContain('[profile prd]');
  });
});
