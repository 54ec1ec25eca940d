/** Values in profiles that gauth itself refuses: a sign-in would end with them, and so would every credential_process. */
import type { Profile } from '../aws/profiles.ts';
import { GauthError } from '../errors.ts';
import { resolveSettings } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';
import type { Finding } from './finding.ts';

/** One finding a profile, about the first value that cannot be used. Pure. */
export function checkValues(profiles: readonly Pick<Profile, 'name' | 'config'>[]): readonly Finding[] {
  return profiles.flatMap(({ name, config }) => {
    try {
      resolveSettings({}, {}, (key) => config.get(key));
      return [];
    } catch (error) {
      if (!(error instanceof GauthError)) throw error;
      return [
        {
          check: 'unusable-value',
          level: 'problem',
          text: `profile ${oneLine(name)} cannot be used by gauth: ${oneLine(error.message)}`,
          mend: `correct it: aws configure set KEY VALUE --profile ${shellQuote(name)}; or take that line out of the config file`,
        },
      ];
    }
  });
}
