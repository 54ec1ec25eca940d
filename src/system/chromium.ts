/** Chromium and its relatives: how gauth starts them. Pure. */
import { GauthError } from '../errors.ts';
import type { BrowserVisit } from '../ports.ts';
import type { BrowserAdapter } from './browser-adapter.ts';

/** An ordinary start, without the questions of a new browser profile. No switch says that anything is automated. */
const SWITCHES = [
  '--no-first-run',
  '--no-default-browser-check',
  // After a kill the browser would offer to restore pages.
  '--hide-crash-restore-bubble',
  // Without it, a bar calls the switch for the certificate "unsupported".
  '--test-type',
  // The page at the end closes its window, with which the browser ends and writes its cookies.
  '--blink-settings=allowScriptsToCloseWindows=true',
];

/** Characters of one argument that the system passes on (Linux: MAX_ARG_STRLEN; Windows: CreateProcess, for the whole line). */
const LONGEST = 130_000;
const LONGEST_ON_WINDOWS = 30_000;

export const chromium: BrowserAdapter = {
  prepare({ configuration, platform }) {
    if (configuration.length <= (platform === 'win32' ? LONGEST_ON_WINDOWS : LONGEST))
      return Promise.resolve();
    return Promise.reject(
      new GauthError(
        'PROXY',
        "the system's proxy configuration script is too long for this browser's command line",
        {
          hints: ['use Firefox: --browser firefox', 'or name the proxy: export HTTPS_PROXY=http://host:port'],
        },
      ),
    );
  },
  arguments({ folder, configuration, certificate }, { url, hidden }: BrowserVisit, userAgent) {
    return [
      `--user-data-dir=${folder}`,
      ...SWITCHES,
      `--proxy-pac-url=${configuration}`,
      `--ignore-certificate-errors-spki-list=${certificate.publicKeyHash}`,
      ...(hidden ? ['--headless=new', ...asWithWindow(userAgent)] : []),
      url.href,
    ];
  },
};

/** Without a window, the browser would call itself HeadlessChrome, which Google may treat as another device. */
function asWithWindow(userAgent: string | undefined): readonly string[] {
  return userAgent === undefined ? [] : [`--user-agent=${userAgent}`];
}
