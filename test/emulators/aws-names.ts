/** Hosts, partitions, regions and accounts of AWS, derived from names. */

/** Every STS host of every partition, FIPS included. */
export const STS_HOSTS = [
  'sts.amazonaws.com',
  // Below these names lies sts.<region>.<suffix>; a wildcard takes whole labels, so other services need entries of their own.
  '*.amazonaws.com',
  '*.amazonaws.com.cn',
  '*.amazonaws.eu',
  '*.c2s.ic.gov',
  '*.sc2s.sgov.gov',
  '*.cloud.adc-e.uk',
  '*.csp.hci.ic.gov',
];

const PARTITIONS: Readonly<Record<string, string>> = {
  '.amazonaws.com.cn': 'aws-cn',
  '.amazonaws.eu': 'aws-eusc',
  '.c2s.ic.gov': 'aws-iso',
  '.sc2s.sgov.gov': 'aws-iso-b',
  '.cloud.adc-e.uk': 'aws-iso-e',
  '.csp.hci.ic.gov': 'aws-iso-f',
};

/** `arn:<partition>:...` of the roles that a host serves. */
export function partitionOf(host: string): string {
  const suffix = Object.keys(PARTITIONS).find((each) => host.endsWith(each));
  const usual = regionOf(host)?.startsWith('us-gov-') === true ? 'aws-us-gov' : 'aws';
  return PARTITIONS[suffix ?? ''] ?? usual;
}

/** Undefined for hosts that serve all regions. */
export function regionOf(host: string): string | undefined {
  return /^[\w-]+\.([a-z]+(?:-[a-z]+)+-\d)\./.exec(host)?.[1];
}

/** What the Audience of an assertion may be; the closed partitions' own is not public. */
export function audiencesOf(partition: string): RegExp {
  const host = { 'aws-cn': 'signin\\.amazonaws\\.cn', 'aws-us-gov': 'signin\\.amazonaws-us-gov\\.com' }[
    partition
  ];
  return new RegExp(
    `^(https://([\\w-]+\\.)?${host ?? 'signin\\.aws\\.amazon\\.com'}/saml|urn:amazon:webservices.*)$`,
  );
}

/** The twelve digits in an ARN. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
