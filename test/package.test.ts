/** The published package: what is in it, what it weighs, what it loads, and that it installs into an empty folder and runs. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../package.json';
import { COMMANDS } from '../src/options/commands.ts';
import { npm, withoutNpm } from './support/npm.ts';

const MEGABYTE = 1_000_000;
const root = join(import.meta.dirname, '..');
const README = readFileSync(join(root, 'README.md'), 'utf8');
const HELP = readFileSync(join(root, 'dist', 'help', 'gauth.txt'), 'utf8');

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
    ['the library', 'dist/library.cjs', 'src/library.ts', []],
  ])('by %s at its start includes none of the heavy packages', (_what, entry, source, light) => {
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
  let packed: { filename: string; size: number; files: readonly { path: string; mode: number }[] };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gauth-package-'));
    const { stdout, stderr } = npm(
      ['run', '--silent', 'package', '--', '--json', '--pack-destination', folder],
      root,
    );
    const [entry] = JSON.parse(stdout || `"${stderr}"`) as [typeof packed];
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

  it('holds exactly the program, its licence and its documents', () => {
    const chunks = Object.keys(outputs()).filter((path) => path.endsWith('.cjs'));
    const help = [...Object.keys(COMMANDS), 'gauth'].flatMap((name) => [
      `dist/help/${name}.txt`,
      `dist/help/${name}.short.txt`,
    ]);
    expect(chunks).toEqual(expect.arrayContaining(['dist/main.cjs', 'dist/library.cjs']));
    expect(packed.files.map(({ path }) => path).toSorted()).toEqual(
      [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/gauth.js', 'bin/package.json', 'package.json'],
        ...['dist/THIRD-PARTY-NOTICES', 'dist/launcher.cjs', 'dist/library.d.cts', 'man/gauth.1'],
        ...help,
        ...chunks,
      ].toSorted(),
    );
  });

  it('installs without a network and without the keychain, and runs', async () => {
    const prefix = mkdtempSync(join(folder, 'lean-'));
    const installed = npm(['install', '--offline', '--omit=optional', '--prefix', prefix, tarball], prefix);
    expect(installed.ok, installed.stderr).toBe(true);
    expect(packagesIn(prefix)).toEqual([manifest.name]);
    const home = join(prefix, 'node_modules', manifest.name);
    const published = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as typeof manifest;
    // No scripts, which npm would warn about, and nothing that only a checkout needs.
    expect(Object.keys(published).toSorted()).toEqual(
      [
        ...['bin', 'description', 'engines', 'exports', 'files', 'keywords', 'license', 'man', 'name'],
        ...['optionalDependencies', 'publishConfig', 'type', 'version'],
        ...('repository' in manifest ? ['repository', 'bugs', 'homepage'] : []),
      ].toSorted(),
    );
    const { messages } = await publint({ pkgDir: home, pack: false, strict: true });
    expect(messages).toEqual([]);
    const gauth = (flag: string) =>
      spawnSync(process.execPath, [join(home, 'bin', 'gauth.js'), flag], { encoding: 'utf8' });
    expect(gauth('--version').stdout).toBe(`${manifest.version}\n`);
    // An unknown option is refused by the program itself, so the parts that load late run from here, too.
    expect(gauth('--no-such-option').status).toBe(2);
    const importing = `import { fromGoogleSaml } from '${manifest.name}'; console.log(typeof fromGoogleSaml({}))`;
    for (const args of [
      ['--input-type=module', '-e', importing],
      ['--no-warnings', '-e', `console.log(typeof require('${manifest.name}').fromGoogleSaml({}))`],
    ]) {
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: prefix, encoding: 'utf8' });
      expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
    }
  });

  it('installs by the commands of the README, in an empty prefix, without a warning', () => {
    const commands = README.split('\n').filter((line) => /^(npm install|npx) .*\.tgz/.test(line));
    expect(commands).toEqual([
      expect.stringMatching(/^npm install --global /),
      expect.stringMatching(/^npx --yes --package /),
    ]);
    const place = mkdtempSync(join(folder, 'readme-'));
    copyFileSync(tarball, join(place, packed.filename));
    const bin = process.platform === 'win32' ? place : join(place, 'bin');
    const environment = withoutNpm();
    const env = {
      ...environment,
      HOME: place,
      USERPROFILE: place,
      PATH: [bin, environment['PATH']].join(delimiter),
      npm_config_prefix: place,
      npm_config_cache: join(place, 'cache'),
      // As in the other tests, there is no network; `.ci/install` runs the same commands with the registry.
      npm_config_offline: 'true',
      npm_config_omit: 'optional',
      npm_config_update_notifier: 'false',
    };
    const run = (command: string) => {
      const { status, stdout, stderr } = spawnSync(command, {
        cwd: place,
        encoding: 'utf8',
        env,
        shell: true,
      });
      return { status, stdout, stderr };
    };
    const [installation = '', once = ''] = commands;
    expect(run(once)).toEqual({ status: 0, stdout: HELP, stderr: '' });
    expect(run('gauth --version').status).not.toBe(0);
    expect(run(installation)).toMatchObject({ status: 0, stderr: '' });
    expect(run('gauth --help')).toEqual({ status: 0, stdout: HELP, stderr: '' });
    expect(run('aws-google-auth --version').stdout).toBe(`${manifest.version}\n`);
    if (process.platform !== 'win32') {
      // npm links man pages everywhere but on Windows; man finds them beside the folder of the command.
      expect(readFileSync(join(place, 'share', 'man', 'man1', 'gauth.1'), 'utf8')).toMatch(/^\.TH GAUTH 1 /);
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
