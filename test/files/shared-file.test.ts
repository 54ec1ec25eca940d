/** A file that other programs empty and rewrite without a lock loses nothing. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AwsFiles, updateIn } from '../support/shared-files.ts';
import { readSharedFile, readWhole, replaceSharedFile } from '../../src/files/shared-file.ts';

const signal = new AbortController().signal;
const OLD = '[keep]\naws_access_key_id = AKIAKEEP\n';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauth-shared-'));
  path = join(folder, 'credentials');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A program as `aws configure set`: opens the file, which empties it, and writes it after a while. */
async function rewrite(text: string, pauseMs: number): Promise<void> {
  const file = openSync(path, 'w');
  await sleep(pauseMs);
  writeSync(file, text);
  closeSync(file);
}

describe('readWhole', () => {
  test.each([5, 200, 1000])(
    'waits for a writer that has just emptied the file, for %d ms',
    async (pauseMs) => {
      await writeFile(path, OLD);
      await readSharedFile(path);
      const writing = rewrite(`${OLD}[more]\na = 1\n`, pauseMs);
      expect((await readWhole(path, signal)).text).toBe(`${OLD}[more]\na = 1\n`);
      await writing;
    },
  );

  test('waits for one that empties it before it was ever read', async () => {
    await writeFile(path, OLD);
    const writing = rewrite(OLD, 300);
    expect((await readWhole(path, signal)).text).toBe(OLD);
    await writing;
  });

  test('waits for one that has written only a part', async () => {
    await writeFile(path, OLD);
    const file = openSync(path, 'w');
    writeSync(file, OLD.slice(0, 20));
    const reading = readWhole(path, signal);
    await sleep(300);
    writeSync(file, OLD.slice(20));
    closeSync(file);
    expect((await reading).text).toBe(OLD);
  });

  test('accepts a short, an empty and an incomplete file that has not changed for a while', async () => {
    for (const [index, text] of ['[x]\n', '', '[x]\na = 1'].entries()) {
      path = join(folder, String(index));
      await writeFile(path, text);
      await utimes(path, new Date(), new Date(Date.now() - 60_000));
      expect((await readWhole(path, signal)).text).toBe(text);
    }
    path = join(folder, 'none');
    expect(await readWhole(path, signal)).toEqual({
      ...{ text: '', version: undefined, isRecent: false, isContended: false },
    });
  });

  test('accepts what it wrote itself, and a shorter file that does not change', async () => {
    await writeFile(path, OLD);
    const { version } = await readWhole(path, signal);
    const check = () => Promise.resolve(true);
    expect(await replaceSharedFile(path, '[x]', version, { signal, check })).toEqual({ kind: 'replaced' });
    expect((await readWhole(path, signal)).isRecent).toBe(false);
    await writeFile(path, '[]\n');
    expect((await readWhole(path, signal)).text).toBe('[]\n');
  });

  test('refuses a file that was emptied during this run and stays empty', async () => {
    await writeFile(path, OLD);
    await readSharedFile(path);
    await writeFile(path, '');
    await expect(readWhole(path, signal)).rejects.toMatchObject({
      code: 'LOCKED',
      message: `another program emptied ${path} while gauth was running`,
    });
  });

  test('ends with the signal', async () => {
    await writeFile(path, '');
    const stop = new AbortController();
    const reading = readWhole(path, stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('replaceSharedFile', () => {
  const check = () => Promise.resolve(true);

  test('does not replace a file that has changed since it was read, and leaves no other file', async () => {
    await writeFile(path, OLD);
    const { version } = await readWhole(path, signal);
    const late = async () => {
      await writeFile(path, `${OLD}[late]\n`);
      return true;
    };
    expect(await replaceSharedFile(path, 'new', version, { signal, check: late })).toEqual({
      kind: 'changed',
    });
    expect([readFileSync(path, 'utf8'), await readdir(folder)]).toEqual([`${OLD}[late]\n`, ['credentials']]);
    expect(await replaceSharedFile(path, 'new', undefined, { signal, check })).toEqual({ kind: 'changed' });
  });

  test('does not replace it if the check fails', async () => {
    await writeFile(path, OLD);
    const { version } = await readWhole(path, signal);
    const no = () => Promise.resolve(false);
    expect(await replaceSharedFile(path, 'new', version, { signal, check: no })).toEqual({ kind: 'changed' });
    expect([readFileSync(path, 'utf8'), await readdir(folder)]).toEqual([OLD, ['credentials']]);
  });

  test('does not replace a file that was created in the meantime', async () => {
    const late = async () => {
      await writeFile(path, OLD);
      return true;
    };
    expect(await replaceSharedFile(path, 'new', undefined, { signal, check: late })).toEqual({
      kind: 'changed',
    });
    expect(readFileSync(path, 'utf8')).toBe(OLD);
  });
});

describe('a profile that is written beside such a program', () => {
  test.each([1, 50, 500])(
    'keeps what the other program writes %d ms after it has emptied the file',
    async (pauseMs) => {
      await writeFile(path, OLD);
      const files: AwsFiles = { config: join(folder, 'config'), credentials: path };
      await readSharedFile(path);
      const writing = rewrite(`${OLD}[other]\na = 1\n`, pauseMs);
      await updateIn(files, 'x', [['aws_access_key_id', 'ASIAX']]);
      await writing;
      expect(readFileSync(path, 'utf8')).toBe(`${OLD}[other]\na = 1\n\n[x]\naws_access_key_id = ASIAX\n\n`);
    },
  );
});
