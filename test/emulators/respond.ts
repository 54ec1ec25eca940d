/** Requests taken apart and answers put together, for every emulator. */
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';

/** One host (or a few): takes a request, gives the answer. */
export type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** Emulators by host name; `*.example.com` serves every name below example.com that has no entry of its own. */
export type Hosts = Readonly<Record<string, Handler>>;

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** The handler of a host, by its name or by the wildcard above it. */
export function handlerOf(hosts: Hosts, host: string): Handler | undefined {
  const labels = host.toLowerCase().split('.');
  const wildcards = labels.slice(1).map((_, index) => ['*', ...labels.slice(index + 1)].join('.'));
  const name = [labels.join('.'), ...wildcards].find((candidate) => Object.hasOwn(hosts, candidate));
  return name === undefined ? undefined : hosts[name];
}

export function answer(
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Headers = {},
): HttpResponse {
  return {
    status,
    headers: Object.fromEntries(
      Object.entries({ 'content-type': type, ...headers }).map(([name, value]) => [
        name,
        typeof value === 'string' ? [value] : value,
      ]),
    ),
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  };
}

export function html(body: string, status = 200, headers: Headers = {}): HttpResponse {
  return answer(status, 'text/html; charset=utf-8', body, headers);
}

export function redirect(location: string, headers: Headers = {}): HttpResponse {
  return answer(302, 'text/html; charset=utf-8', '<title>Moved Temporarily</title>', {
    location,
    ...headers,
  });
}

/** Adds headers; `set-cookie` lines are appended, others replaced. */
export function withHeaders(
  response: HttpResponse,
  headers: Readonly<Record<string, readonly string[]>>,
): HttpResponse {
  const cookies = [...(response.headers['set-cookie'] ?? []), ...(headers['set-cookie'] ?? [])];
  return {
    ...response,
    headers: { ...response.headers, ...headers, ...(cookies.length > 0 && { 'set-cookie': cookies }) },
  };
}

export function bodyText(message: { readonly body?: string | Uint8Array }): string {
  if (message.body === undefined) return '';
  return typeof message.body === 'string' ? message.body : new TextDecoder().decode(message.body);
}

/** Whether a body is what HTML calls application/x-www-form-urlencoded. */
export function isForm(request: HttpRequest): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

/** Text for HTML and XML, quotes included. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
