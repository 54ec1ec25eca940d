/**
 * What a sign-in costs: the built command against the emulators, from start to exit, in processor time beside bare Node in
 * alternating runs. Later runs find compiled code of the earlier ones, as a user's do.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const HTTPS = 'three HTTPS requests of bare Node';
const PASSWORD = 'sign-in with a password';

export function measureSignIn(emulators: EmulatorProcess): readonly Row[] {
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
    folders.push(made);
    return made;
  };
  const environment = (): NodeJS.ProcessEnv => emulators.clientEnvironment(folder());
  const packages = folder();
  execFileSync(process.execPath, [script('packages.mjs'), packages]);
  const bare = { PATH: process.env['PATH'] };
  const usual = environment();
  const named = { ...environment(), NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: emulators.authority };
  const several = environment();
  const crowded = environment();

  const gauth = (env: NodeJS.ProcessEnv, session: 'never' | 'file'): number => {
    const args = [GAUTH, ...signInArguments(USER, ROLE, 'bench'), '--keep-session', session];
    const milliseconds = processorTime(args, { env, input: `${USER.password}\n` });
    requireProfiles(env, ['bench']);
    return milliseconds;
  };
  const consultant = (env: NodeJS.ProcessEnv, args: readonly string[]): number =>
    processorTime([GAUTH, ...args, '--keep-session', 'never'], { env, input: `${CONSULTANT.password}\n` });
  const profile = (index: number): readonly string[] =>
    signInArguments(CONSULTANT, CONSULTANT.roles[index] ?? '', `team-${String(index)}`);
  const teams = Array.from({ length: 8 }, (_each, index) => index);

  const cases: readonly Case[] = [
    {
      name: BARE,
      limit: 1,
      beside: BARE,
      milliseconds: () => processorTime(['-e', '0'], { env: bare, input: '' }),
    },
    {
      name: HTTPS,
      limit: 3,
      beside: BARE,
      milliseconds: () => processorTime([script('https-requests.cjs')], { env: usual, input: '' }),
    },
    {
      name: 'the requests of a renewal by the packages alone',
      limit: 5,
      beside: BARE,
      milliseconds: () => processorTime([join(packages, 'program.cjs')], { env: usual, input: '' }),
    },
    {
      name: 'gauth settings',
      limit: 3,
      beside: BARE,
      milliseconds: () => processorTime([GAUTH, 'settings', '-p', 'bench'], { env: usual, input: '' }),
    },
    { name: PASSWORD, limit: 9, goal: 4, beside: BARE, milliseconds: () => gauth(usual, 'never') },
    {
      name: `${PASSWORD}, CA file named`,
      limit: 10,
      goal: 4,
      beside: BARE,
      milliseconds: () => gauth(named, 'never'),
    },
    { name: 'silent renewal', limit: 8, goal: 3, beside: BARE, milliseconds: () => gauth(usual, 'file') },
    {
      name: 'silent renewal, CA file named',
      limit: 9,
      goal: 3,
      beside: BARE,
      milliseconds: () => gauth(named, 'file'),
    },
    {
      name: 'one of 100 roles',
      limit: 3,
      beside: PASSWORD,
      milliseconds: () => consultant(several, profile(57)),
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
      milliseconds: () => gauth(crowded, 'never'),
    },
  ];
  try {
    gauth(usual, 'file');
    for (const index of teams) consultant(several, profile(index));
    gauth(crowded, 'never');
    for (const file of ['config', 'credentials'] as const) {
      const path = awsFile(crowded, file);
      writeFileSync(path, readFileSync(path, 'utf8') + manyProfiles(file));
    }
    const times = alternate(cases);
    requireProfiles(
      several,
      teams.map((index) => `team-${String(index)}`),
    );
    console.log(`processor time of bare Node: ${(times.get(BARE) ?? NaN).toFixed(0)} ms`);
    const memory = [
      ['-e', '0'],
      [GAUTH, ...signInArguments(USER, ROLE, 'bench'), '--keep-session', 'never'],
    ].map((args) => peakMemory(args, { env: usual, input: `${USER.password}\n` }));
    return [
      ...cases.slice(1).map(({ name, limit, goal, beside }): Row => ({
        name: `${name}, processor time / ${beside}`,
        measured: (times.get(name) ?? NaN) / (times.get(beside) ?? NaN),
        limit,
        ...(goal === undefined ? {} : { goal }),
        unit: 'x',
      })),
      {
        name: `${PASSWORD}, peak memory / ${BARE}`,
        measured: (memory[1] ?? NaN) / (memory[0] ?? NaN),
        limit: 2,
        unit: 'x',
      },
    ];
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
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
  return new URL(name, import.meta.url).pathname;
}
