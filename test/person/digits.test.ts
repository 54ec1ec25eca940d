/** Large digits: readable, and only where there is room. */
import { expect, it } from 'vitest';
import { large } from '../../src/person/digits.ts';

it('draws a number', () => {
  expect(large('42', 80)).toBe(
    ['  ██  ██  ██████', '  ██  ██      ██', '  ██████  ██████', '      ██  ██', '      ██  ██████'].join(
      '\n',
    ),
  );
});

it('draws every digit in a way of its own', () => {
  const figures = [...'0123456789'].map((digit) => large(digit, 80));
  expect(new Set(figures).size).toBe(10);
  for (const figure of figures) expect(figure?.split('\n')).toHaveLength(5);
});

it('draws nothing where it would not fit, or is no number', () => {
  expect(large('42', 15)).toBeUndefined();
  expect(large('42', 0)).toBeUndefined();
  expect(large('4 2', 80)).toBeUndefined();
  expect(large('', 80)).toBeUndefined();
});
