/** A session, written to its profile in AWS's two files. */
import { type Profile, type ProfileChanges, tryUpdate, updateProfile } from '../aws/profile.ts';
import type { Session } from '../aws/session.ts';
import type { Opened } from './open.ts';
import { configEntries, credentialsEntries } from '../output/output.ts';
import type { System } from '../ports.ts';
import { Secret } from '../secret.ts';

/** Throws GauthError FILE, LOCKED, BAD_OPTION (a value that cannot be written), CANCELLED. */
export async function writeProfile(
  session: Session,
  opened: Opened,
  { signal }: Pick<System, 'signal'>,
): Promise<void> {
  const { files, name, profile, log } = opened;
  if (hasProcess(profile)) log.warn(`profile ${name} has a credential_process, so its keys are not written`);
  await updateProfile(files, name, changesFor(session, opened), { signal });
}

/** Whether a session could be written, found out before anybody is asked for a password. Throws GauthError FILE, BAD_OPTION. */
export async function tryProfile(opened: Opened): Promise<void> {
  const secret = new Secret('x');
  const session = {
    accessKeyId: 'x',
    secretAccessKey: secret,
    sessionToken: secret,
    expiration: new Date(0),
    roleArn: 'x',
    durationSeconds: 0,
  };
  await tryUpdate(opened.files, opened.name, changesFor(session, opened));
}

function changesFor(session: Session, { settings: asked, profile }: Opened): ProfileChanges {
  // To be asked is for one run: -a would else come back at each refresh, where nobody may be there to answer.
  const askRole = /^true$/i.test(profile?.config.get('google_config.ask_role') ?? '') && asked.askRole;
  const settings = { ...asked, askRole };
  // A way that the profile remembers is forgotten only by another value in its place.
  const isForgotten = settings.signIn === 'auto' && profile?.config.has('gauth_sign_in') === true;
  const way = isForgotten ? [['gauth_sign_in', 'auto'] as const] : [];
  const config = { set: [...configEntries(settings, session), ...way] };
  // Static keys would win over credential_process, even when they have run out (facts, "The shared files").
  return hasProcess(profile) ? { config } : { config, credentials: { set: credentialsEntries(session) } };
}

function hasProcess(profile: Profile | undefined): boolean {
  return profile?.config.has('credential_process') ?? false;
}
