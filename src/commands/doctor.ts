/** `gauth doctor`: checks for common problems, prints how to fix them, and fixes what is safe to fix. */
import { chmod } from 'node:fs/promises';
import { awsFilePaths, type AwsFilePaths } from '../aws/paths.ts';
import { listProfiles, type Profile, updateProfile } from '../aws/profiles.ts';
import type { Finding, Fix, Level } from '../doctor/finding.ts';
import {
  checkGranted,
  checkModes,
  checkPrograms,
  checkSources,
  checkVariables,
} from '../doctor/file-checks.ts';
import { checkProfiles } from '../doctor/profile-checks.ts';
import { checkServers, checkProxyAndCertificates } from '../doctor/network-checks.ts';
import { checkValues } from '../doctor/setting-checks.ts';
import { COMMANDS } from '../options/commands.ts';
import { GauthError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import { readTextFile } from '../files/files.ts';
import { createLog } from '../log.ts';
import type { System } from '../ports.ts';
import { optionRow } from '../options/options.ts';
import { type Flags, resolveSettings } from '../options/settings.ts';
import { type Colour, colours } from '../output/colours.ts';
import { readDefaultSettings } from '../session/default-settings.ts';
import { oneLine, pluralise, wrapWords } from '../text.ts';

/** A finding, and whether --fix has fixed it. */
interface ReportedFinding extends Finding {
  readonly fixed: boolean;
}

/** Throws GauthError FINDINGS if problems remain, after printing all findings; CANCELLED. */
export async function doctor(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, COMMANDS.doctor.options);
  const files = awsFilePaths(system.env, system.home);
  const reported: ReportedFinding[] = [];
  for (const finding of await runChecks(files, settings.region, system)) {
    reported.push(settings.fix ? await fixFinding(finding, files, system) : { ...finding, fixed: false });
  }
  system.stdout.write(settings.json ? asJson(reported) : asText(reported, system));
  const left = reported.filter(({ level, fixed }) => !fixed && (level === 'problem' || level === 'warning'));
  if (left.length === 0) return;
  const fixable = left.filter(({ fix }) => fix !== undefined).length;
  const hints = fixable > 0 ? [`gauth doctor --fix fixes ${String(fixable)} of them`] : [];
  throw new GauthError('FINDINGS', `${pluralise(left.length, 'problem')} found`, { hints });
}

/** The files with default settings, and what they set. */
async function checkDefaults(system: System): Promise<readonly Finding[]> {
  const { paths, values, accountNames } = await readDefaultSettings(system);
  return paths.map((path): Finding => {
    const names = [...values]
      .filter(([, value]) => value.path === path)
      .map(([name]) => optionRow(name).long);
    const accounts = accountNames.size === 0 ? [] : ['names of accounts'];
    const what = [...names, ...accounts].join(', ');
    return {
      check: 'default-settings',
      level: 'fine',
      text: `default settings in ${oneLine(path)}: ${what}`,
    };
  });
}

/** The checks of files need no network, and each is independent of the others. */
async function runChecks(
  files: AwsFilePaths,
  region: string | undefined,
  system: System,
): Promise<readonly Finding[]> {
  const { env, home, platform } = system;
  const profiles = await profilesIn(files);
  const found = await Promise.all([
    checkTexts(files, system),
    checkModes(files, platform),
    checkPrograms(profiles),
    checkGranted(profiles, home),
    checkSources(files, profiles).catch(findingOf),
    checkDefaults(system).catch(findingOf),
    checkProxyAndCertificates(env),
    checkServers(region ?? firstRegion(profiles), system).catch(findingOf),
    checkKeychain(system),
    checkBrowser(system),
  ]);
  return [...found.flat(), ...checkValues(profiles), ...checkVariables(system, profiles)];
}

/** A file that cannot be read or parsed is reported by its own check. */
async function profilesIn(files: AwsFilePaths): Promise<readonly Pick<Profile, 'name' | 'config'>[]> {
  try {
    return await listProfiles(files);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    return [];
  }
}

async function checkTexts(
  { config, credentials }: AwsFilePaths,
  { clock }: System,
): Promise<readonly Finding[]> {
  try {
    const [first = '', second = ''] = await Promise.all([readTextFile(config), readTextFile(credentials)]);
    return checkProfiles({ path: config, text: first }, { path: credentials, text: second }, clock.now());
  } catch (error) {
    return findingOf(error);
  }
}

/** An error as a finding. Throws unexpected errors. */
function findingOf(error: unknown): readonly Finding[] {
  if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
  const hint = error.hints[0];
  return [
    {
      check: { FILE: 'damaged-file', BAD_OPTION: 'unusable-value' }[String(error.code)] ?? 'reach',
      level: 'problem',
      text: oneLine(error.message),
      ...(hint === undefined ? {} : { hint }),
    },
  ];
}

function firstRegion(profiles: readonly Pick<Profile, 'config'>[]): string | undefined {
  return profiles.map(({ config }) => config.get('region')).find((region) => region && region !== 'None');
}

async function checkKeychain({ keychain }: System): Promise<readonly Finding[]> {
  try {
    await keychain.get('gauth', 'doctor');
    return [{ check: 'keychain', level: 'fine', text: 'the system keychain can be used' }];
  } catch (error) {
    if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
    const hint =
      'without one, Google asks for your password each time; to save the session in a file: --keep-session file';
    return [{ check: 'keychain', level: 'note', text: oneLine(error.message), hint }];
  }
}

async function checkBrowser({ browser }: System): Promise<readonly Finding[]> {
  const why = await browser.whyUnavailable(undefined);
  if (why === undefined) {
    return [{ check: 'browser', level: 'fine', text: 'a browser and a display are available' }];
  }
  return [
    {
      check: 'browser',
      level: 'note',
      text: `gauth cannot use a browser: ${oneLine(why)}`,
      hint: 'needed only if Google does not accept a sign-in in the terminal',
    },
  ];
}

async function fixFinding(finding: Finding, files: AwsFilePaths, system: System): Promise<ReportedFinding> {
  if (finding.fix === undefined) return { ...finding, fixed: false };
  try {
    await applyFix(finding.fix, files, system);
    return { ...finding, fixed: true };
  } catch (error) {
    if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
    createLog('warn', system.stderr).warn(`could not be fixed: ${error.message}`);
    return { ...finding, fixed: false };
  }
}

async function applyFix(fix: Fix, files: AwsFilePaths, { signal }: System): Promise<void> {
  switch (fix.kind) {
    case 'profile':
      return updateProfile(files, fix.name, fix.changes, { signal });
    case 'mode':
      return chmod(fix.path, fix.mode).catch((error: unknown) => {
        throw fileError(`the mode of ${oneLine(fix.path)} cannot be changed`, fix.path, error);
      });
  }
}

const ORDER: readonly Level[] = ['problem', 'warning', 'note', 'fine'];

const MARGIN = 9;

const COLOURS: Readonly<Record<Level, Colour>> = {
  problem: 'red',
  warning: 'yellow',
  note: 'dim',
  fine: 'green',
};

/** Problems first, each with its fix below, in the width of the terminal. */
function asText(
  reported: readonly ReportedFinding[],
  { stdout, env }: Pick<System, 'stdout' | 'env'>,
): string {
  const paint = colours(stdout, env);
  const width = (stdout.isTerminal ? (stdout.columns ?? Infinity) : Infinity) - MARGIN;
  const indent = ' '.repeat(MARGIN);
  const sorted = reported.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  return sorted
    .map(({ level, text, hint, fixed }) => {
      const word = (fixed ? 'fixed' : level === 'fine' ? 'ok' : level).padEnd(MARGIN);
      const lines = wrapWords(text, width).join(`\n${indent}`);
      const below = hint === undefined || fixed ? [] : hintLines(hint, width);
      return [paint(fixed ? 'green' : COLOURS[level], word) + lines, ...below.map((line) => indent + line)]
        .map((line) => `${line}\n`)
        .join('');
    })
    .join('');
}

/** A hint in lines. A command at its end stays in one line, so that it can be copied. */
function hintLines(hint: string, width: number): readonly string[] {
  if (hint.length <= width) return [hint];
  const [, explanation, command] = /^(.*:) (.*)$/.exec(hint) ?? [];
  if (explanation === undefined || command === undefined) return wrapWords(hint, width);
  return [...wrapWords(explanation, width), command];
}

function asJson(reported: readonly ReportedFinding[]): string {
  const list = reported.map(({ check, level, text, hint: hint, fix, fixed }) => ({
    check,
    level,
    text,
    hint: hint ?? null,
    fixable: fix !== undefined,
    fixed,
  }));
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
