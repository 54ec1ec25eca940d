/** Removing and renaming whole sections. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { removeSections, renameSections } from '../../src/aws/ini-sections.ts';
import { parseIni } from '../../src/aws/ini.ts';

const is =
  (...headers: readonly string[]) =>
  (header: string): boolean =>
    headers.includes(header);

test.each([
  ['the first', '[a]\nx = 1\n\n[b]\ny = 2\n', 'a', '[b]\ny = 2\n'],
  ['the last', '[b]\ny = 2\n\n[a]\nx = 1\n', 'a', '[b]\ny = 2\n\n'],
  ['one between', '[b]\ny = 2\n\n[a]\nx =\n  z = 1\n\n[c]\n', 'a', '[b]\ny = 2\n\n[c]\n'],
  [
    'one below a comment of its own, above one of the next',
    '# first\n[a]\nx = 1\n# of a\n\n# of b\n[b]\n',
    'a',
    '# first\n# of b\n[b]\n',
  ],
  ['with CRLF', '[b]\r\ny = 2\r\n\r\n[a]\r\nx = 1\r\n\r\n[c]\r\n', 'a', '[b]\r\ny = 2\r\n\r\n[c]\r\n'],
  ['all with this header', '[a]\nx = 1\n[b]\n[a]\ny = 1\n', 'a', '[b]\n'],
  ['without a line end', '[b]\n[a]\nx = 1', 'a', '[b]\n'],
  ['none', '[b]\ny = 2', 'a', '[b]\ny = 2'],
])('removes %s', (_which, before, header, after) => {
  expect(removeSections(before, is(header), 'config')).toBe(after);
});

describe('renames', () => {
  it('nothing but the text between the brackets', () => {
    const text = '[b]\n\n  [profile "a"]  \r\nx = [a]\n[c]\n';
    expect(renameSections(text, is('profile "a"'), "profile 'd e'", 'config')).toBe(
      "[b]\n\n  [profile 'd e']  \r\nx = [a]\n[c]\n",
    );
  });

  it('no profile that is defined twice', () => {
    expect(() => renameSections('[a]\n[b]\n[a]\n', is('a'), 'c', 'config')).toThrow(
      /line 3 .*second section/,
    );
  });
});

it('leave all other sections as they are', () => {
  const line = fc.constantFrom('x = 1', 'y =', '  z = 2', '# note', '', '; [no]', 'w = [v]');
  const section = fc.record({
    header: fc.constantFrom('a', 'b', 'c'),
    lines: fc.array(line, { maxLength: 6 }),
  });
  fc.assert(
    fc.property(fc.array(section, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), (sections, eol) => {
      const text = sections.flatMap(({ header, lines }) => [`[${header}]`, ...lines]).join(eol);
      const bodies = (from: string): readonly string[] =>
        parseIni(from, 'config')
          .sections.filter(({ header }) => header !== 'a')
          .map(
            ({ header, body, end }) =>
              `${header}:${from
                .slice(body, end)
                .replace(/^[#;].*|\s+$/gm, '')
                .trim()}`,
          );
      expect(bodies(removeSections(text, is('a'), 'config'))).toEqual(bodies(text));
    }),
    { numRuns: 500 },
  );
});
