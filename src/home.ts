/** The user's home folder. Built-in modules only: the launcher loads this file. */
import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * An empty or relative HOME counts as unset: it would mean the working folder, where somebody else may have put AWS files.
 * Throws the error of `os.userInfo` for a user without a home folder.
 */
export function homeFolder(): string {
  const home = homedir();
  return isAbsolute(home) ? home : userInfo().homedir;
}
