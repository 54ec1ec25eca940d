/** `gauth console`: the URL, who can see it, and the messages for refusals. */
import { describe, expect, it } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import type { Secret } from '../../src/secret.ts';
import { type AwsSigninEmulator, awsSigninEmulator } from '../emulators/aws-signin.ts';
import { inMemory } from '../emulators/memory.ts';
import type { FakeWorld } from '../fakes/system.ts';
import { FLAGS, type Organisation, ROLE, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

interface WithConsole {
  readonly world: Organisation;
  readonly signin: AwsSigninEmulator;
  readonly home: string;
}

/** An organisation with AWS's sign-in beside it, and a user who has signed in. */
async function signedIn(role = ROLE, region = 'us-east-1', audience?: string): Promise<WithConsole> {
  const provider = role.replace(/:role\/.*/, ':saml-provider/GoogleApps');
  const base = organisation({ sts: { roles: [{ arn: role, maxDuration: 43_200 }] } });
  const signin = awsSigninEmulator({ issuer: base.issuer, keys: base.sts.keys });
  const world: Organisation = {
    ...base,
    http: inMemory({ ...base.hosts, ...signin.hosts }),
    check() {
      base.check();
      expect(signin.violations).toEqual([]);
    },
  };
  const flags = FLAGS.map((word) => (word === 'us-east-1' ? region : word));
  const text = base.issuer.issue({ roles: [`${role},${provider}`], ...(audience && { audience }) });
  const { home, status } = await runScenario(world, [...flags, '--saml-assertion', text]);
  expect(status).toBe(0);
  return { world, signin, home };
}

/** The user's browser: opens the URL once. */
function browser(
  world: Organisation,
  isThere = true,
): {
  readonly shown: string[];
  readonly programs: NonNullable<FakeWorld['programs']>;
} {
  const shown: string[] = [];
  const browse = async (address: Secret, signal: AbortSignal): Promise<boolean> => {
    if (!isThere) return false;
    shown.push(address.reveal());
    await world.http({ method: 'GET', url: new URL(address.reveal()), headers: {} }, signal);
    return true;
  };
  return { shown, programs: { browse } };
}

describe('the console', () => {
  it("opens in the browser, in the profile's region, and only that is printed", async () => {
    const { world, signin, home } = await signedIn();
    const { shown, programs } = browser(world);
    const result = await runScenario(world, ['console', '-p', 'sts-temp'], { home, programs, dialogue: [] });
    expect(result).toMatchObject({
      status: 0,
      out: '',
      err: `Opened the console in your browser as ${ROLE}.\n`,
      toGoogle: 0,
    });
    expect(signin.logins).toEqual(['https://us-east-1.console.aws.amazon.com/console/home?region=us-east-1']);
    expect(new URL(shown[0] ?? '').searchParams.get('Issuer')).toBe(
      'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false',
    );
  });

  it('opens at a service and in a region', async () => {
    const { world, signin, home } = await signedIn();
    const argv = ['console', '-p', 'sts-temp', '--service', 'S3', '-R', 'eu-west-1', '-q'];
    const result = await runScenario(world, argv, { home, ...browser(world) });
    expect(result).toMatchObject({ status: 0, out: '', err: '' });
    expect(signin.logins).toEqual(['https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1']);
  });

  it('opens without a region of another partition', async () => {
    const { world, signin, home } = await signedIn();
    await runScenario(world, ['console', '-p', 'sts-temp', '-R', 'cn-north-1'], { home, ...browser(world) });
    expect(signin.logins).toEqual(['https://console.aws.amazon.com/console/home']);
  });

  it.each([
    ['aws-cn', 'cn-north-1', 'signin.amazonaws.cn', 'https://cn-north-1.console.amazonaws.cn'],
    [
      'aws-us-gov',
      'us-gov-west-1',
      'signin.amazonaws-us-gov.com',
      'https://us-gov-west-1.console.amazonaws-us-gov.com',
    ],
  ])('opens in the partition %s', async (partition, region, host, page) => {
    const role = ROLE.replace(':aws:', `:${partition}:`);
    const { world, signin, home } = await signedIn(role, region, `https://${host}/saml`);
    await runScenario(world, ['console', '-p', 'sts-temp'], { home, ...browser(world) });
    expect(signin.requests[0]).toEqual({ host, path: '/federation' });
    expect(signin.logins).toEqual([`${page}/console/home?region=${region}`]);
  });

  it('lasts as long as -d says, or without -d as long as the credentials', async () => {
    const { world, home } = await signedIn();
    const asked = (): (string | null)[] =>
      world.http.requests
        .filter(({ method, url }) => method === 'POST' && url.pathname === '/federation')
        .map(({ body }) => new URLSearchParams(String(body)).get('SessionDuration'));
    await runScenario(world, ['console', '-p', 'sts-temp'], { home, ...browser(world) });
    await runScenario(world, ['console', '-p', 'sts-temp', '-d', '1800'], { home, ...browser(world) });
    expect(asked()).toEqual([null, '1800']);
  });
});

describe('the address', () => {
  it('is printed by --url, alone, and works', async () => {
    const { world, signin, home } = await signedIn();
    const result = await runScenario(world, ['console', '-p', 'sts-temp', '--url'], { home });
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toMatch(/^https:\/\/signin\.aws\.amazon\.com\/federation\?Action=login&\S+\n$/);
    await world.http({ method: 'GET', url: new URL(result.out), headers: {} }, new AbortController().signal);
    expect(signin.logins).toHaveLength(1);
  });

  it('is printed with an explanation if there is no browser', async () => {
    const { world, home } = await signedIn();
    const result = await runScenario(world, ['console', '-p', 'sts-temp'], {
      home,
      ...browser(world, false),
    });
    expect(result.status).toBe(0);
    expect(result.out).toMatch(/^https:\/\/signin\.aws\.amazon\.com\/federation\?\S+\n$/);
    expect(result.err).toMatch(/^No browser was found\. .+\n$/);
  });

  it('is not in the log', async () => {
    const { world, home } = await signedIn();
    const argv = ['console', '-p', 'sts-temp', '--url', '--log', 'debug'];
    const { out, err } = await runScenario(world, argv, { home });
    expect(err).not.toContain(new URL(out).searchParams.get('SigninToken'));
  });
});

describe('a refusal', () => {
  const answered = async (response: Partial<HttpResponse>, ...flags: readonly string[]): Promise<string> => {
    const { world, home } = await signedIn();
    const http = async (request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> =>
      request.url.pathname === '/federation'
        ? { status: 200, headers: {}, body: new Uint8Array(), ...response }
        : world.http(request, signal);
    const refusing = { ...world, http: Object.assign(http, { requests: world.http.requests }) };
    const result = await runScenario(refusing, ['console', '-p', 'sts-temp', '--url', ...flags], { home });
    expect(result).toMatchObject({ status: 4, out: '' });
    return result.err;
  };

  it('reports that AWS does not accept the credentials', async () => {
    const err = await answered({ status: 400 });
    expect(err).toMatch(
      /^gauth: signin\.aws\.amazon\.com does not accept the credentials \(HTTP 400\) \(CONSOLE_REFUSED\)\n/,
    );
    expect(err).not.toContain('-d');
  });

  it('says that -d may be the cause', async () => {
    expect(await answered({ status: 400 }, '-d', '43200')).toContain('omit -d');
  });

  it.each([
    ['a redirect to a portal', { status: 302, headers: { location: ['https://portal.test/'] } }],
    ["a proxy's page", { status: 403, headers: { 'content-type': ['text/html; charset=utf-8'] } }],
  ])('detects %s', async (_what, response) => {
    expect(await answered(response)).toMatch(/another server answered in place of \S+ \(NOT_AWS\)\n/);
  });

  it('reports that AWS is failing, not the credentials', async () => {
    const err = await answered({ status: 503 });
    expect(err).toBe(
      'gauth: signin.aws.amazon.com is failing (HTTP 503) (CONSOLE_REFUSED)\n  try again in a minute\n',
    );
  });

  it.each([
    ['a page', '<html>Sign in to the Wi-Fi</html>'],
    ['JSON of another kind', '{"token":"x"}'],
    ['nothing', ''],
  ])('detects %s in place of the response', async (_what, body) => {
    expect(await answered({ body: Buffer.from(body) })).toMatch(
      /another server answered in place of \S+ \(NOT_AWS\)\n/,
    );
  });

  it('opens in the sovereign cloud, which has regional hosts only', async () => {
    const { world, signin, home } = await signedIn(ROLE.replace(':aws:', ':aws-eusc:'), 'eusc-de-east-1');
    const { shown, programs } = browser(world);
    await runScenario(world, ['console', '-p', 'sts-temp'], { home, programs, dialogue: [] });
    expect(new URL(shown[0] ?? '').host).toBe('eusc-de-east-1.signin.amazonaws-eusc.eu');
    expect(signin.logins).toEqual([
      'https://eusc-de-east-1.console.amazonaws-eusc.eu/console/home?region=eusc-de-east-1',
    ]);
  });

  it('is reported before the request if AWS publishes no console', async () => {
    const { world, home } = await signedIn(ROLE.replace(':aws:', ':aws-iso:'), 'us-iso-east-1');
    const result = await runScenario(world, ['console', '-p', 'sts-temp', '--url'], { home });
    expect(result).toMatchObject({ status: 4, out: '' });
    expect(result.err).toContain('(NO_CONSOLE)');
  });

  it.each(['s3/../iam', 's3?x', 'http://evil', ' '])('is reported for the service %j', async (service) => {
    const { world, home } = await signedIn();
    const result = await runScenario(world, ['console', '-p', 'sts-temp', '--service', service], { home });
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain('-service must be a name of letters, digits and hyphens (BAD_OPTION)');
  });
});
