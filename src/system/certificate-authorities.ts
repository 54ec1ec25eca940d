/** The trusted certificate authorities: those of Node, and of the files that environment variables such as AWS_CA_BUNDLE name. */
import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';

/**
 * Node's authorities together with those of AWS_CA_BUNDLE; undefined without AWS_CA_BUNDLE, because passing none is faster
 * (Node's own include NODE_EXTRA_CA_CERTS).
 * Throws GauthError FILE for a bundle that cannot be read, TLS for one without certificates.
 */
export async function certificateAuthorities(env: Environment): Promise<tls.SecureContext | undefined> {
  const path = env['AWS_CA_BUNDLE'];
  if (!path) return undefined;
  const hints = ['set AWS_CA_BUNDLE to a file of certificates (PEM, "BEGIN CERTIFICATE"), or unset it'];
  const text = await readRegular(path).catch((cause: unknown) => {
    const message = `cannot read the file in AWS_CA_BUNDLE: ${path}`;
    throw new GauthError('FILE', message, { hints, cause });
  });
  const bundle = certificatesIn(text);
  if (bundle.length === 0) {
    throw new GauthError('TLS', `the file in AWS_CA_BUNDLE contains no valid certificates: ${path}`, {
      hints,
    });
  }
  return tls.createSecureContext({ ca: [...(await nodeAuthorities(env)), ...bundle] });
}

/** Without O_NONBLOCK, opening a named pipe would block a thread that cannot be ended, not even when the process exits. */
async function readRegular(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is not a file');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The certificates of a PEM file, one by one: OpenSSL would stop at the first damaged one and silently ignore the rest. */
function certificatesIn(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.filter((block) => {
    try {
      return new X509Certificate(block).raw.length > 0;
    } catch {
      return false;
    }
  });
}

/**
 * The authorities that Node trusts. Passing any authority to Node replaces all of its own, including NODE_EXTRA_CA_CERTS, so
 * they are passed too. Node 22.15 lists them. For older versions the extra file is read here; if it cannot be read, it is
 * ignored, as by Node, which has already printed a warning.
 */
async function nodeAuthorities(env: Environment): Promise<readonly string[]> {
  if ('getCACertificates' in tls && typeof tls.getCACertificates === 'function') {
    const list: unknown = tls.getCACertificates('default');
    if (Array.isArray(list)) return list.filter((entry) => typeof entry === 'string');
  }
  const path = env['NODE_EXTRA_CA_CERTS'];
  const extra = path ? await readFile(path, 'utf8').catch(() => '') : '';
  return [...tls.rootCertificates, ...certificatesIn(extra)];
}
