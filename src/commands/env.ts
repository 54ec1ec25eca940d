/** `gauth env`: prints shell commands that set the credentials as environment variables, or unset them. */
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

/** Throws GauthError BAD_OPTION for a value that cannot be quoted for the shell, and what a sign-in throws. */
export async function env(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, ['shell', 'unset']);
  const shell = settings.shell ?? detectShell(await system.programs.ancestors(), system);
  if (settings.unset) {
    system.stdout.write(shellText(shell, gauthVariables(system.env), {}));
    return;
  }
  // The same command refreshes the credentials later, although it unsets AWS_PROFILE.
  const fromVariable = system.env['AWS_PROFILE'] ?? '';
  const profile = fromVariable === '' ? gauthProfile(system.env) : fromVariable;
  const withProfile = { ...system, env: { ...system.env, AWS_PROFILE: profile } };
  const { opened, session } = await sessionForCommand(given, withProfile);
  const variables = sessionVariables(session, { name: opened.name, region: opened.settings.region });
  system.stdout.write(shellText(shell, conflictingVariables(system.env, variables), variables));
  const line = system.stdout.isTerminal ? usage(shell) : undefined;
  if (line !== undefined) system.stderr.write(`# run this in your shell: ${line}\n`);
}
