/** Refreshes several profiles of one Google account with one SAML response. */
import { cacheSession } from './current-session.ts';
import { withProfileEndpoints } from '../aws/endpoints.ts';
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

/** The result of one profile. */
export type RefreshResult = Done | RefreshFailure;

interface Done {
  readonly kind: 'done';
  readonly opened: ProfileContext;
  readonly session: Session;
  readonly policies: SessionPolicies;
}

export interface RefreshFailure {
  readonly kind: 'failed';
  readonly name: string;
  readonly error: GauthError;
}

type Write = (session: Session, opened: ProfileContext, system: System, budget: WaitBudget) => Promise<void>;

/** STS throttles its callers. */
const AT_ONCE = 8;

/**
 * Refreshes profiles of one Google account with one SAML response. One failure does not affect the other profiles. The
 * files are written one after the other. Throws GauthError CANCELLED, and ASSERTION_EXPIRED or ASSERTION_REJECTED for a
 * cached response: a new one may work for all.
 */
export async function refreshProfiles(
  profiles: readonly ProfileContext[],
  source: SamlSource,
  system: System,
  write: Write = async (session, opened, world, budget) => writeProfile(session, opened, world, {}, budget),
): Promise<readonly RefreshResult[]> {
  const results = await mapConcurrently(profiles, AT_ONCE, async (opened) =>
    attempt(opened, async () => assume(opened, source, system)),
  );
  for (const each of results) {
    if (source.kind === 'cached' && each.kind === 'failed' && STALE.has(each.error.code)) throw each.error;
  }
  const written: RefreshResult[] = [];
  const budget = createWaitBudget();
  for (const each of results)
    written.push(each.kind === 'done' ? await writeAndCache(each, write, system, budget) : each);
  return written;
}

const STALE: ReadonlySet<Code> = new Set<Code>(['ASSERTION_EXPIRED', 'ASSERTION_REJECTED']);

async function attempt(
  opened: ProfileContext,
  work: () => Promise<Pick<Done, 'session' | 'policies'>>,
): Promise<RefreshResult> {
  try {
    return { kind: 'done', opened, ...(await work()) };
  } catch (error) {
    return refreshFailure(opened.name, error);
  }
}

/** The failure of a single profile. Throws errors that concern the whole run. */
export function refreshFailure(name: string, error: unknown): RefreshFailure {
  if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
  return { kind: 'failed', name, error };
}

async function assume(
  opened: ProfileContext,
  source: SamlSource,
  system: System,
): Promise<Pick<Done, 'session' | 'policies'>> {
  const { log, files } = opened;
  const settings = withAbsolutePaths(opened.settings, system);
  const policies = await readPolicies(settings);
  const env = withProfileEndpoints(system.env, opened.profile?.config);
  const parts = { system: { ...system, env }, log, files };
  return {
    session: await federate(roleOf(settings, source), source, { ...settings, policies }, parts),
    policies,
  };
}

/** Does not prompt: with many profiles it would not be clear which one a prompt is about. */
function roleOf({ roleArn, principalArn, account }: Settings, { assertion }: SamlSource): Role {
  const { roleValues, encrypted } = assertion;
  const choice = chooseRole(parseRoles(roleValues), { roleArn, principalArn, account, encrypted });
  if (choice.kind === 'one') return choice.role;
  throw new GauthError('MISSING_OPTION', 'the profile has no role, and there are several to choose from');
}

async function writeAndCache(
  { opened, session, policies }: Done,
  write: Write,
  system: System,
  budget: WaitBudget,
): Promise<RefreshResult> {
  return attempt(opened, async () => {
    await write(session, opened, system, budget);
    const renewed = { session, policies, settings: opened.settings, saved: Promise.resolve() };
    await cacheSession(opened, renewed, system);
    return { session, policies };
  });
}

/** The results as a table. `note` adds a last column for profiles that were written. */
export function refreshTable(all: readonly RefreshResult[], note?: (name: string) => string): string {
  const rows = all.map((each) =>
    each.kind === 'done'
      ? [
          oneLine(each.opened.name),
          each.session.roleArn,
          localTime(each.session.expiration),
          note?.(each.opened.name) ?? '',
        ]
      : [oneLine(each.name), '-', `${each.error.message} (${each.error.code})`, ''],
  );
  return table(['PROFILE', 'ROLE', 'EXPIRES', ''], rows);
}

/** Throws if a profile failed, with the exit status of the first failure. */
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
