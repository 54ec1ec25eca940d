/** The progress line: when it appears, what it shows, and that it is cleared. */
import { describe, expect, it } from 'vitest';
import { cancelled, GauthError } from '../../src/errors.ts';
import type { Clock, HttpResponse, System } from '../../src/ports.ts';
import { withProgress } from '../../src/prompts/progress-line.ts';
import { type FakeWorld, fakeSystem } from '../fakes/system.ts';

const REQUEST = {
  method: 'GET',
  url: new URL('https://accounts.google.com/x?secret=1'),
  headers: {},
} as const;
const RESPONSE: HttpResponse = { status: 200, headers: {}, body: new Uint8Array() };
const LINE = '| Waiting for accounts.google.com...';
const GONE = '\r\u001b[K';
const never = new AbortController().signal;

interface TestSetup {
  readonly world: System;
  /** All that was written to standard error. */
  readonly seen: () => string;
  /** Lets so much time pass, in milliseconds. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Ends the requests that wait. */
  readonly answer: () => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

/** Everybody who waits for nothing but promises gets on. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function setup({
  env = { TERM: 'xterm' },
  columns = 80,
  isTerminal = true,
  platform = 'linux' as NodeJS.Platform,
  ...world
}: Partial<Omit<FakeWorld, 'http'>> & {
  columns?: number;
  isTerminal?: boolean;
  platform?: NodeJS.Platform;
} = {}): TestSetup {
  let now = 0;
  const timers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    now: () => new Date(now),
    sleep: async (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const timer = {
          at: now + milliseconds,
          wake: () => {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          timers.delete(timer);
          reject(cancelled());
        };
        timers.add(timer);
        signal.addEventListener('abort', onAbort);
      }),
  };
  const waiting: { resolve: (response: HttpResponse) => void; reject: (error: Error) => void }[] = [];
  const http = async (): Promise<HttpResponse> =>
    new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  let seen = '';
  const system: System = {
    ...fakeSystem({ ...world, http, env }),
    platform,
    clock,
    stderr: { isTerminal, columns, write: (text) => void (seen += text) },
  };
  return {
    world: withProgress(system),
    seen: () => seen,
    async pass(milliseconds) {
      for (const end = now + milliseconds; now < end;) {
        now += 100;
        for (const timer of [...timers].filter(({ at }) => at <= now)) {
          timers.delete(timer);
          timer.wake();
        }
        await settle();
      }
    },
    async answer() {
      waiting.splice(0).forEach(({ resolve }) => {
        resolve(RESPONSE);
      });
      await settle();
    },
    async fail(error) {
      waiting.splice(0).forEach(({ reject }) => {
        reject(error);
      });
      await settle();
    },
  };
}

describe('a slow request', () => {
  it('shows nothing for less than half a second', async () => {
    const { world, seen, pass, answer } = setup();
    const response = world.http(REQUEST, never);
    await pass(400);
    await answer();
    expect(await response).toBe(RESPONSE);
    await pass(1000);
    expect(seen()).toBe('');
  });

  it('then shows the host with a spinner, and clears the line', async () => {
    const { world, seen, pass, answer } = setup();
    const response = world.http(REQUEST, never);
    await pass(500);
    expect(seen()).toBe(LINE);
    await pass(100);
    expect(seen()).toBe(`${LINE}${GONE}${LINE.replace('|', '/')}`);
    await answer();
    expect(await response).toBe(RESPONSE);
    expect(seen().endsWith(`${LINE.replace('|', '/')}${GONE}`)).toBe(true);
  });

  it('clears the line after a failure, and passes the error on', async () => {
    const { world, seen, pass, fail } = setup();
    const error = new GauthError('NETWORK', 'down');
    const response = world.http(REQUEST, never).catch((reason: unknown) => reason);
    await pass(500);
    await fail(error);
    expect(await response).toBe(error);
    expect(seen()).toBe(LINE + GONE);
  });

  it('shares the line with others at the same time, until the last has ended', async () => {
    const { world, seen, pass, answer } = setup();
    const all = Promise.all([world.http(REQUEST, never), world.http(REQUEST, never)]);
    await pass(500);
    expect(seen()).toBe(LINE);
    await answer();
    expect(await all).toHaveLength(2);
    expect(seen()).toBe(LINE + GONE);
  });
});

describe('the line', () => {
  it('is cleared before anything else is written', async () => {
    const { world, seen, pass, answer } = setup();
    const response = world.http(REQUEST, never);
    await pass(500);
    world.stderr.write('a note\n');
    expect(seen()).toBe(`${LINE}${GONE}a note\n`);
    await answer();
    await response;
    expect(seen()).toBe(`${LINE}${GONE}a note\n`);
  });

  it('is cleared before a prompt, and not shown during it', async () => {
    const { world, seen, pass, answer } = setup({ dialogue: [[/Which/, 'hang']] });
    const response = world.http(REQUEST, never);
    await pass(500);
    const abort = new AbortController();
    const question = world.terminal.ask('Which? ', { signal: abort.signal }).catch(() => 'ended');
    expect(seen()).toBe(LINE + GONE);
    await pass(1000);
    expect(seen()).toBe(LINE + GONE);
    abort.abort();
    expect(await question).toBe('ended');
    await pass(100);
    expect(seen()).toMatch(/Waiting for accounts\.google\.com\.\.\.$/);
    await answer();
    await response;
  });

  it.each([
    ['as wide as the line', LINE.length, '|'],
    ['of two columns', 2, '|'],
    ['of one column', 1, ''],
  ])('never wraps: in a window %s', async (_which, columns, line) => {
    const { world, seen, pass, answer } = setup({ columns });
    const response = world.http(REQUEST, never);
    await pass(500);
    expect(seen()).toBe(line);
    await answer();
    await response;
  });

  it.each([
    ['UTF-8', { TERM: 'xterm', LANG: 'en_GB.UTF-8' }, 'linux', '⠋'],
    ['another character set', { TERM: 'xterm', LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, 'linux', '|'],
    ['Windows Terminal', { WT_SESSION: 'x' }, 'win32', '⠋'],
    ['the old console of Windows', {}, 'win32', '|'],
    ['NO_COLOR, as there is no colour', { TERM: 'xterm', NO_COLOR: '1' }, 'linux', '|'],
  ] as const)('has an indicator for %s, and no colour', async (_where, env, platform, mark) => {
    const { world, seen, pass, answer } = setup({ env, platform });
    const response = world.http(REQUEST, never);
    await pass(500);
    expect(seen()).toBe(`${mark} Waiting for accounts.google.com...`);
    await answer();
    await response;
    expect(seen()).not.toMatch(/\u001b\[[\d;]*m/);
  });
});

describe('nothing is shown', () => {
  it.each([
    ['where standard error is no terminal', { isTerminal: false }],
    ['on a dumb terminal', { env: { TERM: 'dumb' } }],
    ['on a terminal of no kind', { env: {} }],
    ['in continuous integration', { env: { TERM: 'xterm', CI: 'true' } }],
  ])('%s', async (_where, options) => {
    const { world, seen, pass, answer } = setup(options);
    const response = world.http(REQUEST, never);
    await pass(2000);
    await answer();
    await response;
    expect(seen()).toBe('');
  });
});

it('a message during a prompt is printed after it', async () => {
  const { world, seen } = setup({ dialogue: [[/^Code: $/, 'hang']] });
  const stop = new AbortController();
  const asked = world.terminal.ask('Code: ', { signal: stop.signal });
  world.stderr.write('one\n');
  world.stderr.write('two\n');
  expect(seen()).toBe('');
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(seen()).toBe('one\ntwo\n');
});
