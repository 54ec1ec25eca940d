/** Shows a page in the person's browser without its address standing in any command line. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { childEnvironment } from '../child-environment.ts';
import type { Environment } from '../ports.ts';
import { cancelled } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { isPeerOfSameUser } from './connection-owner.ts';

interface Place {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}

/** A browser that has to start first takes some seconds. Milliseconds. */
const PATIENCE = 30_000;

/**
 * The browser is started with an address on this machine that leads on to the real one, once: command lines can be read
 * by everybody on the machine, and the address lets in whoever knows it. On Linux it leads this user alone, since others
 * could read the one on this machine, too, and be faster. False where no browser came for it.
 * Throws GauthError CANCELLED.
 */
export async function openUrl(address: Secret, place: Place, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) throw cancelled();
  const opener = openerOf(place);
  if (opener === undefined) return false;
  const path = `/${randomBytes(18).toString('base64url')}`;
  const server = createServer();
  const over = new AbortController();
  try {
    const port = await listen(server);
    return await new Promise<boolean>((resolve, reject) => {
      const timer = setTimeout(resolve, PATIENCE, false);
      const onAbort = (): void => {
        reject(cancelled());
      };
      signal.addEventListener('abort', onAbort);
      over.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
      server.on('request', ({ url, socket }, response) => {
        response.setHeader('cache-control', 'no-store').setHeader('referrer-policy', 'no-referrer');
        const answer = (isMeant: boolean): void => {
          if (!isMeant) {
            response.writeHead(404).end();
            return;
          }
          response.writeHead(302, { location: address.reveal(), connection: 'close' }).end(() => {
            resolve(true);
          });
        };
        if (url !== path) answer(false);
        else void isPersons(socket, place).then(answer);
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
      // As xdg-open ends where it knows no browser. One that ends in order may have handed over to one that is slow.
      child.once('exit', (status) => {
        if (status !== 0) resolve(false);
      });
      child.unref();
    });
  } finally {
    over.abort();
    server.close();
    server.closeAllConnections();
  }
}

/** Others see the address in the command line of what opens it. Windows' browsers come to Linux through a relay of its own. */
async function isPersons(socket: Socket, { env }: Place): Promise<boolean> {
  return (env['WSL_DISTRO_NAME'] ?? '') !== '' || isPeerOfSameUser(socket);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The program that shows an address; undefined where no person could see what it shows. */
export function openerOf({ env, platform }: Place): readonly [string, ...string[]] | undefined {
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  const named = env['BROWSER'] ?? '';
  // A list, or a command line with %s, is for programs that know more of it.
  if (named !== '' && !/[:%\s]/.test(named)) return [named];
  const windows = ['rundll32.exe', 'url.dll,FileProtocolHandler'] as const;
  if (has('WSL_DISTRO_NAME')) return windows;
  if (platform === 'win32') return has('SSH_CONNECTION') ? undefined : windows;
  if (platform === 'darwin') return has('SSH_CONNECTION') ? undefined : ['open'];
  return has('DISPLAY') || has('WAYLAND_DISPLAY') ? ['xdg-open'] : undefined;
}
