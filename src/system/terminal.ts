/**
 * Prompts on the controlling terminal.
 *
 * Lines are read with node:readline: the prompts of @inquirer/prompts add a space and a symbol before the label or a hint after
 * it, which no theme can remove, and their password prompt hides input by redrawing. The searchable list uses them (picker.ts).
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { cancelled, GauthError } from '../errors.ts';
import type { Choice, Environment, Terminal } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';
import type { ListState } from './list-prompt.ts';
import { parseNumbers } from './number-list.ts';
import type { Item } from './picker.ts';
import { openTty, type Tty, watchClose, watchContinue } from './tty.ts';

export interface RealTerminal extends Terminal {
  /** Restores echo and line mode during a prompt. For a process that is about to be killed. */
  restore(): void;
}

interface Line {
  readonly hidden: boolean;
  readonly initial: string;
  readonly bell?: boolean | undefined;
  readonly refresh?: (() => string) | undefined;
  readonly signal: AbortSignal;
}

/** Milliseconds between two refreshes of a prompt. */
const REFRESH = 1_000;
const BELL = '\u0007';

export function createTerminal(env: Environment, platform: NodeJS.Platform): RealTerminal {
  let current: Tty | undefined;

  /** Opens the terminal for one prompt only, so that it does not stay open in between. */
  async function withTty<Answer>(
    signal: AbortSignal,
    prompt: (tty: Tty) => Promise<Answer>,
  ): Promise<Answer> {
    if (signal.aborted) throw cancelled();
    const tty = openTty(platform);
    if (tty === undefined) {
      throw new GauthError('NOT_INTERACTIVE', 'there is no terminal to prompt on', {
        hints: [
          'run gauth in a terminal, or pass all settings as flags or variables, and the password on standard input',
        ],
      });
    }
    current = tty;
    try {
      return await prompt(tty);
    } finally {
      current = undefined;
      tty.close();
    }
  }

  async function line(label: string, options: Line): Promise<string> {
    return withTty(options.signal, async (tty) => readLine(tty, label, options));
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

  async function pickItems<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    options: { readonly several: boolean; readonly first?: Value | undefined; readonly signal: AbortSignal },
  ): Promise<readonly Value[]> {
    const { pick } = await import('./picker.ts');
    const { first } = options;
    const items = choices
      .map(toItem)
      .toSorted((a, b) => Number(b.value === first) - Number(a.value === first));
    const colour = !env['NO_COLOR'];
    let state: ListState | undefined;
    for (;;) {
      const picked = await withTty(options.signal, async (tty) =>
        pick(tty, label, items, { ...options, colour, state }),
      );
      if (picked.kind === 'picked') return picked.values;
      state = picked.state;
    }
  }

  return {
    available() {
      const tty = openTty(platform);
      tty?.close();
      return Promise.resolve(tty !== undefined);
    },
    async ask(label, { initial = '', bell, refresh, signal }) {
      const live = isDumb(env, platform) ? undefined : refresh;
      return line(label, { hidden: false, initial, bell, refresh: live, signal });
    },
    async askSecret(label, { signal }) {
      return new Secret(await line(label, { hidden: true, initial: '', signal }));
    },
    async paste(label, { signal }) {
      const { readPaste } = await import('./paste.ts');
      return withTty(signal, async (tty) =>
        readPaste(tty, label, { bracketed: !isDumb(env, platform), signal }),
      );
    },
    async choose(label, choices, { first, signal }) {
      if (isDumb(env, platform)) return chooseByNumber(label, choices, signal);
      const [value] = await pickItems(label, choices, { several: false, first, signal });
      if (value === undefined) throw cancelled();
      return value;
    },
    async chooseSeveral(label, choices, { signal }) {
      if (isDumb(env, platform)) return chooseByNumbers(label, choices, signal);
      return pickItems(label, choices, { several: true, signal });
    },
    largeDigitColumns() {
      const tty = openTty(platform);
      const columns = tty?.output.columns ?? 0;
      tty?.close();
      return Promise.resolve(isPlain(env, platform) ? 0 : columns);
    },
    async picture(image, { signal }) {
      const { showPicture } = await import('./image-display.ts');
      return withTty(signal, async (tty) => showPicture(tty, image, env, signal));
    },
    restore() {
      current?.input.setRawMode(false);
    },
  };
}

/** Whether the user wants plain text: screen readers, for example, set these variables. */
function isPlain(env: Environment, platform: NodeJS.Platform): boolean {
  if (env['TERM'] === 'dumb' || env['NO_COLOR']) return true;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return platform === 'linux' && !/utf-?8/i.test(locale);
}

/** Whether the terminal cannot move the cursor, and so cannot redraw. Windows consoles need no TERM. */
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

/** One line of the list, `[  1] label  detail (reason)`, numbered as in aws-google-auth. */
function describe(
  choice: Pick<Choice<unknown>, 'label' | 'detail'> & { disabled?: string | undefined },
  index: number,
): string {
  const detail = choice.detail === undefined ? '' : `  ${oneLine(choice.detail)}`;
  const reason = choice.disabled === undefined ? '' : ` (${oneLine(choice.disabled)})`;
  return `[${String(index + 1).padStart(3)}] ${oneLine(choice.label)}${detail}${reason}`;
}

/** Reads one line. Throws CANCELLED at Ctrl-C, Ctrl-D on an empty line, when the terminal closes and when the signal fires. */
async function readLine(
  tty: Tty,
  label: string,
  { hidden, initial, bell = false, refresh, signal }: Line,
): Promise<string> {
  // All but the last line of the label is printed once; readline redraws only the line that it edits.
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
    const timer =
      refresh &&
      setInterval(() => {
        editor.setPrompt(refresh());
        editor.prompt(true);
      }, REFRESH);
    signal.addEventListener('abort', end);
    editor.once('line', (text) => {
      answer = text;
      editor.close();
    });
    editor.once('SIGINT', end);
    editor.once('close', () => {
      clearInterval(timer);
      watches.forEach((stop) => stop());
      signal.removeEventListener('abort', end);
      // The cursor is still after the prompt, unless readline has echoed Enter.
      if (hidden || answer === undefined) tty.output.write('\n');
      if (answer === undefined) reject(cancelled());
      else resolve(answer);
    });
    // readline has put the terminal into raw mode, so nothing typed from now on is echoed.
    tty.output.write((bell ? BELL : '') + label.slice(0, start).replaceAll('\n', '\r\n'));
    show();
    if (initial !== '') editor.write(initial);
  });
}
