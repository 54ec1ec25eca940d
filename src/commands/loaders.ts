/** The code of each command, loaded only when the command runs: `--help` and a cached session load none of it. */
import type { CommandName } from '../options/commands.ts';
import type { Flags } from '../options/settings.ts';
import type { System } from '../ports.ts';

/**
 * Runs a command with its flags as typed and its operands. Resolves with the exit status, or with nothing for 0.
 * Throws GauthError.
 */
export type RunCommandLine = (
  given: Flags,
  system: System,
  operands: readonly string[],
) => Promise<void> | Promise<number>;

const LOADERS: Readonly<Record<CommandName, () => Promise<RunCommandLine>>> = {
  login: async () => (await import('./login.ts')).login,
  configure: async () => (await import('./configure.ts')).configure,
  settings: async () => (await import('./settings.ts')).settings,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'credential-process': async () => (await import('./credential-process.ts')).credentialProcess,
  exec: async () => (await import('./exec.ts')).exec,
  serve: async () => (await import('./serve.ts')).serve,
  env: async () => (await import('./env.ts')).env,
  use: async () => (await import('./use.ts')).use,
  shell: async () => (await import('./shell.ts')).shell,
  console: async () => (await import('./console.ts')).openConsole,
  roles: async () => (await import('./roles.ts')).roles,
  status: async () => (await import('./status.ts')).status,
  profiles: async () => (await import('./profiles.ts')).profiles,
  completion: async () => (await import('./completion.ts')).completion,
  replay: async () => (await import('./replay.ts')).replay,
  logout: async () => (await import('./logout.ts')).logout,
};

export async function loadCommand(name: CommandName): Promise<RunCommandLine> {
  return LOADERS[name]();
}
