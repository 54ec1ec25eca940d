/** The ancestors of this process, for detecting the shell. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { childEnvironment } from '../child-environment.ts';

/** More levels than there are between gauth and a shell. */
const LIMIT = 16;
/** Milliseconds for `ps`. */
const TIMEOUT = 1_000;

interface Process {
  readonly name: string;
  readonly parent: number;
}

/**
 * The names of the ancestors, the parent first. Empty on Windows, where it would take a second to run PowerShell, and if the
 * system does not report them.
 */
export async function parentProcesses(platform: NodeJS.Platform): Promise<readonly string[]> {
  if (platform === 'win32') return [];
  const find = platform === 'linux' ? fromProc : await fromPs();
  const names: string[] = [];
  for (let pid = process.ppid; pid > 0 && names.length < LIMIT;) {
    const found = await find(pid);
    if (found === undefined) break;
    names.push(found.name);
    pid = found.parent;
  }
  return names;
}

/** `pid (name) state ppid ...`, where the name may contain any character (proc(5)). */
async function fromProc(pid: number): Promise<Process | undefined> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(text) ?? [];
  return name === undefined ? undefined : { name, parent: Number(parent) };
}

async function fromPs(): Promise<(pid: number) => Promise<Process | undefined>> {
  const text = await new Promise<string>((resolve) => {
    execFile(
      'ps',
      ['-A', '-o', 'pid=,ppid=,comm='],
      { timeout: TIMEOUT, env: childEnvironment() },
      (_error, stdout) => {
        resolve(stdout);
      },
    );
  });
  const table = new Map<number, Process>();
  for (const [, pid, parent, name] of text.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)) {
    if (name !== undefined) table.set(Number(pid), { name, parent: Number(parent) });
  }
  return async (pid) => Promise.resolve(table.get(pid));
}
