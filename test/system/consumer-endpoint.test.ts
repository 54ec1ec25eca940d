/** The endpoint in place of AWS's consumer service, as a browser meets it. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { promisify } from 'node:util';
import { expect, it, onTestFinished, test } from 'vitest';
import { acsHosts, isAcs } from '../../src/aws/partition.ts';
import { answerAsConsumer } from '../../src/google/consumer-request.ts';
import { type ConsumerEndpoint, startConsumerEndpoint } from '../../src/system/consumer-endpoint.ts';
import { createCertificate } from '../../src/system/throwaway-certificate.ts';
import { ROOT } from '../support/needs.ts';
import { nodeForOthers } from '../support/other-user.ts';

const HOST = 'signin.aws.amazon.com';

async function endpoint(): Promise<ConsumerEndpoint> {
  const made = await startConsumerEndpoint(
    acsHosts(undefined),
    (request) => answerAsConsumer(request, { isAcs, roleArn: undefined, shownMs: 0 }),
    undefined,
  );
  onTestFinished(() => {
    made.close();
  });
  return made;
}

async function text(socket: NodeJS.ReadableStream, until: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      all += piece;
      if (until.test(all)) resolve(all);
    });
    socket.on('end', () => {
      resolve(all);
    });
    socket.on('error', () => {
      resolve(all);
    });
  });
}

async function tunnel(port: number, target: string): Promise<readonly [Socket, string]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const answer = await text(socket, /\r\n\r\n/);
  socket.removeAllListeners('data');
  return [socket, answer.split('\r\n')[0] ?? ''];
}

/** Sends a request through TLS as the host, and returns the answer. */
async function ask(port: number, host: string, request: string): Promise<string> {
  const [socket] = await tunnel(port, `${host}:443`);
  const secure = connectSecurely({ socket, servername: host, rejectUnauthorized: false });
  secure.write(request);
  return text(secure, /<\/html>/);
}

function post(host: string, path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Test/1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
}

it('takes the SAML response, and answers in place of AWS', async () => {
  const { port, received } = await endpoint();
  const answer = await ask(port, HOST, post(HOST, '/saml', 'SAMLResponse=PHNhbWw%2B&RelayState='));
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toContain('You are signed in');
  expect(answer).toMatch(/cache-control: no-store/i);
  const { response, userAgent } = await received;
  expect(response.reveal()).toBe('PHNhbWw+');
  expect(userAgent).toBe('Test/1');
});

test.each([
  ['another path', post(HOST, '/other', 'SAMLResponse=x')],
  ['a GET', `GET /saml?SAMLResponse=x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
  ['another host in its header', post('evil.test', '/saml', 'SAMLResponse=x')],
  ['a form without it', post(HOST, '/saml', 'roleIndex=1')],
])('accepts nothing from %s', async (_what, request) => {
  const { port, received } = await endpoint();
  expect(await ask(port, HOST, request)).toMatch(/^HTTP\/1\.1 404 /);
  let isTaken = false;
  void received.then(() => (isTaken = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isTaken).toBe(false);
});

it('reads no endless body', async () => {
  const { port } = await endpoint();
  const answer = await ask(port, HOST, post(HOST, '/saml', `SAMLResponse=${'x'.repeat(1_100_000)}`));
  expect(answer).not.toContain('You are signed in');
});

test.each(['accounts.google.com:443', 'signin.aws.amazon.com.evil.test:443', `${HOST}:80`, '127.0.0.1:22'])(
  'forwards nothing: %s',
  async (target) => {
    const { port } = await endpoint();
    expect((await tunnel(port, target))[1]).toBe('HTTP/1.1 403 Forbidden');
  },
);

it('has a certificate of its own for the hosts of all regions', async () => {
  const first = await endpoint();
  const second = await endpoint();
  expect(first.certificate.fingerprint).not.toBe(second.certificate.fingerprint);
  expect(first.certificate.publicKeyHash).not.toBe(second.certificate.publicKeyHash);
});

test.each(Array.from({ length: 40 }, (_, index) => index))('a certificate can be read: %i', (index) => {
  const hosts = acsHosts('eu-central-9').slice(0, index + 1);
  const { certificate, key, fingerprint } = createCertificate(hosts, Date.now());
  const read = new X509Certificate(certificate);
  expect(read.fingerprint256).toBe(fingerprint);
  expect(hosts.every((host) => read.checkHost(host) === host)).toBe(true);
  expect(read.checkHost('example.com')).toBeUndefined();
  expect(new Date(read.validTo).getTime()).toBeGreaterThan(Date.now());
  expect(read.verify(read.publicKey)).toBe(true);
  expect(key).toContain('PRIVATE KEY');
});

it('answers no other user of the machine', ROOT, async () => {
  const { port } = await endpoint();
  const script = `const socket = require('node:net').connect(${String(port)}, '127.0.0.1');
    socket.write('CONNECT ${HOST}:443 HTTP/1.1\\r\\nHost: ${HOST}:443\\r\\n\\r\\n');
    socket.on('data', (data) => { console.log(String(data).split('\\r')[0]); process.exit(); });`;
  const { stdout } = await promisify(execFile)(nodeForOthers(), ['-e', script], {
    uid: 65_534,
    gid: 65_534,
    cwd: '/',
  });
  expect(stdout).toBe('HTTP/1.1 403 Forbidden\n');
  expect((await tunnel(port, `${HOST}:443`))[1]).toMatch(/^HTTP\/1\.1 200 /);
});
