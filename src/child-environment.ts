/** The environment of other programs that gauth runs: the user's, without the variables that hold gauth's secrets. */
import type { Environment } from './ports.ts';

/** Variables that hold a secret for gauth. A test compares this list with the options table. */
export const SECRET_VARIABLES: readonly string[] = ['GOOGLE_MFA_CODE'];

/** The variables for a child process. */
export function childEnvironment(env: Environment = process.env): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.includes(name)));
}
