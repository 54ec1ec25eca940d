/** A replaced file gives nobody more access than before. */
import { chmod, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { preservePermissions } from '../../src/files/permissions.ts';
import { LINUX, POSIX } from '../support/needs.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauth-rights-'));
  path = join(folder, 'credentials');
  await writeFile(path, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** The mode of a new file that takes the place of one with this mode. */
async function modeLike(mode: number, canChown = true): Promise<string> {
  const { uid, gid } = await stat(path);
  const file = await open(join(folder, 'new'), 'w', 0o600);
  if (!canChown) vi.spyOn(file, 'chown').mockRejectedValue(new Error('EPERM'));
  try {
    await preservePermissions(file, [join(folder, 'new'), path], {
      mode,
      uid,
      gid: canChown ? gid : gid + 1,
    });
    return ((await file.stat()).mode & 0o7777).toString(8);
  } finally {
    await file.close();
  }
}

describe('the mode', POSIX, () => {
  test.each([0o600, 0o640, 0o664, 0o604, 0o444])('%o stays with the group', async (mode) => {
    expect(await modeLike(mode)).toBe(mode.toString(8));
  });

  test.each([
    [0o600, '600'],
    [0o640, '600'],
    [0o660, '600'],
    [0o664, '644'],
    [0o644, '644'],
    [0o604, '600'],
  ])('%o becomes %s if the group cannot be kept', async (mode, left) => {
    expect(await modeLike(mode, false)).toBe(left);
  });
});

test('what an access control list allowed is not given to the group instead', LINUX, async () => {
  // setfacl is not everywhere: an ls that shows a list.
  await writeFile(
    join(folder, 'ls'),
    '#!/bin/sh\necho "-rw------- 1 0 0 0 Nov 25 03:00 $2"\necho "-rw-r-----+ 1 0 0 0 Nov 25 03:00 $3"\n',
  );
  await chmod(join(folder, 'ls'), 0o755);
  vi.stubEnv('PATH', folder + delimiter + String(process.env.PATH));
  expect([await modeLike(0o640), await modeLike(0o644)]).toEqual(['600', '644']);
});
