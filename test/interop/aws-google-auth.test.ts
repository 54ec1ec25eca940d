/** aws-google-auth 0.0.38 itself, which reads and refreshes gauth's profiles, and the reverse. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json';
import { type Binary, binary } from '../support/binary.ts';
import { PYTHON, clientEnvironment, hasModule, run, signIn, testWithClient } from '../support/clients.ts';
import { FLAGS, PROVIDER, ROLE, USER } from '../support/organisation.ts';

const agaTest = testWithClient('aws-google-auth', hasModule('aws_google_auth'));

/** The Python tool, which ends with status 0 whatever happens: what it says tells. */
async function runAwsGoogleAuth(made: Binary, args: readonly string[]) {
  const program = 'from aws_google_auth import main; main()';
  return run(PYTHON, ['-c', program, ...args], clientEnvironment(made));
}

const ASSUMED =
  /^Assuming arn:aws:iam::111222333444:role\/saml-init\nCredentials Expiration: .+\n(Profile .+\n)?$/;

function newAssertion({ world }: Binary): string {
  return world.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
}

/** `key = value` lines of one of the two files. */
function valuesIn({ home }: Binary, file: 'config' | 'credentials'): Readonly<Record<string, string>> {
  const text = readFileSync(join(home, '.aws', file), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^([\w.]+) ?= ?(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
}

/** That the file holds the keys of the last session that STS gave out, spelled as both tools spell them. */
function expectLastKeys(made: Binary): void {
  const last = made.world.sts.keys.at(-1);
  expect(valuesIn(made, 'credentials')).toEqual({
    aws_access_key_id: last?.accessKeyId,
    aws_secret_access_key: last?.secretAccessKey,
    aws_security_token: last?.sessionToken,
    aws_session_expiration: last?.expiration.toISOString().replace('.000Z', '+0000'),
    aws_session_token: last?.sessionToken,
  });
}

describe('aws-google-auth', () => {
  agaTest("refreshes gauth's profile by the SAML response that gauth has kept", async () => {
    const made = await binary();
    await signIn(made);
    const toGoogle = made.world.google.requests.length;
    const { out, err } = await runAwsGoogleAuth(made, ['-p', 'sts-temp']);
    expect(err).toBe('');
    expect(out).toMatch(ASSUMED);
    expect(made.world.google.requests).toHaveLength(toGoogle);
    expect(made.world.sts.keys).toHaveLength(2);
    expectLastKeys(made);
  });

  agaTest(
    "refreshes gauth's profile by a SAML response of its own, and keeps what stands in it",
    async () => {
      const made = await binary();
      await signIn(made, ['-d', '3600', '--no-cache']);
      const written = valuesIn(made, 'config');
      const { out, err } = await runAwsGoogleAuth(made, [
        '-p',
        'sts-temp',
        '--saml-assertion',
        newAssertion(made),
      ]);
      expect(err).toBe('');
      expect(out).toMatch(ASSUMED);
      expect(valuesIn(made, 'config')).toEqual(written);
      expect(made.world.sts.requests.map(({ fields }) => fields['DurationSeconds'])).toEqual([
        '3600',
        '3600',
      ]);
      expectLastKeys(made);
    },
  );
});

describe('gauth', () => {
  /** The Python tool makes profile from nothing. */
  async function agaSignsIn(made: Binary, more: readonly string[] = []): Promise<void> {
    const { out, err } = await runAwsGoogleAuth(made, [
      ...FLAGS,
      '-r',
      ROLE,
      '--saml-assertion',
      newAssertion(made),
      ...more,
    ]);
    expect(err).toBe('');
    expect(out).toMatch(ASSUMED);
    expectLastKeys(made);
  }

  agaTest(
    "refreshes aws-google-auth's profile with nothing but the password, and keeps what stands in it",
    async () => {
      const made = await binary();
      await agaSignsIn(made, ['--no-cache']);
      const written = valuesIn(made, 'config');
      expect(written).toMatchObject({ 'google_config.bg_response': 'None' });
      const { status, err } = await made.alone(['-p', 'sts-temp'], { input: `${USER.password}\n` });
      expect(status, err).toBe(0);
      expect(valuesIn(made, 'config')).toMatchObject(written);
      expect(made.world.sts.keys).toHaveLength(2);
      expectLastKeys(made);
    },
  );

  agaTest('goes on with the SAML response that aws-google-auth has kept', async () => {
    const made = await binary();
    await agaSignsIn(made);
    const { status, err } = await made.alone(['-p', 'sts-temp']);
    expect(status, err).toBe(0);
    expect(made.world.google.requests).toEqual([]);
    expectLastKeys(made);
  });

  agaTest('shows how long the keys are good that aws-google-auth has written', async () => {
    const made = await binary();
    await agaSignsIn(made);
    const { status, out } = await made.alone(['status', '-p', 'sts-temp']);
    expect(status).toBe(0);
    expect(out).toContain(ROLE);
  });
});

describe('the command aws-google-auth of the package', () => {
  it('is gauth, which prints its own name', async () => {
    const { bin } = manifest;
    expect(bin['aws-google-auth']).toBe(bin.gauth);
    const made = await binary();
    const command = join(made.home, 'aws-google-auth');
    symlinkSync(join(import.meta.dirname, '..', '..', bin['aws-google-auth']), command);
    const env = { ...made.env, PATH: process.env['PATH'] ?? '' };
    const help = await run(command, ['--help'], env);
    expect(help.out).toContain('gauth -p sts-temp\n');
    expect(help.out).not.toContain('aws-google-auth -');
    const wrong = await run(command, ['-d', 'abc'], env);
    expect(wrong).toMatchObject({ status: 2, out: '' });
    expect(wrong.err).toMatch(/^gauth: .*BAD_OPTION/);
    const completion = await run(command, ['completion', 'bash'], env);
    expect(completion.out).toMatch(/^complete .* gauth$/m);
    const signedIn = await run(command, [...FLAGS, '--saml-assertion', newAssertion(made)], env);
    expect(signedIn.status, signedIn.err).toBe(0);
    expectLastKeys(made);
  });
});
