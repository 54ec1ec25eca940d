/** The user's home folder. Built-in modules only: the fast path reads this too. */
import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * A HOME that is empty or not absolute counts as unset: it would lead to the working folder, where anybody may have put AWS files.
 * Throws the error of `os.userInfo` for a user without a home folder.
 */
export function homeFolder(): string {
  const home = homedir();
  return isAbsolute(home) ? home : userInfo().homedir;
}
