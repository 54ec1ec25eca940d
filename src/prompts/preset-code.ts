/** A verification code that needs no prompt: given in advance (--mfa-code), or printed by a command (--mfa-command). */
import { GauthError } from '../errors.ts';
import type { Settings } from '../options/options.ts';
import type { RunCommand } from '../ports.ts';
import { Secret } from '../secret.ts';

/** Milliseconds: a password manager may have to be unlocked first. */
const COMMAND_LIMIT = 60_000;

/** Gets the code when Google asks for it: a command prints codes that are valid for seconds. */
export type PresetCode = (signal: AbortSignal) => Promise<Secret>;

/**
 * Undefined if neither is set. The code is the first line that the command prints.
 * The function throws GauthError COMMAND_FAILED, TIMEOUT, CANCELLED.
 */
export function presetCode(
  { mfaCode, mfaCommand }: Pick<Settings, 'mfaCode' | 'mfaCommand'>,
  run: RunCommand,
): PresetCode | undefined {
  if (mfaCode !== undefined) return () => Promise.resolve(mfaCode);
  if (mfaCommand === undefined) return undefined;
  return async (signal) => {
    const { status, stdout } = await run(mfaCommand, { limit: COMMAND_LIMIT, signal });
    if (status !== 0) {
      throw failed(
        status === undefined ? 'was ended by a signal' : `failed with exit status ${String(status)}`,
      );
    }
    const line = stdout.reveal().split('\n', 1)[0]?.trim() ?? '';
    if (line === '') throw failed('printed no code');
    return new Secret(line);
  };
}

/** The command line itself may contain a secret, so it is not shown. */
function failed(what: string): GauthError {
  return new GauthError('COMMAND_FAILED', `the command of --mfa-command ${what}`, {
    hints: ['run the command in a shell: its first line of output has to be the code'],
  });
}
