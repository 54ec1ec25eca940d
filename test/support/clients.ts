/** Programs of others that read gauth's profiles: where they are, and how they are run. */
import { spawn, spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { test } from 'vitest';
import type { Binary, ProcessResult } from './binary.ts';
import { FLAGS, USER } from './organisation.ts';
import { programIn } from './tools.ts';
import { needsInstalled } from './needs.ts';

/** The interpreter whose packages are boto3, the AWS CLI and whatever else is written in Python. */
export const PYTHON = process.env['GAUTH_TEST_PYTHON'] ?? 'python3';
/** Beside the interpreter, there are the programs that are installed for it. */
const PATH = [...(PYTHON.includes('/') ? [dirname(PYTHON)] : []), process.env['PATH'] ?? ''].join(delimiter);

/** Where an AWS CLI of this major version is: version 1 comes with Python's packages, version 2 from the system's. */
export function awsCli(version: 1 | 2): string | undefined {
  const found = [PATH, '/usr/bin', '/usr/local/bin'].flatMap((path) => programIn(path, 'aws') ?? []);
  return found.find((path) => {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    return stdout.startsWith(`aws-cli/${String(version)}.`);
  });
}

export function hasModule(name: string): boolean {
  return spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0;
}

/** `test` where the tool is at hand; elsewhere a test that says what it lacks and is skipped, or fails in CI. */
export function testWithClient(tool: string, isThere: boolean): typeof test {
  if (isThere) return test;
  const reason = `lacks ${tool} (looked for by GAUTH_TEST_PYTHON or python3, on the PATH and in /usr/bin)`;
  return ((name: string) => {
    test(name, needsInstalled(false, reason), () => {
      throw new Error(reason);
    });
  }) as typeof test;
}

/** Signs in with the password on standard input; then profile sts-temp has keys. */
export async function signIn(made: Binary, more: readonly string[] = []): Promise<void> {
  const { status, err } = await made.alone([...FLAGS, ...more], {
    input: `${USER.password}\n`,
    env: { GAUTH_KEEP_SESSION: 'file' },
  });
  if (status !== 0) throw new Error(err);
}

/** What an AWS client needs to come through the proxy, with Python's words for it; nothing else is set. */
export function clientEnvironment({ env, served }: Binary): Record<string, string> {
  return {
    ...env,
    PATH,
    GAUTH_KEEP_SESSION: 'file',
    NO_PROXY: '127.0.0.1',
    AWS_CA_BUNDLE: served.caFile,
    REQUESTS_CA_BUNDLE: served.caFile,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    PYTHONWARNINGS: 'ignore',
  };
}

/** Runs a client without a terminal, in a session of its own. The result is returned when it has ended. */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProcessResult> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const [out, err] = [child.stdout, child.stderr].map((stream) => {
    const pieces: string[] = [];
    stream.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
    return pieces;
  }) as [string[], string[]];
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { status, out: out.join(''), err: err.join('') };
}
