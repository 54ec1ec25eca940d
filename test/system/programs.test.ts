/** Running other programs: arguments, streams, signals and exit statuses; opening pages; detecting shells. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openerOf } from '../../src/system/open-url.ts';
import { ownerIn } from '../../src/system/connection-owner.ts';
import { temporaryHome } from '../fakes/system.ts';
import { bundle } from '../support/bundle.ts';
import { nodeForOthers } from '../support/other-user.ts';
import { start } from '../support/pty.ts';
import { needs } from '../support/needs.ts';

let program: string;
beforeAll(async () => {
  const made = await bundle(new URL('./fixtures/programs.ts', import.meta.url));
  program = made.program;
  return made.remove;
});

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  /** Resolves when so much has been printed. */
  readonly printed: (text: string) => Promise<void>;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Without a terminal: in a session of its own. */
function run(
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Run {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    detached: true,
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    watchers.forEach((watch) => {
      watch();
    });
  });
  child.stdin.end(input);
  return {
    child,
    out: () => out,
    printed: async (text) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (out.includes(text)) resolve();
        };
        watchers.add(watch);
        watch();
      }),
    ended: new Promise((resolve) => {
      child.once('close', (status, signal) => {
        resolve({ status, signal });
      });
    }),
  };
}

/** A shell script that says when a signal comes, and ends at SIGTERM with status 7. */
const TRAPS = `trap 'echo got INT' INT; trap 'echo got HUP' HUP; trap 'echo got USR1' USR1; trap 'echo got TERM; exit 7' TERM
echo ready; while :; do sleep 0.05; done`;

describe('a program run by gauth', () => {
  it('gets its arguments unchanged, standard input and the environment, without a shell', async () => {
    const words = ['it’s', '', '$HOME', '*', ';', '"', '--', '-x'];
    const script = 'printf "<%s>" "$@"; printf "[%s]" "$MARK"; cat';
    const { out, ended } = run(['execute', 'sh', '-c', script, 'sh', ...words], {
      input: 'data\nmore',
      env: { MARK: 'here' },
    });
    expect(await ended).toEqual({ status: 0, signal: null });
    expect(out()).toBe(`${words.map((word) => `<${word}>`).join('')}[here]data\nmore`);
  });

  it('passes its exit status on', async () => {
    expect(await run(['execute', 'sh', '-c', 'exit 42']).ended).toEqual({ status: 42, signal: null });
  });

  it('is not found', async () => {
    const { out, ended } = run(['execute', 'no-such-program']);
    await ended;
    expect(JSON.parse(out())).toEqual({ kind: 'not-found' });
  });

  it('cannot be run', async () => {
    const file = join(temporaryHome(), 'text');
    writeFileSync(file, 'text', { mode: 0o644 });
    const { out, ended } = run(['execute', file]);
    await ended;
    expect(JSON.parse(out())).toEqual({ kind: 'not-runnable', reason: 'it is not executable' });
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGHUP', 'SIGHUP'],
  ] as const)(
    'that is ended by %s ends gauth by the same signal, which a shell reports as 128 + n',
    async (name, signal) => {
      const { ended } = run(['execute', 'sh', '-c', `kill -${name.slice(3)} $$`]);
      expect(await ended).toEqual({ status: null, signal });
    },
  );

  it('that is killed is reported by 128 + n', async () => {
    expect(await run(['execute', 'sh', '-c', 'kill -KILL $$']).ended).toEqual({ status: 137, signal: null });
  });
});

describe('a signal to gauth without a terminal', () => {
  it('that arrives before the program starts prevents it', async () => {
    const { out, ended } = run(['signalled', 'echo', 'ran']);
    await ended;
    expect(out()).toBe('"GauthError: cancelled"\n');
  });

  it.each(['HUP', 'USR1', 'INT'] as const)('reaches the program: %s', async (name) => {
    const { child, printed, ended } = run(['execute', 'sh', '-c', TRAPS]);
    await printed('ready');
    child.kill(`SIG${name}`);
    await printed(`got ${name}`);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ status: 7, signal: null });
  });
});

describe('in a terminal', () => {
  it('Ctrl-C reaches the program, once each time, and gauth waits for it', async () => {
    const script = `let n = 0;
      process.on('SIGINT', () => {
        console.log('INT ' + ++n);
        if (n === 3) setTimeout(() => { console.log('ends after ' + n); process.exit(5); }, 200);
      });
      setInterval(() => {}, 1000);
      console.log('ready');`;
    const terminal = start(process.execPath, [program, 'execute', process.execPath, '-e', script]);
    await terminal.waitFor('ready');
    for (const count of [1, 2, 3]) {
      terminal.press('ctrl-c');
      await terminal.waitFor(`INT ${count}`);
    }
    expect((await terminal.exit()).code).toBe(5);
    expect(terminal.screen()).toContain('ends after 3');
  });

  it('Ctrl-Z stops both, and fg continues both', async () => {
    const line = `'${process.execPath}' '${program}' execute sh -c 'echo running; read line; echo "read $line"'`;
    const shell = start('bash', ['--norc', '-i'], { env: { PS1: 'prompt> ', HOME: '/nonexistent' } });
    await shell.waitFor(/prompt> ?$/);
    shell.type(`${line}\n`);
    await shell.waitFor(/^running$/m);
    shell.press('ctrl-z');
    await shell.waitFor(/Stopped[\s\S]*prompt> ?$/);
    shell.type('fg\n');
    shell.type('hello\n');
    await shell.waitFor('read hello');
    await shell.waitFor(/prompt> ?$/);
  });
});

describe('a page for the user', () => {
  const SECRET = 'https://signin.aws.amazon.com/federation?SigninToken=s3cret-token';

  /** A browser that writes down what it was started with, and what the address answers. */
  function browser(ask: string): { readonly path: string; readonly log: () => string } {
    const home = temporaryHome();
    const path = join(home, 'browser');
    const log = join(home, 'log');
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' -e '${ask}' "$1" '${log}'\n`);
    chmodSync(path, 0o755);
    return { path, log: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
  }
  const ASK = `
    const [address, log] = process.argv.slice(1);
    const wrong = await fetch(new URL("/other", address));
    const right = await fetch(address, { redirect: "manual" });
    require("fs").writeFileSync(log, [address, wrong.status, right.status, right.headers.get("location")].join("\\n"));`;
  const asked = `(async () => {${ASK}})()`;

  it('is reached by a URL on this machine, which redirects to the real one once', async () => {
    const { path, log } = browser(asked);
    const { out, ended } = run(['browse', SECRET], { env: { BROWSER: path } });
    await ended;
    expect(out()).toBe('true\n');
    await expect.poll(log).toMatch(/(.*\n){3}/);
    const [address, ...answers] = log().split('\n');
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}$/);
    expect(answers).toEqual(['404', '302', SECRET]);
    await expect(fetch(address ?? '')).rejects.toThrow();
  });

  it(
    'is for this user only: another one, who reads the command line, gets nothing',
    needs(process.platform === 'linux' && process.getuid?.() === 0, 'needs Linux and root'),
    async () => {
      const fetching =
        'fetch(process.argv[1], { redirect: "manual" }).then((answer) => console.log(answer.status))';
      // The first to come is another user, and after that the browser comes.
      const { path, log } = browser(
        `(async () => {
          const [address, log] = process.argv.slice(1);
          const options = { uid: 65534, gid: 65534, encoding: "utf8" };
          const other = require("child_process").spawnSync("${nodeForOthers()}", ["-e", process.env.FETCHING, address], options);
          const own = await fetch(address, { redirect: "manual" });
          require("fs").writeFileSync(log, other.stdout.trim() + " " + own.status);
        })()`,
      );
      const { out, ended } = run(['browse', SECRET], { env: { BROWSER: path, FETCHING: fetching } });
      await ended;
      expect(out()).toBe('true\n');
      await expect.poll(log).toBe('404 302');
    },
  );

  it('is not waited for if the opener reports a failure', async () => {
    const began = Date.now();
    const { out, ended } = run(['browse', SECRET], { env: { BROWSER: '/bin/false' } });
    await ended;
    expect(out()).toBe('false\n');
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  it('is protected by the owner of the socket', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0',
      '   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1',
      '   2: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 65534        0 3 1 0 20 4 30 10 -1',
      '  13: 0000000000000000FFFF00000100007F:C002 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 4 1 0 20 4 30 10 -1',
    ].join('\n');
    expect([0xc001, 0xc002, 0xc003].map((port) => ownerIn(table, port, 0x1f90))).toEqual([
      65534,
      1001,
      undefined,
    ]);
  });

  it('is not shown if the browser cannot be started', async () => {
    const { out, ended } = run(['browse', SECRET], { env: { BROWSER: '/no/such/browser' } });
    await ended;
    expect(out()).toBe('false\n');
  });

  it('is not shown without a display', async () => {
    const { out, ended } = run(['browse', SECRET]);
    await ended;
    expect(out()).toBe('false\n');
  });

  it('is not waited for after Ctrl-C', async () => {
    const { path, log } = browser('require("fs").writeFileSync(process.argv[2], "started")');
    const { child, out, ended } = run(['browse', SECRET], { env: { BROWSER: path } });
    await expect.poll(log).toBe('started');
    child.kill('SIGINT');
    await ended;
    expect(out()).toBe('GauthError: cancelled\n');
  });

  it.each<[string, Record<string, string>, NodeJS.Platform, readonly string[] | undefined]>([
    ['a desktop', { DISPLAY: ':0' }, 'linux', ['xdg-open']],
    ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', ['xdg-open']],
    ['no desktop', {}, 'linux', undefined],
    ['the browser of the person', { BROWSER: 'firefox', DISPLAY: ':0' }, 'linux', ['firefox']],
    ['a list of browsers', { BROWSER: 'firefox:lynx' }, 'linux', undefined],
    ['WSL', { WSL_DISTRO_NAME: 'Debian' }, 'linux', ['rundll32.exe', 'url.dll,FileProtocolHandler']],
    ['Windows', {}, 'win32', ['rundll32.exe', 'url.dll,FileProtocolHandler']],
    ['macOS', {}, 'darwin', ['open']],
    ['macOS from afar', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'darwin', undefined],
  ])('is opened by the program of the system: %s', (_what, env, platform, opener) => {
    expect(openerOf({ env, platform })).toEqual(opener);
  });
});

describe('the parent processes', () => {
  it('are named, the nearest first', async () => {
    const child = spawn('bash', ['-c', `'${process.execPath}' '${program}' ancestors; true`], {
      env: { PATH: process.env['PATH'] },
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    await new Promise((resolve) => child.once('close', resolve));
    const names: unknown = JSON.parse(out);
    expect(names).toEqual(expect.arrayContaining(['bash']));
    expect(Array.isArray(names) && names[0]).toBe('bash');
  });
});
