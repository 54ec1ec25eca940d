/**
 * `npm run demo`: one whole sign-in of the built command, without any account. Google and AWS are the emulators of the
 * tests, reached through a proxy; this script types the answers into the command's terminal.
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
// A saved Google session would leave its key in the system keychain.
const ARGS = [...FLAGS, '-d', '3600', '-r', ROLE, '--no-session'];
const CODE = '654321';
/** The answers, by the end of the prompt. */
const ANSWERS: readonly Answer[] = [
  ['Google Password: ', USER.password],
  ['Enter SMS token: G-', CODE],
];

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Throws unless the condition holds. */
function check(failure: string, holds: boolean): void {
  if (!holds) throw new Error(`the demo failed: ${failure}`);
}

/** Runs the command in a terminal, types the answers, and prints what a user would see. */
async function signIn(home: string, served: Served): Promise<void> {
  print(`$ gauth ${ARGS.join(' ')}`);
  const env = { PATH: process.env['PATH'], HOME: home, ...served.env };
  const seen = await typeInto([process.execPath, GAUTH, ...ARGS], env, ANSWERS);
  check('the password was on the screen', !seen.includes(USER.password));
}

/** Prints a file with shortened credentials, because not even temporary ones belong on a screen. */
function printFile(file: string): void {
  const text = readFileSync(file, 'utf8').trimEnd();
  print(`\n$ cat ${file}`);
  print(text.replace(/^(aws_\w+(?:key|token) = .{4}).+$/gm, '$1...'));
}

/** The identity that the AWS SDK for JavaScript gets with the profile: it reads the two files and calls STS GetCallerIdentity. */
async function callerIdentity(home: string, served: Served): Promise<string> {
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
  process.env['AWS_CONFIG_FILE'] = join(home, '.aws', 'config');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(home, '.aws', 'credentials');
  // The SDK would print which Node its later versions need.
  sdkNotice.warningEmitted = true;
  const ca = readFileSync(served.caFile);
  // The agent's options apply to the connections through the proxy; the connection to the proxy is not encrypted.
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
  print(`Google and AWS are emulated; the password is "${USER.password}", the code ${CODE}.\n`);
  await signIn(home, served);
  for (const name of ['config', 'credentials']) printFile(join(home, '.aws', name));
  const arn = await callerIdentity(home, served);
  print('\nGetCallerIdentity, called by the AWS SDK for JavaScript with profile sts-temp:');
  print(`  ${arn}`);
  check(`the identity is ${arn}`, arn === `arn:aws:sts::111222333444:assumed-role/saml-init/${USER.email}`);
  world.check();
  check(served.failures.join('; '), served.failures.length === 0);
  print(`\nThe demo succeeded. The profile is in ${join(home, '.aws')}.`);
} finally {
  await served.close();
}
