/**
 * Follows and renews role chains: a profile whose `source_profile` names the profile with the credentials that assume
 * its `role_arn`, as in AWS's tools.
 */
import { getSession, type SessionOptions } from './current-session.ts';
import { type Profile, readProfile } from '../aws/profiles.ts';
import { GauthError } from '../errors.ts';
import type { ProfileContext } from './profile-context.ts';
import { OPTIONS } from '../options/options.ts';
import { type Flags, resolveSettings, withoutFlags } from '../options/settings.ts';
import type { Environment } from '../ports.ts';
import type { renewSession } from './renewal.ts';
import { checkSettingSources } from './trusted-setting-sources.ts';
import { shellQuote, oneLine } from '../text.ts';

/** A longer chain of profiles is a loop. */
const LONGEST_CHAIN = 10;

/** Keys that AWS's tools send along when they assume the role, and gauth does not. */
const NOT_PASSED = ['external_id', 'mfa_serial'];

interface ChainedRole {
  readonly source: string;
  readonly roleArn: string;
}

/** Undefined for a profile that signs in itself, or has no chained role. */
function chainedRoleOf(profile: Profile | undefined): ChainedRole | undefined {
  const config = profile?.config;
  const [source, roleArn] = [config?.get('source_profile'), config?.get('role_arn')];
  if (!config || !source || !roleArn || config.has(OPTIONS.idpId.profileKey ?? '')) return undefined;
  return { source, roleArn };
}

/** The context of a chained profile, and that of the profile at the start of the chain, which signs in. */
export interface RoleChain {
  readonly opened: ProfileContext;
  readonly source: ProfileContext;
  /** The roles to assume, in order, starting with the session of the source profile. */
  readonly roles: readonly string[];
}

/**
 * The chain of a profile; undefined for a profile without chained roles.
 * Throws GauthError BAD_PROFILE if a source profile does not exist, or if AWS's tools would send parameters that gauth does
 * not.
 */
export async function roleChainOf(
  opened: ProfileContext,
  given: Flags,
  env: Environment,
): Promise<RoleChain | undefined> {
  const roles: string[] = [];
  let { name, profile } = opened;
  for (let chained = chainedRoleOf(profile); chained !== undefined; chained = chainedRoleOf(profile)) {
    const key = NOT_PASSED.find((each) => profile?.config.has(each));
    if (key !== undefined)
      throw unusable(opened.name, `profile ${name} sets ${key}, which gauth does not support`);
    roles.unshift(chained.roleArn);
    name = chained.source;
    profile = await readProfile(opened.files, name);
    if (profile === undefined || roles.length > LONGEST_CHAIN) {
      throw unusable(
        opened.name,
        profile ? `its source_profile ${name} leads back to it` : `its source_profile ${name} does not exist`,
      );
    }
  }
  if (roles.length === 0) return undefined;
  const keys = profile?.config;
  const region = opened.profile?.config.get('region');
  const { defaults } = opened;
  const inChain = (key: string): string | undefined =>
    key === 'region' ? (region ?? keys?.get(key)) : keys?.get(key);
  const all = resolveSettings(given, env, inChain, undefined, defaults);
  // Session policies, chain roles and allowed accounts apply to the last session, not to the first.
  const flags = withoutFlags(given, 'chain', 'policy', 'policyArns', 'allowedAccounts');
  const variables = {
    ...env,
    GAUTH_CHAIN: undefined,
    GAUTH_POLICY: undefined,
    GAUTH_POLICY_ARNS: undefined,
    GAUTH_ALLOWED_ACCOUNTS: undefined,
  };
  const source = resolveSettings(flags, variables, (key) => keys?.get(key), undefined, defaults);
  await checkSettingSources(source.origins, opened.files.config);
  const own = all.origins.chain === 'profile' ? [] : all.settings.chain;
  const chain = [...roles, ...own];
  return {
    opened: { ...opened, ...all, settings: { ...all.settings, chain } },
    source: { ...opened, ...source, name, profile },
    roles: chain,
  };
}

/** Gets the session at the end of a chain. The session of the source profile comes from the cache while it is valid. */
export function renewChain({ source, roles }: RoleChain, options: SessionOptions): typeof renewSession {
  return async ({ settings, policies, log }, system, onRole) => {
    const { session: first, saved } = await getSession(source, system, {
      ...options,
      onRole,
      longest: undefined,
    });
    const { assumeRole } = await import('../aws/assume-role.ts');
    const { duration, region } = settings;
    let session = first;
    for (const [index, roleArn] of roles.entries()) {
      const limited = index === roles.length - 1 ? policies : {};
      const ports = { ...system, log };
      session = await assumeRole(session, { roleArn, duration, region, ...limited }, ports, system.signal);
    }
    return { session: { ...session, roleArn: first.roleArn }, settings, policies, saved };
  };
}

/**
 * For commands that are about a sign-in, which a chained profile does not have: credentials written to it would replace its
 * role.
 * `command` is the command for the source profile. Throws GauthError BAD_PROFILE.
 */
export function rejectChainedProfile(
  { name, profile }: Pick<ProfileContext, 'name' | 'profile'>,
  command: 'gauth' | 'gauth logout' = 'gauth',
): void {
  const chained = chainedRoleOf(profile);
  if (chained === undefined) return;
  throw new GauthError(
    'BAD_PROFILE',
    `profile ${oneLine(name)} is a chained role, assumed with the credentials of profile ${oneLine(chained.source)}`,
    {
      hints:
        command === 'gauth'
          ? [
              `refresh that profile: gauth -p ${shellQuote(chained.source)}`,
              `then use this one: aws --profile ${shellQuote(name)} ...`,
            ]
          : [`log out of that profile, which includes this one: ${command} -p ${shellQuote(chained.source)}`],
    },
  );
}

function unusable(name: string, why: string): GauthError {
  return new GauthError('BAD_PROFILE', `profile ${oneLine(name)} cannot be used here: ${oneLine(why)}`, {
    hints: [`AWS tools may support it: aws --profile ${shellQuote(name)} sts get-caller-identity`],
  });
}
