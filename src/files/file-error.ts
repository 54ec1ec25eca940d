/** Errors of the file system: helpers that test their code, and errors for the user. */
import { dirname } from 'node:path';
import { GauthError } from '../errors.ts';
import { folderCommand, freeSpaceCommand, listCommand, openFileHint } from './hint-commands.ts';

/** The result of the promise, or undefined if it fails with one of these codes. */
export async function undefinedOn<Value>(
  codes: readonly string[],
  promise: Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  }
}

/** Returns a GauthError unchanged, and anything else as FILE with the system's reason and a hint. */
export function fileError(message: string, path: string, error: unknown): GauthError {
  if (error instanceof GauthError) return error;
  const [reason, hints] = reasonOf(error, path);
  return new GauthError('FILE', reason === undefined ? message : `${message}: ${reason}`, {
    hints,
    cause: error,
  });
}

function reasonOf(error: unknown, path: string): readonly [string | undefined, readonly string[]] {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      // On Windows a file that another program has open cannot be replaced.
      if (process.platform === 'win32')
        return [
          'permission denied, or another program has it open',
          [openFileHint(path), `check its permissions: ${listCommand(path)}`],
        ];
      return ['permission denied', [`check the owner and mode: ${listCommand(path, dirname(path))}`]];
    case 'EROFS':
      return [
        'the file system is read-only',
        ['use other files: set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE'],
      ];
    case 'ENOSPC':
    case 'EDQUOT':
      return ['no space left', [`check the free space: ${freeSpaceCommand(dirname(path))}`]];
    case 'EBUSY':
      return [
        'it is in use, or a mount point',
        ['in a container, mount the folder instead of the single file'],
      ];
    case 'ENOENT':
      return ['no such file', [`list the folder: ${folderCommand(dirname(path))}`]];
    case 'EISDIR':
      return ['it is a folder', [`use a file in it: ${folderCommand(path)}`]];
    case 'ENOTDIR':
    case 'EEXIST':
      return [
        'a part of the path is a file instead of a folder',
        [`check it: ${listCommand(dirname(path))}`],
      ];
    case 'ENAMETOOLONG':
      return ['the name is too long for the file system', ['use a shorter file name']];
    case 'ELOOP':
      return ['its symbolic links form a loop', [`check the links: ${folderCommand(path)}`]];
    default:
      return [code, []];
  }
}

/** Whether an error has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

export function ignore(): undefined {
  return undefined;
}
