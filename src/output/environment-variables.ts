/** The environment in which a program finds a session, and nothing else that could lead it to other credentials. Pure. */
import type { Session } from '../aws/session.ts';
import { compactTime } from './session-output.ts';
import type { Environment } from '../ports.ts';

/** Names the profile whose session is in the environment: for a shell's prompt, and so that gauth can tell what is its own. */
export const PROFILE_VARIABLE = 'GAUTH_PROFILE';

/** Where AWS's SDKs would find other credentials, or facts that belong to others. */
const CONFLICTING: readonly string[] = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_SECURITY_TOKEN',
  'AWS_ACCOUNT_ID',
  'AWS_CREDENTIAL_SCOPE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_BEARER_TOKEN_BEDROCK',
];

/** Where the session stands. */
const SESSION_VARIABLES: readonly string[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_SESSION_EXPIRATION',
  PROFILE_VARIABLE,
];
const REGION: readonly string[] = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

/** What has to be set for a session. The secrets are revealed: it goes to a child's environment or to standard output. */
export function sessionVariables(
  session: Session,
  { name, region }: { readonly name: string; readonly region: string | undefined },
): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey.reveal(),
    AWS_SESSION_TOKEN: session.sessionToken.reveal(),
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
    // The SDKs', in the form that all of them read.
    AWS_CREDENTIAL_EXPIRATION: `${session.expiration.toISOString().slice(0, 19)}Z`,
    // aws-google-auth's, as its --print-creds has it.
    AWS_SESSION_EXPIRATION: compactTime(session.expiration),
    [PROFILE_VARIABLE]: name === '' ? session.roleArn : name,
  };
}

/** Those of the variables that are set, are not to be set anew, and would lead a program elsewhere. */
export function conflictingVariables(
  env: Environment,
  variables: Readonly<Record<string, string>>,
): readonly string[] {
  const names = isSetByGauth(env) ? [...CONFLICTING, ...REGION] : CONFLICTING;
  return names.filter((name) => env[name] !== undefined && !Object.hasOwn(variables, name));
}

/** All that `gauth env` sets. The region counts only where gauth has set it: it may be the person's own otherwise. */
export function gauthVariables(env: Environment): readonly string[] {
  return isSetByGauth(env) ? [...SESSION_VARIABLES, ...REGION] : SESSION_VARIABLES;
}

/** The environment without a region that an earlier `gauth env` left, which sets both variables: it would be taken for the person's wish. */
export function withoutGauthRegion(env: Environment): Environment {
  const [first, ...others] = REGION.map((name) => env[name]);
  return isSetByGauth(env) && others.every((each) => each === first) ? without(env, REGION) : env;
}

/** The environment for a program that is to find this session. */
export function environmentWith(env: Environment, variables: Readonly<Record<string, string>>): Environment {
  return { ...without(env, conflictingVariables(env, variables)), ...variables };
}

/** The profile whose session `gauth env` has put here; undefined where there is none, or it was of a role without a profile. */
export function gauthProfile(env: Environment): string | undefined {
  const name = env[PROFILE_VARIABLE] ?? '';
  return name === '' || name.startsWith('arn:') ? undefined : name;
}

function isSetByGauth(env: Environment): boolean {
  return (env[PROFILE_VARIABLE] ?? '') !== '';
}

function without(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}
