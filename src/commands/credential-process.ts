/**
 * `gauth credential-process`: what the AWS CLI and the SDKs run to get credentials. Standard output is their JSON format
 * and nothing else.
 */
import { credentialProcessJson } from '../aws/session-cache-file.ts';
import { processCredentials } from '../aws/session-cache.ts';
import { sessionForProgram } from '../session/program-session.ts';
import type { System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';

export async function credentialProcess(given: Flags, system: System): Promise<void> {
  await sessionForProgram(given, system, (session) => {
    const { roleArn, assumedRoleArn } = session;
    const roles = {
      RoleArn: roleArn,
      ...(assumedRoleArn !== undefined && { AssumedRoleArn: assumedRoleArn }),
    };
    system.stdout.write(credentialProcessJson({ ...processCredentials(session), ...roles }));
  });
}
