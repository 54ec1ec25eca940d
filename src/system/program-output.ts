/** The output of a small program of the system that tells a setting. */
import { execFile } from 'node:child_process';
import { childEnvironment } from '../child-environment.ts';

/** Milliseconds. */
const LIMIT = 3_000;

/** Undefined if the program is missing, fails, or takes too long. */
export async function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: LIMIT, windowsHide: true, env: childEnvironment(), encoding: 'utf8' } as const;
    execFile(program, [...args], options, (error, text) => {
      resolve(error === null ? text : undefined);
    });
  });
}
