/** Files in folders that others write to: whose folder and whose sessions are taken. */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ownFiles } from '../../src/aws/own.ts';
import { isOwn } from '../../src/aws/places.ts';
import { temporaryHome } from '../fakes/system.ts';
import type { Line } from '../fakes/terminal.ts';
import { FLAGS, USER, organisation } from '../support/organisation.ts';
import { tell } from '../support/story.ts';
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

it('this user, and root, put what may be taken; root takes anything', () => {
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(US);
  expect([US, 0, OTHER].map((uid) => isOwn({ uid }))).toEqual([true, true, false]);
  getuid.mockReturnValue(0);
  expect(isOwn({ uid: OTHER })).toBe(true);
});

describe('a credentials file in a folder of many', ROOT, () => {
  it("has nothing of gauth's beside it where another user prepared the place", async () => {
    const { home, folder, env } = shared();
    const sessions = join(folder, 'gauth', 'sessions');
    mkdirSync(sessions, { recursive: true });
    const trap = join(sessions, 'sts-temp.json');
    writeFileSync(trap, '{}');
    chmodSync(trap, 0o666);
    for (const path of [join(folder, 'gauth'), sessions, trap]) chownSync(path, OTHER, OTHER);

    const world = organisation();
    const told = await tell(world, FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(told.status).toBe(0);
    expect(readFileSync(trap, 'utf8')).toBe('{}');
    expect(existsSync(join(home, '.aws/gauth/sessions/sts-temp.json'))).toBe(true);
    const again = await tell(world, ['credential-process', '-p', 'sts-temp'], { home, env });
    expect(again).toMatchObject({ status: 0, err: '', toGoogle: 0 });
    expect(again.out).toContain(world.sts.keys[0]?.accessKeyId);
  });

  it('has a folder of ours beside it before others make one', async () => {
    const { folder, home, env } = shared();
    expect(await ownFiles(env, home)).not.toHaveProperty('store');
    expect(statSync(join(folder, 'gauth')).mode & 0o777).toBe(0o700);
  });

  it('has a folder of ours closed to others', async () => {
    const { folder, home, env } = shared();
    mkdirSync(join(folder, 'gauth'));
    chmodSync(join(folder, 'gauth'), 0o777);
    expect(await ownFiles(env, home)).not.toHaveProperty('store');
    expect(statSync(join(folder, 'gauth')).mode & 0o777).toBe(0o700);
  });

  it('and a home folder that is prepared as well are an error', async () => {
    const { folder, home, env } = shared();
    for (const path of [join(folder, 'gauth'), join(home, '.aws', 'gauth')]) {
      mkdirSync(path, { recursive: true });
      chownSync(path, OTHER, OTHER);
    }
    const told = await tell(organisation(), FLAGS, { home, env, dialogue: [] });
    expect(told).toMatchObject({ status: 5, toGoogle: 0 });
    expect(told.err).toMatch(
      /gauth is another user's, or may be written by others \(FILE\)\n {2}have it made yours: sudo chown/,
    );
  });

  it("has no SAML response beside it that is another's", async () => {
    const { folder, home, env } = shared();
    const world = organisation();
    const response = world.issuer.issue({ roles: [...(USER.roles ?? [])] });
    const cache = join(folder, 'saml_cache_C01abc2de.xml');
    writeFileSync(cache, Buffer.from(response, 'base64'));
    chownSync(cache, OTHER, OTHER);
    const told = await tell(world, FLAGS, { home, env, dialogue: [PASSWORD] });
    expect(told.status).toBe(0);
    expect(told.toGoogle).toBeGreaterThan(0);
  });
});
