/**
 * `npm run audit`: tries to lose data and to leak secrets, and prints how often it succeeded. `-- --seed N` repeats a run,
 * `-- --short` runs a shorter form, as in continuous integration, where a missing tool counts as a fault.
 */
import { parseArgs } from 'node:util';
import { type Audit, type AuditOptions, createOptions } from './audit/audit.ts';
import { auditDisks } from './audit/full-disks.ts';
import { auditIniFiles } from './audit/ini-files.ts';
import { auditKills, auditKillsAtOperations } from './audit/kills.ts';
import { auditPages } from './audit/pages.ts';
import { auditResponses } from './audit/responses.ts';
import { auditSecrets } from './audit/secrets.ts';
import { auditHeldWriter, auditWriters } from './audit/writers.ts';

const AUDITS: readonly ((options: AuditOptions) => Promise<Audit>)[] = [
  auditKills,
  auditKillsAtOperations,
  auditDisks,
  auditWriters,
  auditHeldWriter,
  auditPages,
  auditResponses,
  auditIniFiles,
  auditSecrets,
];

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
console.log(`seed ${String(seed)}${values.short ? ', short form' : ''}`);

let faults = 0;
for (const run of AUDITS) {
  if (!run.name.toLowerCase().includes(values.only.toLowerCase())) continue;
  const started = Date.now();
  const audit = await run(createOptions(seed, values.short));
  const missing = audit.missing === undefined ? [] : [`not run: ${audit.missing}`];
  const found = [...audit.faults, ...(process.env['CI'] === undefined ? [] : missing)];
  faults += found.length;
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `${audit.name.padEnd(58)} ${String(audit.tries).padStart(6)} ${audit.unit.padEnd(9)} ` +
      `${String(found.length).padStart(3)} faults  ${String(seconds).padStart(4)} s`,
  );
  for (const note of [...(process.env['CI'] === undefined ? missing : []), ...audit.notes])
    console.log(`  ${note}`);
  for (const fault of found) console.log(`  FAULT ${fault}`);
}
console.log(
  faults === 0
    ? 'no faults'
    : `${String(faults)} faults; repeat with: npm run audit -- --seed ${String(seed)}`,
);
process.exitCode = faults === 0 ? 0 : 1;
