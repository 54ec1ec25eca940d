/** Many profiles of one Google account, refreshed from one SAML response. */
import { cacheSession } from './current-session.ts';
import { chooseRole, type Role, parseRoles } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import { type Code, GauthError } from '../errors.ts';
import { createWaitBudget, type WaitBudget } from '../files/lock.ts';
import { federate, type SessionPolicies, readPolicies } from './federate.ts';
import type { ProfileContext } from './profile-context.ts';
import type { Settings } from '../options/options.ts';
import { localTime } from '../output/session-output.ts';
import { mapConcurrently } from '../concurrency.ts';
import type { System } from '../ports.ts';
import { withAbsolutePaths } from './renewal.ts';
import type { SamlSource } from './saml-source.ts';
import { table } from '../output/table.ts';
import { oneLine } from '../text.ts';
import { writeProfile } from './profile-writer.ts';

/** What came of one profile. */
export type RefreshResult = Done | RefreshFailure;

interface Done {
  readonly kind: 'done';
  readonly opened: ProfileContext;
  readonly session: Session;
  readonly limits: SessionPolicies;
}

export interface RefreshFailure {
  readonly kind: 'failed';
  readonly name: string;
  readonly error: GauthError;
}

type Write = (session: Session, opened: ProfileContext, system: System, budget: WaitBudget) => Promise<void>;

/** STS throttles callers. */
const AT_ONCE = 8;

/**
 * Refreshes profiles of one Google account from one SAML response; a failure of one is its own. The files are written one
 * after the other. Throws GauthError CANCELLED, and ASSERTION_EXPIRED or ASSERTION_REJECTED for a kept response, which a
 * fresh one may mend for all.
 */
export async function refreshProfiles(
  profiles: readonly ProfileContext[],
  source: SamlSource,
  system: System,
  write: Write = async (session, opened, world, budget) => writeProfile(session, opened, world, {}, budget),
): Promise<readonly RefreshResult[]> {
  const got = await mapConcurrently(profiles, AT_ONCE, async (opened) =>
    attempt(opened, async () => assume(opened, source, system)),
  );
  for (const each of got) {
    if (source.kind === 'kept' && each.kind === 'failed' && STALE.has(each.error.code)) throw each.error;
  }
  const written: RefreshResult[] = [];
  const budget = createWaitBudget();
  for (const each of got)
    written.push(each.kind === 'done' ? await writeAndCache(each, write, system, budget) : each);
  return written;
}

const STALE: ReadonlySet<Code> = new Set<Code>(['ASSERTION_EXPIRED', 'ASSERTION_REJECTED']);

async function attempt(
  opened: ProfileContext,
  work: () => Promise<Pick<Done, 'session' | 'limits'>>,
): Promise<RefreshResult> {
  try {
    return { kind: 'done', opened, ...(await work()) };
  } catch (error) {
    return refreshFailure(opened.name, error);
  }
}

/** A failure, as far as it is one of a single profile. */
export function refreshFailure(name: string, error: unknown): RefreshFailure {
  if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
  return { kind: 'failed', name, error };
}

async function assume(
  opened: ProfileContext,
  source: SamlSource,
  system: System,
): Promise<Pick<Done, 'session' | 'limits'>> {
  const { log, files } = opened;
  const settings = withAbsolutePaths(opened.settings, system);
  const limits = await readPolicies(settings);
  const parts = { system, log, files };
  return {
    session: await federate(roleOf(settings, source), source, { ...settings, limits }, parts),
    limits,
  };
}

/** Nobody is asked: with many profiles it would not be clear which one a question is about. */
function roleOf({ roleArn, principalArn, account }: Settings, { assertion }: SamlSource): Role {
  const { roleValues, encrypted } = assertion;
  const choice = chooseRole(parseRoles(roleValues), { roleArn, principalArn, account, encrypted });
  if (choice.kind === 'one') return choice.role;
  throw new GauthError('MISSING_OPTION', 'the profile names no role, and several are offered');
}

async function writeAndCache(
  { opened, session, limits }: Done,
  write: Write,
  system: System,
  budget: WaitBudget,
): Promise<RefreshResult> {
  return attempt(opened, async () => {
    await write(session, opened, system, budget);
    const renewed = { session, limits, settings: opened.settings, kept: Promise.resolve() };
    await cacheSession(opened, renewed, system);
    return { session, limits };
  });
}

/** What came of all, a line each. */
export function refreshTable(all: readonly RefreshResult[]): string {
  const rows = all.map((each) =>
    each.kind === 'done'
      ? [oneLine(each.opened.name), each.session.roleArn, localTime(each.session.expiration)]
      : [oneLine(each.name), '-', `${each.error.message} (${each.error.code})`],
  );
  return table(['PROFILE', 'ROLE', 'GOOD UNTIL'], rows);
}

/** Throws where there is a failure; the exit status is that of the first. */
export function throwFailures(all: readonly RefreshResult[]): void {
  const failures = all.flatMap((each) => (each.kind === 'failed' ? each : []));
  const [first] = failures;
  if (first === undefined) return;
  throw new GauthError(
    first.error.code,
    `${String(failures.length)} of ${String(all.length)} profiles were not refreshed`,
    { hints: first.error.hints },
  );
}
