/**
 * `gauth logout`: removes what earlier sign-ins saved on this machine. Credentials in the AWS files stay until they expire.
 */
import { dirname, join } from 'node:path';
import { storeFolder } from '../aws/paths.ts';
import { removeCachedSessions } from '../aws/session-cache.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { listNames, removeFile, removeFolder } from '../files/files.ts';
import { profileFolder } from '../google/browser-sign-in.ts';
import { removeJar, removeAllJars, removeKey, jarFolder } from '../session/google-session-store.ts';
import { chooseProfile } from '../session/profile-choice.ts';
import { type ProfileContext, loadProfile } from '../session/profile-context.ts';
import type { Keychain, Log, System } from '../ports.ts';
import { PASSWORD_SERVICE } from '../prompts/prompter.ts';
import type { Flags } from '../options/settings.ts';
import { completeSettings } from '../session/missing-settings.ts';
import { removeSamlCache } from '../session/saml-cache.ts';
import { dependentProfiles, rejectChainedProfile } from '../session/role-chain.ts';
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
  if (await removeFolder(profileFolder(store, username))) removed.push(`the browser session of ${username}`);
  const cache = idpId === undefined ? undefined : samlCachePath(files, idpId);
  if (cache !== undefined && (await removeSamlCache({ path: cache, store })))
    removed.push('the SAML response');
  const dependent = name === '' ? [] : [name, ...(await dependentProfiles(name, files))];
  for (const each of dependent) {
    if (await removeCachedSessions(store, each)) removed.push(`the cached credentials of profile ${each}`);
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
