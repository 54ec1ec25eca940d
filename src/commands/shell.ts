/** `gauth shell`: prints the function by which `gauth use` changes this shell. */
import { COMPLETION_SHELLS } from '../cli/completion.ts';
import { type FunctionShell, LOADING_LINES, shellFunctions } from '../cli/shell-functions.ts';
import { GauthError } from '../errors.ts';
import type { Flags } from '../options/settings.ts';
import type { System } from '../ports.ts';
import { detectShell } from '../shell.ts';

/** Throws GauthError BAD_OPTION for a shell that cannot have such a function. */
export async function shell(_: Flags, system: System, [named]: readonly string[]): Promise<void> {
  const name = named ?? detectShell(await system.programs.ancestors(), system);
  if (!isFunctionShell(name)) {
    throw new GauthError('BAD_OPTION', 'gauth shell does not support this shell', {
      hints: [`supported shells: ${COMPLETION_SHELLS.join(', ')}`],
    });
  }
  system.stdout.write(shellFunctions(name));
  if (system.stdout.isTerminal) system.stderr.write(`# run this in your shell: ${LOADING_LINES[name]}\n`);
}

function isFunctionShell(name: string): name is FunctionShell {
  return COMPLETION_SHELLS.some((each) => each === name);
}
