/** AWS STS: from a role and a SAML response to a session. Loads the SDK's client: import this file where it is used, by `import()`. */
import { AssumeRoleWithSAMLCommand, type STSClient } from '@aws-sdk/client-sts';
import type { SamlResponse } from '../saml.ts';
import { stsPlace } from './endpoint.ts';
import { durationRefusal, refusalError } from './refusal.ts';
import type { Role } from './role.ts';
import type { Session } from './session.ts';
import { askSts, isRefused, type StsPorts } from './sts-client.ts';

export interface AssumeRoleWithSaml {
  readonly role: Pick<Role, 'roleArn' | 'principalArn'>;
  readonly saml: SamlResponse;
  /** Seconds, 900 to 43200, or `auto`: as long as the role allows. */
  readonly duration: number | 'auto';
  /** Seconds; for `auto`, what the role allowed the last time. */
  readonly longest?: number | undefined;
  /** The person's region; STS is asked there if it belongs to the role's partition. */
  readonly region?: string | undefined;
  /** A session policy, JSON. */
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

/** Seconds to ask for in turn when the refusal names no maximum; in the end STS is left to choose. */
const LADDER: readonly (number | undefined)[] = [43200, 28800, 14400, 7200, 3600, undefined];

/**
 * Assumes the role. The request is unsigned.
 * Throws GauthError ASSERTION_EXPIRED, ASSERTION_REJECTED, ACCESS_DENIED, DURATION_REJECTED, POLICY_REJECTED,
 * REGION_DISABLED, STS_FAILED, STS_UNAVAILABLE, NOT_AWS, BAD_OPTION (an endpoint variable), what `http` throws, CANCELLED.
 */
export async function assumeRoleWithSaml(
  request: AssumeRoleWithSaml,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<Session> {
  const { role, saml } = request;
  const { endpoint, region } = stsPlace(role.roleArn, request.region, ports);
  let duration = request.duration === 'auto' ? (request.longest ?? LADDER[0]) : request.duration;
  for (;;) {
    const asked = { ...role, host: endpoint.host, region, duration };
    const command = new AssumeRoleWithSAMLCommand({
      RoleArn: role.roleArn,
      PrincipalArn: role.principalArn,
      SAMLAssertion: saml.base64.reveal().replace(/\s+/g, ''),
      DurationSeconds: duration,
      Policy: request.policy,
      PolicyArns: request.policyArns?.map((arn) => ({ arn })),
    });
    const question = {
      endpoint,
      asked,
      hidden: [saml.base64],
      send: async (client: STSClient) => client.send(command),
    };
    const answer = await askSts(question, ports, signal);
    if (!isRefused(answer)) return answer;
    const limit = request.duration === 'auto' ? durationRefusal(answer.refusal) : undefined;
    if (!limit || duration === undefined) throw refusalError(answer.refusal, asked);
    duration = nextDuration(duration, limit.maximum);
  }
}

/** Always shorter than what was refused, so that the ladder ends. */
function nextDuration(refused: number, maximum: number | undefined): number | undefined {
  if (maximum !== undefined && maximum < refused) return maximum;
  return LADDER.find((rung) => rung === undefined || rung < refused);
}
