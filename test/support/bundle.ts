/** Makes one plain JavaScript file of a TypeScript one, for tests that start it as a program of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Libraries of the CommonJS kind ask for `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);";

export interface Bundle {
  readonly program: string;
  /** Removes it. A `beforeAll` that bundles returns this; `afterAll` says nothing when it is called in a hook. */
  readonly remove: () => Promise<void>;
}

/** Bundles the file and what it imports, in a folder of its own. */
export async function bundle(entry: URL): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'gauth-bundle-'));
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
  return {
    program: join(folder, 'program.mjs'),
    remove: async () => rm(folder, { recursive: true, force: true }),
  };
}
