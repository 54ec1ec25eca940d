/** Checks the owner of a file. Built-in modules only: the launcher loads this file. */

/** Whether a file or folder belongs to this user or to root. On Windows there are no user IDs, and every file counts as the user's. */
export function isOwnedByUser({ uid }: { readonly uid: number }): boolean {
  const own = process.getuid?.();
  return own === undefined || uid === own || uid === 0;
}
