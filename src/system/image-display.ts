/** Shows a picture on the controlling terminal, in whichever way it knows. */
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from '../errors.ts';
import { type ImageProtocol, imageSupportOf, supportsSixel, imageSequence } from '../terminal-image.ts';
import type { Environment } from '../ports.ts';
import type { Tty } from './tty.ts';

/** Milliseconds. Terminals answer at once; the rest is for the way there and back over SSH. */
const ANSWER_LIMIT = 1_000;
const ANSWER = /\u001b\[\?([\d;]*)c/;

/** Whether the picture is there to be seen. Throws CANCELLED on Ctrl-C and when the signal fires. */
export async function showPicture(
  tty: Tty,
  image: Uint8Array,
  env: Environment,
  signal: AbortSignal,
): Promise<boolean> {
  const protocol = await protocolOf(tty, env, signal);
  const text = protocol && (await imageSequence(image, protocol));
  if (text === undefined) return false;
  tty.output.write(`${text}\r\n`);
  return true;
}

async function protocolOf(
  tty: Tty,
  env: Environment,
  signal: AbortSignal,
): Promise<ImageProtocol | undefined> {
  const guessed = imageSupportOf(env);
  if (guessed === 'none') return undefined;
  if (guessed !== 'ask') return guessed;
  return supportsSixel(await deviceAttributes(tty, signal)) ? 'sixel' : undefined;
}

/** The terminal's answer to DA1; empty where none came. What is typed meanwhile belongs to no question and is dropped. */
async function deviceAttributes({ input, output }: Tty, signal: AbortSignal): Promise<string> {
  const heard: string[] = [];
  const done = new AbortController();
  const listen = (data: Buffer): void => {
    heard.push(data.toString('latin1'));
    if (heard.join('').includes('\u0003') || ANSWER.test(heard.join(''))) done.abort();
  };
  input.setRawMode(true);
  input.on('data', listen);
  // Where something was asked before, it is paused, and listening alone does not change that.
  input.resume();
  try {
    output.write('\u001b[c');
    const over = AbortSignal.any([done.signal, signal]);
    await wait(ANSWER_LIMIT, undefined, { signal: over }).catch(() => undefined);
  } finally {
    input.off('data', listen);
    input.pause();
    input.setRawMode(false);
  }
  if (heard.join('').includes('\u0003') || signal.aborted) throw cancelled();
  return ANSWER.exec(heard.join(''))?.[1] ?? '';
}
