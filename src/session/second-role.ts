/** A profile with a second role, as AWS's tools have it: `source_profile` names the one whose session assumes its `role_arn`. */
import { type Profile, readProfile } from '../aws/profile.ts';
import { GauthError } from '../errors.ts';
import type { Opened } from './open.ts';
import { OPTIONS } from '../options/options.ts';
import { type Given, resolve } from '../options/settings.ts';
import type { Environment } from '../ports.ts';
import { asWord, plain } from '../text.ts';

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

/**
 * The same run with the sign-in of the profile that stands behind, and the second role as a further one.
 * Throws GauthError BAD_PROFILE where none stands behind, or AWS's tools would tell AWS more than gauth does.
 */
export async function throughSource(opened: Opened, given: Given, env: Environment): Promise<Opened> {
  const hops: string[] = [];
  let { profile } = opened;
  for (let second = secondRoleOf(profile); second !== undefined; second = secondRoleOf(profile)) {
    const key = NOT_PASSED.find((each) => profile?.config.has(each));
    if (key !== undefined)
      throw unusable(opened.name, `${profile?.name ?? ''} has ${key}, which gauth does not pass on`);
    hops.unshift(second.roleArn);
    profile = await readProfile(opened.files, second.source);
    if (profile === undefined || hops.length > LONGEST_CHAIN) {
      throw unusable(
        opened.name,
        `it builds on ${second.source}, which ${profile ? 'builds on it' : 'there is not'}`,
      );
    }
  }
  if (hops.length === 0) return opened;
  const behind = profile?.config;
  const { settings, origins } = resolve(given, env, (key) => {
    if (key === OPTIONS.region.profileKey) return opened.profile?.config.get(key) ?? behind?.get(key);
    if (key !== OPTIONS.hops.profileKey) return behind?.get(key);
    return [behind?.get(key) ?? '', ...hops].join(' ');
  });
  return { ...opened, settings, origins };
}

/** For who would write keys into such a profile, which would then stand in the way of its role. Throws GauthError BAD_PROFILE. */
export function refuseSecondRole({ name, profile }: Pick<Opened, 'name' | 'profile'>): void {
  const second = secondRoleOf(profile);
  if (second === undefined) return;
  throw new GauthError(
    'BAD_PROFILE',
    `the profile ${plain(name)} is a second role, which AWS's tools assume with the session of ${plain(second.source)}`,
    {
      hints: [
        `refresh that one: gauth -p ${asWord(second.source)}`,
        `then: aws --profile ${asWord(name)} ...`,
      ],
    },
  );
}

function unusable(name: string, why: string): GauthError {
  return new GauthError('BAD_PROFILE', `the profile ${plain(name)} cannot be used here: ${plain(why)}`, {
    hints: [`AWS's tools may know more of it: aws --profile ${asWord(name)} sts get-caller-identity`],
  });
}
