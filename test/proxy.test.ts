/** The built command behind a company's proxy and its certificate authorities. */
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateAuthority } from './emulators/ca.ts';
import type { Handler } from './emulators/respond.ts';
import { temporaryHome } from './fakes/system.ts';
import { binary } from './support/binary.ts';
import { FLAGS, USER } from './support/organisation.ts';

const INPUT = `${USER.password}\n`;

describe('a proxy', () => {
  it('that requires a password is used, with redirects and cookies, by one connection per host', async () => {
    const setup = await binary({
      google: { hops: 3, redirectAfterPost: true },
      serve: { credentials: { user: 'me@corp', password: 'p:w/ %' } },
    });
    const { status, err } = await setup.alone(FLAGS, { input: INPUT });
    expect({ status, err }).toMatchObject({ status: 0 });
    expect([...setup.served.connects]).toEqual([
      ['accounts.google.com:443', 1],
      ['sts.us-east-1.amazonaws.com:443', 1],
    ]);
    const addresses = setup.served.requests.map(({ url }) => new URL(url).pathname);
    expect(addresses.filter((path) => path === '/CheckCookie')).toHaveLength(3);
    expect(err).not.toContain('p:w');
  });

  it('has its password printed by no library, even with DEBUG', async () => {
    const setup = await binary({ serve: { credentials: { user: 'me', password: 's3cret' } } });
    const { status, err } = await setup.alone([...FLAGS, '--quiet'], { input: INPUT, env: { DEBUG: '*' } });
    expect({ status, err }).toEqual({ status: 0, err: '' });
  });

  it('that gets no password is a PROXY error that says where to put it', async () => {
    const setup = await binary({ serve: { credentials: { user: 'me', password: 's3cret' } }, faults: true });
    const bare = new URL(setup.served.proxyUrl);
    bare.username = bare.password = '';
    const ended = await setup.alone(FLAGS, { input: INPUT, env: { HTTPS_PROXY: bare.href } });
    expect(ended).toEqual({
      status: 5,
      out: '',
      err: `gauth: the proxy ${bare.host} refused the connection with status 407 (PROXY)\n  add the user name and password to HTTPS_PROXY: http://user:password@host:port, with special characters as %XX\n`,
    });
  });

  it('that blocks AWS is reported, after a sign-in whose assertion is cached for the next run', async () => {
    const setup = await binary({ serve: { blocked: { 'sts.us-east-1.amazonaws.com': 403 } }, faults: true });
    const { status, err } = await setup.alone(FLAGS, { input: INPUT });
    expect(status).toBe(5);
    expect(err).toMatch(
      /^Assuming .+\ngauth: the proxy 127\.0\.0\.1:\d+ refused the connection with status 403 \(PROXY\)\n/,
    );
    expect(existsSync(join(setup.home, '.aws', 'saml_cache_C01abc2de.xml'))).toBe(true);
  });

  it('that does not exist is a NETWORK error that names it', async () => {
    const setup = await binary();
    const ended = await setup.alone(FLAGS, { input: INPUT, env: { HTTPS_PROXY: 'http://127.0.0.1:1' } });
    expect(ended).toEqual({
      status: 5,
      out: '',
      err: 'gauth: cannot reach the proxy 127.0.0.1:1 (ECONNREFUSED) (NETWORK)\n  check HTTPS_PROXY\n',
    });
  });
});

describe('a certificate authority', () => {
  it('that is not trusted is a TLS error that says what to set', async () => {
    const setup = await binary();
    const ended = await setup.alone(FLAGS, { input: INPUT, env: { NODE_EXTRA_CA_CERTS: '' } });
    expect(ended).toMatchObject({ status: 5, out: '' });
    expect(ended.err).toMatch(
      /^gauth: the certificate of accounts\.google\.com is not trusted \(\w+\) \(TLS\)\n {2}set NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE to the file of your company's certificate authority\n/,
    );
    expect(setup.served.requests).toEqual([]);
  });

  it('may be named by AWS_CA_BUNDLE alone', async () => {
    const setup = await binary();
    const env = { NODE_EXTRA_CA_CERTS: '', AWS_CA_BUNDLE: setup.served.caFile };
    expect(await setup.alone(FLAGS, { input: INPUT, env })).toMatchObject({ status: 0 });
  });
});

describe('an AWS endpoint of the company, with an authority of its own', () => {
  it('is reached past the proxy with NO_PROXY, beside a Google behind the proxy', async () => {
    const setup = await binary();
    const own = await ownServer((request) => setup.world.sts.handle(request));
    const env = {
      AWS_ENDPOINT_URL_STS: own.url,
      AWS_CA_BUNDLE: own.caFile,
      NO_PROXY: 'example.com,localhost',
    };
    expect(await setup.alone(FLAGS, { input: INPUT, env })).toMatchObject({ status: 0 });
    expect([...setup.served.connects.keys()]).toEqual(['accounts.google.com:443']);
    expect(setup.world.sts.keys).toHaveLength(1);
  });

  it('is requested from the proxy without it', async () => {
    const setup = await binary({ faults: true });
    const own = await ownServer((request) => setup.world.sts.handle(request));
    const env = { AWS_ENDPOINT_URL_STS: own.url, AWS_CA_BUNDLE: own.caFile };
    const { status, err } = await setup.alone(FLAGS, { input: INPUT, env });
    expect(status).toBe(5);
    expect(err).toContain('refused the connection with status 502 (PROXY)');
    expect([...setup.served.connects.keys()]).toEqual(['accounts.google.com:443', new URL(own.url).host]);
  });
});

/** A TLS server on loopback whose certificate no other authority vouches for. */
async function ownServer(handle: Handler): Promise<{ readonly url: string; readonly caFile: string }> {
  const authority = await certificateAuthority('another test CA');
  const caFile = join(temporaryHome(), 'bundle.pem');
  writeFileSync(caFile, authority.certificate);
  const server = createServer(
    {
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
    },
    (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        void (async () => {
          // The company's name for AWS's own endpoint.
          const url = new URL('https://sts.us-east-1.amazonaws.com/');
          const headers = Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
          );
          const answered = await handle({ method: 'POST', url, headers, body: Buffer.concat(pieces) });
          const list = Object.entries(answered.headers).map(([name, values]) => [name, values.join(', ')]);
          response.writeHead(answered.status, Object.fromEntries(list)).end(answered.body);
        })();
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${String((server.address() as AddressInfo).port)}`, caFile };
}
