/**
 * `npm run walkthrough`: from the sign-in at Google to a program that lists a bucket, with the real AWS CLI and boto3. Google
 * and AWS are the emulators of the tests, reached through a proxy; each command is printed before it runs.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { serve } from '../test/emulators/proxy.ts';
import { DEVELOPER, FLAGS, ROLE, USER, organisation } from '../test/support/organisation.ts';
import { typeInto } from './terminal.ts';

const GAUTH = fileURLToPath(new URL('../bin/gauth.js', import.meta.url));
const CODE = '654321';
/** Milliseconds for a command. */
const TIMEOUT = 60_000;
const SCRIPT = `import boto3

session = boto3.Session(profile_name='dev-env')
for each in session.resource('s3').Bucket('mybucket').objects.all():
    print(each.key)
`;

/** Seconds that credentials last in the last step. */
const LIFETIME = 20;
const LONG_PROGRAM = `import time
import boto3

session = boto3.Session()
sts = session.client('sts')
for second in range(0, 50, 10):
    time.sleep(10)
    sts.get_caller_identity()
    print('after', second + 10, 'seconds with', session.get_credentials().access_key, flush=True)
`;

const home = mkdtempSync(join(tmpdir(), 'gauth-walkthrough-'));
const python = process.env['GAUTH_TEST_PYTHON'] ?? '';
/** `gauth` first, then the programs next to the Python interpreter that the tests use, if it is named by a path. */
const path = [home, ...(python.includes('/') ? [dirname(python)] : []), process.env['PATH'] ?? ''].join(
  delimiter,
);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Throws unless the condition holds. */
function check(failure: string, holds: boolean): void {
  if (!holds) throw new Error(`the walkthrough failed: ${failure}`);
}

/** The programs that are missing. */
function missing(): readonly string[] {
  const works = (program: string, ...args: string[]): boolean =>
    spawnSync(program, args, { env: { ...process.env, PATH: path }, stdio: 'ignore' }).status === 0;
  return [
    ...(works('aws', '--version') ? [] : ['the AWS CLI (aws)']),
    ...(works('python3', '-c', 'import boto3') ? [] : ['boto3 for python3']),
  ];
}

async function walk(): Promise<void> {
  let lifetime: number | undefined;
  const world = organisation({
    sts: { lifetime: () => lifetime },
    user: { dialect: 'v3', challenges: [{ methods: [{ kind: 'sms', code: CODE }] }] },
  });
  const served = await serve(world.hosts);
  const env = {
    PATH: path,
    HOME: home,
    ...served.env,
    AWS_CA_BUNDLE: served.caFile,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    PYTHONWARNINGS: 'ignore',
  };

  /** Runs a shell command, prints its standard output as formatted by `format`, and returns it. */
  async function run(line: string, format = (output: string): string => output): Promise<string> {
    print(`$ ${line}`);
    const child = spawn('sh', ['-c', line], {
      env,
      cwd: home,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: TIMEOUT,
    });
    const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    process.stdout.write(format(output));
    check(`${line} failed with exit status ${String(status)}`, status === 0);
    return output;
  }

  try {
    print(`Google and AWS are emulated; the password is "${USER.password}", the code ${CODE}.`);

    print('\n1. Sign in at Google. This creates the profile sts-temp.\n');
    const signIn = `gauth ${[...FLAGS, '-d', '3600', '-r', ROLE, '--no-session'].join(' ')}`;
    print(`$ ${signIn}`);
    const seen = await typeInto(['sh', '-c', signIn], env, [
      ['Google Password: ', USER.password],
      ['Enter SMS token: G-', CODE],
    ]);
    check('the password was on the screen', !seen.includes(USER.password));
    const identity = 'aws sts get-caller-identity --query Arn --output text --profile sts-temp';
    const me = `arn:aws:sts::111222333444:assumed-role/saml-init/${USER.email}\n`;
    check('another identity', (await run(identity)) === me);

    print(
      '\n2. A chained role in the profile dev-env, which every AWS tool assumes with the credentials of sts-temp.\n',
    );
    await run('aws configure set region us-east-1 --profile dev-env');
    await run('aws configure set source_profile sts-temp --profile dev-env');
    await run(`aws configure set role_arn ${DEVELOPER} --profile dev-env`);
    const listed = await run('aws s3 ls s3://mybucket/mydir --profile dev-env');
    check('mydir/ was not listed', listed.trim() === 'PRE mydir/');

    print('\n3. The password for the container registry.\n');
    const command = 'aws ecr get-login-password --profile dev-env';
    const password = await run(command, (output) => `${output.slice(0, 12)}...\n`);
    const [given] = world.ecr.passwords;
    check('not the password of the registry', password === `${given?.password ?? ''}\n`);
    print('For docker, which this walkthrough does not run:');
    print(`  ${command} | docker login --username AWS --password-stdin ${given?.registry ?? ''}`);

    print('\n4. A program in Python.\n');
    writeFileSync(join(home, 'list-bucket.py'), SCRIPT);
    await run('cat list-bucket.py');
    const keys = await run('python3 list-bucket.py');
    check('other objects', keys === 'mydir/report.csv\nnotes & plans.txt\n');

    print(
      `\n5. A program that runs longer than its credentials, which last ${String(LIFETIME)} seconds here.\n`,
    );
    lifetime = LIFETIME;
    writeFileSync(join(home, 'long-program.py'), LONG_PROGRAM);
    await run('cat long-program.py');
    const lines = await run('gauth exec -p sts-temp -d 15m --server --quiet -- python3 long-program.py');
    const used = new Set(lines.match(/\bASIA\w+/g));
    check('fewer than three sets of credentials', used.size >= 3);

    world.check();
    check(served.failures.join('; '), served.failures.length === 0);
    print('\nThe walkthrough succeeded.');
  } finally {
    await served.close();
  }
}

try {
  const needed = missing();
  if (needed.length > 0)
    throw new Error(`the walkthrough needs ${needed.join(' and ')}: pip install awscli boto3`);
  symlinkSync(GAUTH, join(home, 'gauth'));
  await walk();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
