/** The built command against an emulated organisation, which it reaches through a proxy. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ServeOptions, type Served, serve } from '../emulators/proxy.ts';
import { temporaryHome } from '../fakes/system.ts';
import { type Organisation, type OrganisationOptions, organisation } from './organisation.ts';
import { type Pty, type PtyOptions, start } from './pty.ts';

const GAUTH = join(import.meta.dirname, '..', '..', 'bin', 'gauth.js');

export interface ProcessResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Binary {
  readonly world: Organisation;
  readonly served: Served;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** In a terminal. */
  inTerminal(args: readonly string[], options?: PtyOptions): Pty;
  /** In a terminal, as a line of a shell: `gauth` is the command. */
  inShell(line: string, options?: PtyOptions): Pty;
  /** Without a terminal: in a session of its own, which has none to control it. */
  alone(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<ProcessResult>;
}

/** Serves the organisation until the test ends. Then the emulators and the proxy must have nothing to complain of, unless `faults` are expected. */
export async function binary(
  options: OrganisationOptions & { readonly serve?: ServeOptions; readonly faults?: boolean } = {},
): Promise<Binary> {
  const world = organisation(options);
  const served = await serve(world.hosts, options.serve);
  const home = temporaryHome();
  onTestFinished(async () => {
    await served.close();
    if (options.faults === true) return;
    world.check();
    if (served.failures.length > 0) throw new Error(`the proxy complains: ${served.failures.join('; ')}`);
  });
  const env = { HOME: home, TZ: 'UTC', GAUTH_KEEP_SESSION: 'never', ...served.env };
  return {
    world,
    served,
    home,
    env,
    inTerminal: (args, more = {}) =>
      start(process.execPath, [GAUTH, ...args], { ...more, env: { ...env, ...more.env } }),
    inShell: (line, more = {}) =>
      start('sh', ['-c', `gauth() { "$NODE" "$GAUTH" "$@"; }; ${line}`], {
        ...more,
        env: { ...env, NODE: process.execPath, GAUTH, ...more.env },
      }),
    alone: async (args, { input = '', env: more = {} } = {}) => {
      const child = spawn(process.execPath, [GAUTH, ...args], {
        env: { PATH: process.env['PATH'], ...env, ...more },
        detached: true,
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const [out, err] = [child.stdout, child.stderr].map((stream) => {
        const pieces: string[] = [];
        stream.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
        return pieces;
      }) as [string[], string[]];
      child.stdin.on('error', () => undefined).end(input);
      const status = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject).once('close', resolve);
      });
      return { status, out: out.join(''), err: err.join('') };
    },
  };
}
