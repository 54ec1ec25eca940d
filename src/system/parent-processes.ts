/** The processes above this one, for telling which shell asked. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { childEnvironment } from '../child-environment.ts';

/** Deeper than any shell stands. */
const LIMIT = 16;
/** Milliseconds; a name that takes longer is not worth waiting for. */
const PATIENCE = 1_000;

interface Process {
  readonly name: string;
  readonly parent: number;
}

/**
 * Names of the processes above, the parent first. Empty on Windows, where asking means to start PowerShell and takes a
 * second, and wherever the system does not tell.
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

/** `pid (name) state ppid ...`, where the name may hold anything (proc(5)). */
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
      { timeout: PATIENCE, env: childEnvironment() },
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
