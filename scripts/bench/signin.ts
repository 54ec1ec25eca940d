/** What one whole sign-in with a password costs: the built command against the emulators, from start to exit. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { GAUTH, median, processorTime, type Row } from './measure.ts';

const ROUNDS = 15;
const EMAIL = 'me@example.com';
const PASSWORD = 'correct horse';
const ROLE = 'arn:aws:iam::111222333444:role/saml-init';
const PROVIDER = 'arn:aws:iam::111222333444:saml-provider/google';
const OPTIONS = [
  ...['-u', EMAIL, '-I', 'C01abc2de', '-S', '000111000111'],
  ...['-R', 'us-east-1', '-r', ROLE, '-d', '3600', '-p', 'bench', '--no-cache'],
];

export async function measureSignIn(): Promise<Row> {
  const script = fileURLToPath(new URL('emulators.ts', import.meta.url));
  const emulators = spawn(process.execPath, ['--import', 'tsx', script, EMAIL, PASSWORD, ROLE, PROVIDER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const home = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
  try {
    const { value: line } = await createInterface(emulators.stdout)[Symbol.asyncIterator]().next();
    // Nothing of the machine's own settings: an AWS_CA_BUNDLE, for one, would cost 100 ms.
    const env = { PATH: process.env['PATH'], HOME: home, ...(JSON.parse(String(line)) as object) };
    const signIn = (): number => {
      const milliseconds = processorTime([GAUTH, ...OPTIONS], { env, input: `${PASSWORD}\n` });
      const credentials = readFileSync(join(home, '.aws', 'credentials'), 'utf8');
      if (!credentials.includes('[bench]')) throw new Error('the sign-in left no credentials');
      rmSync(join(home, '.aws'), { recursive: true });
      return milliseconds;
    };
    signIn();
    const times = Array.from({ length: ROUNDS }, signIn);
    return {
      name: 'sign-in with a password, processor time',
      measured: median(times),
      limit: 300,
      unit: 'ms',
    };
  } finally {
    emulators.stdin.end();
    rmSync(home, { recursive: true, force: true });
  }
}
