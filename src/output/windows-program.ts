/** Finds a command that starts gauth on Windows without quotes, for a `credential_process` line. */
import type { RunCommand } from '../ports.ts';
import { version } from '../version.ts';

/** Milliseconds for each command. */
const LIMIT = 10_000;

/** Words that need no quotes, neither in cmd.exe nor in a program without a shell. */
const PLAIN = /^[\p{L}\p{N}_@+=:.,~/\\-]+$/u;

export function needsQuotes(word: string): boolean {
  return !PLAIN.test(word);
}

/**
 * The words that start gauth: `program` (the absolute paths of node and of the script) if it needs no quotes, else its short
 * (8.3) paths, else npm's gauth.cmd. Each is run before it is returned; undefined if none works. AWS Tools for PowerShell, the SDK
 * for Go and the ECR credential helper cannot run a program in quotes. Throws GauthError CANCELLED.
 */
export async function unquotedProgram(
  program: readonly string[],
  run: RunCommand,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (!program.some(needsQuotes)) return program;
  for (const find of [shortPaths, npmShim]) {
    const words = await find(program, run, signal);
    if (words === undefined || words.some(needsQuotes)) continue;
    const { status, stdout } = await run(`${words.join(' ')} --version`, { limit: LIMIT, signal });
    if (status === 0 && stdout.reveal().trim() === version) return words;
  }
  return undefined;
}

/** The 8.3 paths, which cmd.exe knows (`for /?`). A volume without them returns the long paths. */
async function shortPaths(
  program: readonly string[],
  run: RunCommand,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (program.some((word) => /["%]/.test(word))) return undefined;
  const list = program.map((word) => `"${word}"`).join(' ');
  const { status, stdout } = await run(`for %I in (${list}) do @echo %~sI`, { limit: LIMIT, signal });
  const lines = linesOf(stdout.reveal());
  return status === 0 && lines.length === program.length ? lines : undefined;
}

/** The gauth.cmd of a global installation. */
async function npmShim(
  _program: readonly string[],
  run: RunCommand,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { status, stdout } = await run('where gauth.cmd', { limit: LIMIT, signal });
  const [first] = linesOf(stdout.reveal());
  return status === 0 && first !== undefined ? [first] : undefined;
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
