import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { median, processorTime } from './bench/measure.ts';
const GAUTH = process.env['WHICH'] ?? '/work/main/bin/gauth.js';
const EMAIL = 'me@example.com', PASSWORD = 'correct horse', ROLE = 'arn:aws:iam::111222333444:role/saml-init', PROVIDER = 'arn:aws:iam::111222333444:saml-provider/google';
const OPTIONS = ['-u', EMAIL, '-I', 'C01abc2de', '-S', '000111000111', '-R', 'us-east-1', '-r', ROLE, '-d', '3600', '-p', 'bench', '--no-cache'];
const emulators = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('bench/emulators.ts', import.meta.url)), EMAIL, PASSWORD, ROLE, PROVIDER], { stdio: ['pipe', 'pipe', 'inherit'] });
const home = mkdtempSync(join(tmpdir(), 'gauth-cpu-'));
const { value: line } = await createInterface(emulators.stdout)[Symbol.asyncIterator]().next();
const served = JSON.parse(String(line)) as Record<string, string>;
const env = { PATH: process.env['PATH'], HOME: home, ...served };
const { NODE_EXTRA_CA_CERTS: ca = '', ...rest } = env as Record<string, string>;
const without = { ...rest, NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: ca };
const run = (e: NodeJS.ProcessEnv, args: string[]) => processorTime(args, { env: e, input: `${PASSWORD}\n` });
const cases: [string, () => number][] = [
  ['bare', () => run({ PATH: process.env['PATH'], HOME: home }, ['-e', '0'])],
  ['signin named', () => run(env, [GAUTH, ...OPTIONS, '--keep-session', 'never'])],
  ['signin without', () => run(without, [GAUTH, ...OPTIONS, '--keep-session', 'never'])],
  ['renewal named', () => run(env, [GAUTH, ...OPTIONS, '--keep-session', 'file'])],
  ['renewal without', () => run(without, [GAUTH, ...OPTIONS, '--keep-session', 'file'])],
  ['version', () => run(env, [GAUTH, '--version'])],
];
const times = cases.map(() => [] as number[]);
for (let i = -2; i < Number(process.argv[2] ?? 9); i++) cases.forEach(([, f], k) => { const t = f(); if (i >= 0) times[k]!.push(t); });
cases.forEach(([n], k) => console.log(n, median(times[k]!).toFixed(0), (median(times[k]!) / median(times[0]!)).toFixed(2)));
emulators.stdin.end(); rmSync(home, { recursive: true, force: true });
