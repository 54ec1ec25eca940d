/** Encrypts text with authentication: without the key nobody can read or change it. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from './secret.ts';

/** AES-256-GCM with a nonce of 96 bits and a tag of 128 (NIST SP 800-38D). Random nonces allow 2^32 encryptions with one key. */
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A new key, in base64: keychains store text. */
export function newKey(): Secret {
  return new Secret(randomBytes(KEY_BYTES).toString('base64'));
}

/** Whether a text is a key: users can edit the keychain. */
export function isKey(key: Secret): boolean {
  return bytesOf(key).length === KEY_BYTES;
}

/**
 * Two lines: a header, and nonce, cipher text and tag in base64. The header contains `purpose` (one line) and is authenticated, so
 * that text encrypted for one purpose cannot be used for another.
 */
export function seal(text: string, key: Secret, purpose: string): string {
  const header = headerOf(purpose);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, bytesOf(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(header));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${header}\n${sealed.toString('base64')}\n`;
}

/** The decrypted text; undefined for another key or purpose, another version of the format, or damaged data. */
export function unseal(sealed: string, key: Secret, purpose: string): string | undefined {
  const header = headerOf(purpose);
  const [first, second = ''] = sealed.split('\n', 2);
  const bytes = Buffer.from(second, 'base64');
  if (first !== header || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, bytesOf(key), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(header));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function headerOf(purpose: string): string {
  return `gauth-sealed 1 ${CIPHER} ${purpose}`;
}

function bytesOf(key: Secret): Buffer {
  return Buffer.from(key.reveal(), 'base64');
}
