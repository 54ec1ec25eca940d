/** Who may read what takes a file's place: nobody who might not read the file before. */
import { execFile } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { childEnvironment } from '../child-environment.ts';
import { ignore } from './file-error.ts';

/** A file as it was. */
export interface OriginalFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives a new file the owner, group and mode of the old one. Where the group cannot be kept, or one of the two has an access
 * control list (Node can neither read nor write one, and beside it the group's bits mean something else), the group may no more
 * than everybody may. Extended attributes are lost.
 */
export async function preservePermissions(
  file: FileHandle,
  paths: readonly [string, string],
  old: OriginalFile,
): Promise<void> {
  const isKept = await keepOwner(file, old);
  const narrow = withoutGroup(old.mode & 0o7777);
  const isWide = narrow !== (old.mode & 0o7777);
  // After the owner, since a change of owner drops mode bits; as said, whatever the umask is.
  await file.chmod(isWide && (!isKept || (await haveAccessList(paths))) ? narrow : old.mode & 0o7777);
}

/** Whether the group is what it was. */
async function keepOwner(file: FileHandle, { uid, gid }: OriginalFile): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const own = await file.stat();
  if (own.uid === uid && own.gid === gid) return true;
  // Only root may give a file away. The group often works alone, and neither is worth a failure.
  await file.chown(uid, gid).catch(() => file.chown(own.uid, gid).catch(ignore));
  return (await file.stat()).gid === gid;
}

/** What is left of a mode when nobody can be told by a group: those of the old one may no more either. */
function withoutGroup(mode: number): number {
  const all = (mode >> 3) & mode & 0o7;
  return (mode & 0o7700) | (all << 3) | all;
}

/** Milliseconds; a network's file system may not answer. */
const LS_LIMIT = 5_000;

/** `ls` shows a list by a plus behind the mode. It costs a process, which only files that a group can read pay for. */
async function haveAccessList(paths: readonly string[]): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return new Promise((done) => {
    const options = { env: { ...childEnvironment(), LC_ALL: 'C' }, timeout: LS_LIMIT };
    execFile('ls', ['-ldn', ...paths], options, (_error, stdout) => {
      done(/^\S{10}\+/m.test(stdout));
    });
  });
}
