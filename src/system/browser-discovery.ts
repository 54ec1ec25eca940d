/** Finds the browser to start: the one that the user names, else the first installed one. */
import { constants } from 'node:fs';
import { access, open, realpath } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';

/** What decides where programs are installed. */
export interface HostEnvironment {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export interface InstalledBrowser {
  readonly path: string;
  /** For a confined browser (snap, flatpak): the only folder in the home folder where it can keep a profile. */
  readonly dataFolder?: string;
}

/** Program names, in order of preference. Chrome first: it is Google's own. */
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
 * Throws GauthError BROWSER_MISSING if there is none, with what to install.
 * `isRunnable` says whether a path is an executable file.
 */
export async function findBrowser(
  wanted: string | undefined,
  host: HostEnvironment,
  isRunnable: (path: string) => Promise<boolean> = isProgram,
): Promise<InstalledBrowser> {
  const paths = wanted === undefined ? defaultPaths(host) : namedPaths(wanted, host);
  for (const path of paths) {
    if (!(await isRunnable(path))) continue;
    if (isWsl(host) && path.toLowerCase().endsWith('.exe')) throw windowsBrowserInWsl();
    return withDataFolder(path, host);
  }
  throw wanted === undefined ? noBrowser(host) : notRunnable(wanted);
}

function defaultPaths({ env, platform, home }: HostEnvironment): readonly string[] {
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

function namedPaths(wanted: string, { env, platform }: HostEnvironment): readonly string[] {
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

/** The executable in a macOS application bundle. */
function inBundle(bundle: string): string {
  const path = posix.resolve(bundle);
  return posix.join(path, 'Contents/MacOS', posix.basename(path, '.app'));
}

/** A snap cannot read hidden folders such as ~/.aws; a flatpak can read only its own folder. */
async function withDataFolder(path: string, { platform, home }: HostEnvironment): Promise<InstalledBrowser> {
  if (platform !== 'linux') return { path };
  const name = posix.basename(path);
  if (path.includes('/flatpak/exports/bin/'))
    return { path, dataFolder: posix.join(home, '.var/app', name, 'gauth') };
  const snap = await snapName(path);
  return snap === undefined ? { path } : { path, dataFolder: posix.join(home, 'snap', snap, 'common/gauth') };
}

/** The snap that a program starts: `/snap/bin/NAME` is a link to the snap command, and Ubuntu's chromium-browser is a script. */
async function snapName(path: string): Promise<string | undefined> {
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

function isWsl({ env, platform }: HostEnvironment): boolean {
  return platform === 'linux' && (env['WSL_DISTRO_NAME'] ?? '') !== '';
}

const PASTE_HINT =
  'or sign in with a browser elsewhere and paste the SAML response: gauth --saml-assertion -';

function noBrowser(host: HostEnvironment): GauthError {
  const hints = isWsl(host)
    ? [
        "install a browser in WSL, for example 'sudo apt install chromium'; WSL shows its windows on the desktop",
        'or run gauth in Windows: gauth cannot control a Windows browser from WSL',
      ]
    : ['install Chrome, Edge, Brave or Chromium, or name one with --browser-path'];
  return new GauthError('BROWSER_MISSING', 'no Chrome, Edge, Brave or Chromium found', {
    hints: [...hints, PASTE_HINT],
  });
}

function notRunnable(wanted: string): GauthError {
  return new GauthError('BROWSER_MISSING', `${JSON.stringify(wanted)} is not a program that can be run`, {
    hints: ['check --browser-path or GAUTH_BROWSER; without them gauth uses an installed browser'],
  });
}

/** The debugging port of a Windows program listens on the loopback interface of Windows, not of WSL. */
function windowsBrowserInWsl(): GauthError {
  return new GauthError('BROWSER_MISSING', 'gauth cannot control a Windows browser from WSL', {
    hints: [
      "install a browser in WSL, for example 'sudo apt install chromium', or run gauth in Windows",
      PASTE_HINT,
    ],
  });
}
