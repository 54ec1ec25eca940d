/**
 * Questions on the controlling terminal.
 *
 * Lines are asked for with node:readline: the prompts of @inquirer/prompts put a space and a mark before the label
 * or a hint behind it, which no theme takes away, and their password prompt is hidden by redrawing. The searchable
 * list is theirs (picker.ts).
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { cancelled, GauthError } from '../errors.ts';
import type { Choice, Environment, Terminal } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import type { Item, Place } from './picker.ts';
import { pickSeveral, parseNumbers } from './multi-picker.ts';
import { openTty, type Tty, watchClose, watchContinue } from './tty.ts';

export interface RealTerminal extends Terminal {
  /** Puts echo and line mode back under a question. For a process that is about to be killed. */
  restore(): void;
}

interface Line {
  readonly hidden: boolean;
  readonly initial: string;
  readonly signal: AbortSignal;
}

export function createTerminal(env: Environment, platform: NodeJS.Platform): RealTerminal {
  let current: Tty | undefined;

  /** Opens the terminal for one question, so that nothing of it stays open between questions. */
  async function on<Answer>(signal: AbortSignal, question: (tty: Tty) => Promise<Answer>): Promise<Answer> {
    if (signal.aborted) throw cancelled();
    const tty = openTty(platform);
    if (tty === undefined) {
      throw new GauthError('NOT_INTERACTIVE', 'there is no terminal to ask on', {
        hints: [
          'run it in a terminal, or give every value by option, variable or standard input (gauth --help)',
        ],
      });
    }
    current = tty;
    try {
      return await question(tty);
    } finally {
      current = undefined;
      tty.close();
    }
  }

  async function line(label: string, options: Line): Promise<string> {
    return on(options.signal, async (tty) => readLine(tty, label, options));
  }

  async function chooseByNumber<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    signal: AbortSignal,
  ): Promise<Value> {
    const question = `Type the number (1 - ${String(choices.length)}) of ${label}: `;
    const list = choices.map((choice, index) => `${describe(choice, index)}\n`).join('');
    let notice = '';
    for (;;) {
      const answer = await line(notice + list + question, { hidden: false, initial: '', signal });
      const choice = /^\d+$/.test(answer.trim()) ? choices[Number(answer) - 1] : undefined;
      if (choice !== undefined && choice.disabled === undefined) return choice.value;
      notice = 'Invalid choice, try again.\n';
    }
  }

  async function chooseByNumbers<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    signal: AbortSignal,
  ): Promise<readonly Value[]> {
    const question = `Type the numbers (such as 1 3-5, or all) of ${label}: `;
    const list = choices.map((choice, index) => `${describe(choice, index)}\n`).join('');
    let notice = '';
    for (;;) {
      const answer = await line(notice + list + question, { hidden: false, initial: '', signal });
      const chosen = parseNumbers(answer, choices.length)?.flatMap((place) => choices[place] ?? []) ?? [];
      if (chosen.length > 0 && chosen.every((choice) => choice.disabled === undefined)) {
        return chosen.map((choice) => choice.value);
      }
      notice = 'Invalid choice, try again.\n';
    }
  }

  async function pickOne<Value>(
    label: string,
    items: readonly Item<Value>[],
    signal: AbortSignal,
  ): Promise<Value> {
    const { pick } = await import('./picker.ts');
    const colour = !env['NO_COLOR'];
    let place: Place<Value> | undefined;
    for (;;) {
      const picked = await on(signal, async (tty) => pick(tty, label, items, { colour, place, signal }));
      if (picked.kind === 'picked') return picked.value;
      place = picked.place;
    }
  }

  return {
    available() {
      const tty = openTty(platform);
      tty?.close();
      return Promise.resolve(tty !== undefined);
    },
    async ask(label, { initial = '', signal }) {
      return line(label, { hidden: false, initial, signal });
    },
    async askSecret(label, { signal }) {
      return new Secret(await line(label, { hidden: true, initial: '', signal }));
    },
    async paste(label, { signal }) {
      const { readPaste } = await import('./paste.ts');
      return on(signal, async (tty) => readPaste(tty, label, { marks: !isDumb(env, platform), signal }));
    },
    async choose(label, choices, { signal }) {
      if (isDumb(env, platform)) return chooseByNumber(label, choices, signal);
      return pickOne(label, choices.map(toItem), signal);
    },
    async chooseSeveral(label, choices, { signal }) {
      if (isDumb(env, platform)) return chooseByNumbers(label, choices, signal);
      return pickSeveral(choices.map(toItem), async (rows) => pickOne(label, rows, signal));
    },
    largeDigitColumns() {
      const tty = openTty(platform);
      const columns = tty?.output.columns ?? 0;
      tty?.close();
      return Promise.resolve(isPlain(env, platform) ? 0 : columns);
    },
    async picture(image, { signal }) {
      const { showPicture } = await import('./image-display.ts');
      return on(signal, async (tty) => showPicture(tty, image, env, signal));
    },
    restore() {
      current?.input.setRawMode(false);
    },
  };
}

/** Whether drawn figures are of no use: screen readers and the like ask for plain text by these means. */
function isPlain(env: Environment, platform: NodeJS.Platform): boolean {
  if (env['TERM'] === 'dumb' || env['NO_COLOR']) return true;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return platform === 'linux' && !/utf-?8/i.test(locale);
}

/** Without a cursor that can be moved there is nothing to redraw. Windows consoles need no TERM. */
function isDumb(env: Environment, platform: NodeJS.Platform): boolean {
  return env['TERM'] === 'dumb' || (platform !== 'win32' && !env['TERM']);
}

function toItem<Value>(choice: Choice<Value>, index: number): Item<Value> {
  return {
    value: choice.value,
    text: describe({ ...choice, disabled: undefined }, index),
    number: index + 1,
    disabled: choice.disabled === undefined ? undefined : `(${oneLine(choice.disabled)})`,
  };
}

/** `[  1] label  detail (reason)`: one line of the list, as aws-google-auth numbers it. */
function describe(
  choice: Pick<Choice<unknown>, 'label' | 'detail'> & { disabled?: string | undefined },
  index: number,
): string {
  const detail = choice.detail === undefined ? '' : `  ${oneLine(choice.detail)}`;
  const reason = choice.disabled === undefined ? '' : ` (${oneLine(choice.disabled)})`;
  return `[${String(index + 1).padStart(3)}] ${oneLine(choice.label)}${detail}${reason}`;
}

/** Asks for one line. Ctrl-C, Ctrl-D on an empty line, the end of the terminal and the signal throw CANCELLED. */
async function readLine(tty: Tty, label: string, { hidden, initial, signal }: Line): Promise<string> {
  // What stands before the last line of the label is printed once; readline redraws only the line it edits.
  const start = label.lastIndexOf('\n') + 1;
  const prompt = label.slice(start);
  const nowhere = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  return new Promise<string>((resolve, reject) => {
    const editor = createInterface({
      input: tty.input,
      output: hidden ? nowhere : tty.output,
      terminal: true,
      historySize: 0,
      prompt,
    });
    const show = (): void => {
      if (hidden) tty.output.write(prompt);
      editor.prompt(true);
    };
    let answer: string | undefined;
    const end = (): void => {
      editor.close();
    };
    const watches = [
      watchContinue(tty, () => {
        if (hidden) tty.output.write('\r');
        show();
      }),
      watchClose(tty, end),
    ];
    signal.addEventListener('abort', end);
    editor.once('line', (text) => {
      answer = text;
      editor.close();
    });
    editor.once('SIGINT', end);
    editor.once('close', () => {
      watches.forEach((stop) => stop());
      signal.removeEventListener('abort', end);
      // The cursor stands behind the question still, unless readline has echoed an Enter.
      if (hidden || answer === undefined) tty.output.write('\n');
      if (answer === undefined) reject(cancelled());
      else resolve(answer);
    });
    // Only now: readline has put the terminal into raw mode, so that nothing typed from here on is echoed.
    tty.output.write(label.slice(0, start).replaceAll('\n', '\r\n'));
    show();
    if (initial !== '') editor.write(initial);
  });
}
