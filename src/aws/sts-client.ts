/** Sessions from AWS STS over our own HTTP: one question, asked up to three times. Loads the SDK's client. */
import { type AssumeRoleResponse, STSClient } from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import { cancelled, GauthError } from '../errors.ts';
import type { Clock, Environment, Http, HttpResponse, Log } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import { type RoleRequest, clockSkew, isTransient, NOT_STS, type StsError } from './sts-errors.ts';
import type { Session } from './session.ts';

export interface StsPorts {
  readonly http: Http;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
}

/** What signs a request. */
export type AccessKeys = Pick<Session, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

/** One way of asking for a session. */
export interface StsCall {
  readonly endpoint: URL;
  readonly asked: RoleRequest;
  /** Undefined for what is asked unsigned. */
  readonly keys?: AccessKeys | undefined;
  /** What STS may quote in an error, and nobody may see. */
  readonly hidden: readonly Secret[];
  /** Sends the one command. */
  readonly send: (client: STSClient) => Promise<Pick<AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser'>>;
}

interface StsFailure {
  readonly refusal: StsError;
}

export function isFailure(answer: Session | StsFailure): answer is StsFailure {
  return 'refusal' in answer;
}

/** Milliseconds to wait before the second and the third try. */
const WAITS: readonly number[] = [500, 2000];

/**
 * Asks up to three times while the trouble is a passing one: throttling, a failing server, a lost connection.
 * The request goes over `http`, so that proxy and certificate authorities are the same as for Google; neither the
 * environment's credentials nor AWS's shared files are looked at. Throws what `http` throws, CANCELLED.
 */
export async function callSts(
  question: StsCall,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<Session | StsFailure> {
  for (let tries = 0; ; tries++) {
    const wait = WAITS[tries];
    try {
      const answer = await callOnce(question, ports, signal);
      if (wait === undefined || !isFailure(answer) || !isTransient(answer.refusal)) return answer;
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

async function callOnce(
  question: StsCall,
  { http, clock, log }: StsPorts,
  signal: AbortSignal,
): Promise<Session | StsFailure> {
  const { asked, endpoint, hidden } = question;
  const exchange: Exchange = {};
  const client = makeClient(question, { http, clock }, exchange, signal);
  log.debug(
    `STS: ${oneLine(asked.roleArn)} at ${endpoint.host}, ${String(asked.duration ?? 'default')} seconds`,
  );
  try {
    const output = await question.send(client);
    const session = readSession(output, asked, dateOf(exchange.response) ?? clock.now());
    return session ?? { refusal: notSts(exchange.response) };
  } catch (error) {
    if (signal.aborted) throw cancelled();
    if (exchange.failure) throw exchange.failure;
    if (!exchange.response) throw new GauthError('INTERNAL', 'the request to AWS STS could not be made');
    // The SDK's error holds the whole exchange, and its message may quote the assertion: it goes no further.
    const skewSeconds = clockSkew(dateOf(exchange.response), clock.now());
    return { refusal: { ...readRefusal(error, exchange.response, hidden), skewSeconds } };
  }
}

/** What came of the one request, kept beside the SDK, which changes what passes through it. */
interface Exchange {
  response?: HttpResponse;
  failure?: Error;
}

/** A client that is told everything that it would otherwise look up in process.env, in ~/.aws or on the network. */
function makeClient(
  { endpoint, asked, keys }: StsCall,
  { http, clock }: Pick<StsPorts, 'http' | 'clock'>,
  exchange: Exchange,
  signal: AbortSignal,
): STSClient {
  // The SDK would tell everybody on Node 20 that its later versions, which are not in this program, need a newer Node.
  sdkNotice.warningEmitted = true;
  return new STSClient({
    region: asked.region,
    endpoint: endpoint.href,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 1,
    authSchemePreference: [],
    userAgentAppId: 'gauth',
    systemClockOffset: clock.now().getTime() - Date.now(),
    credentials: () =>
      keys
        ? Promise.resolve({
            accessKeyId: keys.accessKeyId,
            secretAccessKey: keys.secretAccessKey.reveal(),
            sessionToken: keys.sessionToken.reveal(),
          })
        : Promise.reject(new Error('the request is not signed')),
    requestHandler: {
      handle: async (request: SdkRequest) => {
        const sent = {
          method: 'POST',
          // The path that was signed: the SDK ends that of an endpoint with a slash.
          url: new URL(request.path, endpoint),
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
  readonly path: string;
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

function readSession(
  output: Pick<AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser'>,
  asked: RoleRequest,
  now: Date,
): Session | undefined {
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

function readRefusal(error: unknown, response: HttpResponse, hidden: readonly Secret[]): StsError {
  const text = Buffer.from(response.body).toString('utf8');
  if (!text.includes('<ErrorResponse') || !(error instanceof Error)) return notSts(response);
  return {
    code: oneLine(error.name).replace(/(Exception|Fault)$/, ''),
    message: withoutSecrets(error.message, hidden),
    status: response.status,
    requestId: /<RequestId>([\w-]{1,64})<\/RequestId>/.exec(text)?.[1],
  };
}

function notSts(response: HttpResponse | undefined): StsError {
  const type = oneLine(response?.headers['content-type']?.[0] ?? 'no content type', 60);
  return { code: NOT_STS, message: type, status: response?.status ?? 0 };
}

/** STS's validation errors quote the value that they refuse, whole or in part. */
function withoutSecrets(message: string, secrets: readonly Secret[]): string {
  const without = secrets.reduce((text, secret) => text.replaceAll(secret.reveal(), '[secret]'), message);
  return oneLine(without.replace(/[A-Za-z0-9+/=%]{80,}/g, '[secret]')).replace(/\.$/, '');
}

function dateOf(response: HttpResponse | undefined): Date | undefined {
  const time = Date.parse(response?.headers.date?.[0] ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}
