/** Many processes and clients of several AWS tools at the same time, as with Terraform, with one sign-in. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import { fromIni, fromProcess } from '@aws-sdk/credential-providers';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { afterEach, describe, expect, it, vi } from 'vitest';
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
import { DEVELOPER, USER } from '../support/organisation.ts';

// Not of interest here: which Node later versions of the SDK will need.
sdkNotice.warningEmitted = true;

const GAUTH = join(import.meta.dirname, '..', '..', 'bin', 'gauth.js');
const FIRST = `arn:aws:sts::111222333444:assumed-role/saml-init/${USER.email}`;
const SECOND = /^arn:aws:sts::555666777888:assumed-role\/developer\/.+/;

const EITHER =
  /^arn:aws:sts::(111222333444:assumed-role\/saml-init|555666777888:assumed-role\/developer)\/.+/;

/** Google's session is all there is; both profiles stand in the config file, and no key in any. */
async function setup(): Promise<Binary> {
  const made = await binary();
  await signIn(made, ['--no-cache']);
  const folder = join(made.home, '.aws');
  appendFileSync(
    join(folder, 'config'),
    [
      `credential_process = "${process.execPath}" "${GAUTH}" credential-process --no-cache -p sts-temp`,
      '[profile dev-env]',
      'region = us-east-1',
      'source_profile = sts-temp',
      `role_arn = ${DEVELOPER}`,
      '',
    ].join('\n'),
  );
  rmSync(join(folder, 'credentials'));
  rmSync(join(folder, 'gauth', 'sessions'), { recursive: true });
  made.world.sts.requests.length = 0;
  return made;
}

function redeemed({ world }: Binary): number {
  return world.sts.requests.filter(({ action }) => action === 'AssumeRoleWithSAML').length;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Makes this process one of the scene's. */
function enter(made: Binary): void {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|GOOGLE|GAUTH)_|^DURATION$/.test(name)) vi.stubEnv(name, undefined);
  }
  for (const [name, value] of Object.entries(clientEnvironment(made))) vi.stubEnv(name, value);
}

/** The SDK takes no proxy from the environment. One for each client, which closes its agent's connections when it is done. */
function through({ served }: Binary): { readonly httpsAgent: HttpsProxyAgent<string> } {
  const httpsAgent = new HttpsProxyAgent(served.proxyUrl);
  Object.assign(httpsAgent.options, { ca: readFileSync(served.caFile) });
  return { httpsAgent };
}

async function callerOf(made: Binary, credentials: ReturnType<typeof fromProcess>): Promise<string> {
  const client = new STSClient({ region: 'us-east-1', credentials, requestHandler: through(made) });
  const { Arn = 'nobody' } = await client.send(new GetCallerIdentityCommand());
  client.destroy();
  return Arn;
}

function secondRole(made: Binary): ReturnType<typeof fromIni> {
  return fromIni({ profile: 'dev-env', clientConfig: { requestHandler: through(made) } });
}

describe('the SDK for JavaScript', () => {
  it('gets the first role by fromProcess', async () => {
    const made = await setup();
    enter(made);
    expect(await callerOf(made, fromProcess({ profile: 'sts-temp' }))).toBe(FIRST);
    expect(redeemed(made)).toBe(1);
  });

  it("gets the first role by fromIni from gauth's keys", async () => {
    const made = await binary();
    await signIn(made);
    enter(made);
    expect(await callerOf(made, fromIni({ profile: 'sts-temp' }))).toBe(FIRST);
    expect(redeemed(made)).toBe(1);
  });

  it('gets the second role by fromIni', async () => {
    const made = await setup();
    enter(made);
    expect(await callerOf(made, secondRole(made))).toMatch(SECOND);
    expect(redeemed(made)).toBe(1);
  });
});

const clis = [awsCli(1), awsCli(2)].filter((path) => path !== undefined);
const BOTO3 = `import boto3; print(boto3.Session(profile_name='dev-env').client('sts').get_caller_identity()['Arn'])`;

testWithClient('boto3 and both AWS CLIs', clis.length === 2 && hasModule('boto3'))(
  'many processes of several clients get their roles by one sign-in',
  { timeout: 120_000 },
  async () => {
    const made = await setup();
    enter(made);
    const env = clientEnvironment(made);
    // Not the second role: where several AWS CLIs write it to their cache of files at once, they stumble over each other.
    const asked = [
      'sts',
      'get-caller-identity',
      '--query',
      'Arn',
      '--output',
      'text',
      '--profile',
      'sts-temp',
    ];
    const round = () => [
      ...clis.map(async (aws) => run(aws, asked, env)),
      run(PYTHON, ['-c', BOTO3], env),
      callerOf(made, secondRole(made)),
    ];
    const answers = await Promise.all(Array.from({ length: process.env['CI'] ? 6 : 2 }, round).flat());
    for (const answer of answers) {
      if (typeof answer !== 'string') expect(answer).toMatchObject({ status: 0, err: '' });
      expect(typeof answer === 'string' ? answer : answer.out).toMatch(EITHER);
    }
    expect(redeemed(made)).toBe(1);
  },
);
