/** `gauth logout`: forgets what earlier sign-ins left on this machine. The keys in AWS's own files stay: they run out by themselves. */
import { dirname, join } from 'node:path';
import { storeFolder } from '../aws/places.ts';
import { dropSessions } from '../aws/sessions.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { namesIn, removeFile, removeFolder } from '../files/files.ts';
import { profileFolder } from '../google/browser.ts';
import { forgetJar, forgetJars, forgetKey, jarFolder } from '../session/jar-store.ts';
import { type Opened, openProfile } from '../session/open.ts';
import type { Keychain, Log, System } from '../ports.ts';
import { PASSWORD_SERVICE } from '../person/prompter.ts';
import type { Given } from '../options/settings.ts';
import { need } from '../session/renew.ts';
import { dropSamlCache } from '../session/saml-cache.ts';
import { builtOn, refuseSecondRole } from '../session/second-role.ts';
import { samlCachePath } from '../session/source.ts';
import { plain } from '../text.ts';

export async function logout(given: Given, system: System): Promise<void> {
  const opened = await openProfile(given, system, COMMANDS.logout.options);
  const { all, quiet } = opened.settings;
  const forgotten = all ? await forgetAll(opened, system.keychain) : await forgetOne(opened, system);
  if (quiet) return;
  const what = forgotten.length === 0 ? 'Nothing was kept' : `Forgot ${forgotten.join(', ')}`;
  system.stderr.write(`${what}.\n`);
}

/** What there was, in words. */
async function forgetOne(opened: Opened, system: System): Promise<readonly string[]> {
  const { files, name, profile, origins, settings, log } = opened;
  const { idpId, keyring } = settings;
  if (profile === undefined && origins.profile === 'flag' && name !== '' && settings.username === undefined) {
    throw new GauthError('BAD_PROFILE', `there is no profile ${plain(name)} in the AWS files`, {
      hints: ["'gauth status' lists those that there are"],
    });
  }
  if (settings.username === undefined) refuseSecondRole(opened, 'gauth logout');
  const username = await need('username', 'Google username: ', settings, system);
  const store = storeFolder(files);
  const forgotten: string[] = [];
  if (await forgetJar(jarFolder(store), username)) forgotten.push(`Google's session of ${username}`);
  if (await removeFolder(profileFolder(store, username)))
    forgotten.push(`the browser's session of ${username}`);
  const cache = idpId === undefined ? undefined : samlCachePath(files, idpId);
  if (cache !== undefined && (await dropSamlCache({ path: cache, store })))
    forgotten.push('the SAML response');
  const dependent = name === '' ? [] : [name, ...(await builtOn(name, files))];
  for (const each of dependent) {
    if (await dropSessions(store, each)) forgotten.push(`the AWS session of profile ${each}`);
  }
  // A password in the keychain would sign in without a question, which is not what logging out means.
  if (keyring) {
    const isForgotten = await tolerantly(log, async () => system.keychain.delete(PASSWORD_SERVICE, username));
    if (isForgotten) forgotten.push('the password in the keychain');
  }
  return forgotten;
}

async function forgetAll({ files, log }: Opened, keychain: Keychain): Promise<readonly string[]> {
  const store = storeFolder(files);
  const forgotten: string[] = [];
  const jars = await forgetJars(jarFolder(store));
  if (jars > 0) {
    forgotten.push(`the Google sessions of ${String(jars)} ${jars === 1 ? 'account' : 'accounts'}`);
    // Without a jar there is no key either, and no reason to have a keychain unlocked.
    await tolerantly(log, async () => forgetKey(jarFolder(store), keychain));
  }
  if (await removeFolder(dirname(profileFolder(store, '')))) forgotten.push("the browser's Google sessions");
  if (await removeFolder(join(store, 'sessions'))) forgotten.push('the AWS sessions');
  const folder = dirname(files.credentials);
  for (const name of await namesIn(folder)) {
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
