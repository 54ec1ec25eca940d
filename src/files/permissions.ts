/** Preserves the permissions of a replaced file: nobody gets more access than before. */
import type { FileHandle } from 'node:fs/promises';
import { childEnvironment } from '../child-environment.ts';
import { ignore } from './file-error.ts';

/** The permissions of the replaced file. */
export interface OriginalFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives a new file the owner, group and mode of the old one. If the group cannot be preserved, or if one of the files has an access
 * control list (which Node cannot read or write, and which changes the meaning of the group bits), the group gets only the
 * permissions that everybody has. Extended attributes are lost.
 */
export async function preservePermissions(
  file: FileHandle,
  paths: readonly [string, string],
  old: OriginalFile,
): Promise<void> {
  const hasSameGroup = await keepOwner(file, old);
  const restricted = withoutGroup(old.mode & 0o7777);
  const isRestrictable = restricted !== (old.mode & 0o7777);
  // After the owner, because a change of owner clears mode bits; chmod ignores the umask.
  await file.chmod(
    isRestrictable && (!hasSameGroup || (await haveAccessList(paths))) ? restricted : old.mode & 0o7777,
  );
}

/** Preserves owner and group as far as possible; returns whether the group is the same. */
async function keepOwner(file: FileHandle, { uid, gid }: OriginalFile): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const own = await file.stat();
  if (own.uid === uid && own.gid === gid) return true;
  // Only root can change the owner. The group alone often works, and a failure of both is not an error.
  await file.chown(uid, gid).catch(() => file.chown(own.uid, gid).catch(ignore));
  return (await file.stat()).gid === gid;
}

/** The mode if the group is unknown: group and others get only what both had. */
function withoutGroup(mode: number): number {
  const all = (mode >> 3) & mode & 0o7;
  return (mode & 0o7700) | (all << 3) | all;
}

/** Milliseconds; a network file system may not answer. */
const LS_LIMIT = 5_000;

/** Whether a file has an access control list: `ls` shows a plus after the mode. It takes a process, so it is used only for files with group permissions. */
async function haveAccessList(paths: readonly string[]): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { execFile } = await import('node:child_process');
  return new Promise((done) => {
    const options = { env: { ...childEnvironment(), LC_ALL: 'C' }, timeout: LS_LIMIT };
    execFile('ls', ['-ldn', ...paths], options, (_error, stdout) => {
      done(/^\S{10}\+/m.test(stdout));
    });
  });
}
