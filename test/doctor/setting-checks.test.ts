/** Values in profiles that gauth refuses. */
import { expect, it } from 'vitest';
import { checkValues } from '../../src/doctor/setting-checks.ts';

function check(...keys: readonly (readonly [key: string, value: string])[]): ReturnType<typeof checkValues> {
  return checkValues([{ name: 'a', config: new Map(keys) }]);
}

it.each([
  ['google_config.duration', '500', 'must be at least 900 seconds'],
  ['google_config.keyring', 'ja', 'must be true or false'],
  ['google_config.role_arn', 'nonsense', 'must be like arn:aws:iam::'],
])('finds %s = %s', (key, value, why) => {
  const [finding, ...others] = check([key, value]);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ check: 'unusable-value', level: 'problem' });
  expect(finding?.text).toContain(`profile a cannot be used by gauth: ${key} in the profile ${why}`);
});

it('finds nothing in what aws-google-auth writes, including None', () => {
  expect(check(['google_config.role_arn', 'None'], ['google_config.ask_role', 'True'])).toEqual([]);
  expect(check(['region', 'us-east-1'], ['google_config.duration', '43200'])).toEqual([]);
});
