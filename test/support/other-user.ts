/** A Node that another user can run: the one that runs the tests may be in a folder that is closed to others. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The path of a copy, which is removed when the test ends. */
export function nodeForOthers(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gauth-node-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const node = join(folder, 'node');
  copyFileSync(process.execPath, node);
  for (const path of [folder, node]) chmodSync(path, 0o755);
  return node;
}
