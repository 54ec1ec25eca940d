/**
 * Default settings from files: those of the user, and those that an administrator rolls out to an organisation. Every profile,
 * variable and flag overrides them.
 */
import { defaultsPaths } from '../aws/paths.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import { OPTION_NAMES, type OptionName, optionRow } from '../options/options.ts';
import type { DefaultSetting, DefaultSettings } from '../options/settings.ts';
import type { System } from '../ports.ts';
import { oneLine } from '../text.ts';
import { placesWritableByOthers } from './trusted-setting-sources.ts';

/**
 * The options that such a file may set. None of them runs a program, weakens a connection, or belongs to a single person or
 * role.
 */
export const DEFAULT_OPTIONS: readonly OptionName[] = [
  'idpId',
  'spId',
  'region',
  'duration',
  'autoDuration',
  'allowedAccounts',
  'resolveAliases',
  'signIn',
  'mfa',
  'keepSession',
  'nameTemplate',
];

export interface DefaultsFile extends DefaultSettings {
  /** Names of AWS accounts, by account ID. */
  readonly accountNames: ReadonlyMap<string, string>;
  /** The files that exist, the user's first. */
  readonly paths: readonly string[];
}

/** Bytes. */
const LIMIT = 1_000_000;

/**
 * Reads the files. The user's own has precedence.
 * Throws GauthError BAD_OPTION for a key that is unknown or not allowed, FILE for a file that cannot be read or that other users
 * can write.
 */
export async function readDefaultSettings({
  env,
  home,
  platform,
}: Pick<System, 'env' | 'home' | 'platform'>): Promise<DefaultsFile> {
  const values = new Map<OptionName, DefaultSetting>();
  const accountNames = new Map<string, string>();
  const paths: string[] = [];
  for (const path of defaultsPaths(env, home, platform)) {
    const text = await readTextFile(path, LIMIT);
    if (text === undefined) continue;
    await requireTrusted(path);
    paths.push(path);
    for (const { section, key, value, line } of entriesIn(text)) {
      if (section === 'accounts' && /^\d{12}$/.test(key)) {
        if (!accountNames.has(key)) accountNames.set(key, oneLine(value));
        continue;
      }
      const name = section === '' ? DEFAULT_OPTIONS.find((each) => optionRow(each).long === key) : undefined;
      if (name === undefined) throw unknownKey(path, line, section, key);
      if (!values.has(name)) values.set(name, { text: value, path });
    }
  }
  return { values, accountNames, paths };
}

interface Entry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** `key = value` lines, `[section]` lines, and comments. Any other line counts as a key without a value. */
function entriesIn(text: string): readonly Entry[] {
  let section = '';
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((raw, index): readonly Entry[] => {
      const line = raw.trim();
      if (line === '' || /^[#;]/.test(line)) return [];
      const header = /^\[([^\]]*)\]$/.exec(line)?.[1];
      if (header !== undefined) {
        section = header.trim();
        return [];
      }
      const [, key = line, value = ''] = /^([^=]*)=(.*)$/.exec(line) ?? [];
      return [{ section, key: key.trim(), value: value.trim(), line: index + 1 }];
    });
}

function unknownKey(path: string, line: number, section: string, key: string): GauthError {
  const known = DEFAULT_OPTIONS.map((name) => optionRow(name).long).join(', ');
  const isOption = section === '' && OPTION_NAMES.some((name) => optionRow(name).long === key);
  const what = section === '' ? oneLine(key, 60) : `${oneLine(key, 60)} in [${oneLine(section, 60)}]`;
  return new GauthError(
    'BAD_OPTION',
    `${oneLine(path)}, line ${String(line)}: ${what} ${isOption ? 'cannot be set in this file' : 'is unknown'}`,
    {
      hints: [
        `this file may set: ${known}; and names of accounts in [accounts], like 111222333444 = production`,
      ],
    },
  );
}

async function requireTrusted(path: string): Promise<void> {
  const [opening] = await placesWritableByOthers(path);
  if (opening === undefined) return;
  throw new GauthError('FILE', `${oneLine(path)} is not used: ${oneLine(opening.path)} ${opening.why}`, {
    hints: [`make it writable for its owner only: ${opening.fix}`],
  });
}
