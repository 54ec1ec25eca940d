/** The proxy auto-configuration (PAC) by which a browser sends the requests for AWS's consumer service to gauth. Pure. */

export interface ProxyConfiguration {
  /** The hosts of the consumer service. */
  readonly hosts: readonly string[];
  /** The port of gauth's endpoint on 127.0.0.1. */
  readonly port: number;
  readonly others: OtherHosts;
}

/** How the browser reaches all other hosts. */
export type OtherHosts =
  | { readonly kind: 'direct' }
  /** Through a proxy, as PAC writes it: `PROXY host:port`. */
  | { readonly kind: 'proxy'; readonly proxy: string; readonly exempt: readonly string[] }
  /** Through gauth's endpoint, which knows the password of the proxy. */
  | { readonly kind: 'endpoint'; readonly exempt: readonly string[] }
  /** As the user's own configuration script says. */
  | { readonly kind: 'script'; readonly text: string };

/** The text of the PAC, in the JavaScript of 1996 that all browsers read. */
export function proxyScript({ hosts, port, others }: ProxyConfiguration): string {
  const endpoint = `PROXY 127.0.0.1:${String(port)}`;
  const table = Object.fromEntries(hosts.map((host) => [host, 1]));
  return [
    `var hosts = ${JSON.stringify(table)};`,
    ownScript(others),
    'function FindProxyForURL(url, host) {',
    `  if (hosts[host.toLowerCase()] === 1) return ${JSON.stringify(endpoint)};`,
    `  ${otherwise(others, endpoint)}`,
    '}',
    '',
  ].join('\n');
}

/** The PAC as a URL. */
export function proxyScriptUrl(configuration: ProxyConfiguration): string {
  const text = Buffer.from(proxyScript(configuration), 'utf8').toString('base64');
  return `data:application/x-ns-proxy-autoconfig;base64,${text}`;
}

/** The user's script in a scope of its own, so that its function and ours do not meet. */
function ownScript(others: OtherHosts): string {
  return others.kind === 'script'
    ? `var own = (function () {\n${others.text}\nreturn FindProxyForURL;\n})();`
    : '';
}

function otherwise(others: OtherHosts, endpoint: string): string {
  switch (others.kind) {
    case 'direct':
      return 'return "DIRECT";';
    case 'endpoint':
      return `${unless(others.exempt)}return url.substring(0, 6) === "https:" ? ${JSON.stringify(endpoint)} : "DIRECT";`;
    case 'script':
      return 'return own(url, host);';
    case 'proxy':
      return `${unless(others.exempt)}return ${JSON.stringify(others.proxy)};`;
  }
}

function unless(exempt: readonly string[]): string {
  const rules = exempt.map((entry) => exemption(entry));
  return rules.length === 0 ? '' : `if (${rules.join(' || ')}) return "DIRECT"; `;
}

/** A host of NO_PROXY covers its subdomains too. A block of addresses is compared with addresses only, so that no name is looked up. */
function exemption(entry: string): string {
  const host = entry
    .replace(/^\*?\./, '')
    .replace(/:\d+$/, '')
    .toLowerCase();
  const [, base, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(host) ?? [];
  if (base !== undefined)
    return `/^[0-9.]+$/.test(host) && isInNet(host, ${JSON.stringify(base)}, ${JSON.stringify(maskOf(Number(bits)))})`;
  return `host === ${JSON.stringify(host)} || dnsDomainIs(host, ${JSON.stringify(`.${host}`)})`;
}

/** `255.255.0.0` for 16. */
function maskOf(bits: number): string {
  const octets = [0, 8, 16, 24].map((start) => 256 - 2 ** (8 - Math.min(8, Math.max(0, bits - start))));
  return octets.map((octet) => String(octet)).join('.');
}
