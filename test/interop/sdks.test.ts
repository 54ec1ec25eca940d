/** The real AWS CLI, boto3 and the SDK for JavaScript, with credentials from the built command and from the library. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromGoogleSaml } from '../../src/library.ts';
import { type Binary, binary } from '../support/binary.ts';
import {
  PYTHON,
  awsCli,
  clientEnvironment,
  hasModule,
  run,
  signIn,
  testWithClient,
} from '../support/clients.ts';
import { USER } from '../support/organisation.ts';
import { start } from '../support/pty.ts';

// Not of interest here: which Node later versions of the SDK will need.
sdkNotice.warningEmitted = true;

const ROOT = join(import.meta.dirname, '..', '..');
const GAUTH = join(ROOT, 'bin', 'gauth.js');
const PROFILE = 'sts-temp';
const WHO = 'arn:aws:sts::111222333444:assumed-role/saml-init/me@example.com';

const AWS = awsCli(1) ?? awsCli(2);

/** A user who has signed in a while ago, and whose profile has a credential_process. */
async function setup(): Promise<Binary> {
  const made = await binary();
  await signIn(made);
  const config = join(made.home, '.aws', 'config');
  const line = `credential_process = "${process.execPath}" "${GAUTH}" credential-process -p ${PROFILE}\n`;
  writeFileSync(config, readFileSync(config, 'utf8') + line);
  rmSync(join(made.home, '.aws', 'credentials'));
  forget(made);
  made.served.requests.length = 0;
  made.world.sts.requests.length = 0;
  return made;
}

/** All that is left is Google's session. */
function forget({ home }: Binary): void {
  rmSync(join(home, '.aws/gauth/sessions'), { recursive: true });
  rmSync(join(home, '.aws/saml_cache_C01abc2de.xml'));
}

/** The region of clients that find none in a profile. */
function environment(made: Binary): Record<string, string> {
  return { ...clientEnvironment(made), AWS_DEFAULT_REGION: 'us-east-1' };
}

function actions({ world }: Binary): readonly string[] {
  return world.sts.requests.map(({ action }) => action).toSorted();
}

function signIns({ served }: Binary): number {
  return served.requests.filter(({ url }) => url.includes('/o/saml2/')).length;
}

describe('the AWS CLI', () => {
  const awsTest = testWithClient('the AWS CLI', AWS !== undefined);
  const aws = AWS ?? 'aws';
  const ARGS = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text', '--profile', PROFILE];

  awsTest('gets its identity by credential_process', async () => {
    const made = await setup();
    expect(await run(aws, ARGS, environment(made))).toEqual({ status: 0, out: `${WHO}\n`, err: '' });
    expect(actions(made)).toEqual(['AssumeRoleWithSAML', 'GetCallerIdentity']);
  });

  // Fifty of them take two cores half a minute, so that elsewhere than in continuous integration it is a few.
  const many = process.env['CI'] ? 50 : 6;
  awsTest(`${many} times at once causes one sign-in`, { timeout: 180_000 }, async () => {
    const made = await setup();
    const ended = await Promise.all(
      Array.from({ length: many }, async () => run(aws, ARGS, environment(made))),
    );
    for (const each of ended) expect(each).toEqual({ status: 0, out: `${WHO}\n`, err: '' });
    expect(signIns(made)).toBe(1);
    expect(actions(made).filter((action) => action === 'AssumeRoleWithSAML')).toHaveLength(1);
  });

  awsTest('lets the person answer at its terminal', async () => {
    const made = await setup();
    const terminal = start(aws, ARGS, { env: { ...environment(made), GAUTH_KEEP_SESSION: 'never' } });
    await terminal.waitFor(`gauth: signing in as ${USER.email} for AWS profile ${PROFILE}`);
    await terminal.waitFor('Google Password:');
    terminal.type(USER.password);
    terminal.press('enter');
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    expect(terminal.history()).toContain(WHO);
  });

  awsTest('shows what to run where nobody can be asked', async () => {
    const made = await setup();
    const env = { ...environment(made), GAUTH_KEEP_SESSION: 'never' };
    const { status, out, err } = await run(aws, ARGS, env);
    expect(status).not.toBe(0);
    expect(out).toBe('');
    expect(err).toContain(`to sign in, run: gauth -p ${PROFILE} (NOT_INTERACTIVE)`);
  });
});

testWithClient('boto3', hasModule('boto3'))('boto3 gets its identity by credential_process', async () => {
  const made = await setup();
  const script = `import boto3; print(boto3.Session(profile_name='${PROFILE}').client('sts').get_caller_identity()['Arn'])`;
  expect(await run(PYTHON, ['-c', script], environment(made))).toEqual({
    status: 0,
    out: `${WHO}\n`,
    err: '',
  });
  expect(actions(made)).toEqual(['AssumeRoleWithSAML', 'GetCallerIdentity']);
});

describe('the SDK for JavaScript', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** This process becomes one of the scene's. */
  function enter(made: Binary): void {
    for (const name of Object.keys(process.env)) {
      if (/^(AWS|GOOGLE|GAUTH)_|^DURATION$/.test(name)) vi.stubEnv(name, undefined);
    }
    for (const [name, value] of Object.entries(environment(made))) vi.stubEnv(name, value);
  }

  /** The SDK takes no proxy from the environment. */
  function through({ served }: Binary): { readonly httpsAgent: HttpsProxyAgent<string> } {
    const httpsAgent = new HttpsProxyAgent(served.proxyUrl);
    Object.assign(httpsAgent.options, { ca: readFileSync(served.caFile) });
    return { httpsAgent };
  }

  async function identity(client: STSClient): Promise<string | undefined> {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
    return Arn;
  }

  it('gets its identity by credential_process', async () => {
    const made = await setup();
    enter(made);
    const client = new STSClient({ region: 'us-east-1', profile: PROFILE, requestHandler: through(made) });
    expect(await identity(client)).toBe(WHO);
    expect(actions(made)).toEqual(['AssumeRoleWithSAML', 'GetCallerIdentity']);
  });

  it('gets its identity by the library, which shares its session with the command', async () => {
    const made = await setup();
    enter(made);
    const credentials = fromGoogleSaml({ profile: PROFILE });
    const requestHandler = through(made);
    expect(await identity(new STSClient({ region: 'us-east-1', credentials, requestHandler }))).toBe(WHO);
    const { accessKeyId, expiration } = await credentials();
    expect(expiration).toBeInstanceOf(Date);
    const { out } = await made.alone(['credential-process', '-p', PROFILE]);
    expect(JSON.parse(out)).toMatchObject({ AccessKeyId: accessKeyId });
    expect(actions(made)).toEqual(['AssumeRoleWithSAML', 'GetCallerIdentity']);
  });

  it('causes one sign-in by many simultaneous requests to the library', async () => {
    const made = await setup();
    enter(made);
    const clients = Array.from({ length: 10 }, () => fromGoogleSaml({ profile: PROFILE }));
    const keys = await Promise.all(clients.map(async (each) => (await each()).accessKeyId));
    expect(new Set(keys).size).toBe(1);
    expect(actions(made)).toEqual(['AssumeRoleWithSAML']);
  });

  it('gets from the library what to run, and the error code', async () => {
    const made = await setup();
    enter(made);
    vi.stubEnv('GAUTH_KEEP_SESSION', 'never');
    await expect(fromGoogleSaml({ profile: PROFILE, ask: false })()).rejects.toMatchObject({
      code: 'NOT_INTERACTIVE',
      message: expect.stringMatching(/; to sign in, run: gauth -p sts-temp$/) as string,
    });
    await expect(fromGoogleSaml({ profile: 'nobody' })()).rejects.toMatchObject({ code: 'BAD_PROFILE' });
    const signal = AbortSignal.abort();
    await expect(fromGoogleSaml({ profile: PROFILE, signal })()).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it("runs the example of the library's documentation", async () => {
    const made = await setup();
    const source = readFileSync(join(ROOT, 'dist', 'library.d.cts'), 'utf8');
    const example = /```js\n(.*?)```/s.exec(source)?.[1]?.replace(/^ \* ?/gm, '') ?? '';
    expect(example).toContain("from 'gauth-aws'");
    // All that is added to it is the way through the proxy.
    const proxied = `
      import https from 'node:https';
      import { createRequire, syncBuiltinESMExports } from 'node:module';
      const { HttpsProxyAgent } = createRequire(process.cwd() + '/')('https-proxy-agent');
      const { request } = https;
      const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
      https.request = (options, ...others) => request({ ...options, agent }, ...others);
      syncBuiltinESMExports();`;
    const preload = `data:text/javascript,${encodeURIComponent(proxied)}`;
    const args = ['--no-warnings', '--import', preload, '--input-type=module', '-e', example];
    const ended = await run(process.execPath, args, environment(made));
    expect(ended).toEqual({ status: 0, out: `${WHO}\n`, err: '' });
  });
});
