/** `gauth credential-process`: what the AWS CLI and every AWS SDK run to get credentials. Standard output is AWS's JSON and nothing else. */
import { processJson } from '../aws/kept.ts';
import { processCredentials } from '../aws/sessions.ts';
import { sessionBeside } from '../session/beside.ts';
import type { System } from '../ports.ts';
import type { Given } from '../options/settings.ts';

export async function credentialProcess(given: Given, system: System): Promise<void> {
  await sessionBeside(given, system, (session) => {
    system.stdout.write(processJson(processCredentials(session)));
  });
}
