/** A terminal whose picture is taken after each step: the text of each line, in colour, with a time that the script sets. */
import xterm, { type Terminal } from '@xterm/headless';
import pty from '@lydell/node-pty';

export type Ink = 'text' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Text in one colour, from a column on. */
export interface Span {
  readonly column: number;
  readonly text: string;
  readonly ink: Ink;
}

export type Line = readonly Span[];

export interface Frame {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly lines: readonly Line[];
}

export interface RecorderOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cols: number;
  readonly rows: number;
  /** What the picture shows instead of a text. */
  readonly replaced: readonly (readonly [from: string, to: string])[];
}

export interface Recorder {
  readonly frames: readonly Frame[];
  /** Types as a user does. Secrets are typed too, but the terminal does not show them. */
  type(text: string): Promise<void>;
  /** Waits until the screen shows a text, takes a picture, and rests as a reader would. */
  waitFor(text: string | RegExp, restMs: number): Promise<Frame>;
  close(): void;
}

/** Milliseconds until a program counts as stuck. */
const PATIENCE = 60_000;
/** Milliseconds in the recording for two letters. */
const TYPING = 90;

export function startRecorder({ command, env, cols, rows, replaced }: RecorderOptions): Recorder {
  const screen = new xterm.Terminal({ cols, rows, scrollback: 1_000, allowProposedApi: true });
  const [program, ...args] = command;
  const child = pty.spawn(program, args, { cols, rows, name: 'xterm-256color', env });
  const frames: Frame[] = [];
  let at = 0;
  let last = Date.now();
  child.onData((data) => {
    screen.write(data, () => {
      last = Date.now();
    });
  });
  screen.onData((answer) => {
    child.write(answer);
  });

  /** Until the program has written nothing for a moment. */
  async function settled(): Promise<void> {
    do await pause(30);
    while (Date.now() - last < 60);
  }

  function picture(): Frame {
    const frame = { at, lines: Array.from({ length: rows }, (_, row) => lineAt(screen, row, replaced)) };
    const before = frames.at(-1);
    if (before !== undefined && JSON.stringify(before.lines) === JSON.stringify(frame.lines)) return before;
    frames.push(frame);
    return frame;
  }

  return {
    frames,
    async type(text) {
      for (let index = 0; index < text.length; index += 2) {
        child.write(text.slice(index, index + 2));
        await settled();
        at += TYPING;
        picture();
      }
    },
    async waitFor(text, restMs) {
      const started = Date.now();
      for (;;) {
        const shown = shownText(screen);
        if (typeof text === 'string' ? shown.includes(text) : text.test(shown)) break;
        if (Date.now() - started > PATIENCE)
          throw new Error(`the recording waits for ${String(text)}:\n${shown}`);
        await pause(20);
      }
      await settled();
      at += 150;
      const frame = picture();
      at += restMs;
      return frame;
    },
    close() {
      child.kill();
      screen.dispose();
    },
  };
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function shownText(screen: Terminal): string {
  const { active } = screen.buffer;
  return Array.from({ length: screen.rows }, (_, row) =>
    (active.getLine(active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
  ).join('\n');
}

/** The colours of the palette that gauth uses. */
const INKS: Readonly<Record<number, Ink>> = { 1: 'red', 2: 'green', 3: 'yellow', 6: 'cyan' };

function lineAt(
  screen: Terminal,
  row: number,
  replaced: readonly (readonly [from: string, to: string])[],
): Line {
  const { active } = screen.buffer;
  const line = active.getLine(active.baseY + row);
  const spans: { column: number; text: string; ink: Ink }[] = [];
  for (let column = 0; column < screen.cols; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined) break;
    const ink: Ink = cell.isDim() ? 'dim' : cell.isFgPalette() ? (INKS[cell.getFgColor()] ?? 'text') : 'text';
    const open = spans.at(-1);
    const sign = cell.getChars() === '' ? ' ' : cell.getChars();
    if (open?.ink === ink) open.text += sign;
    else spans.push({ column, text: sign, ink });
  }
  return spans.flatMap(({ column, text, ink }) => {
    const plain = replaced.reduce((all, [from, to]) => all.replaceAll(from, to), text).trimEnd();
    return plain === '' ? [] : [{ column, text: plain, ink }];
  });
}
