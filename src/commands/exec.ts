/** `gauth exec`: runs a program with a session in its environment. */
import { GauthError } from '../errors.ts';
import { sessionForCommand, withoutInput } from '../session/command-session.ts';
import type { Environment, System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';
import { oneLine } from '../text.ts';
import { environmentWith, PROFILE_VARIABLE, sessionVariables } from '../output/environment-variables.ts';

/** What a shell says of a command that it does not find, and of one that it cannot run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/** The status is the program's own; 128 + n where a signal ended it. Throws GauthError NESTED and what a sign-in throws. */
export async function exec(given: Flags, system: System, operands: readonly string[]): Promise<number> {
  const [program, ...args] = operands;
  if (program === undefined) throw new GauthError('MISSING_OPTION', 'there is no command to run');
  refuseNested(system.env);
  const { opened, session } = await sessionForCommand(given, withoutInput(system));
  const variables = sessionVariables(session, { name: opened.name, region: opened.settings.region });
  const ended = await system.programs.execute([program, ...args], environmentWith(system.env, variables));
  switch (ended.kind) {
    case 'ended':
      return ended.status;
    case 'not-found':
      system.stderr.write(`gauth: ${oneLine(program)}: command not found\n`);
      return NOT_FOUND;
    case 'not-runnable':
      system.stderr.write(`gauth: ${oneLine(program)} cannot be run: ${ended.reason}\n`);
      return NOT_RUNNABLE;
  }
}

/** Within another session it is easily taken for granted that the outer profile counts, and its region would. */
function refuseNested(env: Environment): void {
  const outer = env[PROFILE_VARIABLE] ?? '';
  if (outer === '') return;
  throw new GauthError('NESTED', `this shell has a session already, that of the profile ${oneLine(outer)}`, {
    hints: [
      "within 'gauth exec', leave it first: exit",
      `after 'gauth env', take its variables away: eval "$(gauth env --unset)"`,
    ],
  });
}
