// Builds dist/: the front (one CommonJS file), the program and the library (ES modules, split so that each part loads when it is
// needed), the library's types, the help texts and the notices. Run by `npm ci` in a clone (prepare), by `npm run build` and before the tests.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';
import { bundledPackages, noticesText } from './notices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

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

/** In the sources the front imports the entry; in dist/ they are built apart, and the entry is called main.mjs. */
const entryApart = {
  name: 'entry-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/entry\.ts$/ }, () => ({ path: './main.mjs', external: true }));
  },
};

/**
 * What gauth never uses of axios is left out: the fetch adapter and FormData, each of which makes Node load an HTTP client of
 * its own (25 ms of processor time), and the form encoder with its list of all media types (15 ms, a tenth of the package).
 */
const leaner = {
  name: 'leaner',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^form-data$|\/(fetch|FormData)\.js$/ }, ({ path, importer }) =>
      /\/axios\/lib\//.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: /\/axios\/lib\/utils\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(
        "typeof G.FormData !== 'undefined' ? G.FormData : undefined",
        'undefined',
      );
      if (contents === source) throw new Error(`${path}: does not look as it did, see scripts/build.mjs`);
      return { contents };
    });
  },
};

/**
 * Old syntax, so that an old Node gets as far as the message that it is too old.
 * @param {readonly string[]} variables those that decide which session is meant
 */
const front = (variables) => ({
  ...common,
  entryPoints: ['src/front.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  target: 'node12',
  supported: { 'dynamic-import': true },
  plugins: [entryApart],
  define: { DECIDING_VARIABLES: JSON.stringify(variables) },
});

const program = {
  ...common,
  entryPoints: { main: 'src/entry.ts', provider: 'src/provider.ts' },
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  target: 'node20.19',
  plugins: [leaner],
  // Bundled CommonJS packages `require` nothing but built-in modules; those that try others (ws) are told that there are none.
  banner: {
    js: "const require=name=>process.getBuiltinModule(name)??(()=>{throw new Error('not bundled: '+name)})();",
  },
};

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

async function buildFront() {
  const { DECIDING_OPTIONS, optionRow } = await run('src/options/options.ts');
  return build(front(DECIDING_OPTIONS.flatMap((name) => optionRow(name).env)));
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

const [frontResult, programResult, help] = await Promise.all([
  buildFront(),
  build(program),
  run('src/cli/help.ts').then(({ helpTexts }) => helpTexts()),
]);
const results = [frontResult, programResult];
const files = new Map();
for (const { outputFiles } of results) {
  for (const { path, contents } of outputFiles) files.set(relative(dist, path), contents);
}
files.set('provider.d.mts', declarations('src/provider.ts'));
for (const [command, text] of Object.entries(help)) files.set(join('help', `${command}.txt`), text);
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
