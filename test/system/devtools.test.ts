/** The DevTools client against a server that answers as browsers do, and as they should not. */
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BrowserEvent } from '../../src/ports.ts';
import { connectDevTools, type DevTools } from '../../src/system/devtools.ts';

interface Command {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly sessionId?: string;
}

const NEVER = new AbortController().signal;

/** A server whose answers the test gives, and a client of it. */
async function pair(onCommand: (command: Command, socket: WebSocket) => void): Promise<DevTools> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      onCommand(JSON.parse(data.toString('utf8')) as Command, socket);
    });
  });
  const { port } = server.address() as AddressInfo;
  const client = await connectDevTools(`ws://127.0.0.1:${port}/devtools/browser/x`, NEVER, { answer: 300 });
  onTestFinished(() => {
    client.end();
    server.close();
  });
  return client;
}

it('gives each command its own answer, in whatever order they come', async () => {
  const held: (() => void)[] = [];
  const client = await pair(({ id, method, params, sessionId }, socket) => {
    held.push(() => {
      socket.send(JSON.stringify({ id, result: { method, params, sessionId } }));
    });
    if (held.length === 2) for (const answer of held.reverse()) answer();
  });
  expect(await Promise.all([client.command('A.a', { x: 1 }, 's1'), client.command('B.b')])).toEqual([
    { method: 'A.a', params: { x: 1 }, sessionId: 's1' },
    { method: 'B.b', params: {} },
  ]);
});

it('passes events on, with the page that they are about, and passes over what it does not know', async () => {
  const events: BrowserEvent[] = [];
  const client = await pair(({ id }, socket) => {
    for (const text of ['no json', '7', 'null', '{"id":999,"result":{}}', '{"odd":1}']) socket.send(text);
    socket.send('{"method":"Page.loaded","params":{"a":1},"sessionId":"s1"}');
    socket.send('{"method":"Target.gone"}');
    socket.send(JSON.stringify({ id, result: {} }));
  });
  client.listen((event) => events.push(event));
  await client.command('A.a');
  expect(events).toEqual([
    { method: 'Page.loaded', params: { a: 1 }, session: 's1' },
    { method: 'Target.gone', params: undefined, session: undefined },
  ]);
});

it('tells why a command was refused, made safe to show', async () => {
  const client = await pair(({ id }, socket) => {
    socket.send(JSON.stringify({ id, error: { code: -32000, message: 'no \u001b[31mtarget' } }));
  });
  await expect(client.command('A.a')).rejects.toMatchObject({
    code: 'BROWSER_FAILED',
    message: 'the browser rejected A.a (no [31mtarget)',
  });
});

it('waits for no answer without a limit', async () => {
  const client = await pair(() => undefined);
  await expect(client.command('A.a')).rejects.toMatchObject({ code: 'TIMEOUT' });
});

it('ends all that is under way, and all that comes later, when the connection breaks', async () => {
  const client = await pair((_command, socket) => {
    socket.terminate();
  });
  await expect(client.command('A.a')).rejects.toMatchObject({ code: 'BROWSER_FAILED' });
  await client.closed;
  await expect(client.command('B.b')).rejects.toMatchObject({ code: 'BROWSER_FAILED' });
});

it('says that nobody answers at the endpoint', async () => {
  await expect(connectDevTools('ws://127.0.0.1:9/devtools/browser/x', NEVER)).rejects.toMatchObject({
    code: 'BROWSER_FAILED',
  });
});

it('stops connecting at Ctrl-C', async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(connectDevTools('ws://127.0.0.1:9/x', stop.signal)).rejects.toMatchObject({
    code: 'CANCELLED',
  });
});
