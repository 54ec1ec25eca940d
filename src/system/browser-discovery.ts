/** Which browser to start: the one that the person names, else the first of those installed. */
import { constants } from 'node:fs';
import { access, open, realpath } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';

/** The surroundings that decide where programs are. */
export interface Place {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export interface Installed {
  readonly path: string;
  /** For a browser in a box of its own (snap, flatpak): the one folder of the person's in which it may keep a profile. */
  readonly box?: string;
}

/** What the system calls them, in the order in which they are taken. Chrome first, as Google knows it best. */
const LINUX = [
  ...['google-chrome-stable', 'google-chrome', 'microsoft-edge-stable', 'microsoft-edge'],
  ...['brave-browser-stable', 'brave-browser', 'brave', 'chromium', 'chromium-browser'],
];
const FLATPAK = ['com.google.Chrome', 'com.microsoft.Edge', 'com.brave.Browser', 'org.chromium.Chromium'];
const MACOS = ['Google Chrome', 'Microsoft Edge', 'Brave Browser', 'Chromium'];
const WINDOWS = [
  String.raw`Google\Chrome\Application\chrome.exe`,
  String.raw`Microsoft\Edge\Application\msedge.exe`,
  String.raw`BraveSoftware\Brave-Browser\Application\brave.exe`,
  String.raw`Chromium\Application\chrome.exe`,
];

/**
 * Throws GauthError BROWSER_MISSING where there is none, with what to install.
 * `runs` tells whether a file is there and can be run.
 */
export async function findBrowser(
  wanted: string | undefined,
  place: Place,
  runs: (path: string) => Promise<boolean> = isProgram,
): Promise<Installed> {
  const paths = wanted === undefined ? usualPaths(place) : namedPaths(wanted, place);
  for (const path of paths) {
    if (!(await runs(path))) continue;
    if (isWsl(place) && path.toLowerCase().endsWith('.exe')) throw acrossWsl();
    return boxed(path, place);
  }
  throw wanted === undefined ? missing(place) : notThere(wanted);
}

function usualPaths({ env, platform, home }: Place): readonly string[] {
  switch (platform) {
    case 'win32': {
      const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']];
      return WINDOWS.flatMap((path) =>
        roots.filter((root) => root !== undefined).map((root) => win32.join(root, path)),
      );
    }
    case 'darwin':
      return MACOS.flatMap((name) =>
        ['/Applications', posix.join(home, 'Applications')].map((root) =>
          inBundle(posix.join(root, `${name}.app`)),
        ),
      );
    default: {
      const exports = ['/var/lib/flatpak', posix.join(home, '.local/share/flatpak')];
      return [
        ...LINUX.flatMap((name) => inPath(name, env)),
        ...['chromium', 'brave'].map((name) => posix.join('/snap/bin', name)),
        ...FLATPAK.flatMap((id) => exports.map((root) => posix.join(root, 'exports/bin', id))),
      ];
    }
  }
}

function namedPaths(wanted: string, { env, platform }: Place): readonly string[] {
  if (platform === 'win32') return [win32.resolve(wanted)];
  if (platform === 'darwin' && /\.app\/?$/.test(wanted)) return [inBundle(wanted)];
  return wanted.includes('/') ? [posix.resolve(wanted)] : inPath(wanted, env);
}

function inPath(name: string, env: Environment): readonly string[] {
  return (env['PATH'] ?? '')
    .split(':')
    .filter((folder) => posix.isAbsolute(folder))
    .map((folder) => posix.join(folder, name));
}

/** The program within a macOS application. */
function inBundle(bundle: string): string {
  const path = posix.resolve(bundle);
  return posix.join(path, 'Contents/MacOS', posix.basename(path, '.app'));
}

/** Snaps may not see hidden folders such as ~/.aws, flatpaks nothing but their own. */
async function boxed(path: string, { platform, home }: Place): Promise<Installed> {
  if (platform !== 'linux') return { path };
  const name = posix.basename(path);
  if (path.includes('/flatpak/exports/bin/'))
    return { path, box: posix.join(home, '.var/app', name, 'gauth') };
  const snap = await snapOf(path);
  return snap === undefined ? { path } : { path, box: posix.join(home, 'snap', snap, 'common/gauth') };
}

/** The snap behind a program: `/snap/bin/NAME` leads to the snap command, and Ubuntu's chromium-browser is a script that starts one. */
async function snapOf(path: string): Promise<string | undefined> {
  const target = await realpath(path).catch(() => path);
  if (/\/bin\/snap$/.test(target)) return posix.basename(path);
  const file = await open(target, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const text = buffer.toString('latin1', 0, bytesRead);
    return text.startsWith('#!') ? /\/snap\/bin\/([\w-]+)/.exec(text)?.[1] : undefined;
  } finally {
    await file.close();
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isWsl({ env, platform }: Place): boolean {
  return platform === 'linux' && (env['WSL_DISTRO_NAME'] ?? '') !== '';
}

const OTHER_WAYS = 'or sign in elsewhere and paste the SAML response: gauth -p NAME --saml-assertion -';

function missing(place: Place): GauthError {
  const hints = isWsl(place)
    ? [
        "install a browser in WSL, such as 'sudo apt install chromium', whose windows WSL shows on the desktop",
        'or run gauth in Windows itself: a Windows browser cannot be steered from inside WSL',
      ]
    : ['install Chrome, Edge, Brave or Chromium, or name one by --browser-path'];
  return new GauthError('BROWSER_MISSING', 'no Chrome, Edge, Brave or Chromium was found', {
    hints: [...hints, OTHER_WAYS],
  });
}

function notThere(wanted: string): GauthError {
  return new GauthError('BROWSER_MISSING', `there is no program ${JSON.stringify(wanted)} that can be run`, {
    hints: ['check --browser-path or GAUTH_BROWSER; without them the installed browsers are looked through'],
  });
}

/** The debugging port of a Windows program listens on Windows' loopback, which is not that of WSL. */
function acrossWsl(): GauthError {
  return new GauthError('BROWSER_MISSING', 'a Windows browser cannot be steered from inside WSL', {
    hints: [
      "install a browser in WSL, such as 'sudo apt install chromium', or run gauth in Windows itself",
      OTHER_WAYS,
    ],
  });
}
