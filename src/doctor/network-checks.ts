/** Checks of the connection to Google and AWS: proxy, certificates, reachability, clock. */
import { X509Certificate } from 'node:crypto';
import { stsEndpoint } from '../aws/endpoints.ts';
import { partitionOf, partitionOfRegion } from '../aws/partition.ts';
import { clockSkew } from '../aws/sts-errors.ts';
import { debuggingSwitch } from '../node-flags.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import type { Environment, HttpRequest, HttpResponse, System } from '../ports.ts';
import { httpProxyAlone, PROXY_VARIABLES } from '../proxy-variables.ts';
import { pluralise, oneLine } from '../text.ts';
import type { Finding } from './finding.ts';

const BUNDLES = ['NODE_EXTRA_CA_CERTS', 'AWS_CA_BUNDLE'];

/** The proxy and the certificate authorities in use. User name and password of the proxy are not shown. */
export async function checkProxyAndCertificates(env: Environment): Promise<readonly Finding[]> {
  const variable = PROXY_VARIABLES.find((name) => env[name]);
  const address = variable === undefined ? '' : (env[variable] ?? '');
  const proxy = variable === undefined ? httpProxyWarning(env) : [proxyNote(variable, address)];
  const bundles = await Promise.all(
    BUNDLES.flatMap((name) => (env[name] ? [checkCertificateFile(name, env[name])] : [])),
  );
  const other = env['REQUESTS_CA_BUNDLE'] ?? env['SSL_CERT_FILE'];
  const hint: readonly Finding[] =
    other && bundles.length === 0
      ? [
          {
            check: 'authorities',
            level: 'note',
            text: 'REQUESTS_CA_BUNDLE or SSL_CERT_FILE is set, which gauth does not read',
            hint: `if your company's proxy inspects connections: export NODE_EXTRA_CA_CERTS=${oneLine(other)}`,
          },
        ]
      : [];
  return [...proxy, ...bundles, ...hint, ...checkNode(env)];
}

/** Node settings that weaken the connection or expose secrets. gauth does not follow them; other programs do. */
function checkNode(env: Environment): readonly Finding[] {
  const findings: Finding[] = [];
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    findings.push({
      check: 'unverified-tls',
      level: 'warning',
      text: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: gauth verifies certificates anyway, but other Node programs do not',
      hint: "unset NODE_TLS_REJECT_UNAUTHORIZED; for a company's certificate authority: export NODE_EXTRA_CA_CERTS=FILE",
    });
  }
  const found = debuggingSwitch(env);
  if (found !== undefined) {
    findings.push({
      check: 'debugging',
      level: 'problem',
      text: `Node runs with ${found}, which would expose passwords and credentials: gauth does not sign in with it`,
      hint: 'unset NODE_OPTIONS, or remove that option from it',
    });
  }
  return findings;
}

function httpProxyWarning(env: Environment): readonly Finding[] {
  const name = httpProxyAlone(env);
  if (name === undefined) return [];
  return [
    {
      check: 'proxy',
      level: 'warning',
      text: `${name} is set, but not HTTPS_PROXY: the connections to Google and AWS use no proxy`,
      hint: `if they should: export HTTPS_PROXY="$${name}"`,
    },
  ];
}

function proxyNote(variable: string, address: string): Finding {
  const text = address.includes('://') ? address : `http://${address}`;
  if (!URL.canParse(text)) {
    return {
      check: 'proxy',
      level: 'problem',
      text: `${variable} is not the URL of a proxy`,
      hint: `set it to http://host:port, or unset ${variable}`,
    };
  }
  return {
    check: 'proxy',
    level: 'note',
    text: `connections use the proxy ${new URL(text).host} (${variable})`,
  };
}

async function checkCertificateFile(name: string, path: string): Promise<Finding> {
  const bad = (why: string): Finding => ({
    check: 'authorities',
    level: 'problem',
    text: `${name} is set to ${oneLine(path)}, ${why}`,
    hint: `set it to a file of certificates (PEM), or unset ${name}`,
  });
  try {
    const text = await readTextFile(path, 20_000_000);
    if (text === undefined) return bad('which does not exist');
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const damaged = blocks.filter((block) => !isCertificate(block)).length;
    if (blocks.length === 0) return bad('which contains no certificates');
    if (damaged > 0)
      return bad(`in which ${String(damaged)} of ${String(blocks.length)} certificates cannot be read`);
    return {
      check: 'authorities',
      level: 'fine',
      text: `${name}: ${pluralise(blocks.length, 'certificate')}`,
    };
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    return bad(`which cannot be read (${oneLine(error.message)})`);
  }
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}

/** Milliseconds for each of the two servers, a slow proxy included. */
const LIMIT = 15_000;

type World = Pick<System, 'http' | 'env' | 'clock' | 'signal'>;

/**
 * Sends a request to Google and one to STS, and compares their clocks with that of this machine. Throws GauthError
 * CANCELLED, BAD_OPTION (an endpoint variable).
 */
export async function checkServers(region: string | undefined, world: World): Promise<readonly Finding[]> {
  const partition = partitionOfRegion(region ?? '') ?? partitionOf('aws');
  if (!partition) return [];
  const fits = region !== undefined && partition.regionPattern.test(region);
  const sts = stsEndpoint(fits ? region : partition.defaultRegion, partition, world.env);
  const [google, aws] = await Promise.all([
    checkServer(
      'Google',
      { method: 'GET', url: new URL('https://accounts.google.com/generate_204'), headers: {} },
      world,
    ),
    checkServer(
      'AWS STS',
      {
        method: 'POST',
        url: sts,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        // Unsigned, so that STS refuses it with an error of its own.
        body: 'Action=GetCallerIdentity&Version=2011-06-15',
      },
      world,
      (response) => Buffer.from(response.body).toString('utf8').includes('<ErrorResponse'),
    ),
  ]);
  return [...google, ...aws];
}

async function checkServer(
  name: string,
  request: HttpRequest,
  { http, clock, signal }: World,
  isItself: (response: HttpResponse) => boolean = ({ status }) => status < 400,
): Promise<readonly Finding[]> {
  const { host } = request.url;
  let response: HttpResponse;
  try {
    response = await http(request, AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]));
  } catch (error) {
    if (signal.aborted || !(error instanceof GauthError)) throw error;
    const text =
      error.kind === 'cancelled'
        ? `no answer within ${String(LIMIT / 1000)} seconds`
        : oneLine(error.message);
    const hint = error.hints[0] ?? 'check the network, HTTPS_PROXY and NO_PROXY';
    return [{ check: 'reach', level: 'problem', text: `${name} (${host}) cannot be reached: ${text}`, hint }];
  }
  if (!isItself(response)) {
    return [
      {
        check: 'reach',
        level: 'problem',
        text: `another server answers in place of ${name} at ${host} (HTTP ${String(response.status)})`,
        hint: 'this may be a proxy or the sign-in page of your network: check HTTPS_PROXY and NO_PROXY, or sign in to the network',
      },
    ];
  }
  const skew = clockSkew(dateOf(response), clock.now());
  if (skew === undefined)
    return [{ check: 'reach', level: 'fine', text: `${name} (${host}) can be reached` }];
  const side = skew > 0 ? 'behind' : 'ahead of';
  return [
    {
      check: 'clock',
      level: 'problem',
      text: `the clock of this machine is ${String(Math.abs(skew))} seconds ${side} that of ${name}, and SAML assertions are valid for minutes only`,
      hint: 'correct it: sudo timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS), w32tm /resync (Windows)',
    },
  ];
}

function dateOf(response: HttpResponse): Date | undefined {
  const time = Date.parse(response.headers['date']?.[0] ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}
