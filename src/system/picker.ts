/** A searchable list, based on the `search` prompt of @inquirer/prompts. Loaded only when a list is shown. */
import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { search } from '@inquirer/prompts';
import { cancelled } from '../errors.ts';
import { type Tty, watchClose, watchContinue } from './tty.ts';

export interface Item<Value> {
  readonly value: Value;
  /** Shown and searched. */
  readonly text: string;
  /** The item comes first in the list when this number is typed. */
  readonly number?: number;
  /** The text that stays on the screen after the choice; default: `text`. */
  readonly taken?: string;
  /** Why it cannot be chosen. */
  readonly disabled: string | undefined;
}

/** Lines outside the list: the prompt (one or two lines) and the lines below it. */
const OTHER_LINES = 4;

/** Marks the row that Enter would choose. */
const CURSOR = '>';

/** The abort reason if the window was resized. */
const RESIZED = new Error('the window was resized');

/** The state of the list: the typed text, and the row that Enter would choose. */
export interface PickerState<Value> {
  readonly term: string;
  readonly item: Item<Value> | undefined;
}

export type Picked<Value> =
  | { readonly kind: 'picked'; readonly value: Value }
  | { readonly kind: 'resized'; readonly state: PickerState<Value> };

/**
 * Lets the user choose an item, starting from `state`. When the window is resized, the prompt would redraw the wrong lines. So the
 * screen is cleared, and the caller shows the list again with the same state on a reopened terminal.
 * Throws GauthError CANCELLED at Ctrl-C, Ctrl-D, when the terminal closes and when the signal fires.
 */
export async function pick<Value>(
  tty: Tty,
  label: string,
  items: readonly Item<Value>[],
  options: {
    readonly colour: boolean;
    readonly state: PickerState<Value> | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Picked<Value>> {
  const question = `Choose ${label}:`;
  let { term, item: marked } = options.state ?? { term: '', item: undefined };
  const stop = new AbortController();
  const halt = (): void => {
    stop.abort();
  };
  const onResize = (): void => {
    stop.abort(RESIZED);
  };
  const onKey = (_text: unknown, key: { readonly ctrl?: boolean; readonly name?: string }): void => {
    if (key.ctrl === true && key.name === 'd') halt();
  };
  process.once('SIGWINCH', onResize);
  options.signal.addEventListener('abort', halt);
  tty.input.on('keypress', onKey);
  const watches = [watchContinue(tty, () => undefined)];
  try {
    const answer = search<Item<Value>>(
      {
        message: question,
        pageSize: Math.max(1, tty.output.rows - OTHER_LINES),
        source: (typed = '') => {
          term = typed;
          return filter(items, typed).map(toChoice);
        },
        theme: theme(options.colour, (row) => {
          marked = items.find(({ text }) => row === `${CURSOR} ${text}`);
        }),
        ...(term === '' ? {} : { initialValue: term }),
        ...(marked === undefined ? {} : { default: marked }),
      },
      { input: tty.input, output: relay(tty), signal: stop.signal, clearPromptOnDone: true },
    );
    watches.push(watchClose(tty, halt));
    const item = await answer;
    tty.output.write(`${question} ${item.taken ?? item.text}\n`);
    return { kind: 'picked', value: item.value };
  } catch {
    // The prompt throws various errors; each means that the user, a signal or a resize ended it.
    if (stop.signal.reason !== RESIZED) throw cancelled();
    tty.output.write('\u001b[H\u001b[J');
    return { kind: 'resized', state: { term, item: marked } };
  } finally {
    watches.forEach((stop) => stop());
    process.off('SIGWINCH', onResize);
    options.signal.removeEventListener('abort', halt);
    tty.input.off('keypress', onKey);
  }
}

/**
 * The items that contain all typed words, in any order and case.
 * The item with a typed number comes first, so that Enter chooses it.
 */
function filter<Value>(items: readonly Item<Value>[], term: string): readonly Item<Value>[] {
  const words = term
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const numbered = /^\d+$/.test(term.trim())
    ? items.find(({ number }) => number === Number(term))
    : undefined;
  const matching = items.filter(
    (item) => item !== numbered && words.every((word) => matches(item.text, word)),
  );
  return numbered === undefined ? matching : [numbered, ...matching];
}

/** The common parts of role ARNs match only if the user types an ARN: "ro" should not match every ":role/". */
function matches(text: string, word: string): boolean {
  const searched = /[:/]/.test(word) ? text : text.replace(/arn:[\w-]*:iam::(\d*):role\//, '$1 ');
  return searched.toLowerCase().includes(word);
}

function toChoice<Value>(item: Item<Value>): {
  value: Item<Value>;
  name: string;
  disabled: string | boolean;
} {
  return { value: item, name: item.text, disabled: item.disabled ?? false };
}

/** No prefix and no help line; colours only if wanted. `onMarked` receives the row that Enter would choose. */
function theme(
  colour: boolean,
  onMarked: (row: string) => void,
): NonNullable<Parameters<typeof search>[0]['theme']> {
  const same = (text: string): string => text;
  const dimmed = (text: string): string =>
    colour ? styleText('dim', text, { validateStream: false }) : text;
  const marked = (text: string): string =>
    colour ? styleText('cyan', text, { validateStream: false }) : text;
  return {
    prefix: '',
    icon: { cursor: CURSOR },
    style: {
      message: same,
      searchTerm: same,
      answer: same,
      highlight: (row: string) => {
        onMarked(row);
        return marked(row);
      },
      disabled: (text: string) => dimmed(`  ${text}`),
      error: () => 'No matches',
      keysHelpTip: () => undefined,
    },
  };
}

/** The prompt ends its output stream, so it gets this one instead of the terminal itself. */
function relay({ output }: Tty): NodeJS.WritableStream {
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      output.write(text);
      // Synchronous, so that the prompt's output precedes later output.
      done();
    },
  });
  return Object.assign(stream, { columns: output.columns, rows: output.rows, isTTY: true });
}
