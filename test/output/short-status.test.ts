/** The time left, for shell prompts. */
import { expect, it } from 'vitest';
import { expirationFrom, expirationInFile, shortStatus } from '../../src/output/short-status.ts';

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

it.each([
  ['2030-01-02T03:04:05+0000', '2030-01-02T03:04:05.000Z'],
  ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05.000Z'],
  ['soon', undefined],
  [undefined, undefined],
])('reads the time %s', (text, iso) => {
  expect(expirationFrom(text)?.toISOString()).toBe(iso);
});

it('finds the expiration of a profile in the credentials file', () => {
  const file =
    '[b]\naws_session_expiration = 2031-01-01T00:00:00Z\n\n[a]\naws_access_key_id = x\naws_session_expiration=2030-01-01T00:00:00Z  \n[c]\n';
  expect(expirationInFile(file, 'a')?.toISOString()).toBe('2030-01-01T00:00:00.000Z');
  expect(expirationInFile(file, 'b')?.toISOString()).toBe('2031-01-01T00:00:00.000Z');
  expect(expirationInFile(file, 'c')).toBeUndefined();
  expect(expirationInFile(file, 'd')).toBeUndefined();
});
