/** Before all tests: builds the program once, because the tests of the binary run what is published. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export default function setup(): void {
  const root = join(import.meta.dirname, '..');
  const build = join(root, 'scripts', 'build.mjs');
  if (process.env.GAUTH_TEST_NO_BUILD === '1' || !existsSync(build)) return;
  execFileSync(process.execPath, [build], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
