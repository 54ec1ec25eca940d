import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
const GAUTH = '/work/main/bin/gauth.js';
const EMAIL = 'me@example.com', PASSWORD = 'correct horse', ROLE = 'arn:aws:iam::111222333444:role/saml-init', PROVIDER = 'arn:aws:iam::111222333444:saml-provider/google';
const OPTIONS = ['-u', EMAIL, '-I', 'C01abc2de', '-S', '000111000111', '-R', 'us-east-1', '-r', ROLE, '-d', '3600', '-p', 'bench', '--no-cache', '--keep-session', process.argv[2] ?? 'never'];
const emulators = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('bench/emulators.ts', import.meta.url)), EMAIL, PASSWORD, ROLE, PROVIDER], { stdio: ['pipe', 'pipe', 'inherit'] });
const home = mkdtempSync(join(tmpdir(), 'gauth-cpu-'));
const { value: line } = await createInterface(emulators.stdout)[Symbol.asyncIterator]().next();
const { NODE_EXTRA_CA_CERTS: ca, ...served } = JSON.parse(String(line)) as Record<string, string>;
const env = { PATH: process.env['PATH'], HOME: home, ...served, NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: ca };
for (let i = 0; i < 4; i++) {
  rmSync('/tmp/prof', { recursive: true, force: true });
  const r = spawnSync(process.execPath, ['--cpu-prof', '--cpu-prof-dir=/tmp/prof', '--cpu-prof-interval=200', GAUTH, ...OPTIONS], { env, input: `${PASSWORD}\n`, encoding: 'utf8' });
  if (r.status !== 0) throw new Error(r.stderr);
}
const prof = JSON.parse(readFileSync(join('/tmp/prof', readdirSync('/tmp/prof')[0]!), 'utf8'));
const nodes = new Map<number, any>(prof.nodes.map((n: any) => [n.id, n]));
const parent = new Map<number, number>(); for (const n of prof.nodes) for (const c of n.children ?? []) parent.set(c, n.id);
const self = new Map<number, number>(); prof.samples.forEach((id: number, i: number) => self.set(id, (self.get(id) ?? 0) + prof.timeDeltas[i]));
const by = new Map<string, number>(), incl = new Map<string, number>();
for (const [id, t] of self) {
  const f = nodes.get(id).callFrame; const key = `${f.functionName || '(anon)'} ${f.url.replace(/.*\//, '')}:${f.lineNumber}`;
  by.set(key, (by.get(key) ?? 0) + t);
  const seen = new Set<string>(); for (let n: number | undefined = id; n !== undefined; n = parent.get(n)) { const c = nodes.get(n).callFrame; const k = `${c.functionName || '(anon)'} ${c.url.replace(/.*\//, '')}`; if (!seen.has(k)) { seen.add(k); incl.set(k, (incl.get(k) ?? 0) + t); } }
}
const top = (m: Map<string, number>, n: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, n).forEach(([k, t]) => console.log((t / 1000).toFixed(1).padStart(7), k));
console.log('SELF'); top(by, 45); console.log('INCLUSIVE'); top(incl, 90);
emulators.stdin.end(); rmSync(home, { recursive: true, force: true });
