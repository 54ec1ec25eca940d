/** A profile with gauth's as its source: the real AWS CLI assumes the second role, lists a bucket and gets the password of the registry. */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Binary, binary } from '../support/binary.ts';
import { awsCli, clientEnvironment, run, signIn, testWithClient } from '../support/clients.ts';
import { DEVELOPER } from '../support/organisation.ts';

const GAUTH = join(import.meta.dirname, '..', '..', 'bin', 'gauth.js');

type Writer = (made: Binary, aws: string) => Promise<void>;

/** The ways to make profile dev-env. */
const WRITERS: readonly (readonly [how: string, write: Writer])[] = [
  ['by hand', writeByHand],
  [
    'by aws configure set',
    async (made, aws) => {
      const values = { region: 'us-east-1', source_profile: 'sts-temp', role_arn: DEVELOPER };
      for (const [key, value] of Object.entries(values)) {
        const args = ['configure', 'set', key, value, '--profile', 'dev-env'];
        expect(await run(aws, args, clientEnvironment(made))).toEqual({ status: 0, out: '', err: '' });
      }
    },
  ],
  [
    'by gauth configure',
    async ({ alone }) => {
      const { status, err } = await alone([
        'configure',
        '--source-profile',
        'sts-temp',
        '--role-arn',
        DEVELOPER,
        'dev-env',
      ]);
      expect(status, err).toBe(0);
    },
  ],
];

async function writeByHand({ home }: Binary): Promise<void> {
  appendFileSync(
    join(home, '.aws', 'config'),
    `\n[profile dev-env]\nregion = us-east-1\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`,
  );
}

/** From now on AWS's tools run gauth for what the first profile needs, and there is no key in any file. */
function useCredentialProcess({ home }: Binary): void {
  const config = join(home, '.aws', 'config');
  const line = `credential_process = "${process.execPath}" "${GAUTH}" credential-process -p sts-temp\n`;
  appendFileSync(config, line);
  rmSync(join(home, '.aws', 'credentials'));
}

function actions({ world }: Binary): readonly string[] {
  return world.sts.requests.map(({ action }) => action);
}

describe.each([1, 2] as const)('the AWS CLI of version %i', (version) => {
  const found = awsCli(version);
  const aws = found ?? 'aws';
  const awsTest = testWithClient(`the AWS CLI of version ${String(version)}`, found !== undefined);

  for (const [how, write] of WRITERS) {
    awsTest(`lists a bucket by a profile written ${how}, and gets the registry's password`, async () => {
      const made = await binary();
      await signIn(made);
      await write(made, aws);
      const env = clientEnvironment(made);
      const listed = await run(aws, ['s3', 'ls', 's3://mybucket/mydir', '--profile', 'dev-env'], env);
      expect(listed).toEqual({ status: 0, out: `${' '.repeat(27)}PRE mydir/\n`, err: '' });
      const asked = await run(aws, ['ecr', 'get-login-password', '--profile', 'dev-env'], env);
      const [given] = made.world.ecr.passwords;
      expect(asked).toEqual({ status: 0, out: `${given?.password ?? ''}\n`, err: '' });
      expect(given).toMatchObject({ roleArn: DEVELOPER });
      // The second command takes the session from the CLI's own cache.
      expect(actions(made)).toEqual(['AssumeRoleWithSAML', 'AssumeRole']);
    });
  }

  awsTest('has the first role by credential_process', async () => {
    const made = await binary();
    await signIn(made);
    useCredentialProcess(made);
    await writeByHand(made);
    const env = clientEnvironment(made);
    const listed = await run(aws, ['s3', 'ls', 's3://mybucket/mydir/', '--profile', 'dev-env'], env);
    expect(listed.err).toBe('');
    expect(listed.out).toMatch(/^2026-11-20 09:30:00 +2048 report\.csv\n$/);
    expect((await run(aws, ['ecr', 'get-login-password', '--profile', 'dev-env'], env)).status).toBe(0);
    expect(made.world.ecr.passwords).toHaveLength(1);
  });

  awsTest('is refused what the second role may do with the first alone', async () => {
    const made = await binary();
    await signIn(made);
    const env = { ...clientEnvironment(made), AWS_DEFAULT_REGION: 'us-east-1' };
    const bucket = await run(aws, ['s3', 'ls', 's3://mybucket', '--profile', 'sts-temp'], env);
    expect(bucket).toMatchObject({ out: '' });
    expect(bucket.status).not.toBe(0);
    expect(bucket.err).toContain('AccessDenied');
    const registry = await run(aws, ['ecr', 'get-login-password', '--profile', 'sts-temp'], env);
    expect(registry.status).not.toBe(0);
    expect(registry.err).toContain('AccessDeniedException');
  });

  awsTest('lists by path and for all buckets as well', async () => {
    const made = await binary();
    await signIn(made);
    await writeByHand(made);
    appendFileSync(join(made.home, '.aws', 'config'), 's3 =\n    addressing_style = path\n');
    const env = clientEnvironment(made);
    expect((await run(aws, ['s3', 'ls', '--profile', 'dev-env'], env)).out).toMatch(/ mybucket\n$/);
    const { out } = await run(aws, ['s3', 'ls', 's3://mybucket', '--profile', 'dev-env'], env);
    expect(out).toContain('17 notes & plans.txt\n');
    const hosts = made.served.requests.map(({ url }) => new URL(url)).filter(({ host }) => /s3/.test(host));
    expect(hosts.map(({ pathname }) => pathname)).toEqual(['/', '/mybucket']);
  });
});
