/** Files are read whole or refused, and replaced whole or not at all. */
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { checkReplaceable, readTextFile, replaceFile } from '../../src/files/files.ts';
import { resolveTarget } from '../../src/files/symlinks.ts';
import { bundleChild, startChild } from '../fixtures/files/children.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauth-files-'));
  path = join(folder, 'config');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const modeOf = async (file: string) => ((await stat(file)).mode & 0o7777).toString(8);

describe('readTextFile', () => {
  test('returns every character, including a byte order mark and CRLF', async () => {
    await writeFile(path, '\ufeff[é]\r\n');
    expect(await readTextFile(path)).toBe('\ufeff[é]\r\n');
  });

  test('returns undefined if there is no file', async () => {
    expect(await readTextFile(join(folder, 'none', 'config'))).toBeUndefined();
  });

  test('treats a device as no file', async () => {
    expect(await readTextFile('/dev/null')).toBeUndefined();
    expect(await readTextFile('/dev/zero')).toBeUndefined();
  });

  test.each([
    ['Latin-1', Buffer.from('a\r\nb\n\xfc\n', 'latin1'), 3],
    ['UTF-16', Buffer.from('\ufeff[x]\n', 'utf16le'), 1],
    ['a cut character', Buffer.from([10, 0xc3]), 2],
  ])('refuses %s and names the line', async (_, bytes, line) => {
    await writeFile(path, bytes);
    await expect(readTextFile(path)).rejects.toMatchObject({
      code: 'FILE',
      message: `cannot parse ${path}: line ${String(line)} is not UTF-8`,
    });
  });

  test('refuses anything that is no file, and files that are too large', async () => {
    await expect(readTextFile(folder)).rejects.toMatchObject({
      code: 'FILE',
      message: `${folder} is not a file`,
    });
    await writeFile(path, '12345');
    await expect(readTextFile(path, 4)).rejects.toMatchObject({
      code: 'FILE',
      message: `${path} is larger than 4 bytes`,
    });
  });

  test('reports why it cannot read, and what to do', async () => {
    await writeFile(path, '');
    await expect(readTextFile(join(path, 'x'))).rejects.toMatchObject({
      code: 'FILE',
      message: `cannot read ${join(path, 'x')}: a part of the path is a file instead of a folder`,
      hints: [`check it: ls -ld ${path}`],
    });
  });
});

describe('replaceFile', () => {
  test('creates a new file for its owner only, and its folders', async () => {
    const deep = join(folder, 'a', 'b', 'credentials');
    await replaceFile(deep, 'text');
    expect(await readFile(deep, 'utf8')).toBe('text');
    expect([
      await modeOf(deep),
      await modeOf(join(folder, 'a')),
      await modeOf(join(folder, 'a', 'b')),
    ]).toEqual(['600', '700', '700']);
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['credentials']);
  });

  test('keeps the mode of an old file, except for a secret of gauth', async () => {
    await writeFile(path, 'a');
    await chmod(path, 0o666);
    await replaceFile(path, 'b');
    expect(await modeOf(path)).toBe('666');
    await replaceFile(path, 'b', { secret: true });
    expect(await modeOf(path)).toBe('600');
  });

  test('refuses a read-only file, and a device', async () => {
    await writeFile(path, 'old');
    await chmod(path, 0o400);
    const readOnly = {
      code: 'FILE',
      message: `${path} is read-only`,
      hints: [`make it writable: chmod u+w ${path}`],
    };
    await expect(replaceFile(path, 'new')).rejects.toMatchObject(readOnly);
    await expect(checkReplaceable(path)).rejects.toMatchObject(readOnly);
    expect(await readFile(path, 'utf8')).toBe('old');
    const device = { code: 'FILE', message: '/dev/null is a device' };
    await expect(replaceFile('/dev/null', 'new')).rejects.toMatchObject(device);
    await expect(checkReplaceable('/dev/null')).rejects.toMatchObject(device);
  });

  test('does not write a file that has the same contents', async () => {
    await replaceFile(path, 'same');
    const before = await stat(path);
    await replaceFile(path, 'same');
    expect((await stat(path)).ino).toBe(before.ino);
    await replaceFile(path, 'diff');
    expect((await stat(path)).ino).not.toBe(before.ino);
  });

  test('replaces the target of symbolic links, also of chains and through linked folders', async () => {
    await mkdir(join(folder, 'dotfiles', 'aws'), { recursive: true });
    await writeFile(join(folder, 'dotfiles', 'real'), 'old');
    await symlink('../real', join(folder, 'dotfiles', 'aws', 'config'));
    await symlink(join('dotfiles', 'aws'), join(folder, '.aws'));
    const link = join(folder, '.aws', 'config');
    await replaceFile(link, 'new');
    expect(await readFile(join(folder, 'dotfiles', 'real'), 'utf8')).toBe('new');
    expect(await readlink(link)).toBe('../real');
  });

  test('creates the target of a dangling link', async () => {
    await symlink(join(folder, 'far', 'config'), path);
    await replaceFile(path, 'new');
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'far', 'config'), 'utf8')).toBe('new');
    expect(await resolveTarget(path)).toBe(join(folder, 'far', 'config'));
  });

  test('resolves .. from the target of a link, as the kernel does', async () => {
    for (const name of ['home/conf', 'home/.aws', 'mnt/x/dots', 'mnt/x/conf'])
      await mkdir(join(folder, name), { recursive: true });
    await symlink('../mnt/x/dots', join(folder, 'home', 'dots'));
    await symlink('../dots/../conf/config', join(folder, 'home', '.aws', 'config'));
    const link = join(folder, 'home', '.aws', 'config');
    const other = join(folder, 'home', 'conf', 'config');
    const real = join(folder, 'mnt', 'x', 'conf', 'config');
    await writeFile(other, 'of somebody else');
    // At first the link's end is missing, then it is there.
    for (const text of ['new', 'newer']) {
      await replaceFile(link, text);
      expect([await readFile(real, 'utf8'), await readFile(other, 'utf8')]).toEqual([
        text,
        'of somebody else',
      ]);
    }
    const typed = `${folder}/home/dots/../conf/config`;
    expect([await readTextFile(typed), await resolveTarget(typed)]).toEqual(['newer', await realpath(real)]);
  });

  test('refuses circular links, and anything that is no file', async () => {
    await symlink('config', path);
    await expect(replaceFile(path, 'x')).rejects.toMatchObject({ code: 'FILE' });
    await expect(replaceFile(folder, 'x')).rejects.toMatchObject({
      code: 'FILE',
      message: `${folder} is not a file`,
    });
  });

  test('removes what a killed process left, if it is of gauth and old', async () => {
    const old = join(folder, 'config.0123456789ab.gauth-tmp');
    const kept = ['config.ba9876543210.gauth-tmp', 'config.bak', 'credentials.0123456789ab.gauth-tmp'];
    for (const name of [old, ...kept.map((one) => join(folder, one))]) await writeFile(name, '');
    const yesterday = Date.now() / 1000 - 86_400;
    for (const name of ['config.bak', 'credentials.0123456789ab.gauth-tmp'])
      await utimes(join(folder, name), yesterday, yesterday);
    await utimes(old, yesterday, yesterday);
    await replaceFile(path, 'x');
    expect(await readdir(folder)).toEqual(['config', ...kept].sort());
  });

  test('judges age only by the clock of the files', async () => {
    const living = join(folder, 'config.0123456789ab.gauth-tmp');
    await writeFile(living, '');
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 7_200_000);
    await replaceFile(path, 'x');
    vi.restoreAllMocks();
    expect(await readdir(folder)).toContain('config.0123456789ab.gauth-tmp');
  });

  test('leaves the old or the new file if it is killed', async () => {
    const program = await bundleChild(folder);
    const whole = new Set(['old\n'.repeat(50_000), 'new\n'.repeat(50_000)]);
    await writeFile(path, 'old\n'.repeat(50_000));
    let changed = 0;
    for (let round = 0; round < 30; round += 1) {
      // Two at once, which is what two cores run.
      const children = [startChild(program, 'rewrite', path), startChild(program, 'rewrite', path)];
      for (const child of children) expect(await child.first).toBe('ready');
      await sleep(Math.random() * 20);
      const before = await readFile(path, 'utf8');
      for (const child of children) child.process.kill('SIGKILL');
      await Promise.all(children.map((child) => child.gone));
      const after = await readFile(path, 'utf8');
      expect(whole.has(before) && whole.has(after)).toBe(true);
      changed += (await readdir(folder)).length;
    }
    // Temporary files lie there, or no kill met a write.
    expect(changed).toBeGreaterThan(60);
  });
});
