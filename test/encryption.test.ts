/** Sealing: what comes back, and that nothing else does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKey, seal, unseal } from '../src/encryption.ts';

const KEY = newKey();

describe('sealed text', () => {
  it('is opened with its key and purpose, whatever it contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 2_000 }), (text) => {
        expect(unseal(seal(text, KEY, 'purpose'), KEY, 'purpose')).toBe(text);
      }),
    );
  });

  it('contains neither the text nor the key', () => {
    const sealed = seal('the session of the person', KEY, 'purpose');
    for (const hidden of ['session', KEY.reveal()]) {
      expect(sealed).not.toContain(hidden);
      expect(Buffer.from(sealed.split('\n')[1]!, 'base64').toString('latin1')).not.toContain(hidden);
    }
  });

  it('differs each time', () => {
    expect(new Set(Array.from({ length: 20 }, () => seal('text', KEY, 'purpose'))).size).toBe(20);
  });

  it('has a new key of 256 bits each time', () => {
    expect(Buffer.from(KEY.reveal(), 'base64')).toHaveLength(32);
    expect(newKey().reveal()).not.toBe(KEY.reveal());
  });

  it('is not opened with another key or for another purpose', () => {
    const sealed = seal('text', KEY, 'one');
    expect(unseal(sealed, newKey(), 'one')).toBeUndefined();
    expect(unseal(sealed, KEY, 'other')).toBeUndefined();
    // The header changed to the other purpose does not help: it is authenticated.
    expect(unseal(sealed.replace(' one\n', ' other\n'), KEY, 'other')).toBeUndefined();
  });

  it('is not opened if any bit has changed', () => {
    const sealed = seal('text', KEY, 'purpose');
    const [header = '', body = ''] = sealed.split('\n');
    const bytes = Buffer.from(body, 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(unseal(`${header}\n${changed.toString('base64')}\n`, KEY, 'purpose')).toBeUndefined();
    }
  });

  it('is not opened if it is incomplete, and text of any kind is no error', () => {
    const sealed = seal('text', KEY, 'purpose');
    for (let length = 0; length < sealed.length - 3; length += 1) {
      expect(unseal(sealed.slice(0, length), KEY, 'purpose')).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => unseal(text, KEY, 'purpose') === undefined));
  });
});
