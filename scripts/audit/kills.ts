/** Kills gauth at random moments, and right before each of its file operations. */
import { readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Audit,
  type AuditOptions,
  createHome,
  damageIn,
  filesBelow,
  inPairs,
  PASSWORD_LINE,
  removeHome,
  runGauth,
  type RunOptions,
  SIGN_IN,
  withResponse,
  withWorld,
  type World,
} from './audit.ts';

/** Milliseconds: leftovers of killed processes are removed after twelve hours. */
const LEFTOVER_AGE = 13 * 3600 * 1000;

/** Sign-ins, each killed at a random moment. */
export async function auditKills({ random, count }: AuditOptions): Promise<Audit> {
  const tries = count(800, 30);
  const moments = Array.from({ length: tries }, () => Math.floor(random() * 900));
  const faults: string[] = [];
  let killed = 0;
  await withWorld({}, async (world) => {
    await inPairs(tries, async (index) => {
      const killAfter = moments[index] ?? 0;
      const found = await killOnce(world, { killAfter });
      if (found.wasKilled) killed += 1;
      faults.push(...found.faults.map((fault) => `killed after ${String(killAfter)} ms: ${fault}`));
    });
  });
  const notes = [`${String(killed)} were killed, the others ended before`];
  return { name: 'kills at random moments', tries, unit: 'sign-ins', faults, notes };
}

const HOOK = fileURLToPath(new URL('kill-hook.cjs', import.meta.url));

/** One sign-in for each file operation of a sign-in, killed right before it. */
export async function auditKillsAtOperations({ count }: AuditOptions): Promise<Audit> {
  const faults: string[] = [];
  const total = await withWorld({}, async (world) => {
    const operations = await countOperations(world);
    const step = count(1, 8);
    const numbers = Array.from({ length: Math.ceil(operations / step) }, (_, index) => index * step + 1);
    await inPairs(numbers.length, async (index) => {
      const number = numbers[index] ?? 0;
      const env = { NODE_OPTIONS: `--require ${HOOK}`, AUDIT_KILL_AT: String(number) };
      const found = await killOnce(world, { env });
      if (!found.wasKilled) faults.push(`file operation ${String(number)}: the program was not killed`);
      faults.push(...found.faults.map((fault) => `killed before file operation ${String(number)}: ${fault}`));
    });
    return numbers.length;
  });
  return { name: 'kills before each file operation', tries: total, unit: 'sign-ins', faults, notes: [] };
}

async function countOperations(world: World): Promise<number> {
  const home = createHome();
  const log = join(home, 'operations');
  const env = { NODE_OPTIONS: `--require ${HOOK}`, AUDIT_KILL_AT: '0', AUDIT_COUNT: log };
  const { status, err } = await runGauth(world, home, SIGN_IN, { input: PASSWORD_LINE, env });
  if (status !== 0) throw new Error(`the sign-in failed: ${err}`);
  const operations = Number(readFileSync(log, 'utf8'));
  removeHome(home);
  return operations;
}

/** Kills one sign-in, then runs gauth again in the same home folder. */
async function killOnce(
  world: World,
  kill: Pick<RunOptions, 'killAfter' | 'env'>,
): Promise<{ readonly wasKilled: boolean; readonly faults: readonly string[] }> {
  const home = createHome();
  try {
    const first = await runGauth(world, home, SIGN_IN, { input: PASSWORD_LINE, ...kill });
    const faults = [...damageIn(home)];
    const old = new Date(Date.now() - LEFTOVER_AGE);
    for (const path of filesBelow(join(home, '.aws'))) {
      if (/\.gauth-(tmp|lock)$/.test(path)) utimesSync(path, old, old);
    }
    const { args, input } = withResponse(world);
    const next = await runGauth(world, home, args, { input });
    if (next.status !== 0) faults.push(`the next run failed: ${next.err.trim()}`);
    faults.push(...damageIn(home));
    const leftovers = filesBelow(join(home, '.aws')).filter((path) => /\.gauth-(tmp|lock)$/.test(path));
    if (next.status === 0 && leftovers.length > 0) faults.push(`left behind: ${leftovers.join(', ')}`);
    return { wasKilled: first.status === null, faults };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
