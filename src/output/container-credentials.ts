/**
 * The protocol of container credentials ("Container credential provider" in the AWS SDKs and Tools Reference Guide): which
 * requests are answered, and the answers. Pure.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Session } from '../aws/session.ts';
import { accountIdOf } from '../aws/session-cache-file.ts';
import type { GauthError } from '../errors.ts';
import type { LoopbackRequest, LoopbackResponse } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { oneLine, shellQuote } from '../text.ts';

/** The path for the credentials of a profile. */
export function credentialsPath(profile: string): string {
  return `/profiles/${encodeURIComponent(profile)}`;
}

/** The profile that a path names; undefined for any other path. */
export function profileOfPath(path: string): string | undefined {
  const word = /^\/profiles\/([^/?#]*)$/.exec(path)?.[1];
  if (word === undefined) return undefined;
  try {
    return decodeURIComponent(word);
  } catch {
    return undefined;
  }
}

/**
 * The answer to a request that gets no credentials; undefined if it may get some. Web pages cannot pass: they do not know the
 * token, they send an Origin, and a host name that leads to 127.0.0.1 (DNS rebinding) is not the host of this server.
 */
export function refusalOf(
  { method, headers }: LoopbackRequest,
  access: { readonly port: number; readonly token: Secret },
): LoopbackResponse | undefined {
  const hosts = ['127.0.0.1', 'localhost'].map((host) => `${host}:${String(access.port)}`);
  if (!hosts.includes(headers['host'] ?? '')) return failure(403, 'AccessDenied', 'the Host header is wrong');
  if (headers['origin'] !== undefined) return failure(403, 'AccessDenied', 'web pages get no credentials');
  const given = headers['authorization'];
  if (given === undefined) {
    return failure(
      403,
      'AccessDenied',
      'the authorization token is missing; if this program does not read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, start the server with --token-variable',
    );
  }
  if (!isSame(given, access.token.reveal())) {
    return failure(403, 'AccessDenied', 'the authorization token is wrong');
  }
  return method === 'GET' ? undefined : failure(405, 'MethodNotAllowed', 'only GET is supported');
}

/** The credentials in the format of the protocol. */
export function credentialsAnswer(session: Session): LoopbackResponse {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, roleArn } = session;
  const answer = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey.reveal(),
    Token: sessionToken.reveal(),
    Expiration: `${expiration.toISOString().slice(0, 19)}Z`,
    AccountId: accountIdOf(session),
    RoleArn: roleArn,
  };
  return { status: 200, body: `${JSON.stringify(answer)}\n` };
}

/** An error for the SDK, which shows the message. With a status of the 4xx range, SDKs do not try again at once. */
export function errorAnswer(error: GauthError, profile: string): LoopbackResponse {
  return failure(400, error.code, `${oneLine(error.message, 1_000)}; run: gauth -p ${shellQuote(profile)}`);
}

export function unknownProfileAnswer(): LoopbackResponse {
  return failure(404, 'NotFound', 'this server has no such profile');
}

function failure(status: number, code: string, message: string): LoopbackResponse {
  return { status, body: `${JSON.stringify({ Code: code, Message: `gauth: ${message}` })}\n` };
}

/** Compares in constant time. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
