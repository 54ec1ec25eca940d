/** Files among those of other users: a credentials file may lie in a folder that many write to, as /tmp is. */
import type { Stats } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';
import { isOwn, type SharedFiles, sharedFiles, storeFolder } from './places.ts';

/** Bits of a mode by which others may put something into a folder. */
const OTHERS_WRITE = 0o022;

/**
 * Where the files are, with a store that is this user's alone: in the folder beside the credentials file, somebody else could
 * read what is kept or have prepared sessions for others to take. Where that is not ours, the home folder's is taken.
 * Throws GauthError FILE where that is not, either.
 */
export async function ownFiles(env: Environment, home: string): Promise<SharedFiles> {
  const files = sharedFiles(env, home);
  if (await isOurs(storeFolder(files))) return files;
  const store = storeFolder(sharedFiles({}, home));
  if (await isOurs(store)) return { ...files, store };
  throw new GauthError('FILE', `${store} is another user's, or may be written by others`, {
    hints: [
      `have it made yours: sudo chown "$(id -un)" ${store} && chmod 700 ${store}`,
      'or name a credentials file in a folder of your own: AWS_SHARED_CREDENTIALS_FILE',
    ],
  });
}

async function isOurs(folder: string): Promise<boolean> {
  const found = (await look(folder)) ?? (await claimed(folder));
  if (found === undefined) return true;
  if (!isOwn(found)) return false;
  if ((found.mode & OTHERS_WRITE) === 0 || process.getuid === undefined) return true;
  // File systems without modes take this for done, and there is nothing to mend.
  return chmod(folder, 0o700).then(
    () => true,
    () => false,
  );
}

/** A folder that is missing among those of others, made before they make it; undefined where there is no need, or no way. */
async function claimed(folder: string): Promise<Stats | undefined> {
  const above = await look(dirname(folder));
  if (above === undefined || (isOwn(above) && (above.mode & OTHERS_WRITE) === 0)) return undefined;
  await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  return look(folder);
}

async function look(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
