/** Profile names for roles, made from a template such as `{alias}-{role}`. Pure. */
import type { Role } from '../aws/roles.ts';

/**
 * A unique name for each role, in the same order. `{alias}` is the account alias (or the account number if there is none),
 * `{account}` the account number, `{role}` the role name. If the template does not distinguish two roles, the account
 * number is added, then a counter. Characters that AWS tools or shells may not handle become hyphens.
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
    const name = sanitisedName(filled) || sanitisedName(role.name);
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

/** Letters and digits of every script, and the characters that IAM allows in role names, except the comma. */
function sanitisedName(text: string): string {
  return text.replace(/[^\p{L}\p{N}_.@+=]+/gu, '-').replace(/^-+|-+$/g, '');
}
