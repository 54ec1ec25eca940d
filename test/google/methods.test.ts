/** Choosing the second factor by flag, variable, profile and list, and answering it without a user. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SECOND_STEPS } from '../../src/google/challenge-methods.ts';
import { main } from '../../src/main.ts';
import type { Dialect, GoogleUser } from '../emulators/google/index.ts';
import { serve } from '../emulators/proxy.ts';
import { type FakeWorld, fakeSystem, temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { bundle } from '../support/bundle.ts';
import { FLAGS, USER, organisation } from '../support/organisation.ts';
import { start } from '../support/pty.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const TOTP: Line = [/^MFA token: $/, '123456'];
const SMS: Line = [/Enter SMS token: G-$/, '654321'];
const METHODS = [
  { kind: 'totp', code: '123456' },
  { kind: 'sms', code: '654321' },
  { kind: 'backup-code', codes: ['12345678'] },
] as const;
/** Google starts with the authenticator app. */
const SEVERAL: Partial<GoogleUser> = { challenges: [{ methods: METHODS }] };
const CHOICE: Partial<GoogleUser> = { challenges: [{ start: 'selection', methods: METHODS }] };

interface Story {
  readonly user: Partial<GoogleUser>;
  readonly flags?: readonly string[];
  /** The answers of the user; undefined without a terminal. */
  readonly dialogue?: readonly Line[] | undefined;
  readonly world?: Partial<FakeWorld>;
}

interface RunOutcome {
  readonly status: number;
  readonly err: string;
  readonly config: string;
  readonly asked: readonly string[];
}

async function run({ user, flags = [], dialogue, world = {} }: Story): Promise<RunOutcome> {
  const google = organisation({ user });
  const home = world.home ?? temporaryHome();
  const system = fakeSystem({ http: google.http, dialogue, home, ...world });
  const status = await main([...FLAGS, '--no-session', '--no-cache', ...flags], system);
  system.terminal.done();
  google.check();
  const config = status === 0 ? readFileSync(join(home, '.aws', 'config'), 'utf8') : '';
  return { status, err: system.err(), config, asked: system.terminal.asked };
}

describe.each<Dialect>(['legacy', 'v3'])('%s: the preferred method', (dialect) => {
  const several = { ...SEVERAL, dialect };

  test.each<readonly [string, Omit<Story, 'user'>, remembered: boolean]>([
    ['by its flag', { flags: ['--mfa', 'sms'] }, true],
    // A variable is for the runs that see it.
    ['by its variable', { world: { env: { GAUTH_MFA: 'sms' } } }, false],
  ])('is reached through "another way", %s', async (_how, story, remembered) => {
    const result = await run({ user: several, dialogue: [PASSWORD, SMS], ...story });
    expect(result.status, result.err).toBe(0);
    expect(result.config.includes('gauth_mfa = sms\n')).toBe(remembered);
  });

  test('is chosen from the list of methods without a question', async () => {
    const result = await run({
      user: { ...CHOICE, dialect },
      flags: ['--mfa', 'backup-code'],
      dialogue: [PASSWORD, [/^Backup code/, '12345678']],
    });
    expect(result.status, result.err).toBe(0);
  });

  test('is ignored if Google does not offer it', async () => {
    const choice: Line = [/verify it's you/, { choose: /Text message/ }];
    const result = await run({
      user: several,
      flags: ['--mfa', 'prompt'],
      dialogue: [PASSWORD, choice, SMS],
    });
    expect(result.status, result.err).toBe(0);
    // What was chosen in its place is what to start with the next time.
    expect(result.config).toContain('gauth_mfa = sms\n');
  });

  test('can be left by the user', async () => {
    const result = await run({
      user: several,
      flags: ['--mfa', 'sms'],
      dialogue: [
        PASSWORD,
        [/G-$/, ''],
        [/what to do/, { choose: /another way/ }],
        [/verify it's you/, { choose: /Backup/ }],
        [/^Backup code/, '12345678'],
      ],
    });
    expect(result.status, result.err).toBe(0);
  });

  test('can be left any number of times', async () => {
    const leave = (question: RegExp, next: RegExp): Line[] => [
      [question, ''],
      [/what to do/, { choose: /another way/ }],
      [/verify it's you/, { choose: next }],
    ];
    const rounds = [1, 2, 3].flatMap(() => [
      ...leave(/^MFA token/, /Text message/),
      ...leave(/G-$/, /Authenticator/),
    ]);
    const result = await run({ user: several, dialogue: [PASSWORD, ...rounds, TOTP] });
    expect(result.status, result.err).toBe(0);
  });
});

describe('the choice', () => {
  test('is saved in the profile, and used without a question the next time', async () => {
    const home = temporaryHome();
    const first = await run({
      user: CHOICE,
      world: { home },
      dialogue: [PASSWORD, [/verify it's you/, { choose: /Text message/ }], SMS],
    });
    expect(first.config).toContain('gauth_mfa = sms\n');
    const second = await run({ user: CHOICE, world: { home }, dialogue: [PASSWORD, SMS] });
    expect(second.status, second.err).toBe(0);
  });

  test('that was not made leaves the profile as aws-google-auth writes it', async () => {
    const result = await run({ user: SEVERAL, dialogue: [PASSWORD, TOTP] });
    expect(result.status).toBe(0);
    expect(result.config).not.toContain('gauth_');
  });

  test('without a terminal is an error that names the flag', async () => {
    const result = await run({ user: CHOICE, world: { stdin: `${USER.password}\n` } });
    expect(result.status).toBe(5);
    expect(result.err).toMatch(
      /\(NOT_INTERACTIVE\)\n {2}choose one with --mfa or GAUTH_MFA: totp, sms, backup-code\n/,
    );
  });

  test('of an unknown method is refused with the list of methods', async () => {
    for (const method of ['pigeon', 'security-key', 'password', 'other']) {
      const result = await run({ user: SEVERAL, flags: ['--mfa', method], dialogue: [] });
      expect(result.status).toBe(2);
      expect(result.err).toContain(`--mfa must be one of ${SECOND_STEPS.join(', ')} (BAD_OPTION)`);
    }
  });
});

describe('a code that is given in advance', () => {
  const ALONE: Partial<GoogleUser> = { challenges: [{ methods: [METHODS[0]] }] };
  const OP = 'op item get Google --otp';
  const prints = (stdout: string, status = 0): Partial<FakeWorld> => ({
    commands: { [OP]: { stdout, status } },
  });

  test.each<readonly [string, Omit<Story, 'user'>]>([
    ['--mfa-code', { flags: ['--mfa-code', '123 456'] }],
    ['GOOGLE_MFA_CODE', { world: { env: { GOOGLE_MFA_CODE: '123456' } } }],
    ['--mfa-command', { flags: ['--mfa-command', OP], world: prints('123456\nexpires soon\n') }],
    ['--mfa-command of a Windows program', { flags: ['--mfa-command', OP], world: prints('123456\r\n') }],
    ['GAUTH_MFA_COMMAND', { world: { env: { GAUTH_MFA_COMMAND: OP }, ...prints('123456') } }],
    [
      '--mfa-code beside GAUTH_MFA_COMMAND',
      { flags: ['--mfa-code', '123456'], world: { env: { GAUTH_MFA_COMMAND: OP } } },
    ],
  ])('by %s is used without a prompt', async (_how, { world, ...story }) => {
    const result = await run({ user: ALONE, ...story, world: { ...world, stdin: `${USER.password}\n` } });
    expect(result.status, result.err).toBe(0);
    expect(result.asked).toEqual([]);
    expect(result.config).not.toMatch(/123 ?456/);
  });

  test('is used for the authenticator app if Google starts with a prompt on the phone', async () => {
    const user: Partial<GoogleUser> = {
      challenges: [{ methods: [{ kind: 'device' }, METHODS[0], METHODS[1]] }],
    };
    const result = await run({
      user,
      flags: ['--mfa-code', '123456'],
      world: { stdin: `${USER.password}\n` },
    });
    expect(result.status, result.err).toBe(0);
    expect(result.config).not.toContain('gauth_mfa');
  });

  test('is used for another method that is named', async () => {
    const result = await run({
      user: SEVERAL,
      flags: ['--mfa', 'backup-code', '--mfa-code', '12345678'],
      world: { stdin: `${USER.password}\n` },
    });
    expect(result.status, result.err).toBe(0);
  });

  test('is used once; after that the user is prompted', async () => {
    const result = await run({
      user: ALONE,
      flags: ['--mfa-code', '000000'],
      dialogue: [PASSWORD, [/^Google: .+\n(Press Enter for other options\.\n)?MFA token: $/, '123456']],
    });
    expect(result.status, result.err).toBe(0);
  });

  test('is used for the first of two steps', async () => {
    const user: Partial<GoogleUser> = { challenges: [{ methods: [METHODS[0]] }, { methods: [METHODS[1]] }] };
    const result = await run({
      user,
      flags: ['--mfa-command', OP],
      world: prints('123456'),
      dialogue: [PASSWORD, SMS],
    });
    expect(result.status, result.err).toBe(0);
  });

  test('that Google refuses is an error without a terminal', async () => {
    const result = await run({
      user: ALONE,
      flags: ['--mfa-code', '000000', '--keyring'],
      world: { keychain: new Map([[`aws-google-auth/${USER.email}`, USER.password]]) },
    });
    expect(result.status).toBe(3);
    expect(result.err).toMatch(
      /refused the code that was given in advance \(WRONG_CODE\)\n {2}Google: .+\n.*--mfa.*\n.*clock/,
    );
    expect(result.err).not.toContain('000000');
  });

  test('by a command is saved as the command', async () => {
    const home = temporaryHome();
    const world = { home, ...prints('123456') };
    const first = await run({ user: ALONE, flags: ['--mfa-command', OP], world, dialogue: [PASSWORD] });
    expect(first.config).toContain(`gauth_mfa_command = ${OP}\n`);
    expect((await run({ user: ALONE, world, dialogue: [PASSWORD] })).status).toBe(0);
  });

  test.each([
    ['that fails', prints('123456', 3), /failed with exit status 3/],
    ['that prints nothing', prints('\n'), /printed no code/],
  ])('by a command %s is an error that does not show the command', async (_how, world, message) => {
    const result = await run({ user: ALONE, flags: ['--mfa-command', OP], world, dialogue: [PASSWORD] });
    expect(result.status).toBe(5);
    expect(result.err).toMatch(message);
    expect(result.err).toMatch(/\(COMMAND_FAILED\)\n {2}run the command in a shell/);
    expect(result.err).not.toMatch(/123456|op item/);
  });
});

describe('the list of methods in a terminal', () => {
  let program: string;
  beforeAll(async () => {
    const made = await bundle(new URL('../../src/entry.ts', import.meta.url));
    program = made.program;
    return made.remove;
  });

  test('shows methods that cannot be chosen in grey, and skips them', async () => {
    const user: Partial<GoogleUser> = {
      challenges: [
        {
          start: 'selection',
          methods: [{ kind: 'security-key' }, { ...METHODS[0], unavailable: true }, METHODS[1], METHODS[2]],
        },
      ],
    };
    const { hosts, check } = organisation({ user });
    const served = await serve(hosts);
    onTestFinished(async () => served.close());
    const argv = [...FLAGS, '--no-session'].map((word) => JSON.stringify(word)).join(', ');
    const script = `import(${JSON.stringify(program)}).then(({ run }) => run([${argv}]))`;
    const terminal = start(process.execPath, ['-e', script], {
      cols: 200,
      env: { ...served.env, HOME: temporaryHome(), TERM: 'xterm-256color' },
    });
    await terminal.waitFor('Google Password:');
    terminal.type(USER.password);
    terminal.press('enter');
    await terminal.waitFor('not available now');
    const lines = terminal.screen().split('\n');
    expect(lines.find((line) => line.includes('Security key'))).toContain('(not possible in a terminal)');
    expect(lines.find((line) => line.includes('Authenticator app'))).toContain('(not available now)');
    expect(lines.find((line) => line.startsWith('> '))).toContain('Text message');
    // Dimmed, and not the ones that can be taken.
    expect(terminal.raw()).toMatch(/\u001b\[2m[^\u001b]*not available now/);
    expect(terminal.raw()).not.toMatch(/\u001b\[2m[^\u001b]*Text message/);
    terminal.press('down');
    await terminal.waitFor(/^> .*Backup code/m);
    terminal.press('down');
    terminal.press('enter');
    await terminal.waitFor(/(Backup code:|G-)$/);
    terminal.type(terminal.history().endsWith('G-') ? '654321' : '12345678');
    terminal.press('enter');
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    check();
  });
});
