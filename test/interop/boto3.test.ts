/** boto3 with the profile of a second role: it lists a bucket, and continues after the credentials have expired. */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';
import { binary } from '../support/binary.ts';
import { PYTHON, clientEnvironment, hasModule, signIn, testWithClient } from '../support/clients.ts';
import { DEVELOPER, ROLE } from '../support/organisation.ts';

/** Lists the bucket, reports it, and lists it again on request, with one client. */
const SCRIPT = `
import boto3, sys
s3 = boto3.Session(profile_name='dev-env').client('s3')
while True:
    print(*(each['Key'] for each in s3.list_objects_v2(Bucket='mybucket')['Contents']), sep=', ', flush=True)
    if not sys.stdin.readline():
        break
`;
const KEYS = 'mydir/report.csv, notes & plans.txt';
const HOUR = 3_600_000;
const MINUTE = 60_000;

testWithClient('boto3', hasModule('boto3'))(
  'boto3 lists a bucket, and renews a session that has expired in the meantime',
  async () => {
    let shift = 0;
    const clock = { now: () => new Date(Date.now() + shift) };
    const roles = [
      { arn: ROLE, maxDuration: 43_200 },
      { arn: DEVELOPER, assumableBy: [ROLE] },
    ];
    const made = await binary({ sts: { clock, roles } });
    await signIn(made);
    appendFileSync(
      join(made.home, '.aws', 'config'),
      `\n[profile dev-env]\nregion = us-east-1\nsource_profile = sts-temp\nrole_arn = ${DEVELOPER}\n`,
    );

    // AWS's clock goes slow, so that a session of an hour is valid for five minutes by boto3's clock, which renews it.
    shift = -HOUR + 5 * MINUTE;
    const child = spawn(PYTHON, ['-c', SCRIPT], {
      env: clientEnvironment(made),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = new Promise((resolve) => child.once('close', resolve));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe(KEYS);
    const before = new Set(made.world.s3.requests.map(({ accessKeyId }) => accessKeyId));

    // AWS's clock goes right: what was given before has expired.
    shift = 6 * MINUTE;
    child.stdin.write('\n');
    expect((await lines.next()).value).toBe(KEYS);
    child.stdin.end();
    expect(await ended).toBe(0);
    const last = made.world.s3.requests.at(-1);
    expect(before.size).toBeGreaterThan(0);
    expect(before).not.toContain(last?.accessKeyId);
    const used = made.world.sts.keys.filter(({ roleArn }) => roleArn === DEVELOPER);
    expect(used.map(({ accessKeyId }) => accessKeyId)).toContain(last?.accessKeyId);
  },
);
