/** Docker's credential helper for ECR, a program of the AWS SDK for Go: it signs in at the registry with a second role's profile. */
import { spawn } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Binary, binary } from '../support/binary.ts';
import { clientEnvironment, signIn } from '../support/clients.ts';
import { DEVELOPER } from '../support/organisation.ts';
import { testWith } from '../support/tools.ts';

const GAUTH = join(import.meta.dirname, '..', '..', 'bin', 'gauth.js');
const HELPER = 'docker-credential-ecr-login';
const REGISTRY = '555666777888.dkr.ecr.us-east-1.amazonaws.com';

const DEV_ENV = `[profile dev-env]\nregion = us-east-1\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`;

/** Asks as docker does, the registry's name on standard input, and expects the password that the registry has given out. */
async function expectPassword(made: Binary): Promise<void> {
  const env = {
    ...clientEnvironment(made),
    AWS_PROFILE: 'dev-env',
    AWS_SDK_LOAD_CONFIG: 'true',
    AWS_ECR_DISABLE_CACHE: 'true',
  };
  const child = spawn(HELPER, ['get'], { env });
  child.stdin.end(REGISTRY);
  const [answer, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [given] = made.world.ecr.passwords;
  expect(given, answer + err).toMatchObject({ registry: REGISTRY, roleArn: DEVELOPER });
  expect(JSON.parse(answer)).toMatchObject({ Username: 'AWS', Secret: given?.password });
}

describe('the ECR credential helper', () => {
  testWith(HELPER)('signs in with the second role', async () => {
    const made = await binary();
    await signIn(made);
    appendFileSync(join(made.home, '.aws', 'config'), DEV_ENV);
    await expectPassword(made);
  });

  testWith(HELPER)('runs gauth for the first one', async () => {
    const made = await binary();
    await signIn(made);
    // As gauth configure writes it. With quotes around its first word, Debian's version of the SDK would run that word alone.
    const line = `credential_process = ${process.execPath} ${GAUTH} credential-process -p sts-temp\n`;
    appendFileSync(join(made.home, '.aws', 'config'), line + DEV_ENV);
    rmSync(join(made.home, '.aws', 'credentials'));
    await expectPassword(made);
  });
});
