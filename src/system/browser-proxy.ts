/**
 * The proxy of the environment as command-line flags of a browser: browsers do not read HTTPS_PROXY and NO_PROXY as
 * other programs do.
 */
import type { Environment } from '../ports.ts';
import { Secret } from '../secret.ts';
import { proxyFor } from './proxy.ts';

export interface BrowserProxy {
  readonly switches: readonly string[];
  readonly login: { readonly username: string; readonly password: Secret } | undefined;
}

/** Without a proxy in the environment the browser uses the system's settings. Throws GauthError PROXY, like `proxyFor`. */
export function browserProxy(env: Environment): BrowserProxy {
  const exempt = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const proxy = exempt.includes('*')
    ? undefined
    : proxyFor(new URL('https://accounts.google.com/'), { ...env, no_proxy: '', NO_PROXY: '' });
  if (proxy === undefined) return { switches: [], login: undefined };
  const port = proxy.port === '' ? (proxy.protocol === 'https:' ? '443' : '80') : proxy.port;
  const list = exempt.flatMap(rules).join(';');
  return {
    switches: [
      `--proxy-server=${proxy.protocol}//${proxy.hostname}:${port}`,
      ...(list === '' ? [] : [`--proxy-bypass-list=${list}`]),
    ],
    login:
      proxy.username === ''
        ? undefined
        : {
            username: decodeURIComponent(proxy.username),
            password: new Secret(decodeURIComponent(proxy.password)),
          },
  };
}

/** An entry of NO_PROXY covers a host and its subdomains; a browser needs both as rules (Chromium, net/docs/proxy.md). */
function rules(entry: string): readonly string[] {
  const host = entry.replace(/^\*?\./, '');
  const isAddress = /^[\d.:[\]]+(\/\d+)?$/.test(host);
  return isAddress ? [host] : [host, `*.${host}`];
}
