/**
 * What a sign-in costs: the built command against the emulators, from start to exit, in processor time beside bare Node in
 * alternating runs. Later runs find compiled code of the earlier ones, as a user's do.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONSULTANT, type EmulatorProcess, signInArguments, USER } from './emulator-process.ts';
import { GAUTH, median, peakMemory, processorTime, type Row } from './measure.ts';
import { manyProfiles } from './profiles.ts';

const ROUNDS = 15;
const [ROLE = ''] = USER.roles;

interface Case {
  readonly name: string;
  readonly limit: number;
  readonly goal?: number;
  /** The case that it is compared with. */
  readonly beside: string;
  readonly milliseconds: () => number;
}

const BARE = 'bare Node';
const PASSWORD = 'sign-in with a password';

export function measureSignIn(emulators: EmulatorProcess): readonly Row[] {
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
    folders.push(made);
    return made;
  };
  const environment = (): NodeJS.ProcessEnv => emulators.clientEnvironment(folder());
  try {
    const packages = folder();
    execFileSync(process.execPath, [script('packages.mjs'), packages]);
    const usual = environment();
    gauth(usual, 'file');
    const several = environment();
    const teams = Array.from({ length: 8 }, (_each, index) => index);
    for (const index of teams) consultant(several, team(index));
    const cases = [
      ...plainCases(usual, packages),
      ...signInCases(usual, { ...environment(), NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: emulators.authority }),
      ...largeCases(several, crowded(environment())),
    ];
    const times = alternate(cases);
    requireProfiles(several, teams.map(teamName));
    console.log(`processor time of bare Node: ${(times.get(BARE) ?? NaN).toFixed(0)} ms`);
    return [...cases.slice(1).map((each) => rowOf(each, times)), memoryRow(usual)];
  } finally {
    for (const made of folders) rmSync(made, { recursive: true, force: true });
  }
}

/** What runs without a sign-in. The first case is that with which others are compared. */
function plainCases(env: NodeJS.ProcessEnv, packages: string): readonly Case[] {
  const node =
    (...args: readonly string[]) =>
    (): number =>
      processorTime(args, { env, input: '' });
  return [
    {
      name: BARE,
      limit: 1,
      beside: BARE,
      milliseconds: () => processorTime(['-e', '0'], { env: { PATH: env['PATH'] }, input: '' }),
    },
    {
      name: 'three HTTPS requests of bare Node',
      limit: 3,
      beside: BARE,
      milliseconds: node(script('https-requests.cjs')),
    },
    {
      name: 'the requests of a renewal by the packages alone',
      limit: 5,
      beside: BARE,
      milliseconds: node(join(packages, 'program.cjs')),
    },
    { name: 'gauth settings', limit: 3, beside: BARE, milliseconds: node(GAUTH, 'settings', '-p', 'bench') },
  ];
}

function signInCases(usual: NodeJS.ProcessEnv, named: NodeJS.ProcessEnv): readonly Case[] {
  const renewal = 'silent renewal';
  return [
    { name: PASSWORD, limit: 9, goal: 4, beside: BARE, milliseconds: () => gauth(usual, 'never') },
    {
      name: `${PASSWORD}, CA file named`,
      limit: 10,
      goal: 4,
      beside: BARE,
      milliseconds: () => gauth(named, 'never'),
    },
    { name: renewal, limit: 8, goal: 3, beside: BARE, milliseconds: () => gauth(usual, 'file') },
    {
      name: `${renewal}, CA file named`,
      limit: 9,
      goal: 3,
      beside: BARE,
      milliseconds: () => gauth(named, 'file'),
    },
  ];
}

/** Many roles and many profiles, beside a sign-in with one. */
function largeCases(several: NodeJS.ProcessEnv, many: NodeJS.ProcessEnv): readonly Case[] {
  return [
    {
      name: 'one of 100 roles',
      limit: 3,
      beside: PASSWORD,
      milliseconds: () => consultant(several, team(57)),
    },
    {
      name: '8 profiles refreshed',
      limit: 3,
      beside: PASSWORD,
      milliseconds: () => consultant(several, ['login', '--all-profiles', '-u', CONSULTANT.email]),
    },
    {
      name: 'sign-in with 10,000 profiles in both files',
      limit: 4,
      beside: PASSWORD,
      milliseconds: () => gauth(many, 'never'),
    },
  ];
}

/** Signs in the user with one role; returns milliseconds. */
function gauth(env: NodeJS.ProcessEnv, session: 'never' | 'file'): number {
  const args = [GAUTH, ...signInArguments(USER, ROLE, 'bench'), '--keep-session', session];
  const milliseconds = processorTime(args, { env, input: `${USER.password}\n` });
  requireProfiles(env, ['bench']);
  return milliseconds;
}

/** Runs a command of the user with 100 roles; returns milliseconds. */
function consultant(env: NodeJS.ProcessEnv, args: readonly string[]): number {
  const input = `${CONSULTANT.password}\n`;
  return processorTime([GAUTH, ...args, '--keep-session', 'never'], { env, input });
}

/** The arguments of a sign-in for one of the 100 roles. */
function team(index: number): readonly string[] {
  return signInArguments(CONSULTANT, CONSULTANT.roles[index] ?? '', teamName(index));
}

function teamName(index: number): string {
  return `team-${String(index)}`;
}

/** The same environment, with 10,000 more profiles in both files. */
function crowded(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  gauth(env, 'never');
  for (const file of ['config', 'credentials'] as const)
    appendFileSync(awsFile(env, file), manyProfiles(file));
  return env;
}

function rowOf({ name, limit, goal, beside }: Case, times: ReadonlyMap<string, number>): Row {
  return {
    name: `${name}, processor time / ${beside}`,
    measured: (times.get(name) ?? NaN) / (times.get(beside) ?? NaN),
    limit,
    ...(goal === undefined ? {} : { goal }),
    unit: 'x',
  };
}

function memoryRow(env: NodeJS.ProcessEnv): Row {
  const peak = (...args: readonly string[]): number => peakMemory(args, { env, input: `${USER.password}\n` });
  const signIn = peak(GAUTH, ...signInArguments(USER, ROLE, 'bench'), '--keep-session', 'never');
  return {
    name: `${PASSWORD}, peak memory / ${BARE}`,
    measured: signIn / peak('-e', '0'),
    limit: 2,
    unit: 'x',
  };
}

/** The median of each case, in milliseconds, of runs that take turns. The first two rounds fill the caches. */
function alternate(cases: readonly Case[]): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const { name, milliseconds } of cases) {
      const measured = milliseconds();
      if (round >= 0) times.get(name)?.push(measured);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

function requireProfiles(env: NodeJS.ProcessEnv, names: readonly string[]): void {
  const credentials = readFileSync(awsFile(env, 'credentials'), 'utf8');
  for (const name of names) {
    if (!credentials.includes(`[${name}]`)) throw new Error(`the sign-in left no credentials for ${name}`);
  }
}

function awsFile(env: NodeJS.ProcessEnv, name: 'config' | 'credentials'): string {
  return join(env['HOME'] ?? '', '.aws', name);
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
