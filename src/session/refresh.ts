/** Many profiles of one Google account, refreshed from one SAML response. */
import { keepSession } from './access.ts';
import { chooseRole, type Role, rolesOf } from '../aws/role.ts';
import type { Session } from '../aws/session.ts';
import { type Code, GauthError } from '../errors.ts';
import { createWaitBudget, type WaitBudget } from '../files/lock.ts';
import { federate, type Limits, readLimits } from './federate.ts';
import type { Opened } from './open.ts';
import type { Settings } from '../options/options.ts';
import { localTime } from '../output/output.ts';
import { pool } from '../pool.ts';
import type { System } from '../ports.ts';
import { withWholePaths } from './renew.ts';
import type { Source } from './source.ts';
import { table } from '../output/table.ts';
import { plain } from '../text.ts';
import { writeProfile } from './write.ts';

/** What came of one profile. */
export type Refreshed = Done | Failed;

interface Done {
  readonly kind: 'done';
  readonly opened: Opened;
  readonly session: Session;
  readonly limits: Limits;
}

export interface Failed {
  readonly kind: 'failed';
  readonly name: string;
  readonly error: GauthError;
}

type Write = (session: Session, opened: Opened, system: System, budget: WaitBudget) => Promise<void>;

/** STS throttles callers. */
const AT_ONCE = 8;

/**
 * Refreshes profiles of one Google account from one SAML response; a failure of one is its own. The files are written one
 * after the other. Throws GauthError CANCELLED, and ASSERTION_EXPIRED or ASSERTION_REJECTED for a kept response, which a
 * fresh one may mend for all.
 */
export async function refreshAll(
  profiles: readonly Opened[],
  source: Source,
  system: System,
  write: Write = async (session, opened, world, budget) => writeProfile(session, opened, world, {}, budget),
): Promise<readonly Refreshed[]> {
  const got = await pool(profiles, AT_ONCE, async (opened) =>
    attempt(opened, async () => assume(opened, source, system)),
  );
  for (const each of got) {
    if (source.kind === 'kept' && each.kind === 'failed' && STALE.has(each.error.code)) throw each.error;
  }
  const written: Refreshed[] = [];
  const budget = createWaitBudget();
  for (const each of got) written.push(each.kind === 'done' ? await keep(each, write, system, budget) : each);
  return written;
}

const STALE: ReadonlySet<Code> = new Set<Code>(['ASSERTION_EXPIRED', 'ASSERTION_REJECTED']);

async function attempt(
  opened: Opened,
  work: () => Promise<Pick<Done, 'session' | 'limits'>>,
): Promise<Refreshed> {
  try {
    return { kind: 'done', opened, ...(await work()) };
  } catch (error) {
    return failed(opened.name, error);
  }
}

/** A failure, as far as it is one of a single profile. */
export function failed(name: string, error: unknown): Failed {
  if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
  return { kind: 'failed', name, error };
}

async function assume(
  opened: Opened,
  source: Source,
  system: System,
): Promise<Pick<Done, 'session' | 'limits'>> {
  const { log, files } = opened;
  const settings = withWholePaths(opened.settings, system);
  const limits = await readLimits(settings);
  const parts = { system, log, files };
  return {
    session: await federate(roleOf(settings, source), source, { ...settings, limits }, parts),
    limits,
  };
}

/** Nobody is asked: with many profiles it would not be clear which one a question is about. */
function roleOf({ roleArn, principalArn, account }: Settings, { assertion }: Source): Role {
  const { roleValues, encrypted } = assertion;
  const choice = chooseRole(rolesOf(roleValues), { roleArn, principalArn, account, encrypted });
  if (choice.kind === 'one') return choice.role;
  throw new GauthError('MISSING_OPTION', 'the profile names no role, and several are offered');
}

async function keep(
  { opened, session, limits }: Done,
  write: Write,
  system: System,
  budget: WaitBudget,
): Promise<Refreshed> {
  return attempt(opened, async () => {
    await write(session, opened, system, budget);
    const renewed = { session, limits, settings: opened.settings, kept: Promise.resolve() };
    await keepSession(opened, renewed, system);
    return { session, limits };
  });
}

/** What came of all, a line each. */
export function refreshedTable(all: readonly Refreshed[]): string {
  const rows = all.map((each) =>
    each.kind === 'done'
      ? [plain(each.opened.name), each.session.roleArn, localTime(each.session.expiration)]
      : [plain(each.name), '-', `${each.error.message} (${each.error.code})`],
  );
  return table(['PROFILE', 'ROLE', 'GOOD UNTIL'], rows);
}

/** Throws where there is a failure; the exit status is that of the first. */
export function throwFailures(all: readonly Refreshed[]): void {
  const failures = all.flatMap((each) => (each.kind === 'failed' ? each : []));
  const [first] = failures;
  if (first === undefined) return;
  throw new GauthError(
    first.error.code,
    `${String(failures.length)} of ${String(all.length)} profiles were not refreshed`,
    { hints: first.error.hints },
  );
}
