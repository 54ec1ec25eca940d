/** `gauth completion`: prints the script for a shell; with words behind `--`, what may follow them, which is what the scripts ask. */
import { parseRoleArn } from '../aws/roles.ts';
import { locateFiles } from '../aws/private-store.ts';
import { awsFilePaths, storeFolder } from '../aws/paths.ts';
import { listProfiles } from '../aws/profiles.ts';
import { listCachedSessions } from '../aws/session-cache.ts';
import { completions, type CompletionSources } from '../cli/completion.ts';
import { COMPLETIONS } from '../cli/completion-scripts.ts';
import { GauthError } from '../errors.ts';
import { OPTIONS } from '../options/options.ts';
import type { System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';
import { oneLine } from '../text.ts';

/** Throws GauthError BAD_OPTION for a shell that cannot complete, FILE for a config file that cannot be understood. */
export async function completion(_: Flags, system: System, operands: readonly string[]): Promise<void> {
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
  const found = await completions(words(handed), knownIn(system));
  // A name with a control character in it could not be typed, and would not be one line.
  const safe = found.filter(({ value }) => oneLine(value, Infinity) === value);
  const lines = safe.map((each) => line(each, handed)).filter((each) => each !== '');
  system.stdout.write(lines.map((each) => `${each}\n`).join(''));
}

function isCompleting(shell: string): shell is keyof typeof COMPLETIONS {
  return Object.hasOwn(COMPLETIONS, shell);
}

/** The profiles in the config file, and the roles that stand there and in the store. */
function knownIn({ env, home }: System): CompletionSources {
  const files = awsFilePaths(env, home);
  return {
    profiles: async () => (await listProfiles(files)).map(({ name }) => name),
    async roles() {
      const key = OPTIONS.roleArn.profileKey ?? '';
      const store = storeFolder(await locateFiles(env, home));
      const [profiles, sessions] = await Promise.all([listProfiles(files), listCachedSessions(store)]);
      const arns = [
        ...profiles.flatMap(({ config }) => config.get(key) ?? []),
        ...sessions.map(({ session }) => session.roleArn),
      ];
      return [...new Set(arns)].filter((arn) => parseRoleArn(arn) !== undefined).sort();
    },
  };
}
