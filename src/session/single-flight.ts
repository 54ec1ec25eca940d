/**
 * Single flight: of the processes that need the same thing at the same time, one gets it. The others wait for its result,
 * or for its failure.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Code, GauthError, isCode } from '../errors.ts';
import { readPrivateFile, replaceFile } from '../files/files.ts';
import { type WaitBudget, withLock } from '../files/lock.ts';
import type { Log, System } from '../ports.ts';

export interface SingleFlight {
  /** The folder with the locks and the failures. */
  readonly store: string;
  /** Identifies the work: processes with equal values share a flight. */
  readonly key: readonly unknown[];
  /** What the waiting processes report, such as "signing in at Google". */
  readonly doing: string;
  /** How long to wait for another process, in milliseconds. */
  readonly waitMs: number;
  /**
   * Whether to do the work even if there is a result. Such a run ignores the failures of others and records none of its
   * own, and it goes on after `waitMs` without the lock.
   */
  readonly forceNew: boolean;
  /**
   * Whether the user typed the command. At a terminal, such a run fails only with failures that occurred while it waited.
   */
  readonly typed?: boolean | undefined;
  /** One limit for all locks of the run. */
  readonly budget?: WaitBudget | undefined;
}

type World = Pick<System, 'clock' | 'signal' | 'terminal'>;

/**
 * How long a failure also applies to processes that start later, in milliseconds. (It always applies to those that were
 * waiting.)
 * Fifty processes started by a script must not cause fifty prompts, and a user who tries again must not be refused.
 */
const FAILURE_LASTS = 10_000;

/** Failures that concern one process only: another process may succeed. */
const OWN_FAILURES: ReadonlySet<Code> = new Set<Code>([
  'INTERNAL',
  'FILE',
  'LOCKED',
  'KEYCHAIN',
  'COMMAND_FAILED',
]);

/**
 * Returns what `look` finds, else what `work` gets. `look` is called again after waiting, since another process may have
 * finished the work.
 * Throws what both throw, what the work of another process has just thrown, and GauthError LOCKED if another process does
 * not finish.
 */
export async function singleFlight<Result>(
  flight: SingleFlight,
  world: World,
  log: Log,
  look: () => Promise<Result | undefined>,
  work: () => Promise<Result>,
): Promise<Result> {
  const name = createHash('sha256').update(JSON.stringify(flight.key)).digest('hex').slice(0, 24);
  const failures = join(flight.store, 'failures', `${name}.json`);
  const since = world.clock.now().getTime();
  return withFlightLock(join(flight.store, 'locks', name), flight, world, log, async () => {
    const found = await look();
    if (found !== undefined) return found;
    if (!flight.forceNew) await throwFailure(failures, since, flight, world);
    try {
      const result = await work();
      await rm(failures, { force: true }).catch(() => undefined);
      return result;
    } catch (error) {
      if (!flight.forceNew) await recordFailure(failures, error, world);
      throw error;
    }
  });
}

/**
 * Runs the work under the lock. If there can be no lock, it runs without one: an unwritable folder must not prevent a
 * sign-in.
 */
async function withFlightLock<Result>(
  path: string,
  { doing, waitMs, forceNew, budget }: SingleFlight,
  { signal }: World,
  log: Log,
  work: () => Promise<Result>,
): Promise<Result> {
  const state = { started: false };
  const onWait = (): void => {
    const note = `another gauth is ${doing}; waiting for it`;
    if (forceNew) log.warn(note);
    else log.info(note);
  };
  try {
    return await withLock(path, { signal, waitMs, budget, onWait }, async () => {
      state.started = true;
      return work();
    });
  } catch (error) {
    if (state.started || !(error instanceof GauthError)) throw error;
    if (error.code === 'LOCKED' && forceNew)
      log.warn(`another gauth is still ${doing}; continuing without it`);
    else if (error.code === 'LOCKED') throw notFinished(doing, error);
    else if (error.code === 'FILE') log.info(`not waiting for other processes: ${error.message}`);
    else throw error;
  }
  return work();
}

function notFinished(doing: string, error: GauthError): GauthError {
  return new GauthError('LOCKED', `another gauth is ${doing}, and has not finished`, {
    hints: error.hints,
    cause: error,
  });
}

interface Failure {
  /** The time of the failure, in milliseconds since 1970. */
  readonly at: number;
  readonly code: Code;
  readonly message: string;
  readonly hints: readonly string[];
}

/** Throws the failure of another process if it occurred while this one waited, or shortly before. */
async function throwFailure(
  path: string,
  since: number,
  { typed = false }: SingleFlight,
  { clock, terminal }: World,
): Promise<void> {
  const failure = readFailure(await readPrivateFile(path).catch(() => undefined));
  if (failure === undefined) return;
  const now = clock.now().getTime();
  // A time limit was the other process's own. A process that waited has lost that time, too; one that starts now has all of
  // it.
  const isPast = failure.code === 'TIMEOUT' || (typed && (await terminal.available()));
  const isRecent = failure.at >= since || (!isPast && now - failure.at < FAILURE_LASTS);
  if (!isRecent || failure.at > now) return;
  // A process with a terminal can prompt where the other could not.
  if (failure.code === 'NOT_INTERACTIVE' && (await terminal.available())) return;
  throw new GauthError(failure.code, failure.message, {
    hints: [
      'another gauth process failed with this a moment ago while signing in for this one, too',
      ...failure.hints,
    ],
  });
}

async function recordFailure(path: string, error: unknown, { clock, signal }: World): Promise<void> {
  // A cancelled process says nothing about the sign-in. One that reached its time limit does.
  const reported: unknown = signal.aborted ? signal.reason : error;
  if (!(reported instanceof GauthError) || reported.kind === 'usage' || OWN_FAILURES.has(reported.code))
    return;
  if (signal.aborted && reported.code === 'CANCELLED') return;
  const { code, message, hints } = reported;
  const failure: Failure = { at: clock.now().getTime(), code, message, hints };
  // A failure that cannot be recorded must not hide the failure itself.
  await replaceFile(path, `${JSON.stringify(failure)}\n`, { secret: true }).catch(() => undefined);
}

function readFailure(text: string | undefined): Failure | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { at, code, message, hints } = read as Readonly<Record<string, unknown>>;
  if (typeof at !== 'number' || typeof code !== 'string' || !isCode(code)) return undefined;
  if (typeof message !== 'string' || !Array.isArray(hints)) return undefined;
  return { at, code, message, hints: hints.map(String) };
}
