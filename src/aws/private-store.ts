/** The private store: the folder of all that gauth keeps, where no other user can read or prepare anything. */
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GauthError } from '../errors.ts';
import { isOwnedByUser } from '../files/owner.ts';
import type { Environment } from '../ports.ts';
import { type AwsFilePaths, awsFilePaths, storeFolder } from './paths.ts';

/** Bits of a mode by which others may put something into a folder. */
const OTHERS_WRITE = 0o022;

/**
 * The paths of the files, with a store that is this user's alone. It is beside the credentials file, unless somebody else could
 * read what is kept there or has prepared it for others to take: then it is in the home folder.
 * Throws GauthError FILE if that is another user's, too.
 */
export async function locateFiles(env: Environment, home: string): Promise<AwsFilePaths> {
  const paths = awsFilePaths(env, home);
  const folder = await look(dirname(paths.credentials));
  const files = folder !== undefined && isShared(folder) ? { ...paths, shared: true as const } : paths;
  if (await isPrivate(storeFolder(files))) return files;
  const store = storeFolder(awsFilePaths({}, home));
  if (await isPrivate(store)) return { ...files, store };
  throw new GauthError('FILE', `${store} is another user's, or may be written by others`, {
    hints: [
      `make it yours: sudo chown "$(id -un)" ${store} && chmod 700 ${store}`,
      'or name a credentials file in a folder of your own: AWS_SHARED_CREDENTIALS_FILE',
    ],
  });
}

/** Whether a folder is this user's alone, or can be made so. Among other users' files it has to be a real folder: links may be planted. */
async function isPrivate(folder: string): Promise<boolean> {
  if (process.getuid === undefined) return true;
  const above = await look(dirname(folder));
  if (above === undefined) return true;
  const isAmongOthers = isShared(above);
  // Before others make it.
  if (isAmongOthers) await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  const found = await (isAmongOthers ? lstat(folder) : stat(folder)).catch(() => undefined);
  if (found === undefined) return !isAmongOthers;
  if (isAmongOthers && !found.isDirectory()) return false;
  if (!isOwnedByUser(found) && (isAmongOthers || !isOwnerOf(found, above))) return false;
  if ((found.mode & OTHERS_WRITE) === 0) return true;
  // File systems without modes accept this and change nothing.
  return chmod(folder, 0o700).then(
    () => true,
    () => false,
  );
}

/** Whether other users may put something into a folder. */
function isShared(folder: Stats): boolean {
  if (process.getuid === undefined) return false;
  const isRoots = process.getuid() === 0;
  return (folder.mode & OTHERS_WRITE) !== 0 || (!isOwnedByUser(folder) && !isRoots);
}

/** Root may run with the home folder of another user, whose folders in it are that user's. */
function isOwnerOf(found: Stats, above: Stats): boolean {
  return process.getuid?.() === 0 && found.uid === above.uid;
}

async function look(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
