/** Who owns a file. Built-in modules only: the fast path reads this too. */

/** Whether a file or folder belongs to this user or to root. Windows has no such numbers, and every file counts as the user's. */
export function isOwnedByUser({ uid }: { readonly uid: number }): boolean {
  const own = process.getuid?.();
  return own === undefined || uid === own || uid === 0;
}
