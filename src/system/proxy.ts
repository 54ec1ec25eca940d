/**
 * The proxy for a URL, from HTTPS_PROXY, ALL_PROXY and NO_PROXY.
 *
 * The rules are those of curl and Python's requests, for which environments are written. The package proxy-from-env differs: it
 * would use TLS for `HTTPS_PROXY=proxy:3128`, `NO_PROXY=google.com` would not cover accounts.google.com, and it always reads
 * process.env.
 */
import { BlockList, isIP } from 'node:net';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';
import { PROXY_VARIABLES } from '../proxy-variables.ts';

/**
 * The proxy for an https URL; undefined for a direct connection.
 * Throws GauthError PROXY for a proxy that cannot be used, without its user name and password.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const variable = PROXY_VARIABLES.find((name) => env[name]);
  const text = variable === undefined ? undefined : env[variable];
  if (variable === undefined || text === undefined) return undefined;
  if (isExempt(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;

  const address = text.includes('://') ? text : `http://${text}`;
  const hints = [
    `write ${variable} as http://host:port or http://user:password@host:port, with special characters as %XX`,
  ];
  if (!URL.canParse(address))
    throw new GauthError('PROXY', `${variable} is not the URL of a proxy`, { hints });
  const proxy = new URL(address);
  // A # or / in a password would make the rest of it the host.
  if (`${proxy.pathname}${proxy.search}${proxy.hash}`.includes('@')) {
    const message = `the user name or password in ${variable} contains a character that must be written as %XX`;
    throw new GauthError('PROXY', message, { hints });
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new GauthError(
      'PROXY',
      `${variable} names a ${proxy.protocol.slice(0, -1)} proxy, which gauth cannot use`,
      {
        hints: ['gauth supports http:// and https:// proxies'],
      },
    );
  }
  if (!isDecodable(proxy.username) || !isDecodable(proxy.password)) {
    throw new GauthError(
      'PROXY',
      `the user name or password in ${variable} contains a % that is not followed by two hexadecimal digits`,
      { hints },
    );
  }
  return proxy;
}

/** Whether NO_PROXY covers the host: `*`, a name with its subdomains, an address or a CIDR block, each optionally with a port. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? '443' : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '') return false;
      if (entry === '*') return true;
      if (entry.includes('/')) return isInBlock(host, entry);
      const withPort = isIP(entry) === 6 ? null : /^(.+):(\d+)$/.exec(entry);
      if (withPort !== null && withPort[2] !== port) return false;
      const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
      return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
    });
}

function isInBlock(host: string, block: string): boolean {
  const [network = '', bits = ''] = block.split('/');
  const family = isIP(network);
  const prefix = Number(bits);
  const isBlock = family !== 0 && /^\d+$/.test(bits) && prefix <= (family === 4 ? 32 : 128);
  if (!isBlock || isIP(host) !== family) return false;
  const list = new BlockList();
  const name = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, prefix, name);
  return list.check(host, name);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
