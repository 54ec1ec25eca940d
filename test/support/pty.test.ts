/** The pseudo-terminal that the tests use: what a program writes just before its end is not lost. */
import { expect, it } from 'vitest';
import { start } from './pty.ts';

/** Far more than the kernel hands over at once (4095 bytes) and holds back for a reader that is late (64 KB). */
const LINES = 20_000;

it('reads all that a program wrote before it ended, however late it reads', async () => {
  const script = `i=0; while [ $i -lt ${String(LINES)} ]; do i=$((i + 1)); echo "line $i"; done; echo told`;
  const terminal = start('sh', ['-c', script]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  const lines = terminal.raw().split('\r\n');
  expect(lines).toEqual([
    ...Array.from({ length: LINES }, (_, index) => `line ${String(index + 1)}`),
    'told',
    '',
  ]);
  expect(terminal.screen()).toMatch(/\ntold$/);
});

it('also reads it if the program has ended before', async () => {
  const terminal = start('sh', [
    '-c',
    'i=0; while [ $i -lt 900 ]; do i=$((i + 1)); echo "line $i"; done; echo told',
  ]);
  // Nothing is read meanwhile: what was written, some 9 KB, waits in the kernel.
  const late = Date.now() + 300;
  while (Date.now() < late);
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.raw()).toMatch(/^line 1\r\n[^]*\r\nline 900\r\ntold\r\n$/);
});

it('reports how a program ended that another one in the terminal survives', async () => {
  const terminal = start('sh', ['-c', 'trap "" HUP; sleep 60 & echo "$!"; exit 3']);
  expect(await terminal.exit()).toEqual({ code: 3, signal: 0 });
  process.kill(Number(terminal.screen()), 'SIGKILL');
});
