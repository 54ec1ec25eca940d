/** The S3 and ECR emulators: whom they refuse, in AWS's words. What they give is seen by AWS's own clients (test/interop). */
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { DEVELOPER, PROVIDER, ROLE, organisation } from '../support/organisation.ts';
import { bodyText } from './respond.ts';
import type { IssuedKeys } from './sts-answers.ts';

const BUCKET = 'mybucket.s3.us-east-1.amazonaws.com';
const REGISTRY = 'api.ecr.us-east-1.amazonaws.com';
const PASSWORD = { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' };

/** Requests by the role, or by what `change` makes of its keys; and the clock, which can be put forward. */
async function setup(roleArn = DEVELOPER) {
  let ahead = 0;
  const clock = { now: () => new Date(Date.now() + ahead) };
  const roles = [{ arn: ROLE }, { arn: DEVELOPER }];
  const world = organisation({ sts: { clock, roles } });
  const send = async (method: 'GET' | 'POST', url: URL, headers: Record<string, string>, body = '') => {
    const response = await world.http({ method, url, headers, body }, new AbortController().signal);
    return { status: response.status, text: bodyText(response) };
  };
  await send(
    'POST',
    new URL('https://sts.amazonaws.com/'),
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({
      Action: 'AssumeRoleWithSAML',
      Version: '2011-06-15',
      RoleArn: roleArn,
      PrincipalArn: PROVIDER,
      SAMLAssertion: world.issuer.issue({ roles: [`${roleArn},${PROVIDER}`] }),
    }).toString(),
  );
  const ask = async (
    service: 's3' | 'ecr',
    query: Readonly<Record<string, string>> = {},
    change: Partial<IssuedKeys> = {},
  ) => {
    const [method, hostname, own] =
      service === 's3' ? (['GET', BUCKET, {}] as const) : (['POST', REGISTRY, PASSWORD] as const);
    const credentials = { ...world.sts.keys[0]!, ...change };
    const signer = new SignatureV4({ service, region: 'us-east-1', sha256: Sha256, credentials });
    const request = { method, protocol: 'https:', hostname, path: '/', query, body: '' };
    const { headers } = await signer.sign({ ...request, headers: { host: hostname, ...own } });
    return send(method, new URL(`https://${hostname}/?${new URLSearchParams(query).toString()}`), headers);
  };
  return { world, send, ask, later: (milliseconds: number) => (ahead = milliseconds) };
}

describe('S3', () => {
  it('lists for the permitted role and for no other', async () => {
    const { ask, world } = await setup();
    expect(await ask('s3', { 'list-type': '2', prefix: 'mydir/' })).toMatchObject({
      status: 200,
      text: expect.stringContaining('<KeyCount>1</KeyCount>') as string,
    });
    expect(world.s3.requests).toMatchObject([{ bucket: 'mybucket', prefix: 'mydir/' }]);
    const refused = await (await setup(ROLE)).ask('s3');
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain('<Code>AccessDenied</Code>');
  });

  it.each([
    ['another secret key', { secretAccessKey: 'x' }, 'SignatureDoesNotMatch'],
    ['an unknown key', { accessKeyId: 'ASIA0' }, 'InvalidAccessKeyId'],
    ['another token', { sessionToken: 'x' }, 'InvalidAccessKeyId'],
  ])('refuses %s', async (_what, change, code) => {
    const { ask, world } = await setup();
    expect((await ask('s3', {}, change)).text).toContain(`<Code>${code}</Code>`);
    expect(world.s3.requests).toEqual([]);
  });

  it('refuses keys that have expired, and requests that are not signed', async () => {
    const { ask, later, send } = await setup();
    later(3_600_000);
    expect((await ask('s3')).text).toContain('<Code>ExpiredToken</Code>');
    expect(await send('GET', new URL(`https://${BUCKET}/`), {})).toMatchObject({ status: 403 });
  });

  it('reports requests that it does not know', async () => {
    const { ask } = await setup();
    expect(await ask('s3', { versions: '' })).toMatchObject({ status: 501 });
  });
});

describe('ECR', () => {
  it('returns a password for the permitted role, with valid keys, and for no other', async () => {
    const { ask, world } = await setup();
    expect((await ask('ecr', {}, { secretAccessKey: 'x' })).text).toContain('SignatureDoesNotMatchException');
    expect((await (await setup(ROLE)).ask('ecr')).text).toContain('AccessDeniedException');
    expect(world.ecr.passwords).toEqual([]);
    expect(await ask('ecr')).toMatchObject({ status: 200 });
    expect(world.ecr.passwords).toMatchObject([
      { roleArn: DEVELOPER, registry: '555666777888.dkr.ecr.us-east-1.amazonaws.com' },
    ]);
  });
});
