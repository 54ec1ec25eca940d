/**
 * The cached SAML response, in the file of aws-google-auth, so that each tool finds that of the other. The file is named
 * after the organisation only: a note in the private store, found by the digest of the response, says which user and app it
 * is for.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readPrivateFile, removeFile, replaceFile } from '../files/files.ts';
import {
  type Assertion,
  type SamlResponse,
  readAssertion,
  samlResponseFromXml,
  samlXml,
  validity,
} from '../saml.ts';

export interface CachedResponse {
  readonly response: SamlResponse;
  readonly assertion: Assertion;
}

export interface SamlCache {
  readonly path: string;
  /** The private store. */
  readonly store: string;
}

/** The user and app of a response. Undefined values are not compared. */
export interface ResponseOwner {
  readonly username: string | undefined;
  readonly spId: string | undefined;
}

/**
 * The cached response if it is valid now and belongs to this user and app. Anything that cannot be read counts as missing.
 * STS accepts an assertion for five minutes only, so this serves a second run, not a working day.
 */
export async function readSamlCache(
  { path, store }: SamlCache,
  owner: ResponseOwner,
  now: Date,
): Promise<CachedResponse | undefined> {
  try {
    const xml = await readPrivateFile(path);
    if (xml === undefined) return undefined;
    const response = samlResponseFromXml(xml);
    const assertion = await readAssertion(response);
    if (validity(assertion, now).kind !== 'valid' || !belongsTo(assertion, owner.username)) return undefined;
    if (!matches(await readNote(store, xml), owner)) return undefined;
    return { response, assertion };
  } catch {
    return undefined;
  }
}

/**
 * Saves a response with mode 0600: anyone who reads it within five minutes can assume its roles. Throws GauthError FILE.
 */
export async function writeSamlCache(
  { path, store }: SamlCache,
  response: SamlResponse,
  { username, spId }: ResponseOwner,
): Promise<void> {
  const xml = samlXml(response);
  const note: Note = { ...(username !== undefined && { username }), ...(spId !== undefined && { spId }) };
  // The note first: there must never be a response without its note.
  await replaceFile(notePath(store, xml), `${JSON.stringify(note)}\n`, { secret: true });
  await replaceFile(path, xml, { secret: true });
}

/** Removes a cached response and its note; false if there was none. Throws GauthError FILE. */
export async function removeSamlCache({ path, store }: SamlCache): Promise<boolean> {
  const xml = await readPrivateFile(path).catch(() => undefined);
  if (xml !== undefined) await removeFile(notePath(store, xml));
  return removeFile(path);
}

/** Compares the names in the assertion, if they are e-mail addresses: the assertion of one user must not serve another. */
function belongsTo(assertion: Assertion, username: string | undefined): boolean {
  const names = [assertion.subject, assertion.roleSessionName].filter((name) => name?.includes('@') === true);
  return username === undefined || names.length === 0 || names.some((name) => isSame(name, username));
}

type Note = Partial<ResponseOwner>;

/** A response without a note was saved by another tool. */
function matches(note: Note, { username, spId }: ResponseOwner): boolean {
  const isUsers = note.username === undefined || username === undefined || isSame(note.username, username);
  return isUsers && (note.spId === undefined || spId === undefined || note.spId === spId);
}

function isSame(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

async function readNote(store: string, xml: string): Promise<Note> {
  const text = await readPrivateFile(notePath(store, xml)).catch(() => undefined);
  if (text === undefined) return {};
  const read: unknown = JSON.parse(text);
  if (typeof read !== 'object' || read === null) return {};
  const { username, spId } = read as Readonly<Record<string, unknown>>;
  return {
    ...(typeof username === 'string' && { username }),
    ...(typeof spId === 'string' && { spId }),
  };
}

function notePath(store: string, xml: string): string {
  return join(store, 'responses', `${createHash('sha256').update(xml).digest('hex').slice(0, 32)}.json`);
}
