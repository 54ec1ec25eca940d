/** From a SAML response to a session: its assertion, a role, a session at AWS. */
import { type Role, chooseRole, rolesOf } from './aws/role.ts';
import type { Session } from './aws/session.ts';
import { GauthError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Choice, Log, System } from './ports.ts';
import type { Source } from './source.ts';

/** What the pipeline needs from the command that runs it. */
export interface FederateParts {
  readonly system: System;
  readonly log: Log;
  /** Told of the role before it is assumed. */
  readonly onRole: (role: Role) => void;
}

/** Throws what its stages throw: the errors of role.ts and sts.ts. */
export async function federate(source: Source, settings: Settings, parts: FederateParts): Promise<Session> {
  const { system, log } = parts;
  const role = await pickRole(source, settings, parts);
  parts.onRole(role);
  const { assumeRoleWithSaml } = await import('./aws/sts.ts');
  const duration = settings.autoDuration ? 'auto' : settings.duration;
  const { region } = settings;
  return assumeRoleWithSaml(
    { role, saml: source.response, duration, region },
    { ...system, log },
    system.signal,
  );
}

async function pickRole(source: Source, settings: Settings, parts: FederateParts): Promise<Role> {
  const { assertion } = source;
  const { roleArn, principalArn, account, askRole } = settings;
  const roles = rolesOf(assertion.roleValues);
  const wish = { roleArn, principalArn, account, askRole, encrypted: assertion.encrypted };
  const choice = chooseRole(roles, wish);
  if (choice.kind === 'one') return choice.role;
  const { terminal, signal } = parts.system;
  if (!(await terminal.available())) {
    throw new GauthError('MISSING_OPTION', 'several roles are offered, and there is no terminal to ask on', {
      hints: [
        'name one with -r/--role-arn, the variable AWS_ROLE_ARN or google_config.role_arn in the profile',
        ...choice.roles.slice(0, 10).map((role) => `offered: ${role.roleArn}`),
      ],
    });
  }
  const choices = await roleChoices(choice.roles, source, settings, parts);
  return terminal.choose('the role to assume', choices, { signal });
}

/** Roles by their ARN; with names of accounts, sorted by name and role (facts, cases 61 and 62). */
async function roleChoices(
  roles: readonly Role[],
  source: Source,
  settings: Settings,
  { system, log }: FederateParts,
): Promise<readonly Choice<Role>[]> {
  if (!settings.resolveAliases) return roles.map((role) => ({ value: role, label: role.roleArn }));
  const { accountNames } = await import('./aws/accounts.ts');
  const request = {
    saml: source.response,
    destination: source.assertion.destination,
    region: settings.region,
  };
  const names = await accountNames(roles, request, { ...system, log }, system.signal);
  const nameOf = (role: Role): string => names.get(role.account) ?? role.account;
  return roles
    .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)) || a.name.localeCompare(b.name))
    .map((role) => ({ value: role, label: `${nameOf(role)}  ${role.name}`, detail: role.roleArn }));
}
