/** The Windows build of Node under Wine, with gauth installed as npm installs it, against the emulators. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Served, serve } from '../emulators/proxy.ts';
import { type Organisation, type OrganisationOptions, organisation } from '../support/organisation.ts';
import { type Pty, start } from '../support/pty.ts';

/** Wine's prefix, which `.ci/windows` makes; undefined elsewhere. */
export const PREFIX = process.env['GAUTH_TEST_WINDOWS'];
export const NODE = String.raw`C:\Program Files\nodejs\node.exe`;
export const GAUTH = String.raw`C:\npm global\node_modules\gauth-aws\bin\gauth.js`;
/** The folder of npm's gauth.cmd. */
export const BIN = String.raw`C:\npm global`;

export interface ProcessResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface WindowsUser {
  readonly world: Organisation;
  /** The folder of the AWS files, as Windows and as this system name it. */
  readonly windowsFolder: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs gauth without a terminal. */
  gauth(args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
  /** Runs any Windows program, with files as standard streams: Wine's Node ends at once on pipes. */
  run(command: readonly string[], options?: RunOptions): Promise<ProcessResult>;
  /** Runs gauth in a pseudo-terminal. */
  inTerminal(args: readonly string[]): Pty;
  read(name: string): string;
  /** Writes a file, in UTF-8 except for these characters, and returns its Windows path. */
  write(name: string, text: string, characters?: Readonly<Record<string, number>>): string;
}

let users = 0;

/** A user with AWS files in a folder of their own, until the test ends. */
export async function windowsUser(options: OrganisationOptions = {}): Promise<WindowsUser> {
  const prefix = PREFIX ?? '';
  const world = organisation(options);
  const served: Served = await serve(world.hosts);
  users += 1;
  const name = `user ${String(users)} größe`;
  const folder = join(prefix, 'drive_c', 'test', name);
  mkdirSync(folder, { recursive: true });
  const streams = mkdtempSync(join(tmpdir(), 'gauth-wine-'));
  onTestFinished(async () => {
    await served.close();
    rmSync(streams, { recursive: true, force: true });
    world.check();
    if (served.failures.length > 0) throw new Error(`the proxy reports: ${served.failures.join('; ')}`);
  });
  const windowsFolder = `C:\\test\\${name}`;
  const env = {
    HOME: process.env['HOME'] ?? '',
    LANG: 'C.UTF-8',
    WINEPREFIX: prefix,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    NODE_SKIP_PLATFORM_CHECK: '1',
    TZ: 'UTC',
    HTTPS_PROXY: served.proxyUrl,
    NODE_EXTRA_CA_CERTS: `Z:${served.caFile.replaceAll('/', '\\')}`,
    AWS_CONFIG_FILE: `${windowsFolder}\\config`,
    AWS_SHARED_CREDENTIALS_FILE: `${windowsFolder}\\credentials`,
    GAUTH_KEEP_SESSION: 'file',
  };
  let runs = 0;
  const run: WindowsUser['run'] = async (command, { input = '', env: more = {} } = {}) => {
    runs += 1;
    const path = (stream: string): string => join(streams, `${String(runs)}-${stream}`);
    writeFileSync(path('in'), input);
    const paths = [path('in'), path('out'), path('err')] as const;
    const files = [openSync(paths[0], 'r'), openSync(paths[1], 'w'), openSync(paths[2], 'w')];
    const child = spawn('wine', [...command], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env, ...more },
      stdio: files as [number, number, number],
      // Without a controlling terminal.
      detached: true,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    for (const file of files) closeSync(file);
    return { status, out: readFileSync(paths[1], 'utf8'), err: readFileSync(paths[2], 'utf8') };
  };
  return {
    world,
    windowsFolder,
    folder,
    env,
    run,
    gauth: async (args, more) => run([NODE, GAUTH, ...args], more),
    // Wine itself turns off the echo of the Unix terminal only when a program first reads from it: what is typed before is echoed,
    // by a bare Node in raw mode too (`setRawMode(true); write('prompt')`, and keys at once). So the echo is off from the start.
    inTerminal: (args) =>
      start('sh', ['-c', 'stty raw -echo; exec wine "$0" "$@"', NODE, GAUTH, ...args], {
        env,
        cwd: folder,
        cols: 120,
      }),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    write: (file, text, characters = {}) => {
      const bytes = [...text].flatMap((one) => characters[one] ?? [...Buffer.from(one)]);
      writeFileSync(join(folder, file), Buffer.from(bytes));
      return `${windowsFolder}\\${file}`;
    },
  };
}
