/** Programs that a test needs and that are not installed everywhere. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';
import { needsInstalled } from './needs.ts';

/** Where a program is, or undefined. */
export function programIn(path: string, name: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** `test` where the program is at hand; elsewhere a test that says what it lacks and is skipped, or fails in CI. */
export function testWith(program: string): (name: string, work: () => void | Promise<void>) => void {
  if (programIn(process.env['PATH'] ?? '', program) !== undefined) return test;
  const reason = `lacks ${program}`;
  return (name: string) => {
    test(name, needsInstalled(false, reason), () => {
      throw new Error(reason);
    });
  };
}
