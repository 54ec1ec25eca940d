/** Files of the user: read as they are, replaced in one step. */
import { randomBytes } from 'node:crypto';
import { constants, existsSync, type Stats } from 'node:fs';
import { access, lstat, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { GauthError } from '../errors.ts';
import { fileError, hasCode, ignore, undefinedOn } from './file-error.ts';
import { isOwnedByUser } from './owner.ts';
import { preservePermissions } from './permissions.ts';
import { resolveTarget } from './symlinks.ts';

/** Ten thousand profiles are 5 MB. */
const SIZE_LIMIT = 64 * 1024 * 1024;
/** A temporary file lives for milliseconds; one this old (in milliseconds) was left by a killed process. */
const LEFTOVER_AGE = 60 * 60 * 1000;
/** How long a Windows program that reads the file (a virus scanner, say) may keep it from being replaced, in milliseconds. */
const BUSY_LIMIT = 2000;
/** How all our passing files end. */
export const TEMPORARY_SUFFIX = '.gauth-tmp';

/**
 * The text of a UTF-8 file, byte order mark included; undefined when there is no such file.
 * Throws GauthError FILE when it cannot be read, is no file, is larger than `limit` bytes, or is not UTF-8 (naming the line).
 */
export async function readTextFile(path: string, limit = SIZE_LIMIT): Promise<string | undefined> {
  return readText(path, limit);
}

/**
 * The text of a file of gauth's own; undefined if there is none, and for one that another user has put there, or behind a link.
 * Throws as `readTextFile` does.
 */
export async function readPrivateFile(path: string, limit = SIZE_LIMIT): Promise<string | undefined> {
  return readText(path, limit, true);
}

async function readText(path: string, limit: number, isPrivate = false): Promise<string | undefined> {
  let bytes: Buffer;
  // Not on Windows, where it is undefined.
  const noFollow = isPrivate ? ((constants.O_NOFOLLOW as number | undefined) ?? 0) : 0;
  try {
    // Without O_NONBLOCK a named pipe in the file's place would wait for a writer for ever. (On Windows it is undefined, which adds nothing.)
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    try {
      const found = await file.stat();
      if (isPrivate && !isOwnedByUser(found)) return undefined;
      // /dev/null stands for no file, to AWS's tools too; what other devices hold nobody wants to wait for.
      if (found.isCharacterDevice()) return undefined;
      if (!found.isFile()) throw new GauthError('FILE', `${path} is not a file`);
      if (found.size > limit) throw new GauthError('FILE', `${path} is larger than ${String(limit)} bytes`);
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT') || (isPrivate && hasCode(error, 'ELOOP', 'EMLINK'))) return undefined;
    throw fileError(`${path} cannot be read`, path, error);
  }
  return decode(bytes, path);
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

export interface ReplaceOptions {
  /** For gauth's own files: 0600 and this user's, whatever the file was; a symbolic link in its place is replaced, not followed. */
  readonly secret?: boolean;
}

/**
 * Puts `contents` in a file's place: readers see the old or the new text and nothing between, and a killed process leaves one of them.
 * Symbolic links stay and their target is replaced. An existing file keeps its mode and its owner as far as `rights.ts` can;
 * a new one gets 0600, new folders 0700. Nothing is written when the file holds just this already.
 * Throws GauthError FILE, for a file that its owner may not write to, too.
 */
export async function replaceFile(
  path: string,
  contents: string,
  { secret = false }: ReplaceOptions = {},
): Promise<void> {
  try {
    const target = secret ? await unlinkedTarget(path) : await resolveTarget(path);
    const bytes = Buffer.from(contents);
    const old = await undefinedOn(['ENOENT'], lstat(target));
    if (old) checkOld(path, old, secret);
    const isOpen = secret && old !== undefined && !isPrivateFile(old);
    if (old && !isOpen && old.size === bytes.length && bytes.equals(await readFile(target))) return;
    const temporary = await writeTemporary(path, target, bytes, { secret });
    try {
      await renameBusy(temporary, target);
    } catch (error) {
      await unlink(temporary).catch(ignore);
      throw error;
    }
    await finishReplacing(target);
  } catch (error) {
    throw fileError(`${path} cannot be written`, path, error);
  }
}

/** The path in its real folder: what is there itself may be a link that somebody has planted. */
async function unlinkedTarget(path: string): Promise<string> {
  return join(await resolveTarget(dirname(path)), basename(path));
}

function isPrivateFile(stats: Stats): boolean {
  if (process.platform === 'win32') return true;
  return stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function checkOld(path: string, old: Stats, secret: boolean): void {
  if (secret && old.isSymbolicLink()) return;
  if (old.isCharacterDevice()) {
    throw new GauthError('FILE', `${path} is a device, which keeps nothing`, {
      hints: ['name files: AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE'],
    });
  }
  if (!old.isFile()) throw new GauthError('FILE', `${path} is not a file`);
  // The folder would let it be replaced. But somebody has said that it shall stay as it is.
  if (!secret && (old.mode & 0o200) === 0) {
    throw new GauthError('FILE', `${path} is read-only`, {
      hints: [`let its owner write: chmod u+w ${path}`],
    });
  }
}

/** Finds out, without changing anything, whether the system would let `replaceFile` make its file. Throws GauthError FILE. */
export async function checkReplaceable(path: string): Promise<void> {
  try {
    const target = await resolveTarget(path);
    const old = await undefinedOn(['ENOENT'], stat(target));
    if (old) checkOld(path, old, false);
    let folder = dirname(target);
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
    if ((await undefinedOn(['ENOENT', 'ENOTDIR'], lstat(path))) === undefined) return false;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } catch (error) {
    throw fileError(`${path} cannot be removed`, path, error);
  }
}

/** What a folder holds; nothing where there is no folder. Throws GauthError FILE. */
export async function listNames(folder: string): Promise<readonly string[]> {
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
export async function ensureFolder(path: string): Promise<void> {
  if ((await undefinedOn(['ENOENT'], stat(path)))?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) await ensureFolder(above);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (!(await stat(path).catch(ignore))?.isDirectory()) throw error;
  }
}

/**
 * Writes a file's new contents to a temporary file beside it, with the owner and mode that the file is to have.
 * `path` is for messages. Throws GauthError FILE and the errors of node:fs.
 */
export async function writeTemporary(
  path: string,
  target: string,
  contents: string | Uint8Array,
  { secret = false }: ReplaceOptions = {},
): Promise<string> {
  const old = await undefinedOn(['ENOENT'], lstat(target));
  if (old) checkOld(path, old, secret);
  await ensureFolder(dirname(target));
  const like = old && !secret && (await isTrustedOwner(old, dirname(target))) ? old : undefined;
  const temporary = `${target}.${randomBytes(6).toString('hex')}${TEMPORARY_SUFFIX}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await file.writeFile(contents);
      if (like) await preservePermissions(file, [temporary, target], like);
      else await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  } catch (error) {
    await unlink(temporary).catch(ignore);
    throw error;
  }
}

/**
 * Whether a file's owner is to stay its owner. In a folder that many may write to, another user may have made the file beforehand,
 * who would then read what root writes to it.
 */
async function isTrustedOwner(old: Stats, folder: string): Promise<boolean> {
  if (process.getuid?.() !== 0 || old.uid === 0) return true;
  const above = await stat(folder);
  return above.uid === old.uid || (above.mode & 0o022) === 0;
}

/** Makes the new name of a file outlive a power cut, and removes what killed processes left beside it. */
export async function finishReplacing(target: string): Promise<void> {
  await syncFolder(dirname(target));
  await removeLeftovers(target);
}

/** Windows refuses to replace a file while somebody has it open. */
export async function renameBusy(from: string, to: string): Promise<void> {
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

/** Removes what killed processes left beside the file: only our own names, and only old ones by the clock that dates them. */
async function removeLeftovers(target: string): Promise<void> {
  const prefix = `${basename(target)}.`;
  const names = await readdir(dirname(target)).catch(() => []);
  const now = (await lstat(target).catch(ignore))?.mtimeMs ?? 0;
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(TEMPORARY_SUFFIX)) continue;
    const path = join(dirname(target), name);
    const found = await lstat(path).catch(ignore);
    if (found && now - found.mtimeMs > LEFTOVER_AGE) await unlink(path).catch(ignore);
  }
}
