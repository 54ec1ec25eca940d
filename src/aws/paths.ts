/** The paths of AWS's two files and of gauth's own. Built-in modules only: the launcher loads this file. */
import { dirname, isAbsolute, join } from 'node:path';

/** Paths as the user wrote them, except that `~` is expanded. */
export interface AwsFilePaths {
  readonly config: string;
  readonly credentials: string;
  /** The private store, if it is not next to the credentials file (private-store.ts). */
  readonly store?: string;
  /** Whether other users can create files next to the credentials file. */
  readonly shared?: true;
}

/** The paths in AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else in `home`. An empty variable counts as unset. */
export function awsFilePaths(env: Readonly<Record<string, string | undefined>>, home: string): AwsFilePaths {
  return {
    config: expand(env['AWS_CONFIG_FILE'], home) ?? join(home, '.aws', 'config'),
    credentials: expand(env['AWS_SHARED_CREDENTIALS_FILE'], home) ?? join(home, '.aws', 'credentials'),
  };
}

/**
 * The files with default settings: the user's (XDG Base Directory Specification), then the organisation's, which an
 * administrator rolls out.
 */
export function defaultsPaths(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  platform: string,
): readonly string[] {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  const user = join(isAbsolute(xdg) ? xdg : join(home, '.config'), 'gauth', 'config');
  switch (platform) {
    case 'win32': {
      const shared = env['ProgramData'] ?? env['PROGRAMDATA'] ?? '';
      return shared === '' ? [user] : [user, join(shared, 'gauth', 'config')];
    }
    case 'darwin':
      return [user, '/Library/Application Support/gauth/config'];
    default:
      return [user, '/etc/gauth/config'];
  }
}

/** Expands `~` and `~/...`; `~name` stays unchanged, as in the AWS SDKs. */
function expand(path: string | undefined, home: string): string | undefined {
  if (path === undefined || path === '') return undefined;
  return /^~(?=$|[/\\])/.test(path) ? home + path.slice(1) : path;
}

/**
 * The private store: next to the credentials file, so that it is part of a mounted `~/.aws`. If the credentials file is a device, such
 * as /dev/null, the store is next to the config file; if both are devices, nothing can be saved.
 */
export function storeFolder({ config, credentials, store }: AwsFilePaths): string {
  if (store !== undefined) return store;
  if (!isDevice(credentials)) return join(dirname(credentials), 'gauth');
  return join(isDevice(config) ? config : dirname(config), 'gauth');
}

/** Whether a path is a device, by its name only, because the launcher must be fast. */
export function isDevice(path: string): boolean {
  return /^\/dev\/(fd\/)?[^/]+$/.test(path);
}

/** The session cache file of a profile. The name is escaped, so that it cannot leave the folder or have a special meaning. */
export function sessionCachePath(store: string, profile: string): string {
  const name = encodeURIComponent(profile).replace(
    /[*.!'()~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return join(store, 'sessions', `${name.length > NAME_LIMIT ? shortened(name) : name}.json`);
}

/** File systems allow 255 bytes, and names of locks and temporary files are 49 longer. */
const NAME_LIMIT = 200;

/** The start of a name and two FNV-1a hashes. Collisions are harmless, because the file contains the full name. No escaped name contains `%-`. */
function shortened(name: string): string {
  const hash = (seed: number): string => {
    let value = seed;
    for (let at = 0; at < name.length; at += 1)
      value = Math.imul(value ^ name.charCodeAt(at), 0x01000193) >>> 0;
    return value.toString(16).padStart(8, '0');
  };
  return `${name.slice(0, 120)}%-${hash(0x811c9dc5)}${hash(0x9dc5811c)}`;
}

/** A stamp that differs between versions of a file: size, inode and time of the last change. */
export function versionStamp(stats: {
  readonly size: number;
  readonly ino: number;
  readonly ctimeMs: number;
}): string {
  return `${stats.size}-${stats.ino}-${stats.ctimeMs}`;
}
