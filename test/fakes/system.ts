/** The outside world in memory: scripted terminal, in-memory network, a temporary home, a clock that never waits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cancelled, GauthError } from '../../src/errors.ts';
import type { Browser, Clock, Http, Keychain, Programs, System } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { startLoopbackServer } from '../../src/system/loopback-server.ts';
import { type FakeTerminal, type Line, fakeTerminal } from './terminal.ts';

export interface FakeWorld {
  readonly http: Http;
  /** What the user at the terminal answers; undefined means that there is no terminal. */
  readonly dialogue?: readonly Line[] | undefined;
  /** What is piped into standard input; undefined means that it is a terminal. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly keychain?: Map<string, string> | 'none';
  /** A home to share between runs. */
  readonly home?: string;
  /** The working folder, where it is not the home. */
  readonly folder?: string;
  readonly clock?: FakeClock;
  /** Without one, no browser is installed. */
  readonly browser?: Browser;
  /** What commands print, by their command line; a status other than 0 is a failure. Any other command fails the test. */
  readonly commands?: Readonly<Record<string, { readonly stdout: string; readonly status?: number }>>;
  /** Any program that is not given here fails the test when it is wanted. */
  readonly programs?: Partial<Programs>;
  /** Called with each piece of standard output. */
  readonly onOutput?: (text: string) => void;
  /** What Ctrl-C and SIGTERM abort; never, where it is not given. */
  readonly signal?: AbortSignal;
}

export interface FakeSystem extends System {
  readonly out: () => string;
  readonly err: () => string;
  readonly terminal: FakeTerminal;
}

export interface FakeClock extends Clock {
  advance(milliseconds: number): void;
  /** The waits, in milliseconds. */
  readonly slept: number[];
}

/** Starts at the real time, which the assertions of the emulators are made for; moves on only by waits. */
export function fakeClock(start = new Date()): FakeClock {
  let time = start.getTime();
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(time),
    advance(milliseconds) {
      time += milliseconds;
    },
    async sleep(milliseconds, signal) {
      if (signal.aborted) throw cancelled();
      slept.push(milliseconds);
      time += milliseconds;
      // Others get their turn, as with a real wait.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A folder that is gone when the test is over. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'gauth-test-'));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

export function fakeSystem(world: FakeWorld): FakeSystem {
  const out: string[] = [];
  const err: string[] = [];
  const home = world.home ?? temporaryHome();
  const terminal = fakeTerminal(world.dialogue ?? [], { present: world.dialogue !== undefined });
  const lines = world.stdin?.split('\n') ?? [];
  return {
    env: { HOME: home, ...world.env },
    home,
    folder: world.folder ?? home,
    platform: 'linux',
    program: ['/usr/bin/node', '/opt/gauth/bin/gauth.js'],
    input: {
      isTerminal: world.stdin === undefined,
      readLine: () => {
        const line = lines.shift();
        const isEnd = line === undefined || (line === '' && lines.length === 0);
        return Promise.resolve(isEnd ? undefined : new Secret(line.replace(/\r$/, '')));
      },
      readAll: () => Promise.resolve(new Secret(lines.splice(0).join('\n'))),
    },
    stdout: {
      isTerminal: false,
      write: (text) => {
        out.push(text);
        world.onOutput?.(text);
      },
    },
    stderr: { isTerminal: false, write: (text) => void err.push(text) },
    terminal,
    clock: world.clock ?? fakeClock(),
    http: world.http,
    keychain: fakeKeychain(world.keychain ?? new Map()),
    run: (line) => {
      const command = world.commands?.[line];
      if (!command) throw new Error(`nobody expected the command "${line}"`);
      return Promise.resolve({ status: command.status ?? 0, stdout: new Secret(command.stdout) });
    },
    programs: {
      execute: async ([program]) => Promise.reject(new Error(`nobody expected the program ${program}`)),
      browse: async () => Promise.reject(new Error('nobody expected a page in the browser')),
      ancestors: async () => Promise.reject(new Error('nobody expected to be asked for the shell')),
      ...world.programs,
    },
    browser: world.browser ?? {
      whyUnavailable: () => Promise.resolve('no browser was found'),
      use: () => Promise.reject(new GauthError('BROWSER_MISSING', 'no browser was found')),
    },
    loopback: startLoopbackServer,
    signal: world.signal ?? new AbortController().signal,
    out: () => out.join(''),
    err: () => err.join(''),
  };
}

function fakeKeychain(entries: Map<string, string> | 'none'): Keychain {
  const open = (): Map<string, string> => {
    if (entries === 'none') throw new GauthError('KEYCHAIN', 'there is no keychain');
    return entries;
  };
  return {
    get: async (service, account) => {
      const value = open().get(`${service}/${account}`);
      return Promise.resolve(value === undefined ? undefined : new Secret(value));
    },
    set: async (service, account, secret) => {
      open().set(`${service}/${account}`, secret.reveal());
      return Promise.resolve();
    },
    delete: async (service, account) => {
      open().delete(`${service}/${account}`);
      return Promise.resolve();
    },
  };
}
