/** The time left, for shell prompts. */
import { expect, it } from 'vitest';
import { shortStatus } from '../../src/output/short-status.ts';

const NOW = Date.parse('2026-11-27T10:00:00Z');

it.each([
  ['2026-11-27T10:42:30Z', 'a 42m\n'],
  ['2026-11-27T10:00:30Z', 'a 0m\n'],
  ['2026-11-27T13:05:00Z', 'a 3h05m\n'],
  ['2026-11-27T10:00:00Z', 'a expired\n'],
  ['2026-11-26T10:00:00Z', 'a expired\n'],
])('until %s is "%s"', (end, text) => {
  expect(shortStatus('a', new Date(end), NOW)).toBe(text);
});
