/** AssumeRoleWithSAML: the request, the session or error for each response, and what has no influence. */
import { createHook } from 'node:async_hooks';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { explainStsError } from '../../src/aws/sts-errors.ts';
import { assumeRoleWithSaml, type AssumeRoleWithSaml } from '../../src/aws/assume-role-with-saml.ts';
import { cancelled, GauthError } from '../../src/errors.ts';
import type { Environment, Http, HttpRequest, HttpResponse } from '../../src/ports.ts';
import { samlResponseFromXml } from '../../src/saml.ts';

const NOW = new Date('2026-11-23T15:00:48Z');
const saml = samlResponseFromXml(`<Response>${'an assertion that nobody may see '.repeat(20)}</Response>`);
const assertion = saml.base64.reveal();
const role = {
  roleArn: 'arn:aws:iam::123456789012:role/admin',
  principalArn: 'arn:aws:iam::123456789012:saml-provider/GoogleApps',
};
const inPartition = (id: string) => ({
  roleArn: role.roleArn.replace('aws', id),
  principalArn: role.principalArn.replace('aws', id),
});

type Answer = HttpResponse | Error;

function xml(status: number, body: string, headers: Record<string, string[]> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': ['text/xml'], date: [NOW.toUTCString()], ...headers },
    body: Buffer.from(body),
  };
}

const granted = xml(
  200,
  `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult>
    <AssumedRoleUser><AssumedRoleId>AROA:me@example.com</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/admin/me@example.com</Arn></AssumedRoleUser>
    <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret/key+</SecretAccessKey><SessionToken>token==</SessionToken><Expiration>2026-11-23T16:00:48Z</Expiration></Credentials>
  </AssumeRoleWithSAMLResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleWithSAMLResponse>`,
);

function refused(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string[]> = {},
): HttpResponse {
  return xml(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0f1e-2d3c</RequestId></ErrorResponse>`,
    headers,
  );
}

const exceedsRole = refused(
  400,
  'ValidationError',
  'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
);
const exceeds = (asked: number, maximum: number) =>
  refused(
    400,
    'ValidationError',
    `1 validation error detected: Value '${String(asked)}' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to ${String(maximum)}`,
  );

/** STS in memory: gives the answers in turn, and fails when asked once more than expected. */
function sts(...answers: readonly Answer[]) {
  const requests: HttpRequest[] = [];
  const waits: number[] = [];
  const lines: string[] = [];
  const note = (line: string) => {
    lines.push(line);
  };
  const http: Http = (request) => {
    const answer = answers[requests.length];
    requests.push(request);
    if (answer === undefined) throw new Error('STS was asked once too often');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const controller = new AbortController();
  const ports = (env: Environment) => ({
    http,
    env,
    clock: {
      now: () => NOW,
      sleep: (milliseconds: number, signal: AbortSignal) => {
        waits.push(milliseconds);
        return signal.aborted ? Promise.reject(cancelled()) : Promise.resolve();
      },
    },
    log: { debug: note, info: note, warn: note },
  });
  return {
    requests,
    waits,
    lines,
    controller,
    durations: () => requests.map((request) => form(request).get('DurationSeconds')),
    assume: async (changes: Partial<AssumeRoleWithSaml> = {}, env: Environment = {}) => {
      const session = await assumeRoleWithSaml(
        { role, saml, duration: 3600, region: 'us-east-1', ...changes },
        ports(env),
        controller.signal,
      );
      expect(requests).toHaveLength(answers.length);
      return session;
    },
    refuse: async (changes: Partial<AssumeRoleWithSaml> = {}, env: Environment = {}) => {
      const result: unknown = await assumeRoleWithSaml(
        { role, saml, duration: 3600, region: 'us-east-1', ...changes },
        ports(env),
        controller.signal,
      ).catch((error: unknown) => error);
      if (!(result instanceof GauthError)) throw new Error(`no GauthError: ${inspect(result)}`);
      expect(requests).toHaveLength(answers.length);
      return result;
    },
  };
}

function form(request: HttpRequest): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}

const warned = vi.spyOn(process, 'emitWarning');

describe('the request', () => {
  it('has the role, the provider, the assertion and the duration, and is not signed', async () => {
    const server = sts(granted);
    await server.assume({
      policy: '{"Version":"2012-10-17"}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    });
    const [request] = server.requests;
    expect(request?.method).toBe('POST');
    expect(request?.url.href).toBe('https://sts.us-east-1.amazonaws.com/');
    expect(Object.fromEntries(form(request!))).toEqual({
      Action: 'AssumeRoleWithSAML',
      Version: '2011-06-15',
      RoleArn: role.roleArn,
      PrincipalArn: role.principalArn,
      SAMLAssertion: assertion,
      DurationSeconds: '3600',
      Policy: '{"Version":"2012-10-17"}',
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    });
    expect(request?.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(Object.keys(request?.headers ?? {})).not.toContain('authorization');
    expect(Object.keys(request?.headers ?? {})).not.toContain('host');
  });

  it('causes no message of the SDK about the version of Node', async () => {
    await sts(granted).assume();
    expect(warned).not.toHaveBeenCalled();
  });

  it('returns a session', async () => {
    const session = await sts(granted).assume();
    expect({
      ...session,
      secretAccessKey: session.secretAccessKey.reveal(),
      sessionToken: session.sessionToken.reveal(),
    }).toEqual({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret/key+',
      sessionToken: 'token==',
      expiration: new Date('2026-11-23T16:00:48Z'),
      roleArn: role.roleArn,
      assumedRoleArn: 'arn:aws:sts::123456789012:assumed-role/admin/me@example.com',
      durationSeconds: 3600,
    });
  });

  it.each<[string, string, string | undefined, Environment, string]>([
    ['its own region', 'aws', 'eu-west-1', {}, 'https://sts.eu-west-1.amazonaws.com/'],
    ['no region', 'aws', undefined, {}, 'https://sts.us-east-1.amazonaws.com/'],
    ['China', 'aws-cn', 'cn-northwest-1', {}, 'https://sts.cn-northwest-1.amazonaws.com.cn/'],
    ['GovCloud', 'aws-us-gov', 'us-gov-west-1', {}, 'https://sts.us-gov-west-1.amazonaws.com/'],
    ['a region of elsewhere', 'aws-cn', 'us-east-1', {}, 'https://sts.cn-north-1.amazonaws.com.cn/'],
    [
      'FIPS',
      'aws',
      'us-west-2',
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      'https://sts-fips.us-west-2.amazonaws.com/',
    ],
    [
      'dual-stack',
      'aws',
      'us-west-2',
      { AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_STS_REGIONAL_ENDPOINTS: 'legacy' },
      'https://sts.us-west-2.api.aws/',
    ],
    ['the sovereign cloud', 'aws-eusc', undefined, {}, 'https://sts.eusc-de-east-1.amazonaws.eu/'],
    ['legacy', 'aws', 'eu-west-1', { AWS_STS_REGIONAL_ENDPOINTS: 'legacy' }, 'https://sts.amazonaws.com/'],
    [
      'legacy in a newer region',
      'aws',
      'eu-south-1',
      { AWS_STS_REGIONAL_ENDPOINTS: 'legacy' },
      'https://sts.eu-south-1.amazonaws.com/',
    ],
    [
      'regional',
      'aws',
      'eu-west-1',
      { AWS_STS_REGIONAL_ENDPOINTS: 'regional' },
      'https://sts.eu-west-1.amazonaws.com/',
    ],
    [
      'an endpoint for all',
      'aws',
      'eu-west-1',
      { AWS_ENDPOINT_URL: 'https://aws.test:8443' },
      'https://aws.test:8443/',
    ],
    [
      'an endpoint for STS',
      'aws',
      'eu-west-1',
      { AWS_ENDPOINT_URL_STS: 'https://sts.test/base', AWS_ENDPOINT_URL: 'https://aws.test' },
      'https://sts.test/base/',
    ],
    [
      'an empty variable',
      'aws',
      'eu-west-1',
      { AWS_ENDPOINT_URL_STS: '' },
      'https://sts.eu-west-1.amazonaws.com/',
    ],
    [
      'endpoints to be ignored',
      'aws',
      'eu-west-1',
      { AWS_ENDPOINT_URL_STS: 'https://sts.test', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      'https://sts.eu-west-1.amazonaws.com/',
    ],
    [
      'loopback',
      'aws',
      'eu-west-1',
      { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4566' },
      'http://127.0.0.1:4566/',
    ],
    [
      'loopback in IPv6',
      'aws',
      'eu-west-1',
      { AWS_ENDPOINT_URL_STS: 'http://[::1]:4566' },
      'http://[::1]:4566/',
    ],
  ])('goes to the right host for %s', async (_, partition, region, env, url) => {
    const server = sts(granted);
    await server.assume({ role: inPartition(partition), region }, env);
    expect(server.requests[0]?.url.href).toBe(url);
  });

  it('reports that it is sent to another region', async () => {
    const server = sts(granted);
    await server.assume({ role: inPartition('aws-cn') });
    expect(server.lines[0]).toContain('using STS in cn-north-1');
  });

  it.each<[string, Environment, string]>([
    ['http to another host', { AWS_ENDPOINT_URL_STS: 'http://sts.test/' }, 'unencrypted'],
    [
      'http to a host that looks like loopback',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1.evil.test/' },
      'unencrypted',
    ],
    ['a query', { AWS_ENDPOINT_URL_STS: 'https://sts.test/?v=1' }, 'has a query'],
    ['no URL', { AWS_ENDPOINT_URL: 'sts.test' }, 'AWS_ENDPOINT_URL is not an https URL'],
    [
      'another scheme',
      { AWS_ENDPOINT_URL_STS: 'ftp://sts.test' },
      'AWS_ENDPOINT_URL_STS is not an https URL',
    ],
    [
      'FIPS beside an endpoint',
      { AWS_ENDPOINT_URL: 'https://sts.test', AWS_USE_FIPS_ENDPOINT: 'true' },
      'together',
    ],
    [
      'dual-stack beside an endpoint',
      { AWS_ENDPOINT_URL: 'https://sts.test', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      'AWS_USE_DUALSTACK_ENDPOINT and an endpoint URL cannot be used together',
    ],
  ])('is not sent over %s', async (_, env, message) => {
    const error = await sts().refuse({}, env);
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toContain(message);
  });

  it('is not sent for an unknown partition', async () => {
    expect((await sts().refuse({ role: inPartition('aws-moon') })).message).toContain('partition');
  });
});

describe('case 42: variables and shared files of other tools', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gauth-sts-'));
  const before = { ...process.env };
  afterAll(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });

  /** Files of the same garbage under another name each time, for the SDK remembers what it has read. */
  function interfere(name: string): void {
    const file = join(folder, name);
    writeFileSync(file, '[profile broken\nregion == \n}{ garbage \u0000');
    Object.assign(process.env, {
      AWS_PROFILE: 'nope',
      DEFAULT_AWS_PROFILE: 'nope',
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ACCESS_KEY_ID: 'AKIANOTOURS',
      AWS_SECRET_ACCESS_KEY: 'not ours',
      AWS_ENDPOINT_URL_STS: 'https://nobody.test',
      AWS_REGION: 'nowhere',
      AWS_MAX_ATTEMPTS: 'many',
      AWS_RETRY_MODE: 'odd',
      AWS_USE_FIPS_ENDPOINT: 'perhaps',
      AWS_STS_REGIONAL_ENDPOINTS: 'legacy',
    });
  }

  it('do not affect the request, and no file is opened', async () => {
    interfere('first');
    await sts(granted).assume();

    interfere('second');
    const server = sts(granted);
    const opened: string[] = [];
    const hook = createHook({
      init: (_, type) => {
        if (
          type.startsWith('FS') ||
          type.startsWith('FILEHANDLE') ||
          /DNS|GETADDRINFO|TCP|PROCESS/.test(type)
        ) {
          opened.push(type);
        }
      },
    }).enable();
    await server.assume();
    hook.disable();
    expect(opened).toEqual([]);
    expect(server.requests[0]?.url.href).toBe('https://sts.us-east-1.amazonaws.com/');
    expect(JSON.stringify(server.requests)).not.toContain('AKIANOTOURS');
    expect(process.env.AWS_PROFILE).toBe('nope');
  });
});

describe('the duration', () => {
  it.each<[string, readonly HttpResponse[], readonly (string | null)[]]>([
    ['takes 12 hours where the role allows them', [granted], ['43200']],
    ['case 68: jumps to the maximum that STS names', [exceeds(43200, 5400), granted], ['43200', '5400']],
    [
      'goes down the ladder when STS names none',
      [exceedsRole, exceedsRole, granted],
      ['43200', '28800', '14400'],
    ],
    [
      'leaves it to STS in the end',
      [exceedsRole, exceedsRole, exceedsRole, exceedsRole, exceedsRole, granted],
      ['43200', '28800', '14400', '7200', '3600', null],
    ],
    [
      'goes on below a maximum that is refused as well',
      [exceeds(43200, 10_000), exceedsRole, granted],
      ['43200', '10000', '7200'],
    ],
    ['does not climb to a maximum above', [exceeds(43200, 50_000), granted], ['43200', '28800']],
  ])('auto %s', async (_, answers, durations) => {
    const server = sts(...answers);
    const session = await server.assume({ duration: 'auto' });
    expect(server.durations()).toEqual(durations);
    expect(session.durationSeconds).toBe(Number(durations.at(-1) ?? 3600));
  });

  it('auto ends even if every duration is refused', async () => {
    const server = sts(...Array.from({ length: 6 }, () => exceedsRole));
    expect((await server.refuse({ duration: 'auto' })).code).toBe('DURATION_REJECTED');
  });

  it('auto stops after any other refusal', async () => {
    const server = sts(exceedsRole, refused(403, 'AccessDenied', 'no'));
    expect((await server.refuse({ duration: 'auto' })).code).toBe('ACCESS_DENIED');
  });

  it.each<[string, HttpResponse, string]>([
    ['with the number', exceeds(43200, 3600), 'use --duration 3600, or --auto-duration'],
    ['without a number', exceedsRole, 'use --auto-duration'],
  ])('a number that is too large is refused %s', async (_, answer, hint) => {
    const error = await sts(answer).refuse({ duration: 43200 });
    expect(error.code).toBe('DURATION_REJECTED');
    expect(error.message).toBe(
      'arn:aws:iam::123456789012:role/admin does not allow sessions of 43200 seconds',
    );
    expect(error.hints[0]).toContain(hint);
    expect(error.hints[1]).toContain('aws iam update-role --role-name admin --max-session-duration 43200');
  });
});

describe('a refusal', () => {
  it.each<[string, number, string, string, string, string]>([
    [
      'ExpiredTokenException',
      400,
      'Token must be redeemed within 5 minutes of issuance',
      'ASSERTION_EXPIRED',
      'expired',
      '--no-cache',
    ],
    ['ExpiredTokenException', 400, 'Response has expired', 'ASSERTION_EXPIRED', 'expired', '5 minutes'],
    [
      'InvalidIdentityToken',
      400,
      'Response signature invalid',
      'ASSERTION_REJECTED',
      'signature invalid',
      role.principalArn,
    ],
    [
      'InvalidIdentityToken',
      400,
      'No OpenIDConnect provider found',
      'ASSERTION_REJECTED',
      'does not accept',
      'https://signin.aws.amazon.com/saml',
    ],
    ['IDPRejectedClaim', 403, 'The claim was rejected', 'ASSERTION_REJECTED', 'claim', 'sign in again'],
    [
      'AccessDenied',
      403,
      'Not authorized to perform sts:AssumeRoleWithSAML',
      'ACCESS_DENIED',
      'does not trust',
      `sts:AssumeRoleWithSAML to the principal {"Federated": "${role.principalArn}"}`,
    ],
    [
      'PackedPolicyTooLarge',
      400,
      'Packed size is 120 % of the limit',
      'POLICY_REJECTED',
      'too large',
      '120 %',
    ],
    [
      'MalformedPolicyDocument',
      400,
      'Syntax errors in policy.',
      'POLICY_REJECTED',
      'Syntax errors in policy',
      'validate-policy',
    ],
    [
      'RegionDisabledException',
      403,
      'STS is not activated in this region',
      'REGION_DISABLED',
      'us-east-1',
      '--region',
    ],
    [
      'ValidationError',
      400,
      "Value 'x' at 'principalArn' failed to satisfy constraint",
      'STS_FAILED',
      "ValidationError: Value 'x'",
      '',
    ],
    [
      'SomethingNew',
      418,
      'Never seen',
      'STS_FAILED',
      'SomethingNew: Never seen, HTTP 418, request 0f1e-2d3c',
      '',
    ],
  ])('%s (%i, %s) is %s', async (code, status, message, expected, text, hint) => {
    const error = await sts(refused(status, code, message)).refuse();
    expect(error.code).toBe(expected);
    expect(error.exitStatus).toBe(4);
    expect(error.message).toContain(text);
    expect(error.message).not.toMatch(/[\n.]$/);
    expect(error.hints.join('\n')).toContain(hint);
    expect(inspect(error.cause)).toContain(message.replace(/\.$/, ''));
  });

  it.each(['sts:TagSession', 'sts:SetSourceIdentity'])(
    'AccessDenied for %s names the cause first',
    async (action) => {
      const error = await sts(refused(403, 'AccessDenied', `Not authorized to perform ${action}`)).refuse();
      expect(error.hints[0]).toContain(`must also allow ${action}`);
      expect(error.hints).toHaveLength(4);
    },
  );

  it('names the audience of the partition', async () => {
    const error = await sts(refused(403, 'AccessDenied', 'no')).refuse({
      role: inPartition('aws-cn'),
      region: 'cn-north-1',
    });
    expect(error.hints.join('\n')).toContain('https://signin.amazonaws.cn/saml');
  });

  it.each<[string, number, string | undefined]>([
    ['a clock that is 7 minutes behind', 420, "this machine's clock is 420 seconds behind that of AWS"],
    ['a clock that is 2 minutes ahead', -120, "this machine's clock is 120 seconds ahead of that of AWS"],
    ['a clock that is a minute off', 60, undefined],
  ])('reports %s', async (_, seconds, hint) => {
    const date = new Date(NOW.getTime() + seconds * 1000).toUTCString();
    const error = await sts(
      refused(400, 'ExpiredTokenException', 'Response has expired', { date: [date] }),
    ).refuse();
    const outcome = error.hints.find((line) => line.includes('clock'));
    if (hint === undefined) expect(outcome).toBeUndefined();
    else expect(outcome).toContain(hint);
  });

  it('is printed without control characters', async () => {
    const error = await sts(refused(400, 'Odd', 'a&#x9b;31m\nred')).refuse();
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(error.message).toContain('31m red');
  });
});

describe('a temporary failure', () => {
  const throttled = refused(400, 'Throttling', 'Rate exceeded');
  const failing = refused(500, 'InternalFailure', 'oops');
  const html = {
    status: 503,
    headers: { 'content-type': ['text/html'] },
    body: Buffer.from('<html>later</html>'),
  };
  const lost = new GauthError('NETWORK', 'lost', {
    cause: new Error('request', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }),
  });

  it.each<[string, readonly Answer[]]>([
    ['throttling', [throttled, granted]],
    ['a failing server twice', [failing, failing, granted]],
    ['a server that fails without XML', [html, granted]],
    ['a lost connection', [lost, lost, granted]],
    ['one after another', [throttled, lost, granted]],
  ])('%s is retried', async (_, answers) => {
    const server = sts(...answers);
    await server.assume();
    expect(server.waits).toEqual([500, 2000].slice(0, answers.length - 1));
  });

  it.each<[string, Answer, string]>([
    ['throttling', throttled, 'STS_UNAVAILABLE'],
    ['a failing server', failing, 'STS_UNAVAILABLE'],
    ['a server that fails without XML', html, 'STS_UNAVAILABLE'],
    ['a lost connection', lost, 'NETWORK'],
  ])('%s is an error after three attempts', async (_, answer, code) => {
    const server = sts(answer, answer, answer);
    expect((await server.refuse()).code).toBe(code);
    expect(server.waits).toEqual([500, 2000]);
  });

  it.each<[string, GauthError]>([
    [
      'a name that does not exist',
      new GauthError('NETWORK', 'no', { cause: Object.assign(new Error(), { code: 'ENOTFOUND' }) }),
    ],
    ['a certificate', new GauthError('TLS', 'not trusted')],
    ['a proxy', new GauthError('PROXY', '407')],
    ['a silent server', new GauthError('TIMEOUT', 'no answer')],
  ])('%s is reported at once, unchanged', async (_, failure) => {
    expect(await sts(failure).refuse()).toBe(failure);
  });

  it('Ctrl-C ends the wait', async () => {
    const server = sts(throttled);
    server.controller.abort();
    expect((await server.refuse()).code).toBe('CANCELLED');
  });
});

describe('a response that is not from STS', () => {
  it.each<[string, number, string, string]>([
    ['a captive portal', 200, 'text/html', '<html><form>Welcome to the hotel</form></html>'],
    ['a redirect', 302, 'text/html', ''],
    ['a proxy that refuses', 403, 'text/html', '<html>blocked</html>'],
    ['a missing page', 404, 'text/plain', 'not found'],
    ['JSON', 200, 'application/json', '{"ok":true}'],
    ['an empty answer', 200, 'text/xml', ''],
    ['XML of somebody else', 200, 'text/xml', '<a><b/></a>'],
    ['XML that is cut off', 200, 'text/xml', '<AssumeRoleWithSAMLResponse><Assume'],
    ['an entity bomb', 400, 'text/xml', '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;&a;</x>'],
  ])('%s is reported as such', async (_, status, type, body) => {
    const answer = { status, headers: { 'content-type': [type] }, body: Buffer.from(body) };
    const error = await sts(answer).refuse();
    expect(error.code).toBe('NOT_AWS');
    expect(error.message).toContain('sts.us-east-1.amazonaws.com');
    expect(error.message).toContain(`HTTP ${String(status)}`);
    expect(error.hints.join()).toContain('HTTPS_PROXY');
  });
});

describe('secrets', () => {
  const echo = `1 validation error detected: Value '${assertion}' at 'sAMLAssertion' failed to satisfy constraint`;
  const part = `Value '${assertion.slice(3, 300)}...' is not good`;

  it.each<[string, Answer]>([
    ['a validation error that quotes the assertion', refused(400, 'ValidationError', echo)],
    ['a message with a part of it', refused(400, 'InvalidIdentityToken', part)],
    ['an expired assertion', refused(400, 'ExpiredTokenException', 'Response has expired')],
    [
      'an answer of somebody else that repeats the request',
      { status: 400, headers: {}, body: Buffer.from(assertion) },
    ],
    ['a failure of the transport', new GauthError('NETWORK', 'no', { cause: new Error('no') })],
  ])('are not in the error for %s', async (_, answer) => {
    const server = sts(answer);
    const error = await server.refuse();
    const shown = [
      inspect(error, { depth: Infinity, showHidden: true }),
      JSON.stringify(error),
      JSON.stringify(Object.getOwnPropertyDescriptors(error)),
      ...error.hints,
      ...server.lines,
    ].join('\n');
    for (let at = 0; at + 60 < assertion.length; at += 20)
      expect(shown).not.toContain(assertion.slice(at, at + 60));
  });

  it('are not in the log of a successful request', async () => {
    const server = sts(granted);
    const session = await server.assume();
    const shown = `${server.lines.join('\n')}${inspect(session, { showHidden: true })}${JSON.stringify(session)}`;
    expect(shown).not.toMatch(/secret\/key|token==/);
    expect(shown).not.toContain(assertion.slice(0, 60));
  });
});

it('says that roles of IAM Identity Center cannot be assumed by SAML', () => {
  const request = {
    roleArn:
      'arn:aws:iam::111222333444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef',
    principalArn: 'arn:aws:iam::111222333444:saml-provider/GoogleApps',
    host: 'sts.amazonaws.com',
    region: 'us-east-1',
  };
  const error = explainStsError({ code: 'AccessDenied', message: 'no', status: 403 }, request);
  expect(error.hints[0]).toMatch(
    /^roles named AWSReservedSSO_.* cannot be assumed by SAML: use "aws sso login"/,
  );
});
