/** `gauth settings`: prints every setting of a profile, and where it comes from. */
import { type OptionName, optionRow, SIGN_IN_OPTIONS } from '../options/options.ts';
import type { Flags, Origin } from '../options/settings.ts';
import { table } from '../output/table.ts';
import type { System } from '../ports.ts';
import { Secret } from '../secret.ts';
import { chooseProfile } from '../session/profile-choice.ts';
import { loadProfile, type ProfileContext } from '../session/profile-context.ts';
import { oneLine, wrapWords } from '../text.ts';

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
  system.stdout.write(asText(rows, system.stdout));
}

/** A table, or in a narrow window each setting with its source below it. */
function asText(rows: readonly Row[], { isTerminal, columns = Infinity }: System['stdout']): string {
  const whole = table(
    ['SETTING', 'VALUE', 'FROM'],
    rows.map(({ option, value, source }) => [option, textOf(value), source]),
  );
  const fits = whole.split('\n').every((line) => line.length <= columns);
  if (!isTerminal || fits) return whole;
  const lines = rows.flatMap(({ option, value, source }) => {
    const line = `${option}: ${textOf(value)}`.trimEnd();
    return source === DEFAULT ? [`${line} (default)`] : [line, `  from ${source}`];
  });
  return lines
    .flatMap((line) => wrapWords(line, columns))
    .map((line) => `${line}\n`)
    .join('');
}

const DEFAULT = 'default';

function rowOf(name: OptionName, { settings, origins, defaults }: ProfileContext): Row {
  const { long, env, profileKey } = optionRow(name);
  const value = settings[name];
  const origin = origins[name];
  const sources: Readonly<Record<Origin, string>> = {
    flag: `--${long}`,
    environment: env.join(' or '),
    profile: `${profileKey ?? long} in the profile`,
    organisation: defaults.values.get(name)?.path ?? '',
    default: DEFAULT,
  };
  // The value of a switch like --no-cache is whether there is a cache.
  const option = long.replace(/^no-/, '');
  return { option, value: value instanceof Secret ? '[secret]' : value, source: sources[origin] };
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return oneLine(Array.isArray(value) ? value.join(' ') : String(value));
}
