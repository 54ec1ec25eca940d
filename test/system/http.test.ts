/** The Http port over real sockets: proxies, authorities, limits and error messages. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions as SecureServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import type { Environment, HttpResponse } from '../../src/ports.ts';
import { createHttp, type HttpLimits } from '../../src/system/http.ts';
import { type CertificateAuthority, certificateAuthority } from '../emulators/ca.ts';
import { serve, type Served, type ServeOptions } from '../emulators/proxy.ts';
import { bundle } from '../support/bundle.ts';
import { POSIX } from '../support/needs.ts';

const run = promisify(execFile);
const never = new AbortController().signal;
let authority: CertificateAuthority;
let folder: string;
/** A file with the authority's certificate. */
let caFile: string;
let program: string;

beforeAll(async () => {
  authority = await certificateAuthority('an authority of the company');
  folder = await mkdtemp(join(tmpdir(), 'gauth-http-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.certificate);
  const made = await bundle(new URL('./fixtures/fetch.ts', import.meta.url));
  program = made.program;
  return made.remove;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const hello = (): Promise<HttpResponse> =>
  Promise.resolve({ status: 200, headers: {}, body: Buffer.from('hello') });

/** The emulators' proxy in front of two hosts. */
async function companyNetwork(options?: ServeOptions): Promise<Served> {
  const served = await serve({ 'idp.example': hello, 'sts.example': hello }, options);
  onTestFinished(async () => {
    await served.close();
  });
  return served;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A plain server on this machine, the one kind of server that may be spoken to without TLS. */
async function local(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  return new URL(`http://127.0.0.1:${String(await listen(createPlainServer(handle)))}/path?secret=1`);
}

/** A server on this machine whose certificate is for `localhost`. */
async function secure(from = authority): Promise<URL> {
  const server = createSecureServer(tlsOf(from), (_request, response) => response.end('secure'));
  return new URL(`https://localhost:${String(await listen(server))}/path?secret=1`);
}

function tlsOf(from: CertificateAuthority, name?: string): SecureServerOptions {
  return {
    SNICallback: (asked, done) => {
      void from.contextOf(name ?? asked).then((context) => {
        done(null, context);
      });
    },
  };
}

function get(
  url: URL | string,
  env: Environment,
  limits?: HttpLimits,
  signal = never,
): Promise<HttpResponse> {
  return createHttp(env, limits)({ method: 'GET', url: new URL(url), headers: {} }, signal);
}

async function failure(answer: Promise<unknown>): Promise<GauthError> {
  const error = await answer.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GauthError)) throw error;
  expect(inspect(error, { depth: 9 })).not.toMatch(/secret|s3cret/);
  return error;
}

describe('an exchange', () => {
  it('sends the headers given and no others, and the body byte for byte', async () => {
    let seen: { headers: IncomingMessage['rawHeaders']; body: Buffer } | undefined;
    const url = await local((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        seen = { headers: request.rawHeaders, body: Buffer.concat(pieces) };
        response.end();
      });
    });
    const body = new Uint8Array([0, 255, 10, 13]);
    const headers = { 'user-agent': 'gauth', 'content-type': 'application/octet-stream' };
    await createHttp({})({ method: 'POST', url, headers, body }, never);
    expect(seen?.body).toEqual(Buffer.from(body));
    const names = seen?.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names?.sort()).toEqual(['connection', 'content-length', 'content-type', 'host', 'user-agent']);
    await createHttp({})({ method: 'GET', url, headers: {} }, never);
    expect(seen?.headers.filter((_, index) => index % 2 === 0)).toEqual(['Host', 'Connection']);
  });

  it('returns the status, each header as a list, and the body unchanged', async () => {
    const url = await local((_request, response) => {
      response.writeHead(302, { Location: '/next', 'Set-Cookie': ['a=1', 'b=2'], 'X-One': 'one' });
      response.end(Buffer.from([0, 254, 10]));
    });
    const { status, headers, body } = await get(url, {});
    expect(status).toBe(302);
    expect(headers).toMatchObject({ location: ['/next'], 'set-cookie': ['a=1', 'b=2'], 'x-one': ['one'] });
    expect(Buffer.from(body)).toEqual(Buffer.from([0, 254, 10]));
  });

  it('decompresses the body, and returns server errors as responses', async () => {
    const url = await local((_request, response) => {
      response.writeHead(500, { 'content-encoding': 'gzip' }).end(gzipSync('packed'));
    });
    const { status, body } = await get(url, {});
    expect([status, Buffer.from(body).toString()]).toEqual([500, 'packed']);
  });

  it('keeps the connection open for the next one', async () => {
    const ports = new Set<number | undefined>();
    const url = await local((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const http = createHttp({});
    for (let count = 0; count < 5; count += 1) await http({ method: 'GET', url, headers: {} }, never);
    expect(ports.size).toBe(1);
  });

  it('closes an idle connection, also through a proxy', async () => {
    const served = await companyNetwork();
    const env = { HTTPS_PROXY: served.proxyUrl, AWS_CA_BUNDLE: served.caFile };
    const http = createHttp(env, { idle: 20 });
    const fetch = async (): Promise<number | undefined> => {
      await http({ method: 'GET', url: new URL('https://idp.example/'), headers: {} }, never);
      return served.connects.get('idp.example:443');
    };
    await expect.poll(fetch, { interval: 60 }).toBe(3);
  });

  it('is refused without TLS to anywhere but this machine', async () => {
    const { code, message } = await failure(get('http://idp.example/path?secret=1', {}));
    expect([code, message]).toEqual(['NETWORK', 'gauth does not use http for idp.example, only https']);
  });
});

describe('a proxy', () => {
  it('is used with its credentials, by one CONNECT for many requests', async () => {
    const served = await companyNetwork({ credentials: { user: 'm\u00e9', password: 's3cret:@/' } });
    const http = createHttp({ https_proxy: served.proxyUrl, AWS_CA_BUNDLE: served.caFile });
    for (let count = 0; count < 10; count += 1) {
      const { body } = await http(
        { method: 'GET', url: new URL('https://idp.example/'), headers: {} },
        never,
      );
      expect(Buffer.from(body).toString()).toBe('hello');
    }
    await http({ method: 'GET', url: new URL('https://sts.example/'), headers: {} }, never);
    expect([...served.connects]).toEqual([
      ['idp.example:443', 1],
      ['sts.example:443', 1],
    ]);
    expect(served.failures).toEqual([]);
  });

  it('with a URL of https is used, too', async () => {
    const served = await companyNetwork();
    const tlsServer = createSecureServer(tlsOf(authority));
    tlsServer.on('connect', (request: IncomingMessage, socket: Socket) => {
      const back = connect(Number(new URL(served.proxyUrl).port), '127.0.0.1');
      back.write(`CONNECT ${request.url ?? ''} HTTP/1.1\r\nHost: ${request.url ?? ''}\r\n\r\n`);
      socket.on('error', () => back.destroy());
      back.pipe(socket).pipe(back);
    });
    const port = String(await listen(tlsServer));
    const both = join(folder, 'both.pem');
    await writeFile(both, `${authority.certificate}\n${await readFile(served.caFile, 'utf8')}`);
    const env = { HTTPS_PROXY: `https://localhost:${port}`, AWS_CA_BUNDLE: both, PATH: process.env['PATH'] };
    // As a program, for that it ends with the connection still kept.
    const { stdout } = await run(
      process.execPath,
      [program, 'https://idp.example/', 'https://idp.example/'],
      { env },
    );
    expect(stdout).toBe('200 hello\n200 hello\n');
    expect([...served.connects]).toEqual([['idp.example:443', 1]]);
  });

  it('is not used for hosts that NO_PROXY names', async () => {
    const url = await secure();
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost', AWS_CA_BUNDLE: caFile };
    const { body } = await get(url, env);
    expect(Buffer.from(body).toString()).toBe('secure');
  });

  it('that requires credentials is named without the wrong ones', async () => {
    const served = await companyNetwork({ credentials: { user: 'me', password: 'right' } });
    const wrong = served.proxyUrl.replace('right', 's3cret');
    const { code, message, hints } = await failure(get('https://idp.example/', { HTTPS_PROXY: wrong }));
    expect(code).toBe('PROXY');
    expect(message).toBe(`the proxy ${new URL(wrong).host} refused the connection with status 407`);
    expect(hints.join()).toMatch(/^check the user name and password in HTTPS_PROXY .*gauth supports Basic/);
    const bare = `http://${new URL(wrong).host}`;
    const asked = await failure(get('https://idp.example/', { HTTPS_PROXY: bare }));
    expect(asked.hints.join()).toMatch(/^add the user name and password to HTTPS_PROXY/);
  });

  it.each([
    ['nonsense', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'PROXY', /^the server at 127\.0\.0\.1:\d+ is not a proxy$/],
    ['a bad header', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'PROXY', / is not a proxy$/],
    ['nothing', '', 'NETWORK', /^the proxy 127\.0\.0\.1:\d+ closed the connection without an answer$/],
  ])('that answers %s is named', async (_what, text, code, words) => {
    const server = createServer();
    server.on('connection', (socket: Socket) => socket.once('data', () => socket.end(text)));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${String(await listen(server))}` };
    const error = await failure(get('https://idp.example/', env));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    // A lost connection is one that may be asked for again.
    if (code === 'NETWORK') expect(error.cause).toMatchObject({ code: 'ECONNRESET' });
  });

  it.each([403, 502, 302])('that refuses with %i is not mistaken for the server', async (status) => {
    const served = await companyNetwork({ blocked: { 'idp.example': status } });
    const { code, message } = await failure(get('https://idp.example/', { HTTPS_PROXY: served.proxyUrl }));
    expect(code).toBe('PROXY');
    expect(message).toContain(`status ${String(status)}`);
  });

  it('that cannot be reached is named', async () => {
    const { code, message } = await failure(
      get('https://idp.example/', { HTTPS_PROXY: 'http://me:s3cret@127.0.0.1:9' }),
    );
    expect([code, message]).toEqual(['NETWORK', 'cannot reach the proxy 127.0.0.1:9 (ECONNREFUSED)']);
  });

  it('that leaves CONNECT unanswered is given up, and its connection closed', async () => {
    const silent = createServer();
    const closed = new Promise((resolve) => {
      silent.once('connection', (socket: Socket) =>
        socket.on('close', resolve).on('error', resolve).resume(),
      );
    });
    const env = { HTTPS_PROXY: `http://127.0.0.1:${String(await listen(silent))}` };
    const { code, message } = await failure(get('https://idp.example/', env, { duration: 100 }));
    expect([code, message]).toEqual(['TIMEOUT', 'idp.example did not answer within 0.1 seconds']);
    await closed;
  });
});

describe('a certificate', () => {
  it('is trusted by AWS_CA_BUNDLE and by NODE_EXTRA_CA_CERTS side by side', async () => {
    const other = await certificateAuthority('another authority');
    const otherFile = join(folder, 'other.pem');
    await writeFile(otherFile, other.certificate);
    const urls = [(await secure()).href, (await secure(other)).href];
    const env = { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: otherFile };
    const withoutTerminal = await run(process.execPath, [program, ...urls], { env });
    expect(withoutTerminal.stdout).toMatch(
      /^TLS the certificate of localhost is not trusted .*\n200 secure\n$/,
    );
    const together = await run(process.execPath, [program, ...urls], {
      env: { ...env, AWS_CA_BUNDLE: caFile },
    });
    expect(together.stdout).toBe('200 secure\n200 secure\n');
  });

  it('of an unknown authority is refused with what to do', async () => {
    const { code, message, hints } = await failure(get(await secure(), {}));
    expect(code).toBe('TLS');
    expect(message).toMatch(/^the certificate of localhost is not trusted \([A-Z_]+\)$/);
    expect(hints.join()).toMatch(/NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE/);
  });

  it('for another host is refused', async () => {
    const server = createSecureServer(tlsOf(authority, 'other.example'));
    const url = `https://localhost:${String(await listen(server))}/`;
    const { code, message } = await failure(get(url, { AWS_CA_BUNDLE: caFile }));
    expect([code, message]).toEqual([
      'TLS',
      'the certificate of localhost is not valid (ERR_TLS_CERT_ALTNAME_INVALID)',
    ]);
  });

  it('is missing if the server does not use TLS', async () => {
    const url = await local((_request, response) => response.end());
    const { code } = await failure(
      get(url.href.replace('http:', 'https:').replace('127.0.0.1', 'localhost'), {}),
    );
    expect(code).toBe('TLS');
  });

  it.each([
    ['is missing', undefined, 'FILE', 'cannot read the file in AWS_CA_BUNDLE'],
    ['holds none', 'nothing', 'TLS', 'the file in AWS_CA_BUNDLE contains no valid certificates'],
    [
      'holds a damaged one',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'TLS',
      'the file in AWS_CA_BUNDLE contains no valid certificates',
    ],
  ])('bundle that %s is reported', async (_what, text, code, words) => {
    const bundle = join(folder, `bundle-${String(code)}-${String(text?.length)}.pem`);
    if (text !== undefined) await writeFile(bundle, text);
    const error = await failure(get('https://localhost:9/', { AWS_CA_BUNDLE: bundle }));
    expect(error.code).toBe(code);
    expect(error.message).toBe(`${words}: ${bundle}`);
  });
});

it('bundle that is a named pipe is not waited for', POSIX, async () => {
  const pipe = join(folder, 'pipe');
  await run('mkfifo', [pipe]);
  const env = { AWS_CA_BUNDLE: pipe, PATH: process.env['PATH'] };
  const { stdout } = await run(process.execPath, [program, 'https://localhost:9/'], {
    env,
    timeout: 10_000,
  });
  expect(stdout).toContain(`cannot read the file in AWS_CA_BUNDLE: ${pipe}`);
});

describe('a limit', () => {
  it('of time ends an exchange without a response', async () => {
    const url = await local(() => undefined);
    const { code, message } = await failure(get(url, {}, { duration: 50 }));
    expect([code, message]).toEqual(['TIMEOUT', '127.0.0.1 did not answer within 0.05 seconds']);
  });

  it('of time ends an exchange with an endless response', async () => {
    const url = await local((_request, response) => {
      response.write('and then');
    });
    expect((await failure(get(url, {}, { duration: 50 }))).code).toBe('TIMEOUT');
  });

  it('of size applies to the decompressed body', async () => {
    const url = await local((_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(Buffer.alloc(2_000_000)));
    });
    const { code, message } = await failure(get(url, {}, { size: 1_000_000 }));
    expect([code, message]).toEqual(['NETWORK', 'the response of 127.0.0.1 is larger than 1 MB']);
  });

  it('is a cancellation by the user before, during and between exchanges', async () => {
    const cancel = new AbortController();
    const url = await local((_request, response) => {
      response.write('and then');
      cancel.abort();
    });
    expect((await failure(get(url, {}, {}, cancel.signal))).code).toBe('CANCELLED');
    expect((await failure(get(url, {}, {}, cancel.signal))).code).toBe('CANCELLED');
  });
});

describe('a server', () => {
  it('that cannot be reached is named', async () => {
    const { code, message } = await failure(get('https://127.0.0.1:9/path?secret=1', {}));
    expect([code, message]).toEqual(['NETWORK', 'cannot reach 127.0.0.1 (ECONNREFUSED)']);
  });

  it('that hangs up is named, and what was sent is not', async () => {
    const url = await local((request) => request.socket.destroy());
    const http = createHttp({});
    const sent = http({ method: 'POST', url, headers: { cookie: 's3cret' }, body: 'password=s3cret' }, never);
    const { code, message } = await failure(sent);
    expect([code, message]).toEqual(['NETWORK', 'lost the connection to 127.0.0.1 (ECONNRESET)']);
  });
});
