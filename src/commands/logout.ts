/** `gauth logout`: forgets what earlier sign-ins left on this machine. AWS's keys stay: they run out by themselves. */
import { dirname, join } from 'node:path';
import { readProfile, sharedFiles } from '../aws/profile.ts';
import { GauthError } from '../errors.ts';
import { samlCachePath } from '../source.ts';
import { namesIn, removeFile } from '../files.ts';
import { forgetJar, forgetJars, forgetKey, jarFolder } from '../jar-store.ts';
import { createLog } from '../log.ts';
import type { Settings } from '../options.ts';
import type { Log, System } from '../ports.ts';
import { PASSWORD_SERVICE } from '../prompter.ts';
import { type Given, missing, profileOf, resolve } from '../settings.ts';

export async function logout(given: Given, system: System): Promise<void> {
  const files = sharedFiles(system.env, system.home);
  const name = profileOf(given, system.env);
  const profile = name === '' ? undefined : await readProfile(files, name);
  const { settings } = resolve(given, system.env, (key) => profile?.config.get(key));
  const log = createLog(settings.log, system.stderr);
  const forgotten = settings.all
    ? await forgetAll(files.credentials, system, log)
    : await forgetOne(files.credentials, settings, system, log);
  if (settings.quiet) return;
  const what = forgotten.length === 0 ? 'Nothing was kept' : `Forgot ${forgotten.join(', ')}`;
  system.stderr.write(`${what}.\n`);
}

/** What there was, in words. */
async function forgetOne(
  credentialsFile: string,
  settings: Settings,
  { keychain }: System,
  log: Log,
): Promise<readonly string[]> {
  const { username, idpId } = settings;
  if (username === undefined) throw missing('username');
  const forgotten: string[] = [];
  if (await forgetJar(jarFolder(credentialsFile), username))
    forgotten.push(`Google's session of ${username}`);
  const cache = idpId === undefined ? undefined : samlCachePath(credentialsFile, idpId);
  if (cache !== undefined && (await removeFile(cache))) forgotten.push('the SAML response');
  // A password in the keychain would sign in without a question, which is not what logging out means.
  if (settings.keyring) {
    await tolerantly(log, async () => keychain.delete(PASSWORD_SERVICE, username));
    forgotten.push('the password in the keychain');
  }
  return forgotten;
}

async function forgetAll(
  credentialsFile: string,
  { keychain }: System,
  log: Log,
): Promise<readonly string[]> {
  const forgotten: string[] = [];
  const store = jarFolder(credentialsFile);
  const jars = await forgetJars(store);
  if (jars > 0) {
    forgotten.push(`the Google sessions of ${String(jars)} ${jars === 1 ? 'account' : 'accounts'}`);
    // Without a jar there is no key either, and no reason to have a keychain unlocked.
    await tolerantly(log, async () => forgetKey(store, keychain));
  }
  const folder = dirname(credentialsFile);
  for (const name of await namesIn(folder)) {
    if (/^saml_cache_[\w-]+\.xml$/.test(name) && (await removeFile(join(folder, name)))) forgotten.push(name);
  }
  return forgotten;
}

/** The files are gone by now: a keychain that cannot be used costs a line. */
async function tolerantly(log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GauthError) || error.code !== 'KEYCHAIN') throw error;
    log.warn([error.message, ...error.hints].join('; '));
  }
}
