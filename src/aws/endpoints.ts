/** Where AWS's services are asked: at their public hosts, or at those that the environment names. */
import { GauthError } from '../errors.ts';
import type { Environment, Log } from '../ports.ts';
import { oneLine } from '../text.ts';
import { type Partition, partitionOfArn, stsHost, stsRegion } from './partition.ts';

/** The regions that `AWS_STS_REGIONAL_ENDPOINTS=legacy` sends to the global host (AWS SDKs and Tools Reference). */
const LEGACY_REGIONS: ReadonlySet<string> = new Set([
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'aws-global',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]);

/** Serves all regions, and takes signatures for its own alone, as botocore signs for it. */
const GLOBAL_HOST = 'sts.amazonaws.com';
const GLOBAL_REGION = 'us-east-1';

/**
 * STS's address in a region of the partition, as the SDKs take it from AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL,
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_USE_FIPS_ENDPOINT and AWS_STS_REGIONAL_ENDPOINTS.
 * Throws GauthError BAD_OPTION for an address that cannot be used or would carry secrets in the clear.
 */
export function stsEndpoint(region: string, partition: Partition, env: Environment): URL {
  const fips = isTrue(env.AWS_USE_FIPS_ENDPOINT);
  const named = namedEndpoint('STS', env);
  if (named && fips) {
    throw new GauthError('BAD_OPTION', 'AWS_USE_FIPS_ENDPOINT and an endpoint address exclude each other', {
      hints: ['unset AWS_USE_FIPS_ENDPOINT, or AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL'],
    });
  }
  if (named) return named;
  const legacy = env.AWS_STS_REGIONAL_ENDPOINTS?.toLowerCase() === 'legacy';
  if (legacy && !fips && LEGACY_REGIONS.has(region)) return new URL(`https://${GLOBAL_HOST}/`);
  return new URL(`https://${stsHost(region, partition, fips)}/`);
}

/**
 * Where STS is asked for a role, and the region to sign for: the one wanted where that belongs to the role's partition, else
 * the partition's own, which is told. Throws GauthError STS_FAILED for a partition that is not known, BAD_OPTION as above.
 */
export function stsEndpointForRole(
  roleArn: string,
  wanted: string | undefined,
  { env, log }: { readonly env: Environment; readonly log: Log },
): { readonly endpoint: URL; readonly region: string } {
  const partition = partitionOfArn(roleArn);
  if (!partition) throw new GauthError('STS_FAILED', `the partition of ${oneLine(roleArn)} is not known`);
  const { region, note } = stsRegion(wanted, partition);
  if (note !== undefined) log.warn(note);
  const endpoint = stsEndpoint(region, partition, env);
  return { endpoint, region: endpoint.host === GLOBAL_HOST ? GLOBAL_REGION : region };
}

/** IAM's address in the partition, by AWS_ENDPOINT_URL_IAM and the like. Throws GauthError BAD_OPTION as above. */
export function iamEndpoint(partition: Partition, env: Environment): URL {
  return namedEndpoint('IAM', env) ?? new URL(`https://${partition.iam.host}/`);
}

function namedEndpoint(service: 'STS' | 'IAM', env: Environment): URL | undefined {
  if (isTrue(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)) return undefined;
  for (const name of [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL']) {
    const value = env[name];
    if (value !== undefined && value !== '') return checked(name, value);
  }
  return undefined;
}

function checked(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && url.search + url.hash !== '') {
    throw new GauthError('BAD_OPTION', `${name} holds a query, which an endpoint has none of`, {
      hints: [`leave out what follows the path, or unset ${name}`],
    });
  }
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
  if (url?.protocol === 'http:') {
    throw new GauthError(
      'BAD_OPTION',
      `${name} is an http address, and secrets would go to ${oneLine(url.host)} in the clear`,
      { hints: [`use https, or unset ${name}`] },
    );
  }
  throw new GauthError('BAD_OPTION', `${name} is no https address`, {
    hints: [`set it to something like https://host:port, or unset ${name}`],
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
