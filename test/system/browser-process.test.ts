/** A browser as a child process: how it is started, what it is told when it does not start, and that nothing of it stays. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Browser, BrowserRequest } from '../../src/ports.ts';
import { createBrowser } from '../../src/system/browser-process.ts';
import { bundle } from '../support/bundle.ts';
import { processesOn } from '../support/chromium.ts';
import { needs } from '../support/needs.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/browser.mjs', import.meta.url));
const NEVER = new AbortController().signal;

interface World {
  readonly browser: Browser;
  readonly request: BrowserRequest;
  readonly folder: string;
}

function world(env: Readonly<Record<string, string>> = {}, start = 20_000): World {
  const home = mkdtempSync(join(tmpdir(), 'gauth-browser-'));
  const folder = join(home, 'profile');
  onTestFinished(() => {
    for (const pid of processesOn(folder)) process.kill(pid, 'SIGKILL');
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  });
  const place = {
    env: { PATH: process.env['PATH'], DISPLAY: ':7', ...env },
    platform: process.platform,
    home,
  };
  return {
    browser: createBrowser(place, { start, end: 500 }),
    request: { path: PROGRAM, args: ['--lang=de'], folder, waitMs: 20_000 },
    folder,
  };
}

interface Start {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function startsOf(folder: string): readonly Start[] {
  const lines = readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Start);
}

function portOf({ argv }: Start): number {
  return Number(argv.find((word) => word.startsWith('--remote-debugging-port='))?.split('=')[1]);
}

async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** No process, no port, no record, no lock. */
async function expectNoRemains(folder: string): Promise<void> {
  expect(processesOn(folder)).toEqual([]);
  for (const start of startsOf(folder)) expect(await isOpen(portOf(start))).toBe(false);
  expect(existsSync(join(folder, 'gauth-browser.json'))).toBe(false);
  expect(existsSync(`${folder}.gauth-lock`)).toBe(false);
}

describe('a start', () => {
  it('is that of an ordinary program, with a port chosen beforehand and a private profile', async () => {
    const wrapper = { LD_LIBRARY_PATH: '/tmp/.mount_gauth/lib', NODE_OPTIONS: '--no-warnings' };
    const { browser, request, folder } = world({ ...wrapper, LANG: 'de_DE.UTF-8' });
    const answer = await browser.use(request, NEVER, async (open) => {
      expect(open).toMatchObject({ path: PROGRAM, hasDisplay: true });
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(statSync(join(folder, 'gauth-browser.json')).mode & 0o777).toBe(0o600);
      return open.command('Test.hello');
    });
    expect(answer).toEqual({ method: 'Test.hello' });
    const [start] = startsOf(folder);
    expect(start?.argv.map((word) => word.replace(/\d+$/, 'N'))).toEqual([
      '--remote-debugging-port=N',
      `--user-data-dir=${folder}`,
      '--no-startup-window',
      '--no-first-run',
      '--no-default-browser-check',
      '--hide-crash-restore-bubble',
      '--lang=de',
    ]);
    expect(start?.env).toMatchObject({ LANG: 'de_DE.UTF-8', DISPLAY: ':7' });
    expect(start?.env).not.toHaveProperty('LD_LIBRARY_PATH');
    expect(start?.env).not.toHaveProperty('NODE_OPTIONS');
    expect(existsSync(join(folder, 'closed-politely'))).toBe(true);
    await expectNoRemains(folder);
  });

  it('goes without windows where there is no display', async () => {
    const { browser, request, folder } = world({ DISPLAY: '' });
    await browser.use(request, NEVER, (open) => Promise.resolve(expect(open.hasDisplay).toBe(false)));
    expect(startsOf(folder)[0]?.argv).toContain(process.platform === 'linux' ? '--headless' : '--lang=de');
  });

  it('is tried with another port when somebody has taken the first', async () => {
    const { browser, request, folder } = world({ BROWSER_MODE: 'port-taken' });
    await browser.use(request, NEVER, async (open) => open.command('Test.hello'));
    expect(startsOf(folder)).toHaveLength(2);
    await expectNoRemains(folder);
  });

  it.each([
    [
      '[1:1] Running as root without --no-sandbox is not supported.',
      'BROWSER_FAILED',
      /root/,
      /--browser-arg=--no-sandbox/,
    ],
    [
      '[1:1] No usable sandbox! You probably need to',
      'BROWSER_FAILED',
      /sandbox/,
      /--browser-arg=--no-sandbox/,
    ],
    ['[1:1] Missing X server or $DISPLAY', 'BROWSER_FAILED', /display/, /ssh -X/],
    [
      'DevTools remote debugging is disallowed by the system admin.',
      'BROWSER_FAILED',
      /policy/,
      /--browser-path/,
    ],
    [
      '[1:1:ERROR:a.cc(1)] something \u001b[31melse',
      'BROWSER_FAILED',
      /status 1/,
      /the browser printed: something \[31melse/,
    ],
  ] as const)('says what is to be done when the browser says "%s"', async (said, code, message, hint) => {
    const { browser, request, folder } = world({ BROWSER_SAYS: said });
    const error = {
      code,
      message: expect.stringMatching(message),
      hints: expect.arrayContaining([expect.stringMatching(hint)]),
    };
    await expect(browser.use(request, NEVER, () => Promise.resolve())).rejects.toMatchObject(error);
    await expectNoRemains(folder);
  });

  it('says that another browser has the profile', async () => {
    const said = { BROWSER_SAYS: 'Opening in existing browser session.', BROWSER_STATUS: '0' };
    const { browser, request } = world(said);
    await expect(browser.use(request, NEVER, () => Promise.resolve())).rejects.toMatchObject({
      code: 'LOCKED',
    });
  });

  it('ends at its limit and at Ctrl-C when the browser says nothing', async () => {
    const { browser, request, folder } = world({ BROWSER_MODE: 'mute' }, 1500);
    await expect(browser.use(request, NEVER, () => Promise.resolve())).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const stop = new AbortController();
    const stopped = browser.use(request, stop.signal, () => Promise.resolve());
    await expect.poll(() => startsOf(folder).length, { timeout: 10_000 }).toBe(2);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectNoRemains(folder);
  });

  it('says that a program is none', async () => {
    const { browser, request, folder } = world();
    const none = join(folder, '..', 'none');
    writeFileSync(none, '#!/nowhere/interpreter\n', { mode: 0o755 });
    for (const path of [none, join(folder, 'absent')]) {
      await expect(browser.use({ ...request, path }, NEVER, () => Promise.resolve())).rejects.toMatchObject({
        code: 'BROWSER_MISSING',
      });
    }
  });
});

describe('an end', () => {
  it('is by force where the browser does not go by itself', async () => {
    const { browser, request, folder } = world({ BROWSER_MODE: 'stubborn' });
    await expect(browser.use(request, NEVER, () => Promise.reject(new Error('work')))).rejects.toThrow(
      'work',
    );
    await expectNoRemains(folder);
  });

  it.each([
    ['Test.leave', '0', { kind: 'closed' }],
    ['Test.leave', '3', { kind: 'crashed', how: 'status 3' }],
    ['Test.goSilent', '0', { kind: 'silent' }],
  ] as const)('that comes by itself is told: %s with status %s', async (method, status, end) => {
    const { browser, request, folder } = world({ BROWSER_STATUS: status });
    const result = browser.use(request, NEVER, async (open) => {
      await expect(open.command(method)).rejects.toMatchObject({ code: 'BROWSER_FAILED' });
      return open.end;
    });
    expect(await result).toEqual(end);
    await expectNoRemains(folder);
  });
});

describe('a guard', needs(process.platform !== 'win32', 'needs signals'), () => {
  it.each([
    ['', 'in order'],
    ['stubborn', 'by force'],
  ])('ends the browser of a gauth that was killed (%s: %s)', async (mode) => {
    const { folder } = world();
    const { program, remove } = await bundle(new URL('fixtures/browse.ts', import.meta.url));
    onTestFinished(remove);
    const gauth = spawn(process.execPath, [program, PROGRAM, folder], {
      env: { PATH: process.env['PATH'], HOME: folder, DISPLAY: ':7', BROWSER_MODE: mode },
      stdio: 'ignore',
    });
    await expect.poll(() => existsSync(join(folder, 'gauth-browser.json')), { timeout: 20_000 }).toBe(true);
    expect(processesOn(folder)).not.toEqual([]);
    gauth.kill('SIGKILL');
    await expect.poll(() => processesOn(folder), { timeout: 20_000 }).toEqual([]);
  });
});

describe('what a killed run left', () => {
  /** A browser that nobody looks after any more. */
  async function orphan(folder: string, mode: string): Promise<ChildProcess> {
    const child = spawn(PROGRAM, ['--remote-debugging-port=0', `--user-data-dir=${folder}`], {
      env: { ...process.env, BROWSER_MODE: mode },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await expect.poll(() => said, { timeout: 10_000 }).toMatch(/ws:/);
    const endpoint = /ws:\S+/.exec(said)?.[0];
    writeFileSync(join(folder, 'gauth-browser.json'), JSON.stringify({ pid: child.pid, endpoint }));
    return child;
  }

  it('is ended politely: a browser that still runs', async () => {
    const { browser, request, folder } = world();
    await browser.use(request, NEVER, () => Promise.resolve());
    rmSync(join(folder, 'closed-politely'));
    const left = await orphan(folder, '');
    await browser.use(request, NEVER, () => {
      expect(left.exitCode).toBe(0);
      expect(existsSync(join(folder, 'closed-politely'))).toBe(true);
      return Promise.resolve();
    });
    await expectNoRemains(folder);
  });

  it('is removed: locks whose holder is gone, is another program, or was on another host', async () => {
    const { browser, request, folder } = world();
    await browser.use(request, NEVER, () => Promise.resolve());
    for (const holder of ['elsewhere-4711', `here-${String(process.pid)}`, 'here-999999999']) {
      symlinkSync(holder, join(folder, 'SingletonLock'));
      writeFileSync(join(folder, 'gauth-browser.json'), '{"pid":');
      await browser.use(request, NEVER, () => {
        expect(() => statSync(join(folder, 'SingletonLock'))).toThrow(/ENOENT/);
        return Promise.resolve();
      });
    }
  });
});

it('lets runs on one profile wait for each other, as long as they want to', async () => {
  const { browser, request, folder } = world();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const first = browser.use(request, NEVER, async () => held);
  await expect.poll(() => existsSync(join(folder, 'starts')), { timeout: 10_000 }).toBe(true);
  const impatient = browser.use({ ...request, waitMs: 200 }, NEVER, () => Promise.resolve());
  await expect(impatient).rejects.toMatchObject({ code: 'LOCKED' });
  const second = browser.use(request, NEVER, () => Promise.resolve('second'));
  expect(startsOf(folder)).toHaveLength(1);
  release();
  await first;
  expect(await second).toBe('second');
  await expectNoRemains(folder);
});
