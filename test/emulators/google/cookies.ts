/** The cookies that Google expects from each client, so that a lost, expired or misdirected one is detected. */
import { randomBytes } from 'node:crypto';

/** The cookie by which Google knows a client again; it comes with the first answer. */
export const CLIENT_COOKIE = '__Host-GAPS';

interface Kept {
  readonly value: string;
  readonly path: string;
  /** Milliseconds since 1970, or undefined for a cookie that lasts as long as the browser. */
  readonly expires: number | undefined;
}

export interface CookieOptions {
  readonly path?: string;
  /** Milliseconds since 1970. */
  readonly expires?: number;
  /** Sent to all of google.com instead of this host alone. */
  readonly domain?: boolean;
}

export interface Client {
  readonly id: string;
  readonly kept: Map<string, Kept>;
  /** Names that came with the first request already, from a sign-in this emulator knows nothing of. */
  readonly foreign: ReadonlySet<string>;
  /** Cookie lines for the next answer. */
  readonly outbox: string[];
}

export function parseCookies(header: string | undefined): [name: string, value: string][] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    });
}

export function newClient(header: string | undefined): Client {
  const client: Client = {
    id: randomBytes(12).toString('base64url'),
    kept: new Map(),
    foreign: new Set(parseCookies(header).map(([name]) => name)),
    outbox: [],
  };
  return client;
}

export function setCookie(client: Client, name: string, value: string, options: CookieOptions = {}): void {
  const path = options.path ?? '/';
  const parts = [`${name}=${value}`, `Path=${path}`, 'Secure', 'HttpOnly'];
  if (options.expires !== undefined) parts.push(`Expires=${new Date(options.expires).toUTCString()}`);
  if (options.domain === true) parts.push('Domain=.google.com', 'SameSite=None');
  client.outbox.push(parts.join('; '));
  client.kept.set(name, { value, path, expires: options.expires });
}

/** Takes a cookie back: the client has to forget it. */
export function dropCookie(client: Client, name: string): void {
  const kept = client.kept.get(name);
  if (kept === undefined) return;
  client.kept.delete(name);
  client.outbox.push(`${name}=; Path=${kept.path}; Max-Age=0; Secure`);
}

/** A client that was closed in the meantime has lost what was meant for one browser session only, and that is right. */
export function forgetBrowserSession(client: Client, sent: ReadonlyMap<string, string>): void {
  for (const [name, kept] of client.kept) {
    if (kept.expires === undefined && !sent.has(name)) client.kept.delete(name);
  }
}

/** What is wrong with the cookies of a request, in words. `now` in milliseconds since 1970. */
export function cookieFaults(
  client: Client,
  header: string | undefined,
  path: string,
  now: number,
): string[] {
  const sent = new Map<string, string>();
  const faults: string[] = [];
  for (const [name, value] of parseCookies(header)) {
    if (sent.has(name)) faults.push(`cookie ${name} came more than once`);
    sent.set(name, value);
  }
  const due = [...client.kept].filter(
    ([, cookie]) => covers(cookie.path, path) && (cookie.expires === undefined || cookie.expires > now),
  );
  for (const [name, cookie] of due) {
    const value = sent.get(name);
    if (value === undefined) faults.push(`cookie ${name} did not come back`);
    else if (value !== cookie.value) faults.push(`cookie ${name} came back with an old value`);
  }
  const dueNames = new Set(due.map(([name]) => name));
  for (const name of sent.keys()) {
    if (!dueNames.has(name) && !client.foreign.has(name))
      faults.push(`cookie ${name} was not due at ${path}`);
  }
  return faults;
}

/** RFC 6265, 5.1.4. */
function covers(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}
