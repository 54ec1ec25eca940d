/** Files of the user: read as they are, replaced in one step. */
import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import {
  type FileHandle,
  access,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { GauthError } from './errors.ts';
import { fileError, hasCode, ignore, unless } from './file-error.ts';
import { resolveTarget } from './targets.ts';

/** Ten thousand profiles are 5 MB. */
const SIZE_LIMIT = 64 * 1024 * 1024;
/** A temporary file lives for milliseconds; one this old (in milliseconds) was left by a killed process. */
const LEFT_BEHIND = 60 * 60 * 1000;
/** How long a Windows program that reads the file (a virus scanner, say) may keep it from being replaced, in milliseconds. */
const BUSY_LIMIT = 2000;
/** How all our passing files end. */
export const TEMPORARY = '.gauth-tmp';

/**
 * The text of a UTF-8 file, byte order mark included; undefined when there is no such file.
 * Throws GauthError FILE when it cannot be read, is no file, is larger than `limit` bytes, or is not UTF-8 (naming the line).
 */
export async function readTextFile(path: string, limit = SIZE_LIMIT): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    // Without O_NONBLOCK a named pipe in the file's place would wait for a writer for ever. (On Windows it is undefined, which adds nothing.)
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await regular(file, path);
      if (size > limit) throw new GauthError('FILE', `${path} is larger than ${String(limit)} bytes`);
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileError(`${path} cannot be read`, path, error);
  }
  return decode(bytes, path);
}

async function regular(file: FileHandle, path: string): Promise<{ readonly size: number }> {
  const found = await file.stat();
  if (!found.isFile()) throw new GauthError('FILE', `${path} is not a file`);
  return found;
}

function decode(bytes: Buffer, path: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    throw new GauthError(
      'FILE',
      `${path} cannot be understood: line ${String(firstBadLine(bytes))} is not UTF-8`,
      {
        hints: ['the file was left as it is: save it as UTF-8, then try again'],
      },
    );
  }
}

/** The number of the first line that is not UTF-8. A line feed is part of no longer character, so lines can be tried one by one. */
function firstBadLine(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let line = 1, start = 0; ; line += 1) {
    const stop = bytes.indexOf(10, start);
    try {
      decoder.decode(bytes.subarray(start, stop === -1 ? bytes.length : stop));
    } catch {
      return line;
    }
    if (stop === -1) return line;
    start = stop + 1;
  }
}

/**
 * Puts `contents` in a file's place: readers see the old or the new text and nothing between, and a killed process leaves one of them.
 * Symbolic links stay and their target is replaced. An existing file keeps its mode and, where the system allows it, its owner;
 * a new one gets `mode` (default 0600), new folders 0700. Nothing is written when the file holds just this already.
 * Throws GauthError FILE.
 */
export async function replaceFile(
  path: string,
  contents: string,
  options: { readonly mode?: number } = {},
): Promise<void> {
  try {
    const target = await resolveTarget(path);
    const bytes = Buffer.from(contents);
    const old = await unless(['ENOENT'], stat(target));
    if (old && !old.isFile()) throw new GauthError('FILE', `${path} is not a file`);
    if (old && old.size === bytes.length && bytes.equals(await readFile(target))) return;
    await makeFolder(dirname(target));
    await writeBeside(target, bytes, old ?? { mode: options.mode ?? 0o600 });
    await sweep(target);
  } catch (error) {
    throw fileError(`${path} cannot be written`, path, error);
  }
}

/** Finds out, without changing anything, whether the system would let `replaceFile` make its file. Throws GauthError FILE. */
export async function checkReplaceable(path: string): Promise<void> {
  try {
    let folder = dirname(await resolveTarget(path));
    while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(`${path} cannot be written`, path, error);
  }
}

/** Removes a file; false where there was none. Throws GauthError FILE. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw fileError(`${path} cannot be removed`, path, error);
  }
}

/** Removes a folder with all that is in it; false where there was none. Throws GauthError FILE. */
export async function removeFolder(path: string): Promise<boolean> {
  try {
    if ((await unless(['ENOENT', 'ENOTDIR'], lstat(path))) === undefined) return false;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } catch (error) {
    throw fileError(`${path} cannot be removed`, path, error);
  }
}

/** What a folder holds; nothing where there is no folder. Throws GauthError FILE. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw fileError(`${folder} cannot be read`, folder, error);
  }
}

/**
 * Makes a folder and those above it, readable by its owner only; one that exists stays as it is.
 * (Node's own `recursive` never comes back where the system answers ENOENT to each try, as in /proc.)
 */
export async function makeFolder(path: string): Promise<void> {
  if ((await unless(['ENOENT'], stat(path)))?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (!(await stat(path).catch(ignore))?.isDirectory()) throw error;
  }
}

interface Old {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

async function writeBeside(target: string, bytes: Buffer, like: Old): Promise<void> {
  const temporary = `${target}.${randomBytes(6).toString('hex')}${TEMPORARY}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await file.writeFile(bytes);
      await keepOwner(file, like);
      // After the owner, since a change of owner drops mode bits; as said, whatever the umask is.
      await file.chmod(like.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameBusy(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(ignore);
    throw error;
  }
  await syncFolder(dirname(target));
}

async function keepOwner(file: FileHandle, { uid, gid }: Old): Promise<void> {
  if (uid === undefined || gid === undefined || process.platform === 'win32') return;
  const own = await file.stat();
  if (own.uid === uid && own.gid === gid) return;
  // Only root may give a file away. The group often works alone, and neither is worth a failure.
  await file.chown(uid, gid).catch(() => file.chown(own.uid, gid).catch(ignore));
}

/** Windows refuses to replace a file while somebody has it open. */
async function renameBusy(from: string, to: string): Promise<void> {
  for (let waited = 0, pause = 10; ; waited += pause, pause = Math.min(pause * 2, 200)) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const busy = process.platform === 'win32' && hasCode(error, 'EPERM', 'EACCES', 'EBUSY');
      if (!busy || waited >= BUSY_LIMIT) throw error;
    }
    await sleep(pause);
  }
}

/** So that the new name outlives a power cut. Windows and some network file systems cannot do it for a folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(ignore);
  if (!folder) return;
  await folder.sync().catch(ignore);
  await folder.close();
}

/** Removes what killed processes left beside the file: only our own names, and only old ones. */
async function sweep(target: string): Promise<void> {
  const prefix = `${basename(target)}.`;
  const names = await readdir(dirname(target)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(TEMPORARY)) continue;
    const path = join(dirname(target), name);
    const found = await lstat(path).catch(ignore);
    if (found && Date.now() - found.mtimeMs > LEFT_BEHIND) await unlink(path).catch(ignore);
  }
}
