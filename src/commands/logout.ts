/**
 * `gauth logout`: removes what earlier sign-ins saved on this machine. Credentials in the AWS files stay until they expire.
 */
import { dirname, join } from 'node:path';
import { storeFolder } from '../aws/paths.ts';
import { type GauthProfile, gauthProfiles, listProfiles } from '../aws/profiles.ts';
import { removeCachedSessions } from '../aws/session-cache.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { listNames, removeFile, removeFolder } from '../files/files.ts';
import { profileFolder, profileFolders } from '../google/browser-sign-in.ts';
import { removeJar, removeAllJars, removeKey, jarFolder } from '../session/google-session-files.ts';
import { chooseProfile } from '../session/profile-choice.ts';
import { type ProfileContext, loadProfile } from '../session/profile-context.ts';
import type { Keychain, Log, System } from '../ports.ts';
import { PASSWORD_SERVICE } from '../prompts/prompter.ts';
import { OPTIONS } from '../options/options.ts';
import type { Flags } from '../options/settings.ts';
import { completeSettings } from '../session/missing-settings.ts';
import { removeSamlCache } from '../session/saml-cache.ts';
import { rejectChainedProfile } from '../session/role-chain.ts';
import { samlCachePath } from '../session/saml-source.ts';
import { oneLine } from '../text.ts';

export async function logout(given: Flags, system: System): Promise<void> {
  const isGeneral = given.all !== undefined || given.username !== undefined;
  const flags = isGeneral ? given : await chooseProfile(given, system, 'use');
  const opened = await loadProfile(flags, system, COMMANDS.logout.options);
  const { all, quiet } = opened.settings;
  const removed = all ? await logOutAll(opened, system.keychain) : await logOutOne(opened, system);
  if (quiet) return;
  const what = removed.length === 0 ? 'Nothing was saved' : `Removed ${removed.join(', ')}`;
  system.stderr.write(`${what}.\n`);
}

/** Descriptions of what was removed. */
async function logOutOne(opened: ProfileContext, system: System): Promise<readonly string[]> {
  const { files, name, profile, origins, settings, log } = opened;
  const { idpId, keyring } = settings;
  if (profile === undefined && origins.profile === 'flag' && name !== '' && settings.username === undefined) {
    throw new GauthError('BAD_PROFILE', `profile ${oneLine(name)} does not exist`, {
      hints: ["'gauth status' lists the profiles"],
    });
  }
  if (settings.username === undefined) rejectChainedProfile(opened, 'gauth logout');
  const { username } = await completeSettings(settings, ['username'], system);
  const store = storeFolder(files);
  const removed: string[] = [];
  if (await removeJar(jarFolder(store), username)) removed.push(`the Google session of ${username}`);
  const folders = profileFolders(store, username);
  const ended = await Promise.all(folders.map(async (folder) => removeFolder(folder)));
  if (ended.includes(true)) removed.push(`the browser session of ${username}`);
  const profiles = gauthProfiles(await listProfiles(files));
  const own = profiles.filter((each) => isOfAccount(each, profiles, username, opened.defaults));
  const organisations = new Set([idpId, ...own.map(({ config }) => config.get(IDP_KEY))]);
  for (const organisation of organisations) {
    const path = organisation === undefined ? undefined : samlCachePath(files, organisation);
    if (path !== undefined && (await removeSamlCache({ path, store }))) removed.push('the SAML response');
  }
  const names = new Set([...(name === '' ? [] : [name]), ...own.map((each) => each.name)]);
  for (const each of names) {
    if (await removeCachedSessions(store, each))
      removed.push(`the cached credentials of profile ${oneLine(each)}`);
  }
  // A password in the keychain would allow a sign-in without a prompt, which is not a logout.
  if (keyring) {
    const isForgotten = await tryKeychain(log, async () =>
      system.keychain.delete(PASSWORD_SERVICE, username),
    );
    if (isForgotten) removed.push('the password in the keychain');
  }
  return removed;
}

const IDP_KEY = OPTIONS.idpId.profileKey ?? '';

/** Whether a profile, or the one whose credentials assume its role, signs in as this user. */
function isOfAccount(
  { config, source }: GauthProfile,
  profiles: readonly GauthProfile[],
  username: string,
  defaults: ProfileContext['defaults'],
): boolean {
  const above = source === undefined ? undefined : profiles.find(({ name }) => name === source);
  if (above !== undefined) return isOfAccount(above, profiles, username, defaults);
  const own = config.get(OPTIONS.username.profileKey ?? '') ?? defaults.values.get('username')?.text;
  return own?.toLowerCase() === username.toLowerCase();
}

async function logOutAll({ files, log }: ProfileContext, keychain: Keychain): Promise<readonly string[]> {
  const store = storeFolder(files);
  const removed: string[] = [];
  const jars = await removeAllJars(jarFolder(store));
  if (jars > 0) {
    removed.push(`the Google sessions of ${String(jars)} ${jars === 1 ? 'account' : 'accounts'}`);
    // Without a saved session there is no key either, and no reason to unlock a keychain.
    await tryKeychain(log, async () => removeKey(jarFolder(store), keychain));
  }
  if (await removeFolder(dirname(profileFolder(store, '')))) removed.push('the browser sessions');
  if (await removeFolder(join(store, 'sessions'))) removed.push('the cached credentials');
  const folder = dirname(files.credentials);
  for (const name of await listNames(folder)) {
    if (/^saml_cache_[\w-]+\.xml$/.test(name) && (await removeFile(join(folder, name)))) removed.push(name);
  }
  // Notes about SAML responses, and recorded failures.
  if (
    (await removeFolder(join(store, 'responses'))) &&
    !removed.some((each) => each.startsWith('saml_cache'))
  )
    removed.push('the SAML responses');
  await removeFolder(join(store, 'failures'));
  return removed;
}

/**
 * Whether it succeeded. The files are already removed: a keychain that cannot be used is reported and does not fail the
 * command.
 */
async function tryKeychain(log: Log, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof GauthError) || error.code !== 'KEYCHAIN') throw error;
    log.warn([error.message, ...error.hints].join('; '));
    return false;
  }
}
