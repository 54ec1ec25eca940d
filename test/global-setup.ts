/**
 * Before all tests: builds the program once, because the tests of the binary run what is published, and gives the run a
 * temporary folder of its own. After all tests that folder is empty, or the run has failed.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

export default function setup({ vitest }: TestProject): () => void {
  const root = join(import.meta.dirname, '..');
  const build = join(root, 'scripts', 'build.mjs');
  if (process.env.GAUTH_TEST_NO_BUILD !== '1' && existsSync(build)) {
    execFileSync(process.execPath, [build], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const temporary = mkdtempSync(join(tmpdir(), 'gauth-run-'));
  // Some tests run programs as another user, as in /tmp itself.
  chmodSync(temporary, 0o1777);
  process.env['TMPDIR'] = temporary;
  return () => {
    const left = readdirSync(temporary);
    rmSync(temporary, { recursive: true, force: true });
    // With -t, what was started for the other tests of a file is not ended by them.
    if (left.length > 0 && vitest.config.testNamePattern === undefined) {
      throw new Error(`the tests left in the temporary folder: ${left.join(', ')}`);
    }
  };
}
