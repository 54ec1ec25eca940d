/** HTTPS_PROXY and NO_PROXY as a browser wants them said. */
import { expect, it } from 'vitest';
import { browserProxy } from '../../src/system/browser-proxy.ts';

const HTTPS_PROXY = 'http://proxy.example.com:3128';

it.each([
  [{}, []],
  [{ HTTPS_PROXY }, ['--proxy-server=http://proxy.example.com:3128']],
  [{ HTTPS_PROXY: 'proxy.example.com' }, ['--proxy-server=http://proxy.example.com:80']],
  [{ https_proxy: 'https://proxy.example.com' }, ['--proxy-server=https://proxy.example.com:443']],
  [{ HTTPS_PROXY, NO_PROXY: '*' }, []],
  [
    { HTTPS_PROXY, NO_PROXY: 'example.com, .corp.example 10.0.0.0/8,192.168.1.1,host:8080' },
    [
      '--proxy-server=http://proxy.example.com:3128',
      '--proxy-bypass-list=example.com;*.example.com;corp.example;*.corp.example;10.0.0.0/8;192.168.1.1;host:8080;*.host:8080',
    ],
  ],
  // The sign-in goes by other hosts than Google's as well: an exempt Google is no reason to do without the proxy.
  [
    { HTTPS_PROXY, no_proxy: 'google.com' },
    ['--proxy-server=http://proxy.example.com:3128', '--proxy-bypass-list=google.com;*.google.com'],
  ],
])('%j', (env, switches) => {
  expect(browserProxy(env)).toEqual({ switches, login: undefined });
});

it('keeps user name and password out of the switches, which every user of the machine can read', () => {
  const { switches, login } = browserProxy({ HTTPS_PROXY: 'http://me%40corp:p%3Aw@proxy.example.com:3128' });
  expect(switches).toEqual(['--proxy-server=http://proxy.example.com:3128']);
  expect(login?.username).toBe('me@corp');
  expect(login?.password.reveal()).toBe('p:w');
});

it('refuses a proxy that cannot be used', () => {
  expect(() => browserProxy({ HTTPS_PROXY: 'socks5://proxy.example.com' })).toThrow(
    expect.objectContaining({ code: 'PROXY' }),
  );
});
