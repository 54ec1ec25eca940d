/** Other programs that write to the same files at the same time as gauth. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { updateProfile } from '../../src/aws/profiles.ts';
import {
  type Audit,
  type AuditOptions,
  createHome,
  FOREIGN,
  isInstalled,
  PYTHON,
  removeHome,
  runGauth,
  withResponse,
  withWorld,
} from './audit.ts';
import { missingPeers, startPeers } from './peers.ts';

/** Runs gauth, both versions of the AWS CLI and aws-google-auth at the same time. */
export async function auditWriters({ count }: AuditOptions): Promise<Audit> {
  const name = 'gauth, AWS CLI and aws-google-auth at once';
  const unit = 'writes';
  const programs = ['/usr/bin/aws', join(dirname(PYTHON), 'aws')].filter((program) => existsSync(program));
  const missing =
    missingPeers() ??
    (programs.every((program) => isInstalled(program, '--version')) && programs.length > 0
      ? undefined
      : 'needs the AWS CLI');
  if (missing !== undefined) return { name, tries: 0, unit, faults: [], notes: [], missing };
  const rounds = count(80, 4);
  const faults: string[] = [];
  let tries = 0;
  const home = createHome();
  const peers = await startPeers();
  const [config, credentials] = ['config', 'credentials'].map((file) => join(home, '.aws', file)) as [
    string,
    string,
  ];
  try {
    await withWorld({}, async (world) => {
      const environment = {
        PATH: process.env['PATH'],
        HOME: home,
        AWS_CONFIG_FILE: config,
        AWS_SHARED_CREDENTIALS_FILE: credentials,
      };
      const aws = async (program: string, profile: string, value: string): Promise<void> => {
        const child = spawn(program, ['configure', 'set', 'output', value, '--profile', profile], {
          env: environment,
          stdio: 'ignore',
        });
        await once(child, 'close');
      };
      for (let round = 0; round < rounds; round += 1) {
        const value = `v${String(round)}`;
        const { args, input } = withResponse(world);
        const results = await Promise.all([
          runGauth(world, home, args, { input }),
          ...programs.map(async (program, index) => aws(program, `cli${String(index)}`, value)),
        ]);
        await peers.ask({ do: 'google-auth', config, credentials, profile: 'python', value });
        tries += results.length + 1;
        const gauth = results[0];
        if (gauth.status !== 0) faults.push(`round ${String(round)}: gauth failed: ${gauth.err.trim()}`);
        const [texts, keys] = [readFileSync(config, 'utf8'), readFileSync(credentials, 'utf8')];
        for (const part of ['max_concurrent_requests = 20', '[profile other]', '[profile sts-temp]']) {
          if (!texts.includes(part)) faults.push(`round ${String(round)}: config has lost ${part}`);
        }
        for (const part of ['AKIAKEEPKEEPKEEPKEEP', '[sts-temp]', `aws_access_key_id = ${value}`]) {
          if (!keys.includes(part)) faults.push(`round ${String(round)}: credentials have lost ${part}`);
        }
      }
    });
  } finally {
    peers.stop();
    removeHome(home);
  }
  return { name, tries, unit, faults, notes: [`AWS CLI: ${programs.join(', ')}`] };
}

/** The AWS CLI's own writer, held between emptying the file and writing it for 1 to 1,000 ms, and gauth beside it. */
export async function auditHeldWriter({ random, count }: AuditOptions): Promise<Audit> {
  const name = 'the AWS CLI held while it writes';
  const unit = 'writes';
  const missing = missingPeers();
  if (missing !== undefined) return { name, tries: 0, unit, faults: [], notes: [], missing };
  const tries = count(2000, 60);
  const lanes = 8;
  const faults: string[] = [];
  let own = 0;
  // Each lane is a pair of files with a writer of its own.
  const holds = Array.from({ length: tries }, () => 1000 ** random() / 1000);
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const folder = mkdtempSync(join(tmpdir(), 'gauth-audit-held-'));
      const path = join(folder, 'credentials');
      const files = { config: join(folder, 'config'), credentials: path };
      writeFileSync(path, FOREIGN.credentials, { mode: 0o600 });
      const peers = await startPeers();
      try {
        for (let index = lane; index < tries; index += lanes) {
          const hold = holds[index] ?? 0;
          const value = `v${String(index)}`;
          const wait = new Promise((resolve) => setTimeout(resolve, hold * 1000 * ((index % 7) / 6)));
          const [, error] = await Promise.all([
            peers.ask({ do: 'aws', path, section: 'cli', key: `key${String(index % 5)}`, value, hold }),
            wait.then(async () =>
              updateProfile(
                files,
                'x',
                { credentials: { set: [['aws_access_key_id', value]] } },
                { signal: new AbortController().signal },
              ).then(
                () => undefined,
                (reason: unknown) => reason,
              ),
            ),
          ]);
          if (error === undefined) own += 1;
          else faults.push(`write ${String(index)}: gauth failed: ${String(error)}`);
          const text = readFileSync(path, 'utf8');
          const expected = [FOREIGN.credentials, `key${String(index % 5)} = ${value}\n`];
          if (error === undefined) expected.push(`[x]\naws_access_key_id = ${value}\n`);
          const lost = expected.filter((part) => !text.includes(part));
          if (lost.length > 0)
            faults.push(`write ${String(index)}, held ${hold.toFixed(3)} s: lost ${JSON.stringify(lost)}`);
        }
      } finally {
        peers.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
  );
  return { name, tries, unit, faults, notes: [`${String(own)} writes of gauth beside them`] };
}
