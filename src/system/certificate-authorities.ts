/** The certificate authorities that a server may be vouched for by. */
import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';

/**
 * Node's own authorities and those of AWS_CA_BUNDLE together, or undefined where Node's own are all there are
 * (which include NODE_EXTRA_CA_CERTS; passing none is the fast way).
 * Throws GauthError FILE for a bundle that cannot be read, TLS for one that holds no certificates.
 */
export async function certificateAuthorities(env: Environment): Promise<tls.SecureContext | undefined> {
  const path = env['AWS_CA_BUNDLE'];
  if (!path) return undefined;
  const hints = ['set AWS_CA_BUNDLE to a file of certificates (PEM, "BEGIN CERTIFICATE"), or unset it'];
  const text = await readRegular(path).catch((cause: unknown) => {
    const message = `the file that AWS_CA_BUNDLE names cannot be read: ${path}`;
    throw new GauthError('FILE', message, { hints, cause });
  });
  const bundle = certificatesIn(text);
  if (bundle.length === 0) {
    throw new GauthError('TLS', `the file that AWS_CA_BUNDLE names holds no usable certificates: ${path}`, {
      hints,
    });
  }
  return tls.createSecureContext({ ca: [...(await nodeAuthorities(env)), ...bundle] });
}

/** Without O_NONBLOCK, a named pipe would be waited for in a thread that nothing ends, not even the end of the process. */
async function readRegular(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is not a file');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The certificates of a PEM file, one by one: OpenSSL would stop at the first damaged one and drop the rest unsaid. */
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
 * What Node trusts by itself. Naming any authority replaces all of Node's, NODE_EXTRA_CA_CERTS included, so that
 * they are handed over one by one. Node 22.15 tells them; before, the extra file is read here, and one that cannot
 * be read is passed over as Node does, which has warned of it already.
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
