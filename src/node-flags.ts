/** Refuses command-line flags of Node that would show secrets to others: a debugger, or a file of TLS keys. */
import { GauthError } from './errors.ts';
import type { Environment } from './ports.ts';

const SWITCHES = /(?:^|\s)(--inspect(?:-[a-z-]+)?|--tls-keylog)(?==|\s|$)/;

/** The first such switch on Node's command line or in NODE_OPTIONS; undefined if there is none. */
export function debuggingSwitch(
  env: Environment,
  execArgv: readonly string[] = process.execArgv,
): string | undefined {
  return SWITCHES.exec([...execArgv, env['NODE_OPTIONS'] ?? ''].join(' '))?.[1];
}

/** Throws GauthError BAD_OPTION: other users of the machine may connect to a debugger, and read passwords and credentials. */
export function refuseDebugging(env: Environment): void {
  const found = debuggingSwitch(env);
  if (found === undefined) return;
  throw new GauthError(
    'BAD_OPTION',
    `Node runs with ${found}, which can show passwords and credentials to others`,
    {
      hints: ['unset NODE_OPTIONS, or remove that switch from it'],
    },
  );
}
