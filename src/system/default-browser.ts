/** The default browser of the system, if it is one that gauth can start. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { HostEnvironment } from './browser-discovery.ts';
import { BROWSERS, type KnownBrowser } from './browsers.ts';
import { outputOf } from './program-output.ts';

const USER_CHOICE = String.raw`HKCU\Software\Microsoft\Windows\Shell\Associations\UrlAssociations\https\UserChoice`;

/** Undefined for other browsers, such as Safari, and if it cannot be found out. */
export async function defaultBrowser(host: HostEnvironment): Promise<KnownBrowser | undefined> {
  switch (host.platform) {
    case 'win32': {
      const text = (await outputOf('reg.exe', ['query', USER_CHOICE, '/v', 'ProgId'])) ?? '';
      return browserOfProgId(/REG_SZ\s+(\S+)/.exec(text)?.[1] ?? '');
    }
    case 'darwin': {
      const domain = 'com.apple.LaunchServices/com.apple.launchservices.secure';
      return browserOfHandlers((await outputOf('/usr/bin/defaults', ['read', domain, 'LSHandlers'])) ?? '');
    }
    default:
      return browserOfDesktopFile(await desktopFile(host));
  }
}

/** By the ProgId of Windows, such as `FirefoxURL-308046B0AF4A39CB`. */
export function browserOfProgId(id: string): KnownBrowser | undefined {
  return BROWSERS.find(({ windowsId }) => windowsId !== undefined && id.startsWith(windowsId));
}

const BUNDLES: Readonly<Record<string, string>> = {
  'com.google.chrome': 'chrome',
  'com.google.chrome.beta': 'chrome-beta',
  'com.google.chrome.dev': 'chrome-dev',
  'com.google.chrome.canary': 'chrome-canary',
  'com.microsoft.edgemac': 'edge',
  'com.brave.browser': 'brave',
  'org.chromium.chromium': 'chromium',
  'org.mozilla.firefox': 'firefox',
  'org.mozilla.firefoxdeveloperedition': 'firefox-developer',
  'org.mozilla.nightly': 'firefox-nightly',
  'com.vivaldi.vivaldi': 'vivaldi',
  'com.operasoftware.opera': 'opera',
  'ai.perplexity.comet': 'comet',
};

/** By the handlers of macOS: a block with `LSHandlerURLScheme = https;` has the bundle in `LSHandlerRoleAll`. */
export function browserOfHandlers(text: string): KnownBrowser | undefined {
  const block = text.split('}').find((each) => /LSHandlerURLScheme = "?https"?;/.test(each));
  const bundle = /LSHandlerRoleAll = "?([\w.-]+)"?;/.exec(block ?? '')?.[1]?.toLowerCase() ?? '';
  return BROWSERS.find(({ name }) => name === BUNDLES[bundle]);
}

/** By a desktop file, such as `firefox-esr.desktop`, `com.google.Chrome.desktop` or snap's `chromium_chromium.desktop`. */
export function browserOfDesktopFile(file: string): KnownBrowser | undefined {
  const name = file.replace(/\.desktop$/, '').replace(/^(\w+)_\1$/, '$1');
  return BROWSERS.find(({ linux, flatpak }) => linux.includes(name) || flatpak === name);
}

/** The first association for https (Association between MIME types and applications, freedesktop.org). */
async function desktopFile({ env, home }: HostEnvironment): Promise<string> {
  const lists = [
    env['XDG_CONFIG_HOME'] ?? posix.join(home, '.config'),
    ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':'),
    posix.join(env['XDG_DATA_HOME'] ?? posix.join(home, '.local/share'), 'applications'),
    ...(env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share')
      .split(':')
      .map((each) => posix.join(each, 'applications')),
  ].map((folder) => posix.join(folder, 'mimeapps.list'));
  for (const path of lists) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const found = /^x-scheme-handler\/https=([^;\n]+)/m.exec(text)?.[1];
    if (found !== undefined) return found.trim();
  }
  return '';
}
