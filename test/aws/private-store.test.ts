/** Files in folders that others can write: which folders and sessions are accepted. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { locateFiles } from '../../src/aws/private-store.ts';
import { isOwnedByUser } from '../../src/files/file-owner.ts';
import { temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { FLAGS, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';
import { ROOT } from '../support/needs.ts';

const [US, OTHER] = [1234, 65534];
const PASSWORD: Line = [/^Google Password: $/, USER.password];

afterEach(() => {
  vi.restoreAllMocks();
});

/** Root's files count as everybody's, and the tests may run as root: so the folder of others gets another owner. */
function shared(): { readonly home: string; readonly folder: string; readonly env: Record<string, string> } {
  const home = temporaryHome();
  const folder = join(home, 'shared');
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  vi.spyOn(process, 'getuid').mockReturnValue(US);
  return { home, folder, env: { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') } };
}

it("only this user's files and root's are accepted, by root too", () => {
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(US);
  expect([US, 0, OTHER].map((uid) => isOwnedByUser({ uid }))).toEqual([true, true, false]);
  getuid.mockReturnValue(0);
  expect([0, OTHER].map((uid) => isOwnedByUser({ uid }))).toEqual([true, false]);
});

describe('a credentials file in a shared folder', ROOT, () => {
  it('has no file of gauth beside it if another user has prepared the folder', async () => {
    const { home, folder, env } = shared();
    const sessions = join(folder, 'gauth', 'sessions');
    mkdirSync(sessions, { recursive: true });
    const trap = join(sessions, 'sts-temp.json');
    writeFileSync(trap, '{}');
    chmodSync(trap, 0o666);
    for (const path of [join(folder, 'gauth'), sessions, trap]) chownSync(path, OTHER, OTHER);

    const world = organisation();
    const result = await runScenario(world, FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(readFileSync(trap, 'utf8')).toBe('{}');
    expect(existsSync(join(home, '.aws/gauth/sessions/sts-temp.json'))).toBe(true);
    const again = await runScenario(world, ['credential-process', '-p', 'sts-temp'], { home, env });
    expect(again).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(again.out).toContain(world.sts.keys[0]?.accessKeyId);
  });

  it('has a folder of gauth beside it before others create one', async () => {
    const { folder, home, env } = shared();
    expect(await locateFiles(env, home)).not.toHaveProperty('store');
    expect(statSync(join(folder, 'gauth')).mode & 0o777).toBe(0o700);
  });

  it('has a folder of gauth that others cannot open', async () => {
    const { folder, home, env } = shared();
    mkdirSync(join(folder, 'gauth'));
    chmodSync(join(folder, 'gauth'), 0o777);
    expect(await locateFiles(env, home)).not.toHaveProperty('store');
    expect(statSync(join(folder, 'gauth')).mode & 0o777).toBe(0o700);
  });

  it('and a home folder that another user has prepared are an error', async () => {
    const { folder, home, env } = shared();
    for (const path of [join(folder, 'gauth'), join(home, '.aws', 'gauth')]) {
      mkdirSync(path, { recursive: true });
      chownSync(path, OTHER, OTHER);
    }
    const result = await runScenario(organisation(), FLAGS, { home, env, dialogue: [] });
    expect(result).toMatchObject({ status: 5, toGoogle: 0 });
    expect(result.err).toMatch(
      /gauth belongs to another user, or others can write to it \(FILE\)\n {2}change its owner: sudo chown/,
    );
  });

  it('has no SAML response of another user beside it', async () => {
    const { folder, home, env } = shared();
    const world = organisation();
    const response = world.issuer.issue({ roles: [...(USER.roles ?? [])] });
    const cache = join(folder, 'saml_cache_C01abc2de.xml');
    writeFileSync(cache, Buffer.from(response, 'base64'));
    chownSync(cache, OTHER, OTHER);
    const result = await runScenario(world, FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(result.toGoogle).toBeGreaterThan(0);
  });

  it('is not written through a link of another user', async () => {
    const { folder, home, env } = shared();
    const mine = join(home, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'file'), 'precious');
    chmodSync(mine, 0o775);
    symlinkSync(mine, join(folder, 'gauth'));
    symlinkSync(join(mine, 'file'), join(folder, 'saml_cache_C01abc2de.xml'));
    const result = await runScenario(organisation(), FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    expect(readFileSync(join(mine, 'file'), 'utf8')).toBe('precious');
    expect(readdirSync(mine)).toEqual(['file']);
    expect(statSync(mine).mode & 0o777).toBe(0o775);
    // The SAML response is in the private store.
    expect(readdirSync(join(home, '.aws/gauth/responses'))).toContain('saml_cache_C01abc2de.xml');
  });

  it("and root as the user: no file keeps another user's ownership, so that nobody reads what is written to it", async () => {
    const { folder, home, env } = shared();
    vi.mocked(process.getuid as () => number).mockReturnValue(0);
    for (const name of ['credentials', 'saml_cache_C01abc2de.xml']) {
      writeFileSync(join(folder, name), '');
      chownSync(join(folder, name), OTHER, OTHER);
      utimesSync(join(folder, name), 0, 0);
    }
    const result = await runScenario(organisation(), FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(result.status).toBe(0);
    const found = statSync(join(folder, 'credentials'));
    expect([found.uid, found.mode & 0o777]).toEqual([0, 0o600]);
    expect(readFileSync(join(folder, 'saml_cache_C01abc2de.xml'), 'utf8')).toBe('');
  });
});

describe('a session of another user', ROOT, () => {
  it('is not returned by the program either', async () => {
    const home = temporaryHome();
    const world = organisation();
    expect((await runScenario(world, FLAGS, { home, dialogue: [PASSWORD] })).status).toBe(0);
    for (const path of ['gauth/sessions/sts-temp.json', 'saml_cache_C01abc2de.xml']) {
      chownSync(join(home, '.aws', path), OTHER, OTHER);
    }
    // With a flag the program decides, and not the fast path.
    const again = await runScenario(world, ['credential-process', '-p', 'sts-temp', '-l', 'info'], {
      home,
      dialogue: [[/Google Password: $/, USER.password]],
    });
    expect(again.status).toBe(0);
    expect(again.toGoogle).toBeGreaterThan(0);
  });
});
