/**
 * What a sign-in costs: the built command against the emulators, from start to exit, in processor time beside bare Node in
 * alternating runs. Later runs find compiled code of the earlier ones, as a user's do.
 */
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

export async function measureSignIn(): Promise<readonly Row[]> {
  const script = fileURLToPath(new URL('emulators.ts', import.meta.url));
  const emulators = spawn(process.execPath, ['--import', 'tsx', script, EMAIL, PASSWORD, ROLE, PROVIDER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const home = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
  try {
    const { value: line } = await createInterface(emulators.stdout)[Symbol.asyncIterator]().next();
    // Nothing of the machine's own settings: an AWS_CA_BUNDLE, for one, would cost 100 ms.
    const plain = { PATH: process.env['PATH'], HOME: home };
    const { NODE_EXTRA_CA_CERTS: authority, ...served } = JSON.parse(String(line)) as Record<string, string>;
    const named = { ...plain, ...served, NODE_EXTRA_CA_CERTS: authority };
    // Trusts the same authority without naming a file to Node, which would parse it at every start.
    const unnamed = { ...plain, ...served, NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: authority };
    const gauth = (env: NodeJS.ProcessEnv, session: 'never' | 'file'): number => {
      const args = [GAUTH, ...OPTIONS, '--keep-session', session];
      const milliseconds = processorTime(args, { env, input: `${PASSWORD}\n` });
      const credentials = readFileSync(join(home, '.aws', 'credentials'), 'utf8');
      if (!credentials.includes('[bench]')) throw new Error('the sign-in left no credentials');
      return milliseconds;
    };
    const cases: readonly (readonly [name: string, limit: number, run: () => number])[] = [
      ['', 0, () => processorTime(['-e', '0'], { env: plain, input: '' })],
      ['sign-in with a password', 4, () => gauth(unnamed, 'never')],
      ['sign-in with a password, CA file named', 4, () => gauth(named, 'never')],
      ['silent renewal', 3, () => gauth(unnamed, 'file')],
      ['silent renewal, CA file named', 3, () => gauth(named, 'file')],
    ];
    const times: number[][] = cases.map(() => []);
    for (let round = -2; round < ROUNDS; round += 1) {
      cases.forEach(([, , run], index) => {
        const milliseconds = run();
        if (round >= 0) times[index]?.push(milliseconds);
      });
    }
    const [bare = NaN, ...others] = times.map(median);
    console.log(`processor time of bare Node: ${bare.toFixed(0)} ms`);
    return cases.slice(1).map(([name, limit], index) => ({
      name: `${name}, processor time / bare Node`,
      measured: (others[index] ?? NaN) / bare,
      limit,
      unit: 'x',
    }));
  } finally {
    emulators.stdin.end();
    rmSync(home, { recursive: true, force: true });
  }
}
