/** The published package: what is in it, what it weighs, what it loads, and that it installs into an empty folder and runs. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../package.json';

const MEGABYTE = 1_000_000;
const root = join(import.meta.dirname, '..');

/** What the build knows about the program: which source and which package went into which file. */
function outputs(): Metafile['outputs'] {
  return (JSON.parse(readFileSync(join(root, 'dist', 'meta.json'), 'utf8')) as Metafile).outputs;
}

/** The package a bundled file belongs to, undefined for gauth's own. */
function packageOf(input: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
}

/** The files that are loaded together with this one, itself included. */
function loadedWith(entry: string): ReadonlySet<string> {
  const all = outputs();
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { path, kind, external } of all[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) loaded.add(path);
    }
  }
  return loaded;
}

function npm(args: readonly string[], folder: string): { ok: boolean; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  return { ok: status === 0, stdout, stderr };
}

/** All bytes below a folder; a link counts as itself. */
function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true }).reduce((sum, path) => {
    const stat = lstatSync(join(folder, String(path)));
    return sum + (stat.isDirectory() ? 0 : stat.size);
  }, 0);
}

describe('what is loaded', () => {
  it.each([
    ['the program', 'dist/main.cjs', 'src/main.ts', ['commander']],
    ['the library', 'dist/provider.cjs', 'src/provider.ts', []],
  ])('by %s at its start is none of the heavy packages', (_what, entry, source, light) => {
    const inputs = [...loadedWith(entry)].flatMap((file) => Object.keys(outputs()[file]?.inputs ?? {}));
    expect(inputs).toContain(source);
    expect(new Set(inputs.flatMap((input) => packageOf(input) ?? []))).toEqual(new Set(light));
  });

  it('imports nothing but built-in modules', () => {
    const paths = Object.values(outputs()).flatMap(({ imports }) =>
      imports.flatMap(({ path, external }) => (external === true ? [path.replace(/^node:/, '')] : [])),
    );
    const foreign = new Set(paths.filter((path) => !builtinModules.includes(path)));
    expect([...foreign]).toEqual([]);
  });
});

describe('the notices', () => {
  const ACCEPTED = /^(0BSD|Apache-2\.0|BlueOak-1\.0\.0|BSD-[23]-Clause|CC0-1\.0|ISC|MIT)$/;

  it('name every bundled package with an accepted licence, and carry its text', () => {
    const notices = readFileSync(join(root, 'dist', 'THIRD-PARTY-NOTICES'), 'utf8');
    const [list = '', ...texts] = notices.split(/^-{80}$/m);
    const named = new Map(
      [...list.matchAll(/^- (\S+) (\S+) \((.+)\)$/gm)].map(([, name, , licence]) => [name, licence]),
    );
    const bundled = new Set(
      Object.values(outputs()).flatMap(({ inputs }) =>
        Object.entries(inputs).flatMap(([input, { bytesInOutput }]) =>
          bytesInOutput > 0 ? (packageOf(input) ?? []) : [],
        ),
      ),
    );
    expect(bundled.size).toBeGreaterThan(10);
    expect(new Set(named.keys())).toEqual(bundled);
    for (const [name, licence] of named) {
      expect(licence, name).toMatch(ACCEPTED);
      expect(texts.filter((text) => text.includes(`\n${name} `)).length, name).toBeGreaterThan(0);
    }
  });
});

describe('the package', () => {
  let folder: string;
  let tarball: string;
  let packed: { size: number; files: readonly { path: string; mode: number }[] };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gauth-package-'));
    const { stdout, stderr } = npm(
      ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
      root,
    );
    const [entry] = JSON.parse(stdout || `"${stderr}"`) as [typeof packed & { filename: string }];
    packed = entry;
    tarball = join(folder, entry.filename);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is at most 1.5 MB to download', () => {
    expect(lstatSync(tarball).size).toBe(packed.size);
    expect(packed.size).toBeLessThan(1.5 * MEGABYTE);
  });

  it('holds the command, its licence and its documents, and nothing of the workshop', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/gauth.js', 'bin/package.json', 'package.json'].sort(),
    );
    expect(paths).toEqual(
      expect.arrayContaining(['dist/front.cjs', 'dist/main.cjs', 'dist/THIRD-PARTY-NOTICES']),
    );
    expect(
      paths.filter(
        (path) => path.startsWith('dist/') && !/\.(cjs|txt)$|NOTICES$|^dist\/provider\.d\.cts$/.test(path),
      ),
    ).toEqual([]);
  });

  it('runs nothing at its installation', () => {
    const scripts = Object.keys(manifest.scripts);
    expect(scripts.filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect(Object.keys(manifest)).not.toContain('dependencies');
  });

  it('has nothing that publint finds fault with', async () => {
    const { messages } = await publint({ pkgDir: root, pack: false, strict: true });
    expect(messages).toEqual([]);
  });

  it('installs without a network and without the keychain, and runs', () => {
    const prefix = mkdtempSync(join(folder, 'lean-'));
    const installed = npm(['install', '--offline', '--omit=optional', '--prefix', prefix, tarball], prefix);
    expect(installed.ok, installed.stderr).toBe(true);
    expect(packagesIn(prefix)).toEqual([manifest.name]);
    const gauth = join(prefix, 'node_modules', '.bin', 'gauth');
    expect(spawnSync(gauth, ['--version'], { encoding: 'utf8' }).stdout).toBe(`${manifest.version}\n`);
    // An option nobody has is refused by the program itself: the lazy part runs from here, too.
    expect(spawnSync(gauth, ['--no-such-option'], { encoding: 'utf8' }).status).toBe(2);
    const importing = `import { fromGoogleSaml } from '${manifest.name}'; console.log(typeof fromGoogleSaml({}))`;
    for (const args of [
      ['--input-type=module', '-e', importing],
      ['--no-warnings', '-e', `console.log(typeof require('${manifest.name}').fromGoogleSaml({}))`],
    ]) {
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: prefix, encoding: 'utf8' });
      expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
    }
  });

  it('installs at most three packages and 6 MB with the keychain', (test) => {
    const prefix = mkdtempSync(join(folder, 'full-'));
    const installed = npm(['install', '--prefix', prefix, tarball], prefix);
    const keychain = packagesIn(prefix).includes('@napi-rs/keyring');
    if (process.env['CI'] === undefined && (!installed.ok || !keychain)) {
      test.skip(
        'not checked: the weight with @napi-rs/keyring, which could not be fetched from the registry',
      );
    }
    expect(installed.ok, installed.stderr).toBe(true);
    expect(keychain).toBe(true);
    expect(packagesIn(prefix).length).toBeLessThanOrEqual(3);
    expect(bytesBelow(join(prefix, 'node_modules'))).toBeLessThan(6 * MEGABYTE);
  });
});

/** The names of the packages that npm put below a prefix. */
function packagesIn(prefix: string): readonly string[] {
  const lock = JSON.parse(readFileSync(join(prefix, 'node_modules', '.package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  return Object.keys(lock.packages).map((path) => path.replace(/.*node_modules\//, ''));
}
