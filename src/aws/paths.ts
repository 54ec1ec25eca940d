/** Where things stand: AWS's two shared files, and gauth's own beside them. The front reads this too: built-in modules only. */
import { dirname, join } from 'node:path';

/** Paths, as the person wrote them but for `~`. */
export interface AwsFilePaths {
  readonly config: string;
  readonly credentials: string;
  /** Where gauth's own files are, if that is not beside the credentials file (own.ts). */
  readonly store?: string;
  /** Whether other users may put files beside the credentials file. */
  readonly shared?: true;
}

/** Where the files are: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else under `home`. An empty variable counts as unset. */
export function awsFilePaths(env: Readonly<Record<string, string | undefined>>, home: string): AwsFilePaths {
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

/**
 * The folder of all that gauth keeps: beside the credentials file, so that a mounted `~/.aws` carries it. Beside a device, such as
 * /dev/null, is no place for it: then it is the config file's folder, and where that is a device, too, nothing can be kept.
 */
export function storeFolder({ config, credentials, store }: AwsFilePaths): string {
  if (store !== undefined) return store;
  if (!isDevice(credentials)) return join(dirname(credentials), 'gauth');
  return join(isDevice(config) ? config : dirname(config), 'gauth');
}

/** Whether a path is that of a device, told by its name, since the front has to be quick. */
export function isDevice(path: string): boolean {
  return /^\/dev\/(fd\/)?[^/]+$/.test(path);
}

/** Where a profile's sessions are kept. The name is escaped, so that it can neither leave the folder nor mean something to a file system. */
export function sessionCachePath(store: string, profile: string): string {
  const name = encodeURIComponent(profile).replace(
    /[*.!'()~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return join(store, 'sessions', `${name.length > NAME_LIMIT ? shortened(name) : name}.json`);
}

/** File systems take 255 bytes, and names of locks and temporary files are longer by 49. */
const NAME_LIMIT = 200;

/** The start of a name, and FNV-1a twice: the file says itself whose it is, so that no more is needed. `%-` is in no escaped name. */
function shortened(name: string): string {
  const hash = (seed: number): string => {
    let value = seed;
    for (let at = 0; at < name.length; at += 1)
      value = Math.imul(value ^ name.charCodeAt(at), 0x01000193) >>> 0;
    return value.toString(16).padStart(8, '0');
  };
  return `${name.slice(0, 120)}%-${hash(0x811c9dc5)}${hash(0x9dc5811c)}`;
}

/** Tells versions of a file apart: by its size, its place on the disk, and when it was last touched in any way. */
export function versionStamp(stats: {
  readonly size: number;
  readonly ino: number;
  readonly ctimeMs: number;
}): string {
  return `${stats.size}-${stats.ino}-${stats.ctimeMs}`;
}
