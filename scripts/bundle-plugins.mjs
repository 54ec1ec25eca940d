// What the bundler leaves out of the packages, or changes in them, as plugins of esbuild.
import { readFileSync } from 'node:fs';

/**
 * What gauth never uses of its packages is left out, in milliseconds of processor time at every sign-in: axios's fetch adapter
 * and FormData, each of which makes Node load an HTTP client of its own (25), its form encoder with the list of all media types
 * (15), HTTP/2 in axios and the AWS SDK (6), the names of HTML's characters in the XML reader (4), and what commander would start other
 * programs with (2). The cookie jar asks of every host whether it is an IP address, by patterns that take 6 ms to compile: it asks
 * only of those that could be one.
 */
export const leaner = {
  name: 'leaner',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http2$|^form-data$|\/(fetch|FormData)\.js$/ }, ({ path, importer }) =>
      path.endsWith('http2') || /\/axios\/lib\//.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: /\/axios\/lib\/utils\.js$/ }, ({ path }) =>
      without(path, /typeof G\.FormData !== 'undefined' \? G\.FormData : (?=undefined)/),
    );
    onLoad({ filter: /\/@xmldom\/xmldom\/lib\/entities\.js$/ }, ({ path }) =>
      without(path, /(?<=exports\.HTML_ENTITIES = freeze\(\{)[^{}]+(?=\}\);)/),
    );
    onLoad({ filter: /\/commander\/lib\/command\.js$/ }, ({ path }) =>
      without(path, /const childProcess = require\('node:child_process'\);/),
    );
    onLoad({ filter: /\/tough-cookie\/dist\/index\.js$/ }, ({ path }) =>
      changed(path, [
        [/(?<=var IP_V6_REGEX_OBJECT = )[^;]+/, (pattern) => askedOnlyIf('/:/', pattern)],
        [/(?<=var IP_REGEX_LOWERCASE = )[^;]+/, (pattern) => askedOnlyIf('/:|\\d$/', pattern)],
      ]),
    );
  },
};

/**
 * A package's file less a part of it.
 * @param {string} path
 * @param {RegExp} part
 */
function without(path, part) {
  return changed(path, [[part, () => '']]);
}

/**
 * A package's file with parts of it replaced. Throws when a part is not there: a newer package has to be looked at.
 * @param {string} path
 * @param {readonly (readonly [RegExp, (part: string) => string])[]} parts
 */
function changed(path, parts) {
  let contents = readFileSync(path, 'utf8');
  for (const [part, replacement] of parts) {
    const source = contents;
    contents = source.replace(part, replacement);
    if (contents === source)
      throw new Error(`${path}: does not look as it did, see scripts/bundle-plugins.mjs`);
  }
  return { contents };
}

/**
 * A pattern that is asked, and with it compiled, only for texts that a simple one lets through.
 * @param {string} simple
 * @param {string} pattern
 */
function askedOnlyIf(simple, pattern) {
  return `{ test: (text) => ${simple}.test(text) && ${pattern}.test(text) }`;
}

/**
 * What packages would do besides, by the environment: some load others where they are installed (what lies beside gauth is not
 * gauth's to load), and with the variable DEBUG they print what they do (https-proxy-agent the proxy's password).
 */
export const alone = {
  name: 'alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'silent' }));
    onLoad({ filter: /./, namespace: 'silent' }, () => ({ contents: 'module.exports = () => () => {};' }));
    onResolve({ filter: /^(bufferutil|utf-8-validate|kerberos)$/ }, ({ path }) => ({
      path,
      namespace: 'not-there',
    }));
    onLoad({ filter: /./, namespace: 'not-there' }, ({ path }) => ({
      contents: `throw new Error('${path} is not there');`,
    }));
  },
};
