/** What goes wrong with files: by its code, or as the error that people see. */
import { dirname } from 'node:path';
import { GauthError } from '../errors.ts';

/** The answer, or undefined for a failure with one of these codes. */
export async function undefinedOn<Value>(
  codes: readonly string[],
  asked: Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  }
}

/** A GauthError as it is; anything else as FILE with the system's reason and what to do about it. */
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
      return ['permission denied', [`see who owns it: ls -ld ${path} ${dirname(path)}`]];
    case 'EROFS':
      return [
        'the file system is read-only',
        ['name other files: AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE'],
      ];
    case 'ENOSPC':
    case 'EDQUOT':
      return ['no space left', [`see what is free: df -h ${dirname(path)}`]];
    case 'EBUSY':
      return [
        'it is in use, or mounted by itself',
        ['into a container, mount the folder and not the single file'],
      ];
    case 'ENOENT':
      return ['there is no such file', [`see what is there: ls -l ${dirname(path)}`]];
    case 'EISDIR':
      return ['it is a folder', [`name a file in it: ls ${path}`]];
    case 'ENOTDIR':
    case 'EEXIST':
      return ['a file stands where a folder is needed', [`see what is there: ls -ld ${dirname(path)}`]];
    case 'ENAMETOOLONG':
      return ['the name is too long for the file system', ['use a shorter file name']];
    case 'ELOOP':
      return ['its symbolic links go in a circle', [`see where it leads: ls -l ${path}`]];
    default:
      return [code, []];
  }
}

/** Whether a failure of the file system has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

export function ignore(): undefined {
  return undefined;
}
