/** Locks between processes, also after the death of a holder, and the locks of aws-google-auth. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, open, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { constants, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { withFlock } from '../../src/files/flock.ts';
import { createWaitBudget, withLock } from '../../src/files/lock.ts';
import { bundleChild, startChild } from '../fixtures/files/children.ts';
import { startReaders, testWith } from '../fixtures/files/readers.ts';
import { LINUX, needs, POSIX } from '../support/needs.ts';

const readers = await startReaders();
afterAll(async () => {
  await readers.stop();
});

let folder = '';
let path = '';
let lock = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauth-lock-'));
  path = join(folder, 'config');
  lock = `${path}.gauth-lock`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
const nothing = () => Promise.resolve('done');

/** What a lock file of this process says. */
async function ownLock(): Promise<Record<string, unknown>> {
  return withLock(
    path,
    { signal },
    async () => JSON.parse(await readFile(lock, 'utf8')) as Record<string, unknown>,
  );
}

/** What all open files have in common. */
async function openFiles(): Promise<Awaited<ReturnType<typeof open>>> {
  const file = await open(tmpdir());
  await file.close();
  return Object.getPrototypeOf(file) as typeof file;
}

/** Runs `work` as one who may not do everything, as root may. */
async function unprivileged<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return work();
  await chmod(folder, 0o777);
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

describe('withLock', () => {
  test('returns the result of the work and leaves no file', async () => {
    expect(await withLock(path, { signal }, nothing)).toBe('done');
    await expect(withLock(path, { signal }, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await readdir(folder)).toEqual([]);
  });

  test('separates two calls of one process', async () => {
    const steps: string[] = [];
    const work = (name: string) => () => {
      steps.push(`${name} in`);
      return sleep(10).then(() => steps.push(`${name} out`));
    };
    await Promise.all(['a', 'b', 'c'].map((name) => withLock(path, { signal }, work(name))));
    expect(steps.map((step) => step.split(' ')[1])).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  });

  test('names the running holder at the time limit, and leaves the lock to it', async () => {
    const error = await withLock(path, { signal }, () =>
      withLock(path, { signal, waitMs: 100 }, nothing).catch((one: unknown) => one),
    );
    expect(error).toMatchObject({
      code: 'LOCKED',
      message: `${path} is locked by process ${String(process.pid)} on ${hostname()}`,
      hints: [expect.stringContaining(`kill ${String(process.pid)}`), expect.stringContaining(`rm ${lock}`)],
    });
  });

  test('ends at Ctrl-C while it waits', async () => {
    const stop = new AbortController();
    await withLock(path, { signal }, async () => {
      const waiting = withLock(path, { signal: stop.signal }, nothing);
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    });
    await expect(withLock(path, { signal: stop.signal }, nothing)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('reports a folder in place of the lock', async () => {
    await writeFile(path, '');
    await expect(withLock(join(path, 'x'), { signal }, nothing)).rejects.toMatchObject({ code: 'FILE' });
  });

  test('takes over the lock of a process whose ID another process has now', LINUX, async () => {
    await writeFile(lock, JSON.stringify({ ...(await ownLock()), id: '0'.repeat(16), started: '1' }));
    expect(await withLock(path, { signal, waitMs: 2000 }, nothing)).toBe('done');
  });

  test('waits for a holder on another machine while its heartbeat continues, and no longer', async () => {
    const elsewhere = { ...(await ownLock()), id: '1'.repeat(16), place: 'another machine', host: 'far' };
    await writeFile(lock, JSON.stringify(elsewhere));
    const refresher = setInterval(() => void utimes(lock, new Date(), new Date()), 20);
    try {
      const waiting = withLock(path, { signal, waitMs: 1500, stillMs: 1000 }, nothing);
      await expect(waiting).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.stringContaining('on far') as string,
      });
    } finally {
      clearInterval(refresher);
    }
    expect(await withLock(path, { signal, waitMs: 10_000, stillMs: 300 }, nothing)).toBe('done');
  });

  test.each(['', 'no JSON', '{"id":"../../x","pid":-1,"place":"","host":""}'])(
    'takes over a damaged lock (%j) without a heartbeat',
    async (text) => {
      await writeFile(lock, text);
      await expect(withLock(path, { signal, waitMs: 100 }, nothing)).rejects.toMatchObject({
        code: 'LOCKED',
      });
      expect(await withLock(path, { signal, waitMs: 10_000, stillMs: 200 }, nothing)).toBe('done');
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('lets the work ask whether the lock is still held', async () => {
    const result = await withLock(path, { signal }, async (isOurs) => {
      const before = await isOurs();
      // As a waiter elsewhere does that has seen no beat.
      await writeFile(
        lock,
        JSON.stringify({ ...JSON.parse(await readFile(lock, 'utf8')), id: '2'.repeat(16) }),
      );
      return [before, await isOurs()];
    });
    expect(result).toEqual([true, false]);
    expect(await readdir(folder)).toEqual(['config.gauth-lock']);
  });

  test('shows its heartbeat to other machines', async () => {
    const synced = vi.spyOn(await openFiles(), 'datasync');
    await withLock(path, { signal }, () => vi.waitUntil(() => synced.mock.calls.length > 0, 5000));
    expect(synced).toHaveBeenCalled();
  });

  test('continues if the lock disappears while it is read on a network file system', async () => {
    const stale = Object.assign(new Error('Unknown system error -116'), { errno: -constants.errno.ESTALE });
    const read = vi.spyOn(await openFiles(), 'readFile');
    let waiting: Promise<string> | undefined;
    await withLock(path, { signal }, async () => {
      for (let times = 0; times < 3; times += 1) read.mockRejectedValueOnce(stale);
      waiting = withLock(path, { signal, waitMs: 5000 }, nothing);
      await vi.waitUntil(() => read.mock.calls.length > 3);
    });
    expect(await waiting).toBe('done');
  });

  test('writes its claim again if a machine with another clock has removed it', async () => {
    let waiting: Promise<string> | undefined;
    await withLock(path, { signal }, async () => {
      waiting = withLock(path, { signal, waitMs: 5000 }, nothing);
      const claim = await vi.waitUntil(async () =>
        (await readdir(folder)).find((name) => name.endsWith('.gauth-tmp')),
      );
      await unlink(join(folder, claim));
    });
    expect(await waiting).toBe('done');
    expect(await readdir(folder)).toEqual([]);
  });

  test('waits for the lock of another user while its heartbeat continues', POSIX, async () => {
    await writeFile(lock, JSON.stringify({ ...(await ownLock()), id: '3'.repeat(16) }));
    await chmod(lock, 0);
    await unprivileged(async () => {
      await expect(withLock(path, { signal, waitMs: 300 }, nothing)).rejects.toMatchObject({
        code: 'LOCKED',
        hints: [expect.stringContaining(`rm ${lock}`)],
      });
      expect(await withLock(path, { signal, waitMs: 5000, stillMs: 200 }, nothing)).toBe('done');
    });
  });

  test('refuses a named pipe in its place at once', POSIX, async () => {
    spawnSync('mkfifo', [lock]);
    await expect(withLock(path, { signal, waitMs: 2000 }, nothing)).rejects.toMatchObject({
      code: 'FILE',
      message: `${lock} is not a file`,
    });
  });

  test('leaves no empty claim if the disk is full', LINUX, async () => {
    const program = await bundleChild(folder);
    const shell = `ulimit -f 0; exec "${process.execPath}" "${program}" hold "${path}"`;
    expect(spawnSync('sh', ['-c', shell], { encoding: 'utf8' }).stderr).toContain('EFBIG');
    expect(await readdir(folder)).toEqual(['child.mjs']);
  });

  test(
    'distinguishes processes from before a restart of the machine',
    needs(existsSync('/proc/self/ns/time'), 'needs time namespaces (Linux 5.6)'),
    async () => {
      expect((await ownLock()).place).toMatch(/ time:\[\d+\]$/);
    },
  );

  test('lets one of many waiters take over a dead holder’s lock, even if another died doing so', async () => {
    const dead = { ...(await ownLock()), pid: deadPid() };
    for (let round = 0; round < 8; round += 1) {
      const id = round.toString(16).padStart(16, '0');
      await writeFile(lock, JSON.stringify({ ...dead, id }));
      if (round % 2 === 1)
        await writeFile(`${lock}.${id}.right.gauth-tmp`, JSON.stringify({ ...dead, id: 'f'.repeat(16) }));
      let inside = 0;
      let most = 0;
      const work = async () => {
        most = Math.max(most, (inside += 1));
        await sleep(1);
        inside -= 1;
      };
      await Promise.all(Array.from({ length: 8 }, () => withLock(path, { signal, waitMs: 20_000 }, work)));
      expect(most).toBe(1);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  test('is free again after its holder is killed', async () => {
    const program = await bundleChild(folder);
    for (let round = 0; round < 5; round += 1) {
      const child = startChild(program, 'hold', path);
      expect(await child.first).toBe('held');
      await expect(withLock(path, { signal, waitMs: 0 }, nothing)).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.stringContaining(`process ${String(child.pid)} `) as string,
      });
      child.process.kill('SIGKILL');
      // Far less than what a lock of unknown origin takes.
      expect(await withLock(path, { signal, waitMs: 5000 }, nothing)).toBe('done');
      await child.gone;
    }
  });

  test('lets twenty processes count, some of which are killed, without losing one', async () => {
    const program = await bundleChild(folder);
    const children = Array.from({ length: 20 }, () => startChild(program, 'count', path));
    const toKill = children.filter((_, index) => index % 3 === 0);
    await Promise.race(children.map((child) => child.first));
    for (const child of toKill) {
      await sleep(Math.random() * 100);
      child.process.kill('SIGKILL');
    }
    await Promise.all(children.map((child) => child.gone));
    for (const child of children) {
      if (!toKill.includes(child)) expect([child.process.exitCode, child.said.length]).toEqual([0, 10]);
    }
    const said = children.flatMap((child) => child.said);
    expect(new Set(said).size).toBe(said.length);
    const counted = Number(await readFile(path, 'utf8'));
    // A killed process may have counted and not said so.
    expect(counted - said.length).toBeGreaterThanOrEqual(0);
    expect(counted - said.length).toBeLessThanOrEqual(toKill.length);
  });
});

describe('withFlock', () => {
  test('creates no lock file if aws-google-auth was never used', async () => {
    expect(await withFlock(`${path}.lock`, { signal }, nothing)).toBe('done');
    expect(await readdir(folder)).toEqual([]);
  });

  test('does not wait for a lock file that nobody holds, and leaves it', async () => {
    await writeFile(`${path}.lock`, '');
    expect(await withFlock(`${path}.lock`, { signal, waitMs: 5000 }, nothing)).toBe('done');
    expect(await readdir(folder)).toEqual(['config.lock']);
  });

  test('reports to the work that aws-google-auth runs for the first time in the meantime', async () => {
    const first = await withFlock(`${path}.lock`, { signal }, async (isAlone) => {
      const before = isAlone();
      await writeFile(`${path}.lock`, '');
      return [before, isAlone()];
    });
    expect(first).toEqual([true, false]);
    expect(await withFlock(`${path}.lock`, { signal }, (isAlone) => Promise.resolve(isAlone()))).toBe(true);
  });

  test('waits for a lock file that it can only read', LINUX, async () => {
    await writeFile(`${path}.lock`, '');
    await chmod(`${path}.lock`, 0o444);
    const holder = spawn('flock', ['-x', `${path}.lock`, 'sh', '-c', 'echo held; exec sleep 30'], {
      detached: true,
    });
    try {
      await once(holder.stdout, 'data');
      await unprivileged(() =>
        expect(withFlock(`${path}.lock`, { signal, waitMs: 300 }, nothing)).rejects.toMatchObject({
          code: 'LOCKED',
        }),
      );
    } finally {
      if (holder.pid !== undefined) process.kill(-holder.pid);
    }
  });

  const withPython = testWith(readers, 'aws-google-auth');
  const python = (ask: 'lock' | 'unlock', timeout = 0) => readers.ask({ ask, path: `${path}.lock`, timeout });

  withPython('waits while aws-google-auth writes', async () => {
    expect(await python('lock')).toBe(true);
    await expect(withFlock(`${path}.lock`, { signal, waitMs: 300 }, nothing)).rejects.toMatchObject({
      code: 'LOCKED',
    });
    let released = false;
    const waiting = withFlock(`${path}.lock`, { signal, waitMs: 20_000 }, () => Promise.resolve(released));
    await sleep(50);
    released = true;
    await python('unlock');
    expect(await waiting).toBe(true);
  });

  withPython('makes aws-google-auth wait', async () => {
    await writeFile(`${path}.lock`, '');
    const during = await withFlock(`${path}.lock`, { signal }, () => python('lock', 0.2));
    expect(during).toBe(false);
    expect(await python('lock', 0.2)).toBe(true);
    await python('unlock');
  });

  withPython('ends at Ctrl-C while it waits', async () => {
    expect(await python('lock')).toBe(true);
    const stop = new AbortController();
    const waiting = withFlock(`${path}.lock`, { signal: stop.signal }, nothing);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await python('unlock');
  });
});

describe('a budget for waiting', () => {
  test('is one limit for all locks of a run, with a minimum for each', async () => {
    const budget = createWaitBudget(700);
    await withLock(path, { signal }, async () => {
      await expect(withLock(path, { signal, budget }, nothing)).rejects.toMatchObject({ code: 'LOCKED' });
      // The first wait has used it up.
      expect(budget.left()).toBe(500);
      await expect(withLock(path, { signal, budget }, nothing)).rejects.toMatchObject({ code: 'LOCKED' });
    });
    await expect(withLock(path, { signal, budget }, () => Promise.resolve('mine'))).resolves.toBe('mine');
    expect(createWaitBudget().left()).toBe(30_000);
    expect(createWaitBudget(0).left()).toBe(0);
  });
});
