/** Finds the browser to start. */
import { constants } from 'node:fs';
import { access, open, realpath } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { GauthError } from '../errors.ts';
import type { Environment } from '../ports.ts';
import { type BrowserFamily, browserNamed, BROWSERS, familyOf, type KnownBrowser } from './browsers.ts';
import { defaultBrowser } from './default-browser.ts';

/** What decides where programs are installed. */
export interface HostEnvironment {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export interface InstalledBrowser {
  readonly path: string;
  readonly family: BrowserFamily;
  /** For a confined browser (snap, flatpak): the only folder in the home folder where it can keep a profile. */
  readonly dataFolder?: string;
}

/**
 * The browser that the user names, else the default browser, else the first installed one.
 * Throws GauthError BROWSER_MISSING if there is none, with what to install.
 * `isRunnable` says whether a path is an executable file.
 */
export async function findBrowser(
  wanted: string | undefined,
  host: HostEnvironment,
  isRunnable: (path: string) => Promise<boolean> = isProgram,
): Promise<InstalledBrowser> {
  const candidates = wanted === undefined ? await defaultCandidates(host) : namedCandidates(wanted, host);
  for (const { path, family } of candidates) {
    if (!(await isRunnable(path))) continue;
    if (isWsl(host) && path.toLowerCase().endsWith('.exe')) throw windowsBrowserInWsl();
    return withDataFolder({ path, family }, host);
  }
  throw wanted === undefined ? noBrowser(host) : notRunnable(wanted);
}

type Candidate = Pick<InstalledBrowser, 'path' | 'family'>;

async function defaultCandidates(host: HostEnvironment): Promise<readonly Candidate[]> {
  const chosen = await defaultBrowser(host);
  const all = chosen === undefined ? BROWSERS : [chosen, ...BROWSERS.filter((each) => each !== chosen)];
  return all.flatMap((browser) => candidatesOf(browser, host));
}

function candidatesOf(browser: KnownBrowser, { env, platform, home }: HostEnvironment): readonly Candidate[] {
  const { family } = browser;
  const paths = (): readonly string[] => {
    switch (platform) {
      case 'win32': {
        const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']];
        const { windows } = browser;
        return windows === undefined
          ? []
          : roots.flatMap((root) => (root === undefined ? [] : [win32.join(root, windows)]));
      }
      case 'darwin': {
        const { macos, macosProgram } = browser;
        const folders = ['/Applications', posix.join(home, 'Applications')];
        return macos === undefined
          ? []
          : folders.map((folder) => inBundle(posix.join(folder, `${macos}.app`), macosProgram));
      }
      default: {
        const exports = ['/var/lib/flatpak', posix.join(home, '.local/share/flatpak')];
        const { linux, snap, flatpak } = browser;
        return [
          ...linux.flatMap((name) => inPath(name, env)),
          ...(snap === undefined ? [] : [posix.join('/snap/bin', snap)]),
          ...(flatpak === undefined ? [] : exports.map((root) => posix.join(root, 'exports/bin', flatpak))),
        ];
      }
    }
  };
  return paths().map((path) => ({ path, family }));
}

/** A name of the table, a path, or the name of a program. */
function namedCandidates(wanted: string, host: HostEnvironment): readonly Candidate[] {
  const { env, platform } = host;
  const isPath = wanted.includes('/') || wanted.includes('\\');
  const known = isPath ? undefined : browserNamed(wanted);
  const named = known === undefined ? [] : candidatesOf(known, host);
  const paths = (): readonly string[] => {
    if (platform === 'win32') return isPath || /\.exe$/i.test(wanted) ? [win32.resolve(wanted)] : [];
    if (platform === 'darwin' && /\.app\/?$/.test(wanted)) {
      const bundle = posix.basename(posix.resolve(wanted), '.app');
      return [inBundle(wanted, BROWSERS.find(({ macos }) => macos === bundle)?.macosProgram)];
    }
    return isPath ? [posix.resolve(wanted)] : inPath(wanted, env);
  };
  return [...named, ...paths().map((path) => ({ path, family: familyOf(path) }))];
}

function inPath(name: string, env: Environment): readonly string[] {
  return (env['PATH'] ?? '')
    .split(':')
    .filter((folder) => posix.isAbsolute(folder))
    .map((folder) => posix.join(folder, name));
}

/** The executable in a macOS application bundle. */
function inBundle(bundle: string, program?: string): string {
  const path = posix.resolve(bundle);
  return posix.join(path, 'Contents/MacOS', program ?? posix.basename(path, '.app'));
}

/** A snap cannot read hidden folders such as ~/.aws; a flatpak can read only its own folder. */
async function withDataFolder(
  found: Candidate,
  { platform, home }: HostEnvironment,
): Promise<InstalledBrowser> {
  const { path } = found;
  if (platform !== 'linux') return found;
  const name = posix.basename(path);
  if (path.includes('/flatpak/exports/bin/'))
    return { ...found, dataFolder: posix.join(home, '.var/app', name, 'gauth') };
  const snap = await snapName(path);
  return snap === undefined
    ? found
    : { ...found, dataFolder: posix.join(home, 'snap', snap, 'common/gauth') };
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
        'or run gauth in Windows: gauth cannot use a Windows browser from WSL',
      ]
    : ['install Chrome, Edge, Brave, Chromium or Firefox, or name a browser with --browser'];
  return new GauthError('BROWSER_MISSING', 'no Chrome, Edge, Brave, Chromium or Firefox found', {
    hints: [...hints, PASTE_HINT],
  });
}

function notRunnable(wanted: string): GauthError {
  return new GauthError('BROWSER_MISSING', `${JSON.stringify(wanted)} is not a program that can be run`, {
    hints: ['check --browser or GAUTH_BROWSER; without them gauth uses your default browser'],
  });
}

/** A Windows browser cannot reach the loopback interface of WSL. */
function windowsBrowserInWsl(): GauthError {
  return new GauthError('BROWSER_MISSING', 'gauth cannot use a Windows browser from WSL', {
    hints: [
      "install a browser in WSL, for example 'sudo apt install chromium', or run gauth in Windows",
      PASTE_HINT,
    ],
  });
}
