/** Text from elsewhere as one plain line. */
import { expect, it } from 'vitest';
import { oneLine } from '../src/text.ts';

it.each([
  ['what hides words within words', 'a\u200bb\u{e0041}c\u2060d\ufeffe\u00adf', 'abcdef'],
  ['what steers a terminal', 'a\u001b[2Jb\r\nc\u202ed', 'a [2Jb c d'],
  ['but not the joiners of letters', '\u0645\u06cc\u200c\u062e', '\u0645\u06cc\u200c\u062e'],
])('removes %s', (_name, text, line) => {
  expect(oneLine(text)).toBe(line);
});

it('does not split a character', () => {
  expect(oneLine(`${'a'.repeat(8)}😀😀`, 10)).toBe(`${'a'.repeat(8)}…`);
  expect(oneLine(`${'a'.repeat(8)}😀😀`, 11)).toBe(`${'a'.repeat(8)}😀…`);
  expect(oneLine('😀😀', 4)).toBe('😀😀');
});
