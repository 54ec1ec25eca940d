/**
 * Google's session between runs: the cookie jar of each Google account in a file beside AWS's files, sealed with a key
 * that only the operating system's keychain has. The jar itself would be too large for some keychains (Windows: 2,560 bytes).
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { GauthError } from '../errors.ts';
import { listNames, readPrivateFile, removeFile, replaceFile } from '../files/files.ts';
import { parseJar, serialiseJar } from '../google/cookie-jar.ts';
import { withLock } from '../files/lock.ts';
import type { GoogleSessionStorage } from '../options/options.ts';
import type { Keychain, Log, System } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { isKey, newKey, seal, unseal } from '../encryption.ts';

const SERVICE = 'gauth';
/** Bytes. Google's cookies have some 10 kB. */
const FILE_LIMIT = 1_000_000;
/** Milliseconds. Whoever holds the lock writes one small file; a keychain that has to be unlocked may take longer, and then nothing is kept. */
const LOCK_WAIT = 5_000;
const EXTENSION = '.jar';
/** There once a person was told that nothing is kept. */
const NO_KEYCHAIN_MARKER = 'no-keychain';

export interface GoogleSessionStore {
  /** The jar of the last run; an empty one where that cannot be used, whatever the reason. Throws GauthError CANCELLED. */
  load(): Promise<CookieJar>;
  /** Keeps the jar. What goes wrong costs a line, not the sign-in. Throws GauthError CANCELLED. */
  save(jar: CookieJar): Promise<void>;
}

type World = Pick<System, 'keychain' | 'clock' | 'signal'>;

/** The folder of all jars, below that of all that gauth keeps. */
export function jarFolder(store: string): string {
  return resolve(store, 'jars');
}

/** The jar of one Google account. Its file is named by a hash, since folders are shown to others more easily than files. */
export function createGoogleSessionStore(
  { folder, username, keeping }: { folder: string; username: string; keeping: GoogleSessionStorage },
  { keychain, clock, signal }: World,
  log: Log,
): GoogleSessionStore {
  const name = jarName(username);
  const path = join(folder, name);
  let key: Secret | undefined;

  async function findKey(): Promise<Secret | undefined> {
    const found = key ?? (await keychain.get(SERVICE, keyAccount(folder)));
    key = found && isKey(found) ? found : undefined;
    return key;
  }

  /** A new key where no jar needs the old one: a keychain is slow, and need not be asked for what nobody misses. */
  async function keyToWrite(): Promise<Secret> {
    const isFirst = !(await listNames(folder)).some((each) => each.endsWith(EXTENSION));
    const found = isFirst ? undefined : await findKey();
    if (found) return found;
    key = newKey();
    await keychain.set(SERVICE, keyAccount(folder), key);
    return key;
  }

  async function read(): Promise<string | undefined> {
    const kept = await readPrivateFile(path, FILE_LIMIT);
    if (kept === undefined || kept.startsWith('{')) return kept;
    const found = keeping === 'keychain' ? await findKey() : undefined;
    return found && unseal(kept, found, name);
  }

  async function write(text: string): Promise<void> {
    const contents = keeping === 'file' ? text : seal(text, await keyToWrite(), name);
    await replaceFile(path, contents, { secret: true });
  }

  return {
    async load() {
      try {
        const text = keeping === 'never' ? undefined : await read();
        return (text === undefined ? undefined : await parseJar(text, clock.now())) ?? new CookieJar();
      } catch (error) {
        if (!isHarmless(error)) throw error;
        log.info(`the kept Google session cannot be used: ${error.message}`);
        return new CookieJar();
      }
    },

    async save(jar) {
      const text = keeping === 'never' ? undefined : await serialiseJar(jar, clock.now());
      if (text === undefined) return;
      try {
        await withLock(join(folder, 'lock'), { signal, waitMs: LOCK_WAIT }, async () => write(text));
      } catch (error) {
        if (!isHarmless(error)) throw error;
        if (error.code === 'KEYCHAIN') await warnOnce(folder, error, log);
        else log.info(`Google's session is not kept: ${error.message}`);
      }
    },
  };
}

/** Where the jar of one account is kept, when it is. */
export function jarPath(folder: string, username: string): string {
  return join(folder, jarName(username));
}

/**
 * Drops the jar of one account, with what killed runs have left of it; false if there was none. Throws GauthError FILE.
 */
export async function removeJar(folder: string, username: string): Promise<boolean> {
  return (await removeJars(folder, jarName(username))) > 0;
}

/** Drops every jar; the number there were. Throws GauthError FILE. */
export async function removeAllJars(folder: string): Promise<number> {
  await removeFile(join(folder, NO_KEYCHAIN_MARKER));
  return removeJars(folder);
}

/** The number of accounts whose jars were removed. A temporary file holds the cookies of a run that was killed before it was done. */
async function removeJars(folder: string, only?: string): Promise<number> {
  const jars = (await listNames(folder)).flatMap((name) => {
    const [, jar] = /^([0-9a-f]+\.jar)(?:\..+)?$/.exec(name) ?? [];
    return jar === undefined || (only !== undefined && jar !== only) ? [] : [{ name, jar }];
  });
  const removed = await Promise.all(
    jars.map(async ({ name, jar }) => ((await removeFile(join(folder, name))) ? [jar] : [])),
  );
  return new Set(removed.flat()).size;
}

/** Drops the key, without which no jar of this folder can be opened again. Throws GauthError KEYCHAIN. */
export async function removeKey(folder: string, keychain: Keychain): Promise<void> {
  await keychain.delete(SERVICE, keyAccount(folder));
}

function jarName(username: string): string {
  return `${createHash('sha256').update(username.trim().toLowerCase()).digest('hex').slice(0, 32)}${EXTENSION}`;
}

/** Each folder has a key of its own, so that one can be forgotten without the others. */
function keyAccount(folder: string): string {
  return `google-sessions ${folder}`;
}

function isHarmless(error: unknown): error is GauthError {
  return error instanceof GauthError && error.code !== 'CANCELLED';
}

/** Once and not at each run: who has no keychain knows it. */
async function warnOnce(folder: string, error: GauthError, log: Log): Promise<void> {
  const marker = join(folder, NO_KEYCHAIN_MARKER);
  try {
    if ((await readPrivateFile(marker, FILE_LIMIT)) !== undefined) return;
    await replaceFile(marker, `${error.message}\n`);
  } catch (failure) {
    if (!isHarmless(failure)) throw failure;
  }
  log.warn(
    `each run will ask for the password: ${error.message} (--keep-session file keeps Google's session in a file, never ends this note)`,
  );
}
