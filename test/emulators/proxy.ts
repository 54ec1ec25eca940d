/** Emulators reached as in a company: a CONNECT proxy on loopback that ends TLS itself, so that nothing real is ever contacted. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { HttpResponse } from '../../src/ports.ts';
import { certificateAuthority } from './ca.ts';
import { type Hosts, handlerOf } from './respond.ts';

export interface ServeOptions {
  /** The proxy then asks for these. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Hosts whose CONNECT is refused with this status, as a company's policy does. */
  readonly blocked?: Readonly<Record<string, number>>;
}

export interface ServedRequest {
  readonly method: string;
  readonly url: string;
}

export interface Served {
  /** With the credentials in it, where there are any. */
  readonly proxyUrl: string;
  readonly caFile: string;
  /** What a program needs in its environment, and no more. */
  readonly env: { readonly HTTPS_PROXY: string; readonly NODE_EXTRA_CA_CERTS: string };
  /** CONNECTs a host and port, such as `accounts.google.com:443`. */
  readonly connects: ReadonlyMap<string, number>;
  readonly requests: ServedRequest[];
  /** CONNECTs and requests that the proxy refused, and errors of the emulators, in words. */
  readonly failures: string[];
  close(): Promise<void>;
}

export async function serve(hosts: Hosts, options: ServeOptions = {}): Promise<Served> {
  const authority = await certificateAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'gauth-ca-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.certificate, { mode: 0o600 });
  const connects = new Map<string, number>();
  const requests: ServedRequest[] = [];
  const failures: string[] = [];
  const sockets = new Set<Duplex>();
  const wanted =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.credentials.user}:${options.credentials.password}`).toString('base64')}`;

  function admitted(request: IncomingMessage): boolean {
    return wanted === undefined || request.headers['proxy-authorization'] === wanted;
  }

  /** Inside the tunnels: the emulators' side of TLS. */
  const inner = createHttpServer((request, response) => {
    const origin = `https://${request.headers.host ?? ''}`;
    void relay(request, response, new URL(request.url ?? '/', origin));
  });
  // Connections stay open until the client or close() ends them.
  inner.keepAliveTimeout = 0;

  async function relay(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    requests.push({ method: request.method ?? '', url: url.href });
    const handle = handlerOf(hosts, url.hostname);
    try {
      if (handle === undefined) throw new Error(`no emulator serves ${url.host}`);
      if (request.method !== 'GET' && request.method !== 'POST')
        throw new Error(`method ${request.method ?? ''}`);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : (value ?? ''),
        ]),
      );
      send(response, await handle({ method: request.method, url, headers, body: Buffer.concat(chunks) }));
    } catch (error) {
      failures.push(`${request.method ?? ''} ${url.href}: ${String(error)}`);
      response.writeHead(502, { 'content-type': 'text/plain' }).end(String(error));
    }
  }

  const outer = createHttpServer((request, response) => {
    if (!admitted(request)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
      return;
    }
    if (!URL.canParse(request.url ?? '')) {
      failures.push(`a request to the proxy itself: ${request.url ?? ''}`);
      response.writeHead(400).end();
      return;
    }
    void relay(request, response, new URL(request.url ?? ''));
  });
  outer.on('connection', track);

  function track(socket: Duplex): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away in the middle is no fault of the proxy's.
    socket.on('error', () => socket.destroy());
  }

  outer.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = request.url ?? '';
    const host = target.replace(/:\d+$/, '');
    const refuse = (status: number, reason: string, more = ''): void => {
      failures.push(`CONNECT ${target}: ${status} ${reason}`);
      socket.end(`HTTP/1.1 ${status} ${reason}\r\n${more}content-length: 0\r\n\r\n`);
    };
    connects.set(target, (connects.get(target) ?? 0) + 1);
    if (!admitted(request)) {
      refuse(407, 'Proxy Authentication Required', 'proxy-authenticate: Basic realm="proxy"\r\n');
      return;
    }
    const blocked = options.blocked?.[host];
    if (blocked !== undefined || handlerOf(hosts, host) === undefined) {
      refuse(blocked ?? 502, blocked === undefined ? 'Bad Gateway' : 'Blocked');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    const secure = new TLSSocket(socket, {
      isServer: true,
      SNICallback: (name, done) => {
        authority.contextOf(name).then(
          (context) => {
            done(null, context);
          },
          (error: unknown) => {
            done(error instanceof Error ? error : new Error(String(error)));
          },
        );
      },
    });
    track(secure);
    inner.emit('connection', secure);
  });

  await new Promise<void>((resolve, reject) => {
    outer.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const login =
    options.credentials === undefined
      ? ''
      : `${encodeURIComponent(options.credentials.user)}:${encodeURIComponent(options.credentials.password)}@`;
  const proxyUrl = `http://${login}127.0.0.1:${portOf(outer.address())}`;
  return {
    proxyUrl,
    caFile,
    env: { HTTPS_PROXY: proxyUrl, NODE_EXTRA_CA_CERTS: caFile },
    connects,
    requests,
    failures,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => outer.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  return address.port;
}

function send(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  const list = Object.entries(headers).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  response.writeHead(
    status,
    [...list, ['content-length', String(body.byteLength)] satisfies [string, string]].flat(),
  );
  response.end(body);
}
