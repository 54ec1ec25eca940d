/** `gauth profiles`: lists, renames and removes profiles. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Organisation, organisation, USER } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';
import { signedIn } from '../support/signed-in.ts';

const CHAINED =
  '\n[profile dev]\nregion = us-east-1\nsource_profile = prod\nrole_arn = arn:aws:iam::555666777888:role/dev\n';
const FOREIGN = '\n# mine\n[profile other]\noutput = json\n';

/** The profiles prod and test, signed in, a chained one and one of another tool. */
async function withProfiles(): Promise<{ world: Organisation; home: string }> {
  return signedIn(['prod', 'test'], CHAINED + FOREIGN);
}

describe('the names', () => {
  it('are those of the profiles of gauth, one per line', async () => {
    const { world, home } = await withProfiles();
    expect(await runScenario(world, ['profiles'], { home })).toMatchObject({
      status: 0,
      out: 'prod\ntest\ndev\n',
      err: '',
    });
  });

  it('are none on a new machine', async () => {
    expect(await runScenario(organisation(), ['profiles'])).toMatchObject({ status: 0, out: '', err: '' });
  });
});

describe('a profile that is removed', () => {
  it('is shown first, and is then in no file any more; the others stay', async () => {
    const { world, home } = await withProfiles();
    const before = await runScenario(world, ['status', '--json'], { home });
    const result = await runScenario(world, ['profiles', 'remove', 'test'], {
      home,
      dialogue: [[/^Remove 1 profile\? \[y\/N\] $/, 'y']],
    });
    expect(result.status, result.err).toBe(0);
    expect(result.err).toMatch(
      /^Profile test:\n {2}\S+config: region, .*\n {2}\S+credentials: temporary credentials\n.*\nRemoved test\.\n$/s,
    );
    expect(result.config).not.toContain('test');
    expect(result.credentials).not.toContain('[test]');
    expect(result.credentials).toContain('[prod]');
    expect(result.config).toContain(CHAINED.trim());
    expect(result.config).toContain(FOREIGN.trim());
    expect(Object.keys(result.files)).not.toContain('.aws/gauth/sessions/test.json');
    expect(Object.keys(result.files)).toContain('.aws/gauth/sessions/prod.json');
    const after = await runScenario(world, ['status', '--json'], { home });
    expect(JSON.parse(before.out)).toHaveLength(3);
    expect(JSON.parse(after.out)).toHaveLength(2);
  });

  it.each(['', 'n', 'no'])('is kept after the answer "%s"', async (answer) => {
    const { world, home } = await withProfiles();
    const before = await runScenario(world, ['profiles'], { home });
    const result = await runScenario(world, ['profiles', 'remove', 'test'], {
      home,
      dialogue: [[/^Remove/, answer]],
    });
    expect(result.status).toBe(130);
    expect(result.err).toContain('nothing was removed');
    expect(result.config).toBe(before.config);
    expect(result.credentials).toBe(before.credentials);
  });

  it('is asked for again when the answer is neither yes nor no', async () => {
    const { world, home } = await withProfiles();
    const result = await runScenario(world, ['profiles', 'remove', 'test'], {
      home,
      dialogue: [
        [/^Remove/, 'maybe'],
        [/^Type y for yes or n for no\.\nRemove/, 'n'],
      ],
    });
    expect(result.status).toBe(130);
  });

  it('names the profiles that use it, and the Google session of the last one', async () => {
    const { world, home } = await withProfiles();
    const result = await runScenario(world, ['profiles', 'remove', '--yes', 'prod', 'test'], { home });
    expect(result.err).toContain('Profile dev gets its credentials from prod and will not work.\n');
    expect(result.err).toContain(
      `Removed prod, test.\nTo remove the saved Google session too: gauth logout -u ${USER.email}\n`,
    );
    expect(result.config).toBe(`${CHAINED}${FOREIGN}`.trimStart());
  });

  it('warns of long-term access keys', async () => {
    const { world, home } = await withProfiles();
    const credentials = join(home, '.aws', 'credentials');
    writeFileSync(credentials, '[test]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n');
    const result = await runScenario(world, ['profiles', 'remove', 'test'], {
      home,
      dialogue: [[/^Remove/, 'n']],
    });
    expect(result.err).toContain('LONG-TERM ACCESS KEYS, whose secret AWS cannot show again');
  });

  it.each([
    [['other'], /other is not a profile of gauth \(BAD_PROFILE\)/],
    [['tets'], /did you mean test\?/],
    [[], /needs the name of a profile \(MISSING_OPTION\)/],
  ])('must be one of gauth: %j', async (names, message) => {
    const { world, home } = await withProfiles();
    const result = await runScenario(world, ['profiles', 'remove', ...names], { home });
    expect(result.status).not.toBe(0);
    expect(result.err).toMatch(message);
  });

  it('needs a terminal or --yes', async () => {
    const { world, home } = await withProfiles();
    const result = await runScenario(world, ['profiles', 'remove', 'test'], { home });
    expect(result.err).toMatch(/\(NOT_INTERACTIVE\)\n {2}.*gauth profiles remove --yes test\n/);
  });
});

describe('a profile that is renamed', () => {
  it('keeps its keys, its session and the profiles that use it', async () => {
    const { world, home } = await withProfiles();
    const line =
      "credential_process = /usr/bin/node '/opt/ga uth/gauth.js' credential-process --profile prod";
    const config = join(home, '.aws', 'config');
    const before = await runScenario(world, ['profiles'], { home });
    writeFileSync(config, before.config.replace('[profile prod]\n', `[profile prod]\n${line}\n`));
    const result = await runScenario(world, ['profiles', 'rename', 'prod', 'my work'], { home });
    expect(result.status, result.err).toBe(0);
    expect(result.err).toBe('Renamed prod to my work, also as the source_profile of dev.\n');
    expect(result.config).toBe(
      before.config
        .replace('[profile prod]\n', `[profile 'my work']\n${line.replace(/prod$/, "'my work'")}\n`)
        .replace('source_profile = prod', 'source_profile = my work'),
    );
    expect(result.credentials).toBe(before.credentials.replace('[prod]', '[my work]'));
    const used = await runScenario(world, ['env', '-p', 'my work', '--shell', 'bash'], { home });
    expect(used).toMatchObject({ status: 0, toGoogle: 0 });
    expect(Object.keys(used.files)).not.toContain('.aws/gauth/sessions/prod.json');
  });

  it('is renamed to the end after an interruption', async () => {
    const { world, home } = await withProfiles();
    const before = await runScenario(world, ['profiles'], { home });
    writeFileSync(join(home, '.aws', 'config'), before.config.replace('[profile prod]', '[profile work]'));
    const result = await runScenario(world, ['profiles', 'rename', 'prod', 'work'], { home });
    expect(result.status, result.err).toBe(0);
    expect(result.credentials).toBe(before.credentials.replace('[prod]', '[work]'));
    expect(result.config).toContain('source_profile = work');
  });

  it.each([
    [['prod', 'test'], /the new name is already in \S+config \(BAD_PROFILE\)/],
    [['prod', 'other'], /the new name is already in \S+config \(BAD_PROFILE\)/],
    [['nosuch', 'x'], /nosuch is not a profile of gauth \(BAD_PROFILE\)/],
    [['prod', 'a]b'], /invalid profile name/],
    [['prod'], /needs the old name and the new one \(MISSING_OPTION\)/],
    [['a', 'b', 'c'], /needs the old name and the new one \(MISSING_OPTION\)/],
  ])('is not, in %j', async (names, message) => {
    const { world, home } = await withProfiles();
    const before = await runScenario(world, ['profiles'], { home });
    const result = await runScenario(world, ['profiles', 'rename', ...names], { home });
    expect(result.status).not.toBe(0);
    expect(result.err).toMatch(message);
    expect(result.config).toBe(before.config);
    expect(result.credentials).toBe(before.credentials);
  });
});

it('no other word follows gauth profiles', async () => {
  const result = await runScenario(organisation(), ['profiles', 'delete', 'x']);
  expect(result.status).toBe(2);
  expect(result.err).toContain('neither remove nor rename (BAD_OPTION)');
});
