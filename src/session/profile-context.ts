/** Loads the profile of a run from AWS's files, and resolves its settings by `options/settings.ts`. */
import { type Profile, readProfile } from '../aws/profiles.ts';
import { locateFiles } from '../aws/private-store.ts';
import type { AwsFilePaths } from '../aws/paths.ts';
import { createLog } from '../log.ts';
import { checkSettingSources } from './trusted-setting-sources.ts';
import type { OptionName, Settings } from '../options/options.ts';
import type { Log, System } from '../ports.ts';
import { type Flags, type ResolvedSettings, profileNameFrom, resolveSettings } from '../options/settings.ts';

export interface ProfileContext {
  /** Empty for a run without a profile: nothing is read from one, and the AWS files are not changed (facts, case 35). */
  readonly name: string;
  readonly files: AwsFilePaths;
  /** Undefined if neither file has it. */
  readonly profile: Profile | undefined;
  readonly settings: Settings;
  readonly origins: ResolvedSettings['origins'];
  readonly log: Log;
}

/** Loads the profile for a command that has these options, or all. Throws GauthError BAD_PROFILE, BAD_OPTION, FILE. */
export async function loadProfile(
  given: Flags,
  { env, home, stderr }: Pick<System, 'env' | 'home' | 'stderr'>,
  names?: readonly OptionName[],
): Promise<ProfileContext> {
  const files = await locateFiles(env, home);
  const name = profileNameFrom(given, env);
  const profile = name === '' ? undefined : await readProfile(files, name);
  const { settings, origins } = resolveSettings(given, env, (key) => profile?.config.get(key), names);
  await checkSettingSources(origins, files.config);
  return { name, files, profile, settings, origins, log: createLog(settings.log, stderr) };
}
