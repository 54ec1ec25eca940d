/** AWS STS: redeems SAML responses that the issuer made, knows the keys it gave out, and refuses in AWS's own words. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { STS_HOSTS, audiencesOf, accountOf, partitionOf, regionOf } from './aws-names.ts';
import { type Handler, type Hosts, bodyText, isForm, withHeaders } from './respond.ts';
import type { IssuedResponse, SamlIssuer } from './saml.ts';
import { readAuthorization, signatureOf } from './signature.ts';
import {
  type IssuedKeys,
  credentials,
  durationFault,
  element,
  failure,
  lengthFault,
  success,
  userArn,
} from './sts-answers.ts';

const VERSION = '2011-06-15';
const REDEEM_WITHIN = 300_000;
const SAML_FIELDS =
  /^(Action|Version|RoleArn|PrincipalArn|SAMLAssertion|DurationSeconds|Policy|PolicyArns\..+)$/;
const ROLE_FIELDS =
  /^(Action|Version|RoleArn|RoleSessionName|DurationSeconds|Policy|PolicyArns\..+|Tags\..+|ExternalId|SourceIdentity)$/;

export interface StsRole {
  readonly arn: string;
  /** The IAM SAML provider it trusts; default any in the assertion. */
  readonly provider?: string;
  /** MaxSessionDuration in seconds; default 3600. */
  readonly maxDuration?: number;
  /** How a longer wish is refused: with the number, or (default) without. */
  readonly durationRefusal?: 'with-number' | 'without-number';
  /** The trust policy says no, in these words. */
  readonly denied?: string;
  /** Roles that may assume this one with their keys. */
  readonly assumableBy?: readonly string[];
}

/** An answer given instead of the real one, `times` times (default once), before everything else. */
export interface StsFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly times?: number;
  /** Only for this action. */
  readonly action?: string;
}

export interface StsOptions {
  readonly issuer: SamlIssuer;
  readonly roles: readonly StsRole[];
  readonly clock?: { now(): Date };
  /** Seconds that credentials last, whatever was requested; undefined for what was requested. */
  readonly lifetime?: () => number | undefined;
  readonly faultRules?: readonly StsFault[];
  /** Regions in which STS is switched off. */
  readonly disabledRegions?: readonly string[];
}

export interface StsRequest {
  readonly host: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly signed: boolean;
  readonly userAgent: string | undefined;
}

export interface StsEmulator {
  readonly handle: Handler;
  /** Every STS host of every partition, FIPS included. */
  readonly hosts: Hosts;
  readonly requests: StsRequest[];
  readonly violations: string[];
  readonly keys: readonly IssuedKeys[];
  /** Whose keys a signed request bears, or the error that AWS answers. */
  identify(request: HttpRequest): IssuedKeys | HttpResponse;
}

export function stsEmulator(options: StsOptions): StsEmulator {
  const now = (): Date => options.clock?.now() ?? new Date();
  const requests: StsRequest[] = [];
  const violations: string[] = [];
  const keys: IssuedKeys[] = [];
  const left = (options.faultRules ?? []).map((trouble) => ({ trouble, times: trouble.times ?? 1 }));

  function handle(request: HttpRequest): HttpResponse {
    return withHeaders(respond(request), { date: [now().toUTCString()], 'x-amzn-requestid': [randomUUID()] });
  }

  function respond(request: HttpRequest): HttpResponse {
    if (request.method !== 'POST' || !isForm(request) || request.url.pathname !== '/') {
      violations.push(`${request.method} ${request.url.pathname} is not how STS is asked`);
      return failure(400, 'InvalidAction', 'the request is no form posted to /');
    }
    const body = new URLSearchParams(bodyText(request));
    const fields: Readonly<Record<string, string | undefined>> = Object.fromEntries(body);
    const action = fields.Action ?? '';
    const { host } = request.url;
    if (!/^sts(-fips)?\./.test(host)) {
      violations.push(`${action} was asked of ${host}`);
      return failure(400, 'InvalidAction', 'this is no host of STS');
    }
    requests.push({
      host,
      action,
      fields: Object.fromEntries(body),
      signed: request.headers.authorization !== undefined,
      userAgent: request.headers['user-agent'],
    });
    const trouble = left.find((each) => each.times > 0 && [undefined, action].includes(each.trouble.action));
    if (trouble !== undefined) {
      trouble.times -= 1;
      return failure(trouble.trouble.status, trouble.trouble.code, trouble.trouble.message);
    }
    if (fields.Version !== VERSION) {
      return failure(
        400,
        'InvalidAction',
        `Could not find operation ${action} for version ${fields.Version ?? ''}`,
      );
    }
    const region = regionOf(host);
    if (region !== undefined && options.disabledRegions?.includes(region) === true) {
      return failure(
        403,
        'RegionDisabledException',
        'STS is not activated in this region for the requested account. Your account administrator can activate STS in this region using the IAM Console.',
      );
    }
    switch (action) {
      case 'AssumeRoleWithSAML':
        return assumeRoleWithSaml(request, fields);
      case 'AssumeRole':
        return assumeRole(request, fields);
      case 'GetCallerIdentity':
        return callerIdentity(request);
      default:
        return failure(400, 'InvalidAction', `Could not find operation ${action} for version ${VERSION}`);
    }
  }

  function unexpected(fields: Readonly<Record<string, unknown>>, allowed: RegExp): void {
    const unexpected = Object.keys(fields).filter((name) => !allowed.test(name));
    violations.push(...unexpected.map((name) => `parameter ${name} was invented`));
  }

  function assumeRoleWithSaml(
    request: HttpRequest,
    fields: Readonly<Record<string, string | undefined>>,
  ): HttpResponse {
    unexpected(fields, SAML_FIELDS);
    if (request.headers.authorization !== undefined) {
      violations.push('AssumeRoleWithSAML was signed');
      return failure(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    }
    const { RoleArn: arn = '', PrincipalArn: principal = '', SAMLAssertion: text = '' } = fields;
    const invalid =
      lengthFault('roleArn', arn) ?? lengthFault('principalArn', principal) ?? durationFault(fields);
    if (invalid !== undefined)
      return failure(400, 'ValidationError', `1 validation error detected: ${invalid}`);
    const identity = (message: string): HttpResponse => failure(400, 'InvalidIdentityToken', message);
    if (text === '' || text.length > 100_000 || !/^[A-Za-z0-9+/\s]+=*\s*$/.test(text)) {
      return identity('Invalid base64 SAMLResponse');
    }
    const assertion = options.issuer.find(text);
    if (assertion === undefined) return identity('Response Signature Invalid');
    const partition = partitionOf(request.url.host);
    if (arn.split(':')[1] !== partition || principal.split(':')[1] !== partition) {
      return identity('No OpenIDConnect or SAML provider found in your account for this partition');
    }
    const problem = assertionFault(assertion, partition);
    if (problem !== undefined) return problem;
    const role = options.roles.find((each) => each.arn === arn);
    const offered = offers(assertion, arn, principal);
    if (role === undefined || !offered || (role.provider !== undefined && role.provider !== principal)) {
      return failure(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML');
    }
    if (role.denied !== undefined) return failure(403, 'AccessDenied', role.denied);
    const seconds = Number(fields.DurationSeconds ?? 3600);
    const most = role.maxDuration ?? 3600;
    if (seconds > most) return tooLong(role, seconds, most);
    const issued = give(arn, assertion.roleSessionName, seconds, false);
    return success('AssumeRoleWithSAML', [
      element('Issuer', assertion.entityId),
      credentials(issued),
      element('Audience', assertion.audience),
      element('SubjectType', 'persistent'),
      element('Subject', assertion.roleSessionName),
      element('NameQualifier', 'bm90IGEgcmVhbCBvbmU='),
      element('PackedPolicySize', '6'),
    ]);
  }

  function assertionFault(assertion: IssuedResponse, partition: string): HttpResponse | undefined {
    const time = now().getTime();
    if (!assertion.ok)
      return failure(
        400,
        'InvalidIdentityToken',
        'Response status is not success or the assertion cannot be read',
      );
    if (time - assertion.issuedAt.getTime() > REDEEM_WITHIN) {
      return failure(400, 'ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance');
    }
    if (time >= assertion.notOnOrAfter.getTime())
      return failure(400, 'ExpiredTokenException', 'Response has expired');
    if (time < assertion.notBefore.getTime()) {
      return failure(
        400,
        'InvalidIdentityToken',
        'Assertion is not yet valid (NotBefore lies in the future)',
      );
    }
    if (!audiencesOf(partition).test(assertion.audience)) {
      return failure(400, 'InvalidIdentityToken', 'The audience in the SAML response does not match');
    }
    return undefined;
  }

  function assumeRole(
    request: HttpRequest,
    fields: Readonly<Record<string, string | undefined>>,
  ): HttpResponse {
    unexpected(fields, ROLE_FIELDS);
    const caller = identify(request);
    if ('status' in caller) return caller;
    const { RoleArn: arn = '', RoleSessionName: name = '' } = fields;
    const invalid =
      lengthFault('roleArn', arn) ??
      durationFault(fields) ??
      (/^[\w+=,.@-]{2,64}$/.test(name)
        ? undefined
        : `Value '${name}' at 'roleSessionName' failed to satisfy constraint`);
    if (invalid !== undefined)
      return failure(400, 'ValidationError', `1 validation error detected: ${invalid}`);
    const role = options.roles.find((each) => each.arn === arn);
    if (role?.assumableBy?.includes(caller.roleArn) !== true) {
      return failure(
        403,
        'AccessDenied',
        `User: ${userArn(caller)} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      );
    }
    const seconds = Number(fields.DurationSeconds ?? 3600);
    if (seconds > 3600) {
      return failure(
        400,
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      );
    }
    return success('AssumeRole', [credentials(give(arn, name, seconds, true))]);
  }

  function callerIdentity(request: HttpRequest): HttpResponse {
    const caller = identify(request);
    if ('status' in caller) return caller;
    return success('GetCallerIdentity', [
      element('Arn', userArn(caller)),
      element('UserId', `AROAEMULATED:${caller.sessionName}`),
      element('Account', accountOf(caller.roleArn)),
    ]);
  }

  function identify(request: HttpRequest): IssuedKeys | HttpResponse {
    const authorization = readAuthorization(request);
    if (authorization === undefined) {
      return failure(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
    }
    const { host } = request.url;
    const found = keys.find((each) => each.accessKeyId === authorization.accessKeyId);
    const token = request.headers['x-amz-security-token'];
    const ours = found?.sessionToken === token && found?.roleArn.split(':')[1] === partitionOf(host);
    if (found === undefined || !ours) {
      return failure(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    }
    if (signatureOf(request, authorization, found.secretAccessKey) !== authorization.signature) {
      return failure(
        403,
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      );
    }
    const region = host === 'sts.amazonaws.com' ? 'us-east-1' : regionOf(host);
    if (![undefined, authorization.region].includes(region)) {
      return failure(403, 'SignatureDoesNotMatch', 'Credential should be scoped to a valid region.');
    }
    if (found.expiration <= now()) {
      return failure(403, 'ExpiredToken', 'The security token included in the request is expired');
    }
    return found;
  }

  function give(roleArn: string, sessionName: string, seconds: number, chained: boolean): IssuedKeys {
    const issued: IssuedKeys = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(180).toString('base64'),
      // AWS gives whole seconds.
      expiration: new Date(Math.floor(now().getTime() / 1000 + (options.lifetime?.() ?? seconds)) * 1000),
      roleArn,
      sessionName,
      chained,
    };
    keys.push(issued);
    return issued;
  }

  return {
    handle,
    hosts: Object.fromEntries(STS_HOSTS.map((host) => [host, handle])),
    requests,
    violations,
    keys,
    identify,
  };
}

/** Whether one Role value names both ARNs, in any order and spelling. */
function offers(assertion: IssuedResponse, role: string, provider: string): boolean {
  return assertion.roles.some((value) => {
    const arns = value.split(',').map((each) => each.trim());
    return arns.includes(role) && arns.includes(provider);
  });
}

function tooLong(role: StsRole, seconds: number, most: number): HttpResponse {
  return failure(
    400,
    'ValidationError',
    role.durationRefusal === 'with-number'
      ? `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to ${most}`
      : 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  );
}
