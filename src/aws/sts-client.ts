/** Calls AWS STS with gauth's own HTTP client (`ports.ts`), with up to three attempts. */
import type { AssumeRoleResponse } from '@aws-sdk/client-sts';
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

/** The parts of the SDK's request that are used. */
interface SdkRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A response as the SDK reads it. */
interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Sends a request that the SDK has made. */
export type SdkTransport = (request: SdkRequest) => Promise<SdkResponse>;

/** What STS returns for a role. */
export type RoleOutput = Pick<AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser'>;

/** A call that returns a session. */
export interface StsCall {
  readonly endpoint: URL;
  readonly details: RoleRequest;
  /** Secrets that STS may quote in an error, and that must not be printed. */
  readonly hidden: readonly Secret[];
  /** Makes the request, sends it by `transport` and reads the response; throws the SDK's exception for an error of STS. */
  readonly send: (transport: SdkTransport) => Promise<RoleOutput>;
}

interface StsFailure {
  readonly refusal: StsError;
}

export function isFailure(answer: Session | StsFailure): answer is StsFailure {
  return 'refusal' in answer;
}

/** Milliseconds before the second and the third attempt. */
const RETRY_DELAYS: readonly number[] = [500, 2000];

/**
 * Makes up to three attempts if the failure is temporary: throttling, a server error, a lost connection.
 * The request uses `http`, so that proxy and certificate authorities are the same as for Google. Credentials in the environment and
 * AWS's files are not read. Throws what `http` throws, CANCELLED.
 */
export async function callSts(
  call: StsCall,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<Session | StsFailure> {
  for (let tries = 0; ; tries++) {
    const wait = RETRY_DELAYS[tries];
    try {
      const answer = await callOnce(call, ports, signal);
      if (wait === undefined || !isFailure(answer) || !isTransient(answer.refusal)) return answer;
      ports.log.debug(`STS: HTTP ${String(answer.refusal.status)} ${answer.refusal.code}, trying again`);
    } catch (error) {
      if (wait === undefined || !isLostConnection(error)) throw error;
      ports.log.debug('STS: the connection was lost, trying again');
    }
    await ports.clock.sleep(wait, signal);
  }
}

/** Failures of an open connection or of a busy name server. Other failures are permanent. */
const TEMPORARY_ERRORS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EAI_AGAIN']);

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof GauthError) || error.code !== 'NETWORK') return false;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && TEMPORARY_ERRORS.has(cause.code)) return true;
  }
  return false;
}

async function callOnce(
  call: StsCall,
  { http, clock, log }: StsPorts,
  signal: AbortSignal,
): Promise<Session | StsFailure> {
  const { details, endpoint, hidden } = call;
  const exchange: Exchange = {};
  const transport = sdkTransport(endpoint, http, exchange, signal);
  log.debug(
    `STS: ${oneLine(details.roleArn)} at ${endpoint.host}, ${String(details.duration ?? 'default')} seconds`,
  );
  try {
    const output = await call.send(transport);
    const session = readSession(output, details, dateOf(exchange.response) ?? clock.now());
    return session ?? { refusal: notSts(exchange.response) };
  } catch (error) {
    if (signal.aborted) throw cancelled();
    if (exchange.failure) throw exchange.failure;
    if (!exchange.response) throw new GauthError('INTERNAL', 'cannot create the request to AWS STS');
    // The SDK's error contains the whole exchange, and its message may quote the assertion, so it is not passed on.
    const skewSeconds = clockSkew(dateOf(exchange.response), clock.now());
    return { refusal: { ...readRefusal(error, exchange.response, hidden), skewSeconds } };
  }
}

/** The response or failure of the request, recorded here because the SDK changes what it passes on. */
interface Exchange {
  response?: HttpResponse;
  failure?: Error;
}

/** Sends the SDK's requests by `http`, and records the response or the failure. */
function sdkTransport(endpoint: URL, http: Http, exchange: Exchange, signal: AbortSignal): SdkTransport {
  return async (request) => {
    const sent = {
      method: 'POST',
      // The path that was signed: the SDK adds a slash to that of the endpoint.
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
    return { statusCode: status, headers: Object.fromEntries(joined) as Record<string, string>, body };
  };
}

/** `http` sets these itself. */
function withoutTransport(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name !== 'host' && name !== 'content-length'),
  );
}

function readSession(output: RoleOutput, details: RoleRequest, now: Date): Session | undefined {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = output.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) return undefined;
  const assumedRoleArn = output.AssumedRoleUser?.Arn;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(SessionToken),
    expiration: Expiration,
    roleArn: details.roleArn,
    ...(assumedRoleArn === undefined ? {} : { assumedRoleArn }),
    durationSeconds: details.duration ?? Math.round((Expiration.getTime() - now.getTime()) / 1000),
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

/** Removes secrets: STS's validation errors quote all or part of the refused value. */
function withoutSecrets(message: string, secrets: readonly Secret[]): string {
  const without = secrets.reduce((text, secret) => text.replaceAll(secret.reveal(), '[secret]'), message);
  return oneLine(without.replace(/[A-Za-z0-9+/=%]{80,}/g, '[secret]')).replace(/\.$/, '');
}

function dateOf(response: HttpResponse | undefined): Date | undefined {
  const time = Date.parse(response?.headers.date?.[0] ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}
