/** Reads files, and replaces them atomically. */
import { constants, existsSync, type Stats } from 'node:fs';
import { access, lstat, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { GauthError } from '../errors.ts';
import { fileError, hasCode, ignore, undefinedOn } from './file-error.ts';
import { makeWritableCommand } from './hint-commands.ts';
import { isOwnedByUser } from './file-owner.ts';
import { preservePermissions } from './permissions.ts';
import { resolveTarget } from './symlinks.ts';
import { randomName } from './random-name.ts';
import { TEMPORARY_SUFFIX } from './temporary-suffix.ts';

/** Bytes. Ten thousand profiles are 5 MB. */
const SIZE_LIMIT = 64 * 1024 * 1024;
/** Milliseconds. A temporary file exists only for milliseconds; an older one was left by a killed process. */
const LEFTOVER_AGE = 60 * 60 * 1000;
/** Milliseconds to wait on Windows for a program that has the file open, such as a virus scanner. */
const BUSY_LIMIT = 2000;

/**
 * The text of a UTF-8 file, including a byte order mark; undefined if there is no such file.
 * Throws GauthError FILE if it cannot be read, is not a regular file, is larger than `limit` bytes, or is not UTF-8 (with the line).
 */
export async function readTextFile(path: string, limit = SIZE_LIMIT): Promise<string | undefined> {
  return readText(path, limit);
}

/**
 * The text of a file of gauth's own; undefined if there is none, if it belongs to another user, or if it is a symbolic link.
 * Throws like `readTextFile`.
 */
export async function readPrivateFile(path: string, limit = SIZE_LIMIT): Promise<string | undefined> {
  return readText(path, limit, true);
}

async function readText(path: string, limit: number, isPrivate = false): Promise<string | undefined> {
  let bytes: Buffer;
  // Undefined on Windows.
  const noFollow = isPrivate ? ((constants.O_NOFOLLOW as number | undefined) ?? 0) : 0;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer. (Undefined on Windows, where it has no effect.)
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    try {
      const found = await file.stat();
      if (isPrivate && !isOwnedByUser(found)) return undefined;
      // /dev/null means no file, as for AWS tools; other devices are not read either.
      if (found.isCharacterDevice()) return undefined;
      if (!found.isFile()) throw new GauthError('FILE', `${path} is not a file`);
      if (found.size > limit) throw new GauthError('FILE', `${path} is larger than ${String(limit)} bytes`);
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT') || (isPrivate && hasCode(error, 'ELOOP', 'EMLINK'))) return undefined;
    throw fileError(`cannot read ${path}`, path, error);
  }
  return decode(bytes, path);
}

function decode(bytes: Buffer, path: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    throw new GauthError('FILE', `cannot parse ${path}: line ${String(firstBadLine(bytes))} is not UTF-8`, {
      hints: ['the file was not changed: save it as UTF-8, then try again'],
    });
  }
}

/** The number of the first line that is not UTF-8. No multi-byte character contains a line feed, so lines can be checked one by one. */
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
  /** For gauth's own files: the new file has mode 0600 and belongs to this user; a symbolic link in its place is replaced, not followed. */
  readonly secret?: boolean;
}

/**
 * Replaces a file atomically: readers see either the old or the new text, and a killed process leaves one of them.
 * Symbolic links stay, and their target is replaced. An existing file keeps its mode and owner as far as possible (permissions.ts);
 * a new one gets mode 0600, new folders 0700. Nothing is written if the file has these contents already.
 * Throws GauthError FILE, also for a file that is read-only for its owner.
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
    if (old) checkExisting(path, old, secret);
    const isReadableByOthers = secret && old !== undefined && !isPrivateFile(old);
    if (old && !isReadableByOthers && old.size === bytes.length && bytes.equals(await readFile(target)))
      return;
    const temporary = await writeTemporary(path, target, bytes, { secret });
    try {
      await renameBusy(temporary, target);
    } catch (error) {
      await unlink(temporary).catch(ignore);
      throw error;
    }
    await finishReplacing(target);
  } catch (error) {
    throw fileError(`cannot write ${path}`, path, error);
  }
}

/** The path in its real folder, without following a link at its end, which somebody may have planted. */
async function unlinkedTarget(path: string): Promise<string> {
  return join(await resolveTarget(dirname(path)), basename(path));
}

function isPrivateFile(stats: Stats): boolean {
  if (process.platform === 'win32') return true;
  return stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function checkExisting(path: string, old: Stats, secret: boolean): void {
  if (secret && old.isSymbolicLink()) return;
  if (old.isCharacterDevice()) {
    throw new GauthError('FILE', `${path} is a device`, {
      hints: ['set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to regular files'],
    });
  }
  if (!old.isFile()) throw new GauthError('FILE', `${path} is not a file`);
  // It could be replaced, but its owner has made it read-only.
  if (!secret && (old.mode & 0o200) === 0) {
    throw new GauthError('FILE', `${path} is read-only`, {
      hints: [`make it writable: ${makeWritableCommand(path)}`],
    });
  }
}

/** Checks, without changing anything, whether `replaceFile` could write. Throws GauthError FILE. */
export async function checkReplaceable(path: string): Promise<void> {
  try {
    const target = await resolveTarget(path);
    const old = await undefinedOn(['ENOENT'], stat(target));
    if (old) checkExisting(path, old, false);
    let folder = dirname(target);
    while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(`cannot write ${path}`, path, error);
  }
}

/** Removes a file; returns false if there was none. Throws GauthError FILE. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw fileError(`cannot remove ${path}`, path, error);
  }
}

/** Removes a folder with its contents; returns false if there was none. Throws GauthError FILE. */
export async function removeFolder(path: string): Promise<boolean> {
  try {
    if ((await undefinedOn(['ENOENT', 'ENOTDIR'], lstat(path))) === undefined) return false;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } catch (error) {
    throw fileError(`cannot remove ${path}`, path, error);
  }
}

/** The names in a folder; none if there is no folder. Throws GauthError FILE. */
export async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw fileError(`cannot read ${folder}`, folder, error);
  }
}

/**
 * Creates a folder and its parents with mode 0700; an existing one stays unchanged.
 * (Node's own `recursive` never returns if the system answers ENOENT to each attempt, as in /proc.)
 */
export async function ensureFolder(path: string): Promise<void> {
  if ((await undefinedOn(['ENOENT'], stat(path)))?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) await ensureFolder(above);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process has created it.
    if (!(await stat(path).catch(ignore))?.isDirectory()) throw error;
  }
}

/**
 * Writes the new contents of a file to a temporary file next to it, with the final owner and mode.
 * `path` is for messages. Throws GauthError FILE and the errors of node:fs.
 */
export async function writeTemporary(
  path: string,
  target: string,
  contents: string | Uint8Array,
  { secret = false }: ReplaceOptions = {},
): Promise<string> {
  const old = await undefinedOn(['ENOENT'], lstat(target));
  if (old) checkExisting(path, old, secret);
  await ensureFolder(dirname(target));
  const original = old && !secret && (await isTrustedOwner(old, dirname(target))) ? old : undefined;
  const temporary = `${target}.${await randomName(6)}${TEMPORARY_SUFFIX}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await file.writeFile(contents);
      if (original) await preservePermissions(file, [temporary, target], original);
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
 * Whether a file keeps its owner. In a shared folder another user may have created the file in advance, and could then read what root
 * writes to it.
 */
async function isTrustedOwner(old: Stats, folder: string): Promise<boolean> {
  if (process.getuid?.() !== 0 || old.uid === 0) return true;
  const above = await stat(folder);
  return above.uid === old.uid || (above.mode & 0o022) === 0;
}

/** Syncs the folder of a new file, so that it survives a power failure, and removes leftovers of killed processes. */
export async function finishReplacing(target: string): Promise<void> {
  await syncFolder(dirname(target));
  await removeLeftovers(target);
}

/** Renames a file. On Windows it waits while another program has the target open. */
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

/** Syncs a folder. Windows and some network file systems cannot do that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(ignore);
  if (!folder) return;
  await folder.sync().catch(ignore);
  await folder.close();
}

/** Removes old temporary files of gauth next to the file. Their age is measured by the clock of the file system. */
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
