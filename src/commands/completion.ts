/** `gauth completion`: prints the script for a shell; with words behind `--`, what may follow them, which is what the scripts ask. */
import { parseRoleArn } from '../aws/role.ts';
import { ownFiles } from '../aws/own.ts';
import { sharedFiles, storeFolder } from '../aws/places.ts';
import { listProfiles } from '../aws/profile.ts';
import { listSessions } from '../aws/sessions.ts';
import { candidates, type Known } from '../cli/completion.ts';
import { COMPLETIONS } from '../cli/completion-scripts.ts';
import { GauthError } from '../errors.ts';
import { OPTIONS } from '../options/options.ts';
import type { System } from '../ports.ts';
import type { Given } from '../options/settings.ts';
import { plain } from '../text.ts';

/** Throws GauthError BAD_OPTION for a shell that cannot complete, FILE for a config file that cannot be understood. */
export async function completion(_: Given, system: System, operands: readonly string[]): Promise<void> {
  const [shell = '', ...handed] = operands;
  if (!isCompleting(shell)) {
    throw new GauthError('BAD_OPTION', 'there is no completion for this shell', {
      hints: [`there is for ${Object.keys(COMPLETIONS).join(', ')}`],
    });
  }
  const { script, words, line } = COMPLETIONS[shell];
  if (handed.length === 0) {
    system.stdout.write(script);
    return;
  }
  const found = await candidates(words(handed), knownIn(system));
  // A name with a control character in it could not be typed, and would not be one line.
  const safe = found.filter(({ value }) => plain(value, Infinity) === value);
  const lines = safe.map((each) => line(each, handed)).filter((each) => each !== '');
  system.stdout.write(lines.map((each) => `${each}\n`).join(''));
}

function isCompleting(shell: string): shell is keyof typeof COMPLETIONS {
  return Object.hasOwn(COMPLETIONS, shell);
}

/** The profiles in the config file, and the roles that stand there and in the store. */
function knownIn({ env, home }: System): Known {
  const files = sharedFiles(env, home);
  return {
    profiles: async () => (await listProfiles(files)).map(({ name }) => name),
    async roles() {
      const key = OPTIONS.roleArn.profileKey ?? '';
      const store = storeFolder(await ownFiles(env, home));
      const [profiles, sessions] = await Promise.all([listProfiles(files), listSessions(store)]);
      const arns = [
        ...profiles.flatMap(({ config }) => config.get(key) ?? []),
        ...sessions.map(({ session }) => session.roleArn),
      ];
      return [...new Set(arns)].filter((arn) => parseRoleArn(arn) !== undefined).sort();
    },
  };
}
