/** Removes and renames profiles in AWS's two files. */
import { GauthError } from '../errors.ts';
import type { LockOptions } from '../files/lock.ts';
import { oneLine } from '../text.ts';
import { editIni } from './ini-editor.ts';
import { removeSections, renameSections } from './ini-sections.ts';
import { keyValues, parseIni } from './ini.ts';
import type { AwsFilePaths } from './paths.ts';
import { changeFiles, checkProfileName, isHeaderOf, listProfiles, sectionName } from './profiles.ts';

/** Removes all sections of the profiles from both files. Throws what `changeFiles` throws. */
export async function removeProfiles(
  files: AwsFilePaths,
  names: readonly string[],
  options: LockOptions,
): Promise<void> {
  await changeFiles(
    files,
    {
      config: (text, path) =>
        removeSections(text, (header) => names.some((name) => isHeaderOf(header, name)), path),
      credentials: (text, path) => removeSections(text, (header) => names.includes(header), path),
    },
    options,
  );
}

/**
 * Renames a profile in both files, and in the profiles that use it as their source. `renameInProcess` changes the name in a
 * credential_process. After an interruption, the same call continues. Throws GauthError BAD_PROFILE if the new name is taken, and what
 * `changeFiles` throws.
 */
export async function renameProfile(
  files: AwsFilePaths,
  from: string,
  to: string,
  renameInProcess: (line: string) => string,
  options: LockOptions,
): Promise<void> {
  checkProfileName(to);
  const profiles = await listProfiles(files);
  const dependents = profiles.filter(({ config }) => config.get('source_profile') === from);
  const header = sectionName(to);
  await changeFiles(
    files,
    {
      config: (text, path) => {
        checkFree(
          text,
          path,
          (each) => isHeaderOf(each, from),
          (each) => isHeaderOf(each, to),
        );
        const renamed = renameSections(text, (each) => isHeaderOf(each, from), header, path);
        const line = keyValues(parseIni(renamed, path), header)?.get('credential_process');
        const sources = dependents.map(({ name }) => ({
          section: sectionName(name),
          set: [['source_profile', to]] as const,
        }));
        const own =
          line === undefined
            ? []
            : [{ section: header, set: [['credential_process', renameInProcess(line)]] as const }];
        return editIni(renamed, [...sources, ...own], path);
      },
      credentials: (text, path) => {
        checkFree(
          text,
          path,
          (each) => each === from,
          (each) => each === to,
        );
        return renameSections(text, (each) => each === from, to, path);
      },
    },
    options,
  );
}

/** Throws GauthError BAD_PROFILE if a file has sections for both names: two sections with one header would break it. */
function checkFree(
  text: string,
  path: string,
  isOld: (header: string) => boolean,
  isNew: (header: string) => boolean,
): void {
  const headers = parseIni(text, path).sections.map(({ header }) => header);
  if (!headers.some(isOld) || !headers.some(isNew)) return;
  throw new GauthError('BAD_PROFILE', `the new name is already in ${oneLine(path)}`, {
    hints: ['choose another name'],
  });
}
