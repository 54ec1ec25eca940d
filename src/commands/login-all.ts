/** `gauth login --all-profiles`: one sign-in for every profile of a Google account. */
import { keepSession } from '../access.ts';
import { listProfiles } from '../aws/profile.ts';
import { chooseRole, rolesOf, type Role } from '../aws/role.ts';
import type { Session } from '../aws/session.ts';
import { type Code, GauthError } from '../errors.ts';
import { federate, readLimits } from '../federate.ts';
import { type Opened, openProfile } from '../open.ts';
import { optionRow, type Settings } from '../options.ts';
import { localTime } from '../output.ts';
import { pool } from '../pool.ts';
import type { System } from '../ports.ts';
import { redeem, withWholePaths } from '../renew.ts';
import { type Given, resolve } from '../settings.ts';
import type { Source } from '../source.ts';
import { table } from '../table.ts';
import { plain } from '../text.ts';
import { writeProfile } from '../write.ts';

/** What came of one profile. */
export type Refreshed =
  | { readonly kind: 'done'; readonly opened: Opened; readonly session: Session }
  | { readonly kind: 'failed'; readonly name: string; readonly error: GauthError };

/** STS throttles callers. */
const AT_ONCE = 8;

/** Throws GauthError BAD_PROFILE, MISSING_OPTION, what the way in throws, and for failures of profiles, when all are told, one that counts them. */
export async function loginAll(given: Given, system: System): Promise<void> {
  const profiles = await profilesOf(given, system);
  const opened = profiles.flatMap((each) => ('kind' in each ? [] : each));
  const [first] = opened;
  const broken = profiles.flatMap((each) => ('kind' in each ? each : []));
  const use = async (source: Source): Promise<readonly Refreshed[]> => refreshAll(opened, source, system);
  const { result, kept } = first ? await redeem(first, system, use) : { result: [], kept: Promise.resolve() };
  const all = [...result, ...broken];
  if (first?.settings.quiet !== true) system.stderr.write(tableOf(all));
  await kept;
  throwFailures(all);
}

/**
 * Refreshes profiles of one Google account from one SAML response; a failure of one is its own. The files are written one
 * after the other. Throws GauthError CANCELLED, and ASSERTION_EXPIRED or ASSERTION_REJECTED for a kept response, which a
 * fresh one may mend for all.
 */
export async function refreshAll(
  profiles: readonly Opened[],
  source: Source,
  system: System,
): Promise<readonly Refreshed[]> {
  const got = await pool(profiles, AT_ONCE, async (opened) =>
    attempt(opened, async () => assume(opened, source, system)),
  );
  for (const each of got) {
    if (source.kind === 'kept' && each.kind === 'failed' && STALE.has(each.error.code)) throw each.error;
  }
  const written: Refreshed[] = [];
  for (const each of got) written.push(each.kind === 'done' ? await write(each, system) : each);
  return written;
}

const STALE: ReadonlySet<Code> = new Set<Code>(['ASSERTION_EXPIRED', 'ASSERTION_REJECTED']);

async function attempt(opened: Opened, work: () => Promise<Session>): Promise<Refreshed> {
  try {
    return { kind: 'done', opened, session: await work() };
  } catch (error) {
    return failed(opened.name, error);
  }
}

function failed(name: string, error: unknown): Refreshed & { kind: 'failed' } {
  if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
  return { kind: 'failed', name, error };
}

async function assume(opened: Opened, source: Source, system: System): Promise<Session> {
  const { log, files } = opened;
  const settings = withWholePaths(opened.settings, system);
  const limits = await readLimits(settings);
  return federate(roleOf(settings, source), source, { ...settings, limits }, { system, log, files });
}

/** Nobody is asked: with many profiles it would not be clear which one a question is about. */
function roleOf({ roleArn, principalArn, account }: Settings, { assertion }: Source): Role {
  const { roleValues, encrypted } = assertion;
  const choice = chooseRole(rolesOf(roleValues), { roleArn, principalArn, account, encrypted });
  if (choice.kind === 'one') return choice.role;
  throw new GauthError('MISSING_OPTION', 'the profile names no role, and several are offered');
}

async function write({ opened, session }: Refreshed & { kind: 'done' }, system: System): Promise<Refreshed> {
  return attempt(opened, async () => {
    await writeProfile(session, opened, system);
    const renewed = { session, settings: opened.settings, kept: Promise.resolve() };
    await keepSession(opened, renewed, system);
    return session;
  });
}

/** What tells Google accounts apart: who signs in, to which app. */
const ACCOUNT = ['username', 'idpId', 'spId'] as const;

/**
 * The profiles of the account that flags, variables and the profile named say; of the only one there is, where they say
 * nothing. Throws GauthError BAD_PROFILE where there are none, MISSING_OPTION where there are several accounts and nobody
 * can be asked.
 */
async function profilesOf(
  { allProfiles: _, profile, ...flags }: Given,
  system: System,
): Promise<readonly (Opened | (Refreshed & { kind: 'failed' }))[]> {
  const named = typeof profile === 'string' ? profile : (system.env['AWS_PROFILE'] ?? '');
  const anchor = await openProfile({ ...flags, profile: named }, system);
  // Each profile keeps its own role: one that a variable names would be the same for all.
  const env = { ...system.env, AWS_ROLE_ARN: undefined, AWS_ASK_ROLE: undefined };
  const groups = new Map<string, (Opened | (Refreshed & { kind: 'failed' }))[]>();
  for (const { name, config } of await listProfiles(anchor.files)) {
    const key = (wanted: string): string | undefined => config.get(wanted);
    const account = accountOf(key);
    if (account === undefined || !isWanted(account, anchor.settings)) continue;
    const words = account.join(' ');
    const group = groups.get(words) ?? [];
    groups.set(words, group);
    try {
      const { settings, origins } = resolve(flags, env, key);
      group.push({ ...anchor, name, profile: { name, config, credentials: new Map() }, settings, origins });
    } catch (error) {
      group.push(failed(name, error));
    }
  }
  if (groups.size > 1) return chooseAccount(groups, system);
  const [only] = groups.values();
  if (only) return only;
  throw new GauthError('BAD_PROFILE', 'there is no profile of this Google account in the config file', {
    hints: ['make some from your AWS roles: gauth configure'],
  });
}

/** User, IDP ID and SP ID; undefined where the profile lacks one of them. */
function accountOf(key: (name: string) => string | undefined): readonly string[] | undefined {
  const values = ACCOUNT.flatMap((name) => {
    const value = key(optionRow(name).profileKey ?? '');
    return value === undefined || value === '' || value === 'None' ? [] : [sameCase(name, value)];
  });
  return values.length === ACCOUNT.length ? values : undefined;
}

function isWanted(account: readonly string[], settings: Settings): boolean {
  return ACCOUNT.every((name, index) => {
    const value = settings[name];
    return value === undefined || sameCase(name, value) === account[index];
  });
}

/** Addresses mean the same in any case, IDs do not. */
function sameCase(name: (typeof ACCOUNT)[number], value: string): string {
  return name === 'username' ? value.toLowerCase() : value;
}

async function chooseAccount<Value>(
  groups: ReadonlyMap<string, Value>,
  { terminal, signal }: System,
): Promise<Value> {
  if (await terminal.available()) {
    const choices = [...groups].map(([label, value]) => ({ label, value }));
    return terminal.choose('the Google account', choices, { signal });
  }
  throw new GauthError('MISSING_OPTION', 'the profiles are of several Google accounts', {
    hints: [
      'name one by a profile of it: gauth login --all-profiles -p NAME',
      ...[...groups.keys()].slice(0, 10).map((words) => `there is: ${plain(words)}`),
    ],
  });
}

function tableOf(all: readonly Refreshed[]): string {
  const rows = all.map((each) =>
    each.kind === 'done'
      ? [plain(each.opened.name), each.session.roleArn, localTime(each.session.expiration)]
      : [plain(each.name), '-', `${each.error.message} (${each.error.code})`],
  );
  return table(['PROFILE', 'ROLE', 'GOOD UNTIL'], rows);
}

/** The exit status is that of the first failure. */
function throwFailures(all: readonly Refreshed[]): void {
  const failures = all.flatMap((each) => (each.kind === 'failed' ? each : []));
  const [first] = failures;
  if (first === undefined) return;
  throw new GauthError(
    first.error.code,
    `${String(failures.length)} of ${String(all.length)} profiles were not refreshed`,
    { hints: first.error.hints },
  );
}
