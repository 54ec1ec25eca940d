/**
 * How long the user waits over a slow link: from Enter after the password to the written file, beside the round trips that the link
 * has carried in that time.
 */
import pty from '@lydell/node-pty';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmulatorProcess, signInArguments, USER } from './emulator-process.ts';
import { GAUTH, median, type Row } from './measure.ts';

/** Milliseconds of a round trip. */
const LATENCY = 50;
const ROUNDS = 7;
/** Milliseconds for a whole sign-in. */
const LIMIT = 60_000;
const [ROLE = ''] = USER.roles;

export async function measureLatency(emulators: EmulatorProcess): Promise<readonly Row[]> {
  const link = await slowLink(new URL(emulators.proxyUrl));
  const times: number[] = [];
  const trips: number[] = [];
  try {
    for (let round = -1; round < ROUNDS; round += 1) {
      const { milliseconds, roundTrips } = await signIn(emulators, link);
      if (round < 0) continue;
      times.push(milliseconds);
      trips.push(roundTrips);
    }
  } finally {
    link.close();
  }
  const count = median(trips);
  return [
    {
      name: `from Enter to the written file, round trips of ${String(LATENCY)} ms`,
      measured: count,
      limit: 8,
      unit: '',
    },
    {
      name: 'from Enter to the written file / its round trips',
      measured: median(times) / (count * LATENCY),
      limit: 1.5,
      unit: 'x',
    },
  ];
}

async function signIn(
  emulators: EmulatorProcess,
  link: SlowLink,
): Promise<{ readonly milliseconds: number; readonly roundTrips: number }> {
  const home = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
  const env = { ...emulators.clientEnvironment(home), HTTPS_PROXY: link.url };
  const args = [GAUTH, ...signInArguments(USER, ROLE, 'bench'), '--keep-session', 'never'];
  const terminal = pty.spawn(process.execPath, args, { env, cols: 80, rows: 24 });
  let shown = '';
  let isAsked = false;
  let entered = NaN;
  let tripsBefore = 0;
  let written = 0;
  terminal.onData((text) => {
    shown += text;
    if (isAsked || !shown.includes('Google Password:')) return;
    isAsked = true;
    // As long as typing takes at least: what is done meanwhile is not waited for.
    setTimeout(() => {
      entered = performance.now();
      tripsBefore = link.roundTrips();
      terminal.write(`${USER.password}\r`);
    }, 500);
  });
  const watch = setInterval(() => {
    if (written === 0 && existsSync(join(home, '.aws', 'credentials'))) written = performance.now();
  }, 1);
  const stop = setTimeout(() => {
    terminal.kill();
  }, LIMIT);
  const status = await new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode }) => {
      resolve(exitCode);
    });
  });
  clearInterval(watch);
  clearTimeout(stop);
  rmSync(home, { recursive: true, force: true });
  if (status !== 0 || written === 0) throw new Error(`the sign-in ended with ${String(status)}: ${shown}`);
  return { milliseconds: written - entered, roundTrips: link.roundTrips() - tripsBefore };
}

interface SlowLink {
  readonly url: string;
  /** How often an answer has been waited for so far: for a connection, and for each burst of data that is sent after data has come. */
  roundTrips(): number;
  close(): void;
}

/** A link to a proxy that carries everything half a round trip later, in each direction. */
async function slowLink(proxy: URL): Promise<SlowLink> {
  let trips = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    trips += 1;
    let isWaiting = false;
    const far = connect(Number(proxy.port), proxy.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => socket.destroy());
    }
    // The first data waits for the connection as well.
    const established = performance.now() + LATENCY;
    const carry = (from: Socket, to: Socket, onData: () => void): void => {
      const delay = (work: () => void): void => {
        const earliest = Math.max(performance.now(), established);
        setTimeout(work, earliest + LATENCY / 2 - performance.now());
      };
      from.on('data', (data) => {
        onData();
        delay(() => to.write(data));
      });
      from.on('end', () => {
        delay(() => to.end());
      });
    };
    carry(near, far, () => {
      if (!isWaiting) trips += 1;
      isWaiting = true;
    });
    carry(far, near, () => {
      isWaiting = false;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    roundTrips: () => trips,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
