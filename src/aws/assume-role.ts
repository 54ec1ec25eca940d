/** STS AssumeRole: assumes a chained role with the credentials of a session. Loads the SDK's client, so use `import()` for this file. */
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { GauthError } from '../errors.ts';
import { oneLine } from '../text.ts';
import { stsEndpointForRole } from './endpoints.ts';
import { MAX_CHAINED_DURATION, type StsError, explainStsError, skewHints } from './sts-errors.ts';
import type { Session } from './session.ts';
import { callSts, isFailure, type SdkTransport, type StsPorts } from './sts-client.ts';
import { signedStsClient } from './sts-signed-client.ts';

export interface AssumeRole {
  readonly roleArn: string;
  /** Seconds; limited to MAX_CHAINED_DURATION. */
  readonly duration: number;
  /** The configured region; used for STS if it belongs to the role's partition. */
  readonly region?: string | undefined;
  /** A session policy, JSON. */
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

/**
 * Assumes a role with the credentials of a session. The new session has the same session name, so that CloudTrail still shows the
 * user. Throws GauthError ACCESS_DENIED and, as assumeRoleWithSaml does, POLICY_REJECTED, REGION_DISABLED,
 * STS_FAILED, STS_UNAVAILABLE, NOT_AWS, BAD_OPTION, what `http` throws, CANCELLED.
 */
export async function assumeRole(
  session: Session,
  request: AssumeRole,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<Session> {
  const { roleArn } = request;
  const { endpoint, region } = stsEndpointForRole(roleArn, request.region, ports);
  const duration = Math.min(request.duration, MAX_CHAINED_DURATION);
  const details = { roleArn, principalArn: session.roleArn, host: endpoint.host, region, duration };
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: sessionNameOf(session),
    DurationSeconds: duration,
    Policy: request.policy,
    PolicyArns: request.policyArns?.map((arn) => ({ arn })),
  });
  const call = {
    endpoint,
    details,
    hidden: [session.secretAccessKey, session.sessionToken],
    send: async (transport: SdkTransport) =>
      signedStsClient({ endpoint, region, credentials: session }, ports.clock, transport).send(command),
  };
  const answer = await callSts(call, ports, signal);
  if (!isFailure(answer)) return answer;
  switch (answer.refusal.code) {
    case 'AccessDenied':
      throw denied(roleArn, session, answer.refusal.message);
    case 'ExpiredToken':
      throw expired(session, answer.refusal);
    default:
      throw explainStsError(answer.refusal, details);
  }
}

/** `arn:aws:sts::111222333444:assumed-role/NAME/SESSION`. */
function sessionNameOf({ assumedRoleArn = '' }: Session): string {
  const name = assumedRoleArn.slice(assumedRoleArn.lastIndexOf('/') + 1);
  return /^[\w+=,.@-]{2,64}$/.test(name) ? name : 'gauth';
}

/** The credentials have expired, not an assertion. */
function expired({ roleArn }: Session, refusal: StsError): GauthError {
  const message = `AWS STS says that the credentials of ${oneLine(roleArn)} have expired: ${refusal.message}`;
  return new GauthError('STS_FAILED', message, { hints: ['sign in again', ...skewHints(refusal)] });
}

function denied(roleArn: string, session: Session, message: string): GauthError {
  const [from, to] = [oneLine(session.roleArn), oneLine(roleArn)];
  return new GauthError('ACCESS_DENIED', `${from} may not assume ${to}: ${message}`, {
    hints: [
      `the trust policy of ${to} must allow sts:AssumeRole to the principal {"AWS": "${from}"}`,
      `a policy of ${from} must allow sts:AssumeRole on ${to} (within one account the trust policy is enough)`,
    ],
  });
}
