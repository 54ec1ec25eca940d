/** `gauth exec`: runs a program with credentials in its environment. */
import { locateFiles } from '../aws/private-store.ts';
import { listProfiles } from '../aws/profiles.ts';
import { GauthError } from '../errors.ts';
import { sessionForCommand, withoutInput } from '../session/command-session.ts';
import type { Environment, ProgramResult, System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';
import { oneLine } from '../text.ts';
import { environmentWith, PROFILE_VARIABLE, sessionVariables } from '../output/environment-variables.ts';

/** Exit statuses of POSIX shells for a command that is not found, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/**
 * The exit status is that of the program; 128 + n if a signal ended it. Throws GauthError NESTED and what a sign-in throws.
 */
export async function exec(given: Flags, system: System, operands: readonly string[]): Promise<number> {
  rejectNested(system.env);
  const { flags, words } = await withProfileWord(given, operands, system);
  const [program, ...args] = words.length === 0 ? await shellOf(system) : words;
  if (program === undefined) throw noCommand();
  const command = [program, ...args] as const;
  const result =
    given.server === undefined
      ? await runWithCredentials(flags, system, command)
      : await (await import('./exec-server.ts')).runWithServer(flags, withoutInput(system), command);
  switch (result.kind) {
    case 'ended':
      return result.status;
    case 'not-found':
      system.stderr.write(`gauth: ${oneLine(program)}: command not found\n`);
      return NOT_FOUND;
    case 'not-runnable':
      system.stderr.write(`gauth: ${oneLine(program)} cannot be run: ${result.reason}\n`);
      return NOT_RUNNABLE;
  }
}

/** The first word may be a profile: `gauth exec prod aws s3 ls`, or `gauth exec prod` for a shell. After `--` it is a program. */
async function withProfileWord(
  given: Flags,
  operands: readonly string[],
  { env, home }: System,
): Promise<{ readonly flags: Flags; readonly words: readonly string[] }> {
  const [word, ...others] = operands;
  if (word === '--') return { flags: given, words: others };
  if (given.profile !== undefined || word === undefined) return { flags: given, words: operands };
  const [dashes, ...rest] = others;
  // A word before `--` can only be a profile, even if there is none of this name.
  if (dashes === '--') return { flags: { ...given, profile: word }, words: rest };
  const isProfile = (await listProfiles(await locateFiles(env, home))).some(({ name }) => name === word);
  return isProfile
    ? { flags: { ...given, profile: word }, words: others }
    : { flags: given, words: operands };
}

/** The user's shell, in a terminal. Throws GauthError MISSING_OPTION without one: a script has forgotten its command. */
async function shellOf({ env, platform, terminal }: System): Promise<readonly string[]> {
  if (!(await terminal.available())) throw noCommand();
  const named = platform === 'win32' ? env['COMSPEC'] : env['SHELL'];
  return [named || (platform === 'win32' ? 'cmd.exe' : '/bin/sh')];
}

function noCommand(): GauthError {
  return new GauthError(
    'MISSING_OPTION',
    'the command to run is missing, and there is no terminal for a shell',
    {
      hints: ['gauth exec -p sts-temp -- COMMAND'],
    },
  );
}

async function runWithCredentials(
  given: Flags,
  system: System,
  command: readonly [string, ...string[]],
): Promise<ProgramResult> {
  const { opened, session } = await sessionForCommand(given, withoutInput(system));
  const variables = sessionVariables(session, { name: opened.name, region: opened.settings.region });
  return system.programs.execute(command, environmentWith(system.env, variables));
}

/** Inside another session, the outer profile and its region could be mistaken for the settings of this one. */
function rejectNested(env: Environment): void {
  const outer = env[PROFILE_VARIABLE] ?? '';
  if (outer === '') return;
  throw new GauthError('NESTED', `the environment already holds credentials of profile ${oneLine(outer)}`, {
    hints: [
      "inside 'gauth exec', leave that shell first: exit",
      "after 'gauth use', take its credentials out: gauth use --off",
      `after 'gauth env', unset its variables: eval "$(gauth env --unset)"`,
    ],
  });
}
