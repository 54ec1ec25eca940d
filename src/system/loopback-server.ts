/** An HTTP server on 127.0.0.1, at a port that the system chooses. On Linux it answers processes of this user only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { GauthError } from '../errors.ts';
import type { LoopbackAnswer, LoopbackServer } from '../ports.ts';
import { isPeerOfSameUser } from './connection-owner.ts';

/** Milliseconds for a client to send its request, which has no body. */
const REQUEST_TIMEOUT = 5_000;
/** Bytes. */
const MAX_HEADERS = 8_192;

/** Starts the server. Throws GauthError SERVER_FAILED if it cannot listen. */
export async function startLoopbackServer(answer: LoopbackAnswer): Promise<LoopbackServer> {
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT,
    headersTimeout: REQUEST_TIMEOUT,
    maxHeaderSize: MAX_HEADERS,
  });
  server.on('request', (request, response) => {
    void respond(request, response, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server
      .once('error', (cause) => {
        reject(new GauthError('SERVER_FAILED', 'cannot listen on 127.0.0.1', { cause }));
      })
      .listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: LoopbackAnswer,
): Promise<void> {
  request.resume();
  response.setHeader('cache-control', 'no-store');
  try {
    if (!(await isPeerOfSameUser(request.socket))) {
      response.writeHead(403).end();
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    );
    const { status, body } = await answer({
      method: request.method ?? '',
      path: request.url ?? '',
      headers,
    });
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  } catch {
    // The answer reports its errors itself; this one would be a mistake in gauth, and must not show anything.
    response.writeHead(500).end();
  }
}
