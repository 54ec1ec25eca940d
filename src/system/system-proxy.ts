/** The proxy settings of the system, which programs other than browsers do not read. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { HostEnvironment } from './browser-discovery.ts';
import { outputOf } from './program-output.ts';

export interface SystemProxy {
  /** A proxy configuration script (PAC). */
  readonly script?: URL;
  /** `host:port` for https. */
  readonly proxy?: string;
  /** Hosts that need no proxy. */
  readonly exempt: readonly string[];
}

const NONE: SystemProxy = { exempt: [] };

const INTERNET_SETTINGS = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`;

/** What cannot be found out counts as no proxy. */
export async function systemProxy({ env, platform, home }: HostEnvironment): Promise<SystemProxy> {
  switch (platform) {
    case 'darwin':
      return parseScutil((await outputOf('/usr/sbin/scutil', ['--proxy'])) ?? '');
    case 'win32':
      return parseRegistry((await outputOf('reg.exe', ['query', INTERNET_SETTINGS])) ?? '');
    default: {
      const desktop = (env['XDG_CURRENT_DESKTOP'] ?? '').toUpperCase();
      if (desktop.includes('KDE')) {
        const folder = env['XDG_CONFIG_HOME'] ?? posix.join(home, '.config');
        return parseKde(await readFile(posix.join(folder, 'kioslaverc'), 'utf8').catch(() => ''));
      }
      if (desktop === '') return NONE;
      return parseGnome((await outputOf('gsettings', ['list-recursively', 'org.gnome.system.proxy'])) ?? '');
    }
  }
}

/** The output of `scutil --proxy`: `HTTPSEnable : 1`, and an array of exceptions. */
export function parseScutil(text: string): SystemProxy {
  const value = (name: string): string => new RegExp(`^ *${name} : (.+)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const list = /ExceptionsList : <array> \{([^}]*)\}/.exec(text)?.[1] ?? '';
  const exempt = [...list.matchAll(/^ *\d+ : (.+)$/gm)].map(([, host = '']) => host.trim());
  if (value('ProxyAutoConfigEnable') === '1') return withScript(value('ProxyAutoConfigURLString'));
  if (value('HTTPSEnable') !== '1') return NONE;
  return withProxy(value('HTTPSProxy'), value('HTTPSPort'), exempt);
}

/** The output of `reg query`: `    ProxyServer    REG_SZ    proxy:8080` or `http=a:1;https=b:2`. */
export function parseRegistry(text: string): SystemProxy {
  const value = (name: string): string =>
    new RegExp(`^ *${name} +REG_\\w+ +(.+?)\\s*$`, 'm').exec(text)?.[1] ?? '';
  if (value('AutoConfigURL') !== '') return withScript(value('AutoConfigURL'));
  if (Number(value('ProxyEnable')) !== 1) return NONE;
  const servers = value('ProxyServer').split(';');
  const server =
    servers.find((each) => each.startsWith('https=')) ?? servers.find((each) => !each.includes('='));
  const [host = '', port = ''] = (server ?? '')
    .replace(/^https=/, '')
    .replace(/^\w+:\/\//, '')
    .split(':');
  const exempt = value('ProxyOverride')
    .split(';')
    .filter((each) => each !== '' && each !== '<local>');
  return withProxy(host, port, exempt);
}

/** The output of `gsettings list-recursively`: `org.gnome.system.proxy.https host 'proxy'`. */
export function parseGnome(text: string): SystemProxy {
  const value = (path: string, name: string): string =>
    new RegExp(`^org\\.gnome\\.system\\.proxy${path} ${name} (.*)$`, 'm')
      .exec(text)?.[1]
      ?.replace(/^'(.*)'$/, '$1') ?? '';
  const mode = value('', 'mode');
  if (mode === 'auto') return withScript(value('', 'autoconfig-url'));
  if (mode !== 'manual') return NONE;
  const exempt = [...value('', 'ignore-hosts').matchAll(/'([^']*)'/g)].map(([, host = '']) => host);
  return withProxy(value(String.raw`\.https`, 'host'), value(String.raw`\.https`, 'port'), exempt);
}

/** The file `kioslaverc`: `ProxyType=1`, `httpsProxy=http://proxy 8080`. */
export function parseKde(text: string): SystemProxy {
  const section = /^\[Proxy Settings\]$([^[]*)/m.exec(text)?.[1] ?? '';
  const value = (name: string): string =>
    new RegExp(`^${name}(?:\\[\\$e\\])?=(.*)$`, 'm').exec(section)?.[1]?.trim() ?? '';
  if (value('ProxyType') === '2') return withScript(value('Proxy Config Script'));
  if (value('ProxyType') !== '1') return NONE;
  const [host = '', port = ''] = value('httpsProxy')
    .replace(/^\w+:\/\//, '')
    .split(/[ :]/);
  return withProxy(
    host,
    port,
    value('NoProxyFor')
      .split(/[\s,]+/)
      .filter(Boolean),
  );
}

function withScript(text: string): SystemProxy {
  if (!URL.canParse(text)) return NONE;
  const script = new URL(text);
  return ['http:', 'https:', 'file:'].includes(script.protocol) ? { script, exempt: [] } : NONE;
}

function withProxy(host: string, port: string, exempt: readonly string[]): SystemProxy {
  if (!/^[\w.-]+$/.test(host) || !/^\d{1,5}$/.test(port) || Number(port) === 0) return NONE;
  return { proxy: `${host}:${port}`, exempt };
}
