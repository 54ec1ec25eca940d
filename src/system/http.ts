/**
 * One HTTP exchange on axios: no redirects, no cookies, no retries; through the proxy and with the certificate
 * authorities of the environment.
 */
import type { Agent as HttpAgent, ClientRequest } from 'node:http';
import { Agent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { cancelled, GauthError } from '../errors.ts';
import type { Environment, Http, HttpRequest, HttpResponse } from '../ports.ts';
import { httpProxyAlone } from '../proxy-variables.ts';
import { explainHttpError, proxyRefusal } from './http-errors.ts';
import { proxyFor } from './proxy.ts';
import { certificateAuthorities } from './certificate-authorities.ts';

export interface HttpLimits {
  /** Milliseconds for an exchange, from connecting to the last byte. */
  readonly duration?: number;
  /** The largest body in bytes, decompressed. */
  readonly size?: number;
  /** Milliseconds until an idle connection is closed; proxies and NAT silently drop older ones. */
  readonly idle?: number;
}

/** Headers that axios would add by itself. */
const NO_DEFAULT_HEADERS = {
  accept: false,
  'accept-encoding': false,
  'content-type': false,
  'user-agent': false,
};

/** A pool of connections, direct or through one proxy. */
interface Route {
  readonly agent: HttpAgent;
  readonly proxy: URL | undefined;
  /** Closes a connection whose CONNECT has no answer yet; the agent does not know of it. Does nothing once the request is connected. */
  abandon(request: unknown): void;
}

/**
 * Reads HTTPS_PROXY, ALL_PROXY, NO_PROXY, AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS from `env`.
 * Idle connections do not keep the process alive. Plain http is allowed to this machine only.
 * Throws the errors of the `Http` port; their messages name hosts, never a path, a query or a proxy's password.
 */
export function createHttp(env: Environment, limits: HttpLimits = {}): Http {
  const { duration = 30_000, size = 10_000_000, idle = 20_000 } = limits;
  const routes = new Map<string, Promise<Route>>();
  let context: Promise<SecureContext | undefined> | undefined;

  function routeTo(url: URL): Promise<Route> {
    const proxy = url.protocol === 'http:' ? undefined : proxyFor(url, env);
    const key = `${url.protocol} ${proxy?.href ?? ''}`;
    const known = routes.get(key);
    if (known !== undefined) return known;
    context ??= certificateAuthorities(env);
    const route = openRoute(url.protocol, proxy, context, idle, () => routes.delete(key));
    routes.set(key, route);
    return route;
  }

  return async (request, signal) => {
    const { url } = request;
    if (signal.aborted) throw cancelled();
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
      throw new GauthError(
        'NETWORK',
        `gauth does not use ${url.protocol.slice(0, -1)} for ${url.hostname}, only https`,
      );
    }
    const stop = new AbortController();
    const onAbort = (): void => {
      stop.abort(cancelled());
    };
    signal.addEventListener('abort', onAbort);
    const timer = setTimeout(() => {
      stop.abort(responseTimeout(url, duration));
    }, duration);
    let route: Route | undefined;
    try {
      route = await unlessAborted(routeTo(url), stop.signal);
      return await exchange(request, route.agent, size, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw explainHttpError(error, url, route?.proxy, size, httpProxyAlone(env));
      route?.abandon(requestOf(error));
      throw stop.signal.reason;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  };
}

/** Resolves like the promise, or rejects when the signal fires: a file of authorities may be on a network that does not answer. */
async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
    promise.then(resolve, reject);
  });
}

function responseTimeout({ hostname }: URL, duration: number): GauthError {
  return new GauthError('TIMEOUT', `${hostname} did not answer within ${String(duration / 1000)} seconds`, {
    hints: ['check the network connection, and HTTPS_PROXY if you use a proxy'],
  });
}

async function exchange(
  request: HttpRequest,
  agent: HttpAgent,
  size: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { default: axios } = await import('axios');
  const { body } = request;
  const response = await axios.request<Buffer>({
    method: request.method,
    url: request.url.href,
    headers: { ...NO_DEFAULT_HEADERS, ...request.headers },
    data: typeof body === 'string' || body === undefined ? body : Buffer.from(body),
    httpAgent: agent,
    httpsAgent: agent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: size,
    responseType: 'arraybuffer',
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
    signal,
  });
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name.toLowerCase(),
    listOf(value),
  ]);
  return { status: response.status, headers: Object.fromEntries(headers), body: response.data };
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

async function openRoute(
  protocol: string,
  proxy: URL | undefined,
  context: Promise<SecureContext | undefined>,
  idle: number,
  forget: () => void,
): Promise<Route> {
  const secureContext = await context;
  const options = {
    keepAlive: true,
    timeout: idle,
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would send the password to an unverified server, and NODE_OPTIONS could
    // allow an old protocol.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2' as const,
    ...(secureContext === undefined ? {} : { secureContext }),
  };
  if (protocol === 'http:') {
    const { Agent: PlainAgent } = await import('node:http');
    return { agent: new PlainAgent(options), proxy, abandon: () => undefined };
  }
  if (proxy === undefined) return { agent: new Agent(options), proxy, abandon: () => undefined };

  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const connecting = new AbortController();
  const agent = new HttpsProxyAgent(proxy, { ...options, signal: connecting.signal });
  // The agent uses its constructor's options for the connection to the proxy; these are for the connections through it.
  Object.assign(agent.options, options);
  const connected = new WeakSet<object>();
  agent.on('proxyConnect', (answer: { readonly statusCode: number }, request: ClientRequest) => {
    connected.add(request);
    // The agent would return the proxy's refusal as the response of the server.
    if (answer.statusCode !== 200) request.destroy(proxyRefusal(proxy, answer.statusCode));
  });
  const abandon = (request: unknown): void => {
    if (typeof request === 'object' && request !== null && connected.has(request)) return;
    forget();
    connecting.abort();
  };
  return { agent, proxy, abandon };
}

function requestOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'request' in error ? error.request : undefined;
}

/** Names and addresses of this machine, whose traffic does not leave it. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
