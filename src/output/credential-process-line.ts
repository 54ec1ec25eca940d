/** A `credential_process` line that starts this very program, as every AWS tool takes it apart. Pure. */
import { GauthError } from '../errors.ts';

/**
 * `program` is what starts gauth: absolute paths of node and of the script. On POSIX systems botocore takes the line apart
 * as a shell would (shlex) and other SDKs give it to one; on Windows botocore follows the rules of C programs and others
 * use cmd.exe, so that the line has to mean the same to both. Throws GauthError BAD_PROFILE for a name that cannot be quoted.
 */
export function credentialProcessLine(
  program: readonly string[],
  profile: string,
  platform: NodeJS.Platform,
): string {
  const words = [...program, 'credential-process', '--profile', profile];
  return words.map(platform === 'win32' ? quotedForWindows : quotedForShells).join(' ');
}

function quotedForShells(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** cmd.exe replaces %NAME% even between quotes, and a backslash before a quote would escape it. */
function quotedForWindows(word: string): string {
  if (/["%]|\\$/.test(word)) {
    throw new GauthError('BAD_PROFILE', `${word} cannot be part of a credential_process on Windows`, {
      hints: ['use names and folders without ", % and \\ at their end'],
    });
  }
  return /^[\w@+=:.,/\\-]+$/.test(word) ? word : `"${word}"`;
}
