/** Shows a searchable list on the terminal. Loaded only when a list is shown. */
import { Writable } from 'node:stream';
import { cancelled } from '../errors.ts';
import { type ListItem, listPrompt, type ListState } from './list-prompt.ts';
import { type Tty, watchClose, watchContinue } from './tty.ts';

export interface Item<Value> extends ListItem {
  readonly value: Value;
}

/** The abort reason if the window was resized. */
const RESIZED = new Error('the window was resized');

export type Picked<Value> =
  | { readonly kind: 'picked'; readonly values: readonly Value[] }
  | { readonly kind: 'resized'; readonly state: ListState };

export interface PickerOptions {
  /** Whether several items may be marked. */
  readonly several: boolean;
  readonly colour: boolean;
  readonly state: ListState | undefined;
  readonly signal: AbortSignal;
}

/**
 * Lets the user choose items, starting from `state`. When the window is resized, the prompt would redraw the wrong lines. So the
 * screen is cleared, and the caller shows the list again with the same state on a reopened terminal.
 * Throws GauthError CANCELLED at Ctrl-C, Ctrl-D, when the terminal closes and when the signal fires.
 */
export async function pick<Value>(
  tty: Tty,
  label: string,
  items: readonly Item<Value>[],
  { several, colour, state: before, signal }: PickerOptions,
): Promise<Picked<Value>> {
  const question = `Choose ${label}:`;
  let state: ListState = before ?? { typed: '', active: undefined, marked: new Set() };
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
  signal.addEventListener('abort', halt);
  tty.input.on('keypress', onKey);
  const watches = [watchContinue(tty, () => undefined)];
  try {
    const answer = listPrompt(
      {
        question,
        items,
        several,
        colour,
        columns: tty.output.columns,
        rows: tty.output.rows,
        initial: state,
        onState: (now) => {
          state = now;
        },
      },
      { input: tty.input, output: relay(tty), signal: stop.signal, clearPromptOnDone: true },
    );
    watches.push(watchClose(tty, halt));
    const chosen = (await answer).flatMap((index) => items[index] ?? []);
    const [first, ...others] = chosen;
    const taken =
      others.length === 0 ? (first?.text ?? '') : `${String(chosen.length)} of ${String(items.length)}`;
    tty.output.write(`${question} ${taken}\n`);
    return { kind: 'picked', values: chosen.map(({ value }) => value) };
  } catch {
    // The prompt throws various errors; each means that the user, a signal or a resize ended it.
    if (stop.signal.reason !== RESIZED) throw cancelled();
    tty.output.write('\u001b[H\u001b[J');
    return { kind: 'resized', state };
  } finally {
    watches.forEach((stop) => stop());
    process.off('SIGWINCH', onResize);
    signal.removeEventListener('abort', halt);
    tty.input.off('keypress', onKey);
  }
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
