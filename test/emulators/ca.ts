/** A temporary certificate authority: makes a certificate for any host name on demand. */
import { webcrypto } from 'node:crypto';
import { type SecureContext, createSecureContext } from 'node:tls';
// The certificate library's dependency injection looks for this when it is loaded.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR = 3_600_000;

export interface CertificateAuthority {
  /** The certificate to trust, PEM. */
  readonly certificate: string;
  /** What a TLS server needs for a host name; made once a name. */
  contextOf(host: string): Promise<SecureContext>;
}

export async function certificateAuthority(name = 'gauth test CA'): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + 48 * HOUR) };
  const root = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const certificate = root.toString('pem');

  async function make(host: string): Promise<SecureContext> {
    const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const leaf = await X509CertificateGenerator.create({
      subject: 'CN=gauth test',
      issuer: root.subject,
      ...validity,
      signingAlgorithm: ALGORITHM,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      ],
    });
    const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY');
    return createSecureContext({ key, cert: `${leaf.toString('pem')}\n${certificate}` });
  }

  const made = new Map<string, Promise<SecureContext>>();
  return {
    certificate,
    contextOf: (host) => {
      const context = made.get(host) ?? make(host);
      made.set(host, context);
      return context;
    },
  };
}
