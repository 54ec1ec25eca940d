/** The state of the emulator. */
import { randomBytes } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../../src/ports.ts';
import { type Client, CLIENT_COOKIE, newClient, setCookie } from './cookies.ts';
import type { Flow } from './flow.ts';
import type { Form, PageMarkup } from './form.ts';
import { errorPage } from './surrounding-pages.ts';
import type { View } from './page-context.ts';
import type { GoogleOptions, GoogleRequest, GoogleUser, Language, Submission } from './types.ts';

export const ORIGIN = 'https://accounts.google.com';
export const API_KEY = 'AIzaSy-emulated-key';
const YEAR = 365 * 86_400_000;

/** A page as one client got it. */
export interface Issued {
  readonly flow: Flow;
  readonly view: View;
  readonly markup: PageMarkup;
  /** Path and query it was shown at. */
  readonly address: string;
  used: boolean;
}

export interface Taken {
  readonly flow: Flow;
  readonly view: View;
  readonly form: Form;
  readonly fields: Readonly<Record<string, string>>;
}

/** One client: its cookies, the pages it has got and the addresses it was sent to. */
export interface RequestState {
  readonly client: Client;
  readonly pages: Map<string, Issued>;
  readonly addresses: Map<string, { readonly flow: Flow; readonly view: View }>;
}

export interface ServerState {
  readonly options: GoogleOptions;
  readonly idpId: string;
  readonly spIds: readonly string[];
  /** Milliseconds since 1970. */
  now(): number;
  readonly violations: string[];
  readonly requests: GoogleRequest[];
  readonly submissions: Submission[];
  readonly states: Map<string, RequestState>;
  readonly sessions: Map<string, { readonly user: GoogleUser; readonly expires: number }>;
  /** E-mail address by the cookie of a trusted device. */
  readonly trusted: Map<string, string>;
  /** Flows that expired in the middle. */
  expired: number;
  /** The old prompt's transactions. */
  readonly transactions: Map<string, { readonly flow: Flow; readonly id: number }>;
}

export function newServerState(options: GoogleOptions): ServerState {
  return {
    options,
    idpId: options.idpId ?? 'C01abc2de',
    spIds: options.spIds ?? ['000111000111'],
    now: () => (options.clock?.now() ?? new Date()).getTime(),
    violations: [],
    requests: [],
    submissions: [],
    states: new Map(),
    sessions: new Map(),
    trusted: new Map(),
    expired: 0,
    transactions: new Map(),
  };
}

export function newRequestState(serverState: ServerState, cookies: string | undefined): RequestState {
  const client = newClient(cookies);
  const state: RequestState = { client, pages: new Map(), addresses: new Map() };
  serverState.states.set(client.id, state);
  setCookie(client, CLIENT_COOKIE, client.id, { expires: serverState.now() + 2 * YEAR });
  setCookie(client, 'NID', token(16), { expires: serverState.now() + YEAR / 2, domain: true });
  return state;
}

export function record(serverState: ServerState, request: HttpRequest): void {
  const { host, pathname: path } = request.url;
  serverState.requests.push({ method: request.method, host, path, userAgent: request.headers['user-agent'] });
}

/** Writes a violation down and answers as Google does to a form it cannot take. */
export function rejectRequest(serverState: ServerState, ...reasons: readonly string[]): HttpResponse {
  serverState.violations.push(...reasons);
  return errorPage(400, 'invalid_request', 'malformed', usualLanguage(serverState));
}

/** The language before anybody is known. */
export function usualLanguage({ options }: ServerState): Language {
  const wanted = options.language ?? options.users[0]?.language ?? 'en';
  return typeof wanted === 'string' ? wanted : (wanted[0] ?? 'en');
}

export function token(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
