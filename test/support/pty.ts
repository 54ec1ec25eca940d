/** Drives a program in a real pseudo-terminal and reads the screen that a user would see. */
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { readToTheEnd, withoutMark } from './pty-end.ts';

export interface PtyOptions {
  /** The whole environment; what is not named is not set, TERM=xterm-256color and PATH excepted. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cols?: number;
  readonly rows?: number;
  readonly cwd?: string;
}

export interface Pty {
  readonly pid: number;
  /** Resolves when the text is on the screen or has scrolled off it (blanks at its end do not count); fails after so many milliseconds, showing the screen. */
  waitFor(text: string | RegExp, milliseconds?: number): Promise<void>;
  type(text: string): void;
  press(key: Key): void;
  resize(cols: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Closes the terminal under the program, as closing the window does. */
  close(): void;
  /** What is visible now, without the blanks at the ends of lines and of the whole. */
  screen(): string;
  /** The same with what has scrolled off. */
  history(): string;
  /** Every character the program wrote, escape sequences included. */
  raw(): string;
  /** Resolves when the program has ended and all it wrote is on the screen. */
  exit(milliseconds?: number): Promise<{ readonly code: number; readonly signal: number }>;
}

const KEYS = {
  enter: '\r',
  backspace: '\u007f',
  tab: '\t',
  up: '\u001b[A',
  down: '\u001b[B',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
  home: '\u001b[H',
  end: '\u001b[F',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
  'ctrl-z': '\u001a',
} as const;
export type Key = keyof typeof KEYS;

/** Patience for a busy machine: nothing is waited for longer than it takes. */
const PATIENCE = 20_000;

/** Starts a program. Call it within a test: the program is killed when the test ends. */
export function start(command: string, args: readonly string[], options: PtyOptions = {}): Pty {
  const { cols = 80, rows = 24, cwd = process.cwd(), env = {} } = options;
  const screen = new xterm.Terminal({ cols, rows, scrollback: 5000, allowProposedApi: true });
  const child = pty.spawn(command, [...args], {
    cols,
    rows,
    cwd,
    // The name ends up in TERM.
    name: env['TERM'] ?? 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const stopReading = readToTheEnd(child);
  let raw = '';
  let ended: { code: number; signal: number } | undefined;
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.onData((data) => {
    raw += data;
    screen.write(data, notify);
  });
  child.onExit(({ exitCode, signal = 0 }) => {
    screen.write('', () => {
      ended = { code: exitCode, signal };
      notify();
    });
  });
  // The terminal's own answers, as to "where is the cursor?".
  screen.onData((answer) => {
    if (ended === undefined) child.write(answer);
  });
  onTestFinished(() => {
    if (ended === undefined) child.kill('SIGKILL');
    stopReading();
    screen.dispose();
  });

  function lines(from: number): string {
    const buffer = screen.buffer.active;
    const rows = Array.from({ length: buffer.length - from }, (_, row) => buffer.getLine(from + row)!);
    return rows
      .map((line) => line.translateToString(true).trimEnd())
      .join('\n')
      .trimEnd();
  }
  const history = (): string => lines(0);
  const visible = (): string => lines(screen.buffer.active.baseY);

  async function until(what: string, isThere: () => boolean, milliseconds: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (isThere()) settle(resolve);
        else if (ended !== undefined) fail(`failed with exit status ${String(ended.code)} before ${what}`);
      };
      const fail = (reason: string): void => {
        settle(() => {
          reject(new Error(`${command} ${reason}; its screen:\n${history()}`));
        });
      };
      const timer = setTimeout(() => {
        fail(`did not come to ${what} within ${String(milliseconds)} ms`);
      }, milliseconds);
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        watchers.delete(check);
        finish();
      };
      watchers.add(check);
      check();
    });
  }

  return {
    pid: child.pid,
    async waitFor(text, milliseconds = PATIENCE) {
      const isThere = (): boolean =>
        typeof text === 'string' ? history().includes(text.trimEnd()) : text.test(history());
      await until(`showing ${String(text)}`, isThere, milliseconds);
    },
    type(text) {
      child.write(text);
    },
    press(key) {
      child.write(KEYS[key]);
    },
    resize(cols, rows) {
      screen.resize(cols, rows);
      child.resize(cols, rows);
    },
    kill(signal) {
      child.kill(signal);
    },
    close: stopReading,
    screen: visible,
    history,
    raw: () => withoutMark(raw),
    async exit(milliseconds = PATIENCE) {
      await until('its end', () => ended !== undefined, milliseconds);
      return ended!;
    },
  };
}
