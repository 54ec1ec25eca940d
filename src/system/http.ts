/** One HTTP exchange on axios: no redirects, no cookies, no retries; through the proxy and with the authorities of the environment. */
import type { Agent as HttpAgent, ClientRequest } from 'node:http';
import { Agent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { cancelled, GauthError } from '../errors.ts';
import type { Environment, Http, HttpRequest, HttpResponse } from '../ports.ts';
import { explainHttpError, proxyRefusal } from './http-errors.ts';
import { proxyFor } from './proxy.ts';
import { certificateAuthorities } from './certificate-authorities.ts';

export interface HttpLimits {
  /** The longest an exchange may take from connecting to the last byte, milliseconds. */
  readonly duration?: number;
  /** The largest body, unpacked, bytes. */
  readonly size?: number;
  /** How long an idle connection is kept, milliseconds; proxies and NAT drop older ones silently. */
  readonly idle?: number;
}

/** Headers that axios would add; a caller who wants them gives them. */
const NOT_ADDED = { accept: false, 'accept-encoding': false, 'content-type': false, 'user-agent': false };

/** The way to a server: one pool of kept connections, direct or through one proxy. */
interface Route {
  readonly agent: HttpAgent;
  readonly proxy: URL | undefined;
  /** Closes what the agent itself does not know of yet: a connection whose CONNECT is unanswered. Does nothing when the request got through. */
  abandon(request: unknown): void;
}

/**
 * Reads HTTPS_PROXY, ALL_PROXY, NO_PROXY, AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS from `env`.
 * Idle connections do not keep the process alive. Plain http is spoken to this machine only.
 * The errors of the `Http` port; their messages name hosts, never a path, a query or a proxy's password.
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
        `${url.hostname} is not spoken to by plain ${url.protocol.slice(0, -1)}`,
      );
    }
    const stop = new AbortController();
    const onAbort = (): void => {
      stop.abort(cancelled());
    };
    signal.addEventListener('abort', onAbort);
    const timer = setTimeout(() => {
      stop.abort(lateness(url, duration));
    }, duration);
    let route: Route | undefined;
    try {
      route = await orAborted(routeTo(url), stop.signal);
      return await exchange(request, route.agent, size, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw explainHttpError(error, url, route?.proxy, size);
      route?.abandon(requestOf(error));
      throw stop.signal.reason;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  };
}

/** What comes, unless the signal comes first: a file of authorities may lie where nobody answers. */
async function orAborted<Value>(coming: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
    coming.then(resolve, reject);
  });
}

function lateness({ hostname }: URL, duration: number): GauthError {
  return new GauthError('TIMEOUT', `${hostname} did not answer within ${String(duration / 1000)} seconds`, {
    hints: ['check the network connection, and HTTPS_PROXY where there is a proxy'],
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
    headers: { ...NOT_ADDED, ...request.headers },
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
    // Said explicitly: otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 would send the password to an unverified server, and NODE_OPTIONS
    // could name an old protocol.
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
  const given = new AbortController();
  const agent = new HttpsProxyAgent(proxy, { ...options, signal: given.signal });
  // The agent keeps its options for the connection to the proxy; these are for the connections through it.
  Object.assign(agent.options, options);
  const connected = new WeakSet<object>();
  agent.on('proxyConnect', (answer: { readonly statusCode: number }, request: ClientRequest) => {
    connected.add(request);
    // The agent would pass the proxy's refusal off as the answer of the server.
    if (answer.statusCode !== 200) request.destroy(proxyRefusal(proxy, answer.statusCode));
  });
  const abandon = (request: unknown): void => {
    if (typeof request === 'object' && request !== null && connected.has(request)) return;
    forget();
    given.abort();
  };
  return { agent, proxy, abandon };
}

function requestOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'request' in error ? error.request : undefined;
}

/** Names and addresses of this machine, where nobody can listen in. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
