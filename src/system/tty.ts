/** Opens the controlling terminal (/dev/tty, CONIN$), which reaches the user even if the standard streams are redirected. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { childEnvironment } from '../child-environment.ts';
import { exitByHangup } from './exit-signal.ts';

export interface Tty {
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** Closes the terminal, so that it does not keep the process alive. */
  close(): void;
}

/**
 * Standard input and standard error if both are terminals, else the controlling terminal itself: under `credential_process` the
 * standard streams belong to the SDK. Undefined if there is no terminal, or if this process is a background job: a prompt would
 * stop it, and with it all processes that wait for its sign-in.
 */
export function openTty(platform: NodeJS.Platform): Tty | undefined {
  if (isInBackground(platform)) return undefined;
  const { stdin, stderr } = process;
  if (stdin.isTTY && stderr.isTTY) {
    return ignoringErrors({ input: stdin, output: stderr, close: () => stdin.pause() });
  }

  const opened: number[] = [];
  try {
    // Windows has a name for each direction, and both must be opened for reading and writing.
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
    return ignoringErrors({ input, output, close });
  } catch {
    for (const file of opened) closeSync(file);
    return undefined;
  }
}

/** Whether this process is a background job of the shell. False if unknown. */
function isInBackground(platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return false;
  try {
    const [own, foreground] = platform === 'linux' ? groupsFromProc() : groupsFromPs();
    return Number(foreground) > 0 && own !== foreground;
  } catch {
    return false;
  }
}

/** The process groups of this process and of the terminal (proc(5): pgrp and tpgid; the name before them may contain spaces and parentheses). */
function groupsFromProc(): readonly (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[2], fields[5]];
}

function groupsFromPs(): readonly (string | undefined)[] {
  const args = ['-o', 'pgid=', '-o', 'tpgid=', '-p', String(process.pid)];
  // Loaded only here: it costs a start 2 ms.
  return process
    .getBuiltinModule('node:child_process')
    .execFileSync('ps', args, {
      encoding: 'utf8',
      timeout: 1000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: childEnvironment(),
    })
    .trim()
    .split(/\s+/);
}

/** Errors of writing to a closed terminal are ignored. */
function ignoringErrors(tty: Tty): Tty {
  if (!tty.output.listeners('error').includes(ignore)) tty.output.on('error', ignore);
  return tty;
}

function ignore(): void {
  // The prompt ends, and with it the program.
}

/**
 * Ends a prompt when its terminal closes. At an error of its input, readline throws where nothing can catch it; so call this after
 * readline is set up. Returns a function that stops watching.
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
 * After a stop (Ctrl-Z, kill -STOP) the terminal may have echo on while Node believes that it is in raw mode. So raw mode is set
 * again when the process continues, before a key is echoed. Returns a function that stops watching.
 */
export function watchContinue(tty: Tty, redraw: () => void): () => void {
  const onContinue = (): void => {
    tty.input.setRawMode(false);
    tty.input.setRawMode(true);
    // If readline stopped the process, its own handler, which runs after this one, pauses the input.
    setImmediate(() => {
      tty.input.resume();
      redraw();
    });
  };
  process.on('SIGCONT', onContinue);
  return () => process.off('SIGCONT', onContinue);
}
