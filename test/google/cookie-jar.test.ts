/** Which cookies are saved, and that they are restored unchanged. */
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { parseJar, serialiseJar } from '../../src/google/cookie-jar.ts';

const NOW = new Date();
const LATER = new Date(NOW.getTime() + 86_400_000).toUTCString();

async function jarWith(cookies: readonly (readonly [line: string, url: string])[]): Promise<CookieJar> {
  const jar = new CookieJar();
  for (const [line, url] of cookies) await jar.setCookie(line, url);
  return jar;
}

async function again(jar: CookieJar, now = NOW): Promise<CookieJar> {
  const text = await serialiseJar(jar, now);
  const read = text === undefined ? undefined : await parseJar(text, now);
  if (!read) throw new Error('the jar did not come back');
  return read;
}

describe('a saved jar', () => {
  it('sends the same cookies to the same URLs', async () => {
    const jar = await jarWith([
      [`SID=a; Domain=.google.com; Path=/; Secure; Expires=${LATER}`, 'https://accounts.google.com/'],
      [`__Host-GAPS=b; Path=/; Secure; HttpOnly; Expires=${LATER}`, 'https://accounts.google.com/'],
      ['ONLY=c; Path=/o/saml2; Secure', 'https://accounts.google.com/o/saml2/initsso'],
      ['HERE=d; Path=/; Secure; Max-Age=3600', 'https://accounts.youtube.com/'],
    ]);
    const read = await again(jar);
    for (const url of [
      'https://accounts.google.com/o/saml2/initsso',
      'https://accounts.google.com/',
      'https://mail.google.com/',
      'https://accounts.youtube.com/',
      'http://accounts.google.com/',
    ]) {
      expect(await read.getCookieString(url)).toBe(await jar.getCookieString(url));
    }
  });

  it('has no cookies of other hosts', async () => {
    const jar = await jarWith([
      [`SID=a; Secure; Expires=${LATER}`, 'https://accounts.google.com/'],
      [`SSO=b; Secure; Expires=${LATER}`, 'https://login.example.org/'],
      [`FAKE=c; Secure; Expires=${LATER}`, 'https://accounts.google.com.example.org/'],
    ]);
    expect(await serialiseJar(jar, NOW)).not.toMatch(/SSO|FAKE/);
  });

  it('has no expired cookie, not even one that expired after saving', async () => {
    const jar = await jarWith([
      ['STAYS=a; Secure', 'https://accounts.google.com/'],
      [`GOES=b; Secure; Expires=${LATER}`, 'https://accounts.google.com/'],
    ]);
    const text = (await serialiseJar(jar, NOW))!;
    expect(text).toContain('GOES');
    const after = new Date(NOW.getTime() + 2 * 86_400_000);
    expect(await serialiseJar(jar, after)).not.toContain('GOES');
    expect(JSON.stringify(await (await parseJar(text, after))?.serialize())).not.toContain('GOES');
  });

  it('is nothing if there are no cookies', async () => {
    expect(await serialiseJar(new CookieJar(), NOW)).toBeUndefined();
  });

  it.each(['', '{', '[]', 'null', '1', '{"cookies":1}', '{"cookies":[1,null,{"key":1}]'])(
    'is not read from the text %j',
    async (text) => {
      expect(await parseJar(text, NOW)).toBeUndefined();
    },
  );

  it('reads no cookie of another host from a modified text', async () => {
    const jar = await jarWith([['SID=a; Secure', 'https://accounts.google.com/']]);
    const text = (await serialiseJar(jar, NOW))!.replace('accounts.google.com', 'evil.example.org');
    expect(await (await parseJar(text, NOW))?.getCookieString('https://evil.example.org/')).toBe('');
  });
});
