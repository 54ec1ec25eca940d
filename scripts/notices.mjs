// THIRD-PARTY-NOTICES: the licence texts of every package that the bundler put into the published files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ name: string, version: string, license: string, text: string }} Package */

/** The licences that gauth may be published with. */
const ACCEPTED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
];

/** Stands in for a package that names a licence but does not carry its text. */
const STANDARD_TEXTS = {
  MIT: readFileSync(new URL('../LICENSE', import.meta.url), 'utf8').replace(
    /^MIT License\n+Copyright.*\n+/,
    '',
  ),
  ISC: `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`,
  'Apache-2.0':
    'Licensed under the Apache License, Version 2.0; its text stands with the other packages under this licence.',
};

/**
 * The packages that contribute at least one byte to the outputs, by name.
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {string} root
 * @returns {Package[]}
 * @throws when a package has no accepted licence, or no text to go with it
 */
export function bundledPackages(metafiles, root) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const output of Object.values(outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
        if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  const packages = [...folders].map((folder) => readPackage(join(root, folder)));
  return packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** @param {string} folder */
function readPackage(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!ACCEPTED.includes(license))
    throw new Error(`${name} ${version}: licence ${license} is not an accepted one`);
  const files = readdirSync(folder).sort();
  const texts = files
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  const readme = files.find((file) => /^readme/i.test(file));
  const text =
    texts.join('\n\n') || licenceInReadme(readme && join(folder, readme)) || standardText(license, author);
  if (text === undefined) throw new Error(`${name} ${version}: has no licence text`);
  return { name, version, license, text: text.replaceAll('\r\n', '\n').trim() };
}

/**
 * Some authors put the licence text at the end of the README only.
 * @param {string | undefined} file
 */
function licenceInReadme(file) {
  const text = file === undefined ? '' : readFileSync(file, 'utf8');
  const section = /^(?:#+ *licen[cs]e|licen[cs]e\n-+)[^\n]*\n(.*)/ims.exec(text)?.[1];
  return section !== undefined && /copyright/i.test(section) ? section : undefined;
}

/**
 * @param {string} license
 * @param {string | { name: string } | undefined} author
 */
function standardText(license, author) {
  const text = STANDARD_TEXTS[license];
  const holder = typeof author === 'object' ? author.name : author;
  return text && (holder === undefined ? text : `Copyright ${holder}\n\n${text}`);
}

/**
 * The file: a list of all packages first, then each licence text once, under the packages it belongs to.
 * @param {readonly Package[]} packages
 */
export function noticesText(packages) {
  const byText = new Map();
  for (const entry of packages) byText.set(entry.text, [...(byText.get(entry.text) ?? []), entry]);
  const line = ({ name, version, license }) => `${name} ${version} (${license})`;
  const sections = [...byText].map(([text, entries]) => `${entries.map(line).join('\n')}\n\n${text}\n`);
  return [
    'The published files of gauth contain these packages, each under its own licence:\n',
    `${packages.map((entry) => `- ${line(entry)}`).join('\n')}\n`,
    ...sections.map((section) => `${'-'.repeat(80)}\n\n${section}`),
  ].join('\n');
}
