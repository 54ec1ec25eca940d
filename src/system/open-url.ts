/** Opens a URL in the user's browser without putting it on a command line. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { childEnvironment } from '../child-environment.ts';
import type { Environment } from '../ports.ts';
import { cancelled } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { isPeerOfSameUser } from './connection-owner.ts';

interface HostEnvironment {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}

/** Milliseconds: the browser may have to start first. */
const TIMEOUT = 30_000;

/**
 * Starts the browser with a loopback URL that redirects to the real URL once: everybody on the machine can read command lines,
 * and the real URL signs in whoever opens it. On Linux the loopback URL answers this user only, because others can read it
 * too, and could be faster. Returns false if no browser opened it. Throws GauthError CANCELLED.
 */
export async function openUrl(target: Secret, host: HostEnvironment, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) throw cancelled();
  const opener = openerOf(host);
  if (opener === undefined) return false;
  const path = `/${randomBytes(18).toString('base64url')}`;
  const server = createServer();
  const finished = new AbortController();
  try {
    const port = await listen(server);
    return await new Promise<boolean>((resolve, reject) => {
      const timer = setTimeout(resolve, TIMEOUT, false);
      const onAbort = (): void => {
        reject(cancelled());
      };
      signal.addEventListener('abort', onAbort);
      finished.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
      server.on('request', ({ url, socket }, response) => {
        response.setHeader('cache-control', 'no-store').setHeader('referrer-policy', 'no-referrer');
        const answer = (isAllowed: boolean): void => {
          if (!isAllowed) {
            response.writeHead(404).end();
            return;
          }
          response.writeHead(302, { location: target.reveal(), connection: 'close' }).end(() => {
            resolve(true);
          });
        };
        if (url !== path) answer(false);
        else void isSameUser(socket, host).then(answer);
      });
      const [program, ...args] = opener;
      const child = spawn(program, [...args, `http://127.0.0.1:${String(port)}${path}`], {
        stdio: 'ignore',
        detached: true,
        env: childEnvironment(),
      });
      child.once('error', () => {
        resolve(false);
      });
      // xdg-open fails if there is no browser. Status 0 may mean that another process opens the URL later.
      child.once('exit', (status) => {
        if (status !== 0) resolve(false);
      });
      child.unref();
    });
  } finally {
    finished.abort();
    server.close();
    server.closeAllConnections();
  }
}

/** Windows browsers connect to WSL through a relay of another user. */
async function isSameUser(socket: Socket, { env }: HostEnvironment): Promise<boolean> {
  return (env['WSL_DISTRO_NAME'] ?? '') !== '' || isPeerOfSameUser(socket);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The program that opens URLs; undefined if the user could not see its window. */
export function openerOf({ env, platform }: HostEnvironment): readonly [string, ...string[]] | undefined {
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  const named = env['BROWSER'] ?? '';
  // A list of programs, or a command line with %s, is not supported here.
  if (named !== '' && !/[:%\s]/.test(named)) return [named];
  const windows = ['rundll32.exe', 'url.dll,FileProtocolHandler'] as const;
  if (has('WSL_DISTRO_NAME')) return windows;
  if (platform === 'win32') return has('SSH_CONNECTION') ? undefined : windows;
  if (platform === 'darwin') return has('SSH_CONNECTION') ? undefined : ['open'];
  return has('DISPLAY') || has('WAYLAND_DISPLAY') ? ['xdg-open'] : undefined;
}
