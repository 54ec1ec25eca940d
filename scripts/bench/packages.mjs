// Writes a program that makes the requests of a renewal by the packages alone, with nothing of gauth: bundled as gauth is, and with compiled
// code kept. It shows how much of a renewal is theirs. The argument is the folder; the program is its file `program.cjs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { alone, leaner } from '../bundle-plugins.mjs';

/** Runs the bundle by the compiled code that its first run has saved. */
const PROGRAM = `
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const cache = __filename + '.cache';
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const source = readFileSync(__dirname + '/bundle.js', 'utf8');
const script = new Script(source, { filename: 'bundle.js', cachedData });
script.runInThisContext()(require).finally(() => {
  if (cachedData === undefined) writeFileSync(cache, script.createCachedData());
});
`;

const [folder = ''] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('renewal-requests.ts', import.meta.url))],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  mainFields: ['module', 'main'],
  plugins: [leaner, alone],
  logLevel: 'error',
});
const bundle = `(require) => { const module = { exports: {} }; ${outputFiles[0].text}; return module.exports.requests(); }`;
writeFileSync(join(folder, 'bundle.js'), bundle);
writeFileSync(join(folder, 'program.cjs'), PROGRAM);
