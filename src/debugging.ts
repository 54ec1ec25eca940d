/** Switches of Node that would show secrets to others: a debugger's port, and a file of TLS keys. */
import { GauthError } from './errors.ts';
import type { Environment } from './ports.ts';

const SWITCHES = /(?:^|\s)(--inspect(?:-[a-z-]+)?|--tls-keylog)(?==|\s|$)/;

/** The switch by which this Node was told to, from its command line or NODE_OPTIONS; undefined if there is none. */
export function debuggingSwitch(
  env: Environment,
  execArgv: readonly string[] = process.execArgv,
): string | undefined {
  return SWITCHES.exec([...execArgv, env['NODE_OPTIONS'] ?? ''].join(' '))?.[1];
}

/** Throws GauthError BAD_OPTION: other users of the machine may connect to a debugger, and read passwords and keys with it. */
export function refuseDebugging(env: Environment): void {
  const found = debuggingSwitch(env);
  if (found === undefined) return;
  throw new GauthError(
    'BAD_OPTION',
    `Node runs with ${found}, which would show passwords and keys to others`,
    {
      hints: ['unset NODE_OPTIONS, or take that switch out of it'],
    },
  );
}
