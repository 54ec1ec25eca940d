/** `gauth logout`: removes what belongs to one account, and nothing of another. */
import { expect, it } from 'vitest';
import { type Organisation, USER } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';
import { signedIn } from '../support/signed-in.ts';

/** Two profiles of one account, each with a cached session, and one of another user that has been copied from it. */
async function withProfiles(): Promise<{ world: Organisation; home: string }> {
  return signedIn(
    ['prod', 'test'],
    '\n[profile other]\nregion = us-east-1\ngoogle_config.google_username = other@example.com\ngoogle_config.google_idp_id = C09other\n',
  );
}

function sessions(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(files).filter((path) => path.startsWith('.aws/gauth/sessions/'));
}

it.each([
  ['a profile of it', ['-p', 'prod']],
  ['its address', ['-u', USER.email.toUpperCase()]],
])('removes the cached data of all profiles of an account, by %s', async (_, flags) => {
  const { world, home } = await withProfiles();
  expect(sessions((await runScenario(world, ['profiles'], { home })).files)).toHaveLength(2);
  const result = await runScenario(world, ['logout', ...flags], { home });
  expect(result.status, result.err).toBe(0);
  expect(result.err).toMatch(
    /the SAML response, the cached credentials of profile prod, the cached credentials of profile test\.\n$/,
  );
  expect(sessions(result.files)).toEqual([]);
  expect(Object.keys(result.files).filter((path) => /saml_cache|responses/.test(path))).toEqual([]);
  // What the files of AWS have stays.
  expect(result.credentials).toContain('[test]');
});

it('leaves another account alone', async () => {
  const { world, home } = await withProfiles();
  const result = await runScenario(world, ['logout', '-p', 'other'], { home });
  expect(result.err).toBe('Nothing was saved.\n');
  expect(sessions(result.files)).toHaveLength(2);
});
