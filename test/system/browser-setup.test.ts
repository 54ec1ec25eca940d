/** How the two families of browsers are set up, and policies that prevent the sign-in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { checkPolicies, isProxyLocked, policyIn } from '../../src/system/browser-policies.ts';
import { temporaryHome } from '../fakes/system.ts';
import { POSIX } from '../support/needs.ts';
import { chromium } from '../../src/system/chromium.ts';
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

describe('the command line of Chromium', () => {
  const setup = {
    folder: '/p',
    certificate: { fingerprint: '', publicKeyHash: '' },
    hosts: [],
  };

  test.each([
    ['linux', 100_000, true],
    ['linux', 140_000, false],
    ['win32', 20_000, true],
    ['win32', 40_000, false],
  ] as const)('on %s takes a configuration of %i characters: %s', async (platform, length, fits) => {
    const prepared = chromium.prepare({ ...setup, platform, configuration: 'x'.repeat(length) });
    if (fits) await prepared;
    else await expect(prepared).rejects.toMatchObject({ code: 'PROXY' });
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

  it('is found in the folder of Firefox, and reported with what to do', POSIX, async () => {
    const folder = temporaryHome();
    mkdirSync(join(folder, 'distribution'));
    const installed = { path: join(folder, 'firefox'), family: 'firefox' } as const;
    const host = { env: {}, platform: 'linux', home: folder } as const;
    await checkPolicies(installed, host);
    writeFileSync(join(folder, 'distribution', 'policies.json'), '{"policies": {"Proxy": {"Locked": true}}}');
    await expect(checkPolicies(installed, host)).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      message: expect.stringContaining('locks the proxy settings of this browser (Proxy)') as unknown,
      hints: expect.arrayContaining([expect.stringContaining('--browser chromium')]) as unknown,
    });
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
