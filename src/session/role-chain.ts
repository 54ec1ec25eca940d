/** A profile with a second role, as AWS's tools have it: `source_profile` names the one whose session assumes its `role_arn`. */
import { getSession, type SessionOptions } from './current-session.ts';
import { listProfiles, type Profile, readProfile } from '../aws/profiles.ts';
import type { AwsFilePaths } from '../aws/paths.ts';
import { GauthError } from '../errors.ts';
import type { ProfileContext } from './profile-context.ts';
import { OPTIONS } from '../options/options.ts';
import { type Flags, resolveSettings, withoutFlags } from '../options/settings.ts';
import type { Environment } from '../ports.ts';
import type { renewSession } from './renewal.ts';
import { checkSettingSources } from './setting-sources.ts';
import { shellQuote, oneLine } from '../text.ts';

/** More profiles than this, each built on the next, are a circle. */
const LONGEST_CHAIN = 10;

/** What AWS's tools pass along when they assume the role, and gauth does not. */
const NOT_PASSED = ['external_id', 'mfa_serial'];

interface SecondRole {
  readonly source: string;
  readonly roleArn: string;
}

/** Undefined for a profile that signs in by itself, or is not of this kind. */
function secondRoleOf(profile: Profile | undefined): SecondRole | undefined {
  const config = profile?.config;
  const [source, roleArn] = [config?.get('source_profile'), config?.get('role_arn')];
  if (!config || !source || !roleArn || config.has(OPTIONS.idpId.profileKey ?? '')) return undefined;
  return { source, roleArn };
}

/** A run for such a profile, and one for the profile at its end, which signs in. */
export interface RoleChain {
  readonly opened: ProfileContext;
  readonly source: ProfileContext;
  /** What is assumed with the session of the source, one after the other. */
  readonly roles: readonly string[];
}

/**
 * What stands behind a profile with a second role; undefined for any other profile.
 * Throws GauthError BAD_PROFILE where nothing stands behind, or AWS's tools would tell AWS more than gauth does.
 */
export async function roleChainOf(
  opened: ProfileContext,
  given: Flags,
  env: Environment,
): Promise<RoleChain | undefined> {
  const roles: string[] = [];
  let { name, profile } = opened;
  for (let second = secondRoleOf(profile); second !== undefined; second = secondRoleOf(profile)) {
    const key = NOT_PASSED.find((each) => profile?.config.has(each));
    if (key !== undefined) throw unusable(opened.name, `${name} has ${key}, which gauth does not pass on`);
    roles.unshift(second.roleArn);
    name = second.source;
    profile = await readProfile(opened.files, name);
    if (profile === undefined || roles.length > LONGEST_CHAIN) {
      throw unusable(opened.name, `it builds on ${name}, which ${profile ? 'builds on it' : 'there is not'}`);
    }
  }
  if (roles.length === 0) return undefined;
  const keys = profile?.config;
  const region = opened.profile?.config.get('region');
  const all = resolveSettings(given, env, (key) =>
    key === 'region' ? (region ?? keys?.get(key)) : keys?.get(key),
  );
  // What limits or follows the last session is not for the first one.
  const flags = withoutFlags(given, 'chain', 'policy', 'policyArns');
  const variables = { ...env, GAUTH_CHAIN: undefined, GAUTH_POLICY: undefined, GAUTH_POLICY_ARNS: undefined };
  const source = resolveSettings(flags, variables, (key) => keys?.get(key));
  await checkSettingSources(source.origins, opened.files.config);
  const own = all.origins.chain === 'profile' ? [] : all.settings.chain;
  const further = [...roles, ...own];
  return {
    opened: { ...opened, ...all, settings: { ...all.settings, chain: further } },
    source: { ...opened, ...source, name, profile },
    roles: further,
  };
}

/** Gets the session at the end of a chain with that of its source: the kept one while it is good. */
export function renewChain({ source, roles }: RoleChain, options: SessionOptions): typeof renewSession {
  return async ({ settings, limits, log }, system, onRole) => {
    const { session: first, kept } = await getSession(source, system, {
      ...options,
      onRole,
      longest: undefined,
    });
    const { assumeRole } = await import('../aws/assume-role.ts');
    const { duration, region } = settings;
    let session = first;
    for (const [index, roleArn] of roles.entries()) {
      const policies = index === roles.length - 1 ? limits : {};
      const ports = { ...system, log };
      session = await assumeRole(session, { roleArn, duration, region, ...policies }, ports, system.signal);
    }
    return { session: { ...session, roleArn: first.roleArn }, settings, limits, kept };
  };
}

/** The profiles with a second role that is assumed with the session of this one, directly or through others. */
export async function dependentProfiles(name: string, files: AwsFilePaths): Promise<readonly string[]> {
  const profiles = await listProfiles(files);
  const found = new Set([name]);
  for (const source of found) {
    for (const { name: each, config } of profiles)
      if (config.get('source_profile') === source) found.add(each);
  }
  found.delete(name);
  return [...found];
}

/**
 * For commands that are about a sign-in, which such a profile has not: keys written into it would stand in the way of its role.
 * `command` is what is meant for the profile behind. Throws GauthError BAD_PROFILE.
 */
export function rejectChainedProfile(
  { name, profile }: Pick<ProfileContext, 'name' | 'profile'>,
  command: 'gauth' | 'gauth logout' = 'gauth',
): void {
  const second = secondRoleOf(profile);
  if (second === undefined) return;
  throw new GauthError(
    'BAD_PROFILE',
    `the profile ${oneLine(name)} is a second role, which AWS's tools assume with the session of ${oneLine(second.source)}`,
    {
      hints:
        command === 'gauth'
          ? [
              `refresh that one: gauth -p ${shellQuote(second.source)}`,
              `then: aws --profile ${shellQuote(name)} ...`,
            ]
          : [`forget that one, and this with it: ${command} -p ${shellQuote(second.source)}`],
    },
  );
}

function unusable(name: string, why: string): GauthError {
  return new GauthError('BAD_PROFILE', `the profile ${oneLine(name)} cannot be used here: ${oneLine(why)}`, {
    hints: [`AWS's tools may know more of it: aws --profile ${shellQuote(name)} sts get-caller-identity`],
  });
}
