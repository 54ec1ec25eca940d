/** Which proxy a URL goes through. */
import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/system/proxy.ts';

const url = new URL('https://accounts.google.com/');

describe('the proxy of a URL', () => {
  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{ HTTP_PROXY: 'http://one:1' }, undefined],
    [{ HTTPS_PROXY: 'http://one:1' }, 'http://one:1/'],
    [{ HTTPS_PROXY: 'one:3128' }, 'http://one:3128/'],
    [{ HTTPS_PROXY: 'me:word@one:3128' }, 'http://me:word@one:3128/'],
    [{ HTTPS_PROXY: 'https://one' }, 'https://one/'],
    [{ ALL_PROXY: 'http://all:1' }, 'http://all:1/'],
    [{ https_proxy: 'http://low:1', HTTPS_PROXY: 'http://high:1' }, 'http://low:1/'],
    [{ https_proxy: '', HTTPS_PROXY: 'http://high:1', all_proxy: 'http://all:1' }, 'http://high:1/'],
  ])('of %o is %s', (env, expected) => {
    expect(proxyFor(url, env)?.href).toBe(expected);
  });

  it.each([
    ['socks5://one:1080', 'HTTPS_PROXY names a socks5 proxy, which gauth cannot use'],
    ['http://me:s3cret@one:99999', 'HTTPS_PROXY is not the URL of a proxy'],
    [
      'http://me:s3cret%@one:1',
      'the user name or password in HTTPS_PROXY contains a % that is not followed by two hexadecimal digits',
    ],
    [
      'http://alice:12345#s3cret@127.0.0.1:3128',
      'the user name or password in HTTPS_PROXY contains a character that must be written as %XX',
    ],
    [
      'alice:12345/s3cret@127.0.0.1:3128',
      'the user name or password in HTTPS_PROXY contains a character that must be written as %XX',
    ],
  ])('%s is refused without its password', (HTTPS_PROXY, message) => {
    expect(() => proxyFor(url, { HTTPS_PROXY })).toThrow(expect.objectContaining({ code: 'PROXY', message }));
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', 'https://accounts.google.com/'],
    ['google.com', 'https://accounts.google.com/'],
    ['.google.com', 'https://accounts.google.com/'],
    ['*.google.com', 'https://accounts.google.com/'],
    ['other.example, GOOGLE.com', 'https://accounts.google.com/'],
    ['other.example google.com:443', 'https://accounts.google.com/'],
    ['localhost:8443', 'https://localhost:8443/'],
    ['127.0.0.1', 'https://127.0.0.1/'],
    ['10.0.0.0/8', 'https://10.1.2.3/'],
    ['[::1]', 'https://[::1]/'],
    ['::1', 'https://[::1]/'],
    ['[::1]:8443', 'https://[::1]:8443/'],
    ['fd00::/8', 'https://[fd12::1]/'],
  ])('%s covers %s', (NO_PROXY, target) => {
    expect(proxyFor(new URL(target), { HTTPS_PROXY: 'http://one:1', NO_PROXY })).toBeUndefined();
  });

  it.each([
    ['', 'https://accounts.google.com/'],
    [' , ', 'https://accounts.google.com/'],
    ['oogle.com', 'https://accounts.google.com/'],
    ['accounts.google.com.evil', 'https://accounts.google.com/'],
    ['google.com:8443', 'https://accounts.google.com/'],
    ['0.0.1', 'https://127.0.0.1/'],
    ['10.0.0.0/8', 'https://11.1.2.3/'],
    ['10.0.0.0/99', 'https://10.1.2.3/'],
    ['10.0.0.0/', 'https://10.1.2.3/'],
    ['fd00::/8', 'https://10.1.2.3/'],
  ])('%s does not cover %s', (NO_PROXY, target) => {
    expect(proxyFor(new URL(target), { HTTPS_PROXY: 'http://one:1', NO_PROXY })?.host).toBe('one:1');
  });
});
