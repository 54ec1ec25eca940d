/** The endpoints of STS and IAM: the public hosts, or those in environment variables. */
import { GauthError } from '../errors.ts';
import type { Environment, Log } from '../ports.ts';
import { oneLine } from '../text.ts';
import { type Partition, partitionOfArn, stsHost, stsRegion } from './partition.ts';

/** The regions for which `AWS_STS_REGIONAL_ENDPOINTS=legacy` uses the global host (AWS SDKs and Tools Reference). */
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

/** Serves all regions, but accepts only signatures for its own region, as botocore makes them. */
const GLOBAL_HOST = 'sts.amazonaws.com';
const GLOBAL_REGION = 'us-east-1';

/**
 * The STS endpoint in a region of the partition. Like the SDKs, it reads AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL,
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_STS_REGIONAL_ENDPOINTS.
 * Throws GauthError BAD_OPTION for a URL that is invalid or would send secrets unencrypted.
 */
export function stsEndpoint(region: string, partition: Partition, env: Environment): URL {
  const fips = isTrue(env.AWS_USE_FIPS_ENDPOINT);
  const dualStack = isTrue(env.AWS_USE_DUALSTACK_ENDPOINT);
  const named = namedEndpoint('STS', env);
  if (named && (fips || dualStack)) {
    const variable = fips ? 'AWS_USE_FIPS_ENDPOINT' : 'AWS_USE_DUALSTACK_ENDPOINT';
    throw new GauthError('BAD_OPTION', `${variable} and an endpoint URL cannot be used together`, {
      hints: [`unset ${variable}, or AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL`],
    });
  }
  if (named) return named;
  const legacy = env.AWS_STS_REGIONAL_ENDPOINTS?.toLowerCase() === 'legacy';
  if (legacy && !fips && !dualStack && LEGACY_REGIONS.has(region)) return new URL(`https://${GLOBAL_HOST}/`);
  return new URL(`https://${stsHost(region, partition, { fips, dualStack })}/`);
}

/**
 * The STS endpoint for a role, and the region to sign for: the wanted region if it belongs to the role's partition, else the default
 * region of the partition, with a warning. Throws GauthError STS_FAILED for an unknown partition, BAD_OPTION as above.
 */
export function stsEndpointForRole(
  roleArn: string,
  wanted: string | undefined,
  { env, log }: { readonly env: Environment; readonly log: Log },
): { readonly endpoint: URL; readonly region: string } {
  const partition = partitionOfArn(roleArn);
  if (!partition) throw new GauthError('STS_FAILED', `unknown partition in ${oneLine(roleArn)}`);
  const { region, note } = stsRegion(wanted, partition);
  if (note !== undefined) log.warn(note);
  const endpoint = stsEndpoint(region, partition, env);
  return { endpoint, region: endpoint.host === GLOBAL_HOST ? GLOBAL_REGION : region };
}

/** The IAM endpoint of the partition, or the one in AWS_ENDPOINT_URL_IAM. Throws GauthError BAD_OPTION as above. */
export function iamEndpoint(partition: Partition, env: Environment): URL {
  return namedEndpoint('IAM', env) ?? new URL(`https://${partition.iam.host}/`);
}

function namedEndpoint(service: 'STS' | 'IAM', env: Environment): URL | undefined {
  if (isTrue(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)) return undefined;
  for (const name of [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL']) {
    const value = env[name];
    if (value !== undefined && value !== '') return parseEndpoint(name, value);
  }
  return undefined;
}

function parseEndpoint(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && url.search + url.hash !== '') {
    throw new GauthError('BAD_OPTION', `${name} has a query, which an endpoint must not have`, {
      hints: [`remove the query, or unset ${name}`],
    });
  }
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
  if (url?.protocol === 'http:') {
    throw new GauthError(
      'BAD_OPTION',
      `${name} is an http URL, which would send secrets to ${oneLine(url.host)} unencrypted`,
      { hints: [`use https, or unset ${name}`] },
    );
  }
  throw new GauthError('BAD_OPTION', `${name} is not an https URL`, {
    hints: [`set it to a URL like https://host:port, or unset ${name}`],
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * The environment with the profile's `use_fips_endpoint` and `use_dualstack_endpoint`, which the variables of the same meaning
 * override, as in the SDKs.
 */
export function withProfileEndpoints(
  env: Environment,
  config: ReadonlyMap<string, string> | undefined,
): Environment {
  const keys = {
    AWS_USE_FIPS_ENDPOINT: 'use_fips_endpoint',
    AWS_USE_DUALSTACK_ENDPOINT: 'use_dualstack_endpoint',
  };
  const added = Object.entries(keys).flatMap(([variable, key]) => {
    const value = config?.get(key);
    return value === undefined || (env[variable] ?? '') !== '' ? [] : [[variable, value] as const];
  });
  return added.length === 0 ? env : { ...env, ...Object.fromEntries(added) };
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
