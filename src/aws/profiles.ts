/** Reads and changes profiles in AWS's two files, which other programs use too. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, GauthError } from '../errors.ts';
import { checkReplaceable } from '../files/files.ts';
import { openFileHint } from '../files/hint-commands.ts';
import { withFlock } from '../files/flock.ts';
import {
  checkLockable,
  createWaitBudget,
  LOCK_SUFFIX,
  type LockOptions,
  pause,
  removeDeadLock,
  withLock,
} from '../files/lock.ts';
import { readSharedFile, readWhole, replaceSharedFile } from '../files/shared-file.ts';
import { resolveTarget } from '../files/symlinks.ts';
import { oneLine } from '../text.ts';
import { editsBetween, editIni, type IniEdit } from './ini-editor.ts';
import { type Ini, isReadByAll, keyValues, parseIni, profileNameOf, hasByteOrderMark } from './ini.ts';
import type { AwsFilePaths } from './paths.ts';

/** How often a change is repeated if another program changes the file meanwhile. */
const MAX_ATTEMPTS = 20;
/** The AWS CLI reads a file and rewrites it within this time, in milliseconds. */
const REWRITE_TIME = 20;

/** The keys (lower case; nested ones as `google_config.duration`) of a profile with their values; an empty map if a file has no such section. */
export interface Profile {
  readonly name: string;
  readonly config: ReadonlyMap<string, string>;
  readonly credentials: ReadonlyMap<string, string>;
}

/** What to change in one file's section of the profile. */
export type SectionChanges = Omit<IniEdit, 'section' | 'exact'>;

/**
 * The header of a profile in the config file, without brackets: `default`, `profile x`, `profile 'a b'` (quoted as the AWS CLI does).
 * Throws GauthError BAD_PROFILE for a name that AWS tools would not read back.
 */
export function sectionName(profile: string): string {
  checkProfileName(profile);
  if (profile === 'default') return profile;
  const quoted = /[\s'"\\]/.test(profile) ? `'${profile.replaceAll("'", `'"'"'`)}'` : profile;
  return `profile ${quoted}`;
}

/** Throws GauthError BAD_PROFILE for a name that would break its header or the whole file. */
export function checkProfileName(profile: string): void {
  const why = profileNameProblem(profile);
  if (why === undefined) return;
  throw new GauthError('BAD_PROFILE', `invalid profile name: ${why}`, {
    hints: ['use another name with -p'],
  });
}

/** Why a profile name is invalid; undefined if it is valid. */
function profileNameProblem(profile: string): string | undefined {
  return profile === ''
    ? 'it is empty'
    : /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u.test(profile)
      ? 'it contains a line break or another control character'
      : profile.includes(']')
        ? 'a ] would end the section header'
        : profile.trim() !== profile
          ? 'it starts or ends with a space'
          : /(^|\s)[#;]/.test(profile)
            ? 'AWS tools read # or ; there as a comment'
            : profile === 'DEFAULT'
              ? 'the AWS CLI adds the keys of [DEFAULT] to every profile'
              : profile === '__proto__'
                ? 'the AWS SDK for JavaScript refuses a file with such a profile'
                : undefined;
}

/** Reads a profile from both files; undefined if neither has it. Throws GauthError BAD_PROFILE, FILE. */
export async function readProfile(files: AwsFilePaths, name: string): Promise<Profile | undefined> {
  checkProfileName(name);
  const [config, credentials] = await Promise.all([readIni(files.config), readIni(files.credentials)]);
  const inConfig = config && configKeys(config, name);
  const inCredentials = credentials && withDefaults(credentials, keyValues(credentials, name, true));
  if (!inConfig && !inCredentials) return undefined;
  return { name, config: inConfig ?? new Map(), credentials: inCredentials ?? new Map() };
}

/** Whether the credentials file has long-term access keys for the profile. AWS shows their secret only once. */
export function hasLongTermKeys(profile: Profile | undefined): boolean {
  const has = (key: string): boolean => Boolean(profile?.credentials.get(key));
  const isTemporary = has('aws_session_token') || has('aws_security_token');
  return !isTemporary && (has('aws_access_key_id') || has('aws_secret_access_key'));
}

/** All profiles of the config file that `readProfile` can read, in the order of the file. Throws GauthError FILE. */
export async function listProfiles(
  files: Pick<AwsFilePaths, 'config'>,
): Promise<readonly Pick<Profile, 'name' | 'config'>[]> {
  const ini = await readIni(files.config);
  if (!ini) return [];
  const names = new Set(ini.sections.flatMap(({ header }) => nameIn(header) ?? []));
  const usable = [...names].filter((name) => profileNameProblem(name) === undefined);
  return usable.map((name) => ({ name, config: configKeys(ini, name) ?? new Map() }));
}

/** The profile name in a header of the config file, in any spelling that `configKeys` finds. */
function nameIn(header: string): string | undefined {
  if (header === 'default') return header;
  const bare = /^profile (.+)$/.exec(header)?.[1]?.trim();
  return profileNameOf(header) ?? bare;
}

async function readIni(path: string): Promise<Ini | undefined> {
  const text = await readSharedFile(path);
  return text === undefined ? undefined : parseIni(text, path);
}

/**
 * The keys of a profile's section. The last of differently quoted ones wins, as in botocore; `[profile default]` wins over `[default]`
 * ("Configuration and credential file settings" in the AWS CLI User Guide).
 */
function configKeys(ini: Ini, name: string): ReadonlyMap<string, string> | undefined {
  const headers = headersOf(ini, name);
  const header =
    headers.findLast((each) => each !== 'default') ?? headers.at(-1) ?? unquotedHeaderOf(ini, name);
  return header === undefined ? undefined : withDefaults(ini, keyValues(ini, header, true));
}

/** Whether a header of the config file is that of the profile, in any spelling. */
export function isHeaderOf(header: string, name: string): boolean {
  const read = profileNameOf(header);
  return (
    read === name || (header === (name === 'default' ? name : `profile ${name}`) && (read ?? name) === name)
  );
}

/** The headers that AWS tools read as this profile, each spelling once, in the order of the file. */
function headersOf({ sections }: Ini, name: string): readonly string[] {
  const headers = sections
    .map(({ header }) => header)
    .filter((header) => (name === 'default' && header === name) || profileNameOf(header) === name);
  // The position of each spelling is that of its last section.
  return [...new Set(headers.toReversed())].toReversed();
}

/** `profile a b` without quotes: the spelling of aws-google-auth for a name with spaces, which the AWS CLI does not read. */
function unquotedHeaderOf({ sections }: Ini, name: string): string | undefined {
  const header = `profile ${name}`;
  // If the name contains quotes, the header may belong to another profile: [profile "q"] is the profile q.
  const isUnquoted = profileNameOf(header) === undefined;
  return isUnquoted && sections.some((section) => section.header === header) ? header : undefined;
}

/** botocore, and so aws-google-auth, adds the keys of `[DEFAULT]` to every section that lacks them. */
function withDefaults(
  ini: Ini,
  keys: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string> | undefined {
  const defaults = keys && keyValues(ini, 'DEFAULT');
  return defaults ? new Map([...defaults, ...keys]) : keys;
}

export interface ProfileChanges {
  readonly config?: SectionChanges;
  readonly credentials?: SectionChanges;
}

/**
 * Throws what `updateProfile` would throw for the names, values and files, and changes nothing. Returns notes for the user, one line
 * each.
 */
export async function checkUpdate(
  files: AwsFilePaths,
  name: string,
  changes: ProfileChanges,
): Promise<readonly string[]> {
  const notes: string[] = [];
  if (!isReadByAll(name) && (await readProfile(files, name)) === undefined) {
    notes.push(
      `the AWS SDK for JavaScript cannot read a profile named ${oneLine(name)}: it allows letters, digits and - _ . @ + % : /`,
    );
  }
  for (const { path } of await planJobs(files, plansFor(name, changes))) {
    await checkReplaceable(path);
    await checkLockable(path);
    if (hasByteOrderMark((await readSharedFile(path)) ?? '')) {
      notes.push(
        `${path} starts with a byte order mark, so the AWS CLI refuses it; to fix it: gauth doctor --fix`,
      );
    }
    if (((await stat(path).catch(() => undefined))?.nlink ?? 1) > 1) {
      notes.push(`${path} has a hard link, which will keep the old contents`);
    }
  }
  return notes;
}

/**
 * Changes a profile in one or both files. New files have mode 0600. Throws GauthError BAD_PROFILE, BAD_OPTION (a value that
 * cannot be written), and what `changeFiles` throws.
 */
export async function updateProfile(
  files: AwsFilePaths,
  name: string,
  changes: ProfileChanges,
  options: LockOptions,
): Promise<void> {
  await changeFiles(files, plansFor(name, changes), options);
}

/** How to change the text of each file. Is called again if another program changes the file meanwhile. */
export type FilePlans = Readonly<Partial<Record<'config' | 'credentials', FilePlan>>>;
type FilePlan = (text: string, path: string) => string;

/**
 * Changes one or both files, each under its lock; waits for a running aws-google-auth. Both files are parsed and edited in
 * memory before the first is written, so that a file that cannot be parsed prevents all changes. If then one file cannot be locked
 * or written, the other still is, and the error is thrown afterwards. A file without changes is neither locked nor written.
 * Throws GauthError FILE, LOCKED, CANCELLED, and what the plans throw.
 */
export async function changeFiles(
  files: AwsFilePaths,
  plans: FilePlans,
  options: LockOptions,
): Promise<void> {
  const needed = await planJobs(files, plans);
  await removeDeadLocks(files, needed);
  const limited = { ...options, budget: options.budget ?? createWaitBudget(options.waitMs) };
  for (const { path } of needed) {
    await checkReplaceable(path);
    await checkLockable(path);
  }
  const failures: unknown[] = [];
  for (const job of needed) {
    // Not writing a file is a failure too.
    if (options.signal.aborted) failures.push(cancelled());
    else await runJob(job, limited).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

function plansFor(name: string, changes: ProfileChanges): FilePlans {
  checkProfileName(name);
  const planFor = (kind: 'config' | 'credentials'): FilePlans => {
    const wanted = changes[kind];
    if (wanted === undefined) return {};
    return {
      [kind]: (text: string, path: string) => editIni(text, editsFor(kind, name, wanted, text, path), path),
    };
  };
  return { ...planFor('config'), ...planFor('credentials') };
}

/** The files that need changes, with the plans of each, applied to the current text on trial. */
async function planJobs(files: AwsFilePaths, plans: FilePlans): Promise<readonly Job[]> {
  const jobs = new Map<string, Job>();
  for (const kind of ['config', 'credentials'] as const) {
    const plan = plans[kind];
    if (!plan) continue;
    const path = files[kind];
    const target = await resolveTarget(path);
    // Both variables may name the same file, which is then written once.
    const job = jobs.get(target) ?? { path, plans: [] };
    job.plans.push((text) => plan(text, path));
    jobs.set(target, job);
  }
  const needed: Job[] = [];
  for (const job of jobs.values()) {
    const text = (await readSharedFile(job.path)) ?? '';
    if (edited(job, text) !== text) needed.push(job);
  }
  return needed;
}

/** Removes lock files that killed processes left next to files which need no change. The others are locked anyway. */
async function removeDeadLocks(files: AwsFilePaths, needed: readonly Job[]): Promise<void> {
  for (const path of [files.config, files.credentials]) {
    const isNeeded = needed.some((job) => job.path === path);
    if (!isNeeded && existsSync(`${path}${LOCK_SUFFIX}`)) await removeDeadLock(path);
  }
}

async function runJob(job: Job, options: LockOptions): Promise<void> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    if (await tryJob(job, options)) return;
    await pause(options.signal);
  }
  throw new GauthError('LOCKED', `another program keeps changing ${job.path}`, {
    hints: [openFileHint(job.path)],
  });
}

/**
 * Returns false if the file was changed between reading and writing: by a program without locks, by an aws-google-auth whose lock
 * file did not exist before, or by a gauth on another machine that considered this stopped process dead.
 */
async function tryJob(job: Job, options: LockOptions): Promise<boolean> {
  const { signal } = options;
  return withLock(job.path, options, (isOurs) =>
    // The name of aws-google-auth's lock, which does not follow links.
    withFlock(`${job.path}.lock`, options, async (isAlone) => {
      const found = await readWhole(job.path, signal);
      const text = edited(job, withOvertaken(job, found.text));
      if (text === found.text) return true;
      const check = async (): Promise<boolean> => (await isOurs()) && isAlone();
      const result = await replaceSharedFile(job.path, text, found.version, {
        signal,
        check,
        isContended: found.isContended,
      });
      if (result.kind === 'overtaken') {
        // Another program read the same text and wrote its change to the replaced file: apply that change again.
        job.overtaken = { before: found.text, after: result.text };
        return false;
      }
      if (result.kind === 'changed') return false;
      job.overtaken = undefined;
      if (!isAlone()) return false;
      if (!found.isContended) return true;
      // A program that read the text before this change may overwrite it now.
      await sleep(REWRITE_TIME);
      return (await readWhole(job.path, signal)).text === text;
    }),
  );
}

/** The text with the change that another program wrote to the replaced version. */
function withOvertaken({ path, overtaken }: Job, text: string): string {
  if (overtaken === undefined) return text;
  return editIni(text, editsBetween(overtaken.before, overtaken.after, path), path);
}

/** One file with its edits. */
interface Job {
  readonly path: string;
  readonly plans: ((text: string) => string)[];
  /** The change of another program that was written to the replaced version. */
  overtaken?: { readonly before: string; readonly after: string } | undefined;
}

function edited(job: Job, text: string): string {
  return job.plans.reduce((changed, plan) => plan(changed), text);
}

function editsFor(
  kind: 'config' | 'credentials',
  name: string,
  changes: SectionChanges,
  text: string,
  path: string,
): readonly IniEdit[] {
  if (kind === 'credentials') return [{ section: name, exact: true, ...changes }];
  const section = sectionName(name);
  const ini = parseIni(text, path);
  if (name === 'default') {
    // With several spellings, botocore reads the last one and the SDKs read [profile default]: all are changed.
    const spellings = headersOf(ini, name);
    return (spellings.length > 0 ? spellings : [section]).map((one) => ({
      section: one,
      exact: true,
      ...changes,
    }));
  }
  // aws-google-auth finds a name with spaces only without the quotes that the AWS CLI needs: its section is updated too.
  const unquoted = unquotedHeaderOf(ini, name);
  const spellings = unquoted === undefined ? [section] : [section, unquoted];
  return spellings.map((one) => ({ section: one, ...changes }));
}

/** A profile that gauth gets credentials for. */
export interface GauthProfile {
  readonly name: string;
  readonly config: Profile['config'];
  /** Of a chained role: the profile whose credentials assume it. */
  readonly source: string | undefined;
}

/** The profiles that gauth signs in for, then those with chained roles below them, each after its source. */
export function gauthProfiles(
  profiles: readonly Pick<Profile, 'name' | 'config'>[],
): readonly GauthProfile[] {
  const found = new Map<string, GauthProfile>();
  for (const { name, config } of profiles) {
    if (isGauthProfile(config)) found.set(name, { name, config, source: undefined });
  }
  for (const { name: source } of found.values()) {
    for (const { name, config } of profiles) {
      const isChained = config.get('source_profile') === source && config.has('role_arn');
      if (isChained && !found.has(name)) found.set(name, { name, config, source });
    }
  }
  return [...found.values()];
}

/** Whether the credential_process of the profile is gauth. */
export function runsGauth(config: ReadonlyMap<string, string> | undefined): boolean {
  return /\bgauth\b.*\bcredential-process\b/.test(config?.get('credential_process') ?? '');
}

/** Whether gauth or aws-google-auth has written this profile, or its credential_process runs gauth. */
function isGauthProfile(config: ReadonlyMap<string, string>): boolean {
  return runsGauth(config) || [...config.keys()].some((key) => /^(google_config\.|gauth_)/.test(key));
}
