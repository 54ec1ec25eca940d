/** AWS's two files in a folder of a test. */
import type { SharedFiles } from '../../src/aws/places.ts';
import { updateProfile } from '../../src/aws/profile.ts';

export type AwsFiles = SharedFiles;

/** Sets keys of a profile in the credentials file. */
export async function updateIn(
  files: SharedFiles,
  name: string,
  set: readonly (readonly [string, string])[],
): Promise<void> {
  await updateProfile(files, name, { credentials: { set } }, { signal: new AbortController().signal });
}
