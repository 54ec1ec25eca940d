/** Google's sign-in for SAML apps, as strict as the real one: it hands out forms and takes back only what it handed out. */
import type { HttpRequest, HttpResponse } from '../../../src/ports.ts';
import { type Handler, type Hosts, answer, html, redirect, withHeaders } from '../respond.ts';
import {
  type ServerState,
  ORIGIN,
  type RequestState,
  type Taken,
  rejectRequest,
  newServerState,
  newRequestState,
  record,
  usualLanguage,
} from './server-state.ts';
import { CLIENT_COOKIE, cookieFaults, forgetBrowserSession, parseCookies } from './cookies.ts';
import { addressOf, newFlow, render, pageContextOf, acceptForm, toStart } from './form-exchange.ts';
import { decide } from './flow.ts';
import { captchaPicture, cookiesPage, disabledPage, errorPage, rejectedPage } from './surrounding-pages.ts';
import { type View, v3Query } from './page-context.ts';
import { finish, hop, initsso, isTrusted } from './session.ts';
import { awaitTap } from './authzen.ts';
import type { GoogleOptions, GoogleRequest, Submission } from './types.ts';

export type * from './types.ts';

/** Where `refusal: 'other-provider'` leads; no emulator serves it. */
const OTHER_PROVIDER = 'https://login.example.org/sso/saml';

export interface GoogleEmulator {
  /** accounts.google.com */
  readonly handle: Handler;
  /** All hosts of Google that a sign-in meets. */
  readonly hosts: Hosts;
  /** What a well-behaved client would not have done, in words. A test ends with this being empty. */
  readonly violations: readonly string[];
  readonly requests: readonly GoogleRequest[];
  /** Accepted forms with their fields, secrets included. */
  readonly submissions: readonly Submission[];
  /** E-mail addresses with a live Google session. */
  sessions(): string[];
  /** Ends all Google sessions, as an administrator can. */
  endSessions(): void;
  /** Forgets all trusted devices. */
  endTrust(): void;
}

export function googleEmulator(options: GoogleOptions): GoogleEmulator {
  const books = newServerState(options);
  const handle: Handler = (request) => accounts(books, request);
  return {
    handle,
    hosts: { 'accounts.google.com': handle, 'content.googleapis.com': (request) => awaitTap(books, request) },
    violations: books.violations,
    requests: books.requests,
    submissions: books.submissions,
    sessions: () =>
      [...books.sessions.values()]
        .filter(({ expires }) => expires > books.now())
        .map(({ user }) => user.email),
    endSessions: () => {
      books.sessions.clear();
    },
    endTrust: () => {
      books.trusted.clear();
    },
  };
}

type Cookies = ReadonlyMap<string, string>;

/** accounts.google.com: who is it, are the cookies in order, and then the page. */
function accounts(books: ServerState, request: HttpRequest): HttpResponse {
  record(books, request);
  const { pathname } = request.url;
  // What programs ask to see whether they are online.
  if (pathname === '/generate_204') {
    return answer(204, 'text/plain', '', { date: new Date(books.now()).toUTCString() });
  }
  const cookies = new Map(parseCookies(request.headers.cookie));
  const known = books.states.get(cookies.get(CLIENT_COOKIE) ?? '');
  if (known === undefined && request.method === 'POST') {
    books.violations.push(`a form came to ${pathname} without cookie ${CLIENT_COOKIE}`);
    return cookiesPage(usualLanguage(books));
  }
  const state = known ?? newRequestState(books, request.headers.cookie);
  if (pathname === '/o/saml2/initsso') forgetBrowserSession(state.client, cookies);
  const lost =
    known === undefined ? [] : cookieFaults(state.client, request.headers.cookie, pathname, books.now());
  if (lost.length > 0) {
    books.violations.push(...lost);
    return cookiesPage(usualLanguage(books));
  }
  const response =
    request.method === 'GET' ? get(books, state, request.url, cookies) : post(books, state, request, cookies);
  return withHeaders(response, {
    'set-cookie': state.client.outbox.splice(0),
    date: [new Date(books.now()).toUTCString()],
    'cache-control': ['no-cache, no-store, max-age=0, must-revalidate'],
  });
}

function get(books: ServerState, state: RequestState, url: URL, cookies: Cookies): HttpResponse {
  const address = url.pathname + url.search;
  const place = state.addresses.get(address);
  if (place !== undefined && !place.flow.over) return render(books, state, place.flow, place.view, address);
  switch (url.pathname) {
    case '/o/saml2/initsso':
      return initsso(books, state, url, cookies);
    case '/ServiceLogin':
    case '/AccountChooser':
    case '/v3/signin/identifier': {
      const flow = newFlow(books, url.searchParams.get('continue') ?? ORIGIN);
      return render(books, state, flow, { page: 'identifier' }, address);
    }
    case '/signin/rejected':
    case '/v3/signin/rejected':
      return html(
        rejectedPage(pageContextOf(books, newFlow(books, ORIGIN)), url.searchParams.get('rrk')).html,
      );
    case '/signin/speedbump/disabled':
      return html(disabledPage(pageContextOf(books, newFlow(books, ORIGIN))).html);
    case '/Captcha':
      return captchaPicture(url.searchParams.get('kind'));
    case '/CheckCookie':
      return hop(state, url);
    default:
      // An address of a sign-in that is over leads back to its start.
      if (place !== undefined) return redirect(toStart(books, state, place.flow.continueUrl));
      books.violations.push(`GET ${url.pathname}, which no page leads to`);
      return errorPage(404, 'not_found', 'malformed', usualLanguage(books));
  }
}

function post(books: ServerState, state: RequestState, request: HttpRequest, cookies: Cookies): HttpResponse {
  const taken = acceptForm(books, state, request);
  return 'status' in taken ? taken : follow(books, state, taken, cookies);
}

/** What comes after an accepted form. */
function follow(
  books: ServerState,
  state: RequestState,
  { flow, view, form, fields }: Taken,
  cookies: Cookies,
): HttpResponse {
  flow.trust = isTrusted(books, flow, cookies);
  const outcome = decide(flow, view, form.intent, fields, books.options);
  switch (outcome.kind) {
    case 'wrong-turn':
      return rejectRequest(books, outcome.reason);
    case 'rejected': {
      flow.over = true;
      const path = outcome.dialect === 'v3' ? '/v3/signin/rejected' : '/signin/rejected';
      const reason = outcome.rrk === 47 ? 'js' : outcome.rrk === 46 ? 'br' : 'other';
      return redirect(
        `${ORIGIN}${path}${v3Query(pageContextOf(books, flow), '', `&rhlk=${reason}&rrk=${outcome.rrk}`)}`,
      );
    }
    case 'disabled':
      flow.over = true;
      return redirect(`${ORIGIN}/signin/speedbump/disabled${v3Query(pageContextOf(books, flow))}`);
    case 'other-provider':
      flow.over = true;
      return redirect(`${OTHER_PROVIDER}?SAMLRequest=fZ&RelayState=${encodeURIComponent(flow.continueUrl)}`);
    case 'done':
      return finish(books, state, flow);
    case 'show': {
      const address = addressOf(books, state, flow, outcome.view);
      const moved = placeOf(outcome.view) !== placeOf(view);
      const direct = outcome.view.page === 'admin' || outcome.view.page === 'password';
      return moved && (!direct || books.options.redirectAfterPost === true)
        ? redirect(ORIGIN + address)
        : render(books, state, flow, outcome.view, address);
    }
  }
}

/** Two views of one place are the same page shown again, without a redirect. */
function placeOf(view: View): string {
  switch (view.page) {
    case 'method':
      return `method ${view.offer.id} ${view.offer.method.kind === 'sms' ? view.stage : ''}`;
    case 'speedbump':
      return view.kind;
    case 'identifier':
    case 'accounts':
    case 'password':
    case 'selection':
    case 'admin':
      return view.page;
  }
}
