/** The credential server with the clients of AWS: each gets new credentials twice, while one sign-in serves them all. */
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
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
import { programIn } from '../support/tools.ts';

const GAUTH = join(import.meta.dirname, '..', '..', 'bin', 'gauth.js');
const MODULES = join(import.meta.dirname, '..', '..', 'node_modules');
const CALLER = `arn:aws:sts::111222333444:assumed-role/saml-init/${USER.email}`;
/** Seconds that credentials last. A client renews them after half of it at the earliest. */
const LIFETIME = 20;
/** Milliseconds between two calls of a client, and the number of calls: long enough for two renewals. */
const PAUSE = 7_000;
const CALLS = 6;
const LIMIT = { timeout: 120_000 };

interface Server {
  /** What a program needs to reach the server, by profile. */
  readonly envOf: (profile: string, isOld?: boolean) => Readonly<Record<string, string>>;
}

/** `gauth serve --all-profiles`, for a profile and one with a chained role. */
async function serve(made: Binary): Promise<Server> {
  appendFileSync(
    join(made.home, '.aws', 'config'),
    `[profile dev-env]\nregion = us-east-1\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`,
  );
  const env = clientEnvironment(made);
  const child = spawn(process.execPath, [GAUTH, 'serve', '--all-profiles', '--json', '--token-variable'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let json = '';
  for await (const line of createInterface(child.stdout)) {
    json += line;
    if (line === '}') break;
  }
  const { tokenFile, token, profiles } = JSON.parse(json) as {
    tokenFile: string;
    token: string;
    profiles: { profile: string; uri: string }[];
  };
  return {
    envOf: (profile, isOld = false) => ({
      ...env,
      // The profile default has no credentials; these clients have no other source.
      HOME: join(made.home, 'empty'),
      AWS_REGION: 'us-east-1',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: profiles.find((each) => each.profile === profile)?.uri ?? '',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
      // Debian's CLI and SDK for Go are from before 2024.
      ...(isOld && { AWS_CONTAINER_AUTHORIZATION_TOKEN: token }),
    }),
  };
}

async function setUp(): Promise<Binary & Server> {
  const made = await binary({ sts: { lifetime: () => LIFETIME } });
  await signIn(made);
  return { ...made, ...(await serve(made)) };
}

/** Calls a client several times, and expects that its calls came with at least three sets of credentials. */
async function throughRenewals(made: Binary, call: () => Promise<void>): Promise<void> {
  const before = made.world.sts.keys.length;
  for (let count = 0; count < CALLS; count += 1) {
    if (count > 0) await wait(PAUSE);
    await call();
  }
  expect(made.world.sts.keys.length - before).toBeGreaterThanOrEqual(3);
}

/** Clients that live on, and print the caller and their access key for each line of standard input. */
const BOTO3 = `
import boto3, sys
session = boto3.Session()
sts = session.client('sts')
for line in sys.stdin:
    print(sts.get_caller_identity()['Arn'], session.get_credentials().get_frozen_credentials().access_key, flush=True)
`;
const JAVASCRIPT = `
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(join(MODULES, 'x.js'))});
const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');
const { HttpsProxyAgent } = require('https-proxy-agent');
const httpsAgent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
Object.assign(httpsAgent.options, { ca: readFileSync(process.env.AWS_CA_BUNDLE) });
const client = new STSClient({ requestHandler: { httpsAgent } });
for await (const _ of createInterface(process.stdin)) {
  const { Arn } = await client.send(new GetCallerIdentityCommand());
  const { accessKeyId } = await client.config.credentials();
  console.log(Arn, accessKeyId);
}
`;

/** Asks one client process again and again; its access keys have to change twice. */
async function livesThroughRenewals(
  made: Binary & Server,
  command: readonly [string, ...string[]],
): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program, args, { env: made.envOf('sts-temp'), stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const keys = new Set<string>();
  for (let count = 0; count < CALLS; count += 1) {
    if (count > 0) await wait(PAUSE);
    child.stdin.write('\n');
    const [arn, key] = String((await lines.next()).value).split(' ');
    expect(arn).toBe(CALLER);
    keys.add(key ?? '');
  }
  child.stdin.end();
  expect(keys.size).toBeGreaterThanOrEqual(3);
}

/** A new process of the AWS CLI for each call. */
async function cliThroughRenewals(made: Binary & Server, version: 1 | 2): Promise<void> {
  await throughRenewals(made, async () => {
    const env = made.envOf('sts-temp', version === 2);
    const { out, err } = await run(awsCli(version) ?? '', ['sts', 'get-caller-identity'], env);
    expect(out, err).toContain(CALLER);
  });
}

const HELPER = 'docker-credential-ecr-login';

/** The SDK for Go: a new process of the ECR helper for each call, with a chained role. */
async function helperThroughRenewals(made: Binary & Server): Promise<void> {
  await throughRenewals(made, async () => {
    const env = { ...made.envOf('dev-env', true), AWS_ECR_DISABLE_CACHE: 'true' };
    const child = spawn(HELPER, ['get'], { env });
    child.stdin.end('555666777888.dkr.ecr.us-east-1.amazonaws.com');
    const [answer, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const given = made.world.ecr.passwords.at(-1);
    expect(given, answer + err).toMatchObject({ roleArn: DEVELOPER });
    expect(JSON.parse(answer)).toMatchObject({ Username: 'AWS', Secret: given?.password });
  });
}

interface Client {
  readonly name: string;
  readonly isThere: boolean;
  readonly work: (made: Binary & Server) => Promise<void>;
}

const CLIENTS: readonly Client[] = [
  ...([1, 2] as const).map((version) => ({
    name: `the AWS CLI, version ${String(version)}`,
    isThere: awsCli(version) !== undefined,
    work: async (made: Binary & Server) => cliThroughRenewals(made, version),
  })),
  {
    name: 'boto3',
    isThere: hasModule('boto3'),
    work: async (made) => livesThroughRenewals(made, [PYTHON, '-c', BOTO3]),
  },
  {
    name: 'the SDK for JavaScript',
    isThere: true,
    work: async (made) => {
      const script = join(made.home, 'client.mjs');
      writeFileSync(script, JAVASCRIPT);
      await livesThroughRenewals(made, [process.execPath, script]);
    },
  },
  {
    name: `the SDK for Go (${HELPER})`,
    isThere: programIn(process.env['PATH'] ?? '', HELPER) !== undefined,
    work: helperThroughRenewals,
  },
];
const PRESENT = CLIENTS.filter(({ isThere }) => isThere);

// Together, because each has to wait for two renewals.
it(`renews the credentials of ${PRESENT.map(({ name }) => name).join(', ')}`, LIMIT, async () => {
  const made = await setUp();
  await Promise.all(PRESENT.map(async ({ work }) => work(made)));
});

for (const { name } of CLIENTS.filter(({ isThere }) => !isThere)) {
  testWithClient(name, false)(`renews the credentials of ${name}`, () => undefined);
}

it('answers 200 requests at the same time with one renewal', LIMIT, async () => {
  const made = await setUp();
  const env = made.envOf('sts-temp');
  const authorization = readFileSync(env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '', 'utf8');
  const before = made.world.sts.keys.length;
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const response = await fetch(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '', {
        headers: { authorization },
      });
      return (await response.json()) as { readonly AccessKeyId: string };
    }),
  );
  expect(new Set(answers.map(({ AccessKeyId }) => AccessKeyId)).size).toBe(1);
  expect(made.world.sts.keys.length - before).toBeLessThanOrEqual(1);
});
