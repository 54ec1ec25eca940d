/**
 * The SAML response kept between runs where aws-google-auth keeps it, so that either tool finds the other's. Its file is named
 * after the organisation alone: whose response it is and for which app stands in a note of gauth's own, found by what it is about.
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
  /** The folder of all that gauth keeps. */
  readonly store: string;
}

/** Who signed in, to which app; what is not known is not compared. */
export interface ResponseOwner {
  readonly username: string | undefined;
  readonly spId: string | undefined;
}

/**
 * The kept response if it holds now and is this person's and this app's. Whatever cannot be read counts as not there.
 * STS takes an assertion for five minutes only, so this bridges a second run, not a working day.
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
    const assertion = readAssertion(response);
    if (validity(assertion, now).kind !== 'valid' || !isOf(assertion, owner.username)) return undefined;
    if (!agrees(await readNote(store, xml), owner)) return undefined;
    return { response, assertion };
  } catch {
    return undefined;
  }
}

/** Keeps a response, 0600: whoever reads it within five minutes can take its roles. Throws GauthError FILE. */
export async function writeSamlCache(
  { path, store }: SamlCache,
  response: SamlResponse,
  { username, spId }: ResponseOwner,
): Promise<void> {
  const xml = samlXml(response);
  const note: Note = { ...(username !== undefined && { username }), ...(spId !== undefined && { spId }) };
  // Before the response: at no moment can one be found without its note.
  await replaceFile(notePath(store, xml), `${JSON.stringify(note)}\n`, { secret: true });
  await replaceFile(path, xml, { secret: true });
}

/** Drops a kept response with its note; false where there was none. Throws GauthError FILE. */
export async function removeSamlCache({ path, store }: SamlCache): Promise<boolean> {
  const xml = await readPrivateFile(path).catch(() => undefined);
  if (xml !== undefined) await removeFile(notePath(store, xml));
  return removeFile(path);
}

/** By the names in it, where they are addresses: one person's assertion must not serve another. */
function isOf(assertion: Assertion, username: string | undefined): boolean {
  const names = [assertion.subject, assertion.roleSessionName].filter((name) => name?.includes('@') === true);
  return username === undefined || names.length === 0 || names.some((name) => isSame(name, username));
}

type Note = Partial<ResponseOwner>;

/** No note is a response that another tool has kept. */
function agrees(note: Note, { username, spId }: ResponseOwner): boolean {
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
