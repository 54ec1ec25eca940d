/** The profile that a run is about: where it stands, what it holds, and what flags and variables make of it. */
import { type Profile, readProfile } from '../aws/profile.ts';
import { ownFiles } from '../aws/own.ts';
import type { SharedFiles } from '../aws/places.ts';
import { createLog } from '../log.ts';
import { checkSettingSources } from './setting-sources.ts';
import type { OptionName, Settings } from '../options/options.ts';
import type { Log, System } from '../ports.ts';
import { type Given, type Resolved, profileOf, resolve } from '../options/settings.ts';

export interface Opened {
  /** Empty for a run without a profile: nothing is read from one, and AWS's files are left alone (facts, case 35). */
  readonly name: string;
  readonly files: SharedFiles;
  /** Undefined where neither file has it. */
  readonly profile: Profile | undefined;
  readonly settings: Settings;
  readonly origins: Resolved['origins'];
  readonly log: Log;
}

/** For a run with these options, or with all. Throws GauthError BAD_PROFILE, BAD_OPTION, FILE. */
export async function openProfile(
  given: Given,
  { env, home, stderr }: Pick<System, 'env' | 'home' | 'stderr'>,
  names?: readonly OptionName[],
): Promise<Opened> {
  const files = await ownFiles(env, home);
  const name = profileOf(given, env);
  const profile = name === '' ? undefined : await readProfile(files, name);
  const { settings, origins } = resolve(given, env, (key) => profile?.config.get(key), names);
  await checkSettingSources(origins, files.config);
  return { name, files, profile, settings, origins, log: createLog(settings.log, stderr) };
}
