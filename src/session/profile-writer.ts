/** Writes the credentials of a session to its profile in the two AWS files. */
import { confirm } from '../prompts/confirmation.ts';
import {
  hasLongTermKeys,
  type Profile,
  type ProfileChanges,
  readProfile,
  runsGauth,
  checkUpdate,
  updateProfile,
} from '../aws/profiles.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import type { WaitBudget } from '../files/lock.ts';
import type { ProfileContext } from './profile-context.ts';
import { OPTION_NAMES, optionRow } from '../options/options.ts';
import { isGauthKey } from '../options/settings.ts';
import { configEntries, CREDENTIALS_KEYS, credentialsEntries } from '../output/session-output.ts';
import type { System } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';

/** What the user has agreed to in advance. */
export interface Consent {
  /** Replace long-term access keys, which AWS shows only once. */
  readonly lasting?: boolean;
}

/**
 * Throws GauthError BAD_PROFILE for a profile with long-term access keys that the user has not agreed to replace, FILE,
 * LOCKED, BAD_OPTION (a value that cannot be written), CANCELLED.
 */
export async function writeProfile(
  session: Session,
  opened: ProfileContext,
  { signal }: Pick<System, 'signal'>,
  { lasting = false }: Consent = {},
  budget?: WaitBudget,
): Promise<void> {
  const { files, name, profile, log } = opened;
  if (hasProcess(profile) && !runsGauth(profile?.config))
    log.warn(
      `profile ${oneLine(name)} has the credential_process of another program, so no credentials are written`,
    );
  // Read again: a sign-in takes time, and with many profiles the credentials file was not read before.
  if (!lasting && (await wouldLoseKeys(opened))) throw hasLongTermKeysError(opened);
  await updateProfile(files, name, changesFor(session, opened), { signal, budget });
}

/** Stands for a session that is still to come. */
const PLACEHOLDER: Session = {
  accessKeyId: 'x',
  secretAccessKey: new Secret('x'),
  sessionToken: new Secret('x'),
  expiration: new Date(0),
  roleArn: 'x',
  durationSeconds: 0,
};

/**
 * Checks before the first prompt whether a session could be written. Asks before long-term access keys are replaced.
 * Throws GauthError BAD_PROFILE for them if there is no terminal, CANCELLED, FILE, BAD_OPTION.
 */
export async function checkProfileWrite(
  opened: ProfileContext,
  { terminal, signal }: Pick<System, 'terminal' | 'signal'>,
): Promise<Consent> {
  const notes = await checkUpdate(opened.files, opened.name, changesFor(PLACEHOLDER, opened));
  for (const note of notes) opened.log.warn(note);
  if (!(await wouldLoseKeys(opened))) return {};
  if (!(await terminal.available())) throw hasLongTermKeysError(opened);
  const question = `Profile ${oneLine(opened.name)} has long-term access keys, which AWS cannot show again. Replace them?`;
  if (!(await confirm(question, false, { terminal, signal })))
    throw new GauthError('CANCELLED', 'nothing was written');
  return { lasting: true };
}

async function wouldLoseKeys({ files, name, profile }: ProfileContext): Promise<boolean> {
  return !hasProcess(profile) && hasLongTermKeys(await readProfile(files, name));
}

function hasLongTermKeysError({ files, name }: ProfileContext): GauthError {
  return new GauthError(
    'BAD_PROFILE',
    `profile ${oneLine(name)} has long-term access keys, which temporary credentials would replace`,
    {
      hints: [
        'use another profile: gauth -p',
        `or, if they are not needed, delete aws_access_key_id and aws_secret_access_key under [${oneLine(name)}] in ${oneLine(files.credentials)}`,
      ],
    },
  );
}

function changesFor(
  session: Session,
  { settings: requested, origins, profile }: ProfileContext,
): ProfileChanges {
  // -a applies to one run: otherwise each refresh would prompt, where there may be no user.
  const askRole = /^true$/i.test(profile?.config.get('google_config.ask_role') ?? '') && requested.askRole;
  const settings = { ...requested, askRole };
  // A sign-in method saved in the profile is removed only by writing another value.
  const isForgotten = settings.signIn === 'auto' && profile?.config.has('gauth_sign_in') === true;
  const signInKey = isForgotten ? [['gauth_sign_in', 'auto'] as const] : [];
  const own = OPTION_NAMES.flatMap((name) => {
    const key = optionRow(name).profileKey;
    return isGauthKey(key) ? [{ key, origin: origins[name] }] : [];
  });
  // A variable applies to the runs that see it. The keys of aws-google-auth are written as that tool writes them.
  const fromVariables = new Set(own.flatMap(({ key, origin }) => (origin === 'environment' ? key : [])));
  const set = [...configEntries(settings, session), ...signInKey].filter(([key]) => !fromVariables.has(key));
  const written = new Set(set.map(([key]) => key));
  const remove = own
    .filter(({ key, origin }) => origin === 'flag' && !written.has(key) && profile?.config.has(key))
    .map(({ key }) => key);
  const config = { set, remove };
  if (!hasProcess(profile)) return { config, credentials: { set: credentialsEntries(session) } };
  // Static credentials take precedence over credential_process, even when they have expired (facts, "The shared files").
  const isInTheWay = runsGauth(profile?.config) && profile?.credentials.has('aws_session_token') === true;
  return isInTheWay ? { config, credentials: { set: [], remove: CREDENTIALS_KEYS } } : { config };
}

/** Stands for a duration that is still to be found out. */
export const OPEN_DURATION = '(as long as the role allows)';

/** The keys that a profile would get in the config file. */
export function plannedEntries(opened: ProfileContext): readonly (readonly [key: string, value: string])[] {
  const { settings, profile } = opened;
  const roleArn = settings.roleArn ?? '';
  const set = changesFor({ ...PLACEHOLDER, roleArn }, opened).config?.set ?? [];
  const line = profile?.config.get('credential_process');
  const isOpen = settings.autoDuration && settings.chain.length === 0;
  const entries = set.map(([key, value]) =>
    isOpen && key === 'google_config.duration' ? ([key, OPEN_DURATION] as const) : ([key, value] as const),
  );
  return line === undefined ? entries : [...entries, ['credential_process', line]];
}

function hasProcess(profile: Profile | undefined): boolean {
  return profile?.config.has('credential_process') ?? false;
}
