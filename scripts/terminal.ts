/** A program in a terminal: its questions are answered here, and what a person would see stands among our own lines. */
import { setTimeout as sleep } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import { readToTheEnd, withoutMark } from '../test/support/pty-end.ts';

export type Answer = readonly [question: string, answer: string];

/** Milliseconds for the program as a whole. */
const PATIENCE = 60_000;
/** As long as a person looks at a question, in milliseconds. */
const LOOK = 400;

/** Runs it to its end and returns all that it wrote. Throws when it fails, is too slow, or does not ask everything, in this order. */
export async function typeInto(
  command: readonly [program: string, ...args: string[]],
  env: Readonly<Record<string, string | undefined>>,
  answers: readonly Answer[],
): Promise<string> {
  const [program, ...args] = command;
  // A terminal without escape sequences, so that its output can stand among ours.
  const terminal = pty.spawn(program, args, { cols: 120, name: 'dumb', env: { ...env } });
  readToTheEnd(terminal);
  const timer = setTimeout(() => {
    terminal.kill();
  }, PATIENCE);
  const left = [...answers];
  let seen = '';
  terminal.onData((text) => {
    process.stdout.write(withoutMark(text).replaceAll('\r\n', '\n'));
    seen += text;
    const [question, answer] = left[0] ?? [];
    if (question === undefined || !seen.endsWith(question)) return;
    left.shift();
    void sleep(LOOK).then(() => {
      terminal.write(`${answer ?? ''}\r`);
    });
  });
  const { exitCode, signal } = await new Promise<{ exitCode: number; signal?: number }>((resolve) =>
    terminal.onExit(resolve),
  );
  clearTimeout(timer);
  if (exitCode !== 0 || signal) {
    throw new Error(`the command failed with exit status ${String(exitCode)}, signal ${String(signal ?? 0)}`);
  }
  if (left.length > 0) throw new Error(`never asked: ${left.map(([question]) => question).join('; ')}`);
  return withoutMark(seen);
}
