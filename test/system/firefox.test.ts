/** The browser profile of Firefox, and policies that stand in the way of any browser. */
import { describe, expect, it, test } from 'vitest';
import { isProxyLocked, policyIn } from '../../src/system/browser-policies.ts';
import { certificateOverrides, firefox, userSettings } from '../../src/system/firefox.ts';

describe('the browser profile', () => {
  it('has settings as user.js has them', () => {
    const text = userSettings({ configuration: 'data:"x"' });
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .every((line) => /^user_pref\("[\w.-]+", .+\);$/.test(line)),
    ).toBe(true);
    expect(text).toContain('user_pref("network.proxy.autoconfig_url", "data:\\"x\\"");\n');
  });

  it('accepts the certificate for each host', () => {
    const certificate = { fingerprint: 'AA:BB', publicKeyHash: '' };
    expect(
      certificateOverrides({ hosts: ['a.test', 'b.test'], certificate })
        .split('\n')
        .slice(2),
    ).toEqual([
      'a.test:443:\tOID.2.16.840.1.101.3.4.2.1\tAA:BB\t',
      'b.test:443:\tOID.2.16.840.1.101.3.4.2.1\tAA:BB\t',
      '',
    ]);
  });

  it('is waited for on Windows, where the program that is started ends at once', () => {
    const setup = {
      folder: 'C:\\p',
      configuration: '',
      certificate: { fingerprint: '', publicKeyHash: '' },
      hosts: [],
    };
    const visit = { url: new URL('https://accounts.google.com/'), hidden: false };
    expect(firefox.arguments({ ...setup, platform: 'win32' }, visit, undefined)).toContain(
      '-wait-for-browser',
    );
    expect(firefox.arguments({ ...setup, platform: 'linux' }, visit, undefined)).toEqual([
      ...['-no-remote', '-profile', 'C:\\p', 'https://accounts.google.com/'],
    ]);
  });
});

describe('a policy that locks the proxy', () => {
  test.each([
    ['{"ProxyMode": "system"}', 'ProxyMode'],
    ['{"ProxySettings": {"ProxyMode": "direct"}}', 'ProxySettings'],
    ['{"BrowserSignin": 2}', undefined],
    ['not JSON', undefined],
    ['[]', undefined],
  ])('of Chromium: %s', (text, name) => {
    expect(policyIn(text)).toBe(name);
  });

  test.each([
    ['{"policies": {"Proxy": {"Mode": "none", "Locked": true}}}', true],
    ['{"policies": {"Proxy": {"Mode": "none"}}}', false],
    ['{"policies": {"DisableSecurityBypass": true}}', false],
    ['{', false],
  ])('of Firefox: %s', (text, isLocked) => {
    expect(isProxyLocked(text)).toBe(isLocked);
  });
});
