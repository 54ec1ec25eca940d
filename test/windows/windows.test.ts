/** gauth on Windows: the Windows build of Node under Wine. Needs `.ci/windows`, which installs it and runs this. */
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { FLAGS, ROLE, USER } from '../support/organisation.ts';
import type { Pty } from '../support/pty.ts';
import { BIN, GAUTH, NODE, PREFIX, windowsUser, type WindowsUser } from './wine.ts';

const TOTP = '123456';
const SESSION = [...FLAGS, '-d', '3600', '-r', ROLE];
const PASSWORD = { input: `${USER.password}\n` };

async function answer(terminal: Pty, prompt: string, text: string): Promise<void> {
  await terminal.waitFor(prompt, 60_000);
  terminal.type(text);
  terminal.press('enter');
}

/** Signs in with the password from standard input. */
async function signedIn(options: Parameters<typeof windowsUser>[0] = {}): Promise<WindowsUser> {
  const user = await windowsUser(options);
  const { status, err } = await user.gauth(SESSION, PASSWORD);
  expect(status, err).toBe(0);
  return user;
}

describe(
  'on Windows',
  { ...needs(PREFIX !== undefined, 'needs Wine: .ci/windows installs it and runs this'), timeout: 120_000 },
  () => {
    it('signs in with a code typed in a terminal; a second run needs no answer', async () => {
      const user = await windowsUser({
        user: { dialect: 'v3', challenges: [{ methods: [{ kind: 'totp', code: TOTP }] }] },
      });
      const terminal = user.inTerminal(SESSION);
      await answer(terminal, 'Google Password:', USER.password);
      await answer(terminal, 'MFA token:', TOTP);
      expect((await terminal.exit(60_000)).code, terminal.history()).toBe(0);
      expect(terminal.history()).not.toContain(USER.password);
      expect(user.read('credentials')).toMatch(/^\[sts-temp\]\naws_access_key_id = /);

      const again = user.inTerminal(['-p', 'sts-temp', '--no-cache']);
      expect((await again.exit(60_000)).code, again.history()).toBe(0);
      expect(again.history()).toMatch(/^Assuming /);
      expect(user.world.sts.keys).toHaveLength(2);
    });

    it('keeps CRLF line ends and everything else in the files', async () => {
      const user = await windowsUser();
      const [config, credentials] = [
        '[profile other]\r\nregion = x\r\n',
        '[other]\r\naws_access_key_id = AKIA\r\n',
      ];
      user.write('config', config);
      user.write('credentials', credentials);
      const { status, err } = await user.gauth(SESSION, PASSWORD);
      expect(status, err).toBe(0);
      expect(user.read('config')).toMatch(/^\[profile other\]\r\nregion = x\r\n\r\n\[profile sts-temp\]\r\n/);
      for (const name of ['config', 'credentials'])
        expect(user.read(name).replaceAll('\r\n', '')).not.toContain('\n');
      expect(user.read('credentials').startsWith(credentials)).toBe(true);
    });

    it('signs in once for eight processes that need credentials at the same time', async () => {
      const user = await signedIn();
      rmSync(join(user.folder, 'gauth', 'sessions'), { recursive: true });
      rmSync(join(user.folder, 'saml_cache_C01abc2de.xml'), { force: true });
      const before = user.world.sts.keys.length;
      const results = await Promise.all(
        Array.from({ length: 8 }, async () => user.gauth(['credential-process', '-p', 'sts-temp'])),
      );
      for (const { status, err } of results) expect(status, err).toBe(0);
      expect(new Set(results.map(({ out }) => out)).size).toBe(1);
      expect(JSON.parse(results[0]?.out ?? '')).toMatchObject({
        Version: 1,
        AccessKeyId: expect.any(String) as string,
      });
      expect(user.world.sts.keys).toHaveLength(before + 1);
    });

    it('waits for a program that has the credentials file open', async () => {
      const user = await signedIn();
      const [held, result] = await Promise.all([
        user.run(holdOpen(user, 'credentials', 1000)),
        afterHeld(user, async () => user.gauth([...SESSION, '--no-cache'], PASSWORD)),
      ]);
      expect(held.status, held.err).toBe(0);
      expect(result.status, result.err).toBe(0);
      expect(user.read('credentials')).toContain(user.world.sts.keys.at(-1)?.accessKeyId);
    });

    it('leaves the file as it is, with an error, if another program does not close it', async () => {
      const user = await signedIn();
      const before = user.read('credentials');
      const [, result] = await Promise.all([
        user.run(holdOpen(user, 'credentials', 12_000)),
        afterHeld(user, async () => user.gauth([...SESSION, '--no-cache'], PASSWORD)),
      ]);
      expect(user.read('credentials')).toBe(before);
      expect(result.status).toBe(5);
      expect(result.err).toMatch(
        /^gauth: cannot write \S.*credentials: permission denied, or another program has it open \(FILE\)$/m,
      );
      expect(result.err).toMatch(/^ {2}close the program that has .*credentials open$/m);
    });

    it('leaves a read-only file as it is, with an error before the sign-in', async () => {
      const user = await windowsUser();
      user.write('credentials', '[other]\na = 1\n');
      chmodSync(join(user.folder, 'credentials'), 0o444);
      const { status, err } = await user.gauth(SESSION, PASSWORD);
      expect({ status, text: user.read('credentials') }).toEqual({ status: 5, text: '[other]\na = 1\n' });
      expect(err).toMatch(
        /credentials is read-only \(FILE\)\n {2}make it writable: attrib -r ".*credentials"\n/,
      );
      expect(user.world.google.requests).toEqual([]);
    });

    it('works with spaces and umlauts in the names of the profile and of the user', async () => {
      const user = await windowsUser();
      // Wine sets USERPROFILE at its start; a batch file changes it for what it runs.
      const words = SESSION.map((word) => (word === 'sts-temp' ? '"größe eins"' : word)).join(' ');
      user.write(
        'run.cmd',
        [
          '@echo off',
          String.raw`set USERPROFILE=C:\users\Jörg Müller`,
          'set AWS_CONFIG_FILE=',
          'set AWS_SHARED_CREDENTIALS_FILE=',
          `"${NODE}" "${GAUTH}" ${words}`,
          '',
        ].join('\r\n'),
        // The encoding of batch files: code page 437.
        { ö: 0x94, ü: 0x81, ß: 0xe1 },
      );
      const { status, err } = await user.run(['cmd', '/c', 'run.cmd'], PASSWORD);
      expect(status, err).toBe(0);
      const aws = join(PREFIX ?? '', 'drive_c', 'users', 'Jörg Müller', '.aws');
      expect(readdirSync(aws)).toEqual(expect.arrayContaining(['config', 'credentials', 'gauth']));
    });

    it('sets the variables of cmd.exe and PowerShell', async () => {
      const user = await signedIn();
      const key = user.world.sts.keys[0]?.accessKeyId ?? '';
      const powershell = await user.gauth(['env', '-p', 'sts-temp', '--shell', 'powershell']);
      expect(powershell.out).toContain(`$env:AWS_ACCESS_KEY_ID = '${key}'`);
      const lines = await user.gauth(['env', '-p', 'sts-temp', '--shell', 'cmd']);
      const script = user.write(
        'env.cmd',
        `@echo off\r\n${lines.out.replaceAll(/\r?\n/g, '\r\n')}echo [%AWS_ACCESS_KEY_ID%]\r\n`,
      );
      expect((await user.run(['cmd', '/c', script])).out.trim()).toBe(`[${key}]`);
    });

    it('runs programs and batch files with their arguments and exit statuses', async () => {
      const user = await signedIn();
      const program = await user.gauth([
        'exec',
        '-p',
        'sts-temp',
        '--',
        NODE,
        '-e',
        'process.exit(process.env.AWS_ACCESS_KEY_ID ? 7 : 8)',
      ]);
      expect(program.status, program.err).toBe(7);
      const missing = await user.gauth(['exec', '-p', 'sts-temp', '--', 'no-such-program']);
      // Wine's cmd.exe ends with 49 for a program that it does not find, that of Windows with 1, which gauth recognises.
      const wine = await user.run(['cmd', '/c', 'no-such-program']);
      expect(missing.status, missing.err).toBe(wine.status === 1 ? 127 : wine.status);

      // A batch file that prints its arguments, found on PATH by its name without .cmd. (No argument has a %: Wine expands the
      // variables in the arguments of a batch file once more, which Windows does not.)
      user.write(
        'show.cmd',
        `@echo off\r\n"${NODE}" -p "JSON.stringify(process.argv.slice(1))" -- %*\r\nexit /b 9\r\n`,
      );
      const words = ['plain', 'two words', 'a&b', '"quoted"', 'x^y', 'a|b', '&echo injected'];
      const batch = await user.gauth(['exec', '-p', 'sts-temp', '--', 'show', ...words], {
        env: { WINEPATH: user.windowsFolder },
      });
      expect(batch.status, batch.err).toBe(9);
      expect(batch.out).not.toMatch(/^injected/m);
      expect(JSON.parse(batch.out)).toEqual(words);
    });

    it('writes a credential_process line without quotes, which runs with and without cmd.exe', async () => {
      const user = await windowsUser();
      const link = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111';
      const made = await user.gauth(
        ['configure', link, '-u', USER.email, '-R', 'us-east-1', '-p', 'made', '--credential-process'],
        { ...PASSWORD, env: { WINEPATH: BIN } },
      );
      expect(made.status, made.err).toBe(0);
      const line = /^credential_process = (.*)$/m.exec(user.read('config'))?.[1] ?? '';
      expect(line).toMatch(/^\S+ \S+ credential-process --profile made$/);
      expect(line).not.toContain('"');
      const byCmd = await user.run(['cmd', '/d', '/s', '/c', line]);
      expect(JSON.parse(byCmd.out)).toMatchObject({ Version: 1 });
      const direct = await user.run(line.split(' '));
      expect(direct.out).toBe(byCmd.out);
    });

    it('checks the machine', async () => {
      const user = await signedIn();
      const { status, out, err } = await user.gauth(['doctor']);
      expect([0, 5], err).toContain(status);
      expect(out).toMatch(/^ok {7}Google \(accounts\.google\.com\) can be reached/m);
      expect(out).not.toMatch(/chmod|ls -l/);
    });

    it('leaves no temporary files', async () => {
      const user = await signedIn();
      const names = readdirSync(user.folder, { recursive: true, encoding: 'utf8' });
      expect(names.filter((name) => /\.gauth-(tmp|lock)$/.test(name))).toEqual([]);
      expect(existsSync(join(user.folder, 'credentials'))).toBe(true);
    });
  },
);

/** A program that has a file open for so many milliseconds, and says when. */
function holdOpen(user: WindowsUser, file: string, milliseconds: number): readonly string[] {
  const script = `const fs = require('fs'); const fd = fs.openSync(${JSON.stringify(`${user.windowsFolder}\\${file}`)}, 'r+'); fs.writeFileSync(${JSON.stringify(`${user.windowsFolder}\\held`)}, ''); setTimeout(() => fs.closeSync(fd), ${String(milliseconds)});`;
  return [NODE, '-e', script];
}

/** Waits until the file is open, then runs. */
async function afterHeld<Result>(user: WindowsUser, work: () => Promise<Result>): Promise<Result> {
  while (!existsSync(join(user.folder, 'held'))) await new Promise((resolve) => setTimeout(resolve, 50));
  return work();
}
