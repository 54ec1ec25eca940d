/**
 * The saved Google session: the cookie jar of each Google account, in a file of the private store, encrypted with a key
 * that only the system keychain has. The jar itself would be too large for some keychains (Windows: 2,560 bytes).
 */
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { GauthError } from '../errors.ts';
import { listNames, readPrivateFile, replaceFile } from '../files/files.ts';
import { parseJar, serialiseJar } from '../google/cookie-jar.ts';
import { withLock } from '../files/lock.ts';
import type { GoogleSessionStorage } from '../options/options.ts';
import type { Log, System } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { isKey, newKey, seal, unseal } from '../encryption.ts';
import {
  JAR_EXTENSION,
  jarName,
  keyAccount,
  NO_KEYCHAIN_MARKER,
  KEYCHAIN_SERVICE,
} from './google-session-files.ts';

/** Bytes. The cookies take some 10 kB. */
const FILE_LIMIT = 1_000_000;
/**
 * Milliseconds. The holder of the lock writes one small file. A keychain that has to be unlocked may take longer: then
 * nothing is saved.
 */
const LOCK_WAIT = 5_000;

export interface GoogleSessionStore {
  /** The jar of the last run; an empty one if it cannot be used, for whatever reason. Throws GauthError CANCELLED. */
  load(): Promise<CookieJar>;
  /** Saves the jar. A failure is logged and does not fail the sign-in. Throws GauthError CANCELLED. */
  save(jar: CookieJar): Promise<void>;
}

type World = Pick<System, 'keychain' | 'clock' | 'signal'>;

/**
 * The session of one Google account. Its file is named by a hash, since folder listings are shown to others more easily
 * than files.
 */
export function createGoogleSessionStore(
  { folder, username, keeping: storage }: { folder: string; username: string; keeping: GoogleSessionStorage },
  { keychain, clock, signal }: World,
  log: Log,
): GoogleSessionStore {
  const name = jarName(username);
  const path = join(folder, name);
  let key: Secret | undefined;

  async function findKey(): Promise<Secret | undefined> {
    const found = key ?? (await keychain.get(KEYCHAIN_SERVICE, keyAccount(folder)));
    key = found && isKey(found) ? found : undefined;
    return key;
  }

  /** A new key if no jar needs the old one: keychains are slow, and the old key is not needed then. */
  async function keyToWrite(): Promise<Secret> {
    const isFirst = !(await listNames(folder)).some((each) => each.endsWith(JAR_EXTENSION));
    const found = isFirst ? undefined : await findKey();
    if (found) return found;
    key = newKey();
    await keychain.set(KEYCHAIN_SERVICE, keyAccount(folder), key);
    return key;
  }

  async function read(): Promise<string | undefined> {
    const sealed = await readPrivateFile(path, FILE_LIMIT);
    if (sealed === undefined || sealed.startsWith('{')) return sealed;
    const found = storage === 'keychain' ? await findKey() : undefined;
    return found && unseal(sealed, found, name);
  }

  async function write(text: string): Promise<void> {
    const contents = storage === 'file' ? text : seal(text, await keyToWrite(), name);
    await replaceFile(path, contents, { secret: true });
  }

  return {
    async load() {
      try {
        const text = storage === 'never' ? undefined : await read();
        return (text === undefined ? undefined : await parseJar(text, clock.now())) ?? new CookieJar();
      } catch (error) {
        if (!isRecoverable(error)) throw error;
        log.info(`the saved Google session cannot be used: ${error.message}`);
        return new CookieJar();
      }
    },

    async save(jar) {
      const text = storage === 'never' ? undefined : await serialiseJar(jar, clock.now());
      if (text === undefined) return;
      try {
        await withLock(join(folder, 'lock'), { signal, waitMs: LOCK_WAIT }, async () => write(text));
      } catch (error) {
        if (!isRecoverable(error)) throw error;
        if (error.code === 'KEYCHAIN') await warnOnce(folder, error, log);
        else log.info(`the Google session is not saved: ${error.message}`);
      }
    },
  };
}

function isRecoverable(error: unknown): error is GauthError {
  return error instanceof GauthError && error.code !== 'CANCELLED';
}

/** Shown once, not in every run. */
async function warnOnce(folder: string, error: GauthError, log: Log): Promise<void> {
  const marker = join(folder, NO_KEYCHAIN_MARKER);
  try {
    if ((await readPrivateFile(marker, FILE_LIMIT)) !== undefined) return;
    await replaceFile(marker, `${error.message}\n`);
  } catch (failure) {
    if (!isRecoverable(failure)) throw failure;
  }
  log.info(`no keychain: ${error.message}`);
  log.warn('no system keychain found, so Google asks for your password each time', [
    'to save the Google session in a file instead: --keep-session file',
    'to save nothing and hide this message: --keep-session never',
  ]);
}
