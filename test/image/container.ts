/** Runs the image that `.ci/image` has built: by buildah, which has no process IDs of its own, or as the first process of a container. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { serve } from '../emulators/proxy.ts';
import { temporaryHome } from '../fakes/system.ts';
import type { ProcessResult } from '../support/binary.ts';
import { type Organisation, type OrganisationOptions, organisation } from '../support/organisation.ts';
import { type Pty, start } from '../support/pty.ts';

/** The name of the container that buildah has made of the image; undefined where there is none. */
export const CONTAINER = process.env['GAUTH_TEST_IMAGE'];

export interface Setting {
  readonly world: Organisation;
  /** The folder outside that is /root/.aws inside. */
  readonly aws: string;
  /** `docker run -it`, with `--user` where one is given. */
  inTerminal(args: readonly string[], user?: string): Pty;
  /** `docker run -i`. */
  alone(args: readonly string[], input?: string): Promise<ProcessResult>;
  /** `docker run -it` with process numbers of its own, of which the command has the first, `wrapper` before it; `first` is that process, seen from outside. */
  asFirst(args: readonly string[], wrapper?: readonly string[]): Pty & { first(): number };
}

/** What the image says of itself, as `docker inspect` shows it. */
export function imageConfig(): Readonly<Record<string, unknown>> {
  const { OCIv1 } = JSON.parse(buildah('inspect', CONTAINER!)) as {
    OCIv1: { config: Record<string, unknown> };
  };
  return OCIv1.config;
}

/** The size of the image, unpacked, in MB. */
export function imageMegabytes(): number {
  const [{ size }] = JSON.parse(buildah('images', '--json', 'localhost/gauth')) as [{ size: string }];
  return Number(/^([\d.]+) MB$/.exec(size)?.[1]);
}

/** Serves the organisation to containers with a folder of this owner, until the test ends. */
export async function setting(owner: number, options: OrganisationOptions = {}): Promise<Setting> {
  const world = organisation(options);
  const served = await serve(world.hosts);
  const outside = temporaryHome();
  onTestFinished(async () => {
    await served.close();
    world.check();
    if (served.failures.length > 0) throw new Error(`the proxy complains: ${served.failures.join('; ')}`);
  });
  const aws = join(outside, 'aws');
  mkdirSync(aws, { mode: 0o700 });
  chownSync(aws, owner, owner);
  // As a company hands its authority out: for everybody to read.
  const authority = join(outside, 'authority');
  mkdirSync(authority);
  copyFileSync(served.caFile, join(authority, 'ca.pem'));
  chmodSync(join(authority, 'ca.pem'), 0o644);

  const volumes = [`${aws}:/root/.aws`, `${authority}:/authority:ro`];
  const variables = Object.entries({
    ...served.env,
    NODE_EXTRA_CA_CERTS: '/authority/ca.pem',
    TZ: 'UTC',
  }).map(([name, value]) => `${name}=${value}`);
  const command = imageConfig()['Entrypoint'] as string[];
  const run = (flags: readonly string[], args: readonly string[]): string[] => [
    'run',
    ...flags,
    ...volumes.flatMap((volume) => ['--volume', volume]),
    ...variables.flatMap((variable) => ['--env', variable]),
    CONTAINER!,
    '--',
    ...command,
    ...args,
  ];

  return {
    world,
    aws,
    inTerminal: (args, user) =>
      start('buildah', run(['--tty', ...(user === undefined ? [] : ['--user', user])], args), {
        env: ownEnvironment(),
      }),
    alone: async (args, input = '') => {
      const child = spawn('buildah', run([], args), { detached: true });
      onTestFinished(() => void child.kill('SIGKILL'));
      const pieces = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
      child.stdin.on('error', () => undefined).end(input);
      const status = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject).once('close', resolve);
      });
      // buildah has a word to say about each status.
      const err = pieces.err.replace(/^(subprocess exited with|Error: exit) status.*\n/gm, '');
      return { status, out: pieces.out, err };
    },
    asFirst: (args, wrapper = []) => {
      const root = buildah('mount', CONTAINER!);
      mkdirSync(join(root, 'root', '.aws'), { recursive: true });
      mkdirSync(join(root, 'authority'), { recursive: true });
      const mounts =
        'mount --rbind /dev dev && mount -t proc proc proc && mount --bind "$1" root/.aws && mount --bind "$2" authority && shift 2';
      const terminal = start(
        'unshare',
        [
          ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c'],
          `cd "$0" && ${mounts} && exec chroot . env -i TERM=dumb "$@"`,
          ...[root, aws, authority],
          ...(imageConfig()['Env'] as string[]),
          ...variables,
          ...wrapper,
          ...command,
          ...args,
        ],
        { env: ownEnvironment() },
      );
      return { ...terminal, first: () => onlyChild(terminal.pid) };
    },
  };
}

/** What buildah needs of this environment to find its images. */
function ownEnvironment(): Record<string, string> {
  const names = ['BUILDAH_ISOLATION', 'CONTAINERS_STORAGE_CONF', 'HOME', 'STORAGE_DRIVER'];
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

function buildah(...args: readonly string[]): string {
  return execFileSync('buildah', args, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).trim();
}

function onlyChild(pid: number): number {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return Number(children.trim());
}
