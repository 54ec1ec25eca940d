/** Google's cookies as text, to be kept between runs: only Google's, and only those that still hold. */
import { Cookie, CookieJar } from 'tough-cookie';
import { isGoogle } from './submission.ts';

/**
 * The cookies that are worth keeping, in JSON; undefined where there are none. Whoever has them is signed in as the
 * person. Cookies that end with the browser session are kept, too: Google ends a session on its own side.
 */
export async function serialiseJar(jar: CookieJar, now: Date): Promise<string | undefined> {
  const whole = await jar.serialize();
  const cookies = whole.cookies.filter((cookie) => isKept(cookie, now));
  return cookies.length === 0 ? undefined : JSON.stringify({ ...whole, cookies });
}

/** The jar again; undefined for text that is none. */
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
