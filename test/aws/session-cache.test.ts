/** The session cache on a real disk: permissions, contents, and what is removed. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sessionCachePath, awsFilePaths, storeFolder } from '../../src/aws/paths.ts';
import type { Session } from '../../src/aws/session.ts';
import {
  removeCachedSessions,
  listCachedSessions,
  readCachedSession,
  removeExpired,
  writeCachedSessions,
} from '../../src/aws/session-cache.ts';
import { withLock } from '../../src/files/lock.ts';
import { Secret } from '../../src/secret.ts';
import { temporaryHome } from '../fakes/system.ts';
import { POSIX } from '../support/needs.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const { signal } = new AbortController();
let store: string;
beforeEach(() => {
  store = storeFolder(awsFilePaths({}, temporaryHome()));
});

function session(key: string, hours = 1): Session {
  return {
    accessKeyId: key,
    secretAccessKey: new Secret(`secret of ${key}`),
    sessionToken: new Secret(`token of ${key}`),
    expiration: new Date(NOW.getTime() + hours * 3_600_000),
    roleArn: 'arn:aws:iam::111222333444:role/saml-init',
    assumedRoleArn: 'arn:aws:sts::111222333444:assumed-role/saml-init/me@example.com',
    durationSeconds: 3600,
  };
}

async function write(profile: string, sessions: Record<string, Session>, now = NOW): Promise<void> {
  await writeCachedSessions(store, profile, { sessions }, now, signal);
}

describe('a session', () => {
  it('is read with its secrets as it was saved', async () => {
    await write('x', { wish: session('A') });
    const read = await readCachedSession(store, 'x', 'wish');
    expect(read).toEqual(session('A'));
    expect(read?.secretAccessKey.reveal()).toBe('secret of A');
    expect(read?.sessionToken.reveal()).toBe('token of A');
  });

  it('is not found under another request key or another profile', async () => {
    await write('x', { wish: session('A') });
    expect(await readCachedSession(store, 'x', 'constructor')).toBeUndefined();
    expect(await readCachedSession(store, 'y', 'wish')).toBeUndefined();
  });

  it('is kept beside those of other request keys until they expire', async () => {
    await write('x', { short: session('A', 1), long: session('B', 3) });
    await write('x', { new: session('C', 4) }, new Date(NOW.getTime() + 2 * 3_600_000));
    expect(await readCachedSession(store, 'x', 'short')).toBeUndefined();
    expect((await readCachedSession(store, 'x', 'long'))?.accessKeyId).toBe('B');
    expect((await readCachedSession(store, 'x', 'new'))?.accessKeyId).toBe('C');
  });

  it('is kept if many are written at the same time', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `wish${index}`);
    await Promise.all(names.map(async (name) => write('x', { [name]: session(name) })));
    for (const name of names) expect((await readCachedSession(store, 'x', name))?.accessKeyId).toBe(name);
  });

  it('is not found in a damaged file, which the next write replaces', async () => {
    await write('x', { wish: session('A') });
    writeFileSync(sessionCachePath(store, 'x'), '{"version":1,"profile":"x","sessions":{"wish":');
    expect(await readCachedSession(store, 'x', 'wish')).toBeUndefined();
    await write('x', { wish: session('B') });
    expect((await readCachedSession(store, 'x', 'wish'))?.accessKeyId).toBe('B');
  });
});

describe('on the disk', POSIX, () => {
  it('is in a file with mode 0600 in folders with mode 0700', async () => {
    await write('x', { wish: session('A') });
    const path = sessionCachePath(store, 'x');
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    for (const folder of [dirname(path), store])
      expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');
  });

  it.each(['../../x', 'a b', '.', 'CON:', 'ünicode', '*', 'a/b\\c', "it's"])(
    'stays in its folder for profile %s',
    async (profile) => {
      await write(profile, { wish: session('A') });
      expect((await readCachedSession(store, profile, 'wish'))?.accessKeyId).toBe('A');
      const [file = '', ...others] = readdirSync(join(store, 'sessions'));
      expect(others).toEqual([]);
      expect(file).toMatch(/^[\w%-]+\.json$/);
    },
  );
});

it.each(['ü'.repeat(36), 'a'.repeat(213), 'a'.repeat(5000), `${'a'.repeat(213)}b`])(
  'keeps the sessions of a profile with a name too long for a file',
  async (profile) => {
    await write(profile, { wish: session('A') });
    await write(`${profile}!`, { wish: session('B') });
    expect((await readCachedSession(store, profile, 'wish'))?.accessKeyId).toBe('A');
    expect((await listCachedSessions(store)).map((each) => each.profile).sort()).toEqual([
      profile,
      `${profile}!`,
    ]);
    expect(await removeCachedSessions(store, profile)).toBe(true);
  },
);

it('lists each session once, the one that expires last first, whatever else is in the folder', async () => {
  await write('x', { asked: session('A', 1), plain: session('A', 1), other: session('B', 3) });
  await write('y z', { wish: session('C', 2) });
  writeFileSync(join(store, 'sessions', 'notes.txt'), 'mine');
  writeFileSync(join(store, 'sessions', '%ff.json'), '{}');
  const listed = (await listCachedSessions(store)).map(
    (each) => `${each.profile} ${each.session.accessKeyId}`,
  );
  expect(listed).toEqual(['x B', 'y z C', 'x A']);
});

it('lists nothing without a store', async () => {
  expect(await listCachedSessions(store)).toEqual([]);
});

it('removes the sessions of one profile, and returns whether there were any', async () => {
  await write('x', { wish: session('A') });
  await write('y', { wish: session('B') });
  expect(await removeCachedSessions(store, 'x')).toBe(true);
  expect(await removeCachedSessions(store, 'x')).toBe(false);
  expect(await readCachedSession(store, 'y', 'wish')).toBeDefined();
});

it('removes files that are older than any session can be, and nothing else', async () => {
  await write('old', { wish: session('A') });
  await write('new', { wish: session('B') });
  mkdirSync(join(store, 'locks'));
  mkdirSync(join(store, 'jars'));
  const old = [sessionCachePath(store, 'old'), join(store, 'locks', 'x.gauth-tmp')];
  const staying = [sessionCachePath(store, 'new'), join(store, 'jars', 'me.jar')];
  for (const path of [old[1]!, staying[1]!]) writeFileSync(path, '');
  const before = new Date(Date.now() - 13 * 3_600_000);
  for (const path of [...old, staying[1]!]) utimesSync(path, before, before);
  await removeExpired(store, new Date());
  const left = readdirSync(store, { recursive: true }).map((path) => join(store, String(path)));
  expect(left.filter((path) => statSync(path).isFile()).sort()).toEqual(staying.sort());
});

it('removes what killed runs left beside jars, browser profiles and account data, and browser profiles that are long unused', async () => {
  const profile = (digit: string): string => join(store, 'browser', digit.repeat(16));
  for (const path of [join(store, 'jars'), profile('a'), profile('b'), profile('c')]) {
    mkdirSync(path, { recursive: true });
  }
  const day = 24 * 3_600_000;
  const aged = [
    [join(store, 'jars', 'x.jar.0123456789ab.gauth-tmp'), 1],
    [join(store, 'jars', 'lock.gauth-lock.0123456789abcdef.gauth-tmp'), 1],
    [join(store, 'learned.json.0123456789ab.gauth-tmp'), 1],
    [join(profile('a'), 'Cookies'), 31],
    [profile('a'), 31],
    [join(store, 'jars', 'x.jar'), 31],
    [join(store, 'learned.json'), 31],
    [join(profile('b'), 'Cookies'), 29],
    [profile('b'), 29],
  ] as const;
  for (const [path] of aged) if (!existsSync(path)) writeFileSync(path, '');
  for (const [path, days] of aged) {
    const before = new Date(Date.now() - days * day);
    utimesSync(path, before, before);
  }
  await removeExpired(store, new Date());
  expect(aged.map(([path]) => existsSync(path))).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
  expect(existsSync(profile('c'))).toBe(true);
});

it('leaves a lock to its holder even if the machine slept for longer than a session lasts', async () => {
  const path = join(store, 'locks', 'x');
  const before = new Date(Date.now() - 13 * 3_600_000);
  const locks = (): readonly string[] => readdirSync(join(store, 'locks'));
  await withLock(path, { signal }, async () => {
    utimesSync(`${path}.gauth-lock`, before, before);
    await removeExpired(store, new Date());
    expect(locks()).toEqual(['x.gauth-lock']);
  });
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  await withLock(path, { signal }, async () => {
    const own = JSON.parse(readFileSync(`${path}.gauth-lock`, 'utf8')) as object;
    writeFileSync(`${path}.gauth-lock`, JSON.stringify({ ...own, id: '0'.repeat(16), pid }));
    return Promise.resolve();
  });
  utimesSync(`${path}.gauth-lock`, before, before);
  await removeExpired(store, new Date());
  expect(locks()).toEqual([]);
});
