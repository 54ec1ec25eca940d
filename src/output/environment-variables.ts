/**
 * The environment variables for `gauth exec` and `gauth env`: the credentials of a session, without others that lead to
 * other credentials. Pure.
 */
import type { Session } from '../aws/session.ts';
import { accountIdOf } from '../aws/session-cache-file.ts';
import { compactTime } from './session-output.ts';
import type { Environment } from '../ports.ts';
import type { Secret } from '../secret.ts';

/**
 * Names the profile of the credentials in the environment: for shell prompts, and so that gauth recognises what it has set.
 */
export const PROFILE_VARIABLE = 'GAUTH_PROFILE';

/** Variables with which the AWS SDKs would use other credentials or other metadata. */
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

/** Variables that hold the session. */
const SESSION_VARIABLES: readonly string[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_SESSION_EXPIRATION',
  'AWS_ACCOUNT_ID',
  PROFILE_VARIABLE,
];
const REGION: readonly string[] = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

/**
 * The variables for a session. The secrets are revealed: they go to the environment of a child process or to standard
 * output.
 */
export function sessionVariables(
  session: Session,
  { name, region }: { readonly name: string; readonly region: string | undefined },
): Readonly<Record<string, string>> {
  const accountId = accountIdOf(session);
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey.reveal(),
    AWS_SESSION_TOKEN: session.sessionToken.reveal(),
    ...(accountId === undefined ? {} : { AWS_ACCOUNT_ID: accountId }),
    // For the SDKs, in the format that all of them read.
    AWS_CREDENTIAL_EXPIRATION: `${session.expiration.toISOString().slice(0, 19)}Z`,
    // For users of aws-google-auth, as its --print-creds prints it.
    AWS_SESSION_EXPIRATION: compactTime(session.expiration),
    ...programVariables({ name: name === '' ? session.roleArn : name, region }),
  };
}

/** The variables that come with credentials in either way: the region, and the name of the profile, or the role without one. */
export function programVariables({
  name,
  region,
}: {
  readonly name: string;
  readonly region: string | undefined;
}): Readonly<Record<string, string>> {
  return {
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
    [PROFILE_VARIABLE]: name,
  };
}

/** The variables for the credential server: AWS SDKs ask it for credentials, and again before these expire. */
export function serverVariables(
  access: {
    readonly uriOf: (profile: string) => string;
    readonly tokenFile: string;
    /** For programs that do not read the file. */
    readonly tokenVariable: Secret | undefined;
  },
  profile: string,
): Readonly<Record<string, string>> {
  const { tokenFile, tokenVariable } = access;
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: access.uriOf(profile),
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    ...(tokenVariable && { AWS_CONTAINER_AUTHORIZATION_TOKEN: tokenVariable.reveal() }),
  };
}

/** Variables that are set, are not going to be replaced, and would lead a program to other credentials. */
export function conflictingVariables(
  env: Environment,
  variables: Readonly<Record<string, string>>,
): readonly string[] {
  const conflicting = [...new Set([...CONFLICTING, ...SESSION_VARIABLES])];
  const names = isSetByGauth(env) ? [...conflicting, ...REGION] : conflicting;
  return names.filter((name) => env[name] !== undefined && !Object.hasOwn(variables, name));
}

/** All variables that `gauth env` sets. The region is among them only if gauth has set it. */
export function gauthVariables(env: Environment): readonly string[] {
  return isSetByGauth(env) ? [...SESSION_VARIABLES, ...REGION] : SESSION_VARIABLES;
}

/**
 * The environment without the region set by an earlier `gauth env`, which sets both variables: it would be taken for a
 * setting of the user.
 */
export function withoutGauthRegion(env: Environment): Environment {
  const [first, ...others] = REGION.map((name) => env[name]);
  return isSetByGauth(env) && others.every((each) => each === first) ? without(env, REGION) : env;
}

/** The environment for a program that is to use this session. */
export function environmentWith(env: Environment, variables: Readonly<Record<string, string>>): Environment {
  return { ...without(env, conflictingVariables(env, variables)), ...variables };
}

/** The profile whose session `gauth env` has set; undefined if there is none, or for a role without a profile. */
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
