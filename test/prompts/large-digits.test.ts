/** Large digits: readable, and shown only if there is room. */
import { expect, it } from 'vitest';
import { largeDigits } from '../../src/prompts/large-digits.ts';

it('draws a number', () => {
  expect(largeDigits('42', 80)).toBe(
    ['  ██  ██  ██████', '  ██  ██      ██', '  ██████  ██████', '      ██  ██', '      ██  ██████'].join(
      '\n',
    ),
  );
});

it('draws each digit differently', () => {
  const figures = [...'0123456789'].map((digit) => largeDigits(digit, 80));
  expect(new Set(figures).size).toBe(10);
  for (const figure of figures) expect(figure?.split('\n')).toHaveLength(5);
});

it('draws nothing that does not fit or is no number', () => {
  expect(largeDigits('42', 15)).toBeUndefined();
  expect(largeDigits('42', 0)).toBeUndefined();
  expect(largeDigits('4 2', 80)).toBeUndefined();
  expect(largeDigits('', 80)).toBeUndefined();
});
