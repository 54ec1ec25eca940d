/** The expiration in the credentials file. */
import { expect, it } from 'vitest';
import { expirationFrom, expirationInFile } from '../../src/aws/expiration.ts';

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
