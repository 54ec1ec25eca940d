/** Google's sign-in for SAML apps, as strict as the real one: it hands out forms and takes back only what it handed out. */
import { randomBytes } from 'node:crypto';
import { type HttpRequest, type HttpResponse } from '../../../src/ports.ts';
import {
  type Handler,
  type Hosts,
  answer,
  bodyText,
  html,
  isForm,
  redirect,
  withHeaders,
} from '../respond.ts';
import {
  CLIENT_COOKIE,
  type Client,
  cookieFaults,
  dropCookie,
  newClient,
  parseCookies,
  setCookie,
} from './cookies.ts';
import { type Flow, decide, dialectOf, languageOf, offersOf, passwordIdOf } from './flow.ts';
import { type Form, type Sheet, faults } from './form.ts';
import { legacyAddress, legacyPage } from './legacy.ts';
import {
  captchaPicture,
  cookiesPage,
  disabledPage,
  errorPage,
  rejectedPage,
  samlPage,
  speedbumpAddress,
  speedbumpPage,
} from './other.ts';
import { type Scene, type View, v3Query } from './scene.ts';
import { type GoogleOptions, type GoogleRequest, type GoogleUser, type Submission } from './types.ts';
import { v3Address, v3Page } from './v3.ts';

export type * from './types.ts';

const ORIGIN = 'https://accounts.google.com';
const DEFAULT_SESSION_SECONDS = 14 * 3600;
const YEAR = 365 * 86_400_000;
const SESSION_COOKIE = 'SID';
const TRUST_COOKIE = '__Host-TRUST';
const API_KEY = 'AIzaSy-emulated-key';

export interface GoogleEmulator {
  /** accounts.google.com */
  readonly handle: Handler;
  /** All hosts of Google that a sign-in meets. */
  readonly hosts: Hosts;
  /** What a well-behaved client would not have done, in words. A test ends with this being empty. */
  readonly violations: string[];
  readonly requests: GoogleRequest[];
  /** Accepted forms with their fields, secrets included. */
  readonly submissions: Submission[];
  /** E-mail addresses with a live Google session. */
  sessions(): string[];
  /** Ends all Google sessions, as an administrator can. */
  endSessions(): void;
  /** Forgets all trusted devices. */
  endTrust(): void;
}

interface Issued {
  readonly flow: Flow;
  readonly view: View;
  readonly sheet: Sheet;
  readonly address: string;
  used: boolean;
}

interface State {
  readonly client: Client;
  readonly pages: Map<string, Issued>;
  readonly addresses: Map<string, { flow: Flow; view: View }>;
}

export function googleEmulator(options: GoogleOptions): GoogleEmulator {
  const idpId = options.idpId ?? 'C01abc2de';
  const spIds = options.spIds ?? ['000111000111'];
  const now = (): number => (options.clock?.now() ?? new Date()).getTime();
  const states = new Map<string, State>();
  const sessions = new Map<string, { user: GoogleUser; expires: number }>();
  const trusted = new Map<string, string>();
  const transactions = new Map<string, { flow: Flow; id: number }>();
  const violations: string[] = [];
  const requests: GoogleRequest[] = [];
  const submissions: Submission[] = [];
  const language = (): Scene['language'] => {
    const wanted = options.language ?? options.users[0]?.language ?? 'en';
    return typeof wanted === 'string' ? wanted : (wanted[0] ?? 'en');
  };

  function blame(reason: string): HttpResponse {
    violations.push(reason);
    return errorPage(400, 'invalid_request', 'malformed', language());
  }

  function record(request: HttpRequest): void {
    const { host, pathname } = request.url;
    requests.push({ method: request.method, host, path: pathname, userAgent: request.headers['user-agent'] });
  }

  function handle(request: HttpRequest): HttpResponse {
    record(request);
    const cookies = new Map(parseCookies(request.headers.cookie));
    const known = states.get(cookies.get(CLIENT_COOKIE) ?? '');
    if (known === undefined && request.method === 'POST') {
      violations.push(`a form came to ${request.url.pathname} without cookie ${CLIENT_COOKIE}`);
      return cookiesPage(language());
    }
    const state = known ?? newState(request.headers.cookie);
    const { client } = state;
    // A client that was closed in the meantime has lost what was meant for one session only.
    if (request.url.pathname === '/o/saml2/initsso') {
      for (const [name, kept] of client.kept)
        if (kept.session && !cookies.has(name)) client.kept.delete(name);
    }
    const lost =
      known === undefined ? [] : cookieFaults(client, request.headers.cookie, request.url.pathname, now());
    if (lost.length > 0) {
      violations.push(...lost);
      return cookiesPage(language());
    }
    const response = request.method === 'GET' ? get(state, request, cookies) : post(state, request, cookies);
    return withHeaders(response, {
      'set-cookie': client.outbox.splice(0),
      date: [new Date(now()).toUTCString()],
      'cache-control': ['no-cache, no-store, max-age=0, must-revalidate'],
    });
  }

  function newState(header: string | undefined): State {
    const client = newClient(header);
    const state: State = { client, pages: new Map(), addresses: new Map() };
    states.set(client.id, state);
    setCookie(client, CLIENT_COOKIE, client.id, { expires: now() + 2 * YEAR });
    setCookie(client, 'NID', token(16), { expires: now() + YEAR / 2, domain: true });
    return state;
  }

  function get(state: State, request: HttpRequest, cookies: ReadonlyMap<string, string>): HttpResponse {
    const { url } = request;
    const address = url.pathname + url.search;
    const place = state.addresses.get(address);
    if (place !== undefined && !place.flow.over) return render(state, place.flow, place.view, address);
    switch (url.pathname) {
      case '/o/saml2/initsso':
        return initsso(state, url, cookies);
      case '/ServiceLogin':
      case '/AccountChooser':
      case '/v3/signin/identifier':
        return render(
          state,
          newFlow(url.searchParams.get('continue') ?? ORIGIN),
          { page: 'identifier' },
          address,
        );
      case '/signin/rejected':
      case '/v3/signin/rejected':
        return html(rejectedPage(sceneOf(newFlow(ORIGIN)), url.searchParams.get('rrk')).html);
      case '/signin/speedbump/disabled':
        return html(disabledPage(sceneOf(newFlow(ORIGIN))).html);
      case '/Captcha':
        return captchaPicture(url.searchParams.get('kind'));
      case '/CheckCookie':
        return hop(state, url);
      default:
        // An address of a sign-in that is over leads back to its start.
        if (place !== undefined) return redirect(ORIGIN + toStart(state, place.flow.continueUrl));
        violations.push(`GET ${url.pathname}, which no page leads to`);
        return errorPage(404, 'not_found', 'malformed', language());
    }
  }

  function initsso(state: State, url: URL, cookies: ReadonlyMap<string, string>): HttpResponse {
    const idp = url.searchParams.get('idpid');
    const sp = url.searchParams.get('spid') ?? '';
    if (idp !== idpId) return errorPage(400, 'invalid_idp', 'malformed', language());
    if (!spIds.includes(sp)) return errorPage(400, 'invalid_sp', 'malformed', language());
    const session = sessions.get(cookies.get(SESSION_COOKIE) ?? '');
    const fresh = url.searchParams.get('forceauthn') !== 'true' || url.searchParams.get('from_login') === '1';
    if (session === undefined || session.expires <= now() || !fresh) {
      setCookie(state.client, 'OTZ', token(8));
      return redirect(ORIGIN + toStart(state, url.href));
    }
    const { user } = session;
    if (user.refusal === 'app-not-configured') {
      return errorPage(403, 'app_not_configured_for_user', 'notConfigured', language());
    }
    if (user.refusal === 'not-a-saml-app') return errorPage(403, 'not_a_saml_app', 'notSaml', language());
    const response = options.issuer.issue({
      roleSessionName: user.email,
      roles: user.roles ?? [],
      entityId: `${ORIGIN}/o/saml2?idpid=${idpId}`,
      ...user.saml,
    });
    return html(samlPage(response, user.saml?.acs ?? 'https://signin.aws.amazon.com/saml'));
  }

  /** The address of a new sign-in's first page. */
  function toStart(state: State, target: string): string {
    const flow = newFlow(`${target}${target.includes('from_login=1') ? '' : '&from_login=1'}`);
    const first = options.users[0]?.captcha;
    const view: View = { page: 'identifier', ...(first?.first === true && { captcha: 'asked' }) };
    return addressOf(state, flow, view);
  }

  function newFlow(continueUrl: string): Flow {
    return {
      continueUrl,
      dsh: `S${token(6)}:${now()}`,
      ifkv: token(18),
      captchaToken: token(30),
      user: undefined,
      email: new URL(continueUrl).searchParams.get('login_hint') ?? '',
      step: 0,
      bump: 0,
      wrong: 0,
      posts: 0,
      pages: 0,
      captchaSolved: false,
      trust: false,
      trustAsked: false,
      over: false,
      looks: new Map(),
      transaction: '',
      txToken: '',
      usedCodes: new Set(),
    };
  }

  function sceneOf(flow: Flow): Scene {
    return {
      language: languageOf(flow, options),
      user: flow.user,
      email: flow.email,
      captcha: (flow.user ?? options.users[0])?.captcha,
      captchaToken: flow.captchaToken,
      continueUrl: flow.continueUrl,
      token: `${token(20)}:${now()}`,
      tl: token(24),
      dsh: flow.dsh,
      ifkv: flow.ifkv,
      passwordId: passwordIdOf(flow.user),
      offers: offersOf(flow),
      listId: flow.step + 2,
      transaction: flow.transaction,
      apiKey: API_KEY,
    };
  }

  function addressOf(state: State, flow: Flow, view: View): string {
    const scene = sceneOf(flow);
    const legacy = dialectOf(view, flow.user, options) === 'legacy';
    const address =
      view.page === 'speedbump'
        ? speedbumpAddress(view.kind, scene)
        : (legacy ? legacyAddress : v3Address)(view, scene);
    state.addresses.set(address, { flow, view });
    return address;
  }

  /** A page with new tokens. */
  function render(state: State, flow: Flow, view: View, address: string): HttpResponse {
    flow.pages += 1;
    const scene = sceneOf(flow);
    const legacy = dialectOf(view, flow.user, options) === 'legacy';
    const sheet =
      view.page === 'speedbump'
        ? speedbumpPage(view.kind, scene)
        : (legacy ? legacyPage : v3Page)(view, scene);
    state.pages.set(scene.token, { flow, view, sheet, address, used: false });
    if (view.page === 'identifier') setCookie(state.client, 'GALX', token(6));
    if (view.page === 'method' && view.offer.method.kind === 'prompt') {
      transactions.set(flow.transaction, { flow, id: view.offer.id });
    }
    return html(sheet.html + script(view));
  }

  /** What a browser's script does on the pages that look for one. */
  function script(view: View): string {
    if (view.page !== 'identifier' && view.page !== 'password') return '';
    const value = JSON.stringify(options.bgresponse ?? 'js_enabled');
    return `<script>for (const form of document.querySelectorAll('form')) { const field = form.elements.bgresponse ?? form.appendChild(Object.assign(document.createElement('input'), { type: 'hidden', name: 'bgresponse' })); field.value = ${value}; }</script>`;
  }

  function post(state: State, request: HttpRequest, cookies: ReadonlyMap<string, string>): HttpResponse {
    const { pathname, search } = request.url;
    if (!isForm(request)) return blame(`POST ${pathname} is not application/x-www-form-urlencoded`);
    const sent = new URLSearchParams(bodyText(request));
    const issued = state.pages.get(sent.get('at') ?? sent.get('gxf') ?? '');
    if (issued === undefined)
      return blame(`POST ${pathname} without a token (at or gxf) of a page of this client`);
    const { flow, view } = issued;
    if (flow.over) return redirect(ORIGIN + toStart(state, flow.continueUrl));
    if (issued.used) return blame(`POST ${pathname} of a page that was answered before`);
    const candidates = issued.sheet.forms
      .filter((form) => targetOf(form, issued) === pathname + search)
      .map((form) => ({ form, wrong: faults(form, sent) }))
      .sort((one, other) => one.wrong.length - other.wrong.length);
    const best = candidates[0];
    if (best === undefined)
      return blame(`POST ${pathname}${search}, where no form of the ${view.page} page leads`);
    if (best.wrong.length > 0) {
      violations.push(...best.wrong.slice(1));
      return blame(best.wrong[0] ?? '');
    }
    issued.used = true;
    flow.posts += 1;
    if (flow.posts === options.expireAtPost) {
      flow.over = true;
      return redirect(ORIGIN + toStart(state, flow.continueUrl));
    }
    const fields = Object.fromEntries(sent);
    submissions.push({ intent: best.form.intent, path: pathname, fields });
    return follow(state, flow, view, best.form, fields, cookies);
  }

  function targetOf(form: Form, issued: Issued): string {
    const base = /<base href="([^"]+)"/.exec(issued.sheet.html)?.[1] ?? ORIGIN;
    const url = form.action === '' ? new URL(issued.address, ORIGIN) : new URL(form.action, base);
    return url.pathname + url.search;
  }

  function follow(
    state: State,
    flow: Flow,
    view: View,
    form: Form,
    fields: Readonly<Record<string, string>>,
    cookies: ReadonlyMap<string, string>,
  ): HttpResponse {
    flow.trust = flow.user !== undefined && trusted.get(cookies.get(TRUST_COOKIE) ?? '') === flow.user.email;
    const outcome = decide(flow, view, form.intent, fields, options);
    switch (outcome.kind) {
      case 'wrong-turn':
        return blame(outcome.reason);
      case 'rejected': {
        flow.over = true;
        const path = outcome.dialect === 'v3' ? '/v3/signin/rejected' : '/signin/rejected';
        const reason = outcome.rrk === 47 ? 'js' : outcome.rrk === 46 ? 'br' : 'other';
        return redirect(
          `${ORIGIN}${path}${v3Query(sceneOf(flow), '', `&rhlk=${reason}&rrk=${outcome.rrk}`)}`,
        );
      }
      case 'disabled':
        flow.over = true;
        return redirect(`${ORIGIN}/signin/speedbump/disabled${v3Query(sceneOf(flow))}`);
      case 'done':
        return finish(state, flow);
      case 'show': {
        const address = addressOf(state, flow, outcome.view);
        const moved = placeOf(outcome.view) !== placeOf(view);
        if (moved && (outcome.view.page !== 'password' || options.redirectAfterPost === true)) {
          return redirect(ORIGIN + address);
        }
        return render(state, flow, outcome.view, address);
      }
    }
  }

  /** The person is who they say: cookies, and on to what they came for. */
  function finish(state: State, flow: Flow): HttpResponse {
    const { client } = state;
    flow.over = true;
    if (flow.user !== undefined) {
      const expires = now() + (options.sessionSeconds ?? DEFAULT_SESSION_SECONDS) * 1000;
      const id = token(24);
      sessions.set(id, { user: flow.user, expires });
      setCookie(client, SESSION_COOKIE, id, { domain: true, expires: now() + 2 * YEAR });
      setCookie(client, '__Secure-SAML', token(12), { path: '/o/saml2', expires: now() + YEAR });
      dropCookie(client, 'GALX');
      if (flow.trustAsked) {
        const trust = token(20);
        trusted.set(trust, flow.user.email);
        setCookie(client, TRUST_COOKIE, trust, { expires: now() + YEAR });
      }
    }
    const hops = options.hops ?? 0;
    return redirect(hops > 0 ? checkCookie(flow.continueUrl, hops) : flow.continueUrl);
  }

  function checkCookie(target: string, left: number): string {
    return `${ORIGIN}/CheckCookie?continue=${encodeURIComponent(target)}&left=${left}`;
  }

  function hop(state: State, url: URL): HttpResponse {
    const left = Number(url.searchParams.get('left')) - 1;
    const target = url.searchParams.get('continue') ?? ORIGIN;
    setCookie(state.client, `HOP${left}`, token(6));
    return redirect(left > 0 ? checkCookie(target, left) : target);
  }

  /** Where the old prompt's script waits for the tap: 500 means "not yet". */
  function awaitTap(request: HttpRequest): HttpResponse {
    record(request);
    const { pathname, searchParams } = request.url;
    const json = (status: number, value: unknown): HttpResponse =>
      answer(status, 'application/json; charset=UTF-8', JSON.stringify(value));
    const problem = (reason: string): HttpResponse => {
      violations.push(reason);
      return json(400, { error: { code: 400, message: reason, status: 'INVALID_ARGUMENT' } });
    };
    if (request.headers.cookie !== undefined) return problem('cookies went to content.googleapis.com');
    if (request.method !== 'POST' || pathname !== '/cryptauth/v1/authzen/awaittx')
      return problem(`${request.method} ${pathname} at content.googleapis.com`);
    if (searchParams.get('key') !== API_KEY || searchParams.get('alt') !== 'json')
      return problem('awaittx without alt=json and the key of the page');
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      return problem('awaittx without JSON');
    const transaction = transactions.get(transactionOf(bodyText(request)));
    const method = offersOf(transaction?.flow ?? newFlow(ORIGIN)).find(
      ({ id }) => id === transaction?.id,
    )?.method;
    if (transaction === undefined || method?.kind !== 'prompt')
      return problem('awaittx for a transaction of no page');
    const { flow, id } = transaction;
    const looks = flow.looks.get(id) ?? 0;
    flow.looks.set(id, looks + 1);
    const waiting = method.tap === 'later' || looks < (method.polls ?? 0);
    return waiting
      ? json(500, { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } })
      : json(200, { txToken: flow.txToken });
  }

  return {
    handle,
    hosts: { 'accounts.google.com': handle, 'content.googleapis.com': awaitTap },
    violations,
    requests,
    submissions,
    sessions: () =>
      [...sessions.values()].filter(({ expires }) => expires > now()).map(({ user }) => user.email),
    endSessions: () => {
      sessions.clear();
    },
    endTrust: () => {
      trusted.clear();
    },
  };
}

/** Two views of one place are the same page shown again, without a redirect. */
function placeOf(view: View): string {
  switch (view.page) {
    case 'method':
      return `method ${view.offer.id} ${view.offer.method.kind === 'sms' ? view.stage : ''}`;
    case 'speedbump':
      return view.kind;
    default:
      return view.page;
  }
}

function token(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

function transactionOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'txId' in value && typeof value.txId === 'string'
      ? value.txId
      : '';
  } catch {
    return '';
  }
}
