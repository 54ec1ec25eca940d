/** The table of browsers that gauth can start, with where each system installs them. In order of preference. Data only. */

/** How a browser is started and takes gauth's proxy configuration. */
export type BrowserFamily = 'chromium' | 'firefox';

export interface KnownBrowser {
  /** For `--browser`. */
  readonly name: string;
  readonly family: BrowserFamily;
  /** Programs on the PATH of Linux. */
  readonly linux: readonly string[];
  /** Flatpak application. */
  readonly flatpak?: string;
  /** Snap. */
  readonly snap?: string;
  /** Application bundle, without `.app`. */
  readonly macos?: string;
  /** The program in the bundle, if it has another name. */
  readonly macosProgram?: string;
  /** The path below `Program Files`, or the user's own folder of programs. */
  readonly windows?: string;
  /** The start of its ProgId in the registry of Windows, which names the default browser. */
  readonly windowsId?: string;
}

/** Chrome first: it is Google's own. Stable versions before others. */
export const BROWSERS: readonly KnownBrowser[] = [
  {
    ...{ name: 'chrome', family: 'chromium', flatpak: 'com.google.Chrome', macos: 'Google Chrome' },
    linux: ['google-chrome-stable', 'google-chrome'],
    windows: String.raw`Google\Chrome\Application\chrome.exe`,
    windowsId: 'ChromeHTML',
  },
  {
    ...{ name: 'edge', family: 'chromium', flatpak: 'com.microsoft.Edge', macos: 'Microsoft Edge' },
    linux: ['microsoft-edge-stable', 'microsoft-edge'],
    windows: String.raw`Microsoft\Edge\Application\msedge.exe`,
    windowsId: 'MSEdgeHTM',
  },
  {
    ...{
      name: 'brave',
      family: 'chromium',
      flatpak: 'com.brave.Browser',
      snap: 'brave',
      macos: 'Brave Browser',
    },
    linux: ['brave-browser-stable', 'brave-browser', 'brave'],
    windows: String.raw`BraveSoftware\Brave-Browser\Application\brave.exe`,
    windowsId: 'BraveHTML',
  },
  {
    ...{ name: 'chromium', family: 'chromium', flatpak: 'org.chromium.Chromium', snap: 'chromium' },
    ...{ macos: 'Chromium', linux: ['chromium', 'chromium-browser'] },
    windows: String.raw`Chromium\Application\chrome.exe`,
    windowsId: 'ChromiumHTM',
  },
  {
    ...{ name: 'firefox', family: 'firefox', flatpak: 'org.mozilla.firefox', snap: 'firefox' },
    ...{ macos: 'Firefox', macosProgram: 'firefox', linux: ['firefox', 'firefox-esr'] },
    windows: String.raw`Mozilla Firefox\firefox.exe`,
    windowsId: 'FirefoxURL',
  },
  {
    ...{ name: 'vivaldi', family: 'chromium', flatpak: 'com.vivaldi.Vivaldi', macos: 'Vivaldi' },
    linux: ['vivaldi-stable', 'vivaldi'],
    windows: String.raw`Vivaldi\Application\vivaldi.exe`,
    windowsId: 'VivaldiHTM',
  },
  {
    ...{ name: 'opera', family: 'chromium', flatpak: 'com.opera.Opera', snap: 'opera', macos: 'Opera' },
    linux: ['opera-stable', 'opera'],
    windows: String.raw`Programs\Opera\opera.exe`,
    windowsId: 'OperaStable',
  },
  {
    ...{ name: 'comet', family: 'chromium', macos: 'Comet', linux: ['comet'] },
    windows: String.raw`Perplexity\Comet\Application\comet.exe`,
    windowsId: 'CometHTM',
  },
  {
    ...{
      name: 'chrome-beta',
      family: 'chromium',
      macos: 'Google Chrome Beta',
      linux: ['google-chrome-beta'],
    },
    windows: String.raw`Google\Chrome Beta\Application\chrome.exe`,
    windowsId: 'ChromeBHTML',
  },
  {
    ...{
      name: 'chrome-dev',
      family: 'chromium',
      flatpak: 'com.google.ChromeDev',
      macos: 'Google Chrome Dev',
    },
    linux: ['google-chrome-unstable'],
    windows: String.raw`Google\Chrome Dev\Application\chrome.exe`,
    windowsId: 'ChromeDHTML',
  },
  {
    ...{
      name: 'chrome-canary',
      family: 'chromium',
      macos: 'Google Chrome Canary',
      linux: ['google-chrome-canary'],
    },
    windows: String.raw`Google\Chrome SxS\Application\chrome.exe`,
    windowsId: 'ChromeSSHTM',
  },
  {
    ...{
      name: 'edge-beta',
      family: 'chromium',
      macos: 'Microsoft Edge Beta',
      linux: ['microsoft-edge-beta'],
    },
    windows: String.raw`Microsoft\Edge Beta\Application\msedge.exe`,
    windowsId: 'MSEdgeBHTML',
  },
  {
    ...{ name: 'edge-dev', family: 'chromium', macos: 'Microsoft Edge Dev', linux: ['microsoft-edge-dev'] },
    windows: String.raw`Microsoft\Edge Dev\Application\msedge.exe`,
    windowsId: 'MSEdgeDHTML',
  },
  {
    ...{ name: 'edge-canary', family: 'chromium', macos: 'Microsoft Edge Canary', linux: [] },
    windows: String.raw`Microsoft\Edge SxS\Application\msedge.exe`,
    windowsId: 'MSEdgeSSHTM',
  },
  {
    ...{ name: 'brave-beta', family: 'chromium', macos: 'Brave Browser Beta', linux: ['brave-browser-beta'] },
    windows: String.raw`BraveSoftware\Brave-Browser-Beta\Application\brave.exe`,
    windowsId: 'BraveBHTML',
  },
  {
    ...{
      name: 'brave-nightly',
      family: 'chromium',
      macos: 'Brave Browser Nightly',
      linux: ['brave-browser-nightly'],
    },
    windows: String.raw`BraveSoftware\Brave-Browser-Nightly\Application\brave.exe`,
    windowsId: 'BraveSSHTM',
  },
  {
    ...{
      name: 'vivaldi-snapshot',
      family: 'chromium',
      macos: 'Vivaldi Snapshot',
      linux: ['vivaldi-snapshot'],
    },
  },
  {
    ...{ name: 'opera-beta', family: 'chromium', macos: 'Opera Beta', linux: ['opera-beta'] },
    windows: String.raw`Programs\Opera beta\opera.exe`,
    windowsId: 'OperaBeta',
  },
  {
    ...{ name: 'opera-developer', family: 'chromium', macos: 'Opera Developer', linux: ['opera-developer'] },
    windows: String.raw`Programs\Opera developer\opera.exe`,
    windowsId: 'OperaDeveloper',
  },
  {
    ...{
      name: 'firefox-developer',
      family: 'firefox',
      macos: 'Firefox Developer Edition',
      macosProgram: 'firefox',
    },
    linux: ['firefox-developer-edition', 'firefox-devedition'],
    windows: String.raw`Firefox Developer Edition\firefox.exe`,
  },
  {
    ...{ name: 'firefox-nightly', family: 'firefox', macos: 'Firefox Nightly', macosProgram: 'firefox' },
    linux: ['firefox-nightly', 'firefox-trunk'],
    windows: String.raw`Firefox Nightly\firefox.exe`,
  },
];

/** Other names for `--browser`. */
const ALIASES: Readonly<Record<string, string>> = {
  'google-chrome': 'chrome',
  'microsoft-edge': 'edge',
  'firefox-esr': 'firefox',
};

/** The browser with this name, in any case. */
export function browserNamed(name: string): KnownBrowser | undefined {
  const word = name.toLowerCase().replace(/\s+/g, '-');
  return BROWSERS.find((each) => each.name === (ALIASES[word] ?? word));
}

/** The family of a program, by its file name. Most browsers are relatives of Chromium. */
export function familyOf(path: string): BrowserFamily {
  const name = /([^/\\]*)$/.exec(path)?.[1] ?? '';
  return /firefox|librewolf|waterfox/i.test(name) ? 'firefox' : 'chromium';
}
