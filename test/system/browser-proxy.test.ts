/** How a browser reaches all hosts except AWS's consumer service. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { browserProxy } from '../../src/system/browser-proxy.ts';
import { parseGnome, parseKde, parseRegistry, parseScutil } from '../../src/system/system-proxy.ts';
import { temporaryHome } from '../fakes/system.ts';

const HTTPS_PROXY = 'http://proxy.example.com:3128';
const never = new AbortController().signal;
const of = async (env: Readonly<Record<string, string>>, home = '/home/me') =>
  browserProxy({ env, platform: 'linux', home }, never);

describe('the proxy of the environment', () => {
  it.each([
    [{ HTTPS_PROXY }, 'PROXY proxy.example.com:3128', []],
    [{ HTTPS_PROXY: 'proxy.example.com' }, 'PROXY proxy.example.com:80', []],
    [{ https_proxy: 'https://proxy.example.com' }, 'HTTPS proxy.example.com:443', []],
    [
      { HTTPS_PROXY, NO_PROXY: 'example.com, .corp.example 10.0.0.0/8' },
      'PROXY proxy.example.com:3128',
      ['example.com', '.corp.example', '10.0.0.0/8'],
    ],
    // The sign-in goes by other hosts than Google's as well: an exempt Google is no reason to do without the proxy.
    [{ HTTPS_PROXY, no_proxy: 'google.com' }, 'PROXY proxy.example.com:3128', ['google.com']],
  ])('%j', async (env, proxy, exempt) => {
    expect(await of(env)).toEqual({ others: { kind: 'proxy', proxy, exempt }, upstream: undefined });
  });

  it.each([{}, { HTTPS_PROXY, NO_PROXY: '*' }])('is none with %j', async (env) => {
    expect(await of(env)).toEqual({ others: { kind: 'direct' }, upstream: undefined });
  });

  it('with a password is reached through gauth, and the browser does not get the password', async () => {
    const { others, upstream } = await of({ HTTPS_PROXY: 'http://me%40corp:p%3Aw@proxy.example.com:3128' });
    expect(others).toEqual({ kind: 'endpoint', exempt: [] });
    expect(upstream?.authorization.reveal()).toBe(`Basic ${btoa('me@corp:p:w')}`);
  });

  it('is refused if it cannot be used', async () => {
    await expect(of({ HTTPS_PROXY: 'socks5://proxy.example.com' })).rejects.toMatchObject({ code: 'PROXY' });
  });
});

describe('the proxy of the system', () => {
  it('is a script of the user, which is part of that of gauth', async () => {
    const home = temporaryHome();
    const script = join(home, 'proxy.pac');
    writeFileSync(script, 'function FindProxyForURL() { return "PROXY own:1"; }');
    writeFileSync(
      join(home, 'kioslaverc'),
      `[Proxy Settings]\nProxyType=2\nProxy Config Script=file://${script}\n`,
    );
    const { others } = await of({ XDG_CURRENT_DESKTOP: 'KDE', XDG_CONFIG_HOME: home }, home);
    expect(others).toEqual({ kind: 'script', text: 'function FindProxyForURL() { return "PROXY own:1"; }' });
  });

  it('is an error if the script cannot be read', async () => {
    const home = temporaryHome();
    writeFileSync(
      join(home, 'kioslaverc'),
      `[Proxy Settings]\nProxyType=2\nProxy Config Script=file:///none\n`,
    );
    await expect(of({ XDG_CURRENT_DESKTOP: 'KDE', XDG_CONFIG_HOME: home }, home)).rejects.toMatchObject({
      code: 'PROXY',
    });
  });

  it.each([
    ["org.gnome.system.proxy mode 'none'\n", { exempt: [] }],
    [
      "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8']\norg.gnome.system.proxy.https host 'proxy'\norg.gnome.system.proxy.https port 8080\norg.gnome.system.proxy.http host 'other'\n",
      { proxy: 'proxy:8080', exempt: ['localhost', '127.0.0.0/8'] },
    ],
    [
      "org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url 'http://wpad/proxy.pac'\n",
      { script: new URL('http://wpad/proxy.pac'), exempt: [] },
    ],
  ])('in GNOME: %#', (text, expected) => {
    expect(parseGnome(text)).toEqual(expected);
  });

  it.each([
    ['[Proxy Settings]\nProxyType=0\nhttpsProxy=http://proxy 8080\n', { exempt: [] }],
    [
      '[Other]\nProxyType=0\n[Proxy Settings]\nNoProxyFor=localhost,.corp\nProxyType=1\nhttpsProxy=http://proxy 8080\n',
      { proxy: 'proxy:8080', exempt: ['localhost', '.corp'] },
    ],
  ])('in KDE: %#', (text, expected) => {
    expect(parseKde(text)).toEqual(expected);
  });

  it.each([
    ['<dictionary> {\n  HTTPSEnable : 0\n}\n', { exempt: [] }],
    [
      '<dictionary> {\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n  }\n  HTTPSEnable : 1\n  HTTPSPort : 8080\n  HTTPSProxy : proxy.corp\n}\n',
      { proxy: 'proxy.corp:8080', exempt: ['*.local', '169.254/16'] },
    ],
    [
      '<dictionary> {\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : https://pac.corp/p\n}\n',
      { script: new URL('https://pac.corp/p'), exempt: [] },
    ],
  ])('of macOS: %#', (text, expected) => {
    expect(parseScutil(text)).toEqual(expected);
  });

  it.each([
    ['    ProxyEnable    REG_DWORD    0x0\r\n    ProxyServer    REG_SZ    proxy:8080\r\n', { exempt: [] }],
    [
      '    ProxyEnable    REG_DWORD    0x1\r\n    ProxyServer    REG_SZ    http=a:1;https=b:2\r\n    ProxyOverride    REG_SZ    *.corp;<local>\r\n',
      { proxy: 'b:2', exempt: ['*.corp'] },
    ],
    [
      '    ProxyEnable    REG_DWORD    0x1\r\n    ProxyServer    REG_SZ    proxy:8080\r\n',
      { proxy: 'proxy:8080', exempt: [] },
    ],
    [
      '    AutoConfigURL    REG_SZ    http://pac/p.pac\r\n    ProxyEnable    REG_DWORD    0x0\r\n',
      { script: new URL('http://pac/p.pac'), exempt: [] },
    ],
  ])('of Windows: %#', (text, expected) => {
    expect(parseRegistry(text)).toEqual(expected);
  });
});
