/** Reads a pseudo-terminal to its end: what a program writes just before it ends is not lost. */
import { closeSync, constants, openSync, write } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { IPty } from '@lydell/node-pty';

/** Written behind the program's last output: a command to the terminal (OSC) that no terminal knows, so that it shows nothing. */
const MARK = '\u001b]7777;end\u0007';

/** What was read, without the mark that stands at its end. */
export function withoutMark(text: string): string {
  return text.replace(MARK, '');
}

/**
 * Has node-pty report the program's end (`onExit`) only after all of its output (`onData`). By itself node-pty closes the terminal
 * 200 ms after the end, read or not. And libuv takes a short read from a terminal that no process holds any more for
 * the last one, although the kernel gives 4095 bytes at a time (libuv issues 4992 and 5165, fixed in 2026). So the program's
 * side of the terminal is held open here as well. At the program's end a mark is written to it, and when the mark has
 * been read, the terminal is closed. Returns what closes it at once, as closing a window does.
 */
export function readToTheEnd(child: IPty): () => void {
  const [socket, name]: readonly unknown[] = [Reflect.get(child, '_socket'), Reflect.get(child, '_pty')];
  if (!(socket instanceof ReadStream) || typeof name !== 'string') {
    throw new Error('node-pty is not built as it was: see readToTheEnd()');
  }
  const held = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
  const destroy = socket.destroy.bind(socket);
  let state = 'running' as 'running' | 'writing' | 'marked' | 'closed';

  const close = (error?: Error): void => {
    // A write that still waits lets go when it has ended, which it does at once without a reader.
    if (state === 'running' || state === 'marked') closeSync(held);
    state = 'closed';
    destroy(error);
  };
  const mark = (): void => {
    if (state !== 'running') return;
    state = 'writing';
    write(held, MARK, (error) => {
      if (state === 'closed') {
        closeSync(held);
        return;
      }
      state = 'marked';
      // macOS takes a terminal from all who hold it when its session ends, and tells the reader so.
      if (error !== null) close();
    });
  };

  let tail = '';
  child.onData((text) => {
    const seen = tail + text;
    tail = seen.slice(-MARK.length);
    // Others hear of the same text first.
    if (seen.includes(MARK)) setImmediate(close);
  });
  // What node-pty waits for once the program has ended, before its 200 ms.
  socket.on('newListener', (event) => {
    if (event === 'close') mark();
  });
  socket.destroy = (error) => {
    if (error || state === 'closed') close(error);
    else mark();
    return socket;
  };
  return () => {
    close();
  };
}
