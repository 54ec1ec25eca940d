/** A list that can be searched by typing, on the `search` prompt of @inquirer/prompts. Loaded only when a list is shown. */
import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { search } from '@inquirer/prompts';
import { cancelled } from '../errors.ts';
import { type Tty, watchClose, watchContinue } from './tty.ts';

export interface Item<Value> {
  readonly value: Value;
  /** Shown and searched. */
  readonly text: string;
  /** Brings it to the front when it is typed. */
  readonly number?: number;
  /** What stays on the screen when it was taken; the text itself where nothing is said. */
  readonly taken?: string;
  /** Why it cannot be chosen. */
  readonly disabled: string | undefined;
}

/** Lines that are not the list's: the question (perhaps on two lines) and what stands below it. */
const OTHER_LINES = 4;

/** Stands before the row that Enter would take. */
const CURSOR = '>';

/** Why the prompt was ended, where it was the window. */
const RESIZED = new Error('the window changed its size');

/** Where the person is in a list: what has been typed, and the row that Enter would take. */
export interface Place<Value> {
  readonly term: string;
  readonly item: Item<Value> | undefined;
}

export type Picked<Value> =
  | { readonly kind: 'picked'; readonly value: Value }
  | { readonly kind: 'resized'; readonly place: Place<Value> };

/**
 * Lets the person choose one, from the place given on. When the window changes its size, the prompt, which counts lines as they
 * were, would leave scraps: the screen is cleared, and the caller starts over at the same place on a terminal opened anew.
 * Throws GauthError CANCELLED at Ctrl-C, Ctrl-D, the end of the terminal and the signal.
 */
export async function pick<Value>(
  tty: Tty,
  label: string,
  items: readonly Item<Value>[],
  options: {
    readonly colour: boolean;
    readonly place: Place<Value> | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Picked<Value>> {
  const question = `Choose ${label}:`;
  let { term, item: marked } = options.place ?? { term: '', item: undefined };
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
    // The prompt gives up in ways of its own, each of which means that the person, a signal or the window ended it.
    if (stop.signal.reason !== RESIZED) throw cancelled();
    tty.output.write('\u001b[H\u001b[J');
    return { kind: 'resized', place: { term, item: marked } };
  } finally {
    watches.forEach((stop) => stop());
    process.off('SIGWINCH', onResize);
    options.signal.removeEventListener('abort', halt);
    tty.input.off('keypress', onKey);
  }
}

/**
 * What fits the words typed, in any order, anywhere in the text, whatever their case.
 * A number brings the item of that number to the front, so that it can be typed and taken by Enter.
 */
function filter<Value>(items: readonly Item<Value>[], term: string): readonly Item<Value>[] {
  const words = term
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const numbered = /^\d+$/.test(term.trim())
    ? items.find(({ number }) => number === Number(term))
    : undefined;
  const fitting = items.filter((item) => item !== numbered && words.every((word) => fits(item.text, word)));
  return numbered === undefined ? fitting : [numbered, ...fitting];
}

/** What all role ARNs have in common fits only those who type an ARN: "ro" means a name, and not every ":role/". */
function fits(text: string, word: string): boolean {
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

/** No marks, no help line, and colours only where the person has them. `onMarked` hears of the row that Enter would take. */
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
      error: () => 'Nothing fits.',
      keysHelpTip: () => undefined,
    },
  };
}

/** The prompt ends the stream it was given, which is the person's terminal; so it is given this one. */
function relay({ output }: Tty): NodeJS.WritableStream {
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      output.write(text);
      // At once, so that what the prompt writes stays before what is written behind it.
      done();
    },
  });
  return Object.assign(stream, { columns: output.columns, rows: output.rows, isTTY: true });
}
