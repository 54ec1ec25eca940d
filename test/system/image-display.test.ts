/** Images on a terminal: in a real pseudo-terminal, and against terminals of other kinds. */
import { EventEmitter } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { showPicture } from '../../src/system/image-display.ts';
import type { Tty } from '../../src/system/tty.ts';
import { bundle } from '../support/bundle.ts';
import { jpegOf, PNG } from '../support/pictures.ts';
import { type PtyOptions, start } from '../support/pty.ts';

const JPEG = jpegOf(12, 6, () => 0);

describe('in a pseudo-terminal', () => {
  let program: string;
  beforeAll(async () => {
    const made = await bundle(new URL('./fixtures/picture.ts', import.meta.url));
    program = made.program;
    return made.remove;
  });

  async function shown(env: PtyOptions['env'] = {}) {
    const terminal = start(process.execPath, [program], { env: { PICTURE: PNG.toString('base64'), ...env } });
    await terminal.waitFor('Password: ');
    terminal.type('secret');
    terminal.press('enter');
    await terminal.waitFor('Captcha: ');
    terminal.type('abc');
    terminal.press('enter');
    await terminal.exit();
    return { raw: terminal.raw(), screen: terminal.screen() };
  }

  it.each([
    ['iTerm', { TERM_PROGRAM: 'iTerm.app' }, '\u001b]1337;File=inline=1;'],
    ['kitty', { TERM: 'xterm-kitty' }, '\u001b_Ga=T,q=2,f=100'],
  ])('is written by the protocol %s', async (_name, env, beginning) => {
    const { raw, screen } = await shown(env);
    expect(raw).toContain(beginning);
    expect(screen).toMatch(/Captcha: abc\nanswer true abc$/);
  });

  it('is not written if the terminal reports no sixel, and its report is not read as typed text', async () => {
    const { raw, screen } = await shown();
    expect(raw).toContain('\u001b[c');
    expect(screen).toBe('Password:\nCaptcha: abc\nanswer false abc');
  });

  it('is not queried on a dumb terminal', async () => {
    const { raw } = await shown({ TERM: 'dumb' });
    expect(raw).not.toContain('\u001b[c');
    expect(raw).toContain('answer false abc');
  });
});

/** A terminal that answers `heard` as soon as it is asked. */
function terminalAnswering(received: readonly string[]): { tty: Tty; wrote: string[]; raw: boolean[] } {
  const wrote: string[] = [];
  const raw: boolean[] = [];
  const input = Object.assign(new EventEmitter(), {
    setRawMode: (on: boolean) => raw.push(on),
    pause: () => undefined,
    resume: () => undefined,
  });
  const output = {
    write: (text: string) => {
      wrote.push(text);
      if (text === '\u001b[c')
        for (const part of received) setImmediate(() => input.emit('data', Buffer.from(part)));
    },
  };
  // Of a terminal's streams only these parts are used.
  return { tty: { input, output, close: () => undefined } as unknown as Tty, wrote, raw };
}

describe('a terminal that is queried for sixel', () => {
  const show = async (
    received: readonly string[],
    image: Uint8Array = JPEG,
    signal = new AbortController().signal,
  ) => {
    const { tty, wrote, raw } = terminalAnswering(received);
    const isShown = await showPicture(tty, image, { TERM: 'xterm-256color' }, signal);
    expect(raw).toEqual([true, false]);
    expect(tty.input.listenerCount('data')).toBe(0);
    return { isShown, wrote };
  };

  it('gets the image if it reports sixel, in one piece or several, with typed text around it', async () => {
    for (const received of [['\u001b[?62;4;22c'], ['\u001b[?6', '2;4c'], ['x\u001b[?65;4cy']]) {
      const { isShown, wrote } = await show(received);
      expect(isShown).toBe(true);
      expect(wrote[1]).toMatch(/^\u001bPq"1;1;12;6.*\u001b\\\r\n$/s);
    }
  });

  it('gets nothing if it reports no sixel, or nothing', async () => {
    expect(await show(['\u001b[?1;2c'])).toEqual({ isShown: false, wrote: ['\u001b[c'] });
    expect(await show([])).toEqual({ isShown: false, wrote: ['\u001b[c'] });
  });

  it('gets nothing for an image that cannot be drawn this way', async () => {
    expect(await show(['\u001b[?62;4c'], PNG)).toEqual({ isShown: false, wrote: ['\u001b[c'] });
  });

  it('is restored after Ctrl-C and after the signal', async () => {
    await expect(show(['\u0003'])).rejects.toMatchObject({ code: 'CANCELLED' });
    const controller = new AbortController();
    const waiting = show([], JPEG, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
