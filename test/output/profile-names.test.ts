/** Names of profiles: by the template, unique, and accepted by every tool. */
import { describe, expect, it } from 'vitest';
import { type Role, parseRoles } from '../../src/aws/roles.ts';
import { profileNames } from '../../src/output/profile-names.ts';

function roles(...arns: readonly string[]): readonly Role[] {
  return parseRoles(
    arns.map((arn) => `arn:aws:iam::${arn},arn:aws:iam::111111111111:saml-provider/GoogleApps`),
  );
}

const NAMES = new Map([
  ['111111111111', 'prod'],
  ['222222222222', 'Sand box (old) [x]'],
]);

describe('profileNames', () => {
  it.each([
    ['{alias}-{role}', ['prod-admin', 'Sand-box-old-x-admin', '333333333333-admin']],
    ['{account}.{role}', ['111111111111.admin', '222222222222.admin', '333333333333.admin']],
    ['aws/{alias}', ['aws-prod', 'aws-Sand-box-old-x', 'aws-333333333333']],
    ['{role}', ['admin', 'admin-222222222222', 'admin-333333333333']],
    ['same', ['same', 'same-222222222222', 'same-333333333333']],
    ['{nonsense}', ['nonsense', 'nonsense-222222222222', 'nonsense-333333333333']],
    ['[]', ['admin', 'admin-222222222222', 'admin-333333333333']],
  ])('fills %s', (template, names) => {
    const all = roles('111111111111:role/admin', '222222222222:role/admin', '333333333333:role/admin');
    expect(profileNames(all, template, NAMES)).toEqual(names);
  });

  it('numbers profiles that neither name nor account distinguishes', () => {
    const all = roles(
      '111111111111:role/admin',
      '111111111111:role/a/admin',
      '111111111111:role/b/admin',
      '111111111111:role/c/admin',
    );
    expect(profileNames(all, '{alias}-{role}', NAMES)).toEqual([
      'prod-admin',
      'prod-admin-111111111111',
      'prod-admin-2',
      'prod-admin-3',
    ]);
  });

  it('keeps letters of every script, and no comma', () => {
    expect(
      profileNames(roles('111111111111:role/a,b'), '{alias}_{role}', new Map([['111111111111', '東京 é']])),
    ).toEqual(['東京-é_a-b']);
  });
});
