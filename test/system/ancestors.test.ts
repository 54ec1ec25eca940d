/** The parent processes: by /proc on Linux, by ps elsewhere, and unknown without either. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { parentProcesses } from '../../src/system/parent-processes.ts';
import { LINUX, POSIX } from '../support/needs.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Makes a folder of programs all that is on the PATH. */
function programs(texts: Readonly<Record<string, string>>): void {
  const folder = mkdtempSync(join(tmpdir(), 'gauth-ancestors-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', folder);
}

it('are read from /proc if no ps is installed', LINUX, async () => {
  programs({});
  const parent = readFileSync(`/proc/${String(process.ppid)}/comm`, 'utf8').trimEnd();
  expect((await parentProcesses('linux'))[0]).toBe(parent);
});

it('are read from ps elsewhere', POSIX, async () => {
  const table = `    1     0 /sbin/launchd\n  400     1 /bin/my shell\n ${String(process.ppid)}   400 -zsh\n`;
  programs({ ps: `#!/bin/sh\n[ "$*" = '-A -o pid=,ppid=,comm=' ] && echo '${table}'\n` });
  expect(await parentProcesses('darwin')).toEqual(['-zsh', '/bin/my shell', '/sbin/launchd']);
});

it('are unknown without ps', async () => {
  programs({});
  expect(await parentProcesses('darwin')).toEqual([]);
});
