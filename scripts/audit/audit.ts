/** What all audits share: options, results, and the program in a home folder of its own against the emulators. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { awsSigninEmulator } from '../../test/emulators/aws-signin.ts';
import { type Served, serve } from '../../test/emulators/proxy.ts';
import { bodyText, type Handler, type Hosts } from '../../test/emulators/respond.ts';
import {
  FLAGS,
  type Organisation,
  type OrganisationOptions,
  organisation,
  PROVIDER,
  ROLE,
  USER,
} from '../../test/support/organisation.ts';
import { type Random, seeded } from '../../test/support/mutations.ts';

const GAUTH = fileURLToPath(new URL('../../bin/gauth.js', import.meta.url));

export interface AuditOptions {
  readonly seed: number;
  readonly random: Random;
  /** The number of tries: `full` of them, or `short`. */
  readonly count: (full: number, short: number) => number;
}

/** The result of one audit. */
export interface Audit {
  readonly name: string;
  readonly tries: number;
  /** What was tried, in the plural. */
  readonly unit: string;
  readonly faults: readonly string[];
  readonly notes: readonly string[];
  /** Why the audit could not be run. */
  readonly missing?: string;
}

export function createOptions(seed: number, short: boolean): AuditOptions {
  return { seed, random: seeded(seed), count: (full, few) => (short ? few : full) };
}

export interface RunResult {
  /** Null if a signal ended the program. */
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the program is killed. */
  readonly killAfter?: number;
  /** A command that runs the program, such as strace. */
  readonly prefix?: readonly string[];
}

/** Emulated Google and AWS, behind a proxy. */
export interface World {
  readonly organisation: Organisation;
  readonly served: Served;
  /** The values of Google's cookies, and the SAML responses, as they were sent so far. */
  readonly sent: { readonly cookies: Set<string>; readonly responses: Set<string> };
}

/** Starts the emulators for the time of `work`. */
export async function withWorld<Result>(
  options: OrganisationOptions,
  work: (world: World) => Promise<Result>,
): Promise<Result> {
  const made = organisation(options);
  const signin = awsSigninEmulator({ issuer: made.issuer, keys: made.sts.keys });
  const sent = { cookies: new Set<string>(), responses: new Set<string>() };
  const served = await serve(recorded({ ...made.hosts, ...signin.hosts }, sent));
  try {
    return await work({ organisation: made, served, sent });
  } finally {
    await served.close();
  }
}

/** The hosts, whose responses are searched for cookies and SAML responses. */
function recorded(hosts: Hosts, { cookies, responses }: World['sent']): Hosts {
  const record =
    (handle: Handler): Handler =>
    async (request) => {
      const response = await handle(request);
      for (const line of response.headers['set-cookie'] ?? []) {
        const value = /^[^=]+=([^;]{12,})/.exec(line)?.[1];
        if (value !== undefined) cookies.add(value);
      }
      const saml = /name="SAMLResponse" value="([^"]+)"/.exec(bodyText(response))?.[1];
      if (saml !== undefined) responses.add(saml);
      return response;
    };
  return Object.fromEntries(Object.entries(hosts).map(([host, handle]) => [host, record(handle)]));
}

/** A home folder with AWS files of the user's own, which no run may change. */
export const FOREIGN = {
  config: '# mine\n[profile other]\nregion = eu-west-1\ns3 =\n    max_concurrent_requests = 20\n',
  credentials:
    '[other]\n# shown once\naws_access_key_id = AKIAKEEPKEEPKEEPKEEP\naws_secret_access_key = keep\n',
} as const;

/** Creates a home folder with the foreign sections. The caller removes it. */
export function createHome(folder = mkdtempSync(join(tmpdir(), 'gauth-audit-'))): string {
  mkdirSync(join(folder, '.aws'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, '.aws', 'config'), FOREIGN.config, { mode: 0o600 });
  writeFileSync(join(folder, '.aws', 'credentials'), FOREIGN.credentials, { mode: 0o600 });
  return folder;
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
}

/** A whole sign-in at Google with the saved Google session in a file, so that all of gauth's files are written. */
export const SIGN_IN = [...FLAGS, '-r', ROLE, '-d', '3600', '--keep-session', 'file', '--no-cache'] as const;
export const PASSWORD_LINE = `${USER.password}\n`;

/** The arguments and the input of a run with a SAML response instead of a sign-in. */
export function withResponse(world: World, profile = 'sts-temp'): { args: readonly string[]; input: string } {
  const args = [...FLAGS.slice(0, -1), profile, '-r', ROLE, '-d', '3600', '--saml-assertion', '-'];
  const input = world.organisation.issuer.issue({ roles: [`${ROLE},${PROVIDER}`] });
  world.sent.responses.add(input);
  return { args, input };
}

/** Runs the program without a terminal, in its own session. */
export async function runGauth(
  world: World,
  home: string,
  args: readonly string[],
  { input = '', env = {}, killAfter, prefix = [] }: RunOptions = {},
): Promise<RunResult> {
  const [program = process.execPath, ...rest] = [...prefix, process.execPath, GAUTH, ...args];
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'], HOME: home, TZ: 'UTC', ...world.served.env, ...env },
    detached: true,
    cwd: home,
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), killAfter ?? 60_000);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => undefined).end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  clearTimeout(limit);
  return { status, out, err };
}

/** What is wrong with the two AWS files: foreign sections must be intact, and gauth's sections complete. */
export function damageIn(home: string): readonly string[] {
  const read = (name: string): string => readFileSync(join(home, '.aws', name), 'utf8');
  const faults: string[] = [];
  for (const name of ['config', 'credentials'] as const) {
    if (!read(name).startsWith(FOREIGN[name])) faults.push(`${name}: the foreign section has changed`);
  }
  const keys = read('credentials').split('[sts-temp]')[1];
  const expected = [
    'aws_access_key_id',
    'aws_secret_access_key',
    'aws_session_token',
    'aws_session_expiration',
  ];
  const missing =
    keys === undefined ? [] : expected.filter((key) => !new RegExp(`^${key} = .+$`, 'm').test(keys));
  if (missing.length > 0) faults.push(`credentials: ${missing.join(', ')} missing`);
  return faults;
}

/** All files below a folder, as paths. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Runs `work` for each index, two at a time. */
export async function inPairs(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all([worker(), worker()]);
}

/** Whether a program can be run. */
export function isInstalled(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** The Python interpreter with botocore, the AWS CLI and aws-google-auth. */
export const PYTHON = process.env['GAUTH_TEST_PYTHON'] ?? 'python3';
export const PEERS = join(dirname(fileURLToPath(import.meta.url)), 'peers.py');
