/** Aliases of AWS accounts (`--resolve-aliases`). Loads the SDK's signer and the HTML parser: import it by `import()`. */
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { load } from 'cheerio/slim';
import { GauthError } from '../errors.ts';
import type { HttpResponse } from '../ports.ts';
import { mapConcurrently } from '../concurrency.ts';
import type { SamlResponse } from '../saml.ts';
import { oneLine } from '../text.ts';
import { iamEndpoint } from './endpoints.ts';
import { acsUrl, isAcs, partitionOfArn } from './partition.ts';
import type { Role } from './roles.ts';
import type { Session } from './session.ts';
import { assumeRoleWithSaml } from './assume-role-with-saml.ts';
import type { StsPorts } from './sts-client.ts';

export interface AliasRequest {
  readonly saml: SamlResponse;
  /** The ACS named in the response; default: that of the partition. */
  readonly destination?: string | undefined;
  readonly region?: string | undefined;
  /** Accounts whose names are known already, so that IAM is not asked. */
  readonly known?: ReadonlySet<string>;
}

/** IAM throttles callers, and each account needs two requests. */
const CONCURRENCY = 8;

/**
 * The aliases of the roles' accounts, safe to print. AWS's sign-in page lists them if there are several roles. For each account
 * that is still without a name, a role is assumed and IAM is asked. A failure omits the account. Throws GauthError CANCELLED only.
 */
export async function fetchAccountAliases(
  roles: readonly Role[],
  request: AliasRequest,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const roleOf = new Map<string, Role>();
  for (const role of roles) if (!roleOf.has(role.account)) roleOf.set(role.account, role);
  const page = roles.length > 1 ? await signInPage(roles, request, ports, signal) : undefined;
  const names = new Map([...(page ?? [])].filter(([account]) => roleOf.has(account)));

  const isUnknown = (account: string): boolean => !names.has(account) && request.known?.has(account) !== true;
  const unknown = [...roleOf].filter(([account]) => isUnknown(account));
  await mapConcurrently(unknown, CONCURRENCY, async ([account, role]) => {
    const ask = (): Promise<string | undefined> => aliasByIam(role, request, ports, signal);
    const name = await undefinedOnFailure(ask, `account ${account}`, ports, signal);
    if (name !== undefined) names.set(account, name);
  });
  return names;
}

/** Runs a step whose failure only means that a name is missing. Ctrl-C still ends everything. */
async function undefinedOnFailure<Value>(
  step: () => Promise<Value>,
  what: string,
  { log }: StsPorts,
  signal: AbortSignal,
): Promise<Value | undefined> {
  try {
    return await step();
  } catch (error) {
    if (signal.aborted || (error instanceof GauthError && error.kind === 'cancelled')) throw error;
    log.debug(
      `no alias from ${what}: ${error instanceof GauthError ? error.message : 'the response cannot be parsed'}`,
    );
    return undefined;
  }
}

async function signInPage(
  roles: readonly Role[],
  { saml, destination = '' }: AliasRequest,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  const named = URL.canParse(destination) ? new URL(destination) : undefined;
  const partition = partitionOfArn(roles[0]?.roleArn ?? '');
  const url = named && isAcs(named) ? named : partition && acsUrl(partition);
  if (!url) return undefined;
  const ask = async (): Promise<ReadonlyMap<string, string>> => {
    const body = new URLSearchParams({ SAMLResponse: saml.base64.reveal(), RelayState: '' }).toString();
    const response = await ports.http(
      { method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body },
      signal,
    );
    return parseAccountAliases(text(response));
  };
  return undefinedOnFailure(ask, "AWS's sign-in page", ports, signal);
}

/**
 * The aliases on AWS's role page, by account: `Account: alias (123456789012)`, with the word before the colon in any language.
 * Accounts without an alias are omitted.
 */
export function parseAccountAliases(html: string): ReadonlyMap<string, string> {
  const $ = load(html);
  const names = new Map<string, string>();
  for (const element of $('.saml-account-name').toArray()) {
    const [, name, account] =
      /^(?:[^:：(]*[:：])?([^()]+)\((\d{6,12})\)$/.exec(oneLine($(element).text())) ?? [];
    if (name !== undefined && account !== undefined && name.trim() !== '') names.set(account, name.trim());
  }
  return names;
}

/** Seconds; the minimum of STS. */
const DURATION = 900;

async function aliasByIam(
  role: Role,
  { saml, region }: AliasRequest,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A message per account would be too much, so all messages are logged as debug.
  const quiet = { ...ports, log: { ...ports.log, warn: ports.log.debug, info: ports.log.debug } };
  const session = await assumeRoleWithSaml({ role, saml, duration: DURATION, region }, quiet, signal);
  const response = await listAccountAliases(session, ports, signal);
  // An alias has lower-case letters, digits and hyphens, and an account has at most one.
  const alias =
    response.status === 200 ? /<member>([a-z\d-]{1,63})<\/member>/.exec(text(response))?.[1] : undefined;
  if (alias === undefined)
    ports.log.debug(`no alias for account ${role.account}: HTTP ${String(response.status)}`);
  return alias;
}

/** One signed request. The SDK's IAM client would double the size of the program. */
async function listAccountAliases(
  session: Session,
  ports: StsPorts,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const partition = partitionOfArn(session.roleArn);
  if (!partition) throw new GauthError('STS_FAILED', `unknown partition in ${oneLine(session.roleArn)}`);
  const url = iamEndpoint(partition, ports.env);
  const signer = new SignatureV4({
    service: 'iam',
    region: partition.iam.signingRegion,
    sha256: Sha256,
    credentials: {
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey.reveal(),
      sessionToken: session.sessionToken.reveal(),
    },
  });
  const body = 'Action=ListAccountAliases&Version=2010-05-08';
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  };
  const { headers } = await signer.sign(request, { signingDate: ports.clock.now() });
  return ports.http({ method: 'POST', url, headers, body }, signal);
}

function text(response: HttpResponse): string {
  return Buffer.from(response.body).toString('utf8');
}
