/** `gauth`, `gauth login`: signs in, assumes the role and writes the profile. */
import { updateProfile } from '../aws/profile.ts';
import type { Session } from '../aws/sts.ts';
import { type Opened, openProfile } from '../open.ts';
import { configEntries, credentialsEntries, exportLine, localTime } from '../output.ts';
import type { System } from '../ports.ts';
import { need, renew } from '../renew.ts';
import type { Given } from '../settings.ts';

export async function login(given: Given, system: System): Promise<void> {
  const found = await openProfile(given, system);
  const { quiet, printCreds } = found.settings;
  // The region comes first and always, the rest only when Google is asked (facts, cases 48, 55 and 58).
  const region = await need('region', 'AWS Region: ', found.settings, system);
  const opened = { ...found, settings: { ...found.settings, region } };

  const { session, settings, kept } = await renew(opened, system, (role) => {
    if (!quiet) system.stderr.write(`Assuming ${role.roleArn}\n`);
  });

  if (opened.name !== '') await write(session, { ...opened, settings }, system);
  if (!quiet) system.stderr.write(`Credentials Expiration: ${localTime(session.expiration)}\n`);
  if (printCreds) system.stdout.write(exportLine(session));
  await kept;
}

async function write(session: Session, opened: Opened, { signal }: System): Promise<void> {
  const { settings, files, name, profile, log } = opened;
  const config = { set: configEntries(settings, session) };
  // Static keys would win over credential_process, even when they have run out (facts, "The shared files").
  const byProcess = profile?.config.has('credential_process') ?? false;
  if (byProcess) log.warn(`profile ${name} has a credential_process, so its keys are not written`);
  const credentials = { set: credentialsEntries(session) };
  await updateProfile(files, name, byProcess ? { config } : { config, credentials }, { signal });
}
