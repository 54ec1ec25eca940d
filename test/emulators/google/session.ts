/** Before and after the pages: the URL of the SAML app, the Google session, and trusted devices. */
import type { HttpRequest, HttpResponse } from '../../../src/ports.ts';
import { html, redirect, withHeaders } from '../respond.ts';
import { type ServerState, ORIGIN, type RequestState, token, usualLanguage } from './server-state.ts';
import { dropCookie, setCookie } from './cookies.ts';
import { addressOf, newFlow, startOver } from './form-exchange.ts';
import type { Flow } from './flow.ts';
import { errorPage, samlPage } from './surrounding-pages.ts';

const SESSION_COOKIE = 'SID';
const TRUST_COOKIE = '__Host-TRUST';
const DEFAULT_SESSION_SECONDS = 14 * 3600;
const YEAR = 365 * 86_400_000;
export const COUNTRY_HOST = 'accounts.google.de';
export const REMINDER_HOST = 'gds.google.com';

type Cookies = ReadonlyMap<string, string>;

/** /o/saml2/initsso: the assertion for a client with a session, the sign-in for others. */
export function initsso(
  serverState: ServerState,
  state: RequestState,
  url: URL,
  cookies: Cookies,
): HttpResponse {
  const language = usualLanguage(serverState);
  if (url.searchParams.get('idpid') !== serverState.idpId)
    return errorPage(400, 'invalid_idp', 'malformed', language);
  if (!serverState.spIds.includes(url.searchParams.get('spid') ?? '')) {
    return errorPage(400, 'invalid_sp', 'malformed', language);
  }
  const session = serverState.sessions.get(cookies.get(SESSION_COOKIE) ?? '');
  const again = url.searchParams.get('forceauthn') === 'true' && url.searchParams.get('from_login') !== '1';
  if (session === undefined || session.expires <= serverState.now() || again) {
    // A cookie that comes with the redirect, not with the page.
    setCookie(state.client, 'OTZ', token(8));
    const emails = serverState.options.accountChooser;
    if (emails !== undefined && state.client.kept.has(SESSION_COOKIE)) {
      return redirect(
        ORIGIN + addressOf(serverState, state, newFlow(serverState, url.href), { page: 'accounts', emails }),
      );
    }
    return redirect(startOver(serverState, state, url.href));
  }
  const { user } = session;
  if (user.refusal === 'app-not-configured') {
    return errorPage(403, 'app_not_configured_for_user', 'notConfigured', language);
  }
  if (user.refusal === 'not-a-saml-app') return errorPage(403, 'not_a_saml_app', 'notSaml', language);
  const response = serverState.options.issuer.issue({
    roleSessionName: user.email,
    roles: user.roles ?? [],
    entityId: `${ORIGIN}/o/saml2?idpid=${serverState.idpId}`,
    ...user.saml,
  });
  return html(samlPage(response, user.saml?.acs ?? 'https://signin.aws.amazon.com/saml'));
}

/** The person is who they say: cookies, and on to what they came for. */
export function finish(serverState: ServerState, { client }: RequestState, flow: Flow): HttpResponse {
  const now = serverState.now();
  flow.over = true;
  if (flow.user !== undefined) {
    const id = token(24);
    const seconds = serverState.options.sessionSeconds ?? DEFAULT_SESSION_SECONDS;
    serverState.sessions.set(id, { user: flow.user, expires: now + seconds * 1000 });
    setCookie(client, SESSION_COOKIE, id, { domain: true, expires: now + 2 * YEAR });
    setCookie(client, '__Secure-SAML', token(12), { path: '/o/saml2', expires: now + YEAR });
    dropCookie(client, 'GALX');
    if (flow.trustAsked) {
      const trust = token(20);
      serverState.trusted.set(trust, flow.user.email);
      setCookie(client, TRUST_COOKIE, trust, { expires: now + YEAR });
    }
  }
  if (serverState.options.countryCookie === true) {
    return redirect(
      `https://${COUNTRY_HOST}/accounts/SetSID?ssdc=1&continue=${encodeURIComponent(flow.continueUrl)}`,
    );
  }
  const hops = serverState.options.hops ?? 0;
  return redirect(hops > 0 ? checkCookie(flow.continueUrl, hops) : flow.continueUrl);
}

/** The same after a reminder on another host, which does not lead back. */
export function finishElsewhere(serverState: ServerState, state: RequestState, flow: Flow): HttpResponse {
  finish(serverState, state, flow);
  return redirect(`https://${REMINDER_HOST}/web/recoveryoptions?c=0`);
}

/** accounts.google.de: sets a cookie for the domain of the country, and leads back. */
export function countryCookie(serverState: ServerState, request: HttpRequest): HttpResponse {
  if (request.method !== 'GET') serverState.violations.push(`${request.method} to ${COUNTRY_HOST}`);
  if (request.headers.cookie !== undefined) serverState.violations.push(`cookies went to ${COUNTRY_HOST}`);
  const target = request.url.searchParams.get('continue') ?? ORIGIN;
  return withHeaders(redirect(target), {
    'set-cookie': ['SID=country; Domain=.google.de; Path=/; Secure; HttpOnly'],
  });
}

export function isTrusted(serverState: ServerState, flow: Flow, cookies: Cookies): boolean {
  return (
    flow.user !== undefined && serverState.trusted.get(cookies.get(TRUST_COOKIE) ?? '') === flow.user.email
  );
}

function checkCookie(target: string, left: number): string {
  return `${ORIGIN}/CheckCookie?continue=${encodeURIComponent(target)}&left=${left}`;
}

/** One of several redirects after the sign-in, with a cookie that is set only here. */
export function redirectStep({ client }: RequestState, url: URL): HttpResponse {
  const left = Number(url.searchParams.get('left')) - 1;
  const target = url.searchParams.get('continue') ?? ORIGIN;
  setCookie(client, `HOP${left}`, token(6));
  return redirect(left > 0 ? checkCookie(target, left) : target);
}
