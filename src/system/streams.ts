/** Standard input, output and error as ports. A stream is opened at its first use, because that takes time. */
import { cancelled, GauthError } from '../errors.ts';
import type { Input, Output } from '../ports.ts';
import { Secret } from '../secret.ts';

/** Bytes; a longer line is not a password. */
const LINE_LIMIT = 65_536;
const NEWLINE = 0x0a;

/** A standard stream, or that of a test. */
export type Source = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  readonly readableEnded: boolean;
  ref?(): unknown;
  unref?(): unknown;
};
export type Sink = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Reads a stream in chunks. Input after the requested line is kept for the next call. */
export function createInput(open: () => Source): Input {
  let rest = Buffer.alloc(0);
  let ended = false;

  /** Reads into `rest` until `enough` returns true, the stream ends or the limit is exceeded. */
  async function fill(enough: () => boolean, limit: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled();
    if (ended || enough()) return;
    const stream = open();
    if (stream.readableEnded) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        stream.off('data', onData).off('end', onEnd).off('error', onError);
        signal.removeEventListener('abort', onAbort);
        // An open stream would keep the process alive.
        stream.pause();
        stream.unref?.();
        finish();
      };
      const onData = (piece: Buffer): void => {
        rest = Buffer.concat([rest, piece]);
        if (enough() || rest.length > limit) settle(resolve);
      };
      const onEnd = (): void => {
        ended = true;
        settle(resolve);
      };
      const onError = (cause: Error): void => {
        settle(() => {
          reject(new GauthError('FILE', 'cannot read standard input', { cause }));
        });
      };
      const onAbort = (): void => {
        settle(() => {
          reject(cancelled());
        });
      };
      signal.addEventListener('abort', onAbort);
      stream.on('data', onData).on('end', onEnd).on('error', onError);
      stream.ref?.();
      stream.resume();
    });
  }

  function take(length: number): Buffer {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  }

  return {
    get isTerminal() {
      return open().isTTY === true;
    },
    async readLine(signal) {
      await fill(() => rest.includes(NEWLINE), LINE_LIMIT, signal);
      const end = rest.indexOf(NEWLINE);
      if ((end === -1 ? rest.length : end) > LINE_LIMIT) {
        throw new GauthError('BAD_OPTION', 'the line on standard input is longer than 64 KB');
      }
      if (rest.length === 0) return undefined;
      const line = take(end === -1 ? rest.length : end + 1).toString('utf8');
      return new Secret(line.replace(/\r?\n$/, ''));
    },
    async readAll(limit, signal) {
      await fill(() => false, limit, signal);
      if (rest.length > limit) {
        throw new GauthError('BAD_OPTION', `standard input has more than ${String(limit)} bytes`);
      }
      return new Secret(take(rest.length).toString('utf8'));
    },
  };
}

/**
 * Writes to a stream. If the reader has closed it (EPIPE, or EIO of a closed terminal), further output is silently dropped. `report`
 * receives any other failure, once.
 */
export function createOutput(open: () => Sink, report: (cause: Error) => void): Output {
  let stream: Sink | undefined;
  let broken = false;

  function opened(): Sink {
    if (stream === undefined) {
      stream = open();
      stream.on('error', (cause: NodeJS.ErrnoException) => {
        const isFirst = !broken;
        broken = true;
        if (isFirst && cause.code !== 'EPIPE' && cause.code !== 'EIO') report(cause);
      });
    }
    return stream;
  }

  return {
    get isTerminal() {
      return opened().isTTY === true;
    },
    get columns() {
      return opened().columns;
    },
    write(text) {
      const sink = opened();
      if (!broken) sink.write(text);
    },
  };
}
