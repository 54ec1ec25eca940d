/**
 * Standard error as a person reads it: a quiet sign that something is waited for (one line on a terminal, after half a second,
 * gone before anything else is written), and nothing that is written into a question.
 */
import type { Http, System, Terminal } from '../ports.ts';

/** Milliseconds: what takes less is not worth a word. */
const PATIENCE = 500;
const TICK = 100;
/** Legacy consoles on Windows, and terminals without UTF-8, have no others. */
const PLAIN = ['|', '/', '-', '\\'] as const;
const BRAILLE = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

/**
 * The same world, in which requests that take their time show a line on standard error. Everything that is written or
 * asked takes the line away first; what is told while a question is open comes behind it. Where standard error is no terminal, or one that cannot go back in a line, or in
 * continuous integration, nothing is ever shown. There are no colours in it.
 */
export function withProgress(system: System): System {
  const { stderr, stdout, terminal, clock } = system;
  let pending = 0;
  let questions = 0;
  let isShown = false;
  /** What was told while a question was open. */
  let held = '';
  let end = async (): Promise<void> => Promise.resolve();

  const erase = (): void => {
    // To the end of the line: what was typed meanwhile, such as ^C, stands behind.
    if (isShown) stderr.write('\r\u001b[K');
    isShown = false;
  };
  const show = (mark: string, text: string): void => {
    // A line as wide as the window would wrap, and could not be taken away.
    const room = (stderr.columns ?? 80) - 1;
    const line = [`${mark} ${text}`, mark].find((each) => each.length <= room);
    erase();
    if (line === undefined) return;
    stderr.write(line);
    isShown = true;
  };
  const turn = async (text: string, signal: AbortSignal): Promise<void> => {
    const marks = hasUnicode(system) ? BRAILLE : PLAIN;
    await clock.sleep(PATIENCE, signal);
    for (let count = 0; ; count += 1) {
      if (questions === 0) show(marks[count % marks.length] ?? '', text);
      await clock.sleep(TICK, signal);
    }
  };
  /** Shows the line until what it returns is called, which is when the last of the requests at the same time has ended. */
  const begin = (text: string): (() => Promise<void>) => {
    const over = new AbortController();
    const turning = turn(text, over.signal).catch(() => undefined);
    return async () => {
      over.abort();
      await turning;
      erase();
    };
  };
  const http: Http = async (request, signal) => {
    if (!canShow(system)) return system.http(request, signal);
    pending += 1;
    if (pending === 1) end = begin(`waiting for ${request.url.hostname}`);
    try {
      return await system.http(request, signal);
    } finally {
      pending -= 1;
      if (pending === 0) await end();
    }
  };
  /** While a person is asked, what goes on beside that must not write into the question. */
  const asking = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    questions += 1;
    erase();
    try {
      return await question();
    } finally {
      questions -= 1;
      if (questions === 0 && held !== '') stderr.write(held);
      if (questions === 0) held = '';
    }
  };
  const quiet: Terminal = {
    ...terminal,
    ask: async (label, options) => asking(async () => terminal.ask(label, options)),
    askSecret: async (label, options) => asking(async () => terminal.askSecret(label, options)),
    paste: async (label, options) => asking(async () => terminal.paste(label, options)),
    choose: async (label, choices, options) => asking(async () => terminal.choose(label, choices, options)),
    chooseSeveral: async (label, choices, options) =>
      asking(async () => terminal.chooseSeveral(label, choices, options)),
  };
  const erasing = (output: System['stderr']): System['stderr'] => ({
    get isTerminal() {
      return output.isTerminal;
    },
    get columns() {
      return output.columns;
    },
    write(text) {
      if (questions > 0 && output === stderr) {
        held += text;
        return;
      }
      erase();
      output.write(text);
    },
  });
  return { ...system, http, terminal: quiet, stderr: erasing(stderr), stdout: erasing(stdout) };
}

function canShow({ env, platform, stderr }: System): boolean {
  if ((env['CI'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return (platform === 'win32' || (env['TERM'] ?? '') !== '') && stderr.isTerminal;
}

function hasUnicode({ env, platform }: System): boolean {
  if (platform === 'win32') return (env['WT_SESSION'] ?? '') !== '';
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
}
