/** The prompter: sources of answers, messages with the prompts, and what is saved. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { CaptchaQuestion, CodeQuestion } from '../../src/google/user-prompts.ts';
import type { PresetCode } from '../../src/prompts/preset-code.ts';
import { PASSWORD_SERVICE, createPrompter } from '../../src/prompts/prompter.ts';
import { Secret } from '../../src/secret.ts';
import { type FakeWorld, fakeSystem } from '../fakes/system.ts';
import { type Line, type TerminalTraits, fakeTerminal } from '../fakes/terminal.ts';
import { PNG } from '../support/pictures.ts';

const ME = 'me@example.com';
const ENTRY = `${PASSWORD_SERVICE}/${ME}`;
const SIGNAL = new AbortController().signal;
const FIRST = { refused: 0, message: undefined };
const AGAIN = { refused: 1, message: 'Wrong password' };

interface Options extends Partial<FakeWorld> {
  readonly keyring?: boolean;
  readonly traits?: TerminalTraits;
  readonly givenCode?: PresetCode;
}

function setUp(options: Options = {}) {
  const warnings: string[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (text: string) => void warnings.push(text),
  };
  const http = async (): Promise<never> => Promise.reject(new Error('nothing is fetched'));
  const system = fakeSystem({ http, ...options });
  const terminal = options.traits ? fakeTerminal(options.dialogue ?? [], options.traits) : system.terminal;
  const prompts = createPrompter(
    { username: ME, keyring: options.keyring ?? false, givenCode: options.givenCode },
    { ...system, terminal },
    log,
  );
  return { prompts, system, terminal, warnings, err: () => system.err() };
}

describe('the password', () => {
  it('is prompted for on the terminal, again after an empty answer', async () => {
    const { prompts, terminal } = setUp({
      dialogue: [
        [/^Google Password: $/, ''],
        [/^Google Password: $/, ' a b '],
      ],
    });
    expect((await prompts.password(FIRST, SIGNAL)).reveal()).toBe(' a b ');
    terminal.done();
  });

  it("is prompted for again with Google's message if it was refused", async () => {
    const { prompts, err } = setUp({
      dialogue: [
        [/Password/, 'a'],
        [/Password/, 'b'],
      ],
    });
    await prompts.password(FIRST, SIGNAL);
    expect((await prompts.password(AGAIN, SIGNAL)).reveal()).toBe('b');
    expect(err()).toBe('Google: Wrong password\n');
  });

  test.each([
    ['LF', 'secret\n', 'secret'],
    ['CRLF', 'secret\r\n', 'secret'],
    ['no line end', 'secret', 'secret'],
    ['more lines behind it', 'secret\nmore\n', 'secret'],
    ['blanks around it', '  secret \n', '  secret '],
  ])('is one line of standard input: %s', async (_name, stdin, password) => {
    const { prompts } = setUp({ stdin });
    expect((await prompts.password(FIRST, SIGNAL)).reveal()).toBe(password);
  });

  it('from a pipe that is refused is an error; the next line is not tried', async () => {
    const { prompts } = setUp({ stdin: 'secret\nother\n' });
    await prompts.password(FIRST, SIGNAL);
    await expect(prompts.password(AGAIN, SIGNAL)).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
      hints: ['check the password on standard input', 'Google: Wrong password'],
    });
  });

  it('from a pipe that is refused is prompted for if there is a terminal', async () => {
    const { prompts } = setUp({ stdin: 'secret\n', dialogue: [[/Password/, 'typed']] });
    await prompts.password(FIRST, SIGNAL);
    expect((await prompts.password(AGAIN, SIGNAL)).reveal()).toBe('typed');
  });

  it('is not read from the pipe again if Google gives no reason', async () => {
    const { prompts } = setUp({ stdin: 'secret\nother\n' });
    await prompts.password(FIRST, SIGNAL);
    await expect(prompts.password(FIRST, SIGNAL)).rejects.toMatchObject({
      code: 'NOT_INTERACTIVE',
      message: expect.stringContaining('again without giving a reason') as unknown,
    });
  });

  it('is an error without a terminal and without a line', async () => {
    for (const world of [{}, { stdin: '' }, { stdin: '\n' }, { stdin: '\r\nsecret\n' }]) {
      await expect(setUp(world).prompts.password(FIRST, SIGNAL)).rejects.toMatchObject({
        code: 'NOT_INTERACTIVE',
        hints: [expect.stringContaining('--keyring')],
      });
    }
  });
});

describe('the keychain', () => {
  it('returns the password that it contains', async () => {
    const { prompts } = setUp({ keyring: true, keychain: new Map([[ENTRY, 'kept']]) });
    expect((await prompts.password(FIRST, SIGNAL)).reveal()).toBe('kept');
  });

  it('is not read without --keyring', async () => {
    const { prompts } = setUp({ keychain: new Map([[ENTRY, 'kept']]), dialogue: [[/Password/, 'typed']] });
    expect((await prompts.password(FIRST, SIGNAL)).reveal()).toBe('typed');
  });

  it('gets a new password only after a successful sign-in', async () => {
    const keychain = new Map<string, string>();
    const { prompts } = setUp({ keyring: true, keychain, dialogue: [[/Password/, 'typed']] });
    await prompts.password(FIRST, SIGNAL);
    expect(keychain.size).toBe(0);
    await prompts.succeeded();
    expect(Object.fromEntries(keychain)).toEqual({ [ENTRY]: 'typed' });
  });

  it('loses a password that Google refused; a new one is prompted for and saved', async () => {
    const keychain = new Map([[ENTRY, 'old']]);
    const { prompts, err } = setUp({ keyring: true, keychain, dialogue: [[/Password/, 'new']] });
    await prompts.password(FIRST, SIGNAL);
    expect((await prompts.password(AGAIN, SIGNAL)).reveal()).toBe('new');
    expect(keychain.size).toBe(0);
    expect(err()).toBe('Google refused the password from the keychain; it was removed there.\n');
    await prompts.succeeded();
    expect(Object.fromEntries(keychain)).toEqual({ [ENTRY]: 'new' });
  });

  it('gets nothing if no password was needed', async () => {
    const keychain = new Map<string, string>();
    await setUp({ keyring: true, keychain }).prompts.succeeded();
    expect(keychain.size).toBe(0);
  });

  it('that cannot be used causes one message, not a failure', async () => {
    const { prompts, warnings } = setUp({
      keyring: true,
      keychain: 'none',
      dialogue: [[/Password/, 'typed']],
    });
    expect((await prompts.password(FIRST, SIGNAL)).reveal()).toBe('typed');
    expect(warnings).toEqual(['there is no keychain']);
    await prompts.succeeded();
    expect(warnings).toHaveLength(1);
  });
});

describe('a code', () => {
  const CODE: CodeQuestion = {
    method: 'sms',
    refused: 0,
    message: undefined,
    sentTo: '•• 42',
    canResend: true,
    canSwitch: true,
  };

  it.each([
    ['G-123456', '123456'],
    [' g-123 456 ', '123456'],
    ['1234 5678', '12345678'],
  ])('%s is sent as %s', async (typed, sent) => {
    const { prompts } = setUp({
      dialogue: [[/^Google sent a text message to •• 42\nEnter SMS token: G-$/, typed]],
    });
    const answer = await prompts.code(CODE, SIGNAL);
    expect(answer.kind === 'text' && answer.text.reveal()).toBe(sent);
  });

  it('that was refused is not reported as sent again unless it was', async () => {
    const refused = { ...CODE, refused: 1, message: 'Wrong code' };
    const { prompts, terminal } = setUp({
      dialogue: [
        [/^Google: Wrong code\nPress Enter for other options\.\nEnter SMS token: G-$/, ''],
        [/^what to do: /, { choose: /again/ }],
        [/^Google: Wrong code\nGoogle sent a text message to •• 42\nEnter SMS token: G-$/, '123456'],
      ],
    });
    expect(await prompts.code(refused, SIGNAL)).toEqual({ kind: 'resend' });
    await prompts.code(refused, SIGNAL);
    terminal.done();
  });

  it.each([
    ['nothing more', 'secret\n', undefined],
    ['another line', 'secret\n123456\n', '123456'],
  ])('given in advance and refused, with %s on standard input', async (_what, stdin, sent) => {
    const given = async (): Promise<Secret> => Promise.resolve(new Secret('000000'));
    const { prompts } = setUp({ stdin, givenCode: given });
    await prompts.password(FIRST, SIGNAL);
    await prompts.code(CODE, SIGNAL);
    const second = prompts.code({ ...CODE, refused: 1, message: 'Wrong code' }, SIGNAL);
    if (sent === undefined) {
      await expect(second).rejects.toMatchObject({ code: 'WRONG_CODE' });
      return;
    }
    const answer = await second;
    expect(answer.kind === 'text' && answer.text.reveal()).toBe(sent);
  });

  const EMPTY: Line = [/SMS token/, ''];
  it.each([
    ['has it sent again', /Send the code again/, { kind: 'resend' }],
    ['takes another way', /another way/, { kind: 'another' }],
  ])('left empty %s', async (_name, choose, expected) => {
    const { prompts } = setUp({ dialogue: [EMPTY, [/^what to do: /, { choose }]] });
    expect(await prompts.code(CODE, SIGNAL)).toEqual(expected);
  });

  it('left empty is asked for again where there is nothing else, or nothing else is wanted', async () => {
    const none = setUp({ dialogue: [EMPTY, [/^Enter SMS token: G-$/, '123456']] });
    await none.prompts.code({ ...CODE, canResend: false, canSwitch: false }, SIGNAL);
    none.terminal.done();
    const some = setUp({
      dialogue: [EMPTY, [/^what to do: /, { choose: /Type the code/ }], [/^Enter SMS token: G-$/, '123456']],
    });
    await some.prompts.code(CODE, SIGNAL);
    some.terminal.done();
  });

  it('is a further line of standard input where there is no terminal', async () => {
    const { prompts } = setUp({ stdin: 'secret\n123456\n' });
    await prompts.password(FIRST, SIGNAL);
    const answer = await prompts.code(CODE, SIGNAL);
    expect(answer.kind === 'text' && answer.text.reveal()).toBe('123456');
    await expect(prompts.code(CODE, SIGNAL)).rejects.toMatchObject({
      code: 'NOT_INTERACTIVE',
      hints: [
        expect.stringContaining('standard input'),
        expect.stringMatching(/--mfa-code .*GOOGLE_MFA_CODE.*--mfa-command .*GAUTH_MFA_COMMAND/),
      ],
    });
  });
});

describe('a prompt on the phone', () => {
  const QUESTION = {
    number: '42',
    canSwitch: true,
    message: undefined,
    isUpdate: false,
    until: new Date(Date.now() + 125_000),
  };

  it.each([
    ['', 'check'],
    ['O ', 'another'],
  ])('answer "%s" means %s', async (typed, meaning) => {
    const { prompts } = setUp({
      dialogue: [
        [
          /^Approve the prompt on your phone or tablet: tap 42\.\nWaiting for approval, 2:0[45] left \(Enter: check now, o: other options\) $/,
          typed,
        ],
      ],
    });
    expect(await prompts.approval(QUESTION, SIGNAL)).toBe(meaning);
  });

  it('shows its number in large digits if there is room', async () => {
    const { prompts, terminal } = setUp({ dialogue: [[/tap 42/, '']], traits: { columns: 80 } });
    await prompts.approval(QUESTION, SIGNAL);
    expect(terminal.asked[0]).toMatch(
      /^Approve the prompt on your phone or tablet: tap 42\.\n {2}██ {2}██ {2}██████\n(?:.*\n){4}Waiting for approval/,
    );
  });

  it('is reported on standard error without a terminal, until it is answered', async () => {
    const { prompts, err } = setUp();
    const over = new AbortController();
    const waiting = prompts.approval(QUESTION, over.signal);
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(err()).toBe('Approve the prompt on your phone or tablet: tap 42.\n');
    over.abort();
    await rejected;
  });
});

describe('a captcha', () => {
  const QUESTION: CaptchaQuestion = {
    picture: new URL('https://accounts.google.com/Captcha?v=2&ctoken=x'),
    audio: new URL('https://accounts.google.com/Captcha?v=2&ctoken=x&kind=audio'),
    image: PNG,
    refused: 0,
    message: undefined,
  };
  const TYPED: Line = [/Captcha: $/, 'letters'];

  it('is shown if the terminal can, with the URL of its audio version', async () => {
    const { prompts, terminal } = setUp({ dialogue: [TYPED], traits: { graphic: true } });
    expect((await prompts.captcha(QUESTION, SIGNAL)).reveal()).toBe('letters');
    expect(terminal.pictures).toEqual([PNG]);
    expect(terminal.asked[0]).toBe(
      `Google shows a captcha. Enter the text in the image.\nOr listen to it in a browser:\n  ${QUESTION.audio!.href}\nCaptcha: `,
    );
  });

  it('is in a file that only the user can read, as long as the prompt is open', async () => {
    const { prompts, terminal } = setUp({ traits: {}, dialogue: [TYPED] });
    const seen: { path: string; mode: number; bytes: Buffer }[] = [];
    const ask = terminal.ask.bind(terminal);
    terminal.ask = async (label, options) => {
      const [path = ''] = /\S+captcha\.png/.exec(label) ?? [];
      seen.push({ path, mode: statSync(path).mode & 0o777, bytes: readFileSync(path) });
      expect(label).toContain(`\n  ${QUESTION.picture.href}\n`);
      expect(label).toContain(`\n  ${QUESTION.audio!.href}\n`);
      return ask(label, options);
    };
    await prompts.captcha(QUESTION, SIGNAL);
    expect(seen).toEqual([{ path: expect.stringContaining('gauth-'), mode: 0o600, bytes: PNG }]);
    expect(existsSync(dirname(seen[0]!.path))).toBe(false);
  });

  it('leaves no file after a cancellation', async () => {
    const { prompts, terminal } = setUp({ dialogue: [[/captcha\.png/, 'ctrl-c']] });
    await expect(prompts.captcha(QUESTION, SIGNAL)).rejects.toMatchObject({ code: 'CANCELLED' });
    const [path = ''] = /\S+captcha\.png/.exec(terminal.asked[0]!) ?? [];
    expect(path).not.toBe('');
    expect(existsSync(path)).toBe(false);
  });

  it('is shown by its URL only if it could not be fetched, with the message of Google about the last answer', async () => {
    const { prompts, terminal } = setUp({ dialogue: [TYPED] });
    await prompts.captcha({ ...QUESTION, image: undefined, audio: undefined, message: 'Not these' }, SIGNAL);
    expect(terminal.asked[0]).toBe(
      `Google: Not these\nGoogle shows a captcha. Enter the text in the image.\nOpen the image:\n  ${QUESTION.picture.href}\nCaptcha: `,
    );
  });

  it('is prompted for again after an empty answer', async () => {
    const { prompts, terminal } = setUp({ dialogue: [[/Captcha: $/, ' '], TYPED] });
    expect((await prompts.captcha(QUESTION, SIGNAL)).reveal()).toBe('letters');
    terminal.done();
  });

  it('is an error without a terminal', async () => {
    await expect(setUp().prompts.captcha(QUESTION, SIGNAL)).rejects.toMatchObject({
      code: 'NOT_INTERACTIVE',
    });
  });
});
