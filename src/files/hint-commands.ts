/** Shell commands for hints about files, in the syntax of the user's platform. */
import { oneLine, shellQuote } from '../text.ts';

const isWindows = process.platform === 'win32';

function quote(path: string): string {
  return isWindows ? `"${oneLine(path)}"` : shellQuote(path);
}

/** Shows type, owner and permissions. */
export function listCommand(...paths: readonly string[]): string {
  return isWindows ? `icacls ${paths.map(quote).join(' & icacls ')}` : `ls -ld ${paths.map(quote).join(' ')}`;
}

/** Lists a folder, or shows where a link leads. */
export function folderCommand(path: string): string {
  return `${isWindows ? 'dir' : 'ls -l'} ${quote(path)}`;
}

export function freeSpaceCommand(path: string): string {
  return isWindows ? `fsutil volume diskfree ${quote(path)}` : `df -h ${quote(path)}`;
}

/** Shows which program has a file open. Windows has no command for it. */
export function openFileHint(path: string): string {
  return isWindows
    ? `close the program that has ${oneLine(path)} open`
    : `to see which program has it open: fuser -v ${quote(path)}`;
}

export function makeWritableCommand(path: string): string {
  return `${isWindows ? 'attrib -r' : 'chmod u+w'} ${quote(path)}`;
}

export function removeCommand(path: string): string {
  return `${isWindows ? 'del' : 'rm'} ${quote(path)}`;
}

export function endProcessCommand(pid: number): string {
  return isWindows ? `taskkill /pid ${String(pid)}` : `kill ${String(pid)}`;
}
