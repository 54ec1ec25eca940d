/** `gauth logout`: forgets what earlier sign-ins left on this machine. The keys in AWS's own files stay: they run out by themselves. */
import { dirname, join } from 'node:path';
import { storeFolder } from '../aws/paths.ts';
import { removeCachedSessions } from '../aws/session-cache.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { listNames, removeFile, removeFolder } from '../files/files.ts';
import { profileFolder } from '../google/browser-sign-in.ts';
import { removeJar, removeAllJars, removeKey, jarFolder } from '../session/google-session-store.ts';
import { type ProfileContext, loadProfile } from '../session/profile-context.ts';
import type { Keychain, Log, System } from '../ports.ts';
import { PASSWORD_SERVICE } from '../prompts/prompter.ts';
import type { Flags } from '../options/settings.ts';
import { requireSetting } from '../session/renewal.ts';
import { removeSamlCache } from '../session/saml-cache.ts';
import { dependentProfiles, rejectChainedProfile } from '../session/role-chain.ts';
import { samlCachePath } from '../session/saml-source.ts';
import { oneLine } from '../text.ts';

export async function logout(given: Flags, system: System): Promise<void> {
  const opened = await loadProfile(given, system, COMMANDS.logout.options);
  const { all, quiet } = opened.settings;
  const forgotten = all ? await forgetAll(opened, system.keychain) : await forgetOne(opened, system);
  if (quiet) return;
  const what = forgotten.length === 0 ? 'Nothing was kept' : `Forgot ${forgotten.join(', ')}`;
  system.stderr.write(`${what}.\n`);
}

/** What there was, in words. */
async function forgetOne(opened: ProfileContext, system: System): Promise<readonly string[]> {
  const { files, name, profile, origins, settings, log } = opened;
  const { idpId, keyring } = settings;
  if (profile === undefined && origins.profile === 'flag' && name !== '' && settings.username === undefined) {
    throw new GauthError('BAD_PROFILE', `there is no profile ${oneLine(name)} in the AWS files`, {
      hints: ["'gauth status' lists those that there are"],
    });
  }
  if (settings.username === undefined) rejectChainedProfile(opened, 'gauth logout');
  const username = await requireSetting('username', 'Google username: ', settings, system);
  const store = storeFolder(files);
  const forgotten: string[] = [];
  if (await removeJar(jarFolder(store), username)) forgotten.push(`Google's session of ${username}`);
  if (await removeFolder(profileFolder(store, username)))
    forgotten.push(`the browser's session of ${username}`);
  const cache = idpId === undefined ? undefined : samlCachePath(files, idpId);
  if (cache !== undefined && (await removeSamlCache({ path: cache, store })))
    forgotten.push('the SAML response');
  const dependent = name === '' ? [] : [name, ...(await dependentProfiles(name, files))];
  for (const each of dependent) {
    if (await removeCachedSessions(store, each)) forgotten.push(`the AWS session of profile ${each}`);
  }
  // A password in the keychain would sign in without a question, which is not what logging out means.
  if (keyring) {
    const isForgotten = await tolerantly(log, async () => system.keychain.delete(PASSWORD_SERVICE, username));
    if (isForgotten) forgotten.push('the password in the keychain');
  }
  return forgotten;
}

async function forgetAll({ files, log }: ProfileContext, keychain: Keychain): Promise<readonly string[]> {
  const store = storeFolder(files);
  const forgotten: string[] = [];
  const jars = await removeAllJars(jarFolder(store));
  if (jars > 0) {
    forgotten.push(`the Google sessions of ${String(jars)} ${jars === 1 ? 'account' : 'accounts'}`);
    // Without a jar there is no key either, and no reason to have a keychain unlocked.
    await tolerantly(log, async () => removeKey(jarFolder(store), keychain));
  }
  if (await removeFolder(dirname(profileFolder(store, '')))) forgotten.push("the browser's Google sessions");
  if (await removeFolder(join(store, 'sessions'))) forgotten.push('the AWS sessions');
  const folder = dirname(files.credentials);
  for (const name of await listNames(folder)) {
    if (/^saml_cache_[\w-]+\.xml$/.test(name) && (await removeFile(join(folder, name)))) forgotten.push(name);
  }
  // What was noted about these, and how sign-ins failed.
  if (
    (await removeFolder(join(store, 'responses'))) &&
    !forgotten.some((each) => each.startsWith('saml_cache'))
  )
    forgotten.push('the SAML responses');
  await removeFolder(join(store, 'failures'));
  return forgotten;
}

/** Whether it could be done. The files are gone by now: a keychain that cannot be used costs a line. */
async function tolerantly(log: Log, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof GauthError) || error.code !== 'KEYCHAIN') throw error;
    log.warn([error.message, ...error.hints].join('; '));
    return false;
  }
}
