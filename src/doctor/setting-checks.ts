/**
 * Checks for values of gauth's own keys in profiles that gauth rejects: a sign-in would fail with them, and so would
 * every credential_process.
 */
import type { Profile } from '../aws/profiles.ts';
import { GauthError } from '../errors.ts';
import { resolveSettings } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';
import type { Finding } from './finding.ts';

/** One finding per profile, about the first invalid value. Pure. */
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
          hint: `correct it: aws configure set KEY VALUE --profile ${shellQuote(name)}; or remove that line from the config file`,
        },
      ];
    }
  });
}
