/** Partitions: regions, hosts, and what is an ACS. */
import { describe, expect, it } from 'vitest';
import {
  acsHosts,
  acsUrl,
  isAcs,
  partitionOf,
  partitionOfArn,
  partitionOfRegion,
  stsHost,
  stsRegion,
} from '../../src/aws/partition.ts';

function known(id: string) {
  const partition = partitionOf(id);
  if (!partition) throw new Error(`no partition ${id}`);
  return partition;
}

describe('partitions', () => {
  it.each([
    ['us-east-1', 'aws', 'sts.us-east-1.amazonaws.com', 'sts-fips.us-east-1.amazonaws.com'],
    ['eu-central-2', 'aws', 'sts.eu-central-2.amazonaws.com', 'sts-fips.eu-central-2.amazonaws.com'],
    ['mx-central-1', 'aws', 'sts.mx-central-1.amazonaws.com', 'sts-fips.mx-central-1.amazonaws.com'],
    [
      'cn-northwest-1',
      'aws-cn',
      'sts.cn-northwest-1.amazonaws.com.cn',
      'sts-fips.cn-northwest-1.amazonaws.com.cn',
    ],
    ['us-gov-east-1', 'aws-us-gov', 'sts.us-gov-east-1.amazonaws.com', 'sts.us-gov-east-1.amazonaws.com'],
    ['eusc-de-east-1', 'aws-eusc', 'sts.eusc-de-east-1.amazonaws.eu', 'sts-fips.eusc-de-east-1.amazonaws.eu'],
    ['us-iso-east-1', 'aws-iso', 'sts.us-iso-east-1.c2s.ic.gov', 'sts-fips.us-iso-east-1.c2s.ic.gov'],
    [
      'us-isob-east-1',
      'aws-iso-b',
      'sts.us-isob-east-1.sc2s.sgov.gov',
      'sts-fips.us-isob-east-1.sc2s.sgov.gov',
    ],
    [
      'eu-isoe-west-1',
      'aws-iso-e',
      'sts.eu-isoe-west-1.cloud.adc-e.uk',
      'sts-fips.eu-isoe-west-1.cloud.adc-e.uk',
    ],
    [
      'us-isof-south-1',
      'aws-iso-f',
      'sts.us-isof-south-1.csp.hci.ic.gov',
      'sts-fips.us-isof-south-1.csp.hci.ic.gov',
    ],
  ])('%s belongs to %s and its STS is %s', (region, id, host, fipsHost) => {
    expect(partitionOfRegion(region)?.id).toBe(id);
    expect(stsHost(region, known(id))).toBe(host);
    expect(stsHost(region, known(id), { fips: true })).toBe(fipsHost);
    expect(stsRegion(region, known(id))).toEqual({ region });
    expect(stsRegion(undefined, known(id)).note).toBeUndefined();
    expect(partitionOfRegion(stsRegion(undefined, known(id)).region)?.id).toBe(id);
  });

  it.each([
    ['arn:aws:iam::1:role/x', 'aws'],
    ['arn:aws-cn:iam::1:role/x', 'aws-cn'],
    ['arn:aws-moon:iam::1:role/x', undefined],
    ['aws', undefined],
  ])('%s is in %s', (arn, id) => {
    expect(partitionOfArn(arn)?.id).toBe(id);
  });
});

it.each([
  ['us-east-1', 'aws', 'sts.us-east-1.api.aws', 'sts-fips.us-east-1.api.aws'],
  ['us-gov-west-1', 'aws-us-gov', 'sts.us-gov-west-1.api.aws', 'sts-fips.us-gov-west-1.api.aws'],
  ['cn-north-1', 'aws-cn', 'sts.cn-north-1.api.amazonwebservices.com.cn', undefined],
  ['eusc-de-east-1', 'aws-eusc', 'sts.eusc-de-east-1.api.amazonwebservices.eu', undefined],
  ['us-isob-east-1', 'aws-iso-b', 'sts.us-isob-east-1.api.aws.scloud', undefined],
])('the dual-stack STS of %s is %s', (region, id, host, fipsHost) => {
  expect(stsHost(region, known(id), { dualStack: true })).toBe(host);
  if (fipsHost !== undefined)
    expect(stsHost(region, known(id), { dualStack: true, fips: true })).toBe(fipsHost);
});

describe('stsRegion', () => {
  it.each([
    ['us-east-1', 'aws-cn', 'cn-north-1', 'belongs to the partition aws and the role to aws-cn'],
    ['eu-west-1', 'aws-us-gov', 'us-gov-west-1', 'belongs to the partition aws'],
    ['cn-north-1', 'aws', 'us-east-1', 'belongs to the partition aws-cn'],
    ['us-gov-west-1', 'aws', 'us-east-1', 'belongs to the partition aws-us-gov'],
    ['evil.test/#', 'aws', 'us-east-1', 'is not a region'],
    ['aws-global', 'aws', 'us-east-1', 'is not a region'],
    ['nowhere', 'aws-cn', 'cn-north-1', 'is not a region'],
    ['xx-new-1', 'aws-cn', 'cn-north-1', 'is not a region'],
  ])('%s for a role of %s becomes %s and says so', (region, id, used, why) => {
    const result = stsRegion(region, known(id));
    expect(result.region).toBe(used);
    expect(result.note).toContain(why);
    expect(result.note).toContain(used);
  });

  it('tries an unknown form of region in the partition aws', () => {
    expect(stsRegion('xx-new-1', known('aws'))).toEqual({ region: 'xx-new-1' });
  });
});

describe('the ACS', () => {
  it.each([
    ['aws', 'https://signin.aws.amazon.com/saml'],
    ['aws-cn', 'https://signin.amazonaws.cn/saml'],
    ['aws-us-gov', 'https://signin.amazonaws-us-gov.com/saml'],
    ['aws-eusc', 'https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml'],
    ['aws-iso', 'https://signin.c2shome.ic.gov/saml'],
  ])('of %s is %s', (id, url) => {
    expect(acsUrl(known(id)).href).toBe(url);
  });

  it.each([
    'https://signin.aws.amazon.com/saml',
    'https://signin.aws.amazon.com/saml?x=1',
    'https://us-west-2.signin.aws.amazon.com/saml',
    'https://us-west-2.signin.aws.amazon.com/saml/SAMLSP4SHTB5RG3KK2FEXAMPLE',
    'https://us-west-2.signin.aws.amazon.com/saml/acs/SAMLSP4SHTB5RG3KK2FEXAMPLE',
    'https://signin.amazonaws.cn/saml',
    'https://cn-north-1.signin.amazonaws.cn/saml',
    'https://signin.amazonaws-us-gov.com/saml',
    'https://us-gov-east-1.signin.amazonaws-us-gov.com/saml/abc-1',
    'https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml',
    'https://signin.csphome.adc-e.uk/saml',
    'https://SIGNIN.aws.amazon.com:443/saml',
  ])('case 12: %s is one', (url) => {
    expect(isAcs(new URL(url))).toBe(true);
  });

  it.each([
    'http://signin.aws.amazon.com/saml',
    'https://google.com/',
    'https://signin.aws.amazon.com.evil.test/saml',
    'https://signin.aws.amazon.com@evil.test/saml',
    'https://me@signin.aws.amazon.com/saml',
    'https://evil.test/?https://signin.aws.amazon.com/saml',
    'https://evil.test/saml#https://signin.aws.amazon.com/saml',
    'https://evilsignin.aws.amazon.com/saml',
    'https://evil.signin.aws.amazon.com/saml',
    // The sovereign cloud has only regional hosts.
    'https://signin.amazonaws-eusc.eu/saml',
    'https://us-east-1.signin.amazonaws-eusc.eu/saml',
    'https://cn-north-1.signin.aws.amazon.com/saml',
    'https://us-east-1.evil.signin.aws.amazon.com/saml',
    'https://signin.aws.amazon.com:8443/saml',
    'https://signin.aws.amazon.com/',
    'https://signin.aws.amazon.com/samlish',
    'https://signin.aws.amazon.com/saml/a/b/c',
    'https://signin.aws.amazon.com/other/saml',
    'https://signin.aws.amazon.com/oauth?redirect=/saml',
  ])('case 12: %s is not one', (url) => {
    expect(isAcs(new URL(url))).toBe(false);
  });
});

describe('the hosts of the consumer service', () => {
  it('are those of all regions that the AWS SDK knows', async () => {
    const path = 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
    const file = new URL(`../../node_modules/@aws-sdk/core/${path}`, import.meta.url).href;
    const { partitionsInfo } = (await import(file)) as {
      partitionsInfo: { partitions: { id: string; regions: object }[] };
    };
    expect(partitionsInfo.partitions.length).toBeGreaterThan(4);
    for (const { id, regions } of partitionsInfo.partitions) {
      const own = Object.keys(regions).filter((region) => !region.includes('global'));
      expect(known(id).regions.split(' '), id).toEqual(own.toSorted());
    }
  });

  it('are each an ACS', () => {
    const hosts = acsHosts('eu-central-9');
    expect(hosts).toContain('signin.aws.amazon.com');
    expect(hosts).toContain('eu-central-9.signin.aws.amazon.com');
    expect(hosts).toContain('eusc-de-east-1.signin.amazonaws-eusc.eu');
    expect(hosts.every((host) => isAcs(new URL(`https://${host}/saml`)))).toBe(true);
    expect(new Set(hosts).size).toBe(hosts.length);
    expect(acsHosts('moon')).toEqual(acsHosts(undefined));
  });
});
