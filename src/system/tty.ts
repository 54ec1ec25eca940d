/** The controlling terminal: where the person is, whatever became of the standard streams. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { childEnvironment } from '../child-environment.ts';
import { exitByHangup } from './exit-signal.ts';

export interface Tty {
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** Lets go of the terminal, so that it does not keep the process alive. */
  close(): void;
}

/**
 * Standard input and standard error where both are terminals, and else the controlling terminal itself: under an
 * AWS SDK's `credential_process` all three belong to the SDK. Undefined where there is no terminal at all, or where it is
 * another job's at the moment: who asks there is stopped, and with it all that wait for its sign-in.
 */
export function openTty(platform: NodeJS.Platform): Tty | undefined {
  if (isInBackground(platform)) return undefined;
  const { stdin, stderr } = process;
  if (stdin.isTTY && stderr.isTTY) {
    return outliving({ input: stdin, output: stderr, close: () => stdin.pause() });
  }

  const opened: number[] = [];
  try {
    // Windows wants the two halves opened by their names, and both for reading and writing.
    const names = platform === 'win32' ? ['\\\\.\\CONIN$', '\\\\.\\CONOUT$'] : ['/dev/tty', '/dev/tty'];
    for (const name of names) opened.push(openSync(name, 'r+'));
    const [from, to] = opened;
    if (from === undefined || to === undefined) return undefined;
    const input = new ReadStream(from);
    const output = new WriteStream(to);
    const close = (): void => {
      input.destroy();
      output.destroy();
    };
    return outliving({ input, output, close });
  } catch {
    for (const file of opened) closeSync(file);
    return undefined;
  }
}

/** Whether the shell has put this process's job into the background. False where that cannot be known. */
function isInBackground(platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return false;
  try {
    const [own, foreground] = platform === 'linux' ? groupsByProc() : groupsByPs();
    return Number(foreground) > 0 && own !== foreground;
  } catch {
    return false;
  }
}

/** The process's own group and the terminal's (proc(5): pgrp and tpgid; the name before them may hold blanks and brackets). */
function groupsByProc(): readonly (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[2], fields[5]];
}

function groupsByPs(): readonly (string | undefined)[] {
  const args = ['-o', 'pgid=', '-o', 'tpgid=', '-p', String(process.pid)];
  return execFileSync('ps', args, {
    encoding: 'utf8',
    timeout: 1000,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: childEnvironment(),
  })
    .trim()
    .split(/\s+/);
}

/** Writing to a terminal that has been closed is quiet. */
function outliving(tty: Tty): Tty {
  if (!tty.output.listeners('error').includes(ignore)) tty.output.on('error', ignore);
  return tty;
}

function ignore(): void {
  // The question ends, and with it the program.
}

/**
 * Has a terminal that is closed under a question end it. readline, on every error of its input, throws where nobody
 * can catch it; call this when readline has been set up. Returns what ends the watch.
 */
export function watchClose({ input }: Tty, end: () => void): () => void {
  const onClose = (): void => {
    exitByHangup();
    end();
  };
  input.removeAllListeners('error').on('error', ignore).once('error', onClose).once('end', onClose);
  return () => input.off('error', onClose).off('end', onClose);
}

/**
 * Whoever stopped the process (Ctrl-Z, kill -STOP) may have got the terminal back with echo on, and Node believes it
 * still to be in raw mode. So raw mode is set anew when the process goes on, before a key can be seen.
 * Returns what ends the watch.
 */
export function watchContinue(tty: Tty, redraw: () => void): () => void {
  const onContinue = (): void => {
    tty.input.setRawMode(false);
    tty.input.setRawMode(true);
    // readline, where it was it that stopped the process, pauses the input in a handler that comes after this one.
    setImmediate(() => {
      tty.input.resume();
      redraw();
    });
  };
  process.on('SIGCONT', onContinue);
  return () => process.off('SIGCONT', onContinue);
}
