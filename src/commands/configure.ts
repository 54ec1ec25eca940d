/**
 * `gauth configure`: creates profiles for the roles behind the AWS tile (the AWS app in Google's app launcher), with one
 * sign-in.
 */
import { confirm } from '../prompts/confirmation.ts';
import { type Role, chooseRole, parseRoles } from '../aws/roles.ts';
import { hasLongTermKeys, type Profile, readProfile, updateProfile } from '../aws/profiles.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import type { WaitBudget } from '../files/lock.ts';
import { type TileIds, parseTileLink } from '../google/tile-link.ts';
import { type AccountNameParts, resolveAccountNames } from '../session/account-names.ts';
import { type ProfileContext, loadProfile } from '../session/profile-context.ts';
import { credentialProcessLine } from '../output/credential-process-line.ts';
import type { System } from '../ports.ts';
import { profilePreview } from '../output/profile-preview.ts';
import { readyLine } from '../output/session-output.ts';
import { profileNames } from '../output/profile-names.ts';
import { refreshProfiles, refreshTable, throwFailures } from '../session/profile-refresh.ts';
import { completeSettings } from '../session/missing-settings.ts';
import { withSamlResponse } from '../session/renewal.ts';
import type { Flags } from '../options/settings.ts';
import type { SamlSource } from '../session/saml-source.ts';
import { pluralise, oneLine } from '../text.ts';
import { OPEN_DURATION, plannedEntries, writeProfile } from '../session/profile-writer.ts';
import { withoutGauthRegion } from '../output/environment-variables.ts';

/**
 * Throws what a sign-in throws, and GauthError BAD_PROFILE if another profile would be replaced and there is no terminal to
 * ask.
 */
export async function configure(given: Flags, system: System, [word]: readonly string[]): Promise<void> {
  if (given.sourceProfile !== undefined) {
    return (await import('./configure-source.ts')).configureSource(given, system, word);
  }
  const initial = await open(given, word, system);
  const use = async (source: SamlSource): Promise<SamlSource> => Promise.resolve(source);
  const { result: source, settings, saved } = await withSamlResponse(initial, system, use);
  const opened = { ...initial, settings };
  const plans = await plan(await pickRoles(source, opened, system), opened, system);
  await confirmPlans(plans, opened, system);
  const refreshed = await refreshProfiles(
    plans.map((each) => each.opened),
    source,
    system,
    write,
  );
  const changed = await changedProfiles(plans);
  if (!settings.quiet) {
    const note = (name: string): string => (changed.has(name) ? 'written' : 'already so');
    system.stderr.write(refreshTable(refreshed, note));
    const ready = refreshed.find(({ kind }) => kind === 'done');
    if (ready?.kind === 'done') system.stderr.write(readyLine(ready.opened.name));
  }
  await saved;
  throwFailures(refreshed);
}

/** The names of the profiles whose keys in the config file are not what they were. */
async function changedProfiles(plans: readonly Plan[]): Promise<ReadonlySet<string>> {
  const changed = await Promise.all(
    plans.map(async ({ opened: { name, files }, existing = new Map() }) => {
      const now = (await readProfile(files, name))?.config ?? new Map<string, string>();
      const isSame =
        now.size === existing.size && [...now].every(([key, value]) => existing.get(key) === value);
      return isSame ? [] : [name];
    }),
  );
  return new Set(changed.flat());
}

/** The settings, with prompts for what is missing. A profile is read only if -p names one, not because of AWS_PROFILE. */
async function open(given: Flags, link: string | undefined, system: System): Promise<ProfileContext> {
  const flags = { ...given, profile: given.profile ?? '', ...idsOf(link) };
  const found = await loadProfile(flags, { ...system, env: withoutGauthRegion(system.env) });
  const { idpId, spId } = found.settings;
  const ids = idpId === undefined && spId === undefined ? await askLink(system) : {};
  const settings = { ...found.settings, ...ids };
  return {
    ...found,
    settings: await completeSettings(settings, ['region', 'username', 'idpId', 'spId'], system),
  };
}

function idsOf(link: string | undefined): Partial<TileIds> {
  if (link === undefined) return {};
  const ids = parseTileLink(link);
  if (ids) return ids;
  throw new GauthError('BAD_OPTION', 'the link does not contain both idpid and spid', {
    hints: [
      'open the Google apps menu, right-click the AWS tile and copy its link',
      "put it in quotes, since & ends a command in most shells: gauth configure 'https://...'",
    ],
  });
}

/** An empty answer leads to the prompts for the two IDs. */
async function askLink({ terminal, stderr, signal }: System): Promise<Partial<TileIds>> {
  if (!(await terminal.available())) return {};
  for (;;) {
    const answer = await terminal.ask('Link of the AWS tile (right-click it, copy the link): ', { signal });
    if (answer.trim() === '') return {};
    const ids = parseTileLink(answer);
    if (ids) return ids;
    stderr.write('The link does not contain both idpid and spid. Press Enter to type the IDs instead.\n');
  }
}

interface Picked {
  readonly roles: readonly Role[];
  readonly names: ReadonlyMap<string, string>;
}

/** Throws GauthError MISSING_OPTION if there are several roles and no terminal to ask. */
async function pickRoles(source: SamlSource, opened: ProfileContext, system: System): Promise<Picked> {
  const { settings, origins } = opened;
  const { account, principalArn, allRoles, region, resolveAliases } = settings;
  const { roleValues, encrypted } = source.assertion;
  // The role of an existing profile is one of those to choose from.
  const roleArn = origins.roleArn === 'profile' ? undefined : settings.roleArn;
  const all = parseRoles(roleValues);
  const choice = chooseRole(all, { account, principalArn, roleArn, encrypted });
  const roles = choice.kind === 'one' ? [choice.role] : choice.roles;
  const parts: AccountNameParts = { system, log: opened.log, files: opened.files };
  // AWS's page shows the account names only if there are several roles.
  const names = await resolveAccountNames(all.length > 0 ? all : roles, source, region, {
    ...parts,
    onlyPage: !resolveAliases,
  });
  if (choice.kind === 'one' || allRoles) return { roles, names };

  const { terminal, signal } = system;
  if (!(await terminal.available())) {
    throw new GauthError(
      'MISSING_OPTION',
      'there are several roles to choose from, and no terminal to prompt on',
      {
        hints: ['choose all with --all-roles, those of one account with -A, or one with -r'],
      },
    );
  }
  const nameOf = (role: Role): string => names.get(role.account) ?? role.account;
  const choices = roles
    .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)) || a.name.localeCompare(b.name))
    .map((role) => ({ value: role, label: `${nameOf(role)}  ${role.name}`, detail: role.roleArn }));
  return {
    roles: await terminal.chooseSeveral('the roles to create profiles for', choices, { signal }),
    names,
  };
}

/** A profile to write. */
interface Plan {
  readonly opened: ProfileContext;
  readonly role: Role;
  /**
   * What exists already. `foreign`: neither gauth nor aws-google-auth wrote it for this role. `lasting`: it has long-term
   * access keys, which would be lost.
   */
  readonly before: 'nothing' | 'own' | 'foreign' | 'lasting';
  /** The keys in the config file before. */
  readonly existing: ReadonlyMap<string, string> | undefined;
}

/** Throws GauthError BAD_OPTION, BAD_PROFILE, FILE. */
async function plan(
  { roles, names }: Picked,
  opened: ProfileContext,
  system: System,
): Promise<readonly Plan[]> {
  const { settings, files } = opened;
  if (opened.name !== '' && roles.length > 1) {
    throw new GauthError(
      'BAD_OPTION',
      `-p names one profile, but ${String(roles.length)} roles were chosen`,
      {
        hints: ["use a template for the names: --name-template '{alias}-{role}'"],
      },
    );
  }
  const program = settings.credentialProcess ? await programFor(opened, system) : system.program;
  const profiles = opened.name === '' ? profileNames(roles, settings.nameTemplate, names) : [opened.name];
  return Promise.all(
    roles.map(async (role, index) => {
      const name = profiles[index] ?? role.name;
      const existing = await readProfile(files, name);
      const config = new Map(existing?.config);
      config.delete('credential_process');
      if (settings.credentialProcess) {
        config.set('credential_process', credentialProcessLine(program, name, system.platform));
      }
      const { roleArn } = role;
      // -A has selected the roles; the profile itself only needs the role.
      const own = { ...settings, roleArn, account: undefined, askRole: false };
      const profile = { name, config, credentials: existing?.credentials ?? new Map<string, string>() };
      const isLost = !settings.credentialProcess && hasLongTermKeys(existing);
      const before = isLost ? 'lasting' : kindOf(existing, role);
      return {
        role,
        before,
        existing: existing?.config,
        opened: { ...opened, name, profile, settings: own },
      };
    }),
  );
}

/** The words that start gauth in a `credential_process` line, on Windows without quotes if possible. */
async function programFor({ log }: ProfileContext, system: System): Promise<readonly string[]> {
  if (system.platform !== 'win32') return system.program;
  const { unquotedProgram } = await import('../output/windows-program.ts');
  const program = await unquotedProgram(system.program, system.run, system.signal);
  if (program !== undefined) return program;
  log.warn(
    'the path of gauth has spaces and no short form, so AWS Tools for PowerShell and the SDK for Go cannot run it: install Node in a folder without spaces',
  );
  return system.program;
}

function kindOf(existing: Profile | undefined, { roleArn }: Role): Plan['before'] {
  if (existing === undefined) return 'nothing';
  const { config } = existing;
  const isOwn = config.has('google_config.google_idp_id') && config.get('google_config.role_arn') === roleArn;
  return isOwn ? 'own' : 'foreign';
}

const CHANGE_LABELS: Readonly<Record<Exclude<Plan['before'], 'own'>, string>> = {
  nothing: '(new)',
  foreign: '(REPLACES another profile)',
  lasting: '(REPLACES long-term access keys, which AWS cannot show again)',
};

/** What each profile will hold, in both files. */
function previewOf(plans: readonly Plan[], { files, settings }: ProfileContext): string {
  const planned = plans.map(({ opened, before, existing }) => {
    const entries = plannedEntries(opened);
    const isSame = entries.every(([key, value]) => value === OPEN_DURATION || existing?.get(key) === value);
    const label = before === 'own' ? (isSame ? '(already so)' : '(changes)') : CHANGE_LABELS[before];
    return { name: opened.name, label, entries };
  });
  const credentials = settings.credentialProcess
    ? ''
    : `${oneLine(files.credentials)}: temporary credentials of ${plans.length === 1 ? 'this profile' : 'each'}\n`;
  return profilePreview(files.config, planned) + credentials;
}

/**
 * Shows what will be written. Throws GauthError CANCELLED if the user declines, BAD_PROFILE if a confirmation is needed and
 * there is no terminal.
 */
async function confirmPlans(plans: readonly Plan[], opened: ProfileContext, system: System): Promise<void> {
  const { terminal, stderr, signal } = system;
  const { settings, files } = opened;
  if (!settings.quiet) stderr.write(previewOf(plans, opened));
  if (/[\\/]_npx[\\/]/.test(system.program.join(' ')) && settings.credentialProcess) {
    opened.log.warn(
      "this gauth is npx's temporary copy; install it for credential_process: npm install --global gauth-aws",
    );
  }
  const foreign = plans
    .filter(({ before }) => before === 'foreign' || before === 'lasting')
    .map(({ opened: { name } }) => oneLine(name));
  if (!(await terminal.available())) {
    if (foreign.length === 0) return;
    throw new GauthError('BAD_PROFILE', `other profiles with these names exist: ${foreign.join(', ')}`, {
      hints: [
        "choose other names: --name-template 'google-{alias}-{role}'",
        'or run the command in a terminal and confirm',
      ],
    });
  }
  const question = `Write ${pluralise(plans.length, 'profile')} to ${oneLine(files.config)}?`;
  if (!(await confirm(question, foreign.length === 0, { terminal, signal })))
    throw new GauthError('CANCELLED', 'nothing was written');
}

async function write(
  session: Session,
  opened: ProfileContext,
  { signal }: System,
  budget: WaitBudget,
): Promise<void> {
  const { name, files, profile, log } = opened;
  const line = profile?.config.get('credential_process');
  const agreed = { lasting: hasLongTermKeys(profile) };
  const quiet = { ...opened, log: { ...log, warn: () => undefined } };
  await writeProfile(session, quiet, { signal }, agreed, budget);
  if (line === undefined) {
    const config = { set: [], remove: ['credential_process'] };
    await updateProfile(files, name, { config }, { signal, budget });
    return;
  }
  if (hasLongTermKeys(profile)) {
    log.warn(
      `profile ${oneLine(name)} has long-term access keys, which take precedence over its credential_process: gauth doctor`,
    );
  }
  const config = { set: [['credential_process', line] as const] };
  await updateProfile(files, name, { config }, { signal, budget });
}
