/** A program that empties the file between gauth's last check and its rename, and writes it afterwards. */
import type * as Fs from 'node:fs';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { updateIn } from '../support/shared-files.ts';

/** What happens right before the next rename. */
const moment: { before?: (() => void) | undefined } = {};

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const renameSync: typeof fs.renameSync = (from, to) => {
    moment.before?.();
    moment.before = undefined;
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync };
});

test.each([
  [
    'adds a profile',
    '[keep]\naws_access_key_id = AKIAKEEP\n[other]\na = 1\n',
    ['[other]\na = 1\n', 'AKIAKEEP'],
  ],
  ['changes a key', '[keep]\naws_access_key_id = AKIANEW\n', ['AKIANEW']],
])('what it writes is kept when it %s', async (_, theirs, kept) => {
  const folder = await mkdtemp(join(tmpdir(), 'gauth-overtaken-'));
  const path = join(folder, 'credentials');
  await writeFile(path, '# mine\n[keep]\naws_access_key_id = AKIAKEEP\n');
  moment.before = () => {
    const file = openSync(path, 'w');
    setTimeout(() => {
      writeSync(file, theirs);
      closeSync(file);
    }, 200);
  };
  await updateIn({ config: join(folder, 'config'), credentials: path }, 'x', [
    ['aws_access_key_id', 'ASIAX'],
  ]);
  const text = readFileSync(path, 'utf8');
  for (const part of [...kept, '# mine\n', '[x]\naws_access_key_id = ASIAX\n']) expect(text).toContain(part);
  await rm(folder, { recursive: true });
});
