/** npm as a program of its own, which starts on Windows too: there the command npm is a batch file. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

export interface Finished {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without the settings of the npm that runs the tests. */
export function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
}

export function npm(args: readonly string[], folder: string, env = process.env): Finished {
  const cli = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const [program, first] = process.platform === 'win32' ? [process.execPath, [cli]] : ['npm', []];
  const { status, stdout, stderr } = spawnSync(program, [...first, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { ok: status === 0, stdout, stderr };
}
