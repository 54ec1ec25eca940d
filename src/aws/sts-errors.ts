/** What each STS error means, and what to do about it. Pure. */
import { GauthError } from '../errors.ts';
import { oneLine } from '../text.ts';
import { acsUrl, partitionOfArn } from './partition.ts';

/** A response other than credentials. Its message is safe to print and contains no secrets. */
export interface StsError {
  /** The STS error code without `Exception`, which only some codes end with; NOT_STS for the response of another server. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly requestId?: string | undefined;
  /** Seconds by which the server's clock is ahead of this machine's, if it is enough to matter. */
  readonly skewSeconds?: number | undefined;
}

/** A response without STS's XML, as from a proxy or a captive portal. */
export const NOT_STS = 'NOT_STS';

/** Seconds. A session of a chained role lasts at most one hour, whatever the role allows (IAM User Guide, "Role chaining"). */
export const MAX_CHAINED_DURATION = 3600;

/** The details of a request, for hints. */
export interface RoleRequest {
  readonly roleArn: string;
  readonly principalArn: string;
  readonly host: string;
  readonly region: string;
  /** Seconds; undefined if the choice was left to STS. */
  readonly duration?: number | undefined;
}

const THROTTLING =
  /^(Throttling|ThrottledException|RequestLimitExceeded|TooManyRequests|SlowDown|BandwidthLimitExceeded)/;

/** Whether another attempt may succeed. */
export function isTransient(refusal: StsError): boolean {
  return refusal.status >= 500 || refusal.status === 429 || THROTTLING.test(refusal.code);
}

/**
 * Whether STS refuses the duration, with the maximum if the message names it ("Member must have value less than or equal to 3600"). A
 * second form does not ("exceeds the MaxSessionDuration set for this role").
 */
export function durationProblem(refusal: StsError): { readonly maximum?: number } | undefined {
  if (refusal.code !== 'ValidationError') return undefined;
  const maximum = /\bvalue less than or equal to (\d{1,6})\b/i.exec(refusal.message)?.[1];
  if (maximum !== undefined) return { maximum: Number(maximum) };
  return /DurationSeconds/i.test(refusal.message) ? {} : undefined;
}

/** The error for the user. */
export function explainStsError(refusal: StsError, request: RoleRequest): GauthError {
  const details = { cause: new Error(stsMessage(refusal)) };
  const role = oneLine(request.roleArn);
  const duration = durationProblem(refusal);
  if (duration) return durationError(duration.maximum, request, details.cause);
  if (isTransient(refusal)) {
    return new GauthError(
      'STS_UNAVAILABLE',
      `AWS STS is throttling or unavailable (${stsMessage(refusal)})`,
      {
        ...details,
        hints: ['try again in a minute, or use another region with --region'],
      },
    );
  }
  if (refusal.code === NOT_STS) {
    return new GauthError(
      'NOT_AWS',
      `the server at ${oneLine(request.host)} is not AWS STS (${stsMessage(refusal)})`,
      {
        ...details,
        hints: [
          'it may be a proxy or a captive portal: check HTTPS_PROXY and NO_PROXY, or sign in to the network',
        ],
      },
    );
  }
  switch (refusal.code) {
    case 'ExpiredToken':
      return new GauthError('ASSERTION_EXPIRED', 'AWS STS says that the SAML assertion has expired', {
        ...details,
        hints: ['an assertion is valid for 5 minutes: sign in again with --no-cache', ...skewHints(refusal)],
      });
    case 'InvalidIdentityToken':
      return new GauthError(
        'ASSERTION_REJECTED',
        `AWS STS does not accept the SAML assertion: ${refusal.message}`,
        {
          ...details,
          hints: [...identityHints(request), ...skewHints(refusal)],
        },
      );
    case 'IDPRejectedClaim':
      return new GauthError(
        'ASSERTION_REJECTED',
        `AWS STS rejects the claim of the identity provider: ${refusal.message}`,
        {
          ...details,
          hints: [
            'the claim may be revoked or expired: sign in again with --no-cache',
            ...skewHints(refusal),
          ],
        },
      );
    case 'AccessDenied':
      return new GauthError('ACCESS_DENIED', `${role} does not trust this sign-in: ${refusal.message}`, {
        ...details,
        hints: trustHints(refusal.message, request),
      });
    case 'PackedPolicyTooLarge':
      return new GauthError(
        'POLICY_REJECTED',
        'the session policies and session tags together are too large',
        {
          ...details,
          hints: [
            `AWS STS says: ${refusal.message}`,
            'shorten the policy, or use managed policies with --policy-arn',
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
        `AWS STS is not activated in ${oneLine(request.region)} for this account`,
        {
          ...details,
          hints: [
            'use another region, for example --region us-east-1',
            "or ask your administrator to activate it: IAM console, account settings, 'Security Token Service (STS)'",
          ],
        },
      );
    default:
      return new GauthError('STS_FAILED', `AWS STS refuses ${role}: ${stsMessage(refusal)}`, {
        ...details,
        hints: skewHints(refusal),
      });
  }
}

function stsMessage(refusal: StsError): string {
  const requestId = refusal.requestId === undefined ? '' : `, request ${refusal.requestId}`;
  const code = refusal.code === NOT_STS ? '' : `${refusal.code}: `;
  return `${code}${refusal.message}, HTTP ${String(refusal.status)}${requestId}`;
}

function durationError(maximum: number | undefined, request: RoleRequest, cause: Error): GauthError {
  const seconds = request.duration === undefined ? 'this long' : `of ${String(request.duration)} seconds`;
  const role = oneLine(request.roleArn.replace(/^.*\//, ''));
  return new GauthError(
    'DURATION_REJECTED',
    `${oneLine(request.roleArn)} does not allow sessions ${seconds}`,
    {
      cause,
      hints: [
        maximum === undefined
          ? 'use --auto-duration for the longest duration that the role allows, or --duration 3600, which every role allows'
          : `use --duration ${String(maximum)}, or --auto-duration for the longest duration that the role allows`,
        `or ask your administrator to raise the maximum: aws iam update-role --role-name ${role} --max-session-duration ${String(request.duration ?? 43200)}`,
      ],
    },
  );
}

function identityHints(request: RoleRequest): readonly string[] {
  const partition = partitionOfArn(request.roleArn);
  const audience = partition && acsUrl(partition, request.region);
  return [
    `the account needs the provider ${oneLine(request.principalArn)} with the current metadata (issuer and certificate) of the app in Google Workspace`,
    ...(audience ? [`the audience and the ACS of the app must be ${audience.href}`] : []),
    `the request was sent to ${oneLine(request.host)}: its partition must be that of the role`,
  ];
}

function trustHints(message: string, request: RoleRequest): readonly string[] {
  const partition = partitionOfArn(request.roleArn);
  const audience = partition && acsUrl(partition, request.region);
  const isIdentityCenter = /\/AWSReservedSSO_[^/]*$/.test(request.roleArn);
  const needs = [
    ...(isIdentityCenter
      ? [
          'roles named AWSReservedSSO_... belong to IAM Identity Center and cannot be assumed by SAML: use "aws sso login", or another role',
        ]
      : []),
    `the role's trust policy must allow sts:AssumeRoleWithSAML to the principal {"Federated": "${oneLine(request.principalArn)}"}`,
    ...(audience ? [`its condition on SAML:aud, if there is one, must be ${audience.href}`] : []),
    'if the assertion has PrincipalTag attributes, the trust policy must also allow sts:TagSession',
    'if the assertion has a SourceIdentity attribute, the trust policy must also allow sts:SetSourceIdentity',
  ];
  // The permission that STS names comes first.
  const named = /sts:(?:TagSession|SetSourceIdentity)/.exec(message)?.[0];
  const first = named === undefined ? [] : needs.filter((need) => need.includes(named));
  return [...first, ...needs.filter((need) => !first.includes(need))];
}

/** Seconds. A smaller difference is not the cause: Google and AWS allow some minutes. */
const SKEW_THRESHOLD = 60;

/** Seconds by which the server's clock is ahead of the local one; undefined if it is unknown or too little to matter. */
export function clockSkew(server: Date | undefined, local: Date): number | undefined {
  const seconds = server === undefined ? NaN : Math.round((server.getTime() - local.getTime()) / 1000);
  return Math.abs(seconds) > SKEW_THRESHOLD ? seconds : undefined;
}

/** A hint if a wrong clock may be the cause. */
export function skewHints({ skewSeconds }: StsError): readonly string[] {
  if (skewSeconds === undefined) return [];
  const side = skewSeconds > 0 ? 'behind' : 'ahead of';
  return [`this machine's clock is ${String(Math.abs(skewSeconds))} seconds ${side} that of AWS: correct it`];
}
