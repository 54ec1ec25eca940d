/**
 * Locates AWS's files and the private store (the folder for gauth's own files), after checking that no other user can
 * read or write the store.
 */
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GauthError } from '../errors.ts';
import { isOwnedByUser } from '../files/file-owner.ts';
import type { Environment } from '../ports.ts';
import { type AwsFilePaths, awsFilePaths, storeFolder } from './paths.ts';

/** Mode bits that allow others to create files in a folder. */
const OTHERS_WRITE = 0o022;

/**
 * The paths of the files, with a store that only this user can access. It is next to the credentials file, unless others can read it
 * there or have prepared it: then it is in the home folder. Throws GauthError FILE if that belongs to another user too.
 */
export async function locateFiles(env: Environment, home: string): Promise<AwsFilePaths> {
  const paths = awsFilePaths(env, home);
  const folder = await look(dirname(paths.credentials));
  const files = folder !== undefined && isShared(folder) ? { ...paths, shared: true as const } : paths;
  if (await isPrivate(storeFolder(files))) return files;
  const store = storeFolder(awsFilePaths({}, home));
  if (await isPrivate(store)) return { ...files, store };
  throw new GauthError('FILE', `${store} belongs to another user, or others can write to it`, {
    hints: [
      `change its owner: sudo chown "$(id -un)" ${store} && chmod 700 ${store}`,
      'or set AWS_SHARED_CREDENTIALS_FILE to a file in a folder of your own',
    ],
  });
}

/** Whether only this user can access a folder, or it can be made so. In a shared folder it must be a real folder, since others can plant links. */
async function isPrivate(folder: string): Promise<boolean> {
  if (process.getuid === undefined) return true;
  const above = await look(dirname(folder));
  if (above === undefined) return true;
  const isInSharedFolder = isShared(above);
  // Create it before others do.
  if (isInSharedFolder) await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  const found = await (isInSharedFolder ? lstat(folder) : stat(folder)).catch(() => undefined);
  if (found === undefined) return !isInSharedFolder;
  if (isInSharedFolder && !found.isDirectory()) return false;
  if (!isOwnedByUser(found) && (isInSharedFolder || !isOwnerOf(found, above))) return false;
  if ((found.mode & OTHERS_WRITE) === 0) return true;
  // File systems without modes accept this and change nothing.
  return chmod(folder, 0o700).then(
    () => true,
    () => false,
  );
}

/** Whether other users can create files in a folder. */
function isShared(folder: Stats): boolean {
  if (process.getuid === undefined) return false;
  const isRoot = process.getuid() === 0;
  return (folder.mode & OTHERS_WRITE) !== 0 || (!isOwnedByUser(folder) && !isRoot);
}

/** Root may run with the home folder of another user; the folders in it then belong to that user. */
function isOwnerOf(found: Stats, above: Stats): boolean {
  return process.getuid?.() === 0 && found.uid === above.uid;
}

async function look(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
