/**
 * Which proxy a URL goes through, by HTTPS_PROXY, ALL_PROXY and NO_PROXY.
 *
 * The rules are those of curl and of Python's requests, which people's environments are written for. proxy-from-env
 * differs where it hurts: `HTTPS_PROXY=proxy:3128` would be spoken to by TLS, `NO_PROXY=google.com` would not cover
 * accounts.google.com, and it reads process.env whatever it is given.
 */
import { BlockList, isIP } from 'node:net';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

/**
 * The proxy for an https URL, or undefined for the direct way.
 * Throws GauthError PROXY for a proxy that cannot be used, without its user name and password.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const variable = VARIABLES.find((name) => env[name]);
  const text = variable === undefined ? undefined : env[variable];
  if (variable === undefined || text === undefined) return undefined;
  if (isExempt(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;

  const address = text.includes('://') ? text : `http://${text}`;
  const hints = [
    `write ${variable} as http://host:port or http://user:password@host:port, special characters as %XX`,
  ];
  if (!URL.canParse(address))
    throw new GauthError('PROXY', `${variable} is not the URL of a proxy`, { hints });
  const proxy = new URL(address);
  // After a # or / in a password, what is left of it would be taken for the host.
  if (`${proxy.pathname}${proxy.search}${proxy.hash}`.includes('@')) {
    const message = `the user name or password in ${variable} holds a sign that has to be written as %XX`;
    throw new GauthError('PROXY', message, { hints });
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new GauthError(
      'PROXY',
      `${variable} names a ${proxy.protocol.slice(0, -1)} proxy, which gauth cannot use`,
      {
        hints: ['gauth goes through http:// and https:// proxies; many SOCKS proxies offer one beside'],
      },
    );
  }
  if (!isDecodable(proxy.username) || !isDecodable(proxy.password)) {
    throw new GauthError('PROXY', `the user name or password in ${variable} holds a stray %`, { hints });
  }
  return proxy;
}

/** Whether NO_PROXY covers the host: `*`, a name with all below it, an address, a CIDR block, each perhaps with a port. */
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
