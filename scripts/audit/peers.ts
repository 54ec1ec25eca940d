/** A long-lived Python process with botocore, the AWS CLI's file writer and aws-google-auth. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PEERS, PYTHON } from './audit.ts';

export interface Peers {
  ask(request: Readonly<Record<string, unknown>>): Promise<unknown>;
  stop(): void;
}

/** Why the process cannot be started; undefined if it can. */
export function missingPeers(): string | undefined {
  const code = 'import botocore, awscli, aws_google_auth';
  const { status } = spawnSync(PYTHON, ['-c', code], { stdio: 'ignore' });
  return status === 0
    ? undefined
    : 'needs awscli and aws-google-auth for Python (GAUTH_TEST_PYTHON names the interpreter)';
}

/** Starts the process. Requests are answered one after the other. */
export async function startPeers(): Promise<Peers> {
  const child = spawn(PYTHON, ['-W', 'ignore', '-X', 'utf8', PEERS], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the Python process ended');
    return JSON.parse(value);
  };
  await next();
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(request) {
      last = last.then(async () => {
        child.stdin.write(`${JSON.stringify(request)}\n`);
        return next();
      });
      return last;
    },
    stop() {
      child.stdin.end();
    },
  };
}
