/** The proxy configuration script, run as a browser runs it. */
import { createContext, runInContext } from 'node:vm';
import { expect, it, test } from 'vitest';
import { type OtherHosts, proxyScript, proxyScriptUrl } from '../../src/system/proxy-configuration.ts';

const ENDPOINT = 'PROXY 127.0.0.1:4711';

function decide(others: OtherHosts, url: string): unknown {
  const configuration = { hosts: ['signin.aws.amazon.com'], port: 4711, others };
  const context = createContext({
    dnsDomainIs: (host: string, domain: string) => host.endsWith(domain),
    isInNet: (host: string, base: string, mask: string) => {
      const bits = (text: string): number =>
        text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
      return Number(BigInt(bits(host)) & BigInt(bits(mask))) === bits(base);
    },
  });
  const { hostname } = new URL(url);
  const call = `FindProxyForURL(${JSON.stringify(url)}, ${JSON.stringify(hostname)})`;
  return runInContext(`${proxyScript(configuration)};${call}`, context);
}

const PROXY = 'PROXY proxy:3128';
const through = (...exempt: readonly string[]): OtherHosts => ({ kind: 'proxy', proxy: PROXY, exempt });

test.each<readonly [OtherHosts, string, string]>([
  [{ kind: 'direct' }, 'https://signin.aws.amazon.com/saml', ENDPOINT],
  [{ kind: 'direct' }, 'https://accounts.google.com/', 'DIRECT'],
  [{ kind: 'direct' }, 'https://signin.aws.amazon.com.evil.test/saml', 'DIRECT'],
  [{ kind: 'direct' }, 'https://constructor/', 'DIRECT'],
  [through(), 'https://signin.aws.amazon.com/saml', ENDPOINT],
  [through(), 'https://accounts.google.com/', PROXY],
  [through('corp.test', '.other.test'), 'https://idp.corp.test/', 'DIRECT'],
  [through('corp.test', '.other.test'), 'https://corp.test/', 'DIRECT'],
  [through('corp.test', '.other.test'), 'https://x.other.test/', 'DIRECT'],
  [through('corp.test'), 'https://notcorp.test/', PROXY],
  [through('10.0.0.0/8', '192.168.4.0/22'), 'https://10.1.2.3/', 'DIRECT'],
  [through('10.0.0.0/8', '192.168.4.0/22'), 'https://192.168.7.9/', 'DIRECT'],
  [through('10.0.0.0/8', '192.168.4.0/22'), 'https://192.168.8.1/', PROXY],
  [through('host.test:8443'), 'https://host.test:8443/', 'DIRECT'],
  // Nothing of AWS passes by gauth, even if AWS is exempt.
  [through('amazon.com'), 'https://signin.aws.amazon.com/saml', ENDPOINT],
  [{ kind: 'endpoint', exempt: [] }, 'https://accounts.google.com/', ENDPOINT],
  [{ kind: 'endpoint', exempt: [] }, 'http://plain.test/', 'DIRECT'],
  [{ kind: 'endpoint', exempt: ['corp.test'] }, 'https://corp.test/', 'DIRECT'],
  [
    { kind: 'script', text: 'function FindProxyForURL(url, host) { return "PROXY own:" + host.length; }' },
    'https://abc.test/',
    'PROXY own:8',
  ],
  [
    { kind: 'script', text: 'var hosts = 1; function FindProxyForURL() { return "DIRECT"; }' },
    'https://signin.aws.amazon.com/saml',
    ENDPOINT,
  ],
])('%j at %s: %s', (others, url, expected) => {
  expect(decide(others, url)).toBe(expected);
});

it('is a URL that needs no server', () => {
  const url = proxyScriptUrl({ hosts: ['a'], port: 1, others: { kind: 'direct' } });
  expect(url).toMatch(/^data:application\/x-ns-proxy-autoconfig;base64,[\w+/=]+$/);
});
