/** The real system as a program: what it loads, how it sleeps and how it handles signals. */
import { spawn, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../support/bundle.ts';

let program: string;
beforeAll(async () => {
  const made = await bundle(new URL('./fixtures/process.ts', import.meta.url));
  program = made.program;
  return made.remove;
});

/** Runs the program; `onText` gets all of its output so far whenever there is more. */
async function run(
  what: string,
  onText: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<{ status: number | null; text: string }> {
  const env = { PATH: process.env['PATH'], HOME: '/home/somebody' };
  const child = spawn(process.execPath, [program, what], {
    cwd: '/',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
    onText(text, (signal) => child.kill(signal));
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}

describe('the real system', () => {
  it('loads no package, and no slow part of Node, before it is used', async () => {
    const loaded: unknown = JSON.parse((await run('nothing')).text);
    expect(loaded).toContain('NativeModule fs');
    for (const name of ['tls', 'https', 'http', 'readline', 'child_process', 'crypto']) {
      expect(loaded).not.toContain(`NativeModule ${name}`);
    }
  });

  it('returns the home and the working folder', async () => {
    expect((await run('places')).text).toBe('/home/somebody /\n');
  });

  it('reports that the working folder has been removed', () => {
    const script = `cd "$(mktemp -d)" && rmdir "$PWD" && exec '${process.execPath}' '${program}' places`;
    const { status, stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect([status, stdout.split(',')[0]]).toEqual([5, 'FILE']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGHUP', null],
  ] as const)('treats %s as a cancellation, which ends a sleep', async (signal, status) => {
    const result = await run('sleep', (text, kill) => {
      if (text === 'slept true\n') kill(signal);
    });
    expect(result).toEqual({
      status,
      text: 'slept true\nCANCELLED, the signal says GauthError: cancelled\n',
    });
  });
});
