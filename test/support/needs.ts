/** What a test needs of the machine. Where that is missing the test is skipped, and the reason is printed (skipped.ts). */
import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test, or all tests of the group, are skipped. */
    reason?: string;
  }
}

/** Options for a test or a group of tests: `it(name, needs(isLinux, 'needs Linux'), work)`. The reason says what is missing. */
export function needs(isMet: boolean, reason: string): TestOptions {
  return { skip: !isMet, meta: { reason } };
}

/** The same for what continuous integration installs: there a test without it runs, and fails. */
export function needsInstalled(isMet: boolean, reason: string): TestOptions {
  return needs(isMet || (process.env['CI'] ?? '') !== '', reason);
}

export const LINUX = needs(process.platform === 'linux', 'needs Linux');
export const POSIX = needs(process.platform !== 'win32', 'needs Linux or macOS');
export const ROOT = needs(process.getuid?.() === 0, 'needs root');
