/** A person at a terminal who knows the questions beforehand: fails on one that was not expected and on an answer never asked for. */
import { cancelled } from '../../src/errors.ts';
import type { Terminal } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';

/** One question and its answer. `choose` picks the only choice that matches; `hang` waits until the program gives up. */
export type Line = readonly [question: RegExp, answer: string | { choose: RegExp } | 'ctrl-c' | 'hang'];

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

  return {
    asked,
    pictures,
    canvas: () => Promise.resolve(columns),
    picture: (image) => {
      if (graphic) pictures.push(image);
      return Promise.resolve(graphic);
    },
    available: () => Promise.resolve(present),
    ask: async (label, { signal }) => text(label, signal),
    askSecret: async (label, { signal }) => new Secret(await text(label, signal)),
    async choose(label, choices, { signal }) {
      const answer = await next(
        `${label}: ${choices.map((each) => `${each.label} ${each.detail ?? ''}`).join(' | ')}`,
        signal,
      );
      if (typeof answer === 'string') throw new Error(`"${label}" is a choice`);
      const matching = choices.filter((each) => answer.choose.test(each.label));
      if (matching.length !== 1 || !matching[0])
        throw new Error(`${String(answer.choose)} fits ${matching.length} choices of "${label}"`);
      if (matching[0].disabled !== undefined) throw new Error(`"${matching[0].label}" cannot be chosen`);
      return matching[0].value;
    },
    done() {
      if (left.length > 0)
        throw new Error(`never asked: ${left.map(([question]) => String(question)).join(', ')}`);
    },
  };
}
