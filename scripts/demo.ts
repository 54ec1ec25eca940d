/**
 * `npm run demo`: one whole sign-in of the built command, without any account. Google and AWS are the emulators of the
 * tests, which the command reaches through a proxy; the answers are typed into its terminal here.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { type Served, serve } from '../test/emulators/proxy.ts';
import { FLAGS, ROLE, USER, organisation } from '../test/support/organisation.ts';
import { type Answer, typeInto } from './terminal.ts';

const GAUTH = fileURLToPath(new URL('../bin/gauth.js', import.meta.url));
// Without Google's session, which would leave its key in the keychain of whoever tries the demo.
const ARGS = [...FLAGS, '-d', '3600', '-r', ROLE, '--no-session'];
const CODE = '654321';
/** What the person answers, by the end of the question. */
const ANSWERS: readonly Answer[] = [
  ['Google Password: ', USER.password],
  ['Enter SMS token: G-', CODE],
];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function expectThat(what: string, holds: boolean): void {
  if (!holds) throw new Error(`the demo did not go as it should: ${what}`);
}

/** Runs the command in a terminal, types the answers, and shows what a person would see. */
async function signIn(home: string, served: Served): Promise<void> {
  say(`$ gauth ${ARGS.join(' ')}`);
  const env = { PATH: process.env['PATH'], HOME: home, ...served.env };
  const seen = await typeInto([process.execPath, GAUTH, ...ARGS], env, ANSWERS);
  expectThat('the password stood on the screen', !seen.includes(USER.password));
}

/** The file with its keys shortened, as nobody should see even keys that run out within the hour. */
function show(file: string): void {
  const text = readFileSync(file, 'utf8').trimEnd();
  say(`\n$ cat ${file}`);
  say(text.replace(/^(aws_\w+(?:key|token) = .{4}).+$/gm, '$1...'));
}

/** What the AWS SDK for JavaScript makes of the profile: it reads the two files, signs a request and asks STS whose keys these are. */
async function whoAmI(home: string, served: Served): Promise<string> {
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
  process.env['AWS_CONFIG_FILE'] = join(home, '.aws', 'config');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(home, '.aws', 'credentials');
  // Not of interest here: which Node later versions of the SDK will need.
  sdkNotice.warningEmitted = true;
  const ca = readFileSync(served.caFile);
  // The agent's options are those of the connections through the proxy; the one to the proxy is not encrypted.
  const agent: Agent = Object.assign(new HttpsProxyAgent(served.proxyUrl), { options: { ca } });
  const client = new STSClient({ profile: 'sts-temp', requestHandler: { httpsAgent: agent } });
  const { Arn: arn = 'nobody' } = await client.send(new GetCallerIdentityCommand());
  client.destroy();
  return arn;
}

const world = organisation({
  user: { dialect: 'v3', challenges: [{ methods: [{ kind: 'sms', code: CODE }] }] },
});
const served = await serve(world.hosts);
const home = mkdtempSync(join(tmpdir(), 'gauth-demo-'));
try {
  say(`Google and AWS are emulated; the password is "${USER.password}", the code ${CODE}.\n`);
  await signIn(home, served);
  for (const name of ['config', 'credentials']) show(join(home, '.aws', name));
  const arn = await whoAmI(home, served);
  say('\nThe AWS SDK for JavaScript, with profile sts-temp, asks AWS who it is (GetCallerIdentity):');
  say(`  ${arn}`);
  expectThat('somebody else', arn === `arn:aws:sts::111222333444:assumed-role/saml-init/${USER.email}`);
  world.check();
  expectThat(served.failures.join('; '), served.failures.length === 0);
  say(`\nAll is as it should be. The profile is left in ${join(home, '.aws')}.`);
} finally {
  await served.close();
}
