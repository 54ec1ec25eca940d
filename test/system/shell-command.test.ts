/** The user's own commands in a real shell: their output, and their time limit. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../src/system/shell-command.ts';
import { POSIX } from '../support/needs.ts';

const never = new AbortController().signal;

async function run(line: string, limit = 20_000): Promise<{ status: number | undefined; text: string }> {
  const { status, stdout } = await runCommand(line, { limit, signal: never });
  return { status, text: stdout.reveal() };
}

describe('a command', POSIX, () => {
  it('is run by the shell, and its output is returned', async () => {
    expect(await run('code=123456; echo "$code" | tr 1 9')).toEqual({ status: 0, text: '923456\n' });
  });

  it('returns its status', async () => {
    expect(await run('echo half; exit 7')).toEqual({ status: 7, text: 'half\n' });
    expect(await run('kill -9 $$')).toEqual({ status: undefined, text: '' });
  });

  it('finds nothing on its standard input, which may hold a password', async () => {
    expect(await run('cat')).toEqual({ status: 0, text: '' });
  });

  it('that does not exist is a status of the shell', async () => {
    expect((await run('exec 2>/dev/null; there-is-no-such-command')).status).toBe(127);
  });

  it('can print more than the limit; only the beginning is kept', async () => {
    const { status, text } = await run('head -c 5000000 /dev/zero | tr "\\0" x');
    expect(status).toBe(0);
    expect(text.length).toBeLessThan(300_000);
  });

  it('is ended at its time limit, even if its children continue', async () => {
    await expect(run('sleep 5 2>/dev/null & wait', 100)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is ended by Ctrl-C', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gauth-command-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const stop = new AbortController();
    const running = runCommand(`cd ${folder}; exec sleep 60; touch done`, {
      limit: 20_000,
      signal: stop.signal,
    });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(existsSync(join(folder, 'done'))).toBe(false);
    await expect(runCommand('true', { limit: 1_000, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
