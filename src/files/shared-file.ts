/**
 * Reads and replaces AWS's config and credentials files, which other programs rewrite in place without a lock: `aws
 * configure set` empties the file, then writes it. A file is read only when it is whole, and replaced only if nobody has
 * changed it since.
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
} from 'node:fs';
import { stat, unlink } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { GauthError } from '../errors.ts';
import { fileError, hasCode, ignore, undefinedOn } from './file-error.ts';
import { finishReplacing, readTextFile, renameBusy, writeTemporary } from './files.ts';
import { openFileHint } from './hint-commands.ts';
import { pause } from './lock.ts';
import { resolveTarget } from './symlinks.ts';

/** Milliseconds for which a suspicious file must stay the same to count as complete. */
const QUIET = 1_500;
/** Milliseconds after which a change counts as finished. Allows for small clock differences of file servers. */
const RECENT = 3_000;
/** Milliseconds within which a program that has found a file by its name empties it. */
const LATE = 30;
/** Milliseconds to wait for a file that was emptied during this run. */
const EMPTY_LIMIT = 8_000;

export interface Snapshot {
  readonly text: string;
  /** Undefined if there is no file. */
  readonly version: Version | undefined;
  /** Whether another program changed it within the last seconds. */
  readonly isRecent: boolean;
  /** The same, even if this process has changed it since: the other program may be about to change it again. */
  readonly isContended: boolean;
}

/** Identifies a state of a file. */
interface Version {
  readonly size: number;
  readonly ino: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** For each file: the length of the longest text in this run, and the version that this process wrote. */
const known = new Map<string, { length: number; readonly own?: Version | undefined }>();

/** For each file: when another program last changed it, as far as this process has seen; milliseconds since 1970. */
const lastForeign = new Map<string, number>();

/** Reads a shared file and remembers how long it was; undefined if there is none. Throws GauthError FILE. */
export async function readSharedFile(path: string): Promise<string | undefined> {
  const text = await readTextFile(path);
  remember(path, text ?? '');
  return text;
}

function remember(path: string, { length }: { readonly length: number }): void {
  const found = known.get(path);
  if (found === undefined) known.set(path, { length });
  else found.length = Math.max(found.length, length);
}

/**
 * Reads the file when it is complete. A file that has just been changed and is empty, shorter than before in this run, or without a
 * final line end is probably being rewritten, so gauth waits.
 * Throws GauthError FILE, CANCELLED, and LOCKED for a file that was emptied during this run and stays empty.
 */
export async function readWhole(path: string, signal: AbortSignal): Promise<Snapshot> {
  const started = performance.now();
  let since = started;
  let last: Version | undefined;
  for (;;) {
    const found = await snapshot(path);
    const { text, version } = found;
    const longest = known.get(path)?.length ?? 0;
    const isEmptied = version !== undefined && text.length < longest && text.trim() === '';
    if (!isEmptied && !isSuspicious(found, longest)) {
      remember(path, text);
      return found;
    }
    const now = performance.now();
    if (last !== undefined && !isSame(last, version)) since = now;
    last = version;
    if (isEmptied && now - started >= EMPTY_LIMIT) throw emptied(path);
    if (!isEmptied && now - since >= QUIET) {
      known.set(path, { length: text.length });
      return found;
    }
    await pause(signal);
  }
}

function isSuspicious({ text, isRecent }: Snapshot, longest: number): boolean {
  return isRecent && (text.length < longest || !text.endsWith('\n'));
}

/** A version and the text that belongs to it. */
async function snapshot(path: string): Promise<Snapshot> {
  for (;;) {
    const before = versionOf(await undefinedOn(['ENOENT'], stat(path)));
    const text = (await readTextFile(path)) ?? '';
    const after = versionOf(await undefinedOn(['ENOENT'], stat(path)));
    if (!isSame(before, after)) continue;
    const isOwn = isSame(before, known.get(path)?.own);
    const isRecent = before !== undefined && !isOwn && Date.now() - before.mtimeMs < RECENT;
    if (isRecent) lastForeign.set(path, before.mtimeMs);
    const isContended = Date.now() - (lastForeign.get(path) ?? -Infinity) < RECENT;
    return { text, version: before, isRecent, isContended };
  }
}

function versionOf(stats: Stats | undefined): Version | undefined {
  if (!stats?.isFile()) return undefined;
  const { size, ino, mtimeMs, ctimeMs } = stats;
  return { size, ino, mtimeMs, ctimeMs };
}

function isSame(one: Version | undefined, other: Version | undefined): boolean {
  return (
    one?.size === other?.size &&
    one?.ino === other?.ino &&
    one?.mtimeMs === other?.mtimeMs &&
    one?.ctimeMs === other?.ctimeMs
  );
}

function emptied(path: string): GauthError {
  return new GauthError('LOCKED', `another program emptied ${path} while gauth was running`, {
    hints: [
      `nothing was written; ${openFileHint(path)}`,
      'if the file should be empty, run the same command again',
    ],
  });
}

/** `overtaken`: another program wrote `text` to the version that was replaced. */
export type Replacement =
  | { readonly kind: 'replaced' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'overtaken'; readonly text: string };

export interface SharedReplaceOptions {
  readonly signal: AbortSignal;
  /** Called when the new text is on disk; false leaves the file unchanged. */
  readonly check: () => Promise<boolean>;
  /** Whether another program is at work on the file (`Snapshot`): then it may have opened the replaced version a moment ago. */
  readonly isContended?: boolean;
}

/**
 * Replaces a file like `replaceFile`, if it is still the version that was read. The last check and the rename are synchronous, so
 * that hardly anything can happen in between. If a program still has the replaced version open and writes to it, its text is returned.
 * Throws GauthError FILE, CANCELLED.
 */
export async function replaceSharedFile(
  path: string,
  contents: string,
  expected: Version | undefined,
  { signal, check, isContended = false }: SharedReplaceOptions,
): Promise<Replacement> {
  try {
    const target = await resolveTarget(path);
    const temporary = await writeTemporary(path, target, contents);
    try {
      if (!(await check())) return { kind: 'changed' };
      const result =
        expected === undefined
          ? create(temporary, target)
          : await swap(temporary, target, expected, isContended, signal);
      if (result.kind === 'changed') return result;
      known.set(path, { length: contents.length, own: versionOf(await stat(target)) });
      await finishReplacing(target);
      return result;
    } finally {
      await unlink(temporary).catch(ignore);
    }
  } catch (error) {
    throw fileError(`cannot write ${path}`, path, error);
  }
}

/** Creates a new file by a link, which fails if the file exists by now. */
function create(temporary: string, target: string): Replacement {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return { kind: 'changed' };
    // FAT and some shared folders do not support links.
    renameSync(temporary, target);
  }
  return { kind: 'replaced' };
}

async function swap(
  temporary: string,
  target: string,
  expected: Version,
  isContended: boolean,
  signal: AbortSignal,
): Promise<Replacement> {
  if (process.platform === 'win32') {
    // Windows does not replace an open file.
    if (!isSame(versionOf(await undefinedOn(['ENOENT'], stat(target))), expected)) return { kind: 'changed' };
    await renameBusy(temporary, target);
    return { kind: 'replaced' };
  }
  let file: number;
  try {
    file = openSync(target, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'changed' };
    throw error;
  }
  try {
    if (!isSame(versionOf(fstatSync(file)), expected)) return { kind: 'changed' };
    renameSync(temporary, target);
    let text = await textWrittenLate(file, expected, signal);
    if (text === undefined && isContended) {
      // Between finding a file and emptying it, a program can be interrupted, on a busy machine for some milliseconds.
      await sleep(LATE);
      text = await textWrittenLate(file, expected, signal);
    }
    return text === undefined ? { kind: 'replaced' } : { kind: 'overtaken', text };
  } finally {
    closeSync(file);
  }
}

/** The text that another program wrote to the replaced version; undefined if it wrote nothing or did not finish. */
async function textWrittenLate(
  file: number,
  expected: Version,
  signal: AbortSignal,
): Promise<string | undefined> {
  let stats = fstatSync(file);
  if (stats.size === expected.size && stats.mtimeMs === expected.mtimeMs) return undefined;
  const started = performance.now();
  for (let since = started; performance.now() - since < QUIET && performance.now() - started < EMPTY_LIMIT;) {
    await pause(signal);
    const next = fstatSync(file);
    if (next.size !== stats.size || next.mtimeMs !== stats.mtimeMs) since = performance.now();
    stats = next;
  }
  const bytes = Buffer.alloc(stats.size);
  const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
  return text.endsWith('\n') ? text : undefined;
}
