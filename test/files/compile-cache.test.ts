/** Compiled code that is kept for the next run: by a small program of two modules, and by gauth itself. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { temporaryHome } from '../fakes/system.ts';
import { bundle } from '../support/bundle.ts';
import { POSIX } from '../support/needs.ts';

let keeper: string;
beforeAll(async () => {
  const made = await bundle(new URL('./fixtures/keep-compiled.ts', import.meta.url));
  keeper = made.program;
  return made.remove;
});

interface Program {
  readonly folder: string;
  readonly store: string;
  readonly path: string;
  /** Runs it; the result is what it prints. */
  run(build?: string, ...more: readonly string[]): string;
}

function program(): Program {
  const home = temporaryHome();
  const [folder, store] = [join(home, 'program'), join(home, 'store')];
  mkdirSync(folder);
  mkdirSync(store, { mode: 0o700 });
  writeFileSync(
    join(folder, 'main.cjs'),
    "if (process.argv[5]) require('./third.cjs'); exports.answer = () => require('./other.cjs').half() * 2;",
  );
  writeFileSync(join(folder, 'third.cjs'), 'exports.third = 3;');
  writeFileSync(join(folder, 'other.cjs'), 'exports.half = () => { const half = 21; return half; };');
  return {
    folder,
    store,
    path: join(store, 'compiled.bin'),
    run: (build = 'a', ...more) =>
      execFileSync(process.execPath, [keeper, folder, store, build, ...more], { encoding: 'utf8' }).trim(),
  };
}

describe('compiled code', () => {
  it('is written by the first run and used by the next', () => {
    const { run, path } = program();
    expect(run()).toBe('42 0 of 2');
    expect(statSync(path).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
    const first = readFileSync(path);
    expect(run()).toBe('42 2 of 2');
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  it('of a module that only some runs load is added, and that of the others is kept', () => {
    const { run } = program();
    expect(run('a')).toBe('42 0 of 2');
    expect(run('a', 'third')).toBe('42 2 of 3');
    expect(run('a', 'third')).toBe('42 3 of 3');
    expect(run('a')).toBe('42 2 of 2');
  });

  it('of another build is not used, and is replaced', () => {
    const { run } = program();
    run('a');
    expect(run('b')).toBe('42 0 of 2');
    expect(run('b')).toBe('42 2 of 2');
  });

  test.each([
    ['empty', (): Buffer => Buffer.alloc(0)],
    ['cut', (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 10)],
    [
      'with a header that is no JSON',
      (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace('{', '['), 'latin1'),
    ],
    ['of something else', (): Buffer => Buffer.from('x'.repeat(5000))],
  ])('is not used from a file that is %s', (_what, damage) => {
    const { run, path } = program();
    run();
    writeFileSync(path, damage(readFileSync(path)));
    expect(run()).toMatch(/^42 [01] of 2$/);
    expect(run()).toBe('42 2 of 2');
  });

  it('is not used from a file that others can write', POSIX, () => {
    const { run, path } = program();
    run();
    chmodSync(path, 0o646);
    expect(run()).toBe('42 0 of 2');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is neither read nor written in a folder that others can write, or that does not exist', POSIX, () => {
    const { run, path, store } = program();
    run();
    chmodSync(store, 0o777);
    expect(run()).toBe('42 0 of 0');
    chmodSync(store, 0o700);
    const other = program();
    const missing = join(other.store, 'none');
    const text = execFileSync(process.execPath, [keeper, other.folder, missing, 'a'], { encoding: 'utf8' });
    expect(text.trim()).toBe('42 0 of 0');
    expect(existsSync(missing)).toBe(false);
    expect(existsSync(path)).toBe(true);
  });
});
