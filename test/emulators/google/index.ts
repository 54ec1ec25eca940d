/** Google's sign-in for SAML apps, as strict as the real one: it accepts only forms that it issued. */
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
import { addressOf, newFlow, render, pageContextOf, acceptForm, startOver } from './form-exchange.ts';
import { decide } from './flow.ts';
import {
  captchaPicture,
  cookiesPage,
  disabledPage,
  errorPage,
  rejectedPage,
  speedbumpPage,
} from './surrounding-pages.ts';
import { type View, v3Query } from './page-context.ts';
import {
  COUNTRY_HOST,
  countryCookie,
  finish,
  finishElsewhere,
  initsso,
  isTrusted,
  redirectStep,
  REMINDER_HOST,
} from './session.ts';
import { awaitApproval } from './authzen.ts';
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
  const serverState = newServerState(options);
  const handle: Handler = (request) => accounts(serverState, request);
  return {
    handle,
    hosts: {
      'accounts.google.com': handle,
      'content.googleapis.com': (request) => awaitApproval(serverState, request),
      [COUNTRY_HOST]: (request) => countryCookie(serverState, request),
      [REMINDER_HOST]: () =>
        html(
          speedbumpPage('recovery-options', pageContextOf(serverState, newFlow(serverState, ORIGIN))).html,
        ),
    },
    violations: serverState.violations,
    requests: serverState.requests,
    submissions: serverState.submissions,
    sessions: () =>
      [...serverState.sessions.values()]
        .filter(({ expires }) => expires > serverState.now())
        .map(({ user }) => user.email),
    endSessions: () => {
      serverState.sessions.clear();
    },
    endTrust: () => {
      serverState.trusted.clear();
    },
  };
}

type Cookies = ReadonlyMap<string, string>;

/** accounts.google.com: who is it, are the cookies in order, and then the page. */
function accounts(serverState: ServerState, request: HttpRequest): HttpResponse {
  record(serverState, request);
  const { pathname } = request.url;
  // What programs ask to see whether they are online.
  if (pathname === '/generate_204') {
    return answer(204, 'text/plain', '', { date: new Date(serverState.now()).toUTCString() });
  }
  const cookies = new Map(parseCookies(request.headers.cookie));
  const known = serverState.states.get(cookies.get(CLIENT_COOKIE) ?? '');
  if (known === undefined && request.method === 'POST') {
    serverState.violations.push(`a form came to ${pathname} without cookie ${CLIENT_COOKIE}`);
    return cookiesPage(usualLanguage(serverState));
  }
  const state = known ?? newRequestState(serverState, request.headers.cookie);
  if (pathname === '/o/saml2/initsso') forgetBrowserSession(state.client, cookies);
  const lost =
    known === undefined
      ? []
      : cookieFaults(state.client, request.headers.cookie, pathname, serverState.now());
  if (lost.length > 0) {
    serverState.violations.push(...lost);
    return cookiesPage(usualLanguage(serverState));
  }
  const response =
    request.method === 'GET'
      ? get(serverState, state, request.url, cookies)
      : post(serverState, state, request, cookies);
  return withHeaders(response, {
    'set-cookie': state.client.outbox.splice(0),
    date: [new Date(serverState.now()).toUTCString()],
    'cache-control': ['no-cache, no-store, max-age=0, must-revalidate'],
  });
}

function get(serverState: ServerState, state: RequestState, url: URL, cookies: Cookies): HttpResponse {
  const address = url.pathname + url.search;
  const place = state.addresses.get(address);
  if (place !== undefined && !place.flow.over)
    return render(serverState, state, place.flow, place.view, address);
  switch (url.pathname) {
    case '/o/saml2/initsso':
      return initsso(serverState, state, url, cookies);
    case '/ServiceLogin':
    case '/AccountChooser':
    case '/v3/signin/identifier': {
      const flow = newFlow(serverState, url.searchParams.get('continue') ?? ORIGIN);
      return render(serverState, state, flow, { page: 'identifier' }, address);
    }
    case '/signin/rejected':
    case '/v3/signin/rejected':
      return html(
        rejectedPage(pageContextOf(serverState, newFlow(serverState, ORIGIN)), url.searchParams.get('rrk'))
          .html,
      );
    case '/signin/speedbump/disabled':
      return html(disabledPage(pageContextOf(serverState, newFlow(serverState, ORIGIN))).html);
    case '/Captcha':
      return captchaPicture(url.searchParams.get('kind'));
    case '/CheckCookie':
      return redirectStep(state, url);
    default:
      // An address of a sign-in that is over leads back to its start.
      if (place !== undefined) return redirect(startOver(serverState, state, place.flow.continueUrl));
      serverState.violations.push(`GET ${url.pathname}, which no page leads to`);
      return errorPage(404, 'not_found', 'malformed', usualLanguage(serverState));
  }
}

function post(
  serverState: ServerState,
  state: RequestState,
  request: HttpRequest,
  cookies: Cookies,
): HttpResponse {
  const taken = acceptForm(serverState, state, request);
  return 'status' in taken ? taken : follow(serverState, state, taken, cookies);
}

/** What comes after an accepted form. */
function follow(
  serverState: ServerState,
  state: RequestState,
  { flow, view, form, fields }: Taken,
  cookies: Cookies,
): HttpResponse {
  flow.trust = isTrusted(serverState, flow, cookies);
  const outcome = decide(flow, view, form.intent, fields, serverState.options);
  switch (outcome.kind) {
    case 'wrong-turn':
      return rejectRequest(serverState, outcome.reason);
    case 'rejected': {
      flow.over = true;
      const path = outcome.dialect === 'v3' ? '/v3/signin/rejected' : '/signin/rejected';
      const reason = outcome.rrk === 47 ? 'js' : outcome.rrk === 46 ? 'br' : 'other';
      return redirect(
        `${ORIGIN}${path}${v3Query(pageContextOf(serverState, flow), '', `&rhlk=${reason}&rrk=${outcome.rrk}`)}`,
      );
    }
    case 'disabled':
      flow.over = true;
      return redirect(`${ORIGIN}/signin/speedbump/disabled${v3Query(pageContextOf(serverState, flow))}`);
    case 'other-provider':
      flow.over = true;
      return redirect(`${OTHER_PROVIDER}?SAMLRequest=fZ&RelayState=${encodeURIComponent(flow.continueUrl)}`);
    case 'recovery-options':
      return finishElsewhere(serverState, state, flow);
    case 'done':
      return finish(serverState, state, flow);
    case 'show': {
      const address = addressOf(serverState, state, flow, outcome.view);
      const moved = placeOf(outcome.view) !== placeOf(view);
      const direct = outcome.view.page === 'admin' || outcome.view.page === 'password';
      return moved && (!direct || serverState.options.redirectAfterPost === true)
        ? redirect(ORIGIN + address)
        : render(serverState, state, flow, outcome.view, address);
    }
  }
}

/** Two views of one place are the same page shown again, without a redirect. */
function placeOf(view: View): string {
  switch (view.page) {
    case 'method':
      return `method ${view.offer.id} ${['sms', 'email-code', 'device'].includes(view.offer.method.kind) ? view.stage : ''}`;
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
