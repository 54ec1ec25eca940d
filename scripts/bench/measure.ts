/** How the bench measures: wall time of alternating runs, processor time of a whole process, medians. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command, as it is installed. */
export const GAUTH = fileURLToPath(new URL('../../bin/gauth.js', import.meta.url));

/** One line of the bench's table: `measured` and `limit` in the same unit. */
export interface Row {
  readonly name: string;
  readonly measured: number;
  readonly limit: number;
  /** What it should come to; the limit is what it must not exceed. */
  readonly goal?: number;
  readonly unit: 'x' | 'ms' | '';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/**
 * The environment for start-up figures. NODE_EXTRA_CA_CERTS alone costs Node 20 about 60 ms at every start, which would make
 * every ratio look better than it is.
 */
function plainEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env['NODE_EXTRA_CA_CERTS'];
  return env;
}

/**
 * Wall time of `node ...args` for each of the argument lists, in milliseconds: medians of `rounds` runs that take turns, so
 * that a slow moment of the machine meets all of them. `variables` are added to the environment. Throws when a run fails.
 */
export function wallTimes(
  commands: readonly (readonly string[])[],
  rounds: number,
  variables: NodeJS.ProcessEnv = {},
): readonly number[] {
  const env = { ...plainEnvironment(), ...variables };
  const times: number[][] = commands.map(() => []);
  for (let round = -1; round < rounds; round++) {
    commands.forEach((args, index) => {
      const start = process.hrtime.bigint();
      const { status, stderr } = spawnSync(process.execPath, args, {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
      if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
      // The first round only fills the operating system's caches.
      if (round >= 0) times[index]?.push(milliseconds);
    });
  }
  return times.map(median);
}

/**
 * Processor time (user + system, all threads, from start to exit) of one run of `node ...args`, in milliseconds. Bash's `time`
 * reads it from the kernel (getrusage), so nothing has to be put into the process that is measured. Throws when the run fails.
 */
export function processorTime(
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly input: string },
): number {
  const script = `exec 3>&2; TIMEFORMAT='cpu %3U %3S'; time "$@" 2>&3`;
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], {
    ...options,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(stderr) ?? [];
  if (status !== 0 || user === undefined || system === undefined) {
    throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  }
  return (Number(user) + Number(system)) * 1000;
}

/** The most memory that one run of `node ...args` has held (resident set), in kilobytes. Throws when the run fails. */
export function peakMemory(
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly input: string },
): number {
  const preload = fileURLToPath(new URL('memory.cjs', import.meta.url));
  const { status, output } = spawnSync(process.execPath, ['--require', preload, ...args], {
    ...options,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const kilobytes = Number(output[3]);
  if (status !== 0 || !(kilobytes > 0))
    throw new Error(`node ${args.join(' ')} ended with ${String(status)}`);
  return kilobytes;
}
