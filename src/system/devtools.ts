/** A client of the Chrome DevTools Protocol: commands and events over one WebSocket on loopback. */
import { WebSocket } from 'ws';
import { cancelled, GauthError } from '../errors.ts';
import type { BrowserEvent } from '../ports.ts';
import { oneLine } from '../text.ts';

export interface DevTools {
  /** Resolves with the result. Throws GauthError BROWSER_FAILED for an error or a lost connection, TIMEOUT. */
  command(method: string, params?: object, session?: string): Promise<unknown>;
  listen(listener: (event: BrowserEvent) => void): void;
  /** Resolves when the connection has ended, on either side. */
  readonly closed: Promise<void>;
  end(): void;
}

export interface DevToolsLimits {
  /** Milliseconds for the connection and for each answer. A browser on a busy machine takes seconds to open a window. */
  readonly answer?: number;
}

interface PendingCommand {
  readonly method: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: GauthError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Connects to a browser's endpoint (`ws://127.0.0.1:...`). Throws GauthError BROWSER_FAILED, TIMEOUT; CANCELLED when the signal fires. */
export async function connectDevTools(
  endpoint: string,
  signal: AbortSignal,
  { answer = 20_000 }: DevToolsLimits = {},
): Promise<DevTools> {
  // Compression on loopback only costs time. The limit is far above the largest message, a form with an assertion.
  const socket = new WebSocket(endpoint, {
    perMessageDeflate: false,
    maxPayload: 64_000_000,
    handshakeTimeout: answer,
  });
  await opened(socket, signal);

  const pending = new Map<number, PendingCommand>();
  const listeners: ((event: BrowserEvent) => void)[] = [];
  let lastId = 0;
  let isOpen = true;

  const settle = (id: number): PendingCommand | undefined => {
    const one = pending.get(id);
    clearTimeout(one?.timer);
    pending.delete(id);
    return one;
  };
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOpen = false;
      for (const id of [...pending.keys()]) settle(id)?.reject(connectionLost());
      resolve();
    });
  });
  // 'close' follows, and the reason adds nothing to it.
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const message = read(data);
    if (message === undefined) return;
    if (message.kind === 'event') {
      for (const listener of listeners) listener(message.event);
      return;
    }
    const one = settle(message.id);
    if (message.error === undefined) one?.resolve(message.result);
    else one?.reject(commandFailed(one.method, message.error));
  });

  return {
    closed,
    command: async (method, params = {}, session) =>
      new Promise((resolve, reject) => {
        if (!isOpen) {
          reject(connectionLost());
          return;
        }
        const id = ++lastId;
        const timer = setTimeout(() => {
          settle(id)?.reject(commandTimeout(method, answer));
        }, answer);
        pending.set(id, { method, resolve, reject, timer });
        socket.send(
          JSON.stringify({ id, method, params, ...(session === undefined ? {} : { sessionId: session }) }),
        );
      }),
    listen(listener) {
      listeners.push(listener);
    },
    end() {
      socket.terminate();
    },
  };
}

async function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      reject(cancelled());
      socket.terminate();
    };
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', stop);
      finish();
    };
    socket.once('open', () => {
      settle(resolve);
    });
    socket.once('error', (cause) => {
      settle(() => {
        reject(new GauthError('BROWSER_FAILED', 'cannot connect to the browser', { cause }));
      });
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

type Message =
  | { readonly kind: 'event'; readonly event: BrowserEvent }
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown; readonly error?: string };

/** A message of the protocol; undefined for anything else, which a later version may send. */
function read(data: Buffer): Message | undefined {
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  if ('id' in message && typeof message.id === 'number') {
    const result = 'result' in message ? message.result : undefined;
    if (!('error' in message)) return { kind: 'answer', id: message.id, result };
    return { kind: 'answer', id: message.id, result, error: reasonOf(message.error) };
  }
  if (!('method' in message) || typeof message.method !== 'string') return undefined;
  const session =
    'sessionId' in message && typeof message.sessionId === 'string' ? message.sessionId : undefined;
  const params = 'params' in message ? message.params : undefined;
  return { kind: 'event', event: { method: message.method, params, session } };
}

function reasonOf(error: unknown): string {
  const isKnown = typeof error === 'object' && error !== null && 'message' in error;
  return isKnown ? oneLine(String(error.message), 200) : 'no reason given';
}

function commandFailed(method: string, reason: string): GauthError {
  return new GauthError('BROWSER_FAILED', `the browser rejected ${method} (${reason})`);
}

function commandTimeout(method: string, limit: number): GauthError {
  return new GauthError(
    'TIMEOUT',
    `the browser did not answer ${method} within ${String(limit / 1000)} seconds`,
  );
}

function connectionLost(): GauthError {
  return new GauthError('BROWSER_FAILED', 'lost the connection to the browser');
}
