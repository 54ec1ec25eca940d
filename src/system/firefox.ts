/** Firefox: how gauth starts it, and the settings of its browser profile. */
import { join } from 'node:path';
import { replaceFile } from '../files/files.ts';
import type { BrowserAdapter, BrowserSetup } from './browser-adapter.ts';

/** The settings of gauth's own browser profile (about:config). They silence what a new profile shows and asks. */
const SETTINGS: Readonly<Record<string, string | number | boolean>> = {
  // The page at the end closes its window, with which the browser ends and writes its cookies.
  'dom.allow_scripts_to_close_windows': true,
  // The hosts of AWS are on the list, and have gauth's certificate here.
  'network.stricttransportsecurity.preloadlist': false,
  'network.proxy.type': 2,
  'network.proxy.failover_direct': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.startup.homepage_override.mstone': 'ignore',
  'startup.homepage_welcome_url': '',
  'startup.homepage_welcome_url.additional': '',
  'browser.aboutwelcome.enabled': false,
  'browser.preonboarding.enabled': false,
  'termsofuse.bypassNotification': true,
  'trailhead.firstrun.didSeeAboutWelcome': true,
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'app.update.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.tabs.warnOnClose': false,
  'browser.warnOnQuit': false,
  'browser.discovery.enabled': false,
  'signon.rememberSignons': false,
  // Certificate authorities that are installed in the system.
  'security.enterprise_roots.enabled': true,
};

/** The object identifier of SHA-256, which names the kind of fingerprint. */
const SHA_256 = 'OID.2.16.840.1.101.3.4.2.1';

export const firefox: BrowserAdapter = {
  async prepare(setup) {
    await replaceFile(join(setup.folder, 'user.js'), userSettings(setup));
    await replaceFile(join(setup.folder, 'cert_override.txt'), certificateOverrides(setup));
  },
  arguments({ folder, platform }, { url, hidden }) {
    return [
      '-no-remote',
      // On Windows the program that is started ends at once otherwise.
      ...(platform === 'win32' ? ['-wait-for-browser'] : []),
      ...(hidden ? ['-headless'] : []),
      '-profile',
      folder,
      url.href,
    ];
  },
};

/** The file `user.js`. */
export function userSettings({ configuration }: Pick<BrowserSetup, 'configuration'>): string {
  const settings = { ...SETTINGS, 'network.proxy.autoconfig_url': configuration };
  return Object.entries(settings)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

/** The file `cert_override.txt`: the certificate is accepted for these hosts, each in a line of its own, since there are no wildcards. */
export function certificateOverrides({
  hosts,
  certificate,
}: Pick<BrowserSetup, 'hosts' | 'certificate'>): string {
  const lines = hosts.map((host) => `${host}:443:\t${SHA_256}\t${certificate.fingerprint}\t\n`);
  return `# PSM Certificate Override Settings file\n# This is a generated file!  Do not edit.\n${lines.join('')}`;
}
