/** An emulated organisation with users at Google and roles at AWS. */
import { type EcrEmulator, ecrEmulator } from '../emulators/ecr.ts';
import {
  type GoogleEmulator,
  type GoogleOptions,
  type GoogleUser,
  googleEmulator,
} from '../emulators/google/index.ts';
import { type MemoryHttp, inMemory } from '../emulators/memory.ts';
import type { Hosts } from '../emulators/respond.ts';
import { type S3Emulator, s3Emulator } from '../emulators/s3.ts';
import { type SamlIssuer, samlIssuer } from '../emulators/saml.ts';
import { type StsEmulator, type StsOptions, stsEmulator } from '../emulators/sts.ts';

export const ROLE = 'arn:aws:iam::111222333444:role/saml-init';
/** The second role, in another account, which the first may assume. */
export const DEVELOPER = 'arn:aws:iam::555666777888:role/developer';
export const PROVIDER = 'arn:aws:iam::111222333444:saml-provider/GoogleApps';
export const USER: GoogleUser = {
  email: 'me@example.com',
  password: 'correct horse',
  roles: [`${ROLE},${PROVIDER}`],
};
/** The flags that name the organisation. */
export const FLAGS = [
  '-u',
  USER.email,
  '-I',
  'C01abc2de',
  '-S',
  '000111000111',
  '-R',
  'us-east-1',
  '-p',
  'sts-temp',
];

export interface Organisation {
  readonly google: GoogleEmulator;
  readonly sts: StsEmulator;
  /** The bucket `mybucket` and the registry belong to the second role. */
  readonly s3: S3Emulator;
  readonly ecr: EcrEmulator;
  /** Makes the assertions that STS believes. */
  readonly issuer: SamlIssuer;
  readonly hosts: Hosts;
  readonly http: MemoryHttp;
  /** Throws when a client did what no well-behaved client does. */
  check(): void;
}

export interface OrganisationOptions {
  readonly user?: Partial<GoogleUser>;
  readonly google?: Partial<GoogleOptions>;
  readonly sts?: Partial<StsOptions>;
}

export function organisation(options: OrganisationOptions = {}): Organisation {
  const issuer = samlIssuer();
  const google = googleEmulator({ issuer, users: [{ ...USER, ...options.user }], ...options.google });
  const roles = [
    { arn: ROLE, maxDuration: 43_200 },
    { arn: DEVELOPER, assumableBy: [ROLE] },
  ];
  const sts = stsEmulator({ issuer, roles, ...options.sts });
  const mybucket = { readers: [DEVELOPER], objects: { 'mydir/report.csv': 2048, 'notes & plans.txt': 17 } };
  const s3 = s3Emulator({ sts, buckets: { mybucket } });
  const ecr = ecrEmulator({ sts, readers: [DEVELOPER] });
  const hosts = { ...google.hosts, ...sts.hosts, ...s3.hosts, ...ecr.hosts };
  return {
    google,
    sts,
    s3,
    ecr,
    issuer,
    hosts,
    http: inMemory(hosts),
    check() {
      const wrong = [...google.violations, ...sts.violations];
      if (wrong.length > 0) throw new Error(`the emulators complain: ${wrong.join('; ')}`);
    },
  };
}
