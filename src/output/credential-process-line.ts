/** The `credential_process` line that runs this gauth, quoted so that every AWS tool parses it the same way. Pure. */
import { GauthError } from '../errors.ts';
import { needsQuotes } from './windows-program.ts';

/**
 * `program` starts gauth: the absolute paths of node and of the script, or on Windows what `unquotedProgram` found. On POSIX systems botocore parses the line like a
 * shell (shlex), and other SDKs pass it to one. On Windows botocore follows the rules of C programs, and others use
 * cmd.exe: the line must mean the same to both. Throws GauthError BAD_PROFILE for a name that cannot be quoted.
 */
export function credentialProcessLine(
  program: readonly string[],
  profile: string,
  platform: NodeJS.Platform,
): string {
  const words = [...program, 'credential-process', '--profile', profile];
  return words.map(platform === 'win32' ? quoteForWindows : quoteForPosix).join(' ');
}

/** The line with another profile, if it names this one. */
export function renameInProcess(line: string, from: string, to: string, platform: NodeJS.Platform): string {
  const quote = platform === 'win32' ? quoteForWindows : quoteForPosix;
  const [, start = '', named = '', end = ''] =
    /^(.*\bcredential-process\b.*?(?:--profile[ =]|-p ?))('[^']*'|"[^"]*"|[^\s'"]+)(\s.*)?$/.exec(line) ?? [];
  const isNamed = named === from || named === quote(from) || named === `'${from}'` || named === `"${from}"`;
  return isNamed ? start + quote(to) + end : line;
}

function quoteForPosix(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** cmd.exe replaces %NAME% even between quotes, and a backslash before a quote would escape it. */
function quoteForWindows(word: string): string {
  if (/["%]|\\$/.test(word)) {
    throw new GauthError('BAD_PROFILE', `${word} cannot be part of a credential_process on Windows`, {
      hints: ['use names and folders without ", % and \\ at their end'],
    });
  }
  return needsQuotes(word) ? `"${word}"` : word;
}
