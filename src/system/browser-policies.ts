/** Policies of an organisation that keep a browser from sending the SAML response to gauth: locked proxy settings. */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { GauthError } from '../errors.ts';
import type { HostEnvironment, InstalledBrowser } from './browser-discovery.ts';
import { outputOf } from './program-output.ts';

/** The policies of Chromium that replace the proxy settings of the command line. */
const PROXY_POLICIES = ['ProxyMode', 'ProxySettings', 'ProxyServer', 'ProxyPacUrl'];

/** Where the policies of a browser are, by words in its path. */
const PLACES: readonly {
  readonly browser: RegExp;
  readonly linux: string;
  readonly windows: string;
  readonly macos: string;
}[] = [
  {
    browser: /edge/i,
    linux: '/etc/opt/edge/policies/managed',
    windows: String.raw`Microsoft\Edge`,
    macos: 'com.microsoft.Edge',
  },
  {
    browser: /brave/i,
    linux: '/etc/brave/policies/managed',
    windows: String.raw`BraveSoftware\Brave`,
    macos: 'com.brave.Browser',
  },
  {
    browser: /chromium/i,
    linux: '/etc/chromium/policies/managed',
    windows: 'Chromium',
    macos: 'org.chromium.Chromium',
  },
  {
    browser: /chrome/i,
    linux: '/etc/opt/chrome/policies/managed',
    windows: String.raw`Google\Chrome`,
    macos: 'com.google.Chrome',
  },
];

/** Throws GauthError BROWSER_FAILED if a policy locks the proxy settings of the browser. What cannot be read is no obstacle. */
export async function checkPolicies(installed: InstalledBrowser, host: HostEnvironment): Promise<void> {
  const found =
    installed.family === 'firefox'
      ? await firefoxPolicy(installed, host)
      : await chromiumPolicy(installed, host);
  if (found === undefined) return;
  throw new GauthError(
    'BROWSER_FAILED',
    `a policy of your organisation locks the proxy settings of this browser (${found}), so gauth cannot take the SAML response`,
    {
      hints: [
        'use a browser that is not managed, such as Chromium: --browser chromium',
        'or sign in by hand and paste the SAML response: gauth --saml-assertion -',
      ],
    },
  );
}

async function chromiumPolicy(
  { path }: InstalledBrowser,
  { platform }: HostEnvironment,
): Promise<string | undefined> {
  const place = PLACES.find(({ browser }) => browser.test(path));
  if (place === undefined) return undefined;
  switch (platform) {
    case 'win32': {
      const roots = ['HKLM', 'HKCU'].map((root) => String.raw`${root}\Software\Policies\${place.windows}`);
      const texts = await Promise.all(roots.map(async (key) => outputOf('reg.exe', ['query', key])));
      return PROXY_POLICIES.find((name) => texts.some((text) => text?.includes(` ${name} `) === true));
    }
    case 'darwin': {
      const file = `/Library/Managed Preferences/${place.macos}.plist`;
      const text = (await outputOf('/usr/bin/plutil', ['-convert', 'json', '-o', '-', file])) ?? '{}';
      return policyIn(text);
    }
    default: {
      const names = await readdir(place.linux).catch(() => []);
      const texts = await Promise.all(
        names.map(async (name) => readFile(posix.join(place.linux, name), 'utf8').catch(() => '')),
      );
      return texts.map(policyIn).find((name) => name !== undefined);
    }
  }
}

/** The name of a policy in a file of policies that sets the proxy. */
export function policyIn(text: string): string | undefined {
  const policies = parse(text);
  return PROXY_POLICIES.find((name) => policies[name] !== undefined);
}

async function firefoxPolicy(
  { path }: InstalledBrowser,
  { platform }: HostEnvironment,
): Promise<string | undefined> {
  if (platform === 'win32') {
    const key = String.raw`HKLM\Software\Policies\Mozilla\Firefox\Proxy`;
    const text = (await outputOf('reg.exe', ['query', key])) ?? '';
    return / Locked +REG_DWORD +0x1/.test(text) ? 'Proxy' : undefined;
  }
  const program = await realpath(path).catch(() => path);
  const folder =
    platform === 'darwin' ? posix.join(posix.dirname(program), '../Resources') : posix.dirname(program);
  const files = ['/etc/firefox/policies/policies.json', posix.join(folder, 'distribution/policies.json')];
  const texts = await Promise.all(files.map(async (file) => readFile(file, 'utf8').catch(() => '')));
  return texts.some(isProxyLocked) ? 'Proxy' : undefined;
}

/** Whether a `policies.json` locks the proxy settings. */
export function isProxyLocked(text: string): boolean {
  const { policies } = parse(text);
  const proxy: unknown =
    typeof policies === 'object' && policies !== null && 'Proxy' in policies && policies.Proxy;
  return typeof proxy === 'object' && proxy !== null && 'Locked' in proxy && proxy.Locked === true;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
