/**
 * A self-signed certificate for a list of hosts, made for one sign-in: P-256, valid for a day (RFC 5280). Node can make keys and
 * signatures but no certificates; a package for it would be loaded and kept for these few lines.
 */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';

export interface ThrowawayCertificate {
  /** PEM, in memory only. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
  /** The SHA-256 of the certificate, with colons: how Firefox names it. */
  readonly fingerprint: string;
  /** The SHA-256 of the public key in base64: how Chromium names it. */
  readonly publicKeyHash: string;
}

/** The certificate for these hosts; `now` in milliseconds since 1970. */
export function createCertificate(hosts: readonly string[], now: number): ThrowawayCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const der = encode(hosts, spki, privateKey, now);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  const certificate = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate,
    fingerprint: new X509Certificate(der).fingerprint256,
    publicKeyHash: createHash('sha256').update(spki).digest('base64'),
  };
}

const DAY = 24 * 3600 * 1000;

/** Object identifiers, encoded: ecdsa-with-SHA256, commonName, subjectAltName, basicConstraints, extKeyUsage, serverAuth. */
const ECDSA_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const SUBJECT_ALT_NAME = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';
const EXTENDED_KEY_USAGE = '0603551d25';
const SERVER_AUTH = '06082b06010505070301';

/** Tags of ASN.1 types (X.690). */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  time: 0x17,
  dnsName: 0x82,
  version: 0xa0,
  extensions: 0xa3,
} as const;

function encode(hosts: readonly string[], spki: Buffer, key: KeyObject, now: number): Buffer {
  const algorithm = sequence(hex(ECDSA_SHA256));
  const name = sequence(der(TAG.set, sequence(hex(COMMON_NAME), der(TAG.utf8, Buffer.from('gauth')))));
  const names = hosts.map((host) => der(TAG.dnsName, Buffer.from(host, 'ascii')));
  const extensions = [
    sequence(hex(SUBJECT_ALT_NAME), der(TAG.octetString, sequence(...names))),
    sequence(hex(BASIC_CONSTRAINTS), der(TAG.octetString, sequence())),
    sequence(hex(EXTENDED_KEY_USAGE), der(TAG.octetString, sequence(hex(SERVER_AUTH)))),
  ];
  // A positive number without a leading zero.
  const serial = Buffer.concat([Buffer.of(0x40), randomBytes(15)]);
  const contents = sequence(
    der(TAG.version, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, serial),
    algorithm,
    name,
    sequence(time(now - DAY), time(now + DAY)),
    name,
    spki,
    der(TAG.extensions, sequence(...extensions)),
  );
  return sequence(contents, algorithm, der(TAG.bitString, Buffer.of(0), sign('sha256', contents, key)));
}

/** UTCTime: YYMMDDHHMMSSZ. */
function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(TAG.time, Buffer.from(`${text}Z`, 'ascii'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, ...parts);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

/** A value with its tag and length. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, Math.floor(size / 0x100), size % 0x100];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}
