/** The STS emulator: the official client gets keys from it, and wrong wishes are refused in AWS's words. */
import {
  AssumeRoleCommand,
  AssumeRoleWithSAMLCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inMemory } from './memory.ts';
import { bodyText } from './respond.ts';
import { type ResponseOptions, samlIssuer } from './saml.ts';
import { type StsOptions, stsEmulator } from './sts.ts';

// Not of interest here: which Node later versions of the SDK will need.
sdkNotice.warningEmitted = true;

const ROLE = 'arn:aws:iam::111222333444:role/saml-init';
const PROVIDER = 'arn:aws:iam::111222333444:saml-provider/Google';
const NEXT = 'arn:aws:iam::555666777888:role/next';

function setUp(options: Partial<StsOptions> = {}) {
  const time = { now: () => new Date(Date.now() + shift) };
  let shift = 0;
  const issuer = samlIssuer(time, { roles: [`${ROLE},${PROVIDER}`] });
  const sts = stsEmulator({
    issuer,
    clock: time,
    roles: [{ arn: ROLE }, { arn: NEXT, assumableBy: [ROLE] }],
    ...options,
  });
  const http = inMemory(sts.hosts);
  const ask = async (fields: Record<string, string>, host = 'sts.us-east-1.amazonaws.com', headers = {}) => {
    const response = await http(
      {
        method: 'POST',
        url: new URL(`https://${host}/`),
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ Version: '2011-06-15', ...fields }).toString(),
      },
      new AbortController().signal,
    );
    return { status: response.status, body: bodyText(response) };
  };
  const redeem = (
    fields: Record<string, string> = {},
    saml: ResponseOptions = {},
    host?: string,
    headers = {},
  ) =>
    ask(
      {
        Action: 'AssumeRoleWithSAML',
        RoleArn: ROLE,
        PrincipalArn: PROVIDER,
        SAMLAssertion: issuer.issue(saml),
        ...fields,
      },
      host,
      headers,
    );
  return {
    sts,
    issuer,
    redeem,
    later: (milliseconds: number) => {
      shift = milliseconds;
    },
  };
}

describe('refusals', () => {
  it.each([
    ['an unknown role', { RoleArn: `${ROLE}x` }, {}, 403, 'AccessDenied'],
    ['a provider that is not in the assertion', { PrincipalArn: `${PROVIDER}x` }, {}, 403, 'AccessDenied'],
    ['no base64', { SAMLAssertion: '<xml/>' }, {}, 400, 'InvalidIdentityToken'],
    ['an assertion of somebody else', { SAMLAssertion: 'PHhtbC8+' }, {}, 400, 'InvalidIdentityToken'],
    ['another audience', {}, { audience: 'https://example.com' }, 400, 'InvalidIdentityToken'],
    [
      'a Status that is no success',
      {},
      { status: 'urn:oasis:names:tc:SAML:2.0:status:Requester' },
      400,
      'InvalidIdentityToken',
    ],
    ['an assertion for later', {}, { notBefore: new Date('2100-01-01') }, 400, 'InvalidIdentityToken'],
    [
      'an assertion that has ended',
      {},
      { notOnOrAfter: new Date('2010-01-01') },
      400,
      'ExpiredTokenException',
    ],
    ['899 seconds', { DurationSeconds: '899' }, {}, 400, 'greater than or equal to 900'],
    ['43201 seconds', { DurationSeconds: '43201' }, {}, 400, 'less than or equal to 43200'],
    ['more than the role allows', { DurationSeconds: '3601' }, {}, 400, 'exceeds the MaxSessionDuration'],
    ['a short ARN', { RoleArn: 'arn' }, {}, 400, 'ValidationError'],
    ['another version', { Version: '2010-01-01' }, {}, 400, 'InvalidAction'],
  ] as [string, Record<string, string>, ResponseOptions, number, string][])(
    '%s',
    async (_, fields, saml, status, text) => {
      const { redeem } = setUp();
      const answer = await redeem(fields, saml);
      expect(answer.status).toBe(status);
      expect(answer.body).toContain(text);
      expect(answer.body).toContain('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
    },
  );

  it('an assertion redeemed after more than five minutes', async () => {
    const { issuer, redeem, later } = setUp();
    const text = issuer.issue();
    later(300_001);
    expect((await redeem({ SAMLAssertion: text })).body).toContain('redeemed within 5 minutes');
  });

  it('a signed request, a disabled region, a role of another partition, an unknown parameter', async () => {
    const { sts, redeem } = setUp({ disabledRegions: ['eu-south-1'] });
    expect((await redeem({}, {}, undefined, { authorization: 'AWS4' })).status).toBe(403);
    expect((await redeem({}, {}, 'sts.eu-south-1.amazonaws.com')).body).toContain('RegionDisabledException');
    expect((await redeem({}, {}, 'sts.cn-north-1.amazonaws.com.cn')).body).toContain('InvalidIdentityToken');
    expect((await redeem({ Surprise: '1' })).status).toBe(200);
    expect(sts.violations).toEqual(['AssumeRoleWithSAML was signed', 'parameter Surprise was invented']);
  });

  it('names the maximum for roles of that kind, and throttles as often as configured', async () => {
    const { redeem } = setUp({
      roles: [{ arn: ROLE, maxDuration: 7200, durationRefusal: 'with-number' }],
      faultRules: [{ status: 400, code: 'Throttling', message: 'Rate exceeded', times: 2 }],
    });
    expect((await redeem()).body).toContain('Throttling');
    expect((await redeem()).body).toContain('Throttling');
    expect((await redeem({ DurationSeconds: '7201' })).body).toContain('less than or equal to 7200');
    expect((await redeem({ DurationSeconds: '7200' })).status).toBe(200);
  });
});

describe('with the official client', () => {
  const { sts, issuer } = setUp();
  const http = inMemory(sts.hosts);
  const kept = { ...process.env };
  beforeAll(() => {
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
  });
  afterAll(() => {
    process.env = kept;
  });

  /** The client's own serialising, signing and reading, without its sockets. */
  const requestHandler = {
    handle: async (request: { hostname: string; headers: Record<string, string>; body?: string }) => {
      const response = await http(
        {
          method: 'POST',
          url: new URL(`https://${request.hostname}/`),
          headers: Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
          ),
          ...(request.body !== undefined && { body: request.body }),
        },
        new AbortController().signal,
      );
      const headers = Object.fromEntries(
        Object.entries(response.headers).map(([name, values]) => [name, values.join(',')]),
      );
      return { response: { statusCode: response.status, headers, body: response.body } };
    },
  };
  const client = (credentials = { accessKeyId: 'none', secretAccessKey: 'none', sessionToken: 'none' }) =>
    new STSClient({
      region: 'eu-west-1',
      requestHandler: requestHandler as never,
      credentials,
      maxAttempts: 1,
    });

  it('assumes a role, returns its identity, and assumes a second role', async () => {
    const first = await client().send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: ROLE,
        PrincipalArn: PROVIDER,
        SAMLAssertion: issuer.issue(),
        DurationSeconds: 900,
      }),
    );
    const keys = {
      accessKeyId: first.Credentials?.AccessKeyId ?? '',
      secretAccessKey: first.Credentials?.SecretAccessKey ?? '',
      sessionToken: first.Credentials?.SessionToken ?? '',
    };
    expect(first.Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now());
    const me = await client(keys).send(new GetCallerIdentityCommand({}));
    expect(me.Arn).toBe('arn:aws:sts::111222333444:assumed-role/saml-init/me@example.com');
    const second = await client(keys).send(new AssumeRoleCommand({ RoleArn: NEXT, RoleSessionName: 'next' }));
    expect(second.AssumedRoleUser?.Arn).toContain('assumed-role/next');
    expect(sts.violations).toEqual([]);
    const wrongKey = client({ ...keys, secretAccessKey: 'guessed' });
    await expect(wrongKey.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await expect(client().send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});
