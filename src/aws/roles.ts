/** The roles an assertion offers, and the choice among them. */
import { GauthError } from '../errors.ts';
import { editDistance, oneLine } from '../text.ts';

/** A role and the IAM SAML provider through which it is assumed. */
export interface Role {
  readonly roleArn: string;
  /** The ARN of the SAML provider: STS calls it the principal. */
  readonly principalArn: string;
  /** The digits as they stand in the role ARN; 12 at AWS, fewer in some assertions seen. */
  readonly account: string;
  /** The last part of the ARN. */
  readonly name: string;
  /** `/`, or `/a/b/`. */
  readonly path: string;
  /** The second field of the role ARN. */
  readonly partition: string;
}

/** What a role ARN says by itself. */
type RoleParts = Omit<Role, 'roleArn' | 'principalArn'>;

/** Printable ASCII throughout, as IAM has it: a role that was read is safe to show. */
const ROLE_ARN = /^arn:(aws[a-z-]*):iam:[a-z\d-]*:(\d+):role(\/(?:[!-~]*\/)?)([\w+=,.@-]+)$/;
const PRINCIPAL_ARN = /^arn:aws[a-z-]*:iam:[a-z\d-]*:\d+:saml-provider\/[\w.-]+$/;

/** The parts of a role ARN as assertions hold them (a region and fewer digits are let pass), or undefined. */
export function parseRoleArn(arn: string): RoleParts | undefined {
  const [, partition, account, path, name] = ROLE_ARN.exec(arn) ?? [];
  if (partition === undefined || account === undefined || path === undefined || name === undefined)
    return undefined;
  return { partition, account, path, name };
}

/** Whether this can be asked of STS: any partition, no region, 12 digits. Stricter than what assertions hold. */
export function isRoleArn(text: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\//.test(text) && parseRoleArn(text) !== undefined;
}

/**
 * The roles in the raw values of the attribute `Role`, in their order, each pair once. A value is a role ARN and a
 * provider ARN in either order with a comma between; blanks, line breaks and trailing commas are let pass, values of
 * another shape are left out.
 */
export function parseRoles(values: readonly string[]): readonly Role[] {
  const roles = new Map<string, Role>();
  for (const value of values) {
    const role = parsePair(value);
    if (role) roles.set(`${role.roleArn} ${role.principalArn}`, role);
  }
  return [...roles.values()];
}

/** Two ARNs are at most 2 x 2048 characters (STS's reference); the rest is for blanks. */
const LONGEST_PAIR = 5000;

function parsePair(value: string): Role | undefined {
  if (value.length > LONGEST_PAIR) return undefined;
  // A role's name may hold commas, so only a comma before an ARN, or at the end, is one between ARNs.
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

/** What the person asked for. */
export interface RoleFilter {
  readonly roleArn?: string | undefined;
  /** Only that provider's roles; with an encrypted assertion, the provider to name to STS. */
  readonly principalArn?: string | undefined;
  /** Part of the role ARN, usually an account. */
  readonly account?: string | undefined;
  /** The person wants to pick even though a role is named. */
  readonly askRole?: boolean;
  /** The assertion is encrypted: what it offers cannot be read, so what is asked for is believed. */
  readonly encrypted?: boolean;
}

type RoleChoice =
  { readonly kind: 'one'; readonly role: Role } | { readonly kind: 'many'; readonly roles: readonly Role[] };

/** The role, or those among which the person has to pick. Throws GauthError NO_ROLES, ROLE_NOT_OFFERED. */
export function chooseRole(roles: readonly Role[], wish: RoleFilter): RoleChoice {
  if (roles.length === 0) return { kind: 'one', role: unreadRole(wish) };

  const ofProvider = roles.filter(
    (role) => wish.principalArn === undefined || role.principalArn === wish.principalArn,
  );
  if (ofProvider.length === 0) {
    throw notOffered(`no role of the provider ${oneLine(wish.principalArn ?? '')} is offered`, roles);
  }
  if (wish.roleArn !== undefined && wish.askRole !== true) {
    const role = ofProvider.find((offered) => offered.roleArn === wish.roleArn);
    if (role) return { kind: 'one', role };
    throw notOffered(`the assertion does not offer ${oneLine(wish.roleArn)}`, ofProvider, wish.roleArn);
  }
  const { account } = wish;
  const candidates =
    account === undefined ? ofProvider : ofProvider.filter((role) => role.roleArn.includes(account));
  const [first, ...others] = candidates;
  if (first === undefined)
    throw notOffered(`no role offered has ${oneLine(account ?? '')} in its ARN`, ofProvider);
  return others.length === 0 ? { kind: 'one', role: first } : { kind: 'many', roles: candidates };
}

/** The role of an encrypted assertion, made of what the person named. */
function unreadRole(wish: RoleFilter): Role {
  if (wish.encrypted !== true) {
    throw new GauthError('NO_ROLES', 'the assertion offers no AWS role', {
      hints: [
        'ask the administrator of Google Workspace to fill the attribute Role (https://aws.amazon.com/SAML/Attributes/Role) for you: a role ARN and a provider ARN, joined by a comma',
        'make sure that the IDs name the app for AWS, and not another one',
      ],
    });
  }
  const { roleArn, principalArn } = wish;
  const role =
    roleArn === undefined || principalArn === undefined ? undefined : makeRole(roleArn, principalArn);
  if (role) return role;
  throw new GauthError(
    'NO_ROLES',
    'the assertion is encrypted for AWS, so the roles in it cannot be read here',
    {
      hints: [
        'name both the role (arn:aws:iam::<account>:role/<name>) and the IAM SAML provider (arn:aws:iam::<account>:saml-provider/<name>)',
      ],
    },
  );
}

/** As many as help; a list of 500 would hide the message. */
const LISTED = 10;

function notOffered(message: string, roles: readonly Role[], wanted?: string): GauthError {
  const nearest = wanted === undefined ? undefined : nearestRole(roles, wanted);
  const hints = nearest ? [`did you mean ${oneLine(nearest.roleArn)} ?`] : [];
  hints.push(...roles.slice(0, LISTED).map((role) => `offered: ${oneLine(role.roleArn)}`));
  if (roles.length > LISTED) hints.push(`and ${String(roles.length - LISTED)} more: gauth roles`);
  return new GauthError('ROLE_NOT_OFFERED', message, { hints });
}

/** Spelling mistakes, not other roles: so many letters may differ. */
const MISSPELT = 3;

function nearestRole(roles: readonly Role[], wanted: string): Role | undefined {
  const measured = roles
    .filter((role) => Math.abs(role.roleArn.length - wanted.length) <= MISSPELT)
    .map((role) => ({ role, distance: editDistance(role.roleArn, wanted) }))
    .filter(({ distance }) => distance <= MISSPELT);
  return measured.sort((a, b) => a.distance - b.distance)[0]?.role;
}
