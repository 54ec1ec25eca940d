/** AWS Signature Version 4, from the server's side: the signature that a request must have. */
import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from '../../src/ports.ts';

export interface Authorization {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/;

/** Undefined when the request is not signed, or in a way that AWS does not read. */
export function readAuthorization(request: HttpRequest): Authorization | undefined {
  const match = HEADER.exec(request.headers.authorization ?? '');
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', names = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: names.split(';'), signature };
}

/** AWS General Reference, "Create a signed AWS API request". */
export function signatureOf(request: HttpRequest, authorization: Authorization, secretKey: string): string {
  const { date, region, service, signedHeaders } = authorization;
  const { url, headers } = request;
  // What the transport sets by itself is not among a request's own headers.
  const byTransport: Readonly<Record<string, string>> = {
    host: url.host,
    'content-length': String(Buffer.byteLength(request.body ?? '')),
  };
  const value = (name: string): string => headers[name] ?? byTransport[name] ?? '';
  const canonical = [
    request.method,
    url.pathname,
    [...url.searchParams]
      .map((pair) => pair.map(encodeURIComponent).join('='))
      .sort()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${value(name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body ?? ''),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', value('x-amz-date'), scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    `AWS4${secretKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
