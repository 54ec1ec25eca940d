/** Parsing roles tolerantly, and choosing one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseRole,
  parseRoleArn,
  parseRoles,
  isRoleArn,
  type Role,
  type RoleFilter,
} from '../../src/aws/roles.ts';
import { GauthError } from '../../src/errors.ts';

const provider = (partition = 'aws', account = '123456789012') =>
  `arn:${partition}:iam::${account}:saml-provider/GoogleApps`;
const arn = (name: string, partition = 'aws', account = '123456789012') =>
  `arn:${partition}:iam::${account}:role/${name}`;

function refusal(action: () => unknown): GauthError {
  try {
    action();
  } catch (error) {
    if (error instanceof GauthError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('rolesOf', () => {
  const plain = [{ roleArn: arn('x'), principalArn: provider() }];

  it.each([
    ['the role first', `${arn('x')},${provider()}`, plain],
    ['the provider first', `${provider()},${arn('x')}`, plain],
    ['blanks around the comma', `${arn('x')} , ${provider()}`, plain],
    ['line breaks', `\n  ${arn('x')},\n  ${provider()}\n`, plain],
    ['a line break instead of a comma', `${arn('x')}\n${provider()}`, plain],
    ['case 38: a trailing comma', `${arn('x')},${provider()},`, plain],
    ['a trailing comma and blanks', `${arn('x')},${provider()} , `, plain],
    [
      'commas in the role name',
      `${arn('a,b=c')},${provider()}`,
      [{ roleArn: arn('a,b=c'), principalArn: provider() }],
    ],
    [
      'a path',
      `${arn('team/eu/x')},${provider()}`,
      [{ roleArn: arn('team/eu/x'), principalArn: provider(), name: 'x', path: '/team/eu/' }],
    ],
    [
      'nine digits',
      `${arn('x', 'aws', '123456789')},${provider('aws', '123456789')}`,
      [{ roleArn: arn('x', 'aws', '123456789'), account: '123456789' }],
    ],
    [
      'China',
      `${arn('x', 'aws-cn')},${provider('aws-cn')}`,
      [{ roleArn: arn('x', 'aws-cn'), partition: 'aws-cn' }],
    ],
    [
      'GovCloud with a region in both ARNs',
      'arn:aws-us-gov:iam:us-gov-west-1:123456789012:role/x,arn:aws-us-gov:iam:us-gov-west-1:123456789012:saml-provider/G',
      [{ partition: 'aws-us-gov', account: '123456789012', name: 'x', path: '/' }],
    ],
    ['the sovereign cloud', `${arn('x', 'aws-eusc')},${provider('aws-eusc')}`, [{ partition: 'aws-eusc' }]],
    ['a secret region', `${arn('x', 'aws-iso-b')},${provider('aws-iso-b')}`, [{ partition: 'aws-iso-b' }]],
    [
      'a Chinese role with a commercial provider',
      `${arn('x', 'aws-cn')},${provider()}`,
      [{ partition: 'aws-cn', principalArn: provider() }],
    ],
    ['no provider', arn('x'), []],
    ['two roles', `${arn('x')},${arn('y')}`, []],
    ['three ARNs', `${arn('x')},${provider()},${arn('y')}`, []],
    ['other words', 'admin,GoogleApps', []],
    ['escape sequences in the path', `${arn('\u001b[2J/x')},${provider()}`, []],
    ['nothing', '', []],
    ['a value far longer than two ARNs', `${arn('x')},${' '.repeat(100_000)}${provider()}`, []],
  ])('reads %s', (_, value, roles) => {
    expect(parseRoles([value])).toMatchObject(roles);
    expect(parseRoles([value])).toHaveLength(roles.length);
  });

  it('keeps the order of the assertion and removes duplicates', () => {
    const values = [arn('b'), arn('a'), arn('b'), arn('c')].map((role) => `${role},${provider()}`);
    expect(parseRoles(values).map((role) => role.name)).toEqual(['b', 'a', 'c']);
  });

  it('returns a role with two providers twice', () => {
    const values = ['One', 'Two'].map(
      (name) => `${arn('x')},arn:aws:iam::123456789012:saml-provider/${name}`,
    );
    expect(parseRoles(values)).toHaveLength(2);
  });

  it('accepts any text without failing, and returns only complete roles', () => {
    const part = fc.constantFrom(
      'arn:',
      'aws',
      ':iam:',
      ':',
      '123456789012',
      'role/',
      'saml-provider/',
      ',',
      ' ',
      '\n',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        for (const role of parseRoles([parts.join('')])) expect(parseRoleArn(role.roleArn)).toBeDefined();
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

describe('validRoleArn', () => {
  it.each([
    [arn('x'), true],
    [arn('team/x'), true],
    [arn('x', 'aws-cn'), true],
    [arn('x', 'aws-us-gov'), true],
    [arn('x', 'aws-iso-b'), true],
    [arn('x', 'aws', '123456789'), false],
    ['arn:aws:iam:us-east-1:123456789012:role/x', false],
    ['arn:aws:iam::123456789012:user/x', false],
    ['arn:aws:iam::123456789012:role/', false],
    ['arn:aws:iam::123456789012:role/x y', false],
    [`${arn('x')}\n`, false],
    ['admin', false],
  ])('%j is %s', (text, valid) => {
    expect(isRoleArn(text)).toBe(valid);
  });
});

describe('chooseRole', () => {
  const roles: readonly Role[] = parseRoles([
    `${arn('admin')},${provider()}`,
    `${arn('read-only')},${provider()}`,
    `${arn('admin', 'aws', '999999999999')},${provider('aws', '999999999999')}`,
  ]);
  const [first, second, third] = roles;
  const only = roles.slice(0, 1);

  it.each<[string, readonly Role[], RoleFilter, unknown]>([
    ['case 64: a single role is taken without asking', only, {}, { kind: 'one', role: first }],
    ['several roles are for the picker, in their order', roles, {}, { kind: 'many', roles }],
    [
      'case 51: a role named and offered is taken',
      roles,
      { roleArn: arn('read-only') },
      { kind: 'one', role: second },
    ],
    [
      'case 52: a role named, and the picker asked for',
      roles,
      { roleArn: arn('admin'), askRole: true },
      { kind: 'many', roles },
    ],
    [
      'the picker asked for with a single role has nothing to pick',
      only,
      { askRole: true },
      { kind: 'one', role: first },
    ],
    [
      'case 63: an account narrows the list',
      roles,
      { account: '123456789012' },
      { kind: 'many', roles: [first, second] },
    ],
    [
      'case 63: an account with one role settles it',
      roles,
      { account: '999999999999' },
      { kind: 'one', role: third },
    ],
    ['case 63: any part of the ARN will do', roles, { account: 'role/read' }, { kind: 'one', role: second }],
    [
      'a role named wins over an account',
      roles,
      { roleArn: arn('admin'), account: '9999' },
      { kind: 'one', role: first },
    ],
    [
      'a provider narrows the list',
      roles,
      { principalArn: provider('aws', '999999999999') },
      { kind: 'one', role: third },
    ],
    [
      'an encrypted assertion is believed when role and provider are named',
      [],
      { encrypted: true, roleArn: arn('admin'), principalArn: provider() },
      { kind: 'one', role: first },
    ],
  ])('%s', (_, offered, request, choice) => {
    expect(chooseRole(offered, request)).toEqual(choice);
  });

  it.each<[string, readonly Role[], RoleFilter, string, string, string]>([
    ['no role at all', [], {}, 'NO_ROLES', 'contains no AWS role', 'attribute Role'],
    [
      'no role at all although one is named',
      [],
      { roleArn: arn('admin'), principalArn: provider() },
      'NO_ROLES',
      'contains no',
      '',
    ],
    [
      'an encrypted assertion and no names',
      [],
      { encrypted: true },
      'NO_ROLES',
      'encrypted',
      'saml-provider',
    ],
    [
      'an encrypted assertion and a role alone',
      [],
      { encrypted: true, roleArn: arn('admin') },
      'NO_ROLES',
      'encrypted',
      'both',
    ],
    [
      'case 53: a role that is not offered',
      roles,
      { roleArn: arn('owner') },
      'ROLE_NOT_OFFERED',
      arn('owner'),
      `available: ${arn('admin')}`,
    ],
    [
      'case 63: an account without roles',
      roles,
      { account: '42424242' },
      'ROLE_NOT_OFFERED',
      '42424242',
      `available: ${arn('admin')}`,
    ],
    [
      'a provider without roles',
      roles,
      { principalArn: provider('aws', '1') },
      'ROLE_NOT_OFFERED',
      'provider',
      'available',
    ],
  ])('refuses %s', (_, offered, request, code, message, hint) => {
    const error = refusal(() => chooseRole(offered, request));
    expect(error.code).toBe(code);
    expect(error.exitStatus).toBe(4);
    expect(error.message).toContain(message);
    expect(error.hints.join('\n')).toContain(hint);
  });

  it('suggests the nearest names first, and no distant ones', () => {
    expect(refusal(() => chooseRole(roles, { roleArn: arn('Read_only') })).hints[0]).toContain(
      arn('read-only'),
    );
    expect(refusal(() => chooseRole(roles, { roleArn: arn('owner') })).hints[0]).toBe(
      `available: ${arn('admin')}`,
    );
  });

  it('does not choose another role for a misspelt one', () => {
    const two = parseRoles([`${arn('other')},${provider()}`]);
    expect(refusal(() => chooseRole(two, { roleArn: arn('nope') })).hints[0]).toBe(
      `available: ${arn('other')}`,
    );
  });

  it('lists ten of many', () => {
    const many = parseRoles(
      Array.from({ length: 500 }, (_, index) => `${arn(`role-${String(index)}`)},${provider()}`),
    );
    const { hints } = refusal(() => chooseRole(many, { roleArn: arn('elsewhere-entirely') }));
    expect(hints).toHaveLength(11);
    expect(hints.at(-1)).toContain('490 more');
  });
});
