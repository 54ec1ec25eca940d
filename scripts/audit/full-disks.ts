/** Runs gauth in a home folder on a disk with little or no free space. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Audit,
  type AuditOptions,
  createHome,
  damageIn,
  PASSWORD_LINE,
  runGauth,
  SIGN_IN,
  withResponse,
  withWorld,
  type World,
} from './audit.ts';

const NAME = 'full disks';
/** Bytes of the disk. */
const SIZE = 256 * 1024;
const PAGE = 4096;

export async function auditDisks({ count }: AuditOptions): Promise<Audit> {
  const unit = 'runs';
  if (process.getuid?.() !== 0 || !canMount()) {
    return { name: NAME, tries: 0, unit, faults: [], notes: [], missing: 'needs root, to mount a tmpfs' };
  }
  const faults: string[] = [];
  const tries = count(40, 6);
  let failed = 0;
  await withWorld({}, async (world) => {
    for (let index = 0; index < tries; index += 1) {
      // Every second level is tried twice: with a SAML response, and with a whole sign-in.
      const free = Math.floor(index / 2) * PAGE;
      const found = await withDisk(async (disk) => runOnFullDisk(world, disk, free, index % 2 === 0));
      if (found.hasFailed) failed += 1;
      faults.push(...found.faults.map((fault) => `${String(free)} bytes free: ${fault}`));
    }
  });
  return {
    name: NAME,
    tries,
    unit,
    faults,
    notes: [`${String(failed)} ended with an error, as they should`],
  };
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gauth-audit-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
  if (isMounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return isMounted;
}

async function withDisk<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'gauth-audit-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SIZE)}`, 'tmpfs', folder]);
  if (status !== 0) throw new Error('cannot mount a tmpfs');
  try {
    return await work(folder);
  } finally {
    spawnSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnFullDisk(
  world: World,
  disk: string,
  free: number,
  hasResponse: boolean,
): Promise<{ readonly hasFailed: boolean; readonly faults: readonly string[] }> {
  createHome(disk);
  fill(disk, free);
  const { args, input } = hasResponse ? withResponse(world) : { args: SIGN_IN, input: PASSWORD_LINE };
  const { status, err } = await runGauth(world, disk, args, { input });
  const faults = [...damageIn(disk)];
  if (status !== 0 && !/\(FILE\)$/m.test(err)) faults.push(`exit status ${String(status)}: ${err.trim()}`);
  if (/^\s+at .+:\d+:\d+/m.test(err)) faults.push(`a stack trace: ${err.trim()}`);
  return { hasFailed: status !== 0, faults };
}

/** Fills the disk, except for `free` bytes. */
function fill(disk: string, free: number): void {
  let index = 0;
  try {
    for (; ; index += 1) writeFileSync(join(disk, `fill-${String(index)}`), Buffer.alloc(PAGE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
  rmSync(join(disk, `fill-${String(index)}`), { force: true });
  for (let page = 1; page * PAGE <= free; page += 1) rmSync(join(disk, `fill-${String(index - page)}`));
}
