/** Issues pages with one-time tokens and accepts only forms that it issued. */
import type { HttpRequest, HttpResponse } from '../../../src/ports.ts';
import { bodyText, html, isForm, redirect } from '../respond.ts';
import {
  API_KEY,
  type ServerState,
  type Issued,
  ORIGIN,
  type RequestState,
  type Taken,
  rejectRequest,
  token,
} from './server-state.ts';
import { setCookie } from './cookies.ts';
import { type Flow, dialectOf, languageOf, offersOf, passwordIdOf } from './flow.ts';
import { type Form, faults } from './form.ts';
import { draw, locate } from './pages.ts';
import type { PageContext, View } from './page-context.ts';

export function newFlow(serverState: ServerState, continueUrl: string): Flow {
  return {
    continueUrl,
    dsh: `S${token(6)}:${serverState.now()}`,
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
    polls: new Map(),
    transaction: '',
    txToken: '',
    usedCodes: new Set(),
  };
}

export function pageContextOf(serverState: ServerState, flow: Flow): PageContext {
  return {
    language: languageOf(flow, serverState.options),
    user: flow.user,
    email: flow.email,
    captchaToken: flow.captchaToken,
    continueUrl: flow.continueUrl,
    token: `${token(20)}:${serverState.now()}`,
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

/** A new address for a page; the client that asks for it gets the page. */
export function addressOf(serverState: ServerState, state: RequestState, flow: Flow, view: View): string {
  const address = locate(
    view,
    pageContextOf(serverState, flow),
    dialectOf(view, flow.user, serverState.options),
  );
  state.addresses.set(address, { flow, view });
  return address;
}

/** Where a new sign-in begins, for a redirect. */
export function startOver(serverState: ServerState, state: RequestState, target: string): string {
  const flow = newFlow(serverState, target.includes('from_login=1') ? target : `${target}&from_login=1`);
  const early = serverState.options.users[0]?.captcha?.first === true;
  return (
    ORIGIN + addressOf(serverState, state, flow, { page: 'identifier', ...(early && { captcha: 'asked' }) })
  );
}

/** The page, with new tokens. */
export function render(
  serverState: ServerState,
  state: RequestState,
  flow: Flow,
  view: View,
  address: string,
): HttpResponse {
  flow.pages += 1;
  const setup = pageContextOf(serverState, flow);
  const markup = draw(view, setup, dialectOf(view, flow.user, serverState.options));
  state.pages.set(setup.token, { flow, view, markup, address, used: false });
  if (view.page === 'identifier') setCookie(state.client, 'GALX', token(6));
  if (view.page === 'method' && view.offer.method.kind === 'prompt') {
    serverState.transactions.set(flow.transaction, { flow, id: view.offer.id });
  }
  return html(markup.html + script(view, serverState.options.bgresponse ?? 'js_enabled'));
}

/** What a browser's script does on the pages that look for one. */
function script(view: View, bgresponse: string): string {
  if (view.page !== 'identifier' && view.page !== 'password') return '';
  return `<script>for (const form of document.querySelectorAll('form')) {
  const field = form.elements.bgresponse ?? form.appendChild(Object.assign(document.createElement('input'), { type: 'hidden', name: 'bgresponse' }));
  field.value = ${JSON.stringify(bgresponse)};
}</script>`;
}

/** The form a client sends, checked against the page it comes from; or the answer to a form that cannot be taken. */
export function acceptForm(
  serverState: ServerState,
  state: RequestState,
  request: HttpRequest,
): Taken | HttpResponse {
  const { pathname, search } = request.url;
  if (!isForm(request))
    return rejectRequest(serverState, `POST ${pathname} is not application/x-www-form-urlencoded`);
  const sent = new URLSearchParams(bodyText(request));
  const issued = state.pages.get(sent.get('at') ?? sent.get('gxf') ?? '');
  if (issued === undefined) {
    return rejectRequest(
      serverState,
      `POST ${pathname} without a token (at or gxf) of a page of this client`,
    );
  }
  const { flow, view } = issued;
  if (flow.over) return redirect(startOver(serverState, state, flow.continueUrl));
  if (issued.used) return rejectRequest(serverState, `POST ${pathname} of a page that was answered before`);
  // Two forms of a page may lead to one place: the one that fits better is meant.
  const [best] = issued.markup.forms
    .filter((form) => targetOf(form, issued) === pathname + search)
    .map((form) => ({ form, wrong: faults(form, sent) }))
    .sort((one, other) => one.wrong.length - other.wrong.length);
  if (best === undefined) {
    return rejectRequest(
      serverState,
      `POST ${pathname}${search}, where no form of the ${view.page} page leads`,
    );
  }
  if (best.wrong.length > 0) return rejectRequest(serverState, ...best.wrong);
  issued.used = true;
  flow.posts += 1;
  if (
    flow.posts === serverState.options.expireAtPost &&
    serverState.expired < (serverState.options.expiringFlows ?? Infinity)
  ) {
    flow.over = true;
    serverState.expired += 1;
    return redirect(startOver(serverState, state, flow.continueUrl));
  }
  const fields = Object.fromEntries(sent);
  serverState.submissions.push({ intent: best.form.intent, path: pathname, fields });
  return { flow, view, form: best.form, fields };
}

/** Path and query a form leads to, as a browser joins them. */
function targetOf(form: Form, issued: Issued): string {
  const base = /<base href="([^"]+)"/.exec(issued.markup.html)?.[1] ?? ORIGIN;
  const url = form.action === '' ? new URL(issued.address, ORIGIN) : new URL(form.action, base);
  return url.pathname + url.search;
}
