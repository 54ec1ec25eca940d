// `npm run package`: makes the tarball that is published, gauth-aws-VERSION.tgz: the files that `files` in package.json lists,
// with a manifest that has only what users need. Arguments are passed on to `npm pack`. The manifest of the checkout is private
// and not changed: its `prepare` builds on `npm ci`, and npm would warn about it at each installation of the tarball.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Keys that only the development of gauth needs. */
const DEVELOPMENT = ['private', 'scripts', 'devDependencies', 'allowScripts', 'overrides'];

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * The standard output of npm. Throws when npm fails; its messages are on standard error.
 * @param {readonly string[]} args
 */
function npm(args) {
  // The npm that runs this script. On Windows the command npm is a batch file, which only a shell can run.
  const cli = process.env.npm_execpath;
  if (cli === undefined) throw new Error("run this as 'npm run package'");
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ${args[0]} failed`);
  return stdout;
}

const staging = mkdtempSync(join(tmpdir(), 'gauth-package-'));
try {
  const [{ files }] = JSON.parse(
    npm(['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']),
  );
  for (const { path } of files) {
    mkdirSync(dirname(join(staging, path)), { recursive: true });
    cpSync(join(root, path), join(staging, path));
  }
  const published = Object.entries(manifest).filter(([key]) => !DEVELOPMENT.includes(key));
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(Object.fromEntries(published), null, 2)}\n`);
  process.stdout.write(npm(['pack', staging, '--loglevel=error', ...process.argv.slice(2)]));
} finally {
  rmSync(staging, { recursive: true });
}
