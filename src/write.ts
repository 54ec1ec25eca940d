/** A session, written to its profile in AWS's two files. */
import { updateProfile } from './aws/profile.ts';
import type { Session } from './aws/session.ts';
import type { Opened } from './open.ts';
import { configEntries, credentialsEntries } from './output.ts';
import type { System } from './ports.ts';

/** Throws GauthError FILE, LOCKED, BAD_OPTION (a value that cannot be written), CANCELLED. */
export async function writeProfile(
  session: Session,
  opened: Opened,
  { signal }: Pick<System, 'signal'>,
): Promise<void> {
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
