/** One process does what many want at the same time; the others wait, and take what it got or hear how it failed. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Code, GauthError, isCode } from '../errors.ts';
import { readPrivateFile, replaceFile } from '../files/files.ts';
import { type WaitBudget, withLock } from '../files/lock.ts';
import type { Log, System } from '../ports.ts';

export interface SingleFlight {
  /** The folder of locks and failures. */
  readonly store: string;
  /** What the work is for, whatever it holds: the same words, the same flight. */
  readonly about: readonly unknown[];
  /** What the others are told that somebody does: "signing in at Google". */
  readonly doing: string;
  /** How long others are waited for, in milliseconds. */
  readonly waitMs: number;
  /** Whether a person asked for this very run: then it neither hears of others' failures nor leaves its own, nor waits for ever. */
  readonly forceNew: boolean;
  /** Whether somebody typed the command: at a terminal, only failures count that came while it waited. */
  readonly typed?: boolean | undefined;
  /** One limit for all locks of the run. */
  readonly budget?: WaitBudget | undefined;
}

type World = Pick<System, 'clock' | 'signal' | 'terminal'>;

/**
 * How long a failure stands for those that come later, in milliseconds. (For all that waited already it stands anyway.)
 * Fifty processes that a script starts must not become fifty questions, and somebody who tries again must not be refused.
 */
const FAILURE_LASTS = 10_000;

/** What fails for a reason of the process's own; another may fare better. */
const OWN_FAILURES: ReadonlySet<Code> = new Set<Code>([
  'INTERNAL',
  'FILE',
  'LOCKED',
  'KEYCHAIN',
  'COMMAND_FAILED',
]);

/**
 * What `look` finds, else what `work` gets; `look` is called anew when it is this process's turn, since others had theirs.
 * Throws what both throw, what another process's work has just thrown, and GauthError LOCKED when another does not finish.
 */
export async function singleFlight<Result>(
  flight: SingleFlight,
  world: World,
  log: Log,
  look: () => Promise<Result | undefined>,
  work: () => Promise<Result>,
): Promise<Result> {
  const name = createHash('sha256').update(JSON.stringify(flight.about)).digest('hex').slice(0, 24);
  const failures = join(flight.store, 'failures', `${name}.json`);
  const since = world.clock.now().getTime();
  return alone(join(flight.store, 'locks', name), flight, world, log, async () => {
    const found = await look();
    if (found !== undefined) return found;
    if (!flight.forceNew) await throwFailure(failures, since, flight, world);
    try {
      const result = await work();
      await rm(failures, { force: true }).catch(() => undefined);
      return result;
    } catch (error) {
      if (!flight.forceNew) await rememberFailure(failures, error, world);
      throw error;
    }
  });
}

/** Under the lock, or without it where there can be none: a folder that cannot be written must not keep anybody from signing in. */
async function alone<Result>(
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
    if (error.code === 'LOCKED' && forceNew) log.warn(`another gauth is ${doing} still; not waiting for it`);
    else if (error.code === 'LOCKED') throw unfinished(doing, error);
    else if (error.code === 'FILE') log.info(`not waiting for others: ${error.message}`);
    else throw error;
  }
  return work();
}

function unfinished(doing: string, error: GauthError): GauthError {
  return new GauthError('LOCKED', `another gauth is ${doing}, and has not finished`, {
    hints: error.hints,
    cause: error,
  });
}

interface Failure {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly code: Code;
  readonly message: string;
  readonly hints: readonly string[];
}

/** Throws the failure of another process that came while this one waited, or a moment before. */
async function throwFailure(
  path: string,
  since: number,
  { typed = false }: SingleFlight,
  { clock, terminal }: World,
): Promise<void> {
  const failure = readFailure(await readPrivateFile(path).catch(() => undefined));
  if (failure === undefined) return;
  const now = clock.now().getTime();
  // A limit of time was the other's own: who waited for it has lost that time as well, who comes now has all of it.
  const isPast = failure.code === 'TIMEOUT' || (typed && (await terminal.available()));
  const isRecent = failure.at >= since || (!isPast && now - failure.at < FAILURE_LASTS);
  if (!isRecent || failure.at > now) return;
  // Whoever has a terminal can answer what the other could not.
  if (failure.code === 'NOT_INTERACTIVE' && (await terminal.available())) return;
  throw new GauthError(failure.code, failure.message, {
    hints: [
      'this happened to another gauth a moment ago, which signed in for this one, too',
      ...failure.hints,
    ],
  });
}

async function rememberFailure(path: string, error: unknown, { clock, signal }: World): Promise<void> {
  // A process that was told to end says nothing about the sign-in; one that ran into its limit does.
  const told: unknown = signal.aborted ? signal.reason : error;
  if (!(told instanceof GauthError) || told.kind === 'usage' || OWN_FAILURES.has(told.code)) return;
  if (signal.aborted && told.code === 'CANCELLED') return;
  const { code, message, hints } = told;
  const failure: Failure = { at: clock.now().getTime(), code, message, hints };
  // That it cannot be written must not hide the failure itself.
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
