/** AWS STS: from a role and a SAML response to a session. Loads the SDK's client: import this file where it is used, by `import()`. */
import { AssumeRoleWithSAMLCommand, STSClient, type AssumeRoleWithSAMLResponse } from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import { cancelled, GauthError } from '../errors.ts';
import type { Clock, Environment, Http, HttpResponse, Log } from '../ports.ts';
import type { SamlResponse } from '../saml.ts';
import { Secret } from '../secret.ts';
import { plain } from '../text.ts';
import { stsEndpoint } from './endpoint.ts';
import { partitionOfArn, stsRegion } from './partition.ts';
import {
  clockSkew,
  durationRefusal,
  isPassing,
  NOT_STS,
  refusalError,
  type Asked,
  type Refusal,
} from './refusal.ts';
import type { Role } from './role.ts';

/** Temporary credentials, and what they are for. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  readonly expiration: Date;
  readonly roleArn: string;
  readonly assumedRoleArn?: string;
  /** The duration that STS accepted; what it chose itself where none was named. */
  readonly durationSeconds: number;
}

export interface AssumeRoleWithSaml {
  readonly role: Pick<Role, 'roleArn' | 'principalArn'>;
  readonly saml: SamlResponse;
  /** Seconds, 900 to 43200, or `auto`: as long as the role allows. */
  readonly duration: number | 'auto';
  /** The person's region; STS is asked there if it belongs to the role's partition. */
  readonly region?: string | undefined;
  /** A session policy, JSON. */
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

export interface StsPorts {
  readonly http: Http;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seconds to ask for in turn when the refusal names no maximum; in the end STS is left to choose. */
const LADDER: readonly (number | undefined)[] = [43200, 28800, 14400, 7200, 3600, undefined];

/**
 * Assumes the role. The request is unsigned and goes over `http`, so that proxy and certificate authorities are the
 * same as for Google; neither credentials nor AWS's shared files are looked at.
 * Throws GauthError ASSERTION_EXPIRED, ASSERTION_REJECTED, ACCESS_DENIED, DURATION_REJECTED, POLICY_REJECTED,
 * REGION_DISABLED, STS_FAILED, STS_UNAVAILABLE, NOT_AWS, BAD_OPTION (an endpoint variable), what `http` throws, CANCELLED.
 */
export async function assumeRoleWithSaml(
  request: AssumeRoleWithSaml,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<Session> {
  const partition = partitionOfArn(request.role.roleArn);
  if (!partition)
    throw new GauthError('STS_FAILED', `the partition of ${plain(request.role.roleArn)} is not known`);
  const { region, note } = stsRegion(request.region, partition);
  if (note !== undefined) ports.log.warn(note);
  const endpoint = stsEndpoint(region, partition, ports.env);
  const ask = (duration: number | undefined): Promise<Session | Refused> => {
    const asked: Asked = { ...request.role, host: endpoint.host, region, duration };
    return askPatiently(request, { endpoint, asked }, ports, signal);
  };

  if (request.duration !== 'auto') {
    const answer = await ask(request.duration);
    if (!isRefused(answer)) return answer;
    throw refusalError(answer.refusal, answer.asked);
  }
  let duration = LADDER[0];
  for (;;) {
    const answer = await ask(duration);
    if (!isRefused(answer)) return answer;
    const limit = durationRefusal(answer.refusal);
    if (!limit || duration === undefined) throw refusalError(answer.refusal, answer.asked);
    duration = nextDuration(duration, limit.maximum);
  }
}

/** Always shorter than what was refused, so that the ladder ends. */
function nextDuration(refused: number, maximum: number | undefined): number | undefined {
  if (maximum !== undefined && maximum < refused) return maximum;
  return LADDER.find((rung) => rung === undefined || rung < refused);
}

interface Refused {
  readonly refusal: Refusal;
  readonly asked: Asked;
}

function isRefused(answer: Session | Refused): answer is Refused {
  return 'refusal' in answer;
}

interface Question {
  readonly endpoint: URL;
  readonly asked: Asked;
}

/** Milliseconds to wait before the second and the third try. */
const WAITS: readonly number[] = [500, 2000];

/** Asks up to three times while the trouble is a passing one: throttling, a failing server, a lost connection. */
async function askPatiently(
  request: AssumeRoleWithSaml,
  question: Question,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<Session | Refused> {
  for (let tries = 0; ; tries++) {
    const wait = WAITS[tries];
    try {
      const answer = await askOnce(request, question, ports, signal);
      if (wait === undefined || !isRefused(answer) || !isPassing(answer.refusal)) return answer;
      ports.log.debug(`STS: HTTP ${String(answer.refusal.status)} ${answer.refusal.code}, trying again`);
    } catch (error) {
      if (wait === undefined || !isLostConnection(error)) throw error;
      ports.log.debug('STS: the connection was lost, trying again');
    }
    await ports.clock.sleep(wait, signal);
  }
}

/** Failures of a connection that stood, or of a name server that was busy; others last. */
const LOST: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EAI_AGAIN']);

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof GauthError) || error.code !== 'NETWORK') return false;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && LOST.has(cause.code)) return true;
  }
  return false;
}

async function askOnce(
  request: AssumeRoleWithSaml,
  { endpoint, asked }: Question,
  { http, clock, log }: StsPorts,
  signal: AbortSignal,
): Promise<Session | Refused> {
  const exchange: Exchange = {};
  const client = makeClient(endpoint, asked.region, http, exchange, signal);
  log.debug(
    `STS: ${plain(asked.roleArn)} at ${endpoint.host}, ${String(asked.duration ?? 'default')} seconds`,
  );
  try {
    const output = await client.send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: request.role.roleArn,
        PrincipalArn: request.role.principalArn,
        SAMLAssertion: request.saml.base64.reveal().replace(/\s+/g, ''),
        DurationSeconds: asked.duration,
        Policy: request.policy,
        PolicyArns: request.policyArns?.map((arn) => ({ arn })),
      }),
    );
    const session = readSession(output, asked, dateOf(exchange.response) ?? clock.now());
    if (session) return session;
    return { asked, refusal: notSts(exchange.response) };
  } catch (error) {
    if (signal.aborted) throw cancelled();
    if (exchange.failure) throw exchange.failure;
    if (!exchange.response) throw new GauthError('INTERNAL', 'the request to AWS STS could not be made');
    // The SDK's error holds the whole exchange, and its message may quote the assertion: it goes no further.
    const skewSeconds = clockSkew(dateOf(exchange.response), clock.now());
    return { asked, refusal: { ...readRefusal(error, exchange.response, request.saml), skewSeconds } };
  }
}

/** What came of the one request, kept beside the SDK, which changes what passes through it. */
interface Exchange {
  response?: HttpResponse;
  failure?: Error;
}

/** A client that is told everything that it would otherwise look up in process.env, in ~/.aws or on the network. */
function makeClient(
  endpoint: URL,
  region: string,
  http: Http,
  exchange: Exchange,
  signal: AbortSignal,
): STSClient {
  // The SDK would tell everybody on Node 20 that its later versions, which are not in this program, need a newer Node.
  sdkNotice.warningEmitted = true;
  return new STSClient({
    region,
    endpoint: endpoint.href,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 1,
    authSchemePreference: [],
    userAgentAppId: 'gauth',
    credentials: () => Promise.reject(new Error('the request is not signed')),
    requestHandler: {
      handle: async (request: SdkRequest) => {
        const sent = {
          method: 'POST',
          url: endpoint,
          headers: withoutTransport(request.headers),
          body: typeof request.body === 'string' ? request.body : '',
        } as const;
        try {
          exchange.response = await http(sent, signal);
        } catch (error) {
          exchange.failure = error instanceof Error ? error : new Error('no answer');
          throw exchange.failure;
        }
        const { status, headers, body } = exchange.response;
        const joined = Object.entries(headers).map(([name, values]) => [name, values.join(', ')]);
        return { response: { statusCode: status, headers: Object.fromEntries(joined), body } };
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
  });
}

/** What the SDK hands over, as far as it is used. */
interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `http` sets these itself. */
function withoutTransport(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name !== 'host' && name !== 'content-length'),
  );
}

function readSession(output: AssumeRoleWithSAMLResponse, asked: Asked, now: Date): Session | undefined {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = output.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) return undefined;
  const assumedRoleArn = output.AssumedRoleUser?.Arn;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(SessionToken),
    expiration: Expiration,
    roleArn: asked.roleArn,
    ...(assumedRoleArn === undefined ? {} : { assumedRoleArn }),
    durationSeconds: asked.duration ?? Math.round((Expiration.getTime() - now.getTime()) / 1000),
  };
}

function readRefusal(error: unknown, response: HttpResponse, saml: SamlResponse): Refusal {
  const text = Buffer.from(response.body).toString('utf8');
  if (!text.includes('<ErrorResponse') || !(error instanceof Error)) return notSts(response);
  return {
    code: plain(error.name).replace(/(Exception|Fault)$/, ''),
    message: withoutAssertion(error.message, saml),
    status: response.status,
    requestId: /<RequestId>([\w-]{1,64})<\/RequestId>/.exec(text)?.[1],
  };
}

function notSts(response: HttpResponse | undefined): Refusal {
  const type = plain(response?.headers['content-type']?.[0] ?? 'no content type', 60);
  return { code: NOT_STS, message: type, status: response?.status ?? 0 };
}

/** STS's validation errors quote the value that they refuse, whole or in part. */
function withoutAssertion(message: string, saml: SamlResponse): string {
  const hidden = message
    .replaceAll(saml.base64.reveal(), '[secret]')
    .replace(/[A-Za-z0-9+/=%]{80,}/g, '[secret]');
  return plain(hidden).replace(/\.$/, '');
}

function dateOf(response: HttpResponse | undefined): Date | undefined {
  const time = Date.parse(response?.headers.date?.[0] ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}
