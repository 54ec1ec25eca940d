// Builds man/ and dist/: the launcher (one file), the program and the library (split so that each part loads when it is needed), the library's
// types, the help texts and the notices. All of it is CommonJS, which Node loads sooner than ES modules: 20 ms for the 60 files of a sign-in. Run by `npm ci` in a clone (prepare), by `npm run build` and before the tests.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import ts from 'typescript';
import { alone, leaner } from './bundle-plugins.mjs';
import { bundledPackages, noticesText } from './notices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  metafile: true,
  outdir: 'dist',
  platform: 'node',
  // Names stay as they are: bug reports carry readable stack traces without source maps, for a tenth more bytes.
  minifySyntax: true,
  minifyWhitespace: true,
  charset: 'utf8',
  // ES modules where a package has both: they come apart into smaller chunks (the AWS SDK's credential providers stay out).
  mainFields: ['module', 'main'],
  // The licence comments' texts stand in the notices.
  legalComments: 'none',
  logLevel: 'warning',
};

/** In the sources the launcher imports the entry; in dist/ they are built apart, and the entry is called main.cjs. */
const entryApart = {
  name: 'entry-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/entry\.ts$/ }, () => ({ path: './main.cjs', external: true }));
  },
};

/** Stands for the digest of the program's files, which is known only when they are built. */
const BUILD_ID = '@build-id@';

/**
 * Old syntax, so that an old Node gets as far as the message that it is too old.
 * @param {readonly string[]} variables those that decide which session is meant
 */
const launcher = (variables) => ({
  ...common,
  entryPoints: ['src/launcher.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  target: 'node12',
  supported: { 'dynamic-import': false },
  plugins: [entryApart],
  define: { CACHE_KEY_VARIABLES: JSON.stringify(variables), BUILD_ID: JSON.stringify(BUILD_ID) },
});

/** Only ES modules are split by esbuild; `asCommonJs` makes of each file what it is called. */
const program = {
  ...common,
  entryPoints: { main: 'src/entry.ts', library: 'src/library.ts' },
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.cjs' },
  target: 'node20.19',
  plugins: [leaner, alone],
};

/**
 * ES modules that import each other, as CommonJS modules that do.
 * @param {readonly import('esbuild').OutputFile[]} modules
 */
async function asCommonJs(modules) {
  return Promise.all(
    modules.map(async ({ path, text }) => {
      const { code } = await transform(text, {
        format: 'cjs',
        platform: 'node',
        target: program.target,
        supported: { 'dynamic-import': false },
        define: { 'import.meta.url': '__filename' },
        minifySyntax: true,
        minifyWhitespace: true,
        charset: 'utf8',
      });
      return { path, contents: code };
    }),
  );
}

/**
 * What a source file exports, for use here and now.
 * @param {string} entry
 */
async function run(entry) {
  const { outputFiles } = await build({ ...program, splitting: false, entryPoints: [entry] });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${source}`);
}

/**
 * The types of a file that is public. It has to stand by itself: what it imports is not shipped.
 * @param {string} path
 */
function declarations(path) {
  const source = readFileSync(join(root, path), 'utf8');
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, stripInternal: true },
  });
  if (diagnostics.length > 0 || /from '\.|import\(/.test(outputText.replace(/^ *\*.*$/gm, '')))
    throw new Error(`${path}: its types do not stand by themselves`);
  return outputText;
}

async function buildLauncher() {
  const { CACHE_KEY_OPTIONS, optionRow } = await run('src/options/options.ts');
  return build(launcher(CACHE_KEY_OPTIONS.flatMap((name) => optionRow(name).env)));
}

/**
 * Makes the folder hold exactly these files. What has not changed is not touched and what has changed is replaced at once, so
 * that a gauth that runs from this folder at the same time never meets half a file.
 * @param {string} folder
 * @param {ReadonlyMap<string, string | Uint8Array>} files by path within the folder
 */
function update(folder, files) {
  for (const [path, contents] of files) {
    const file = join(folder, path);
    const bytes = Buffer.from(contents);
    if (readIfThere(file)?.equals(bytes)) continue;
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, bytes);
    renameSync(temporary, file);
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !entry.name.endsWith('.tmp') && !files.has(relative(folder, file)))
      rmSync(file, { force: true });
  }
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

const [launcherResult, programResult, help, manual] = await Promise.all([
  buildLauncher(),
  build(program),
  run('src/cli/help.ts').then(({ helpTexts }) => helpTexts()),
  run('scripts/man.ts').then(({ manPage }) => manPage(version)),
]);
const results = [launcherResult, programResult];
const programModules = await asCommonJs(programResult.outputFiles);
const digest = createHash('sha256');
for (const { path, contents } of programModules) digest.update(relative(dist, path)).update(contents);
const buildId = digest.digest('hex').slice(0, 32);
const launcherModules = launcherResult.outputFiles.map(({ path, text }) => ({
  path,
  contents: text.replaceAll(BUILD_ID, buildId),
}));
const modules = [...launcherModules, ...programModules];
const files = new Map(modules.map(({ path, contents }) => [relative(dist, path), contents]));
files.set('library.d.cts', declarations('src/library.ts'));
for (const [command, { short, long }] of Object.entries(help)) {
  files.set(join('help', `${command}.short.txt`), short);
  files.set(join('help', `${command}.txt`), long);
}
files.set(
  'THIRD-PARTY-NOTICES',
  noticesText(
    bundledPackages(
      results.map(({ metafile }) => metafile),
      root,
    ),
  ),
);
// Not published: tells the package test which package went into which file.
files.set('meta.json', JSON.stringify(programResult.metafile));
update(dist, files);
update(join(root, 'man'), new Map([['gauth.1', manual]]));
