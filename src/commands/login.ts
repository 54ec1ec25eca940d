/** `gauth`, `gauth login`: signs in, assumes the role and writes the profile. */
import { access } from '../access.ts';
import { MIN_TTL } from '../aws/kept.ts';
import { updateProfile } from '../aws/profile.ts';
import type { Session } from '../aws/session.ts';
import { type Opened, openProfile } from '../open.ts';
import { configEntries, credentialsEntries, exportLine, localTime } from '../output.ts';
import type { System } from '../ports.ts';
import { need, TYPED } from '../renew.ts';
import type { Given } from '../settings.ts';

export async function login(given: Given, system: System): Promise<void> {
  const found = await openProfile(given, system);
  const { quiet, printCreds } = found.settings;
  // The region comes first and always, the rest only when Google is asked (facts, cases 48, 55 and 58).
  const region = await need('region', 'AWS Region: ', found.settings, system);
  const opened = { ...found, settings: { ...found.settings, region } };

  const { session, kept } = await access(opened, system, {
    ...TYPED,
    minTtl: MIN_TTL,
    onRole: (role) => {
      if (!quiet) system.stderr.write(`Assuming ${role.roleArn}\n`);
    },
    onRenewed: async (renewed) => {
      if (opened.name !== '') await write(renewed.session, { ...opened, settings: renewed.settings }, system);
    },
  });

  if (!quiet) system.stderr.write(`Credentials Expiration: ${localTime(session.expiration)}\n`);
  if (printCreds) system.stdout.write(exportLine(session));
  await kept;
}

async function write(session: Session, opened: Opened, { signal }: System): Promise<void> {
  const { settings, files, name, profile, log } = opened;
  // A way that the profile remembers is forgotten only by another value in its place.
  const isForgotten = settings.signIn === 'auto' && profile?.config.has('gauth_sign_in') === true;
  const way = isForgotten ? [['gauth_sign_in', 'auto'] as const] : [];
  const config = { set: [...configEntries(settings, session), ...way] };
  // Static keys would win over credential_process, even when they have run out (facts, "The shared files").
  const byProcess = profile?.config.has('credential_process') ?? false;
  if (byProcess) log.warn(`profile ${name} has a credential_process, so its keys are not written`);
  const credentials = { set: credentialsEntries(session) };
  await updateProfile(files, name, byProcess ? { config } : { config, credentials }, { signal });
}
