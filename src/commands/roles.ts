/** `gauth roles`: lists the roles in the SAML response. */
import { chooseRole, type Role, parseRoles } from '../aws/roles.ts';
import { knownAccountNames, resolveAccountNames } from '../session/account-names.ts';
import { chooseProfile } from '../session/profile-choice.ts';
import { loadProfile } from '../session/profile-context.ts';
import type { System } from '../ports.ts';
import { withSamlResponse } from '../session/renewal.ts';
import type { Flags } from '../options/settings.ts';
import { table } from '../output/table.ts';

/** Throws GauthError NO_ROLES, ROLE_NOT_OFFERED (no role matches -A), and what a sign-in throws. */
export async function roles(given: Flags, system: System): Promise<void> {
  const opened = await loadProfile(await chooseProfile(given, system, 'use'), system);
  const { account, principalArn, resolveAliases, region, json } = opened.settings;
  const { result: source, saved } = await withSamlResponse(opened, system, async (found) =>
    Promise.resolve(found),
  );
  const { encrypted, roleValues } = source.assertion;
  const choice = chooseRole(parseRoles(roleValues), { account, principalArn, encrypted });
  const available = choice.kind === 'one' ? [choice.role] : choice.roles;
  const parts = { ...opened, system };
  const names = resolveAliases
    ? await resolveAccountNames(available, source, region, parts)
    : await knownAccountNames(parts);
  system.stdout.write(json ? asJson(available, names) : asTable(available, names));
  await saved;
}

function asTable(roles: readonly Role[], names: ReadonlyMap<string, string>): string {
  const rows = roles.map((role) => [
    role.account,
    names.get(role.account) ?? '-',
    role.name,
    role.roleArn,
    role.principalArn,
  ]);
  return table(['ACCOUNT', 'ALIAS', 'ROLE', 'ROLE ARN', 'PROVIDER ARN'], rows);
}

function asJson(roles: readonly Role[], names: ReadonlyMap<string, string>): string {
  const list = roles.map(({ account, name, roleArn, principalArn }) => ({
    account,
    alias: names.get(account) ?? null,
    name,
    roleArn,
    principalArn,
  }));
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
