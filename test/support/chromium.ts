/** A real Chromium for the tests: the system's, under Xvfb, as an ordinary user, trusting the emulators' authority and reaching nothing else. */
import { execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';

/** nobody: Chromium's sandbox does not work for root, and this user needs not be made. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const NEEDED = {
  chromium: 'chromium',
  Xvfb: 'xvfb',
  certutil: 'libnss3-tools',
  ...(isRoot && { setpriv: 'util-linux' }),
};

/** The Debian packages that lack here. */
export const missingFields: readonly string[] = Object.entries(NEEDED)
  .filter(([program]) => pathOf(program) === undefined)
  .map(([, name]) => name);

export interface ChromiumHost {
  /** Starts Chromium as that user. */
  readonly path: string;
  readonly env: Readonly<Record<'PATH' | 'HOME' | 'TMPDIR' | 'DISPLAY', string>>;
  /** An empty folder for a private profile. */
  profile(): string;
  /** Removes all this, and ends what still runs on it. */
  close(): Promise<void>;
}

/** One display and one home with a certificate database. Call `close` in the end. */
export async function chromiumHost(caFile: string): Promise<ChromiumHost> {
  const home = mkdtempSync(join(tmpdir(), 'gauth-chromium-'));
  const database = join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  certutil('-N', '-d', `sql:${database}`, '--empty-password');
  certutil('-A', '-d', `sql:${database}`, '-t', 'C,,', '-n', 'gauth test CA', '-i', caFile);
  chmodSync(home, 0o711);
  if (isRoot) {
    for (const name of ['', ...namesBelow(home)]) chownSync(join(home, name), NOBODY, NOBODY);
  }
  const profiles = join(home, 'profiles');
  mkdirSync(profiles);
  const path = join(home, 'chromium');
  writeFileSync(path, script(home), { mode: 0o755 });
  const display = await startDisplay();
  return {
    path,
    // Chromium leaves a folder for its sockets when it is killed.
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, DISPLAY: display.name },
    profile() {
      return mkdtempSync(join(profiles, 'p'));
    },
    async close() {
      for (const pid of processesOn(profiles)) process.kill(pid, 'SIGKILL');
      await display.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** Processes whose command line names the folder, zombies left out. */
export function processesOn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
}

/** Root makes the folder, and the browser is somebody else: it gets the folder as its own, and may pass through those above. */
function script(home: string): string {
  const chromium = pathOf('chromium') ?? '';
  const handOver = `for word; do case $word in --user-data-dir=*) folder=\${word#*=};; esac; done
chown -R ${String(NOBODY)}:${String(NOBODY)} "$folder"
while folder=$(dirname "$folder"); [ "$folder" != '${home}' ]; do chmod a+x "$folder"; done
set -- '${chromium}' "$@"
exec setpriv --reuid=${String(NOBODY)} --regid=${String(NOBODY)} --clear-groups "$@"`;
  return `#!/bin/sh
export HOME='${home}'
set -- --disable-background-networking --disable-component-update "$@"
${isRoot ? handOver : `exec '${chromium}' "$@"`}
`;
}

async function startDisplay(): Promise<{ readonly name: string; close(): Promise<void> }> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const [number] = await Promise.race([
    once(server.stdio[3]!, 'data'),
    ended.then(() => {
      throw new Error('Xvfb did not start');
    }),
  ]);
  return {
    name: `:${String(number).trim()}`,
    async close() {
      server.kill();
      await ended;
    },
  };
}

function certutil(...args: readonly string[]): void {
  execFileSync('certutil', args, { stdio: 'ignore' });
}

function namesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

function pathOf(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
