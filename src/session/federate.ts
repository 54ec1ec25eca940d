/** From a SAML response to a session: its assertion, a role, a session at AWS, and those of further roles. */
import { updateAccountCache, readAccountCache } from '../aws/account-cache.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { MAX_CHAINED_DURATION } from '../aws/sts-errors.ts';
import { type Role, chooseRole, parseRoles } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import { knownAccountNames, resolveAccountNames } from './account-names.ts';
import { OPTIONS, type Settings } from '../options/options.ts';
import type { Choice, Log, System } from '../ports.ts';
import type { SamlSource } from './saml-source.ts';
import { oneLine } from '../text.ts';

/** What the pipeline needs from the command that runs it. */
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

/** Bytes. STS takes 2,048 characters; the rest is for blanks. */
const POLICY_LIMIT = 100_000;

/** Reads the policy file (a whole path), before anybody is asked for a password. Throws GauthError FILE, BAD_OPTION. */
export async function readPolicies({ policy, policyArns }: Settings): Promise<SessionPolicies> {
  const arns = policyArns.length === 0 ? undefined : policyArns;
  if (policy === undefined) return { policyArns: arns };
  const text = await readTextFile(policy, POLICY_LIMIT);
  if (text === undefined) {
    throw new GauthError('FILE', `there is no policy file ${oneLine(policy)}`, { hints: ['check --policy'] });
  }
  const { readSessionPolicy: sessionPolicy } = await import('../aws/session-policy.ts');
  return { policy: sessionPolicy(text, policyArns, oneLine(policy)), policyArns: arns };
}

/**
 * The session of a role that the assertion offers. Its `roleArn` is that role, whatever further roles were assumed with it.
 * The policies limit the last session, which is the one that is handed out: the first has to be able to assume the next.
 * Throws the errors of sts.ts and assume-role.ts.
 */
export async function federate(
  role: Role,
  source: SamlSource,
  settings: Settings & { readonly limits: SessionPolicies },
  parts: FederateParts,
): Promise<Session> {
  const { system, log } = parts;
  const { chain, limits, region } = settings;
  const isLast = chain.length === 0;
  const { assumeRoleWithSaml } = await import('../aws/assume-role-with-saml.ts');
  const duration = durationFor(settings, log);
  const longest = duration === 'auto' ? await longestOf(role, settings.duration, parts) : undefined;
  const request = {
    role,
    saml: source.response,
    duration,
    longest,
    region,
    ...(isLast ? limits : {}),
  };
  const first = await assumeRoleWithSaml(request, { ...system, log }, system.signal);
  if (duration === 'auto' && first.durationSeconds !== longest) await learnLongest(role, first, parts);
  if (isLast) return first;

  const { assumeRole } = await import('../aws/assume-role.ts');
  let session = first;
  for (const [index, roleArn] of chain.entries()) {
    const policies = index === chain.length - 1 ? limits : {};
    const further = { roleArn, duration: first.durationSeconds, region, ...policies };
    session = await assumeRole(session, further, { ...system, log }, system.signal);
  }
  return { ...session, roleArn: first.roleArn };
}

/** With further roles no more than they can have, which every role allows. */
function durationFor({ chain, autoDuration, duration }: Settings, log: Log): number | 'auto' {
  if (chain.length === 0) return autoDuration ? 'auto' : duration;
  if (duration <= MAX_CHAINED_DURATION) return duration;
  // Whoever asks for nothing or for all gets what there is, and need not be told each time.
  const note = autoDuration || duration === OPTIONS.duration.initial ? log.info : log.warn;
  note(`AWS gives the session of a further role for ${String(MAX_CHAINED_DURATION)} seconds at most`);
  return MAX_CHAINED_DURATION;
}

/** Where to begin: what AWS told once, and what the profile says. */
async function longestOf(role: Role, wanted: number, { system, files }: FederateParts): Promise<number> {
  const { longest } = await readAccountCache(storeFolder(files), system.clock.now());
  return Math.min(wanted, longest.get(role.roleArn) ?? wanted);
}

/** What cannot be remembered is found out anew the next time. */
async function learnLongest(
  role: Role,
  session: Session,
  { system, log, files }: FederateParts,
): Promise<void> {
  const longest = new Map([[role.roleArn, session.durationSeconds]]);
  try {
    await updateAccountCache(storeFolder(files), { longest }, system.clock.now(), system.signal);
  } catch (error) {
    if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
    log.debug(`how long the role may be had is not remembered: ${error.message}`);
  }
}

export interface PickedRole {
  readonly role: Role;
  /** The provider that the person chose with it, where several vouch for this role: only with it the choice is the same the next time. */
  readonly provider: string | undefined;
}

/** The role that the settings name, or the person's choice among those that are left. Throws the errors of role.ts, MISSING_OPTION. */
export async function pickRole(
  source: SamlSource,
  settings: Settings,
  parts: FederateParts,
): Promise<PickedRole> {
  const { assertion } = source;
  const { roleArn, principalArn, account, askRole } = settings;
  const roles = parseRoles(assertion.roleValues);
  const wish = { roleArn, principalArn, account, askRole, encrypted: assertion.encrypted };
  const choice = chooseRole(roles, wish);
  if (choice.kind === 'one') return { role: choice.role, provider: undefined };
  const { terminal, signal } = parts.system;
  if (!(await terminal.available())) {
    throw new GauthError('MISSING_OPTION', 'several roles are offered, and there is no terminal to ask on', {
      hints: [
        'name one with -r/--role-arn, the variable AWS_ROLE_ARN or google_config.role_arn in the profile',
        ...choice.roles.slice(0, 10).map((role) => `offered: ${role.roleArn}`),
      ],
    });
  }
  const choices = await roleChoices(choice.roles, source, settings, parts);
  const role = await terminal.choose('the role to assume', choices, { signal });
  return { role, provider: hasTwins(role, roles) ? role.principalArn : undefined };
}

function hasTwins(role: Role, roles: readonly Role[]): boolean {
  return roles.filter(({ roleArn }) => roleArn === role.roleArn).length > 1;
}

/** Roles by their ARN, with what is known of the account beside it; with names resolved, sorted by name and role (facts, cases 61 and 62). */
async function roleChoices(
  roles: readonly Role[],
  source: SamlSource,
  settings: Settings,
  parts: FederateParts,
): Promise<readonly Choice<Role>[]> {
  const provider = (role: Role): string | undefined =>
    hasTwins(role, roles) ? `by ${role.principalArn}` : undefined;
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
