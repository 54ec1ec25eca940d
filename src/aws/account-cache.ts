/** What AWS told once and is worth remembering: the names of accounts, and for how long roles may be had. Beside the sessions, 0600. */
import { join } from 'node:path';
import { readPrivateFile, replaceFile } from '../files/files.ts';
import { STORE_WAIT, withLock } from '../files/lock.ts';

export interface AccountFacts {
  /** Account aliases by account number. */
  readonly names: ReadonlyMap<string, string>;
  /** The longest session that a role allowed, in seconds, by its ARN. */
  readonly longest: ReadonlyMap<string, number>;
}

/** The file's form. Another version counts as damaged. */
interface Stored {
  readonly version: 1;
  readonly names: Readonly<Record<string, string>>;
  readonly longest: Readonly<Record<string, { readonly seconds: number; readonly at: string }>>;
}

const NOTHING: Stored = { version: 1, names: {}, longest: {} };

/** Milliseconds. A role's maximum may be raised, which nobody would notice who never asks for more: so it is tried anew after a week. */
const DURATION_LASTS = 7 * 24 * 3600 * 1000;
/** Bytes. Beyond this the file is not ours. */
const LIMIT = 5_000_000;

/** What is remembered in the folder of all that gauth keeps; nothing where the file is missing or damaged. */
export async function readAccountCache(store: string, now: Date): Promise<AccountFacts> {
  const { names, longest } = await readStored(pathOf(store));
  const fresh = Object.entries(longest).filter(
    ([, { at }]) => now.getTime() - Date.parse(at) < DURATION_LASTS,
  );
  return {
    names: new Map(Object.entries(names)),
    longest: new Map(fresh.map(([role, { seconds }]) => [role, seconds])),
  };
}

/** Adds to what is remembered. Throws GauthError FILE, LOCKED, CANCELLED. */
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
