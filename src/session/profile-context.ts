/** Loads the profile of a run from AWS's files, and resolves its settings by `options/settings.ts`. */
import { type Profile, readProfile } from '../aws/profiles.ts';
import { locateFiles } from '../aws/private-store.ts';
import type { AwsFilePaths } from '../aws/paths.ts';
import { createLog } from '../log.ts';
import { type DefaultsFile, readDefaultSettings } from './default-settings.ts';
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
  /** The default settings of the user and the organisation. */
  readonly defaults: DefaultsFile;
  readonly log: Log;
}

/** Loads the profile for a command that has these options, or all. Throws GauthError BAD_PROFILE, BAD_OPTION, FILE. */
export async function loadProfile(
  given: Flags,
  { env, home, platform, stderr }: Pick<System, 'env' | 'home' | 'platform' | 'stderr'>,
  names?: readonly OptionName[],
): Promise<ProfileContext> {
  const files = await locateFiles(env, home);
  const name = profileNameFrom(given, env);
  const profile = name === '' ? undefined : await readProfile(files, name);
  const defaults = await readDefaultSettings({ env, home, platform });
  const inProfile = (key: string): string | undefined => profile?.config.get(key);
  const { settings, origins } = resolveSettings(given, env, inProfile, names, defaults);
  await checkSettingSources(origins, files.config);
  return { name, files, profile, settings, origins, defaults, log: createLog(settings.log, stderr) };
}
