/**
 * `gauth completion`: prints the completion script for a shell. With words after `--`, prints the completions for them,
 * which is what the scripts call.
 */
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
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

/** Throws GauthError BAD_OPTION for an unsupported shell, FILE for a config file that cannot be parsed. */
export async function completion(_: Flags, system: System, operands: readonly string[]): Promise<void> {
  const [shell = '', ...typed] = operands;
  if (!isCompleting(shell)) {
    throw new GauthError('BAD_OPTION', 'completion does not support this shell', {
      hints: [`supported shells: ${Object.keys(COMPLETIONS).join(', ')}`],
    });
  }
  const { script, words, line } = COMPLETIONS[shell];
  if (typed.length === 0) {
    system.stdout.write(script);
    return;
  }
  const candidates = await completions(words(typed), completionSources(system));
  // A name with a control character cannot be typed, and is not a single line.
  const safe = candidates.filter(({ value }) => oneLine(value, Infinity) === value);
  const lines = safe.map((each) => line(each, typed)).filter((each) => each !== '');
  system.stdout.write(lines.map((each) => `${each}\n`).join(''));
}

function isCompleting(shell: string): shell is keyof typeof COMPLETIONS {
  return Object.hasOwn(COMPLETIONS, shell);
}

/** More would be no help. */
const MAX_PROGRAMS = 1_000;

/** The executable files in the folders of the PATH whose names start like this. */
async function programsOnPath(start: string, path: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const folder of path.split(delimiter).filter((each) => isAbsolute(each))) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((each) => each.startsWith(start))) {
      if (found.size >= MAX_PROGRAMS) break;
      const isExecutable = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isExecutable) found.add(name);
    }
  }
  return [...found].sort();
}

/** The profiles in the config file, and the roles in it and in the cache. */
function completionSources({ env, home }: System): CompletionSources {
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
    programs: async (start) => programsOnPath(start, env['PATH'] ?? ''),
  };
}
