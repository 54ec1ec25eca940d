/** AWS's sign-in pages: the list of accounts and roles for an assertion, and federation into the console. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { type Handler, type Hosts, answer, bodyText, escape, html, isForm, redirect } from './respond.ts';
import type { SamlIssuer } from './saml.ts';
import { accountOf } from './aws-names.ts';
import type { IssuedKeys } from './sts-answers.ts';

const TOKEN_LIFE = 15 * 60_000;
const CHAINED_LIMIT = 3600;

export interface AwsSigninOptions {
  readonly issuer: SamlIssuer;
  /** Alias by account. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Keys that STS gave out. */
  readonly keys?: readonly IssuedKeys[];
  readonly clock?: { now(): Date };
}

export interface AwsSigninEmulator {
  readonly handle: Handler;
  /** The sign-in hosts of all public partitions, regional ones included. */
  readonly hosts: Hosts;
  readonly violations: string[];
  readonly requests: { readonly host: string; readonly path: string }[];
  /** Destinations that console logins led to. */
  readonly logins: string[];
}

export function awsSigninEmulator(options: AwsSigninOptions): AwsSigninEmulator {
  const now = (): number => (options.clock?.now() ?? new Date()).getTime();
  const violations: string[] = [];
  const requests: { host: string; path: string }[] = [];
  const logins: string[] = [];
  const tokens = new Map<string, number>();

  function handle(request: HttpRequest): HttpResponse {
    const { host, pathname, search } = request.url;
    requests.push({ host, path: pathname });
    if (/Session|SAMLResponse/.test(search)) violations.push(`a secret stood in the address of ${pathname}`);
    if (request.method === 'POST' && !isForm(request)) return refuse(`POST ${pathname} is no form`);
    const fields = new URLSearchParams(request.method === 'POST' ? bodyText(request) : search);
    if (/^\/saml(\/|$)/.test(pathname) && request.method === 'POST') return accounts(fields);
    if (pathname === '/federation') return federation(fields);
    return refuse(`${request.method} ${pathname}`);
  }

  function refuse(reason: string): HttpResponse {
    violations.push(reason);
    return html(`<!doctype html><title>Amazon Web Services Sign-In</title><p>${escape(reason)}`, 400);
  }

  function accounts(fields: URLSearchParams): HttpResponse {
    const text = fields.get('SAMLResponse') ?? '';
    const assertion = options.issuer.find(text);
    if (assertion === undefined) return refuse('a SAMLResponse that the issuer did not make');
    if (now() >= assertion.notOnOrAfter.getTime()) {
      return html(
        '<!doctype html><title>Amazon Web Services Sign-In</title><h1>Your request included an invalid SAML response. To logout, click here.',
        400,
      );
    }
    const roles = assertion.roles
      .map((value) =>
        value
          .split(',')
          .find((arn) => arn.includes(':role/'))
          ?.trim(),
      )
      .filter((arn) => arn !== undefined);
    // With one role there is nothing to choose.
    if (roles.length < 2) return redirect('https://console.aws.amazon.com/console/home');
    const ids = [...new Set(roles.map(accountOf))];
    const blocks = ids
      .map((id) =>
        block(
          id,
          roles.filter((arn) => accountOf(arn) === id),
        ),
      )
      .join('\n');
    return html(`<!doctype html><html><head><title>Amazon Web Services Sign-In</title></head><body><h1>Amazon Web Services Login</h1>
<form id="saml_form" name="saml_form" action="/saml" method="post"><input type="hidden" name="RelayState" value=""><input type="hidden" name="SAMLResponse" value="${escape(text)}"><p>Select a role:</p>
<fieldset>${blocks}</fieldset><button type="submit" id="signin_button">Sign in</button></form></body></html>`);
  }

  function block(account: string, arns: readonly string[]): string {
    const alias = options.aliases?.[account];
    const name = alias === undefined ? account : `${alias} (${account})`;
    const roles = arns
      .map(
        (arn) =>
          `<div class="saml-role"><input type="radio" name="roleIndex" value="${escape(arn)}" class="saml-radio" id="${escape(arn)}"><label for="${escape(arn)}" class="saml-role-description">${escape(arn.slice(arn.lastIndexOf('/') + 1))}</label></div>`,
      )
      .join('');
    return `<div class="saml-account"><div class="expandable-container"><div class="saml-account-name">Account: ${escape(name)}</div></div><hr><div class="saml-account">${roles}</div></div>`;
  }

  function federation(fields: URLSearchParams): HttpResponse {
    if (fields.get('Action') === 'login') {
      const issued = tokens.get(fields.get('SigninToken') ?? '');
      const destination = fields.get('Destination') ?? '';
      if (issued === undefined || now() - issued > TOKEN_LIFE)
        return refuse('a SigninToken that is unknown or too old');
      if (!URL.canParse(destination)) return refuse('a login without Destination');
      logins.push(destination);
      return redirect(destination);
    }
    if (fields.get('Action') !== 'getSigninToken')
      return refuse(`federation action ${fields.get('Action') ?? ''}`);
    const keys = keysOf(fields.get('Session') ?? '', options.keys ?? []);
    if (keys === undefined) return refuse('a Session whose keys STS did not give out');
    const duration = fields.get('SessionDuration');
    const seconds = Number(duration ?? 3600);
    if (
      !(seconds >= 900 && seconds <= 43_200) ||
      (keys.chained && duration !== null && seconds > CHAINED_LIMIT)
    ) {
      return refuse(`SessionDuration ${duration ?? ''}`);
    }
    const token = randomBytes(60).toString('base64url');
    tokens.set(token, now());
    return answer(200, 'application/json', JSON.stringify({ SigninToken: token }));
  }

  const names = [
    'signin.aws.amazon.com',
    'signin.amazonaws.cn',
    'signin.amazonaws-us-gov.com',
    'signin.amazonaws-eusc.eu',
  ];
  return {
    handle,
    hosts: Object.fromEntries(names.flatMap((name) => [name, `*.${name}`]).map((name) => [name, handle])),
    violations,
    requests,
    logins,
  };
}

function sessionOf(keys: IssuedKeys): object {
  return { sessionId: keys.accessKeyId, sessionKey: keys.secretAccessKey, sessionToken: keys.sessionToken };
}

function keysOf(session: string, known: readonly IssuedKeys[]): IssuedKeys | undefined {
  try {
    const value: unknown = JSON.parse(session);
    return known.find((keys) => isDeepStrictEqual(value, sessionOf(keys)));
  } catch {
    return undefined;
  }
}
