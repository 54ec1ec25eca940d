/** Makes one plain JavaScript file of a TypeScript one, for tests that start it as a program of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/** Libraries of the CommonJS kind ask for `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);";

/** Bundles the file and what it imports, and returns where the result is. Call it in a `beforeAll`; it cleans up behind the tests. */
export async function bundle(entry: URL): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gauth-bundle-'));
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  await build({
    entryPoints: { program: fileURLToPath(entry) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@napi-rs/keyring'],
    banner: { js: REQUIRE },
    logLevel: 'error',
  });
  return join(folder, 'program.mjs');
}
