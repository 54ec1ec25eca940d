/** Names for the profiles of roles, made by a template: `{alias}-{role}`. Pure. */
import type { Role } from '../aws/roles.ts';

/**
 * A name for each role, in their order, no two the same. `{alias}` is the account's name (its number where it has none),
 * `{account}` its number, `{role}` the role's name. Where the template does not tell two roles apart, the account's
 * number is added, then a number. What an AWS tool or a shell might stumble over becomes a hyphen.
 */
export function profileNames(
  roles: readonly Role[],
  template: string,
  accountNames: ReadonlyMap<string, string>,
): readonly string[] {
  const taken = new Set<string>();
  return roles.map((role) => {
    const alias = accountNames.get(role.account) ?? role.account;
    const values: Readonly<Record<string, string>> = { alias, account: role.account, role: role.name };
    const filled = template.replace(/\{(alias|account|role)\}/g, (_, word: string) => values[word] ?? '');
    const name = handy(filled) || handy(role.name);
    const unique =
      [name, `${name}-${role.account}`].find((each) => !taken.has(each)) ?? numbered(name, taken);
    taken.add(unique);
    return unique;
  });
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  let number = 2;
  while (taken.has(`${name}-${String(number)}`)) number += 1;
  return `${name}-${String(number)}`;
}

/** Letters and digits of every script, and what IAM has in names of roles, the comma excepted. */
function handy(text: string): string {
  return text.replace(/[^\p{L}\p{N}_.@+=]+/gu, '-').replace(/^-+|-+$/g, '');
}
