/** The SAML response kept between runs where aws-google-auth keeps it, so that either tool finds the other's. */
import { readTextFile, replaceFile } from '../files.ts';
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

/**
 * The kept response if it holds now and is this person's. Whatever cannot be read counts as not there.
 * STS takes an assertion for five minutes only, so this bridges a second run, not a working day.
 */
export async function readSamlCache(
  path: string,
  username: string | undefined,
  now: Date,
): Promise<CachedResponse | undefined> {
  try {
    const xml = await readTextFile(path);
    if (xml === undefined) return undefined;
    const response = samlResponseFromXml(xml);
    const assertion = readAssertion(response);
    if (validity(assertion, now).kind !== 'valid' || !isOf(assertion, username)) return undefined;
    return { response, assertion };
  } catch {
    return undefined;
  }
}

/** Keeps a response, 0600: whoever reads it within five minutes can take its roles. Throws GauthError FILE. */
export async function writeSamlCache(path: string, response: SamlResponse): Promise<void> {
  await replaceFile(path, samlXml(response), { secret: true });
}

/** The file is named after the organisation alone: one person's assertion must not serve another. */
function isOf(assertion: Assertion, username: string | undefined): boolean {
  const names = [assertion.subject, assertion.roleSessionName].filter((name) => name?.includes('@') === true);
  return (
    username === undefined ||
    names.length === 0 ||
    names.some((name) => name?.toLowerCase() === username.toLowerCase())
  );
}
