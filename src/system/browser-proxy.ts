/** How the browser reaches everything except AWS's consumer service: as the environment or the system says. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';
import { Secret } from '../secret.ts';
import type { HostEnvironment } from './browser-discovery.ts';
import type { UpstreamProxy } from './consumer-endpoint.ts';
import { createHttp } from './http.ts';
import { proxyFor } from './proxy.ts';
import type { OtherHosts } from './proxy-configuration.ts';
import { systemProxy } from './system-proxy.ts';

export interface BrowserProxy {
  readonly others: OtherHosts;
  /** A proxy that wants a password, which gauth adds. */
  readonly upstream: UpstreamProxy | undefined;
}

/**
 * The proxy of the environment, else that of the system. Throws GauthError PROXY, like `proxyFor`, and for a configuration script that
 * cannot be read; CANCELLED.
 */
export async function browserProxy(host: HostEnvironment, signal: AbortSignal): Promise<BrowserProxy> {
  const { env } = host;
  const exempt = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const proxy = exempt.includes('*')
    ? undefined
    : proxyFor(new URL('https://accounts.google.com/'), { ...env, no_proxy: '', NO_PROXY: '' });
  if (proxy !== undefined) return throughProxy(proxy, exempt);
  if (exempt.includes('*')) return { others: { kind: 'direct' }, upstream: undefined };
  const system = await systemProxy(host);
  if (system.script !== undefined) {
    const text = await scriptAt(system.script, env, signal);
    return { others: { kind: 'script', text }, upstream: undefined };
  }
  if (system.proxy === undefined) return { others: { kind: 'direct' }, upstream: undefined };
  return throughProxy(new URL(`http://${system.proxy}`), system.exempt);
}

function throughProxy(proxy: URL, exempt: readonly string[]): BrowserProxy {
  if (proxy.username === '') {
    const isSecure = proxy.protocol === 'https:';
    const port = proxy.port === '' ? (isSecure ? '443' : '80') : proxy.port;
    const words = `${isSecure ? 'HTTPS' : 'PROXY'} ${proxy.hostname}:${port}`;
    return { others: { kind: 'proxy', proxy: words, exempt }, upstream: undefined };
  }
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = new Secret(`Basic ${Buffer.from(login, 'utf8').toString('base64')}`);
  return { others: { kind: 'endpoint', exempt }, upstream: { url: proxy, authorization } };
}

/** Milliseconds. */
const SCRIPT_LIMIT = 5_000;

async function scriptAt(url: URL, env: Environment, signal: AbortSignal): Promise<string> {
  try {
    if (url.protocol === 'file:') return await readFile(fileURLToPath(url), 'utf8');
    const limited = AbortSignal.any([signal, AbortSignal.timeout(SCRIPT_LIMIT)]);
    // A script says how to reach the network, so no proxy is needed to get it.
    const http = createHttp({ ...env, NO_PROXY: '*', no_proxy: '*' });
    const { status, body } = await http({ method: 'GET', url, headers: {} }, limited);
    if (status === 200) return Buffer.from(body).toString('utf8');
  } catch (error) {
    if (signal.aborted) throw error;
  }
  throw new GauthError('PROXY', `the proxy configuration script ${url.origin} of the system cannot be read`, {
    hints: ['check the network connection, or name the proxy: export HTTPS_PROXY=http://host:port'],
  });
}
