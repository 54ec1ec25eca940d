/** Which browser is used, on each system. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  browserOfDesktopFile,
  browserOfHandlers,
  browserOfProgId,
} from '../../src/system/default-browser.ts';
import { findBrowser, type HostEnvironment } from '../../src/system/browser-discovery.ts';

const LINUX: HostEnvironment = {
  env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  platform: 'linux',
  home: '/home/me',
};
const MACOS: HostEnvironment = { env: {}, platform: 'darwin', home: '/Users/me' };
const WINDOWS: HostEnvironment = {
  env: {
    PROGRAMFILES: 'C:\\Program Files',
    'PROGRAMFILES(X86)': 'C:\\Program Files (x86)',
    LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local',
  },
  platform: 'win32',
  home: 'C:\\Users\\me',
};

/** A machine on which just these programs are installed. */
function machine(...paths: readonly string[]) {
  return (path: string): Promise<boolean> => Promise.resolve(paths.includes(path));
}

describe('without a requested browser', () => {
  it.each([
    [LINUX, ['/usr/bin/chromium', '/usr/bin/google-chrome'], '/usr/bin/google-chrome'],
    [LINUX, ['/usr/bin/chromium', '/usr/bin/brave-browser'], '/usr/bin/brave-browser'],
    [LINUX, ['/usr/bin/chromium', '/usr/local/bin/microsoft-edge'], '/usr/local/bin/microsoft-edge'],
    [LINUX, ['/usr/bin/chromium'], '/usr/bin/chromium'],
    [
      MACOS,
      ['/Users/me/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
      '/Users/me/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    [
      MACOS,
      [
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ],
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
    [
      WINDOWS,
      ['C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'],
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    ],
    [
      WINDOWS,
      [
        'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
        'C:\\Users\\me\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe',
      ],
      'C:\\Users\\me\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe',
    ],
  ])('uses Chrome, else Edge, else Brave, else Chromium: %#', async (place, installed, path) => {
    expect(await findBrowser(undefined, place, machine(...installed))).toMatchObject({
      path,
      family: 'chromium',
    });
  });

  it('places the browser profile of a flatpak where the flatpak can read it', async () => {
    const path = '/var/lib/flatpak/exports/bin/com.google.Chrome';
    expect(await findBrowser(undefined, LINUX, machine(path))).toMatchObject({
      path,
      dataFolder: '/home/me/.var/app/com.google.Chrome/gauth',
    });
  });

  it('says what to install if there is none', async () => {
    await expect(findBrowser(undefined, LINUX, machine())).rejects.toMatchObject({
      code: 'BROWSER_MISSING',
      exitStatus: 5,
      hints: [
        expect.stringMatching(/install Chrome, Edge, Brave, Chromium or Firefox/),
        expect.stringMatching(/--saml-assertion -/),
      ],
    });
  });
});

describe('a snap', () => {
  it.each([
    [
      'a link to the snap command',
      (bin: string): void => {
        symlinkSync(join(bin, 'snap'), join(bin, 'chromium'));
      },
    ],
    [
      "Ubuntu's script",
      (bin: string): void => {
        writeFileSync(join(bin, 'chromium'), '#!/bin/sh\nexec /snap/bin/chromium "$@"\n');
      },
    ],
  ])('has its browser profile where it can write: %s', async (_name, install) => {
    const folder = mkdtempSync(join(tmpdir(), 'gauth-snap-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'snap'), '');
    install(bin);
    const path = join(bin, 'chromium');
    expect(await findBrowser(path, LINUX, machine(path))).toMatchObject({
      path,
      dataFolder: '/home/me/snap/chromium/common/gauth',
    });
  });
});

describe('a requested browser', () => {
  it('is a path, a name to look for in PATH, or an application of macOS', async () => {
    expect(await findBrowser('/opt/x/brave', LINUX, machine('/opt/x/brave'))).toMatchObject({
      path: '/opt/x/brave',
    });
    expect(await findBrowser('vivaldi', LINUX, machine('/usr/bin/vivaldi'))).toMatchObject({
      path: '/usr/bin/vivaldi',
    });
    const program = '/Applications/Arc.app/Contents/MacOS/Arc';
    expect(await findBrowser('/Applications/Arc.app', MACOS, machine(program))).toMatchObject({
      path: program,
    });
  });

  it('that does not exist is not replaced by another browser', async () => {
    await expect(findBrowser('/opt/absent', LINUX, machine('/usr/bin/chromium'))).rejects.toMatchObject({
      code: 'BROWSER_MISSING',
      message: expect.stringContaining('/opt/absent'),
    });
  });
});

describe('Firefox and other browsers', () => {
  it.each([
    ['firefox', LINUX, '/usr/bin/firefox-esr', 'firefox'],
    ['Firefox', MACOS, '/Applications/Firefox.app/Contents/MacOS/firefox', 'firefox'],
    ['firefox-nightly', MACOS, '/Applications/Firefox Nightly.app/Contents/MacOS/firefox', 'firefox'],
    [
      '/Applications/Firefox Nightly.app',
      MACOS,
      '/Applications/Firefox Nightly.app/Contents/MacOS/firefox',
      'firefox',
    ],
    ['firefox', WINDOWS, 'C:\\Program Files\\Mozilla Firefox\\firefox.exe', 'firefox'],
    ['/opt/firefox/firefox-bin', LINUX, '/opt/firefox/firefox-bin', 'firefox'],
    ['chrome-beta', LINUX, '/usr/bin/google-chrome-beta', 'chromium'],
    [
      'chrome-canary',
      WINDOWS,
      'C:\\Users\\me\\AppData\\Local\\Google\\Chrome SxS\\Application\\chrome.exe',
      'chromium',
    ],
    ['opera', LINUX, '/usr/bin/opera', 'chromium'],
    ['comet', MACOS, '/Applications/Comet.app/Contents/MacOS/Comet', 'chromium'],
  ] as const)('are found by name: %s', async (wanted, host, path, family) => {
    expect(await findBrowser(wanted, host, machine(path))).toMatchObject({ path, family });
  });

  it('the default browser comes first', async () => {
    const home = mkdtempSync(join(tmpdir(), 'gauth-default-'));
    onTestFinished(() => {
      rmSync(home, { recursive: true });
    });
    writeFileSync(
      join(home, 'mimeapps.list'),
      '[Default Applications]\nx-scheme-handler/https=firefox-esr.desktop;chromium.desktop\n',
    );
    const host = { ...LINUX, env: { ...LINUX.env, XDG_CONFIG_HOME: home } };
    const installed = machine('/usr/bin/google-chrome', '/usr/bin/firefox-esr');
    expect(await findBrowser(undefined, host, installed)).toMatchObject({ path: '/usr/bin/firefox-esr' });
    expect(await findBrowser('chrome', host, installed)).toMatchObject({ path: '/usr/bin/google-chrome' });
  });

  it.each([
    ['firefox-esr.desktop', 'firefox'],
    ['firefox_firefox.desktop', 'firefox'],
    ['org.mozilla.firefox.desktop', 'firefox'],
    ['google-chrome.desktop', 'chrome'],
    ['brave-browser.desktop', 'brave'],
    ['org.gnome.Epiphany.desktop', undefined],
  ])('by a desktop file: %s', (file, name) => {
    expect(browserOfDesktopFile(file)?.name).toBe(name);
  });

  it.each([
    ['FirefoxURL-308046B0AF4A39CB', 'firefox'],
    ['ChromeHTML', 'chrome'],
    ['ChromeBHTML', 'chrome-beta'],
    ['MSEdgeHTM', 'edge'],
    ['AppXq0fevzme2pys62n3e0fbqa7peapykr8v', undefined],
  ])('by the registry of Windows: %s', (id, name) => {
    expect(browserOfProgId(id)?.name).toBe(name);
  });

  it.each([
    ['com.apple.safari', undefined],
    ['org.mozilla.firefox', 'firefox'],
    ['com.google.chrome', 'chrome'],
  ])('by the handlers of macOS: %s', (bundle, name) => {
    const other = '{ LSHandlerRoleAll = "com.apple.mail"; LSHandlerURLScheme = mailto; }';
    const handlers = `(${other}, { LSHandlerRoleAll = "${bundle}"; LSHandlerURLScheme = https; })`;
    expect(browserOfHandlers(handlers)?.name).toBe(name);
  });
});

describe('WSL', () => {
  const wsl: HostEnvironment = { ...LINUX, env: { ...LINUX.env, WSL_DISTRO_NAME: 'Ubuntu' } };
  const edge = '/mnt/c/Program Files (x86)/Microsoft/Edge/Application/msedge.exe';

  it('uses a browser of its own', async () => {
    expect(await findBrowser(undefined, wsl, machine('/usr/bin/chromium'))).toMatchObject({
      path: '/usr/bin/chromium',
    });
  });

  it.each([undefined, edge])('does not use a Windows browser, and says why (%s)', async (wanted) => {
    await expect(findBrowser(wanted, wsl, machine(edge))).rejects.toMatchObject({
      code: 'BROWSER_MISSING',
      hints: expect.arrayContaining([expect.stringMatching(/install a browser in WSL/)]),
    });
  });
});
