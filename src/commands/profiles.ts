/** `gauth profiles`: lists, renames and removes the profiles that gauth gets credentials for. */
import { locateFiles } from '../aws/private-store.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { removeProfiles, renameProfile } from '../aws/profile-sections.ts';
import {
  type GauthProfile,
  gauthProfiles,
  hasLongTermKeys,
  listProfiles,
  readProfile,
} from '../aws/profiles.ts';
import { removeCachedSessions, renameCachedSessions } from '../aws/session-cache.ts';
import { GauthError } from '../errors.ts';
import { OPTIONS } from '../options/options.ts';
import { type Flags, resolveSettings } from '../options/settings.ts';
import { renameInProcess } from '../output/credential-process-line.ts';
import type { System } from '../ports.ts';
import { confirm } from '../prompts/confirmation.ts';
import { nearestNames } from '../session/profile-choice.ts';
import { oneLine, pluralise, shellQuote } from '../text.ts';

interface Parts {
  readonly files: AwsFilePaths;
  readonly known: readonly GauthProfile[];
  readonly settings: { readonly yes: boolean; readonly quiet: boolean };
  readonly system: System;
}

/**
 * Throws GauthError BAD_OPTION for other words, BAD_PROFILE for a profile that is not one of gauth's or a name that is taken,
 * NOT_INTERACTIVE, CANCELLED, FILE, LOCKED.
 */
export async function profiles(
  given: Flags,
  system: System,
  [action, ...names]: readonly string[],
): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, ['yes', 'quiet']);
  const files = await locateFiles(system.env, system.home);
  const known = gauthProfiles(await listProfiles(files));
  const parts = { files, known, settings, system };
  switch (action) {
    case undefined:
    case 'list':
      for (const { name } of known) system.stdout.write(`${oneLine(name)}\n`);
      return;
    case 'remove':
      return remove([...new Set(names)], parts);
    case 'rename':
      return rename(names, parts);
    default:
      throw new GauthError('BAD_OPTION', 'the word after gauth profiles is neither remove nor rename', {
        hints: ["see 'gauth profiles --help'"],
      });
  }
}

async function rename(names: readonly string[], { files, known, settings, system }: Parts): Promise<void> {
  const [from, to, ...others] = names;
  if (from === undefined || to === undefined || others.length > 0) {
    throw new GauthError('MISSING_OPTION', 'gauth profiles rename needs the old name and the new one', {
      hints: ['gauth profiles rename sts-temp prod'],
    });
  }
  if (from === to) return;
  const { platform, clock, signal, stderr } = system;
  // After an interruption the config file may have the new name already.
  const credentials = (await readProfile(files, from))?.credentials;
  if (credentials === undefined || known.every(({ name }) => name !== to)) checkKnown([from], known);
  await renameProfile(files, from, to, (line) => renameInProcess(line, from, to, platform), { signal });
  await renameCachedSessions(storeFolder(files), from, to, clock.now(), signal);
  if (settings.quiet) return;
  const dependents = known.filter(({ source }) => source === from).map(({ name }) => oneLine(name));
  const also = dependents.length === 0 ? '' : `, also as the source_profile of ${dependents.join(', ')}`;
  stderr.write(`Renamed ${oneLine(from)} to ${oneLine(to)}${also}.\n`);
}

async function remove(names: readonly string[], parts: Parts): Promise<void> {
  const { files, known, settings, system } = parts;
  const { terminal, stderr, signal } = system;
  if (names.length === 0) {
    throw new GauthError('MISSING_OPTION', 'gauth profiles remove needs the name of a profile', {
      hints: ["'gauth profiles' lists the names"],
    });
  }
  checkKnown(names, known);
  const words = names.map((name) => shellQuote(name)).join(' ');
  if (!settings.yes && !(await terminal.available())) {
    throw new GauthError('NOT_INTERACTIVE', 'there is no terminal to ask whether to remove the profile', {
      hints: [`to remove it without a question: gauth profiles remove --yes ${words}`],
    });
  }
  if (!settings.quiet) for (const line of await preview(names, parts)) stderr.write(`${line}\n`);
  if (!settings.yes && !(await confirm(`Remove ${pluralise(names.length, 'profile')}?`, false, system)))
    throw new GauthError('CANCELLED', 'nothing was removed');
  await removeProfiles(files, names, { signal });
  for (const name of names) await removeCachedSessions(storeFolder(files), name);
  if (settings.quiet) return;
  stderr.write(`Removed ${names.map((name) => oneLine(name)).join(', ')}.\n`);
  for (const account of accountsLeft(names, known)) {
    stderr.write(`To remove the saved Google session too: gauth logout -u ${shellQuote(account)}\n`);
  }
}

/** Throws GauthError BAD_PROFILE for a profile that gauth does not get credentials for. */
function checkKnown(names: readonly string[], known: readonly GauthProfile[]): void {
  const own = known.map(({ name }) => name);
  const foreign = names.find((name) => !own.includes(name));
  if (foreign === undefined) return;
  const near = nearestNames(foreign, own).map((each) => oneLine(each));
  throw new GauthError('BAD_PROFILE', `${oneLine(foreign)} is not a profile of gauth`, {
    hints: [
      ...(near.length === 0 ? [] : [`did you mean ${near.join(' or ')}?`]),
      "'gauth profiles' lists the names",
    ],
  });
}

/** What is removed: sections with their keys, cached credentials; and who will miss it. */
async function preview(names: readonly string[], { files, known }: Parts): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of names) {
    const profile = await readProfile(files, name);
    const { config = new Map<string, string>(), credentials = new Map<string, string>() } = profile ?? {};
    lines.push(`Profile ${oneLine(name)}:`);
    if (config.size > 0)
      lines.push(`  ${oneLine(files.config)}: ${[...config.keys()].map((key) => oneLine(key)).join(', ')}`);
    if (credentials.size > 0) {
      const what = hasLongTermKeys(profile)
        ? 'LONG-TERM ACCESS KEYS, whose secret AWS cannot show again'
        : 'temporary credentials';
      lines.push(`  ${oneLine(files.credentials)}: ${what}`);
    }
    lines.push(`  ${oneLine(storeFolder(files))}: cached credentials, if there are any`);
  }
  const dependents = known.filter(
    ({ name, source }) => names.includes(source ?? '') && !names.includes(name),
  );
  for (const { name, source } of dependents)
    lines.push(
      `Profile ${oneLine(name)} gets its credentials from ${oneLine(source ?? '')} and will not work.`,
    );
  return lines;
}

/** The Google accounts of the removed profiles that no other profile uses. */
function accountsLeft(names: readonly string[], known: readonly GauthProfile[]): readonly string[] {
  const accountOf = ({ config }: GauthProfile): string | undefined =>
    config.get(OPTIONS.username.profileKey ?? '')?.toLowerCase();
  const used = new Set(known.filter(({ name }) => !names.includes(name)).map(accountOf));
  const removed = known.filter(({ name }) => names.includes(name)).flatMap((each) => accountOf(each) ?? []);
  return [...new Set(removed)].filter((account) => !used.has(account));
}
