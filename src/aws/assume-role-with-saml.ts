/** STS AssumeRoleWithSAML: exchanges a SAML response for a session. Loads the SDK, so use `import()` for this file. */
import type { SamlResponse } from '../saml.ts';
import { stsEndpointForRole } from './endpoints.ts';
import { durationProblem, explainStsError } from './sts-errors.ts';
import type { Role } from './roles.ts';
import type { Session } from './session.ts';
import { callSts, isFailure, type SdkTransport, type StsPorts } from './sts-client.ts';
import { sendAssumeRoleWithSaml } from './sts-protocol.ts';

export interface AssumeRoleWithSaml {
  readonly role: Pick<Role, 'roleArn' | 'principalArn'>;
  readonly saml: SamlResponse;
  /** Seconds, 900 to 43200, or `auto`: as long as the role allows. */
  readonly duration: number | 'auto';
  /** Seconds; for `auto`, the longest duration that the role allowed so far. */
  readonly longest?: number | undefined;
  /** The configured region; used for STS if it belongs to the role's partition. */
  readonly region?: string | undefined;
  /** A session policy, JSON. */
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

/** Seconds to request in turn if STS refuses a duration without naming the maximum; undefined leaves the choice to STS. */
const FALLBACK_DURATIONS: readonly (number | undefined)[] = [43200, 28800, 14400, 7200, 3600, undefined];

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
  const { endpoint, region } = stsEndpointForRole(role.roleArn, request.region, ports);
  let duration = request.duration === 'auto' ? (request.longest ?? FALLBACK_DURATIONS[0]) : request.duration;
  for (;;) {
    const details = { ...role, host: endpoint.host, region, duration };
    const input = {
      RoleArn: role.roleArn,
      PrincipalArn: role.principalArn,
      SAMLAssertion: saml.base64.reveal().replace(/\s+/g, ''),
      DurationSeconds: duration,
      Policy: request.policy,
      PolicyArns: request.policyArns?.map((arn) => ({ arn })),
    };
    const call = {
      endpoint,
      details,
      hidden: [saml.base64],
      send: async (transport: SdkTransport) => sendAssumeRoleWithSaml(input, endpoint, transport),
    };
    const answer = await callSts(call, ports, signal);
    if (!isFailure(answer)) return answer;
    const limit = request.duration === 'auto' ? durationProblem(answer.refusal) : undefined;
    if (!limit || duration === undefined) throw explainStsError(answer.refusal, details);
    duration = nextDuration(duration, limit.maximum);
  }
}

/** The next duration to try, always shorter than the refused one, so that the loop ends. */
function nextDuration(refused: number, maximum: number | undefined): number | undefined {
  if (maximum !== undefined && maximum < refused) return maximum;
  return FALLBACK_DURATIONS.find((seconds) => seconds === undefined || seconds < refused);
}
