/** A person at a terminal who knows the questions beforehand: fails on one that was not expected and on an answer never asked for. */
import { cancelled } from '../../src/errors.ts';
import type { Choice, Terminal } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';

/** One question and its answer. `choose` picks the only choice that matches; `hang` waits until the program gives up. */
export type Line = readonly [question: RegExp, answer: string | { choose: RegExp } | 'ctrl-c' | 'hang'];

/** Ends the sign-in at a page that gauth cannot answer by itself. */
export const STOP: Line = [/^what to do: .*\| Stop$/, { choose: /^Stop/ }];

export interface FakeTerminal extends Terminal {
  /** The questions that were asked, with the choices offered. */
  readonly asked: string[];
  /** The pictures that were shown. */
  readonly pictures: Uint8Array[];
  /** Throws when an answer is left over. */
  done(): void;
}

export interface TerminalTraits {
  /** Whether there is a terminal at all; default yes. */
  readonly present?: boolean;
  /** Columns for large digits; default none. */
  readonly columns?: number;
  /** Whether it can show pictures; default not. */
  readonly graphic?: boolean;
}

export function fakeTerminal(
  lines: readonly Line[],
  { present = true, columns = 0, graphic = false }: TerminalTraits = {},
): FakeTerminal {
  const left = [...lines];
  const asked: string[] = [];
  const pictures: Uint8Array[] = [];

  async function next(question: string, signal: AbortSignal): Promise<string | { choose: RegExp }> {
    asked.push(question);
    const line = left.shift();
    if (!line) throw new Error(`nobody expected the question "${question}"`);
    if (!line[0].test(question)) throw new Error(`asked "${question}" where ${String(line[0])} was expected`);
    if (line[1] === 'ctrl-c') throw cancelled();
    if (line[1] !== 'hang') return line[1];
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(cancelled());
      });
    });
  }

  async function text(question: string, signal: AbortSignal): Promise<string> {
    const answer = await next(question, signal);
    if (typeof answer !== 'string') throw new Error(`"${question}" is not a choice`);
    return answer;
  }

  async function matching<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    signal: AbortSignal,
  ): Promise<readonly Choice<Value>[]> {
    const offered = choices.map((each) => `${each.label} ${each.detail ?? ''}`.trim()).join(' | ');
    const answer = await next(`${label}: ${offered}`, signal);
    if (typeof answer === 'string') throw new Error(`"${label}" is a choice`);
    const fits = ({ label: text, detail }: Choice<Value>): boolean =>
      answer.choose.test(text) || (detail !== undefined && answer.choose.test(detail));
    const found = choices.filter(fits);
    const disabled = found.find((each) => each.disabled !== undefined);
    if (disabled) throw new Error(`"${disabled.label}" cannot be chosen`);
    return found;
  }

  return {
    asked,
    pictures,
    largeDigitColumns: () => Promise.resolve(columns),
    picture: (image) => {
      if (graphic) pictures.push(image);
      return Promise.resolve(graphic);
    },
    available: () => Promise.resolve(present),
    ask: async (label, { signal }) => text(label, signal),
    askSecret: async (label, { signal }) => new Secret(await text(label, signal)),
    paste: async (label, { signal }) => new Secret(await text(label, signal)),
    async choose(label, choices, { signal }) {
      const found = await matching(label, choices, signal);
      if (found.length !== 1 || !found[0]) throw new Error(`${found.length} choices of "${label}" fit`);
      return found[0].value;
    },
    async chooseSeveral(label, choices, { signal }) {
      const found = await matching(label, choices, signal);
      if (found.length === 0) throw new Error(`no choice of "${label}" fits`);
      return found.map((each) => each.value);
    },
    done() {
      if (left.length > 0)
        throw new Error(`never asked: ${left.map(([question]) => String(question)).join(', ')}`);
    },
  };
}
