/** `gauth exec --server`: runs a program that gets its credentials from the credential server. */
import { readProfile, type Profile } from '../aws/profiles.ts';
import type { AwsFilePaths } from '../aws/paths.ts';
import { environmentWith, programVariables, serverVariables } from '../output/environment-variables.ts';
import { type Flags, withoutFlags } from '../options/settings.ts';
import type { Log, ProgramResult, System } from '../ports.ts';
import { withCredentialServer } from '../session/credential-server.ts';
import { servedProfileNow } from '../session/served-profile.ts';

/** Keys of a profile with which AWS tools find credentials. */
const CREDENTIAL_KEYS = [
  ...['aws_access_key_id', 'credential_process', 'credential_source', 'login_session', 'role_arn'],
  ...['sso_account_id', 'sso_session', 'sso_start_url', 'web_identity_token_file'],
];

/** Throws what a sign-in throws, and GauthError SERVER_FAILED. */
export async function runWithServer(
  given: Flags,
  system: System,
  command: readonly [string, ...string[]],
): Promise<ProgramResult> {
  const served = await servedProfileNow(withoutFlags(given, 'server', 'tokenVariable'), system);
  const { files, name, settings, log } = served.opened;
  const tokenVariable = given.tokenVariable !== undefined;
  return withCredentialServer([served], { files, tokenVariable }, system, async (access) => {
    const variables = {
      ...serverVariables(access, name),
      ...programVariables({
        name: name === '' ? (served.initial?.roleArn ?? '') : name,
        region: settings.region,
      }),
      ...(await hiddenFiles(files, system, log)),
    };
    return system.programs.execute(command, environmentWith(system.env, variables));
  });
}

/**
 * AWS tools look for credentials in the profile `default` before they ask a server. If it has some, the program must not see
 * the file, or it would use the wrong account.
 */
async function hiddenFiles(
  files: AwsFilePaths,
  { platform }: System,
  log: Log,
): Promise<Readonly<Record<string, string>>> {
  const nothing = platform === 'win32' ? 'NUL' : '/dev/null';
  const profile = await readProfile(files, 'default');
  const hidden = {
    ...(hasCredentials(profile?.credentials) && { AWS_SHARED_CREDENTIALS_FILE: nothing }),
    ...(hasCredentials(profile?.config) && { AWS_CONFIG_FILE: nothing }),
  };
  for (const variable of Object.keys(hidden)) {
    const path = variable === 'AWS_CONFIG_FILE' ? files.config : files.credentials;
    log.warn(
      `profile default in ${path} has credentials, which AWS tools prefer to those of the server: the program does not see this file`,
    );
  }
  return hidden;
}

function hasCredentials(keys: Profile['config'] | undefined): boolean {
  return keys !== undefined && CREDENTIAL_KEYS.some((key) => keys.has(key));
}
