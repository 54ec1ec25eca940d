/** Many simultaneous requests: within a process, and by processes of the built command, some of which are killed. */
import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GauthError } from '../../src/errors.ts';
import { singleFlight } from '../../src/session/single-flight.ts';
import { fakeClock, temporaryHome } from '../fakes/system.ts';
import { fakeTerminal } from '../fakes/terminal.ts';
import { type Binary, type ProcessResult, binary } from '../support/binary.ts';
import { FLAGS, USER } from '../support/organisation.ts';

const PROFILE = 'sts-temp';
const ASK = ['credential-process', '-p', PROFILE];
/** With a saved Google session there are no prompts. */
const KEPT = { GAUTH_KEEP_SESSION: 'file' };

/** A user who has signed in, and of whom everything except the Google session has expired. */
async function signedIn(setup: Binary): Promise<void> {
  const { status, err } = await setup.alone([...FLAGS, '-d', '3600'], {
    input: `${USER.password}\n`,
    env: KEPT,
  });
  expect(status, err).toBe(0);
  runOut(setup);
  setup.served.requests.length = 0;
  setup.world.sts.requests.length = 0;
}

function runOut({ home }: Binary): void {
  for (const path of ['gauth/sessions', 'gauth/failures', 'saml_cache_C01abc2de.xml']) {
    rmSync(join(home, '.aws', path), { recursive: true, force: true });
  }
}

/** How often a fresh response was asked of Google, and a role of AWS. */
function asked({ served, world }: Binary): { readonly google: number; readonly aws: number } {
  const google = served.requests.filter(({ url }) => url.includes('/o/saml2/')).length;
  return { google, aws: world.sts.requests.length };
}

function keysIn(ended: readonly ProcessResult[]): ReadonlySet<string> {
  return new Set(ended.map(({ out }) => (JSON.parse(out) as { AccessKeyId: string }).AccessKeyId));
}

/** How many wait for a lock. */
function claims({ home }: Binary): number {
  return readdirSync(join(home, '.aws/gauth/locks')).filter((name) => name.endsWith('.gauth-tmp')).length;
}

/** False for a process that has ended by itself in the meantime. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const FINE = { status: 0, out: expect.stringMatching(/^\{"Version":1,.*\}\n$/) as string, err: '' };

describe('a flight', () => {
  const { signal } = new AbortController();
  const ALONE = { waitMs: 30_000, forceNew: false };

  interface TestFlight {
    readonly said: readonly string[];
    run(
      behaviour: { readonly waitMs: number; readonly forceNew: boolean },
      work: () => Promise<string>,
      look?: () => string | undefined,
    ): Promise<string>;
  }

  /** One store with one thing to do in it. */
  function testFlight(): TestFlight {
    const store = join(temporaryHome(), 'gauth');
    const said: string[] = [];
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (line: string) => void said.push(line),
    };
    const world = { clock: fakeClock(), signal, terminal: fakeTerminal([], { present: false }) };
    return {
      said,
      run: async (behaviour, work, look = () => undefined) =>
        singleFlight(
          { store, key: ['x'], doing: 'doing it', ...behaviour },
          world,
          log,
          () => Promise.resolve(look()),
          work,
        ),
    };
  }

  /** Work that lasts until the test ends it. */
  function work(): {
    readonly start: () => Promise<string>;
    readonly started: Promise<unknown>;
    end(): void;
  } {
    const events = new EventEmitter();
    const ended = once(events, 'end');
    return {
      started: once(events, 'start'),
      end: () => void events.emit('end'),
      start: async () => {
        events.emit('start');
        await ended;
        return 'done';
      },
    };
  }

  it('checks the cache again when it is its turn', async () => {
    const { run: fly } = testFlight();
    const slow = work();
    const first = fly(ALONE, slow.start);
    await slow.started;
    const second = fly(
      ALONE,
      () => Promise.reject(new Error('nobody else works')),
      () => 'found',
    );
    slow.end();
    expect(await Promise.all([first, second])).toEqual(['done', 'found']);
  });

  it('that does not end is reported with what it does', async () => {
    const { run: fly } = testFlight();
    const slow = work();
    const first = fly(ALONE, slow.start);
    await slow.started;
    await expect(fly({ waitMs: 50, forceNew: false }, slow.start)).rejects.toMatchObject({
      code: 'LOCKED',
      message: 'another gauth is doing it, and has not finished',
    });
    slow.end();
    await first;
  });

  it('that does not end is not waited for by a process that needs a new session, and is reported after a second', async () => {
    const { run: fly, said } = testFlight();
    const slow = work();
    const first = fly(ALONE, slow.start);
    await slow.started;
    expect(await fly({ waitMs: 1100, forceNew: true }, () => Promise.resolve('mine'))).toBe('mine');
    expect(said).toEqual([
      'another gauth is doing it; waiting for it',
      'another gauth is still doing it; continuing without it',
    ]);
    slow.end();
    await first;
  });

  it.each([
    ['WRONG_PASSWORD', true],
    ['CANCELLED', true],
    ['NETWORK', true],
    ['FILE', false],
    ['KEYCHAIN', false],
    ['MISSING_OPTION', false],
    ['INTERNAL', false],
  ] as const)('whose failure is %s: shared with the next one: %s', async (code, isTold) => {
    const { run: fly } = testFlight();
    const failure = new GauthError(code, 'it failed', { hints: ['do this'] });
    await expect(fly(ALONE, () => Promise.reject(failure))).rejects.toBe(failure);
    const next = fly(ALONE, () => Promise.resolve('fine'));
    if (isTold) await expect(next).rejects.toMatchObject({ code, message: 'it failed' });
    else expect(await next).toBe('fine');
  });
});

describe('many processes at the same time', () => {
  it('50 of one profile cause one sign-in, and all get its session', { timeout: 120_000 }, async () => {
    const setup = await binary();
    await signedIn(setup);
    const ended = await Promise.all(Array.from({ length: 50 }, async () => setup.alone(ASK, { env: KEPT })));
    for (const each of ended) expect(each).toEqual(FINE);
    expect(keysIn(ended).size).toBe(1);
    expect(asked(setup)).toEqual({ google: 1, aws: 1 });
    expect(readdirSync(join(setup.home, '.aws/gauth/locks'))).toEqual([]);
  });

  it('of several profiles of one Google account share the sign-in, each with a session of its own', async () => {
    const setup = await binary();
    await signedIn(setup);
    const config = join(setup.home, '.aws', 'config');
    const text = readFileSync(config, 'utf8');
    const names = ['a', 'b', 'c', 'd'];
    writeFileSync(config, names.map((name) => text.replace(PROFILE, name)).join(''));
    const ended = await Promise.all(
      [...names, ...names].map(async (name) =>
        setup.alone(['credential-process', '-p', name], { env: KEPT }),
      ),
    );
    for (const each of ended) expect(each).toEqual(FINE);
    expect(keysIn(ended).size).toBe(names.length);
    expect(asked(setup)).toEqual({ google: 1, aws: names.length });
  });

  it('prompt once on the terminal', async () => {
    const setup = await binary();
    await signedIn(setup);
    rmSync(join(setup.home, '.aws/gauth'), { recursive: true });
    const line = `for i in 1 2 3 4 5 6 7 8; do gauth ${ASK.join(' ')} > "$HOME/$i" & done; wait; echo all done`;
    const terminal = setup.inShell(line);
    await terminal.waitFor('Google Password:');
    terminal.type(USER.password);
    terminal.press('enter');
    await terminal.waitFor('all done');
    expect(terminal.history().match(/Google Password:/g)).toHaveLength(1);
    const texts = [1, 2, 3, 4, 5, 6, 7, 8].map((number) =>
      readFileSync(join(setup.home, String(number)), 'utf8'),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toMatch(/^\{"Version":1,/);
  });

  it('in the background of an interactive shell are not stopped by a prompt', async () => {
    const setup = await binary();
    await signedIn(setup);
    rmSync(join(setup.home, '.aws/gauth'), { recursive: true });
    // Job control gives each job a process group of its own, as an interactive shell does.
    const command = `gauth ${ASK.join(' ')}`;
    const line = `set -m; for i in 1 2 3; do ${command} > "$HOME/$i" 2>&1 & done; ${command} > "$HOME/4" & wait; echo all done`;
    const terminal = setup.inShell(line);
    await terminal.waitFor('all done');
    // The fourth has the terminal for its standard input and error, and is as much in the background.
    expect(terminal.history()).toMatch(/run: gauth -p sts-temp \(NOT_INTERACTIVE\)$/m);
    for (const name of ['1', '2', '3']) {
      expect(readFileSync(join(setup.home, name), 'utf8')).toMatch(
        /run: gauth -p sts-temp \(NOT_INTERACTIVE\)\n$/,
      );
    }
  });

  it('fail together if the user cancels the prompt', async () => {
    const setup = await binary();
    await signedIn(setup);
    rmSync(join(setup.home, '.aws/gauth'), { recursive: true });
    const line = `for i in 1 2 3 4 5 6; do gauth ${ASK.join(' ')} || echo "status $?" & done; wait; echo all done`;
    const terminal = setup.inShell(line);
    await terminal.waitFor('Google Password:');
    terminal.press('ctrl-c');
    await terminal.waitFor('all done');
    expect(terminal.history().match(/Google Password:/g)).toHaveLength(1);
    expect(terminal.history().match(/status 130/g)).toHaveLength(6);
  });

  it('use the session of a gauth in which the user signs in', async () => {
    const setup = await binary();
    await signedIn(setup);
    rmSync(join(setup.home, '.aws/gauth'), { recursive: true });
    const terminal = setup.inTerminal(['-p', PROFILE]);
    await terminal.waitFor('Google Password:');
    const waiting = Promise.all([setup.alone(ASK), setup.alone(ASK)]);
    while (claims(setup) < 2) await pause(5);
    terminal.type(USER.password);
    terminal.press('enter');
    expect(await terminal.exit(), terminal.history()).toEqual({ code: 0, signal: 0 });
    for (const each of await waiting) expect(each).toEqual(FINE);
    expect(keysIn(await waiting)).toEqual(new Set([setup.world.sts.keys.at(-1)?.accessKeyId]));
  });
});

describe('when the one that signs in is killed', () => {
  /** The process that holds the lock of the session, if any does. */
  function holder({ home }: Binary): number | undefined {
    const folder = join(home, '.aws/gauth/locks');
    try {
      const name = readdirSync(folder).find((each) => each.endsWith('.gauth-lock')) ?? '';
      return (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { pid: number }).pid;
    } catch {
      return undefined;
    }
  }

  /** Numbers that are the same for the same seed (mulberry32). */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  it('at any moment, the others continue within a second', { timeout: 120_000 }, async () => {
    const seed = Number(process.env['GAUTH_TEST_SEED'] ?? Date.now() % 100_000);
    const next = random(seed);
    const setup = await binary();
    await signedIn(setup);
    let kills = 0;
    for (let round = 0; round < 8; round += 1) {
      runOut(setup);
      const before = asked(setup).google;
      let done = 0;
      const waiters = Array.from({ length: 6 }, async () => {
        const ended = await setup.alone(ASK, { env: KEPT });
        done += 1;
        return ended;
      });
      let victim = holder(setup);
      while (victim === undefined && done === 0) {
        await pause(2);
        victim = holder(setup);
      }
      await pause(next() * 200);
      const isStill = victim !== undefined && holder(setup) === victim && killed(victim);
      if (isStill) {
        const killed = performance.now();
        const doneThen = done;
        while (holder(setup) === victim && done <= doneThen + 1) await pause(5);
        expect(performance.now() - killed, `seed ${seed}, round ${round}`).toBeLessThan(1000);
        kills += 1;
      }
      const ended = await Promise.all(waiters);
      const alive = ended.filter(({ status }) => status !== null);
      expect(alive.length, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(isStill ? 5 : 6);
      for (const each of alive) expect(each, `seed ${seed}, round ${round}`).toEqual(FINE);
      // A killed process may have signed in already; all others together sign in once.
      expect(asked(setup).google - before).toBeLessThanOrEqual(isStill ? 2 : 1);
    }
    expect(kills, `seed ${seed}`).toBeGreaterThan(0);
  });
});
