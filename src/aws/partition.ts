/** AWS's partitions: the partition of a region, and its hosts. */

export interface Partition {
  /** The second field of its ARNs. */
  readonly id: string;
  /** The pattern of its region names (AWS's partitions.json). */
  readonly regionPattern: RegExp;
  /** Its regions, separated by spaces. There may be newer ones. */
  readonly regions: string;
  /** The region for requests if the configured one belongs to another partition. */
  readonly defaultRegion: string;
  readonly dnsSuffix: string;
  /** For hosts that have IPv6 addresses too. */
  readonly dualStackSuffix: string;
  /** IAM is global: one host per partition, and the region in its signatures. */
  readonly iam: { readonly host: string; readonly signingRegion: string };
  /** The host of the sign-in page and of the ACS. */
  readonly signInHost: string;
  /** Whether these hosts exist only with a region in front of them. */
  readonly isRegional?: true;
  /** Undefined if AWS publishes none. */
  readonly consoleHost?: string;
}

/** From AWS's general reference and the endpoint rules of its SDKs. */
const PARTITIONS: readonly Partition[] = [
  {
    id: 'aws',
    regionPattern: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
    regions:
      'af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2',
    defaultRegion: 'us-east-1',
    dnsSuffix: 'amazonaws.com',
    dualStackSuffix: 'api.aws',
    iam: { host: 'iam.amazonaws.com', signingRegion: 'us-east-1' },
    signInHost: 'signin.aws.amazon.com',
    consoleHost: 'console.aws.amazon.com',
  },
  {
    id: 'aws-cn',
    regionPattern: /^cn-\w+-\d+$/,
    regions: 'cn-north-1 cn-northwest-1',
    defaultRegion: 'cn-north-1',
    dnsSuffix: 'amazonaws.com.cn',
    dualStackSuffix: 'api.amazonwebservices.com.cn',
    iam: { host: 'iam.cn-north-1.amazonaws.com.cn', signingRegion: 'cn-north-1' },
    signInHost: 'signin.amazonaws.cn',
    consoleHost: 'console.amazonaws.cn',
  },
  {
    id: 'aws-us-gov',
    regionPattern: /^us-gov-\w+-\d+$/,
    regions: 'us-gov-east-1 us-gov-west-1',
    defaultRegion: 'us-gov-west-1',
    dnsSuffix: 'amazonaws.com',
    dualStackSuffix: 'api.aws',
    iam: { host: 'iam.us-gov.amazonaws.com', signingRegion: 'us-gov-west-1' },
    signInHost: 'signin.amazonaws-us-gov.com',
    consoleHost: 'console.amazonaws-us-gov.com',
  },
  {
    id: 'aws-eusc',
    regionPattern: /^eusc-de-\w+-\d+$/,
    regions: 'eusc-de-east-1',
    defaultRegion: 'eusc-de-east-1',
    dnsSuffix: 'amazonaws.eu',
    dualStackSuffix: 'api.amazonwebservices.eu',
    iam: { host: 'iam.eusc-de-east-1.amazonaws.eu', signingRegion: 'eusc-de-east-1' },
    signInHost: 'signin.amazonaws-eusc.eu',
    isRegional: true,
    consoleHost: 'console.amazonaws-eusc.eu',
  },
  {
    id: 'aws-iso',
    regionPattern: /^us-iso-\w+-\d+$/,
    regions: 'us-iso-east-1 us-iso-west-1',
    defaultRegion: 'us-iso-east-1',
    dnsSuffix: 'c2s.ic.gov',
    dualStackSuffix: 'api.aws.ic.gov',
    iam: { host: 'iam.us-iso-east-1.c2s.ic.gov', signingRegion: 'us-iso-east-1' },
    signInHost: 'signin.c2shome.ic.gov',
  },
  {
    id: 'aws-iso-b',
    regionPattern: /^us-isob-\w+-\d+$/,
    regions: 'us-isob-east-1 us-isob-west-1',
    defaultRegion: 'us-isob-east-1',
    dnsSuffix: 'sc2s.sgov.gov',
    dualStackSuffix: 'api.aws.scloud',
    iam: { host: 'iam.us-isob-east-1.sc2s.sgov.gov', signingRegion: 'us-isob-east-1' },
    signInHost: 'signin.sc2shome.sgov.gov',
  },
  {
    id: 'aws-iso-e',
    regionPattern: /^eu-isoe-\w+-\d+$/,
    regions: 'eu-isoe-west-1',
    defaultRegion: 'eu-isoe-west-1',
    dnsSuffix: 'cloud.adc-e.uk',
    dualStackSuffix: 'api.cloud-aws.adc-e.uk',
    iam: { host: 'iam.eu-isoe-west-1.cloud.adc-e.uk', signingRegion: 'eu-isoe-west-1' },
    signInHost: 'signin.csphome.adc-e.uk',
  },
  {
    id: 'aws-iso-f',
    regionPattern: /^us-isof-\w+-\d+$/,
    regions: 'us-isof-east-1 us-isof-south-1',
    defaultRegion: 'us-isof-south-1',
    dnsSuffix: 'csp.hci.ic.gov',
    dualStackSuffix: 'api.aws.hci.ic.gov',
    iam: { host: 'iam.us-isof-south-1.csp.hci.ic.gov', signingRegion: 'us-isof-south-1' },
    signInHost: 'signin.csphome.hci.ic.gov',
  },
];

/** A partition by its name, or undefined. */
export function partitionOf(id: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.id === id);
}

/** The partition of an ARN; undefined for other text and for unknown partitions. */
export function partitionOfArn(arn: string): Partition | undefined {
  return partitionOf(/^arn:([^:]*):/.exec(arn)?.[1] ?? '');
}

/** The partition of a region, by the pattern of its name, or undefined. */
export function partitionOfRegion(region: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.regionPattern.test(region));
}

/** Whether a text looks like a region, which may be newer than this program. */
export function isRegionLike(text: string): boolean {
  return REGION_LIKE.test(text);
}

/** The pattern of region names in any partition. It allows nothing that would change the host in a host name. */
const REGION_LIKE = /^[a-z]{2,8}(-[a-z]+){1,3}-\d{1,2}$/;

interface StsRegion {
  readonly region: string;
  /** A message if it is not the configured region. */
  readonly note?: string;
}

/**
 * The region of STS for a role of this partition: the configured region if it belongs to the partition, else the partition's default.
 * A region with an unknown pattern counts as a new region of the partition `aws`.
 */
export function stsRegion(region: string | undefined, partition: Partition): StsRegion {
  if (region === undefined) return { region: partition.defaultRegion };
  const home = partitionOfRegion(region);
  const isNew = home === undefined && partition.id === 'aws' && isRegionLike(region);
  if (home?.id === partition.id || isNew) return { region };
  const why = home
    ? `belongs to the partition ${home.id} and the role to ${partition.id}`
    : `is not a region of the partition ${partition.id}`;
  return {
    region: partition.defaultRegion,
    note: `the region ${JSON.stringify(region)} ${why}; using STS in ${partition.defaultRegion}`,
  };
}

/** Which variant of a host to use (AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT). */
export interface HostVariant {
  readonly fips?: boolean;
  readonly dualStack?: boolean;
}

/**
 * The STS host in a region. FIPS and dual-stack hosts follow the SDKs' endpoint rules: the ordinary host of GovCloud is a FIPS
 * host already.
 */
export function stsHost(
  region: string,
  partition: Partition,
  { fips = false, dualStack = false }: HostVariant = {},
): string {
  const isPlain = partition.id === 'aws-us-gov' && !dualStack;
  const service = fips && !isPlain ? 'sts-fips' : 'sts';
  return `${service}.${region}.${dualStack ? partition.dualStackSuffix : partition.dnsSuffix}`;
}

/** The sign-in host of the partition; of its default region if it has only regional hosts, unless `region` is one of its own. */
export function signInHostOf(partition: Partition, region?: string): string {
  return hostIn(partition.signInHost, partition, region);
}

/** The console host of the partition without a region, or in its default region if it has only regional hosts. */
export function consoleHostOf(partition: Partition, region?: string): string | undefined {
  return partition.consoleHost === undefined ? undefined : hostIn(partition.consoleHost, partition, region);
}

function hostIn(host: string, { isRegional, regionPattern, defaultRegion }: Partition, region = ''): string {
  const own = regionPattern.test(region) ? region : defaultRegion;
  return isRegional === true ? `${own}.${host}` : host;
}

/** The assertion consumer service of the partition, which is also the value of `SAML:aud`. */
export function acsUrl(partition: Partition, region?: string): URL {
  return new URL(`https://${signInHostOf(partition, region)}/saml`);
}

/** `/saml`, `/saml/<id>`, and `/saml/acs/<id>` for providers with encrypted assertions (IAM User Guide). */
const ACS_PATH = /^\/saml(\/acs)?(\/[\w-]+)?$/;

/** Whether this is the URL of an assertion consumer service of AWS, global or regional. Checks scheme, host and path completely. */
export function isAcs(url: URL): boolean {
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '')
    return false;
  return ACS_PATH.test(url.pathname) && PARTITIONS.some((partition) => isSignInHost(url.hostname, partition));
}

/**
 * The hosts of the assertion consumer service in all partitions and regions, and in one region that may be newer than this program.
 */
export function acsHosts(region: string | undefined): readonly string[] {
  const hosts = PARTITIONS.flatMap((partition) => {
    const { regions, regionPattern, signInHost, isRegional } = partition;
    const own = region !== undefined && regionPattern.test(region) ? [region] : [];
    const regional = [...regions.split(' '), ...own].map((each) => `${each}.${signInHost}`);
    return isRegional === true ? regional : [signInHost, ...regional];
  });
  return [...new Set(hosts)];
}

function isSignInHost(host: string, partition: Partition): boolean {
  if (host === partition.signInHost) return partition.isRegional !== true;
  const suffix = `.${partition.signInHost}`;
  return host.endsWith(suffix) && partition.regionPattern.test(host.slice(0, -suffix.length));
}
