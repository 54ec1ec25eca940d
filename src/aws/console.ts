/** The sign-in URL of the AWS console for a session (IAM User Guide, "custom identity broker access"). */
import { GauthError } from '../errors.ts';
import type { Http, HttpResponse } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import {
  consoleHostOf,
  type Partition,
  partitionOfArn,
  partitionOfRegion,
  signInHostOf,
} from './partition.ts';
import type { Session } from './session.ts';

export interface ConsoleRequest {
  readonly session: Session;
  /** Ignored if it is not in the role's partition. */
  readonly region: string | undefined;
  /** The name of the service in console URLs. */
  readonly service: string | undefined;
  /** Seconds; default: the lifetime of the credentials. */
  readonly duration: number | undefined;
  /** Where the console sends the user when the session has expired. */
  readonly issuer: URL | undefined;
}

/**
 * The URL, which is valid for 15 minutes. The credentials are sent by POST, so that they are in no URL and no proxy's log.
 * Throws GauthError NO_CONSOLE, CONSOLE_REFUSED, NOT_AWS, and what `http` throws.
 */
export async function consoleUrl(request: ConsoleRequest, http: Http, signal: AbortSignal): Promise<Secret> {
  const partition = partitionOfArn(request.session.roleArn);
  const consoleHost = partition && consoleHostOf(partition, request.region);
  if (!partition || consoleHost === undefined) {
    throw new GauthError(
      'NO_CONSOLE',
      `no known console for the partition of ${oneLine(request.session.roleArn)}`,
      {
        hints: ['AWS publishes console hosts for the partitions aws, aws-cn, aws-us-gov and aws-eusc only'],
      },
    );
  }
  const url = new URL(`https://${signInHostOf(partition, request.region)}/federation`);
  const token = await signInToken(url, request, http, signal);
  url.search = new URLSearchParams({
    Action: 'login',
    ...(request.issuer === undefined ? {} : { Issuer: request.issuer.href }),
    Destination: destination(request, partition, consoleHost).href,
    SigninToken: token,
  }).toString();
  return new Secret(url.href);
}

async function signInToken(
  url: URL,
  { session, duration }: ConsoleRequest,
  http: Http,
  signal: AbortSignal,
): Promise<string> {
  const keys = {
    sessionId: session.accessKeyId,
    sessionKey: session.secretAccessKey.reveal(),
    sessionToken: session.sessionToken.reveal(),
  };
  const fields = new URLSearchParams({ Action: 'getSigninToken', Session: JSON.stringify(keys) });
  if (duration !== undefined) fields.set('SessionDuration', String(duration));
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const response = await http({ method: 'POST', url, headers, body: fields.toString() }, signal);
  const token = response.status === 200 ? tokenOf(response) : undefined;
  if (token !== undefined) return token;
  if (response.status >= 500) {
    const message = `${url.host} is failing (HTTP ${response.status})`;
    throw new GauthError('CONSOLE_REFUSED', message, { hints: ['try again in a minute'] });
  }
  // AWS refuses with status 400, and with an HTML page.
  if (response.status < 400 || (response.status !== 400 && isPage(response))) {
    throw new GauthError('NOT_AWS', `another server answered in place of ${url.host}`, {
      hints: ['sign in to the network if it requires that, or set HTTPS_PROXY to the proxy of your company'],
    });
  }
  throw new GauthError(
    'CONSOLE_REFUSED',
    `${url.host} does not accept the credentials (HTTP ${response.status})`,
    {
      hints: [
        ...(duration === undefined
          ? []
          : [
              'omit -d: the session of a chained role lasts at most one hour, others as long as the role allows',
            ]),
        "get new credentials with 'gauth', then try again",
      ],
    },
  );
}

function isPage({ headers }: HttpResponse): boolean {
  return headers['content-type']?.some((type) => /html/i.test(type)) === true;
}

function tokenOf(response: HttpResponse): string | undefined {
  try {
    const answer: unknown = JSON.parse(Buffer.from(response.body).toString('utf8'));
    if (typeof answer !== 'object' || answer === null || !('SigninToken' in answer)) return undefined;
    return typeof answer.SigninToken === 'string' ? answer.SigninToken : undefined;
  } catch {
    return undefined;
  }
}

/** `https://us-east-1.console.aws.amazon.com/s3/home?region=us-east-1`. */
function destination({ region, service }: ConsoleRequest, partition: Partition, host: string): URL {
  const here = region !== undefined && partitionOfRegion(region)?.id === partition.id ? region : undefined;
  const isPrefixed = here === undefined || partition.isRegional === true;
  const url = new URL(`https://${isPrefixed ? '' : `${here}.`}${host}/${service ?? 'console'}/home`);
  if (here !== undefined) url.searchParams.set('region', here);
  return url;
}
