/** Which browser is taken, on each system. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
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

describe('without a wish', () => {
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
  ])('takes Chrome, else Edge, else Brave, else Chromium: %#', async (place, installed, path) => {
    expect(await findBrowser(undefined, place, machine(...installed))).toEqual({ path });
  });

  it('keeps profile of a flatpak where the flatpak sees it', async () => {
    const path = '/var/lib/flatpak/exports/bin/com.google.Chrome';
    expect(await findBrowser(undefined, LINUX, machine(path))).toEqual({
      path,
      dataFolder: '/home/me/.var/app/com.google.Chrome/gauth',
    });
  });

  it('says what to install where there is none', async () => {
    await expect(findBrowser(undefined, LINUX, machine())).rejects.toMatchObject({
      code: 'BROWSER_MISSING',
      exitStatus: 5,
      hints: [
        expect.stringMatching(/install Chrome, Edge, Brave or Chromium/),
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
  ])('keeps its profile where it may: %s', async (_name, install) => {
    const folder = mkdtempSync(join(tmpdir(), 'gauth-snap-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'snap'), '');
    install(bin);
    const path = join(bin, 'chromium');
    expect(await findBrowser(path, LINUX, machine(path))).toEqual({
      path,
      dataFolder: '/home/me/snap/chromium/common/gauth',
    });
  });
});

describe('a wish', () => {
  it('is a path, a name to look for in PATH, or an application of macOS', async () => {
    expect(await findBrowser('/opt/x/brave', LINUX, machine('/opt/x/brave'))).toEqual({
      path: '/opt/x/brave',
    });
    expect(await findBrowser('vivaldi', LINUX, machine('/usr/bin/vivaldi'))).toEqual({
      path: '/usr/bin/vivaldi',
    });
    const program = '/Applications/Arc.app/Contents/MacOS/Arc';
    expect(await findBrowser('/Applications/Arc.app', MACOS, machine(program))).toEqual({ path: program });
  });

  it('that cannot be fulfilled is not replaced by another browser', async () => {
    await expect(findBrowser('/opt/absent', LINUX, machine('/usr/bin/chromium'))).rejects.toMatchObject({
      code: 'BROWSER_MISSING',
      message: expect.stringContaining('/opt/absent'),
    });
  });
});

describe('WSL', () => {
  const wsl: HostEnvironment = { ...LINUX, env: { ...LINUX.env, WSL_DISTRO_NAME: 'Ubuntu' } };
  const edge = '/mnt/c/Program Files (x86)/Microsoft/Edge/Application/msedge.exe';

  it('takes a browser of its own', async () => {
    expect(await findBrowser(undefined, wsl, machine('/usr/bin/chromium'))).toEqual({
      path: '/usr/bin/chromium',
    });
  });

  it.each([undefined, edge])('does not steer a Windows browser, and says why (%s)', async (wanted) => {
    await expect(findBrowser(wanted, wsl, machine(edge))).rejects.toMatchObject({
      code: 'BROWSER_MISSING',
      hints: expect.arrayContaining([expect.stringMatching(/install a browser in WSL/)]),
    });
  });
});
