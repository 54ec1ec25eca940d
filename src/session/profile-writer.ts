/** A session, written to its profile in AWS's two files. */
import {
  hasLongTermKeys,
  type Profile,
  type ProfileChanges,
  readProfile,
  checkUpdate,
  updateProfile,
} from '../aws/profiles.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import type { WaitBudget } from '../files/lock.ts';
import type { ProfileContext } from './profile-context.ts';
import { OPTION_NAMES, optionRow } from '../options/options.ts';
import { isGauthKey } from '../options/settings.ts';
import { configEntries, credentialsEntries } from '../output/session-output.ts';
import type { System } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';

/** What a person has agreed to beforehand. */
export interface Consent {
  /** That lasting keys, which AWS shows only once, are replaced. */
  readonly lasting?: boolean;
}

/**
 * Throws GauthError BAD_PROFILE for one with lasting keys that nobody has agreed to lose, FILE, LOCKED, BAD_OPTION (a value that
 * cannot be written), CANCELLED.
 */
export async function writeProfile(
  session: Session,
  opened: ProfileContext,
  { signal }: Pick<System, 'signal'>,
  { lasting = false }: Consent = {},
  budget?: WaitBudget,
): Promise<void> {
  const { files, name, profile, log } = opened;
  if (hasProcess(profile)) log.warn(`profile ${name} has a credential_process, so its keys are not written`);
  // Read anew: a sign-in takes its time, and with many profiles the credentials file was not looked at before.
  if (!lasting && (await losesKeys(opened))) throw hasKeys(opened);
  await updateProfile(files, name, changesFor(session, opened), { signal, budget });
}

/**
 * Whether a session could be written, found out before anybody is asked for a password; lasting keys in its place are a question.
 * Throws GauthError BAD_PROFILE for them where nobody can be asked, CANCELLED, FILE, BAD_OPTION.
 */
export async function checkProfileWrite(
  opened: ProfileContext,
  { terminal, signal }: Pick<System, 'terminal' | 'signal'>,
): Promise<Consent> {
  const secret = new Secret('x');
  const session = {
    accessKeyId: 'x',
    secretAccessKey: secret,
    sessionToken: secret,
    expiration: new Date(0),
    roleArn: 'x',
    durationSeconds: 0,
  };
  const notes = await checkUpdate(opened.files, opened.name, changesFor(session, opened));
  for (const note of notes) opened.log.warn(note);
  if (!(await losesKeys(opened))) return {};
  if (!(await terminal.available())) throw hasKeys(opened);
  const question = `Profile ${oneLine(opened.name)} holds lasting keys, which AWS cannot show again. Replace them? [y/N] `;
  const answer = await terminal.ask(question, { signal });
  if (!/^y(es)?$/i.test(answer.trim())) throw new GauthError('CANCELLED', 'nothing was written');
  return { lasting: true };
}

async function losesKeys({ files, name, profile }: ProfileContext): Promise<boolean> {
  return !hasProcess(profile) && hasLongTermKeys(await readProfile(files, name));
}

function hasKeys({ files, name }: ProfileContext): GauthError {
  return new GauthError(
    'BAD_PROFILE',
    `profile ${oneLine(name)} holds lasting keys, which temporary ones would replace`,
    {
      hints: [
        'use another profile: gauth -p NAME',
        `or, if nobody needs them, delete aws_access_key_id and aws_secret_access_key below [${oneLine(name)}] in ${oneLine(files.credentials)}`,
      ],
    },
  );
}

function changesFor(session: Session, { settings: asked, origins, profile }: ProfileContext): ProfileChanges {
  // To be asked is for one run: -a would else come back at each refresh, where nobody may be there to answer.
  const askRole = /^true$/i.test(profile?.config.get('google_config.ask_role') ?? '') && asked.askRole;
  const settings = { ...asked, askRole };
  // A way that the profile remembers is forgotten only by another value in its place.
  const isForgotten = settings.signIn === 'auto' && profile?.config.has('gauth_sign_in') === true;
  const way = isForgotten ? [['gauth_sign_in', 'auto'] as const] : [];
  const own = OPTION_NAMES.flatMap((name) => {
    const key = optionRow(name).profileKey;
    return isGauthKey(key) ? [{ key, origin: origins[name] }] : [];
  });
  // A variable is for the runs that see it; aws-google-auth's own keys are written as that tool writes them.
  const passing = new Set(own.flatMap(({ key, origin }) => (origin === 'environment' ? key : [])));
  const set = [...configEntries(settings, session), ...way].filter(([key]) => !passing.has(key));
  const written = new Set(set.map(([key]) => key));
  const remove = own
    .filter(({ key, origin }) => origin === 'flag' && !written.has(key) && profile?.config.has(key))
    .map(({ key }) => key);
  const config = { set, remove };
  // Static keys would win over credential_process, even when they have run out (facts, "The shared files").
  return hasProcess(profile) ? { config } : { config, credentials: { set: credentialsEntries(session) } };
}

function hasProcess(profile: Profile | undefined): boolean {
  return profile?.config.has('credential_process') ?? false;
}
