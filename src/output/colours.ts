/** Colours for what a terminal shows. */
import { styleText } from 'node:util';
import type { Environment, Output } from '../ports.ts';

export type Colour = 'red' | 'yellow' | 'green' | 'dim';
export type Paint = (colour: Colour, text: string) => string;

/** Paints if the output is a terminal that has colours and the user wants them (no-color.org). */
export function colours({ isTerminal }: Pick<Output, 'isTerminal'>, env: Environment): Paint {
  const isColoured = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return (colour, text) => (isColoured ? styleText(colour, text, { validateStream: false }) : text);
}
