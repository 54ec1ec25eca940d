/** The search in a list. */
import { expect, it, test } from 'vitest';
import { searchList, shortenArns } from '../../src/system/list-search.ts';

const ROLES = [
  ['111222333444', 'Reader', 'Acme Production'],
  ['111222333444', 'Admin', 'Acme Production'],
  ['555666777888', 'Reader', 'Acme Development'],
  ['555666777888', 'platform/Debugger', 'Acme Development'],
].map(([account = '', role = '', name = ''], index) => ({
  text: `[  ${String(index + 1)}] arn:aws:iam::${account}:role/${role}  ${name}`,
  number: index + 1,
}));

test.each([
  ['', [0, 1, 2, 3]],
  ['reader', [0, 2]],
  ['DEV reader', [2]],
  ['reader 5556', [2]],
  ['prod', [0, 1]],
  // A number is that of a row first.
  ['2', [1, 0]],
  ['4', [3, 0, 1]],
  ['555666', [2, 3]],
  // Letters in order, the closest first, after all exact ones.
  ['rdr', [0, 2, 3]],
  ['dbgr', [3]],
  ['acmprod', [0, 1]],
  ['devpm', [2, 3]],
  // All ARNs share these.
  ['role', []],
  ['role/adm', [1]],
  ['arn:aws:iam::111222333444:role/Reader', [0]],
  ['zzz', []],
  ['reader zzz', []],
])('"%s" finds %j', (typed, found) => {
  expect(searchList(ROLES, typed)).toEqual(found);
});

it('puts exact matches before approximate ones', () => {
  const items = ['d-e-v', 'xdev', 'dxev', 'dev'].map((text) => ({ text }));
  expect(searchList(items, 'dev')).toEqual([1, 3, 2, 0]);
});

it('shows the account and the name of a role instead of its ARN', () => {
  expect(shortenArns('[  1] arn:aws-us-gov:iam::111222333444:role/a/b  Acme')).toBe(
    '[  1] 111222333444 a/b  Acme',
  );
});
