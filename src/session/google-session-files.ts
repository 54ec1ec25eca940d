/** The files and the key of saved Google sessions: where they are, and how they are removed. Loads no cookie jar. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { listNames, removeFile } from '../files/files.ts';
import type { Keychain } from '../ports.ts';

/** The service of the keychain entries that hold the keys. */
export const KEYCHAIN_SERVICE = 'gauth';
/** The end of the name of a file with a jar. */
export const JAR_EXTENSION = '.jar';
/** This file exists once gauth has reported that nothing is saved. */
export const NO_KEYCHAIN_MARKER = 'no-keychain';

/** The folder of all jars, in the private store. */
export function jarFolder(store: string): string {
  return resolve(store, 'jars');
}

/** The path of the jar of one account. */
export function jarPath(folder: string, username: string): string {
  return join(folder, jarName(username));
}

/** Removes the jar of one account, and temporary files of killed runs; false if there was none. Throws GauthError FILE. */
export async function removeJar(folder: string, username: string): Promise<boolean> {
  return (await removeJars(folder, jarName(username))) > 0;
}

/** Removes every jar; returns the number of accounts. Throws GauthError FILE. */
export async function removeAllJars(folder: string): Promise<number> {
  await removeFile(join(folder, NO_KEYCHAIN_MARKER));
  return removeJars(folder);
}

/** Returns the number of accounts whose jars were removed. A temporary file holds the cookies of a run that was killed. */
async function removeJars(folder: string, only?: string): Promise<number> {
  const jars = (await listNames(folder)).flatMap((name) => {
    const [, jar] = /^([0-9a-f]+\.jar)(?:\..+)?$/.exec(name) ?? [];
    return jar === undefined || (only !== undefined && jar !== only) ? [] : [{ name, jar }];
  });
  const removed = await Promise.all(
    jars.map(async ({ name, jar }) => ((await removeFile(join(folder, name))) ? [jar] : [])),
  );
  return new Set(removed.flat()).size;
}

/** Removes the key, without which no jar of this folder can be read. Throws GauthError KEYCHAIN. */
export async function removeKey(folder: string, keychain: Keychain): Promise<void> {
  await keychain.delete(KEYCHAIN_SERVICE, keyAccount(folder));
}

/** The name of the file with the jar of an account. Shows nothing of the address. */
export function jarName(username: string): string {
  return `${createHash('sha256').update(username.trim().toLowerCase()).digest('hex').slice(0, 32)}${JAR_EXTENSION}`;
}

/** The name of a folder's key in the keychain. Each folder has its own, so that one can be removed without the others. */
export function keyAccount(folder: string): string {
  return `google-sessions ${folder}`;
}
