/** The account cache: account names and maximum session durations that AWS reported. A file with mode 0600 in the private store. */
import { join } from 'node:path';
import { readPrivateFile, replaceFile } from '../files/files.ts';
import { STORE_WAIT, withLock } from '../files/lock.ts';

export interface AccountFacts {
  /** Account aliases by account number. */
  readonly names: ReadonlyMap<string, string>;
  /** The longest session that a role allowed, in seconds, by role ARN. */
  readonly longest: ReadonlyMap<string, number>;
}

/** The format of the file. Any other version counts as damaged. */
interface Stored {
  readonly version: 1;
  readonly names: Readonly<Record<string, string>>;
  readonly longest: Readonly<Record<string, { readonly seconds: number; readonly at: string }>>;
}

const NOTHING: Stored = { version: 1, names: {}, longest: {} };

/** Milliseconds. The maximum of a role may be raised, and gauth would not notice; so it tries longer durations again after a week. */
const DURATION_TTL = 7 * 24 * 3600 * 1000;
/** Bytes. A larger file was not written by gauth. */
const LIMIT = 5_000_000;

/** Reads the cache in the private store; empty if the file is missing or damaged. */
export async function readAccountCache(store: string, now: Date): Promise<AccountFacts> {
  const { names, longest } = await readStored(pathOf(store));
  const fresh = Object.entries(longest).filter(([, { at }]) => now.getTime() - Date.parse(at) < DURATION_TTL);
  return {
    names: new Map(Object.entries(names)),
    longest: new Map(fresh.map(([role, { seconds }]) => [role, seconds])),
  };
}

/** Adds to the cache. Throws GauthError FILE, LOCKED, CANCELLED. */
export async function updateAccountCache(
  store: string,
  news: Partial<AccountFacts>,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf(store);
  const at = now.toISOString();
  const longest = [...(news.longest ?? [])].map(([role, seconds]) => [role, { seconds, at }] as const);
  await withLock(path, { signal, waitMs: STORE_WAIT }, async () => {
    const old = await readStored(path);
    const stored: Stored = {
      version: 1,
      names: { ...old.names, ...Object.fromEntries(news.names ?? []) },
      longest: { ...old.longest, ...Object.fromEntries(longest) },
    };
    await replaceFile(path, `${JSON.stringify(stored, undefined, 2)}\n`, { secret: true });
  });
}

function pathOf(store: string): string {
  return join(store, 'learned.json');
}

async function readStored(path: string): Promise<Stored> {
  try {
    const value: unknown = JSON.parse((await readPrivateFile(path, LIMIT)) ?? '{}');
    return isStored(value) ? value : NOTHING;
  } catch {
    return NOTHING;
  }
}

function isStored(value: unknown): value is Stored {
  if (!isRecord(value) || value['version'] !== 1) return false;
  const { names, longest } = value;
  return (
    isRecord(names) &&
    Object.values(names).every((name) => typeof name === 'string') &&
    isRecord(longest) &&
    Object.values(longest).every(
      (each) => isRecord(each) && typeof each['seconds'] === 'number' && typeof each['at'] === 'string',
    )
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
