/** The proxy: real TLS on loopback, with a temporary certificate authority. */
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { type Agent, request } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { afterEach, describe, expect, it } from 'vitest';
import { type Served, serve } from './proxy.ts';
import { answer, handlerOf } from './respond.ts';

const HOSTS = {
  'accounts.google.com': (sent: { url: URL }) =>
    answer(200, 'text/plain', sent.url.href, { 'set-cookie': ['a=1', 'b=2'] }),
  '*.amazonaws.com': (sent: { body?: string | Uint8Array }) => answer(200, 'text/plain', sent.body ?? ''),
};

let served: Served | undefined;
let ca: Buffer | undefined;
afterEach(async () => {
  await served?.close();
  ca = undefined;
});

function get(
  url: string,
  agent: Agent,
  body?: string,
): Promise<{ status: number; text: string; cookies: string[] }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent, ...(ca !== undefined && { ca }), method: body === undefined ? 'GET' : 'POST' },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text, cookies: response.headers['set-cookie'] ?? [] });
        });
      },
    );
    sent.on('error', reject).end(body);
  });
}

function through(proxy: Served, url = proxy.proxyUrl): Agent {
  ca = readFileSync(proxy.caFile);
  return new HttpsProxyAgent(url, { keepAlive: true }) as unknown as Agent;
}

describe('the proxy', () => {
  it('ends TLS for the names it serves and keeps the connection', async () => {
    served = await serve(HOSTS);
    const agent = through(served);
    const first = await get('https://accounts.google.com/a?b=c%3Dd', agent);
    expect(first).toEqual({
      status: 200,
      text: 'https://accounts.google.com/a?b=c%3Dd',
      cookies: ['a=1', 'b=2'],
    });
    await get('https://accounts.google.com/again', agent);
    expect((await get('https://sts.eu-west-1.amazonaws.com/', agent, 'x=y')).text).toBe('x=y');
    expect([...served.connects]).toEqual([
      ['accounts.google.com:443', 1],
      ['sts.eu-west-1.amazonaws.com:443', 1],
    ]);
    expect(served.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
    expect(served.failures).toEqual([]);
    agent.destroy();
  });

  it('is not trusted without its certificate', async () => {
    served = await serve(HOSTS);
    const agent = new HttpsProxyAgent(served.proxyUrl) as unknown as Agent;
    await expect(get('https://accounts.google.com/', agent)).rejects.toThrow(/certificate/);
  });

  it('refuses hosts that no emulator serves, and records that', async () => {
    served = await serve(HOSTS);
    const agent = through(served);
    expect((await get('https://example.com/', agent)).status).toBe(502);
    expect(served.failures).toEqual(['CONNECT example.com:443: 502 Bad Gateway']);
  });

  it('asks for its own user and password', async () => {
    served = await serve(HOSTS, { credentials: { user: 'me@corp', password: 'p:w' } });
    expect((await get('https://accounts.google.com/', through(served))).status).toBe(200);
    const bare = new URL(served.proxyUrl);
    bare.username = '';
    bare.password = '';
    expect((await get('https://accounts.google.com/', through(served, bare.href))).status).toBe(407);
  });

  it('relays a plain request', async () => {
    served = await serve(HOSTS);
    const { port } = new URL(served.proxyUrl);
    const status = await new Promise((resolve, reject) => {
      plainRequest({ host: '127.0.0.1', port, path: 'http://accounts.google.com/x' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(served.requests).toEqual([{ method: 'GET', url: 'http://accounts.google.com/x' }]);
  });
});

describe('host names', () => {
  it('an exact name wins over a wildcard, and a near one over a far one', () => {
    const [exact, near, far] = ['a', 'b', 'c'].map((text) => () => answer(200, 'text/plain', text));
    const hosts = { 'x.y.example.com': exact!, '*.y.example.com': near!, '*.example.com': far! };
    expect(handlerOf(hosts, 'X.y.example.com')).toBe(exact);
    expect(handlerOf(hosts, 'z.y.example.com')).toBe(near);
    expect(handlerOf(hosts, 'q.example.com')).toBe(far);
    expect(handlerOf(hosts, 'example.com')).toBeUndefined();
    expect(handlerOf(hosts, 'example.com.evil.test')).toBeUndefined();
  });
});
