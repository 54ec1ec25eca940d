/** `gauth settings`: prints every setting of a profile, and where it comes from. */
import { type OptionName, optionRow, SIGN_IN_OPTIONS } from '../options/options.ts';
import type { Flags, Origin } from '../options/settings.ts';
import { table } from '../output/table.ts';
import type { System } from '../ports.ts';
import { Secret } from '../secret.ts';
import { chooseProfile } from '../session/profile-choice.ts';
import { loadProfile, type ProfileContext } from '../session/profile-context.ts';
import { oneLine } from '../text.ts';

interface Row {
  readonly option: string;
  readonly value: unknown;
  readonly source: string;
}

/** Throws GauthError BAD_PROFILE, BAD_OPTION, FILE. */
export async function settings(given: Flags, system: System): Promise<void> {
  const opened = await loadProfile(await chooseProfile(given, system, 'use'), system);
  const rows = SIGN_IN_OPTIONS.filter((name) => name !== 'profile' && name !== 'allProfiles').map((name) =>
    rowOf(name, opened),
  );
  if (given.json !== undefined) {
    const result = { profile: opened.name, settings: rows };
    system.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return;
  }
  const cells = rows.map(({ option, value, source }) => [option, textOf(value), source]);
  system.stdout.write(table(['SETTING', 'VALUE', 'FROM'], cells));
}

function rowOf(name: OptionName, { settings, origins, defaults }: ProfileContext): Row {
  const { long, env, profileKey } = optionRow(name);
  const value = settings[name];
  const origin = origins[name];
  const sources: Readonly<Record<Origin, string>> = {
    flag: `--${long}`,
    environment: env.join(' or '),
    profile: `${profileKey ?? long} in the profile`,
    organisation: defaults.values.get(name)?.path ?? '',
    default: 'default',
  };
  return { option: long, value: value instanceof Secret ? '[secret]' : value, source: sources[origin] };
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return oneLine(Array.isArray(value) ? value.join(' ') : String(value));
}
