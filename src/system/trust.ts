/** The certificate authorities that a server may be vouched for by. */
import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { GauthError } from '../errors.ts';
import { type Environment } from '../ports.ts';

/** What the AWS tools read AWS_CA_BUNDLE as, too: one file with any number of certificates, PEM. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;

/**
 * Node's own authorities and those of AWS_CA_BUNDLE together, or undefined where Node's own are all there are
 * (which include NODE_EXTRA_CA_CERTS; passing none is the fast way).
 * Throws GauthError FILE for a bundle that cannot be read, TLS for one that holds no certificates.
 */
export async function authorities(env: Environment): Promise<tls.SecureContext | undefined> {
  const path = env['AWS_CA_BUNDLE'];
  if (!path) return undefined;
  const bundle = await readBundle(path);
  try {
    return tls.createSecureContext({ ca: [...(await nodeAuthorities(env)), bundle] });
  } catch (cause) {
    throw noCertificates(path, cause);
  }
}

async function readBundle(path: string): Promise<string> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new GauthError('FILE', `the file that AWS_CA_BUNDLE names cannot be read: ${path}`, {
      hints: ['set AWS_CA_BUNDLE to a file of certificates (PEM), or unset it'],
      cause,
    });
  }
  if (!CERTIFICATE.test(text)) throw noCertificates(path, undefined);
  return text;
}

function noCertificates(path: string, cause: unknown): GauthError {
  return new GauthError('TLS', `the file that AWS_CA_BUNDLE names holds no usable certificates: ${path}`, {
    hints: ['set AWS_CA_BUNDLE to a file of certificates (PEM, "BEGIN CERTIFICATE"), or unset it'],
    cause,
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
  return CERTIFICATE.test(extra) ? [...tls.rootCertificates, extra] : tls.rootCertificates;
}
