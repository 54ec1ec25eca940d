/**
 * The endpoint on 127.0.0.1 that stands for AWS's assertion consumer service: the browser's proxy configuration sends the
 * service's hosts here, and nothing else. It takes one SAML response, and answers processes of this user only (Linux).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Duplex } from 'node:stream';
import { GauthError } from '../errors.ts';
import type { ConsumerAnswer, ConsumerRequest } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { isPeerOfSameUser } from './connection-owner.ts';
import { createCertificate, type ThrowawayCertificate } from './throwaway-certificate.ts';

export interface ConsumerEndpoint {
  readonly port: number;
  readonly certificate: Pick<ThrowawayCertificate, 'fingerprint' | 'publicKeyHash'>;
  /** The first SAML response, and the name that the browser gives itself (User-Agent). */
  readonly received: Promise<Received>;
  /** Whether a browser has refused the certificate: it does not know that it may trust it. */
  readonly wasRefused: () => boolean;
  /** Stops listening, and closes all connections. */
  close(): void;
}

export interface Received {
  readonly response: Secret;
  readonly userAgent: string | undefined;
}

/** A proxy with a password, which a browser's configuration cannot carry. */
export interface UpstreamProxy {
  readonly url: URL;
  /** The value of Proxy-Authorization. */
  readonly authorization: Secret;
}

/** Bytes. An assertion that STS accepts has at most 100,000. */
const MAX_BODY = 1_000_000;
/** Milliseconds for a request. */
const REQUEST_TIMEOUT = 20_000;

/** Starts the endpoint. Throws GauthError SERVER_FAILED if it cannot listen. */
export async function startConsumerEndpoint(
  hosts: readonly string[],
  answer: (request: ConsumerRequest) => ConsumerAnswer,
  upstream: UpstreamProxy | undefined,
): Promise<ConsumerEndpoint> {
  const certificate = createCertificate(hosts, Date.now());
  const sockets = new Set<Duplex>();
  let resolve: (received: Received) => void = () => undefined;
  const received = new Promise<Received>((settle) => {
    resolve = settle;
  });
  let isRefused = false;

  // Behind TLS. No session is resumed, since each sign-in has another certificate.
  const inner = createSecureServer(
    {
      key: certificate.key,
      cert: certificate.certificate,
      ALPNProtocols: ['http/1.1'],
      requestTimeout: REQUEST_TIMEOUT,
    },
    (request, response) => {
      void respond(request, response, answer).then((found) => {
        if (found !== undefined) resolve(found);
      });
    },
  );
  inner.on('tlsClientError', (error) => {
    isRefused ||= /alert (bad certificate|certificate unknown|unknown ca)/i.test(error.message);
  });

  const outer = createServer((_request, response) => {
    response.writeHead(405).end();
  });
  outer.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  outer.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void admit(request, socket).then((isAdmitted) => {
      if (!isAdmitted) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const [host = ''] = (request.url ?? '').toLowerCase().split(':');
      if (!hosts.includes(host)) return forward(request.url ?? '', socket, head, upstream, sockets);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      return inner.emit('connection', socket);
    });
  });
  await listen(outer);
  const address = outer.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    certificate,
    received,
    wasRefused: () => isRefused,
    close() {
      outer.close();
      inner.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server
      .once('error', (cause) => {
        reject(new GauthError('SERVER_FAILED', 'cannot listen on 127.0.0.1', { cause }));
      })
      .listen(0, '127.0.0.1', resolve);
  });
}

async function admit(request: IncomingMessage, socket: Socket): Promise<boolean> {
  return /^[\w.-]+:443$/.test(request.url ?? '') && isPeerOfSameUser(socket);
}

/** Answers a request to AWS; returns the SAML response if it had one. */
async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: ConsumerRequest) => ConsumerAnswer,
): Promise<Received | undefined> {
  const address = `https://${request.headers.host ?? ''}${request.url ?? ''}`;
  const body = await readBody(request);
  if (body === undefined || !URL.canParse(address)) {
    // The rest of it is not read.
    response.writeHead(400, { connection: 'close' }).end(() => request.destroy());
    return undefined;
  }
  const found = answer({ method: request.method ?? '', url: new URL(address), body });
  // The browser has its answer before gauth goes on.
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.writeHead(found.response === undefined ? 404 : 200, found.headers).end(found.html);
  });
  return found.response && { response: found.response, userAgent: request.headers['user-agent'] };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > MAX_BODY) return undefined;
      pieces.push(piece);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Connects to another host through the user's proxy, with its password. */
function forward(
  target: string,
  socket: Socket,
  head: Buffer,
  upstream: UpstreamProxy | undefined,
  sockets: Set<Duplex>,
): void {
  if (upstream === undefined) {
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    return;
  }
  const { protocol, hostname, port } = upstream.url;
  const isSecure = protocol === 'https:';
  const address = { host: hostname, port: port === '' ? (isSecure ? 443 : 80) : Number(port) };
  const proxy = isSecure ? connectSecurely({ ...address, servername: hostname }) : connect(address);
  sockets.add(proxy);
  proxy.once('close', () => sockets.delete(proxy)).on('error', () => socket.destroy());
  socket.once('close', () => proxy.destroy());
  proxy.once(isSecure ? 'secureConnect' : 'connect', () => {
    proxy.write(
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${upstream.authorization.reveal()}\r\n\r\n`,
    );
    if (head.length > 0) proxy.write(head);
    // The proxy's answer to CONNECT is the browser's.
    proxy.pipe(socket);
    socket.pipe(proxy);
  });
}
