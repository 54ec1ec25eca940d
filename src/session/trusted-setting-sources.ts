/**
 * Which sources are trusted with which settings: programs to run and weaker connections are taken only from what the
 * user alone controls.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GauthError } from '../errors.ts';
import { isOwnedByUser } from '../files/file-owner.ts';
import { resolveTarget } from '../files/symlinks.ts';
import { type OptionName, optionRow } from '../options/options.ts';
import type { ResolvedSettings } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';

/** Settings that run a program, or decide what it does. In a profile, they are taken only from a file that nobody else may write. */
export const PROGRAM_OPTIONS: readonly OptionName[] = ['browserPath', 'browserArgs', 'mfaCommand'];

/** Where other users could change a file: the path, its mode, and the command that closes it. */
export interface WritableByOthers {
  readonly path: string;
  readonly why: string;
  readonly fix: string;
}

/**
 * Throws GauthError BAD_OPTION where the profile names a program, and other users may write the config file. `config` is its path;
 * a flag or variable in place of the profile's key is the user's own.
 */
export async function checkSettingSources(
  origins: ResolvedSettings['origins'],
  config: string,
): Promise<void> {
  const name = PROGRAM_OPTIONS.find((each) => origins[each] === 'profile');
  if (name === undefined) return;
  const [opening] = await placesWritableByOthers(config);
  if (opening === undefined) return;
  throw new GauthError(
    'BAD_OPTION',
    `${String(optionRow(name).profileKey)} in the profile names a program, and ${oneLine(opening.path)} ${opening.why}`,
    { hints: [`make it writable for you only: ${opening.fix}`, `or set it with --${optionRow(name).long}`] },
  );
}

/** The places where other users could change what a file says: the file, its folder, and the folder of the link that leads to it. */
export async function placesWritableByOthers(path: string): Promise<readonly WritableByOthers[]> {
  if (process.getuid === undefined) return [];
  const target = await resolveTarget(path);
  const found: WritableByOthers[] = [];
  for (const place of new Set([target, dirname(target), dirname(path)])) {
    const stats = await stat(place).catch(() => undefined);
    const opening = stats && openingIn(place, stats);
    if (opening) found.push(opening);
  }
  return found;
}

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

function openingIn(path: string, stats: Stats): WritableByOthers | undefined {
  // A device, such as /dev/null, holds nothing.
  if (!stats.isFile() && !stats.isDirectory()) return undefined;
  const word = shellQuote(path);
  if (!isOwnedByUser(stats)) {
    return { path, why: "is another user's", fix: `sudo chown "$(id -un)" ${word}` };
  }
  // In a folder like /tmp, nobody replaces another user's file.
  if (stats.isDirectory() && (stats.mode & STICKY) !== 0) return undefined;
  if ((stats.mode & OTHERS_WRITE) !== 0 || ((stats.mode & GROUP_WRITES) !== 0 && !isPrivateGroup(stats))) {
    const mode = (stats.mode & 0o777).toString(8);
    return { path, why: `can be written by other users (mode ${mode})`, fix: `chmod go-w ${word}` };
  }
  return undefined;
}

/** Many systems give each user a group of the same number with no other member, and files that the group may write. */
function isPrivateGroup({ uid, gid }: Stats): boolean {
  return gid === uid && gid === process.getgid?.();
}
