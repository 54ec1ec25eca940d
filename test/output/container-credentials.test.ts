/** Requests to the credential server: which are refused, and the response to the others. */
import { describe, expect, it } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import {
  credentialsAnswer,
  credentialsPath,
  errorAnswer,
  profileOfPath,
  refusalOf,
} from '../../src/output/container-credentials.ts';
import { Secret } from '../../src/secret.ts';

const ACCESS = { port: 4321, token: new Secret('the-token') };
const HEADERS = { host: '127.0.0.1:4321', authorization: 'the-token' };

describe('a request', () => {
  it.each(['127.0.0.1:4321', 'localhost:4321'])('to %s with the token is answered', (host) => {
    expect(refusalOf({ method: 'GET', path: '/', headers: { ...HEADERS, host } }, ACCESS)).toBeUndefined();
  });

  it.each<readonly [string, string, Readonly<Record<string, string>>, number]>([
    ['a host name that leads to 127.0.0.1', 'GET', { ...HEADERS, host: 'evil.example:4321' }, 403],
    ['another port', 'GET', { ...HEADERS, host: '127.0.0.1:80' }, 403],
    ['no host', 'GET', { authorization: 'the-token' }, 403],
    ['a web page', 'GET', { ...HEADERS, origin: 'https://evil.example' }, 403],
    ['no token', 'GET', { host: HEADERS.host }, 403],
    ['a wrong token', 'GET', { ...HEADERS, authorization: 'the-tokem' }, 403],
    ['the token with a prefix', 'GET', { ...HEADERS, authorization: 'Bearer the-token' }, 403],
    ['another method', 'POST', HEADERS, 405],
    ['a preflight request', 'OPTIONS', HEADERS, 405],
  ])('with %s is refused', (_what, method, headers, status) => {
    const refusal = refusalOf({ method, path: '/', headers }, ACCESS);
    expect(refusal?.status).toBe(status);
    expect(refusal?.body).not.toContain('the-token');
  });
});

it.each(['sts-temp', 'a b/c', 'ü?#', ''])('names profile "%s" in its path', (name) => {
  expect(profileOfPath(credentialsPath(name))).toBe(name);
});

it.each(['/', '/profiles/a/b', '/profiles/a?x', '/profiles/%zz', '/other'])('%s names no profile', (path) => {
  expect(profileOfPath(path)).toBeUndefined();
});

it('answers in the format of container credentials', () => {
  const session = {
    accessKeyId: 'ASIA1',
    secretAccessKey: new Secret('secret'),
    sessionToken: new Secret('token'),
    expiration: new Date('2026-11-27T10:00:00.500Z'),
    roleArn: 'arn:aws:iam::111222333444:role/x',
    durationSeconds: 3600,
  };
  expect(JSON.parse(credentialsAnswer(session).body)).toEqual({
    AccessKeyId: 'ASIA1',
    SecretAccessKey: 'secret',
    Token: 'token',
    Expiration: '2026-11-27T10:00:00Z',
    AccountId: '111222333444',
    RoleArn: 'arn:aws:iam::111222333444:role/x',
  });
});

it('answers an error with its code and the command that helps', () => {
  const { status, body } = errorAnswer(new GauthError('NETWORK', 'no network'), 'my profile');
  expect(status).toBe(400);
  expect(JSON.parse(body)).toEqual({
    Code: 'NETWORK',
    Message: "gauth: no network; run: gauth -p 'my profile'",
  });
});
