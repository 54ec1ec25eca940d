/** The AWS console with a session's credentials: an address that signs in whoever opens it (IAM User Guide, "custom identity broker access"). */
import { GauthError } from '../errors.ts';
import type { Http, HttpResponse } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import { type Partition, partitionOfArn, partitionOfRegion } from './partition.ts';
import type { Session } from './session.ts';

export interface ConsoleRequest {
  readonly session: Session;
  /** Left out where it is none of the role's partition. */
  readonly region: string | undefined;
  /** The service as it stands in the console's addresses. */
  readonly service: string | undefined;
  /** Seconds; as long as the credentials where it is not given. */
  readonly duration: number | undefined;
  /** Where the console sends the person when the session has run out. */
  readonly issuer: URL | undefined;
}

/**
 * The address, good for 15 minutes. The keys go by POST, so that they stand in no address and no proxy's log.
 * Throws GauthError NO_CONSOLE, CONSOLE_REFUSED, NOT_AWS, and what `http` throws.
 */
export async function consoleUrl(request: ConsoleRequest, http: Http, signal: AbortSignal): Promise<Secret> {
  const partition = partitionOfArn(request.session.roleArn);
  const { signInHost, consoleHost } = partition ?? {};
  if (!partition || signInHost === undefined || consoleHost === undefined) {
    throw new GauthError(
      'NO_CONSOLE',
      `the console of ${oneLine(request.session.roleArn)}'s partition is not known`,
      {
        hints: ['AWS publishes the addresses of the partitions aws, aws-cn and aws-us-gov only'],
      },
    );
  }
  const url = new URL(`https://${signInHost}/federation`);
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
  // AWS refuses by 400, and by a page of its own.
  if (response.status < 400 || (response.status !== 400 && isPage(response))) {
    throw new GauthError('NOT_AWS', `something between here and ${url.host} answered in its place`, {
      hints: ['sign in to the network, or behind a company proxy, set HTTPS_PROXY to its address'],
    });
  }
  throw new GauthError(
    'CONSOLE_REFUSED',
    `${url.host} does not take the credentials (HTTP ${response.status})`,
    {
      hints: [
        ...(duration === undefined
          ? []
          : [
              'leave -d out: a session of a further role (--chain) is good for an hour at most, and others for as long as the role allows',
            ]),
        "get new credentials by 'gauth', then try again",
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
  const url = new URL(`https://${here === undefined ? '' : `${here}.`}${host}/${service ?? 'console'}/home`);
  if (here !== undefined) url.searchParams.set('region', here);
  return url;
}
