/** From a SAML response to AWS credentials: reads the assertion, picks a role, assumes it, and assumes chained roles. */
import { updateAccountCache, readAccountCache } from '../aws/account-cache.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { MAX_CHAINED_DURATION } from '../aws/sts-errors.ts';
import { type Role, chooseRole, parseRoles } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import { listCachedSessions } from '../aws/session-cache.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import { checkRoleAccount } from './allowed-accounts.ts';
import { knownAccountNames, resolveAccountNames } from './account-names.ts';
import { OPTIONS, type Settings } from '../options/options.ts';
import type { Choice, Log, System } from '../ports.ts';
import type { SamlSource } from './saml-source.ts';
import { oneLine } from '../text.ts';

/** What the steps need from the command that runs them. */
export interface FederateParts {
  readonly system: System;
  readonly log: Log;
  readonly files: AwsFilePaths;
}

/** Session policies as STS takes them. */
export interface SessionPolicies {
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

/** Bytes. STS accepts 2,048 characters; the rest is for white space. */
const POLICY_LIMIT = 100_000;

/** Reads the policy file (an absolute path) before the first prompt. Throws GauthError FILE, BAD_OPTION. */
export async function readPolicies({ policy, policyArns }: Settings): Promise<SessionPolicies> {
  const arns = policyArns.length === 0 ? undefined : policyArns;
  if (policy === undefined) return { policyArns: arns };
  const text = await readTextFile(policy, POLICY_LIMIT);
  if (text === undefined) {
    throw new GauthError('FILE', `the policy file ${oneLine(policy)} does not exist`, {
      hints: ['check --policy'],
    });
  }
  const { readSessionPolicy: sessionPolicy } = await import('../aws/session-policy.ts');
  return { policy: sessionPolicy(text, policyArns, oneLine(policy)), policyArns: arns };
}

/**
 * The session of a role in the assertion. Its `roleArn` is that role, even if chained roles were assumed with it.
 * The session policies limit the last session, which is the one that is used: the first has to be able to assume the next
 * role.
 * Throws the errors of assume-role-with-saml.ts and assume-role.ts.
 */
export async function federate(
  role: Role,
  source: SamlSource,
  settings: Settings & { readonly policies: SessionPolicies },
  parts: FederateParts,
): Promise<Session> {
  const { system, log } = parts;
  const { chain, policies, region } = settings;
  const isLast = chain.length === 0;
  const { assumeRoleWithSaml } = await import('../aws/assume-role-with-saml.ts');
  checkRoleAccount(chain.at(-1) ?? role.roleArn, settings);
  const limit = sessionLimit(source.assertion, system.clock.now());
  const requested = durationFor(settings, log);
  const known = requested === 'auto' ? await longestDurationOf(role, settings.duration, parts) : requested;
  if (limit < known)
    log.info(`the session at Google ends in ${String(limit)} seconds, and so does that at AWS`);
  const duration = requested === 'auto' ? requested : Math.min(requested, limit);
  const longest = requested === 'auto' ? Math.min(known, limit) : undefined;
  const request = {
    role,
    saml: source.response,
    duration,
    longest,
    region,
    ...(isLast ? policies : {}),
  };
  const first = await assumeRoleWithSaml(request, { ...system, log }, system.signal);
  if (duration === 'auto' && first.durationSeconds !== longest) await cacheLongest(role, first, parts);
  if (isLast) return first;

  const { assumeRole } = await import('../aws/assume-role.ts');
  let session = first;
  for (const [index, roleArn] of chain.entries()) {
    const limited = index === chain.length - 1 ? policies : {};
    const chained = { roleArn, duration: first.durationSeconds, region, ...limited };
    session = await assumeRole(session, chained, { ...system, log }, system.signal);
  }
  return { ...session, roleArn: first.roleArn };
}

/** Seconds. STS gives no session that lasts longer than SessionNotOnOrAfter says, and accepts no shorter request than this. */
const MIN_DURATION = 900;

/** The longest session that the assertion allows, in seconds; Infinity without a limit. */
function sessionLimit({ sessionNotOnOrAfter: end }: SamlSource['assertion'], now: Date): number {
  const seconds = Math.floor(((end?.getTime() ?? Infinity) - now.getTime()) / 1000);
  return Number.isNaN(seconds) ? Infinity : Math.max(MIN_DURATION, seconds);
}

/** With chained roles, at most what AWS allows for them, which every role allows. */
function durationFor({ chain, autoDuration, duration }: Settings, log: Log): number | 'auto' {
  if (chain.length === 0) return autoDuration ? 'auto' : duration;
  if (duration <= MAX_CHAINED_DURATION) return duration;
  // Users who requested no duration or the longest get what is allowed, and need no message each time.
  const note = autoDuration || duration === OPTIONS.duration.initial ? log.info : log.warn;
  note(`AWS limits the session of a chained role to ${String(MAX_CHAINED_DURATION)} seconds`);
  return MAX_CHAINED_DURATION;
}

/** The first duration to try: what the cache and the profile say. */
async function longestDurationOf(
  role: Role,
  requested: number,
  { system, files }: FederateParts,
): Promise<number> {
  const { longest } = await readAccountCache(storeFolder(files), system.clock.now());
  return Math.min(requested, longest.get(role.roleArn) ?? requested);
}

/** What is not cached is found out again the next time. */
async function cacheLongest(
  role: Role,
  session: Session,
  { system, log, files }: FederateParts,
): Promise<void> {
  const longest = new Map([[role.roleArn, session.durationSeconds]]);
  try {
    await updateAccountCache(storeFolder(files), { longest }, system.clock.now(), system.signal);
  } catch (error) {
    if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
    log.debug(`the longest duration of the role is not cached: ${error.message}`);
  }
}

export interface PickedRole {
  readonly role: Role;
  /**
   * The provider that the user picked with it, if the role trusts several: only then the choice is the same the next time.
   */
  readonly provider: string | undefined;
}

/**
 * The role of the settings, or the user's choice among the remaining ones, with the last role first. Throws the errors of roles.ts, MISSING_OPTION.
 */
export async function pickRole(
  source: SamlSource,
  settings: Settings,
  parts: FederateParts,
): Promise<PickedRole> {
  const { assertion } = source;
  const { roleArn, principalArn, account, askRole } = settings;
  const roles = parseRoles(assertion.roleValues);
  const filter = { roleArn, principalArn, account, askRole, encrypted: assertion.encrypted };
  const choice = chooseRole(roles, filter);
  if (choice.kind === 'one') return { role: choice.role, provider: undefined };
  const { terminal, signal } = parts.system;
  if (!(await terminal.available())) {
    throw new GauthError(
      'MISSING_OPTION',
      'there are several roles to choose from, and no terminal to prompt on',
      {
        hints: [
          'choose one with -r/--role-arn, the variable AWS_ROLE_ARN or google_config.role_arn in the profile',
          ...choice.roles.slice(0, 10).map((role) => `available: ${role.roleArn}`),
        ],
      },
    );
  }
  const choices = await roleChoices(choice.roles, source, settings, parts);
  const last = roleArn ?? (await listCachedSessions(storeFolder(parts.files)))[0]?.session.roleArn;
  const first = choice.roles.find((role) => role.roleArn === last);
  const role = await terminal.choose('the role to assume', choices, { first, signal });
  return { role, provider: hasTwins(role, roles) ? role.principalArn : undefined };
}

function hasTwins(role: Role, roles: readonly Role[]): boolean {
  return roles.filter(({ roleArn }) => roleArn === role.roleArn).length > 1;
}

/**
 * Roles by ARN with the account name, if known. With resolved aliases, sorted by account name and role (facts, cases 61 and
 * 62).
 */
async function roleChoices(
  roles: readonly Role[],
  source: SamlSource,
  settings: Settings,
  parts: FederateParts,
): Promise<readonly Choice<Role>[]> {
  const provider = (role: Role): string | undefined =>
    hasTwins(role, roles) ? `via ${role.principalArn}` : undefined;
  const detailed = (role: Role, label: string, ...details: (string | undefined)[]): Choice<Role> => {
    const detail = [...details, provider(role)].filter((each) => each !== undefined).join('  ');
    return { value: role, label, ...(detail === '' ? {} : { detail }) };
  };
  if (!settings.resolveAliases) {
    const names = await knownAccountNames(parts);
    return roles.map((role) => detailed(role, role.roleArn, names.get(role.account)));
  }
  const names = await resolveAccountNames(roles, source, settings.region, parts);
  const nameOf = (role: Role): string => names.get(role.account) ?? role.account;
  return roles
    .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)) || a.name.localeCompare(b.name))
    .map((role) => detailed(role, `${nameOf(role)}  ${role.name}`, role.roleArn));
}
