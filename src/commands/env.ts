/** `gauth env`: prints the lines that put a session into a shell's environment, or take it out again. */
import { sessionForCommand } from '../session/command-session.ts';
import type { System } from '../ports.ts';
import { type Flags, resolveSettings } from '../options/settings.ts';
import { detectShell, shellText, usage } from '../shell.ts';
import {
  gauthVariables,
  gauthProfile,
  sessionVariables,
  conflictingVariables,
} from '../output/environment-variables.ts';

/** Throws GauthError BAD_OPTION for a value that the shell has no quoting for, and what a sign-in throws. */
export async function env(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, ['shell', 'unset']);
  const shell = settings.shell ?? detectShell(await system.programs.ancestors(), system);
  if (settings.unset) {
    system.stdout.write(shellText(shell, gauthVariables(system.env), {}));
    return;
  }
  // The same line again refreshes, although AWS_PROFILE is among what it took away.
  const named = system.env['AWS_PROFILE'] ?? '';
  const profile = named === '' ? gauthProfile(system.env) : named;
  const world = { ...system, env: { ...system.env, AWS_PROFILE: profile } };
  const { opened, session } = await sessionForCommand(given, world);
  const variables = sessionVariables(session, { name: opened.name, region: opened.settings.region });
  system.stdout.write(shellText(shell, conflictingVariables(system.env, variables), variables));
  const line = system.stdout.isTerminal ? usage(shell) : undefined;
  if (line !== undefined) system.stderr.write(`# meant to be read by your shell: ${line}\n`);
}
