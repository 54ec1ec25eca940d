/** What STS's refusals of AssumeRoleWithSAML mean, and what to do about each. */
import { GauthError } from '../errors.ts';
import { oneLine } from '../text.ts';
import { acsUrl, partitionOfArn } from './partition.ts';

/** An answer other than credentials; its message is plain and free of secrets already. */
export interface StsError {
  /** STS's error code without the ending `Exception`, which only some of its own forms have; NOT_STS for another server's answer. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly requestId?: string | undefined;
  /** How far the server's clock is ahead of this machine's, in seconds, when it is far enough to matter. */
  readonly skewSeconds?: number | undefined;
}

/** An answer without STS's XML around it, as a proxy or a captive portal gives. */
export const NOT_STS = 'NOT_STS';

/** Seconds. A session got with another role's session lasts an hour at most, whatever the role allows (IAM User Guide, "Role chaining"). */
export const MAX_CHAINED_DURATION = 3600;

/** What was asked, for the sake of the hints. */
export interface RoleRequest {
  readonly roleArn: string;
  readonly principalArn: string;
  readonly host: string;
  readonly region: string;
  /** Seconds; undefined when it was left to STS. */
  readonly duration?: number | undefined;
}

const THROTTLING =
  /^(Throttling|ThrottledException|RequestLimitExceeded|TooManyRequests|SlowDown|BandwidthLimitExceeded)/;

/** Whether asking again may help. */
export function isTransient(refusal: StsError): boolean {
  return refusal.status >= 500 || refusal.status === 429 || THROTTLING.test(refusal.code);
}

/**
 * Whether it is the duration that STS refuses, and the maximum if it says so. One form names it ("Member must have
 * value less than or equal to 3600"), the other does not ("exceeds the MaxSessionDuration set for this role").
 */
export function durationProblem(refusal: StsError): { readonly maximum?: number } | undefined {
  if (refusal.code !== 'ValidationError') return undefined;
  const maximum = /\bvalue less than or equal to (\d{1,6})\b/i.exec(refusal.message)?.[1];
  if (maximum !== undefined) return { maximum: Number(maximum) };
  return /DurationSeconds/i.test(refusal.message) ? {} : undefined;
}

/** The error that people see. */
export function explainStsError(refusal: StsError, asked: RoleRequest): GauthError {
  const details = { cause: new Error(inWordsOfSts(refusal)) };
  const role = oneLine(asked.roleArn);
  const duration = durationProblem(refusal);
  if (duration) return durationError(duration.maximum, asked, details.cause);
  if (isTransient(refusal)) {
    return new GauthError('STS_UNAVAILABLE', `AWS STS is busy or failing (${inWordsOfSts(refusal)})`, {
      ...details,
      hints: ['try again in a minute, or choose another region with --region'],
    });
  }
  if (refusal.code === NOT_STS) {
    return new GauthError(
      'NOT_AWS',
      `what answered at ${oneLine(asked.host)} is not AWS STS (${inWordsOfSts(refusal)})`,
      {
        ...details,
        hints: [
          'a proxy or a captive portal may stand between: check HTTPS_PROXY and NO_PROXY, or sign in to the network',
        ],
      },
    );
  }
  switch (refusal.code) {
    case 'ExpiredToken':
      return new GauthError('ASSERTION_EXPIRED', 'AWS STS says that the SAML assertion has expired', {
        ...details,
        hints: ['an assertion is good for 5 minutes: sign in again, with --no-cache', ...skewHints(refusal)],
      });
    case 'InvalidIdentityToken':
      return new GauthError(
        'ASSERTION_REJECTED',
        `AWS STS does not accept the SAML assertion: ${refusal.message}`,
        {
          ...details,
          hints: [...identityHints(asked), ...skewHints(refusal)],
        },
      );
    case 'IDPRejectedClaim':
      return new GauthError(
        'ASSERTION_REJECTED',
        `the identity provider's claim is refused: ${refusal.message}`,
        {
          ...details,
          hints: [
            'the claim may be revoked or expired: sign in again, with --no-cache',
            ...skewHints(refusal),
          ],
        },
      );
    case 'AccessDenied':
      return new GauthError('ACCESS_DENIED', `${role} does not trust this sign-in: ${refusal.message}`, {
        ...details,
        hints: trustHints(refusal.message, asked),
      });
    case 'PackedPolicyTooLarge':
      return new GauthError(
        'POLICY_REJECTED',
        'the session policies and session tags are too large together',
        {
          ...details,
          hints: [
            `AWS STS says: ${refusal.message}`,
            'shorten the policy, or pass managed policies by their ARN',
          ],
        },
      );
    case 'MalformedPolicyDocument':
      return new GauthError('POLICY_REJECTED', `the session policy is malformed: ${refusal.message}`, {
        ...details,
        hints: [
          'check it with: aws accessanalyzer validate-policy --policy-type IDENTITY_POLICY --policy-document file://...',
        ],
      });
    case 'RegionDisabled':
      return new GauthError(
        'REGION_DISABLED',
        `AWS STS is not switched on in ${oneLine(asked.region)} for this account`,
        {
          ...details,
          hints: [
            'use a region where it is, with --region, such as us-east-1',
            "or have it switched on: IAM console, account settings, 'Security Token Service (STS)'",
          ],
        },
      );
    default:
      return new GauthError('STS_FAILED', `AWS STS refuses ${role}: ${inWordsOfSts(refusal)}`, {
        ...details,
        hints: skewHints(refusal),
      });
  }
}

function inWordsOfSts(refusal: StsError): string {
  const request = refusal.requestId === undefined ? '' : `, request ${refusal.requestId}`;
  const code = refusal.code === NOT_STS ? '' : `${refusal.code}: `;
  return `${code}${refusal.message}, HTTP ${String(refusal.status)}${request}`;
}

function durationError(maximum: number | undefined, asked: RoleRequest, cause: Error): GauthError {
  const seconds = asked.duration === undefined ? 'this long' : `of ${String(asked.duration)} seconds`;
  const role = oneLine(asked.roleArn.replace(/^.*\//, ''));
  return new GauthError('DURATION_REJECTED', `${oneLine(asked.roleArn)} does not allow sessions ${seconds}`, {
    cause,
    hints: [
      maximum === undefined
        ? 'use --auto-duration for the longest that the role allows, or --duration 3600, which every role does'
        : `use --duration ${String(maximum)}, or --auto-duration for the longest that the role allows`,
      `or have the role's maximum raised: aws iam update-role --role-name ${role} --max-session-duration ${String(asked.duration ?? 43200)}`,
    ],
  });
}

function identityHints(asked: RoleRequest): readonly string[] {
  const partition = partitionOfArn(asked.roleArn);
  const audience = partition && acsUrl(partition);
  return [
    `the account needs the provider ${oneLine(asked.principalArn)}, with the metadata (issuer and certificate) that Google shows for this app today`,
    ...(audience ? [`the audience and the ACS of the app must be ${audience.href}`] : []),
    `the role is asked for at ${oneLine(asked.host)}: partition and region have to be the role's own`,
  ];
}

function trustHints(message: string, asked: RoleRequest): readonly string[] {
  const partition = partitionOfArn(asked.roleArn);
  const audience = partition && acsUrl(partition);
  const needs = [
    `the role's trust policy must allow sts:AssumeRoleWithSAML to the principal {"Federated": "${oneLine(asked.principalArn)}"}`,
    ...(audience ? [`its condition on SAML:aud, if there is one, must name ${audience.href}`] : []),
    'if the assertion carries PrincipalTag attributes, the trust policy must allow sts:TagSession as well',
    'if the assertion carries a SourceIdentity attribute, the trust policy must allow sts:SetSourceIdentity as well',
  ];
  // What STS names comes first.
  const named = /sts:(?:TagSession|SetSourceIdentity)/.exec(message)?.[0];
  const first = named === undefined ? [] : needs.filter((need) => need.includes(named));
  return [...first, ...needs.filter((need) => !first.includes(need))];
}

/** Below this a clock is not what is wrong (Google and AWS allow some minutes). */
const SKEW_THAT_MATTERS = 60;

/** Seconds by which `server` is ahead of `here`, or undefined when that is too little to matter or not known. */
export function clockSkew(server: Date | undefined, here: Date): number | undefined {
  const seconds = server === undefined ? NaN : Math.round((server.getTime() - here.getTime()) / 1000);
  return Math.abs(seconds) > SKEW_THAT_MATTERS ? seconds : undefined;
}

/** What the clock may have to do with a refusal. */
export function skewHints({ skewSeconds }: StsError): readonly string[] {
  if (skewSeconds === undefined) return [];
  const side = skewSeconds > 0 ? 'behind' : 'ahead of';
  return [
    `this machine's clock is ${String(Math.abs(skewSeconds))} seconds ${side} that of AWS: set it right`,
  ];
}
