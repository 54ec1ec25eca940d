/** AWS's partitions: which regions and hosts belong together. */

export interface Partition {
  /** The second field of every ARN in it. */
  readonly id: string;
  /** The form of its region names (AWS's partitions.json). */
  readonly regionPattern: RegExp;
  /** Where to ask when the region given belongs elsewhere. */
  readonly defaultRegion: string;
  readonly dnsSuffix: string;
  /** IAM is global: one host a partition, and the region that its signatures name. */
  readonly iam: { readonly host: string; readonly signingRegion: string };
  /** The host of the sign-in page and of the ACS; undefined where AWS publishes none. */
  readonly signInHost?: string;
  readonly consoleHost?: string;
}

/** From AWS's general reference and the endpoint rules of its SDKs. */
const PARTITIONS: readonly Partition[] = [
  {
    id: 'aws',
    regionPattern: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
    defaultRegion: 'us-east-1',
    dnsSuffix: 'amazonaws.com',
    iam: { host: 'iam.amazonaws.com', signingRegion: 'us-east-1' },
    signInHost: 'signin.aws.amazon.com',
    consoleHost: 'console.aws.amazon.com',
  },
  {
    id: 'aws-cn',
    regionPattern: /^cn-\w+-\d+$/,
    defaultRegion: 'cn-north-1',
    dnsSuffix: 'amazonaws.com.cn',
    iam: { host: 'iam.cn-north-1.amazonaws.com.cn', signingRegion: 'cn-north-1' },
    signInHost: 'signin.amazonaws.cn',
    consoleHost: 'console.amazonaws.cn',
  },
  {
    id: 'aws-us-gov',
    regionPattern: /^us-gov-\w+-\d+$/,
    defaultRegion: 'us-gov-west-1',
    dnsSuffix: 'amazonaws.com',
    iam: { host: 'iam.us-gov.amazonaws.com', signingRegion: 'us-gov-west-1' },
    signInHost: 'signin.amazonaws-us-gov.com',
    consoleHost: 'console.amazonaws-us-gov.com',
  },
  {
    id: 'aws-eusc',
    regionPattern: /^eusc-de-\w+-\d+$/,
    defaultRegion: 'eusc-de-east-1',
    dnsSuffix: 'amazonaws.eu',
    iam: { host: 'iam.eusc-de-east-1.amazonaws.eu', signingRegion: 'eusc-de-east-1' },
  },
  {
    id: 'aws-iso',
    regionPattern: /^us-iso-\w+-\d+$/,
    defaultRegion: 'us-iso-east-1',
    dnsSuffix: 'c2s.ic.gov',
    iam: { host: 'iam.us-iso-east-1.c2s.ic.gov', signingRegion: 'us-iso-east-1' },
  },
  {
    id: 'aws-iso-b',
    regionPattern: /^us-isob-\w+-\d+$/,
    defaultRegion: 'us-isob-east-1',
    dnsSuffix: 'sc2s.sgov.gov',
    iam: { host: 'iam.us-isob-east-1.sc2s.sgov.gov', signingRegion: 'us-isob-east-1' },
  },
  {
    id: 'aws-iso-e',
    regionPattern: /^eu-isoe-\w+-\d+$/,
    defaultRegion: 'eu-isoe-west-1',
    dnsSuffix: 'cloud.adc-e.uk',
    iam: { host: 'iam.eu-isoe-west-1.cloud.adc-e.uk', signingRegion: 'eu-isoe-west-1' },
  },
  {
    id: 'aws-iso-f',
    regionPattern: /^us-isof-\w+-\d+$/,
    defaultRegion: 'us-isof-south-1',
    dnsSuffix: 'csp.hci.ic.gov',
    iam: { host: 'iam.us-isof-south-1.csp.hci.ic.gov', signingRegion: 'us-isof-south-1' },
  },
];

/** A partition by its name, or undefined. */
export function partitionOf(id: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.id === id);
}

/** The partition an ARN stands in, or undefined for what is no ARN or stands in a partition not known here. */
export function partitionOfArn(arn: string): Partition | undefined {
  return partitionOf(/^arn:([^:]*):/.exec(arn)?.[1] ?? '');
}

/** The partition a region belongs to, by the form of its name, or undefined. */
export function partitionOfRegion(region: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.regionPattern.test(region));
}

/** What a region name of any partition looks like; keeps anything that would change the host out of a host name. */
const REGION_LIKE = /^[a-z]{2,8}(-[a-z]+){1,3}-\d{1,2}$/;

interface StsRegion {
  readonly region: string;
  /** One line for the person when it is not the region asked for. */
  readonly note?: string;
}

/**
 * The region whose STS is asked for a role of this partition: the one given where it fits, else the partition's own.
 * A region of a form not known here counts as new and is tried in the partition `aws`.
 */
export function stsRegion(region: string | undefined, partition: Partition): StsRegion {
  if (region === undefined) return { region: partition.defaultRegion };
  const home = partitionOfRegion(region);
  const isNew = home === undefined && partition.id === 'aws' && REGION_LIKE.test(region);
  if (home?.id === partition.id || isNew) return { region };
  const why = home
    ? `belongs to the partition ${home.id} and the role to ${partition.id}`
    : `is no region of the partition ${partition.id}`;
  return {
    region: partition.defaultRegion,
    note: `the region ${JSON.stringify(region)} ${why}: asking STS in ${partition.defaultRegion}`,
  };
}

/** STS's host in a region. FIPS as in the SDKs' endpoint rules: GovCloud's ordinary host is a FIPS host already. */
export function stsHost(region: string, partition: Partition, fips = false): string {
  const service = fips && partition.id !== 'aws-us-gov' ? 'sts-fips' : 'sts';
  return `${service}.${region}.${partition.dnsSuffix}`;
}

/** The partition's assertion consumer service, which is also what `SAML:aud` holds; undefined where AWS publishes none. */
export function acsUrl(partition: Partition): URL | undefined {
  return partition.signInHost === undefined ? undefined : new URL(`https://${partition.signInHost}/saml`);
}

/** `/saml`, `/saml/<id>`, and `/saml/acs/<id>`, which providers with encrypted assertions have (IAM User Guide). */
const ACS_PATH = /^\/saml(\/acs)?(\/[\w-]+)?$/;

/** Whether this is an assertion consumer service of AWS, global or regional: by scheme, whole host and whole path. */
export function isAcs(url: URL): boolean {
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '')
    return false;
  return ACS_PATH.test(url.pathname) && PARTITIONS.some((partition) => isSignInHost(url.hostname, partition));
}

function isSignInHost(host: string, partition: Partition): boolean {
  if (partition.signInHost === undefined) return false;
  if (host === partition.signInHost) return true;
  const suffix = `.${partition.signInHost}`;
  return host.endsWith(suffix) && partition.regionPattern.test(host.slice(0, -suffix.length));
}
