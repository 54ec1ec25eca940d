/** Where things stand: AWS's two shared files, and gauth's own beside them. The front reads this too: built-in modules only. */
import { join, dirname } from 'node:path';

/** Paths, as the person wrote them but for `~`. */
export interface SharedFiles {
  readonly config: string;
  readonly credentials: string;
  /** Where gauth's own are, when that is not beside the credentials file (own.ts). */
  readonly store?: string;
}

/** Where the files are: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else under `home`. An empty variable counts as unset. */
export function sharedFiles(env: Readonly<Record<string, string | undefined>>, home: string): SharedFiles {
  return {
    config: expand(env['AWS_CONFIG_FILE'], home) ?? join(home, '.aws', 'config'),
    credentials: expand(env['AWS_SHARED_CREDENTIALS_FILE'], home) ?? join(home, '.aws', 'credentials'),
  };
}

/** `~` and `~/...`; what follows another person's `~name` is left as it is, as in the AWS SDKs. */
function expand(path: string | undefined, home: string): string | undefined {
  if (path === undefined || path === '') return undefined;
  return /^~(?=$|[/\\])/.test(path) ? home + path.slice(1) : path;
}

/** The folder of all that gauth keeps: beside the credentials file, so that a mounted `~/.aws` carries it. */
export function storeFolder({ credentials, store }: SharedFiles): string {
  return store ?? join(dirname(credentials), 'gauth');
}

/** Whether something on the disk was put there by this user, or by root. Root takes anybody's, and Windows has no such numbers. */
export function isOwn({ uid }: { readonly uid: number }): boolean {
  const own = process.getuid?.() ?? 0;
  return own === 0 || uid === own || uid === 0;
}

/** Where a profile's sessions are kept. The name is escaped, so that it can neither leave the folder nor mean something to a file system. */
export function sessionsPath(store: string, profile: string): string {
  const name = encodeURIComponent(profile).replace(
    /[*.!'()~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return join(store, 'sessions', `${name}.json`);
}

/** Tells versions of a file apart: by its size, its place on the disk, and when it was last touched in any way. */
export function stampOf(stats: {
  readonly size: number;
  readonly ino: number;
  readonly ctimeMs: number;
}): string {
  return `${stats.size}-${stats.ino}-${stats.ctimeMs}`;
}
