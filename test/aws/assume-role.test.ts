/** Chained roles against the STS emulator: the signature, the limits, and the error for each refusal. */
import { describe, expect, it } from 'vitest';
import { assumeRole, type AssumeRole } from '../../src/aws/assume-role.ts';
import { assumeRoleWithSaml } from '../../src/aws/assume-role-with-saml.ts';
import type { Session } from '../../src/aws/session.ts';
import { GauthError } from '../../src/errors.ts';
import type { Environment, Http, HttpRequest } from '../../src/ports.ts';
import { samlResponseFromText } from '../../src/saml.ts';
import { Secret } from '../../src/secret.ts';
import { readAuthorization, signatureOf } from '../emulators/signature.ts';
import type { StsRole } from '../emulators/sts.ts';
import { fakeClock } from '../fakes/system.ts';
import { PROVIDER, ROLE, organisation } from '../support/organisation.ts';

const DEVELOPER = 'arn:aws:iam::555666777888:role/developer';
const LOCKED = 'arn:aws:iam::555666777888:role/locked';
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

function redirectStep(further: Partial<StsRole> = {}, env: Environment = {}) {
  const clock = fakeClock();
  const roles = [
    { arn: ROLE, maxDuration: 43_200 },
    { arn: DEVELOPER, assumableBy: [ROLE], ...further },
    { arn: LOCKED },
  ];
  const world = organisation({ sts: { roles, clock } });
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  const ports = { http: world.http, env, clock, log: { debug: note, info: note, warn: note } };
  const { signal } = new AbortController();
  return {
    world,
    lines,
    clock,
    ports,
    first: async (): Promise<Session> =>
      assumeRoleWithSaml(
        {
          role: { roleArn: ROLE, principalArn: PROVIDER },
          saml: samlResponseFromText(world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] })),
          duration: 43_200,
          region: 'eu-west-1',
        },
        ports,
        signal,
      ),
    then: async (session: Session, request: Partial<AssumeRole> = {}): Promise<Session> =>
      assumeRole(
        session,
        { roleArn: DEVELOPER, duration: 3600, region: 'eu-west-1', ...request },
        ports,
        signal,
      ),
  };
}

async function refusalOf(work: Promise<unknown>): Promise<GauthError> {
  const error: unknown = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GauthError)) throw error;
  return error;
}

describe('a chained role', () => {
  it('is signed with the first session, in the requested region, and keeps the session name', async () => {
    const { world, first, then } = redirectStep();
    const second = await then(await first());
    const request = world.sts.requests.at(-1);
    expect(request).toMatchObject({
      host: 'sts.eu-west-1.amazonaws.com',
      action: 'AssumeRole',
      signed: true,
    });
    expect(request?.fields['RoleSessionName']).toBe(world.sts.keys[0]?.sessionName);
    expect(second).toMatchObject({ roleArn: DEVELOPER, durationSeconds: 3600 });
    expect(second.accessKeyId).toBe(world.sts.keys[1]?.accessKeyId);
    expect(world.sts.violations).toEqual([]);
  });

  it('is signed for the region of the global host', async () => {
    const { world, first, then } = redirectStep({}, { AWS_STS_REGIONAL_ENDPOINTS: 'legacy' });
    expect(await then(await first())).toMatchObject({ roleArn: DEVELOPER });
    expect(world.sts.requests.map(({ host }) => host)).toEqual(['sts.amazonaws.com', 'sts.amazonaws.com']);
  });

  it('is signed for the path of the request', async () => {
    const { first, ports } = redirectStep();
    const session = await first();
    const sent: HttpRequest[] = [];
    const http: Http = async (request) => {
      sent.push(request);
      return Promise.resolve({ status: 400, headers: {}, body: new Uint8Array() });
    };
    const env = { AWS_ENDPOINT_URL_STS: 'https://h.test/sts/v1' };
    const request = { roleArn: DEVELOPER, duration: 3600 };
    await refusalOf(assumeRole(session, request, { ...ports, http, env }, new AbortController().signal));
    const authorization = readAuthorization(sent[0]!)!;
    const signature = signatureOf(sent[0]!, authorization, session.secretAccessKey.reveal());
    expect(authorization.signature).toBe(signature);
  });

  it('lasts an hour at most', async () => {
    const { world, first, then } = redirectStep();
    expect((await then(await first(), { duration: 43_200 })).durationSeconds).toBe(3600);
    expect(world.sts.requests.at(-1)?.fields['DurationSeconds']).toBe('3600');
  });

  it('has the session policies', async () => {
    const { world, first, then } = redirectStep();
    const policy = '{"Version":"2012-10-17","Statement":[]}';
    await then(await first(), { policy, policyArns: [READ_ONLY] });
    expect(world.sts.requests.at(-1)?.fields).toMatchObject({
      Policy: policy,
      'PolicyArns.member.1.arn': READ_ONLY,
    });
  });

  it('can be followed by a third role', async () => {
    const { first, then } = redirectStep({ assumableBy: [ROLE, DEVELOPER] });
    expect((await then(await then(await first()))).roleArn).toBe(DEVELOPER);
  });

  it('has the session name gauth if the old name cannot be used', async () => {
    const { world, first, then } = redirectStep();
    await then({ ...(await first()), assumedRoleArn: 'arn:aws:sts::111222333444:assumed-role/x/n' });
    expect(world.sts.requests.at(-1)?.fields['RoleSessionName']).toBe('gauth');
  });

  it('says which policies are missing if it is denied', async () => {
    const { first, then } = redirectStep();
    const error = await refusalOf(then(await first(), { roleArn: LOCKED }));
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', exitStatus: 4 });
    expect(error.message).toContain(`${ROLE} may not assume ${LOCKED}: `);
    expect(error.hints[0]).toContain(`must allow sts:AssumeRole to the principal {"AWS": "${ROLE}"}`);
  });

  it('reports other refusals of STS, without keys', async () => {
    const { first, then, lines } = redirectStep();
    const session = { ...(await first()), secretAccessKey: new Secret('another key, which is not known') };
    const error = await refusalOf(then(session));
    expect(error.code).toBe('STS_FAILED');
    expect([error.message, String(error.cause), ...error.hints, ...lines].join()).not.toContain(
      'another key',
    );
  });

  it('reports that the credentials of the first session have expired, not the assertion', async () => {
    const { first, then, clock } = redirectStep();
    const session = await first();
    clock.advance(13 * 3600_000);
    const error = await refusalOf(then(session));
    expect(error.code).toBe('STS_FAILED');
    expect(error.message).toContain(`the credentials of ${ROLE} have expired`);
    expect(error.message).not.toContain('assertion');
  });

  it('reports a wrong clock if the signature is refused', async () => {
    const { first, ports } = redirectStep();
    const session = await first();
    const text =
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired</Message></Error></ErrorResponse>';
    const date = new Date(ports.clock.now().getTime() + 3600_000).toUTCString();
    const headers = { 'content-type': ['text/xml'], date: [date] };
    const http: Http = async () => Promise.resolve({ status: 403, headers, body: Buffer.from(text) });
    const request = { roleArn: DEVELOPER, duration: 3600 };
    const { signal } = new AbortController();
    const error = await refusalOf(assumeRole(session, request, { ...ports, http }, signal));
    expect(error.code).toBe('STS_FAILED');
    expect(error.hints.join()).toMatch(/this machine's clock is 3\d\d\d seconds behind/);
  });

  it('is not requested in an unknown partition', async () => {
    const { world, first, then } = redirectStep();
    const session = await first();
    const error = await refusalOf(then(session, { roleArn: 'arn:aws-moon:iam::555666777888:role/x' }));
    expect(error.message).toBe('unknown partition in arn:aws-moon:iam::555666777888:role/x');
    expect(world.sts.requests).toHaveLength(1);
  });
});
