/** Shows an image on the controlling terminal, by the protocols of `terminal-image.ts`. */
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from '../errors.ts';
import { type ImageProtocol, imageSupportOf, supportsSixel, imageSequence } from '../terminal-image.ts';
import type { Environment } from '../ports.ts';
import type { Tty } from './tty.ts';

/** Milliseconds. Terminals answer at once; the rest is for the round trip over SSH. */
const ANSWER_LIMIT = 1_000;
const ANSWER = /\u001b\[\?([\d;]*)c/;

/** Returns whether the image was shown. Throws CANCELLED at Ctrl-C and when the signal fires. */
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
  const support = imageSupportOf(env);
  if (support === 'none') return undefined;
  if (support !== 'ask') return support;
  return supportsSixel(await deviceAttributes(tty, signal)) ? 'sixel' : undefined;
}

/** The terminal's answer to DA1; empty if there is none. Keys typed meanwhile belong to no prompt and are dropped. */
async function deviceAttributes({ input, output }: Tty, signal: AbortSignal): Promise<string> {
  const received: string[] = [];
  const done = new AbortController();
  const listen = (data: Buffer): void => {
    received.push(data.toString('latin1'));
    if (received.join('').includes('\u0003') || ANSWER.test(received.join(''))) done.abort();
  };
  input.setRawMode(true);
  input.on('data', listen);
  // After an earlier prompt the input is paused, and a listener alone does not resume it.
  input.resume();
  try {
    output.write('\u001b[c');
    const ended = AbortSignal.any([done.signal, signal]);
    await wait(ANSWER_LIMIT, undefined, { signal: ended }).catch(() => undefined);
  } finally {
    input.off('data', listen);
    input.pause();
    input.setRawMode(false);
  }
  if (received.join('').includes('\u0003') || signal.aborted) throw cancelled();
  return ANSWER.exec(received.join(''))?.[1] ?? '';
}
