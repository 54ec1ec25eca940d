/** Another STS: moto's server accepts the assertion of the emulated Google, for gauth and for profiles that build on it. */
import { expect } from 'vitest';
import { binary } from '../support/binary.ts';
import { awsCli, clientEnvironment, run, testWithClient } from '../support/clients.ts';
import { hasMoto, motoServer } from '../support/moto.ts';
import { DEVELOPER, FLAGS, USER } from '../support/organisation.ts';

const aws = awsCli(1);
const ready = hasMoto() && aws !== undefined;

/** moto knows only the account of credentials that come from a SAML response. */
const ACCOUNT = ['--query', 'Account', '--output', 'text'];

testWithClient("moto's server and the AWS CLI", ready)(
  'moto accepts the assertion of the emulated Google, and its credentials serve two roles',
  async () => {
    const made = await binary();
    const AWS_ENDPOINT_URL_STS = await motoServer(made.home);
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
