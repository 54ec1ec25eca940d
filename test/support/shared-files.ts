/** AWS's two files in a folder of a test. */
import type { AwsFilePaths } from '../../src/aws/paths.ts';
import { updateProfile } from '../../src/aws/profiles.ts';

export type AwsFiles = AwsFilePaths;

/** Sets keys of a profile in the credentials file. */
export async function updateIn(
  files: AwsFilePaths,
  name: string,
  set: readonly (readonly [string, string])[],
): Promise<void> {
  await updateProfile(files, name, { credentials: { set } }, { signal: new AbortController().signal });
}
