/** The roles in an assertion, and the choice of one. Pure. */
import { GauthError } from '../errors.ts';
import { editDistance, oneLine } from '../text.ts';

/** A role and the IAM SAML provider through which it is assumed. */
export interface Role {
  readonly roleArn: string;
  /** The ARN of the SAML provider: STS calls it the principal. */
  readonly principalArn: string;
  /** The account ID in the role ARN: 12 digits at AWS, fewer in some assertions. */
  readonly account: string;
  /** The last part of the ARN. */
  readonly name: string;
  /** `/`, or `/a/b/`. */
  readonly path: string;
  /** The second field of the role ARN. */
  readonly partition: string;
}

/** The parts of a role ARN. */
type RoleParts = Omit<Role, 'roleArn' | 'principalArn'>;

/** Printable ASCII only, as in IAM: a parsed role ARN is safe to print. */
const ROLE_ARN = /^arn:(aws[a-z-]*):iam:[a-z\d-]*:(\d+):role(\/(?:[!-~]*\/)?)([\w+=,.@-]+)$/;
const PRINCIPAL_ARN = /^arn:aws[a-z-]*:iam:[a-z\d-]*:\d+:saml-provider\/[\w.-]+$/;

/** Parses a role ARN as in assertions, which may have a region or fewer digits; undefined if it is not one. */
export function parseRoleArn(arn: string): RoleParts | undefined {
  const [, partition, account, path, name] = ROLE_ARN.exec(arn) ?? [];
  if (partition === undefined || account === undefined || path === undefined || name === undefined)
    return undefined;
  return { partition, account, path, name };
}

/** Whether STS accepts this role ARN: any partition, no region, 12 digits. Stricter than `parseRoleArn`. */
export function isRoleArn(text: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\//.test(text) && parseRoleArn(text) !== undefined;
}

/**
 * The roles in the values of the attribute `Role`, in order and without duplicates. A value is a role ARN and a provider ARN in either
 * order, separated by a comma. White space and trailing commas are ignored, and so are values of any other form.
 */
export function parseRoles(values: readonly string[]): readonly Role[] {
  const roles = new Map<string, Role>();
  for (const value of values) {
    const role = parsePair(value);
    if (role) roles.set(`${role.roleArn} ${role.principalArn}`, role);
  }
  return [...roles.values()];
}

/** Two ARNs have at most 2 x 2048 characters (STS API reference); the rest is for white space. */
const MAX_PAIR_LENGTH = 5000;

function parsePair(value: string): Role | undefined {
  if (value.length > MAX_PAIR_LENGTH) return undefined;
  // A role name may contain commas, so only a comma before an ARN or at the end is a separator.
  const arns = value
    .trim()
    .replace(/[\s,]+$/, '')
    .split(/[\s,]+(?=arn:)/);
  const [first, second, ...rest] = arns;
  if (first === undefined || second === undefined || rest.length > 0) return undefined;
  return makeRole(first, second) ?? makeRole(second, first);
}

function makeRole(roleArn: string, principalArn: string): Role | undefined {
  const parts = parseRoleArn(roleArn);
  return parts && PRINCIPAL_ARN.test(principalArn) ? { roleArn, principalArn, ...parts } : undefined;
}

/** Which role is requested. */
export interface RoleFilter {
  readonly roleArn?: string | undefined;
  /** Only roles of this provider; with an encrypted assertion, the provider for STS. */
  readonly principalArn?: string | undefined;
  /** Part of the role ARN, usually an account ID. */
  readonly account?: string | undefined;
  /** Ask the user even if a role is configured. */
  readonly askRole?: boolean;
  /** The assertion is encrypted: its roles cannot be read, so the requested role is used unchecked. */
  readonly encrypted?: boolean;
}

type RoleChoice =
  { readonly kind: 'one'; readonly role: Role } | { readonly kind: 'many'; readonly roles: readonly Role[] };

/** The requested role, or the roles that the user must choose from. Throws GauthError NO_ROLES, ROLE_NOT_OFFERED. */
export function chooseRole(roles: readonly Role[], filter: RoleFilter): RoleChoice {
  if (roles.length === 0) return { kind: 'one', role: roleOfEncryptedAssertion(filter) };

  const ofProvider = roles.filter(
    (role) => filter.principalArn === undefined || role.principalArn === filter.principalArn,
  );
  if (ofProvider.length === 0) {
    throw notOffered(
      `the assertion contains no role of the provider ${oneLine(filter.principalArn ?? '')}`,
      roles,
    );
  }
  if (filter.roleArn !== undefined && filter.askRole !== true) {
    const role = ofProvider.find((offered) => offered.roleArn === filter.roleArn);
    if (role) return { kind: 'one', role };
    throw notOffered(`the assertion does not contain ${oneLine(filter.roleArn)}`, ofProvider, filter.roleArn);
  }
  const { account } = filter;
  const candidates =
    account === undefined ? ofProvider : ofProvider.filter((role) => role.roleArn.includes(account));
  const [first, ...others] = candidates;
  if (first === undefined)
    throw notOffered(`no role in the assertion has ${oneLine(account ?? '')} in its ARN`, ofProvider);
  return others.length === 0 ? { kind: 'one', role: first } : { kind: 'many', roles: candidates };
}

/** The role for an encrypted assertion, from the configured ARNs. */
function roleOfEncryptedAssertion(filter: RoleFilter): Role {
  if (filter.encrypted !== true) {
    throw new GauthError('NO_ROLES', 'the assertion contains no AWS role', {
      hints: [
        'ask your Google Workspace administrator to set the attribute Role (https://aws.amazon.com/SAML/Attributes/Role) for you: a role ARN and a provider ARN, separated by a comma',
        'check that --idp-id and --sp-id belong to the AWS app',
      ],
    });
  }
  const { roleArn, principalArn } = filter;
  const role =
    roleArn === undefined || principalArn === undefined ? undefined : makeRole(roleArn, principalArn);
  if (role) return role;
  throw new GauthError('NO_ROLES', 'the assertion is encrypted for AWS, so gauth cannot read its roles', {
    hints: [
      'set both --role-arn arn:aws:iam::ACCOUNT:role/ROLE and --principal-arn arn:aws:iam::ACCOUNT:saml-provider/PROVIDER',
    ],
  });
}

/** The number of listed roles: hundreds would hide the message. */
const MAX_LISTED = 10;

function notOffered(message: string, roles: readonly Role[], wanted?: string): GauthError {
  const nearest = wanted === undefined ? undefined : nearestRole(roles, wanted);
  const hints = nearest ? [`did you mean ${oneLine(nearest.roleArn)}?`] : [];
  hints.push(...roles.slice(0, MAX_LISTED).map((role) => `available: ${oneLine(role.roleArn)}`));
  if (roles.length > MAX_LISTED) hints.push(`and ${String(roles.length - MAX_LISTED)} more: gauth roles`);
  return new GauthError('ROLE_NOT_OFFERED', message, { hints });
}

/** The maximum edit distance of a spelling mistake. */
const MAX_DISTANCE = 3;

function nearestRole(roles: readonly Role[], wanted: string): Role | undefined {
  const measured = roles
    .filter((role) => Math.abs(role.roleArn.length - wanted.length) <= MAX_DISTANCE)
    .map((role) => ({ role, distance: editDistance(role.roleArn, wanted) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE);
  return measured.sort((a, b) => a.distance - b.distance)[0]?.role;
}
