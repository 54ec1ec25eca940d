/** Serialises the cookies of Google for the next run: only those of Google, and only unexpired ones. */
import { Cookie, CookieJar } from 'tough-cookie';
import { isGoogle } from './submission.ts';

/**
 * The cookies to save, as JSON; undefined if there are none. Anyone who has them is signed in as the user. Cookies that end
 * with the browser session are saved, too: Google ends a session on its own side.
 */
export async function serialiseJar(jar: CookieJar, now: Date): Promise<string | undefined> {
  const whole = await jar.serialize();
  const cookies = whole.cookies.filter((cookie) => isKept(cookie, now));
  return cookies.length === 0 ? undefined : JSON.stringify({ ...whole, cookies });
}

/** Parses a saved jar; undefined for invalid text. */
export async function parseJar(text: string, now: Date): Promise<CookieJar | undefined> {
  try {
    const whole: unknown = JSON.parse(text);
    if (typeof whole !== 'object' || whole === null || !('cookies' in whole)) return undefined;
    const { cookies } = whole;
    if (!Array.isArray(cookies)) return undefined;
    const kept = cookies.filter((cookie: unknown) => isKept(cookie, now));
    return await CookieJar.deserialize(JSON.stringify({ ...whole, cookies: kept }));
  } catch {
    return undefined;
  }
}

function isKept(serialized: unknown, now: Date): boolean {
  const cookie = Cookie.fromJSON(serialized);
  if (typeof cookie?.domain !== 'string') return false;
  const host = `https://${cookie.domain}/`;
  const expiry = cookie.expiryTime();
  return URL.canParse(host) && isGoogle(new URL(host)) && (expiry === undefined || expiry > now.getTime());
}
