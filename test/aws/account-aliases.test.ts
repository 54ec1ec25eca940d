/** Account names: from the sign-in page of AWS, from IAM for the rest, and failures that affect one account only. */
import { describe, expect, it } from 'vitest';
import {
  fetchAccountAliases,
  parseAccountAliases,
  type AliasRequest,
} from '../../src/aws/account-aliases.ts';
import { parseRoles, type Role } from '../../src/aws/roles.ts';
import { cancelled, GauthError } from '../../src/errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/ports.ts';
import { samlResponseFromXml } from '../../src/saml.ts';

const NOW = new Date('2026-11-23T15:00:48Z');
const saml = samlResponseFromXml('<Response>?>~</Response>');

function rolesIn(accounts: readonly string[], partition = 'aws'): readonly Role[] {
  return parseRoles(
    accounts.flatMap((account) =>
      ['admin', 'read-only'].map(
        (name) =>
          `arn:${partition}:iam::${account}:role/${name},arn:${partition}:iam::${account}:saml-provider/GoogleApps`,
      ),
    ),
  );
}

function page(...names: readonly string[]): string {
  const fieldsets = names.map(
    (name) =>
      `<fieldset><div class="saml-account"><div class="expandable-container"><div class="saml-account-name">${name}</div></div></div></fieldset>`,
  );
  return `<!DOCTYPE html><html><body><form id="saml_form">${fieldsets.join('\n')}</form></body></html>`;
}

const html = (body: string, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': ['text/html'] },
  body: Buffer.from(body),
});
const granted = html(
  `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2026-11-23T15:15:48Z</Expiration></Credentials></AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>`,
);
const denied = html(
  '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
  403,
);
const alias = (name?: string) =>
  html(
    `<ListAccountAliasesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccountAliasesResult><AccountAliases>${name === undefined ? '' : `<member>${name}</member>`}</AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>`,
  );

/** AWS by host. A request to a host that is not given fails the test, although `accountNames` lets it pass. */
function aws(answers: Readonly<Record<string, (request: HttpRequest) => HttpResponse | Error>>) {
  const requests: HttpRequest[] = [];
  const lines: string[] = [];
  const warnings: string[] = [];
  let busy = 0;
  let busiest = 0;
  const http: Http = async (request, signal) => {
    requests.push(request);
    busiest = Math.max(busiest, ++busy);
    await new Promise((resolve) => setImmediate(resolve));
    busy--;
    if (signal.aborted) throw cancelled();
    const answer = answers[request.url.hostname]?.(request);
    if (answer === undefined) {
      unexpected.push(request.url.href);
      throw new Error('nobody expected this');
    }
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const note = (line: string) => lines.push(line);
  const controller = new AbortController();
  const unexpected: string[] = [];
  const ask = async (roles: readonly Role[], changes: Partial<AliasRequest> = {}) => {
    const names = await fetchAccountAliases(
      roles,
      { saml, region: 'us-east-1', ...changes },
      {
        http,
        env: {},
        clock: { now: () => NOW, sleep: () => Promise.resolve() },
        log: { debug: note, info: note, warn: (line) => warnings.push(line) },
      },
      controller.signal,
    );
    expect(unexpected).toEqual([]);
    return names;
  };
  return { ask, requests, lines, warnings, controller, busiest: () => busiest };
}

const form = (request: HttpRequest | undefined) =>
  new URLSearchParams(typeof request?.body === 'string' ? request.body : '');
const accountOf = (request: HttpRequest) => form(request).get('RoleArn')?.split(':')[4];

describe('accountsOfPage', () => {
  it.each<[string, string, Record<string, string>]>([
    [
      'two accounts',
      page('Account: dev-env (111111111111)', 'Account: prod (222222222222)'),
      { '111111111111': 'dev-env', '222222222222': 'prod' },
    ],
    [
      'case 21: an account without alias',
      page('Account: account-alias (000000000001)', 'Account: 000000000002'),
      { '000000000001': 'account-alias' },
    ],
    [
      'another language',
      page('アカウント： dev (111111111111)', 'Compte : prod (222222222222)'),
      { '111111111111': 'dev', '222222222222': 'prod' },
    ],
    ['no word before it', page('dev (111111111111)'), { '111111111111': 'dev' }],
    [
      'line breaks and escapes',
      page('\n Account:\n  d\u001b[31mev\n (111111111111)\n'),
      { '111111111111': 'd [31mev' },
    ],
    ['no such page', '<html><body>Sign in</body></html>', {}],
    ['nothing', '', {}],
    ['no HTML', '\u0000<<<>>>&&&', {}],
  ])('reads %s', (_, text, names) => {
    expect(Object.fromEntries(parseAccountAliases(text))).toEqual(names);
  });
});

describe('accountNames', () => {
  it('case 49: uses the names of the sign-in page and requests nothing else', async () => {
    const server = aws({
      'signin.aws.amazon.com': () =>
        html(
          page(
            'Account: dev (111111111111)',
            'Account: prod (222222222222)',
            'Account: other (333333333333)',
          ),
        ),
    });
    const names = await server.ask(rolesIn(['111111111111', '222222222222']));
    expect(Object.fromEntries(names)).toEqual({ '111111111111': 'dev', '222222222222': 'prod' });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: new URL('https://signin.aws.amazon.com/saml'),
    });
    expect(form(server.requests[0]).get('SAMLResponse')).toBe(saml.base64.reveal());
  });

  it.each([
    [
      'the regional ACS that the response names',
      'https://eu-west-1.signin.aws.amazon.com/saml',
      'eu-west-1.signin.aws.amazon.com',
    ],
    [
      "the partition's, when the response names another host",
      'https://evil.test/saml',
      'signin.aws.amazon.com',
    ],
    ["the partition's, when the response names none", undefined, 'signin.aws.amazon.com'],
  ])('sends the assertion to %s', async (_, destination, host) => {
    const server = aws({ [host]: () => html(page('Account: dev (111111111111)')) });
    expect((await server.ask(rolesIn(['111111111111']), { destination })).size).toBe(1);
    expect(server.requests.map((request) => request.url.hostname)).toEqual([host]);
  });

  it('asks IAM for names that the page does not have, with one role per account, signed and without the assertion', async () => {
    const server = aws({
      'signin.aws.amazon.com': () => html(page('Account: dev (111111111111)', 'Account: 222222222222')),
      'sts.us-east-1.amazonaws.com': () => granted,
      'iam.amazonaws.com': () => alias('prod'),
    });
    const names = await server.ask(rolesIn(['111111111111', '222222222222']));
    expect(Object.fromEntries(names)).toEqual({ '111111111111': 'dev', '222222222222': 'prod' });
    const [, sts, iam] = server.requests;
    expect(server.requests).toHaveLength(3);
    expect(form(sts).get('RoleArn')).toBe('arn:aws:iam::222222222222:role/admin');
    expect(form(sts).get('DurationSeconds')).toBe('900');
    expect(iam?.body).toBe('Action=ListAccountAliases&Version=2010-05-08');
    expect(iam?.headers).toMatchObject({
      'x-amz-security-token': 'token',
      'x-amz-date': '20261123T150048Z',
    });
    expect(iam?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/20261123\/us-east-1\/iam\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
  });

  it.each([
    ['aws-cn', 'signin.amazonaws.cn', 'sts.cn-north-1.amazonaws.com.cn', 'iam.cn-north-1.amazonaws.com.cn'],
    [
      'aws-us-gov',
      'signin.amazonaws-us-gov.com',
      'sts.us-gov-west-1.amazonaws.com',
      'iam.us-gov.amazonaws.com',
    ],
  ])('stays in the partition %s, without a message about the region', async (partition, signIn, sts, iam) => {
    const server = aws({ [signIn]: () => html('', 302), [sts]: () => granted, [iam]: () => alias('there') });
    expect((await server.ask(rolesIn(['111111111111'], partition))).get('111111111111')).toBe('there');
    expect(server.warnings).toEqual([]);
  });

  it('uses the page of an isolated partition, and no page for a single role', async () => {
    const secret = aws({
      'signin.c2shome.ic.gov': () => html('', 302),
      'sts.us-iso-east-1.c2s.ic.gov': () => granted,
      'iam.us-iso-east-1.c2s.ic.gov': () => alias('iso'),
    });
    expect((await secret.ask(rolesIn(['111111111111'], 'aws-iso'))).get('111111111111')).toBe('iso');
    const single = aws({
      'sts.us-east-1.amazonaws.com': () => granted,
      'iam.amazonaws.com': () => alias('one'),
    });
    expect((await single.ask(rolesIn(['111111111111']).slice(0, 1))).get('111111111111')).toBe('one');
  });

  it('case 69: a failure for one account leaves only that account without a name', async () => {
    const accounts = ['1', '2', '3', '4', '5', '6', '7'].map((digit) => digit.repeat(12));
    const iam: (HttpResponse | Error)[] = [
      alias('one'),
      alias(),
      html('<html>proxy</html>'),
      denied,
      alias('Bad\u001b[31m'),
      alias('seven'),
    ];
    const server = aws({
      'signin.aws.amazon.com': () => new GauthError('NETWORK', 'no'),
      'sts.us-east-1.amazonaws.com': (request) => (accountOf(request) === '222222222222' ? denied : granted),
      'iam.amazonaws.com': () => iam.shift() ?? new Error('once too often'),
    });
    const names = await server.ask(rolesIn(accounts));
    expect([...names.values()].sort()).toEqual(['one', 'seven']);
    expect(names.get('222222222222')).toBeUndefined();
    expect(iam).toEqual([]);
    expect(server.lines.join('\n')).not.toContain(saml.base64.reveal());
  });

  it('requests at most eight accounts at a time', async () => {
    const accounts = Array.from({ length: 40 }, (_, index) => String(100000000000 + index));
    const server = aws({
      'signin.aws.amazon.com': () => html('', 500),
      'sts.us-east-1.amazonaws.com': () => granted,
      'iam.amazonaws.com': () => alias('x'),
    });
    expect((await server.ask(rolesIn(accounts))).size).toBe(40);
    expect(server.busiest()).toBe(8);
  });

  it('Ctrl-C ends it', async () => {
    const server = aws({ 'signin.aws.amazon.com': () => html('') });
    server.controller.abort();
    await expect(server.ask(rolesIn(['111111111111']))).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(server.requests).toHaveLength(1);
  });

  it('returns no account without roles', async () => {
    expect((await aws({}).ask([])).size).toBe(0);
  });
});
