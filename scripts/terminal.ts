/** Runs a program in a terminal, answers its prompts, and prints what a user would see. */
import { setTimeout as sleep } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import { readToTheEnd, withoutMark } from '../test/support/pty-end.ts';

export type Answer = readonly [question: string, answer: string];

/** Milliseconds for the program as a whole. */
const TIMEOUT = 60_000;
/** Milliseconds between a prompt and its answer, so that it can be read. */
const ANSWER_DELAY = 400;

/** Runs the program and returns its output. Throws if it fails, takes too long, or does not prompt for every answer in this order. */
export async function typeInto(
  command: readonly [program: string, ...args: string[]],
  env: Readonly<Record<string, string | undefined>>,
  answers: readonly Answer[],
): Promise<string> {
  const [program, ...args] = command;
  // A terminal without escape sequences, so that the output can be printed.
  const terminal = pty.spawn(program, args, { cols: 120, name: 'dumb', env: { ...env } });
  readToTheEnd(terminal);
  const timer = setTimeout(() => {
    terminal.kill();
  }, TIMEOUT);
  const left = [...answers];
  let seen = '';
  terminal.onData((text) => {
    process.stdout.write(withoutMark(text).replaceAll('\r\n', '\n'));
    seen += text;
    const [question, answer] = left[0] ?? [];
    if (question === undefined || !seen.endsWith(question)) return;
    left.shift();
    void sleep(ANSWER_DELAY).then(() => {
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
  if (left.length > 0) throw new Error(`no prompt: ${left.map(([question]) => question).join('; ')}`);
  return withoutMark(seen);
}
