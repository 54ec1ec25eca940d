/**
 * `gauth use`: puts the credentials of a profile into the current shell, or takes them out. The function of `gauth shell` calls
 * it and runs the lines that it prints.
 */
import { COMPLETION_SHELLS } from '../cli/completion.ts';
import { LOADING_LINES } from '../cli/shell-functions.ts';
import { GauthError } from '../errors.ts';
import { type Flags, resolveSettings } from '../options/settings.ts';
import {
  conflictingVariables,
  gauthVariables,
  PROFILE_VARIABLE,
  sessionVariables,
} from '../output/environment-variables.ts';
import { timeLeft } from '../output/short-status.ts';
import type { System } from '../ports.ts';
import { sessionForCommand } from '../session/command-session.ts';
import { detectShell, shellText } from '../shell.ts';
import { oneLine } from '../text.ts';

/** Throws GauthError MISSING_OPTION without the function of `gauth shell`, and what a sign-in throws. */
export async function use(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, ['shell', 'off', 'quiet']);
  if (given.shell === undefined || settings.shell === undefined) throw await withoutFunction(system);
  const tell = (text: string): void => {
    if (!settings.quiet) system.stderr.write(`${text}\n`);
  };
  const { env, stdout, clock } = system;
  if (settings.off) {
    const name = env[PROFILE_VARIABLE] ?? '';
    stdout.write(shellText(settings.shell, gauthVariables(env), {}));
    return tell(
      name === ''
        ? 'There were no credentials of gauth in this shell.'
        : `The credentials of ${oneLine(name)} are no longer in this shell.`,
    );
  }
  // Without a name, the user picks a profile, whichever is in use.
  const undecided = { ...system, env: { ...env, AWS_PROFILE: undefined, [PROFILE_VARIABLE]: undefined } };
  const ports = given.profile === undefined ? undecided : system;
  const { opened, session } = await sessionForCommand(given, ports);
  const variables = sessionVariables(session, { name: opened.name, region: opened.settings.region });
  stdout.write(shellText(settings.shell, conflictingVariables(env, variables), variables));
  const left = timeLeft(session.expiration, clock.now().getTime());
  tell(
    `This shell uses ${oneLine(variables[PROFILE_VARIABLE] ?? '')} (${left}). To end that: gauth use --off`,
  );
}

async function withoutFunction(system: System): Promise<GauthError> {
  const shell = detectShell(await system.programs.ancestors(), system);
  const found = COMPLETION_SHELLS.find((each) => each === shell);
  return new GauthError('MISSING_OPTION', 'gauth use needs the shell function that gauth shell prints', {
    hints:
      found === undefined
        ? ['this shell cannot have one; for a shell with the credentials: gauth exec PROFILE']
        : [`run this first, or put it into the start-up file of ${found}: ${LOADING_LINES[found]}`],
  });
}
