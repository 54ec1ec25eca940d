/** The terminal port in real pseudo-terminals: what is visible, what is not, and the state afterwards. */
import { execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { type Pty, type PtyOptions, start } from '../support/pty.ts';
import { LINUX } from '../support/needs.ts';

let program: string;

beforeAll(async () => {
  const made = await bundle(new URL('./fixtures/ask.ts', import.meta.url));
  program = made.program;
  return made.remove;
});

function ask(args: readonly string[], options?: PtyOptions): Pty {
  return start(process.execPath, [program, ...args], options);
}

/**
 * Runs the program under a shell that tells the state of the terminal afterwards. Both are one process group, whose
 * number is the shell's; a SIGTERM to the group ends the program alone.
 */
function askAndTellState(args: readonly string[]): Pty {
  const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  return start('sh', ['-c', `trap : TERM; ${command}; echo "status $?"; stty -a; echo told`]);
}

describe('a line', () => {
  it('is prompted for by the label only, followed by what is typed', async () => {
    const terminal = ask(['ask', 'Enter SMS token: G-']);
    await terminal.waitFor('Enter SMS token: G-');
    terminal.type('123456');
    await terminal.waitFor('G-123456');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toBe('Enter SMS token: G-123456\nanswer 123456');
  });

  it('can be edited, and an initial value can be accepted', async () => {
    const terminal = ask(['ask', 'AWS Region: ', 'us-east-1']);
    await terminal.waitFor('AWS Region: us-east-1');
    terminal.press('backspace');
    terminal.type('2');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe('AWS Region: us-east-2\nanswer us-east-2');
  });

  it('is readable in a window of 20 columns', async () => {
    const terminal = ask(['ask', 'Google username: '], { cols: 20 });
    await terminal.waitFor('Google username:');
    terminal.type('somebody@example.com');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe('Google username: som\nebody@example.com\nanswer somebody@exam\nple.com');
  });

  it('is prompted for without escape sequences on a dumb terminal', async () => {
    const terminal = ask(['ask', 'AWS Region: '], { env: { TERM: 'dumb' } });
    await terminal.waitFor('AWS Region: ');
    terminal.type('eu-west-1');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe('AWS Region: eu-west-1\nanswer eu-west-1');
    expect(terminal.raw()).not.toContain('\u001b');
  });
});

describe('a secret', () => {
  it('is not echoed, and leaves one line with the prompt', async () => {
    const terminal = ask(['both']);
    await terminal.waitFor('Google Password:');
    terminal.type('corr3ct h0rse');
    terminal.press('enter');
    await terminal.waitFor('Enter SMS token: G-');
    const before = terminal.raw();
    expect(before).not.toContain('corr3ct');
    expect(before).not.toContain('*');
    expect(terminal.screen()).toBe('Google Password:\nEnter SMS token: G-');
    terminal.type('42');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer corr3ct h0rse 42');
  });

  it.each([
    ['letters of other scripts', 'pässwörd-密码-🔑'],
    ['200 characters', 'x1'.repeat(100)],
    ['quotes and backslashes', `'"\\$(x)\``],
  ])('may hold %s', async (_what, secret) => {
    const terminal = ask(['secret'], { cols: 500 });
    await terminal.waitFor('Google Password:');
    terminal.type(`${secret}\r`);
    await terminal.exit();
    expect(terminal.screen()).toBe(`Google Password:\nanswer ${JSON.stringify(secret)}`);
  });

  it('does not include the marks of a bracketed paste', async () => {
    const terminal = ask(['secret']);
    await terminal.waitFor('Google Password:');
    terminal.type('\u001b[200~pasted\u001b[201~');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe('Google Password:\nanswer "pasted"');
  });

  it('stays hidden after the process was stopped and a shell turned echo on', LINUX, async () => {
    const terminal = ask(['secret']);
    await terminal.waitFor('Google Password:');
    const device = readlinkSync(`/proc/${String(terminal.pid)}/fd/0`);
    terminal.kill('SIGSTOP');
    execFileSync('stty', ['-F', device, 'sane']);
    terminal.kill('SIGCONT');
    // The question is shown again when the terminal is in order.
    await expect.poll(() => terminal.raw().split('Google Password:').length).toBe(3);
    terminal.type('corr3ct');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe('Google Password:\nanswer "corr3ct"');
  });

  it('continues after Ctrl-Z and fg', async () => {
    const terminal = start('bash', ['--norc', '--noprofile', '-i'], { env: { PS1: 'shell> ' } });
    await terminal.waitFor('shell>');
    terminal.type(`${process.execPath} ${program} secret\r`);
    await terminal.waitFor(/^Google Password:/m);
    terminal.type('corr');
    terminal.press('ctrl-z');
    await terminal.waitFor('Stopped');
    terminal.type('fg\r');
    await terminal.waitFor(/Stopped[^]*Google Password:/);
    terminal.type('3ct\r');
    await terminal.waitFor('answer "corr3ct"');
    expect(terminal.raw().match(/corr3ct/g)).toHaveLength(1);
  });
});

describe('a cancellation', () => {
  const restored = (terminal: Pty): void => {
    const state = terminal.history();
    expect(state).toMatch(/[^-]icanon/);
    expect(state).toMatch(/[^-]echo[ ;]/);
    expect(state).toMatch(/[^-]isig/);
  };

  it.each(['ctrl-c', 'ctrl-d'] as const)('by %s at a secret restores the terminal', async (key) => {
    const terminal = askAndTellState(['secret']);
    await terminal.waitFor('Google Password:');
    terminal.press(key);
    await terminal.waitFor('told');
    expect(terminal.history()).toContain('Google Password:\nCANCELLED: cancelled\nstatus 130');
    restored(terminal);
  });

  it.each(['ctrl-c', 'ctrl-d'] as const)('by %s at a list clears the list', async (key) => {
    const terminal = askAndTellState(['choose', '50']);
    await terminal.waitFor('[  1] arn');
    terminal.press(key);
    await terminal.waitFor('told');
    expect(terminal.screen()).toMatch(/^CANCELLED: cancelled\nstatus 130/);
    restored(terminal);
  });

  it.each(['secret', 'choose 50'])('by SIGTERM during "%s" is one, too', async (words) => {
    const terminal = askAndTellState(words.split(' '));
    await terminal.waitFor(/Google Password:|Choose the role/);
    process.kill(-terminal.pid, 'SIGTERM');
    await terminal.waitFor('told');
    expect(terminal.history()).toContain('CANCELLED: cancelled\nstatus 130');
    restored(terminal);
  });

  it.each(['secret', 'choose 50'])('by closing the terminal during "%s" prints nothing', async (words) => {
    const folder = await mkdtemp(join(tmpdir(), 'gauth-hangup-'));
    onTestFinished(async () => {
      await rm(folder, { recursive: true });
    });
    // The shell outlives the terminal and tells how the program ended.
    const run = `'${process.execPath}' '${program}' ${words} 2>'${folder}/errors'; echo "status $?" >'${folder}/status'`;
    const terminal = start('sh', ['-c', `trap : HUP; ${run}; mv '${folder}/status' '${folder}/ended'`]);
    await terminal.waitFor(/Google Password:|Choose the role/);
    terminal.close();
    await vi.waitFor(async () => readFile(`${folder}/ended`), { timeout: 20_000 });
    expect(await readFile(`${folder}/ended`, 'utf8')).toBe('status 129\n');
    expect(await readFile(`${folder}/errors`, 'utf8')).toMatch(
      /^(Hangup\n)?CANCELLED: cancelled\n(Hangup\n)?$/,
    );
  });

  it('by a second signal kills the process and restores the terminal', async () => {
    const terminal = askAndTellState(['stuck']);
    await terminal.waitFor('Google Password:');
    process.kill(-terminal.pid, 'SIGTERM');
    await terminal.waitFor('stopping');
    process.kill(-terminal.pid, 'SIGTERM');
    await terminal.waitFor('told');
    expect(terminal.history()).toContain('status 143');
    restored(terminal);
  });
});

describe('pasted text', () => {
  const LONG = 'PHNhbWxwOlJlc3BvbnNl'.repeat(500);

  async function paste(pieces: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Pty> {
    const terminal = ask(['paste'], { cols: 100, env });
    await terminal.waitFor('Paste it:');
    for (const piece of pieces) terminal.type(piece);
    await terminal.waitFor('Code:');
    terminal.type('abc\r');
    await terminal.exit();
    return terminal;
  }

  it.each([
    ['with the marks that a terminal puts around it', [`\u001b[200~${LONG}\u001b[201~`]],
    ['ended by Enter, in pieces', [LONG.slice(0, 5000), LONG.slice(5000), '\r']],
    ['ended by Ctrl-D', [`${LONG}\u0004`]],
    ['after an Enter too many', ['\r', `${LONG}\r`]],
  ])('can be longer than a line, and is not shown: %s', async (_how, pieces) => {
    const terminal = await paste(pieces);
    expect(terminal.raw()).not.toContain(LONG.slice(0, 40));
    expect(terminal.history()).toContain(`answer ${LONG.slice(-5)} ${LONG.length} abc`);
  });

  it('can have several lines', async () => {
    const terminal = await paste(['one\r\ntwo\r\nthree\r']);
    expect(terminal.history()).toContain('answer "one\\r\\ntwo\\r\\nthree" abc');
  });

  it('is prompted for without escape sequences on a dumb terminal', async () => {
    expect((await paste(['one\r'], { TERM: 'dumb' })).raw()).not.toContain('\u001b');
  });

  it('is cancelled by Ctrl-C, which restores the terminal', async () => {
    const terminal = askAndTellState(['paste']);
    await terminal.waitFor('Paste it:');
    terminal.press('ctrl-c');
    await terminal.waitFor(/^told$/m);
    expect(terminal.history()).toContain('CANCELLED');
    expect(terminal.history()).toMatch(/[^-]echo\b/);
  });
});

describe('a list', () => {
  it('of 500 fits the window, is searched by words in any order, and leaves one line', async () => {
    const terminal = ask(['choose', '500'], { cols: 100 });
    await terminal.waitFor('[ 16] arn');
    expect(terminal.screen().split('\n').length).toBeLessThanOrEqual(24);
    expect(terminal.screen()).toMatch(
      /^Choose the role to assume:\n> \[ {2}1\] arn:aws:iam::100000000000:role\/Reader {2}会社1\n/,
    );
    terminal.type('ADMIN 00000012');
    await terminal.waitFor(/^> \[122\]/m);
    terminal.type(' 会社128');
    await terminal.waitFor(/^> \[128\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe(
      'Choose the role to assume: [128] arn:aws:iam::100000000127:role/Admin  会社128\nanswer 128',
    );
  });

  it('is navigated with the arrow keys, past entries that cannot be chosen', async () => {
    const terminal = ask(['choose', '11'], { cols: 100 });
    await terminal.waitFor(
      /^ {2}\[ 10\] arn:aws:iam::100000000009:role\/Admin {2}会社10 \(expired\)\n {2}\[ 11\] arn/m,
    );
    for (let step = 0; step < 9; step += 1) {
      terminal.press('down');
      await terminal.waitFor(new RegExp(`^> \\[ *${String(step === 8 ? 11 : step + 2)}\\]`, 'm'));
    }
    terminal.press('up');
    await terminal.waitFor(/^> \[ {2}9\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 9');
  });

  it('accepts a typed number', async () => {
    const terminal = ask(['choose', '500'], { cols: 100 });
    await terminal.waitFor('[  1] arn');
    terminal.type('77');
    await terminal.waitFor(/^> \[ 77\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 77');
  });

  it('is searched by account and name, and by the common parts of ARNs only with an ARN', async () => {
    const terminal = ask(['choose', '20'], { cols: 100 });
    await terminal.waitFor('[  1] arn');
    terminal.type('role');
    await terminal.waitFor('No matches');
    terminal.type('/adm');
    await terminal.waitFor(/^> \[ {2}2\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 2');
  });

  it('says if nothing matches, and Enter chooses nothing then', async () => {
    const terminal = ask(['choose', '20'], { cols: 100 });
    await terminal.waitFor('[  1] arn');
    terminal.type('zzz');
    await terminal.waitFor('No matches');
    terminal.press('enter');
    for (let count = 0; count < 3; count += 1) terminal.press('backspace');
    await terminal.waitFor(/^> \[ {2}1\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 1');
  });

  it('is complete in a window of 20 columns and after the window was resized', async () => {
    const terminal = ask(['choose', '30'], { cols: 20, rows: 12 });
    await terminal.waitFor('[  2] ');
    const narrow = terminal.screen();
    expect(narrow.split('\n').every((line) => line.length <= 20)).toBe(true);
    expect(narrow).toContain('> [  1] 1000000000…\n');
    // The whole of the row that Enter would choose.
    expect(narrow.replaceAll('\n  ', '')).toContain('[  1] arn:aws:iam::100000000000:role/Reader  会社1');
    terminal.resize(90, 30);
    await terminal.waitFor('[ 26] arn');
    terminal.resize(40, 10);
    await expect.poll(() => terminal.screen()).toMatch(/^Choose the role to assume:\n> \[ {2}1\] 1000/);
    terminal.press('down');
    await terminal.waitFor('> [  2]');
    // The terminal may get a redrawn list in several pieces: the whole of it counts.
    await expect.poll(() => terminal.screen().match(/Choose/g)?.length).toBe(1);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 2');
  });

  it('keeps the typed text and the current row if the window is resized', async () => {
    const terminal = ask(['choose', '30'], { cols: 80, rows: 20 });
    await terminal.waitFor('[  2] arn');
    terminal.type('1000');
    await terminal.waitFor('assume: 1000');
    terminal.press('down');
    terminal.press('down');
    await terminal.waitFor('> [  3]');
    terminal.resize(60, 12);
    await expect.poll(() => terminal.raw().split('\u001b[H\u001b[J')[1]).toContain('> [  3] arn');
    await expect.poll(() => terminal.screen()).toMatch(/^Choose the role to assume: 1000\n/);
    terminal.press('down');
    await terminal.waitFor('> [  4]');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 4');
  });

  it('has colours, and none with NO_COLOR', async () => {
    const coloured = ask(['choose', '20'], { cols: 100 });
    const plain = ask(['choose', '20'], { cols: 100, env: { NO_COLOR: '1' } });
    await coloured.waitFor('[ 11] arn');
    await plain.waitFor('[ 11] arn');
    expect(coloured.raw()).toMatch(/\u001b\[36m> \[ {2}1\]/);
    expect(plain.raw()).not.toMatch(/\u001b\[[\d;]+m/);
  });

  it('is browsed with PageDown, PageUp, End and Home, and says how many there are', async () => {
    const terminal = ask(['choose', '500'], { cols: 80, rows: 24 });
    await terminal.waitFor('500 of 500. Type to search, PgUp/PgDn/Home/End move, Enter chooses');
    terminal.press('end');
    await terminal.waitFor(/^> \[499\]/m);
    terminal.press('pageup');
    await terminal.waitFor(/^> \[4[678]\d\]/m);
    terminal.press('home');
    await terminal.waitFor(/^> \[ {2}1\]/m);
    terminal.press('pagedown');
    await terminal.waitFor(/^> \[ 2\d\]/m);
    terminal.type('adm');
    await terminal.waitFor('250 of 500.');
    await terminal.waitFor(/^> \[ {2}2\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 2');
  });

  it('finds letters in order, and accepts text and Enter in one piece', async () => {
    const terminal = ask(['choose', '500'], { cols: 100 });
    await terminal.waitFor('[  1] arn');
    terminal.type('122 admn\r');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 122');
  });

  it.each([
    [80, '2 marked, 30 of 30 shown. Type to search, Space marks, Ctrl-A all, Enter ends'],
    [40, '2 marked. Space, Ctrl-A, Enter'],
  ])('of several choices shows its marks at %i columns, and keeps the search', async (cols, help) => {
    const terminal = ask(['several', '30'], { cols, rows: 20 });
    await terminal.waitFor('0 marked');
    terminal.press('down');
    await terminal.waitFor(/^> \[ \] \[ {2}2\]/m);
    terminal.type(' ');
    await terminal.waitFor(/^> \[x\] \[ {2}2\]/m);
    terminal.type('adm');
    await terminal.waitFor('Choose the roles: adm');
    terminal.press('down');
    await terminal.waitFor(/^> \[ \] \[ {2}4\]/m);
    terminal.type(' ');
    await terminal.waitFor(/^> \[x\] \[ {2}4\]/m);
    expect(terminal.screen()).toContain('Choose the roles: adm\n');
    // Another Space takes a mark back.
    terminal.press('up');
    await terminal.waitFor(/^> \[x\] \[ {2}2\]/m);
    terminal.type(' ');
    await terminal.waitFor(/^> \[ \] \[ {2}2\]/m);
    terminal.type(' ');
    await terminal.waitFor(/^> \[x\] \[ {2}2\]/m);
    for (let count = 0; count < 3; count += 1) terminal.press('backspace');
    await terminal.waitFor(help);
    expect(terminal.screen()).toMatch(/^ {2}\[x\] \[ {2}4\]/m);
    expect(
      terminal
        .screen()
        .split('\n')
        .every((line) => line.length <= cols),
    ).toBe(true);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toBe('Choose the roles: 2 of 30\nanswer 2 4');
  });

  it('of several choices marks all shown rows with Ctrl-A, and none with a second', async () => {
    const terminal = ask(['several', '12'], { cols: 100 });
    await terminal.waitFor('0 marked');
    terminal.type('adm\u0001');
    // Two of the six cannot be chosen: only one of them is an Admin.
    await terminal.waitFor('5 marked, 6 of 12');
    terminal.type('\u0001');
    await terminal.waitFor('0 marked, 6 of 12');
    terminal.type('\u0001');
    await terminal.waitFor('5 marked, 6 of 12');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 2 4 6 8 12');
  });

  it('of several choices returns the current row if none is marked', async () => {
    const terminal = ask(['several', '12'], { cols: 100 });
    await terminal.waitFor('0 marked');
    terminal.press('down');
    await terminal.waitFor(/^> \[ \] \[ {2}2\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 2');
  });

  it('of several choices is numbered on a dumb terminal', async () => {
    const terminal = ask(['several', '12'], { cols: 100, rows: 60, env: { TERM: 'dumb' } });
    const question = 'Type the numbers (such as 1 3-5, or all) of the roles: ';
    await terminal.waitFor(question);
    let asked = 1;
    for (const wrong of ['', '13', '9-10', 'all']) {
      terminal.type(`${wrong}\r`);
      asked += 1;
      await expect.poll(() => terminal.raw().split(question).length - 1).toBe(asked);
    }
    terminal.type('2,4-5\r');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 2 4 5');
  });

  it('is numbered on a dumb terminal and accepts only the numbers of possible choices', async () => {
    const terminal = ask(['choose', '12'], { cols: 100, rows: 60, env: { TERM: 'dumb' } });
    const question = 'Type the number (1 - 12) of the role to assume: ';
    await terminal.waitFor(question);
    await expect
      .poll(() => terminal.screen())
      .toContain('[  1] arn:aws:iam::100000000000:role/Reader  会社1\n[  2] ');
    let asked = 1;
    for (const wrong of ['0', '-1', '13', '10', 'x', '', '1.5', '1e1']) {
      terminal.type(`${wrong}\r`);
      asked += 1;
      await expect.poll(() => terminal.raw().split(question).length - 1).toBe(asked);
    }
    // The list comes again with each question (facts, case 61).
    expect(terminal.history().match(/^Invalid choice, try again\.\n\[ {2}1\] /gm)).toHaveLength(8);
    terminal.type('12\r');
    await terminal.exit();
    expect(terminal.screen()).toContain('answer 12');
    expect(terminal.raw()).not.toContain('\u001b');
  });
});

describe('the controlling terminal', () => {
  it('is used while standard input is a pipe with data', async () => {
    const terminal = start('sh', [
      '-c',
      `printf 'pw\\r\\nmore\\n' | '${process.execPath}' '${program}' piped`,
    ]);
    await terminal.waitFor('Enter SMS token: G-');
    terminal.type('99\r');
    await terminal.exit();
    expect(terminal.screen()).toBe('Enter SMS token: G-99\nanswer pw 99');
  });

  it('is used while standard output and standard error are captured, as by credential_process', async () => {
    const terminal = start('sh', [
      '-c',
      `caught=$('${process.execPath}' '${program}' both 2>&1); echo "<$caught>"`,
    ]);
    await terminal.waitFor('Google Password:');
    terminal.type('pw\r');
    await terminal.waitFor('Enter SMS token: G-');
    terminal.type('99\r');
    await terminal.exit();
    expect(terminal.screen()).toBe('Google Password:\nEnter SMS token: G-99\n<answer pw 99>');
  });

  it('shows lists, too', async () => {
    const terminal = start('sh', [
      '-c',
      `caught=$('${process.execPath}' '${program}' choose 500 2>&1 </dev/null); echo "<$caught>"`,
    ]);
    await terminal.waitFor('[  1] arn');
    terminal.type('401');
    await terminal.waitFor(/^> \[401\]/m);
    terminal.resize(60, 20);
    // The screen looks as it did; that it was drawn anew shows only in how that came about.
    await expect.poll(() => terminal.raw().split('\u001b[H\u001b[J')[1]).toContain('> [401]');
    terminal.type('\u007f2');
    await terminal.waitFor(/^> \[402\]/m);
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('<answer 402>');
  });

  it('is reported as missing if there is none, and a prompt fails', async () => {
    expect(await detached(['available'])).toEqual({ code: 0, text: 'answer false\n' });
    expect(await detached(['secret'])).toEqual({
      code: 5,
      text: 'NOT_INTERACTIVE: there is no terminal to prompt on\n',
    });
  });

  it('is reported as available', async () => {
    const terminal = ask(['available']);
    await terminal.exit();
    expect(terminal.screen()).toBe('answer true');
  });
});

/** Runs the program in a session of its own, which has no controlling terminal. */
async function detached(args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (text += piece.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}
