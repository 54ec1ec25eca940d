/** Checks of the AWS files as files: permissions, and other programs that read them in their own way. */
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import type { Profile } from '../aws/profiles.ts';
import { optionRow } from '../options/options.ts';
import type { System } from '../ports.ts';
import { placesWritableByOthers, PROGRAM_OPTIONS } from '../session/trusted-setting-sources.ts';
import { shellQuote, pluralise, oneLine } from '../text.ts';
import type { Finding } from './finding.ts';

const GROUP_AND_OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/**
 * Files with secrets must be readable by their owner only. The folder and the config file must not be writable by others,
 * who could name a program to run.
 */
export async function checkModes(
  files: AwsFilePaths,
  platform: NodeJS.Platform,
): Promise<readonly Finding[]> {
  // Windows has no such permission bits; the folders of a user are closed to other users there.
  if (platform === 'win32') return [];
  const folder = dirname(files.credentials);
  const store = storeFolder(files);
  const caches = (await readdir(folder).catch(() => [])).filter((name) => /^saml_cache_.*\.xml$/.test(name));
  const looked = await Promise.all([
    checkMode(folder, OTHERS_WRITE),
    checkMode(files.config, OTHERS_WRITE),
    checkMode(files.credentials, GROUP_AND_OTHERS),
    // Files below a closed folder are closed, too: a browser profile has modes of its own.
    checkMode(store, GROUP_AND_OTHERS),
    ...caches.map(async (name) => checkMode(join(folder, name), GROUP_AND_OTHERS)),
  ]);
  const findings = looked.flat();
  return findings.length > 0
    ? findings
    : [{ check: 'modes', level: 'fine', text: 'no AWS file is open to other users' }];
}

async function checkMode(path: string, forbidden: number): Promise<readonly Finding[]> {
  const found = await stat(path).catch(() => undefined);
  // A device such as /dev/null in place of a file is open to everybody.
  if (found === undefined || found.isCharacterDevice() || (found.mode & forbidden) === 0) return [];
  const mode = found.mode & 0o777 & ~forbidden;
  const what = forbidden === GROUP_AND_OTHERS ? 'read' : 'changed';
  return [
    {
      check: 'modes',
      level: 'problem',
      text: `${oneLine(path)} can be ${what} by other users of this machine`,
      hint: `chmod ${mode.toString(8)} ${oneLine(path)}`,
      fix: { kind: 'mode', path, mode },
    },
  ];
}

type Listed = readonly Pick<Profile, 'name' | 'config'>[];

/**
 * Granted (the command `assume`) runs aws-google-auth for every profile with google_config keys (facts, "The shared
 * files").
 */
export async function checkGranted(profiles: Listed, home: string): Promise<readonly Finding[]> {
  const isThere = (await stat(join(home, '.granted')).catch(() => undefined)) !== undefined;
  const affected = profiles.filter(({ config }) =>
    [...config.keys()].some((key) => key.startsWith('google_config.')),
  );
  const [first] = affected;
  if (!isThere || first === undefined) return [];
  return [
    {
      check: 'granted',
      level: 'warning',
      text: `Granted is installed, and runs aws-google-auth for ${pluralise(affected.length, 'profile')} with google_config keys, such as ${oneLine(first.name)}`,
      hint: `use gauth exec, or give Granted a profile without such keys: gauth configure --source-profile ${shellQuote(first.name)} --role-arn ARN ${shellQuote(`${first.name}-granted`)}`,
    },
  ];
}

/** A credential_process with a path of gauth that no longer exists. */
export async function checkPrograms(profiles: Listed): Promise<readonly Finding[]> {
  const findings = profiles.map(async ({ name, config }): Promise<readonly Finding[]> => {
    const line = config.get('credential_process') ?? '';
    if (!line.includes(' credential-process ')) return [];
    const words = (line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [])
      .slice(0, 2)
      .map((word) => word.replace(/^['"]|['"]$/g, ''));
    const paths = words.filter((word) => isAbsolute(word));
    const gone = (await Promise.all(paths.map(async (path) => ((await isFile(path)) ? [] : [path])))).flat();
    return gone.map((path) => ({
      check: 'moved-program',
      level: 'problem',
      text: `the credential_process of profile ${oneLine(name)} runs ${oneLine(path)}, which does not exist`,
      hint: 'create the profile again: gauth configure --credential-process',
    }));
  });
  return (await Promise.all(findings)).flat();
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/**
 * Settings of profiles that run programs, in a file that other users may write: gauth refuses them, but AWS tools run a
 * credential_process all the same.
 */
export async function checkSources(files: AwsFilePaths, profiles: Listed): Promise<readonly Finding[]> {
  const keys = [...PROGRAM_OPTIONS.map((name) => optionRow(name).profileKey ?? ''), 'credential_process'];
  const found = profiles.flatMap(({ name, config }) =>
    keys.filter((key) => config.has(key)).map((key) => ({ name, key })),
  );
  const [first] = found;
  if (first === undefined) return [];
  return (await placesWritableByOthers(files.config)).map(({ path, why, fix }) => ({
    check: 'programs-in-profiles',
    level: 'problem',
    text: `${first.key} of profile ${oneLine(first.name)} runs a program, and ${oneLine(path)} ${why}`,
    hint: fix,
  }));
}

/** Environment variables that override all profiles, or name a profile that does not exist. */
export function checkVariables({ env }: Pick<System, 'env'>, profiles: Listed): readonly Finding[] {
  const findings: Finding[] = [];
  if (env['AWS_ACCESS_KEY_ID']) {
    findings.push({
      check: 'variables',
      level: 'warning',
      text: 'AWS_ACCESS_KEY_ID is set, so most AWS tools ignore all profiles',
      hint: 'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN',
    });
  }
  const name = env['AWS_PROFILE'];
  if (name && !profiles.some((profile) => profile.name === name)) {
    findings.push({
      check: 'variables',
      level: 'warning',
      text: `AWS_PROFILE is set to ${oneLine(name)}, but the config file has no such profile`,
      hint: `create it: gauth -p ${shellQuote(name)}; or clear it: unset AWS_PROFILE`,
    });
  }
  return findings;
}
