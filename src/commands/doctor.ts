/** `gauth doctor`: looks for what goes wrong in practice, says what mends it, and mends what is safe to mend. */
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
import { type Flags, resolveSettings } from '../options/settings.ts';
import { oneLine } from '../text.ts';

/** A finding after the person's wish to mend. */
interface ReportedFinding extends Finding {
  readonly mended: boolean;
}

/** Throws GauthError FINDINGS where something is left to be mended, after all is told; CANCELLED. */
export async function doctor(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, COMMANDS.doctor.options);
  const files = awsFilePaths(system.env, system.home);
  const told: ReportedFinding[] = [];
  for (const finding of await runChecks(files, settings.region, system)) {
    told.push(settings.fix ? await mend(finding, files, system) : { ...finding, mended: false });
  }
  system.stdout.write(settings.json ? asJson(told) : asText(told));
  const left = told.filter(({ level, mended }) => !mended && (level === 'problem' || level === 'warning'));
  if (left.length === 0) return;
  const fixable = left.filter(({ fix }) => fix !== undefined).length;
  const hints = fixable > 0 ? [`gauth doctor --fix mends ${String(fixable)} of them`] : [];
  throw new GauthError('FINDINGS', `${String(left.length)} found that should be mended`, { hints });
}

/** The checks of files work without a network, and each stands for itself. */
async function runChecks(
  files: AwsFilePaths,
  region: string | undefined,
  system: System,
): Promise<readonly Finding[]> {
  const { env, home, platform } = system;
  const profiles = await listed(files);
  const found = await Promise.all([
    checkTexts(files, system),
    checkModes(files, platform),
    checkPrograms(profiles),
    checkGranted(profiles, home),
    checkSources(files, profiles).catch(unusable),
    checkProxyAndCertificates(env),
    checkServers(region ?? firstRegion(profiles), system).catch(unusable),
    checkKeychain(system),
    checkBrowser(system),
  ]);
  return [...found.flat(), ...checkValues(profiles), ...checkVariables(system, profiles)];
}

/** A file that cannot be read or understood is told by its own check. */
async function listed(files: AwsFilePaths): Promise<readonly Pick<Profile, 'name' | 'config'>[]> {
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
    return unusable(error);
  }
}

/** What an error says, as a finding. Throws what is no error of the world's. */
function unusable(error: unknown): readonly Finding[] {
  if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
  const mend = error.hints[0];
  return [
    {
      check: error.code === 'FILE' ? 'damaged-file' : 'reach',
      level: 'problem',
      text: oneLine(error.message),
      ...(mend === undefined ? {} : { mend }),
    },
  ];
}

function firstRegion(profiles: readonly Pick<Profile, 'config'>[]): string | undefined {
  return profiles.map(({ config }) => config.get('region')).find((region) => region && region !== 'None');
}

async function checkKeychain({ keychain }: System): Promise<readonly Finding[]> {
  try {
    await keychain.get('gauth', 'doctor');
    return [{ check: 'keychain', level: 'fine', text: 'the keychain can be used' }];
  } catch (error) {
    if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
    const mend = "without one Google's session is not kept; --keep-session file keeps it in a file";
    return [{ check: 'keychain', level: 'note', text: oneLine(error.message), mend }];
  }
}

async function checkBrowser({ browser }: System): Promise<readonly Finding[]> {
  if (await browser.isAvailable(undefined)) {
    return [{ check: 'browser', level: 'fine', text: 'a browser is found, with a display to show it on' }];
  }
  const text = 'no Chrome, Edge, Brave or Chromium is found, or no display to show it on';
  return [
    {
      check: 'browser',
      level: 'note',
      text,
      mend: 'none is needed as long as Google is content with a terminal',
    },
  ];
}

async function mend(finding: Finding, files: AwsFilePaths, system: System): Promise<ReportedFinding> {
  if (finding.fix === undefined) return { ...finding, mended: false };
  try {
    await applyFix(finding.fix, files, system);
    return { ...finding, mended: true };
  } catch (error) {
    if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
    createLog('warn', system.stderr).warn(`this could not be mended: ${error.message}`);
    return { ...finding, mended: false };
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

/** The worst first; what mends it stands below. */
function asText(told: readonly ReportedFinding[]): string {
  const sorted = told.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  return sorted
    .map(({ level, text, mend: how, mended }) => {
      const word = (mended ? 'mended' : level === 'fine' ? 'ok' : level).padEnd(9);
      return how === undefined || mended ? `${word}${text}\n` : `${word}${text}\n${' '.repeat(9)}${how}\n`;
    })
    .join('');
}

function asJson(told: readonly ReportedFinding[]): string {
  const list = told.map(({ check, level, text, mend: how, fix, mended }) => ({
    check,
    level,
    text,
    mend: how ?? null,
    fixable: fix !== undefined,
    mended,
  }));
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
