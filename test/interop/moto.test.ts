/** An STS that is not ours: moto's server reads the assertion of our Google, and gives credentials to gauth and to what builds on them. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';
import { type Binary, binary } from '../support/binary.ts';
import { PYTHON, awsCli, clientEnvironment, hasModule, run, testWithClient } from '../support/clients.ts';
import { DEVELOPER, FLAGS, USER } from '../support/organisation.ts';

const aws = awsCli(1);
const ready = hasModule('moto') && hasModule('flask') && aws !== undefined;

/** Serves until the test ends. The address is told by the server itself, which takes a port that is free. */
async function motoServer({ home }: Binary): Promise<string> {
  const child = spawn(PYTHON, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let address: string | undefined;
  for await (const line of createInterface(child.stderr)) {
    address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (address !== undefined) break;
  }
  if (address === undefined) throw new Error("moto's server ended before it told its address");
  // What else it says must not wait to be read.
  child.stderr.resume();
  return address;
}

/** Of whom moto knows no more where the credentials come from a SAML response. */
const ACCOUNT = ['--query', 'Account', '--output', 'text'];

testWithClient("moto's server and the AWS CLI", ready)(
  "moto takes our Google's assertion, and its credentials serve two roles",
  async () => {
    const made = await binary();
    const AWS_ENDPOINT_URL_STS = await motoServer(made);
    const input = `${USER.password}\n`;
    const { status, err } = await made.alone(FLAGS, { input, env: { AWS_ENDPOINT_URL_STS } });
    expect(status, err).toBe(0);
    expect(err).toContain('Credentials Expiration: ');
    const second = ['configure', '--source-profile', 'sts-temp', '--role-arn', DEVELOPER, 'dev-env'];
    expect((await made.alone(second)).status).toBe(0);

    const env = { ...clientEnvironment(made), AWS_ENDPOINT_URL_STS };
    const who = async (profile: string): Promise<string> => {
      const ended = await run(
        aws ?? 'aws',
        ['sts', 'get-caller-identity', ...ACCOUNT, '--profile', profile],
        env,
      );
      expect(ended.err).toBe('');
      return ended.out;
    };
    expect(await who('sts-temp')).toBe('111222333444\n');
    expect(await who('dev-env')).toBe('555666777888\n');
    // Our own STS was not asked.
    expect(made.world.sts.requests).toEqual([]);
  },
);
