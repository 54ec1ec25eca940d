/** `gauth login --all-profiles`: refreshes every profile of a Google account with one sign-in. */
import { listProfiles } from '../aws/profiles.ts';
import { GauthError } from '../errors.ts';
import { type ProfileContext, loadProfile } from '../session/profile-context.ts';
import { OPTION_NAMES, optionRow, type Settings } from '../options/options.ts';
import type { Environment, System } from '../ports.ts';
import {
  type RefreshFailure,
  refreshFailure,
  refreshProfiles,
  refreshTable,
  type RefreshResult,
  throwFailures,
} from '../session/profile-refresh.ts';
import { withSamlResponse } from '../session/renewal.ts';
import { checkSettingSources } from '../session/trusted-setting-sources.ts';
import { type Flags, resolveSettings, profileText, withoutFlags } from '../options/settings.ts';
import type { SamlSource } from '../session/saml-source.ts';
import { oneLine } from '../text.ts';

/**
 * Throws GauthError BAD_PROFILE, MISSING_OPTION, what the sign-in throws, and, after printing the table, an error that
 * counts the profiles that failed.
 */
export async function loginAll(given: Flags, system: System): Promise<void> {
  const profiles = await profilesOf(given, system);
  const opened = profiles.flatMap((each) => ('kind' in each ? [] : each));
  const [first] = opened;
  const broken = profiles.flatMap((each) => ('kind' in each ? each : []));
  const use = async (source: SamlSource): Promise<readonly RefreshResult[]> =>
    refreshProfiles(opened, source, system);
  const { result, saved } = first
    ? await withSamlResponse(first, system, use)
    : { result: [], saved: Promise.resolve() };
  const all = [...result, ...broken];
  if (first?.settings.quiet !== true) system.stderr.write(refreshTable(all));
  await saved;
  throwFailures(all);
}

/** The settings that identify a Google account and app. */
const ACCOUNT = ['username', 'idpId', 'spId'] as const;

/**
 * The profiles of the account that flags, variables and the named profile select, or of the only account. Throws GauthError
 * BAD_PROFILE if there are none, MISSING_OPTION if there are several accounts and no terminal to ask.
 */
async function profilesOf(
  { allProfiles: _, profile, ...flags }: Flags,
  system: System,
): Promise<readonly (ProfileContext | RefreshFailure)[]> {
  const named = typeof profile === 'string' ? profile : (system.env['AWS_PROFILE'] ?? '');
  const context = await loadProfile({ ...flags, profile: named }, system);
  const groups = new Map<string, (ProfileContext | RefreshFailure)[]>();
  for (const { name, config } of await listProfiles(context.files)) {
    const key = (name: string): string | undefined => config.get(name);
    const account = accountOf(key);
    if (account === undefined || !isSelected(account, context.settings)) continue;
    const words = account.join(' ');
    const group = groups.get(words) ?? [];
    groups.set(words, group);
    try {
      // -A applies to profiles without a role.
      const own = profileText('roleArn', key) === undefined ? flags : withoutFlags(flags, 'account');
      const { settings, origins } = resolveSettings(
        own,
        variablesFor(key, system.env),
        key,
        undefined,
        context.defaults,
      );
      await checkSettingSources(origins, context.files.config);
      group.push({ ...context, name, profile: { name, config, credentials: new Map() }, settings, origins });
    } catch (error) {
      group.push(refreshFailure(name, error));
    }
  }
  if (groups.size > 1) return chooseAccount(groups, system);
  const [only] = groups.values();
  if (only) return only;
  throw new GauthError('BAD_PROFILE', 'the config file has no profile of this Google account', {
    hints: ['create profiles from your AWS roles: gauth configure'],
  });
}

/**
 * The variables without those that would make all profiles alike: each profile keeps its own role and settings. Flags apply
 * to all.
 */
function variablesFor(key: (name: string) => string | undefined, env: Environment): Environment {
  const variables: Record<string, string | undefined> = {
    ...env,
    AWS_ROLE_ARN: undefined,
    AWS_ASK_ROLE: undefined,
  };
  for (const name of OPTION_NAMES) {
    if (profileText(name, key) === undefined) continue;
    const row = optionRow(name);
    const conflicting = OPTION_NAMES.map(optionRow).filter(
      ({ long }) => row.excludes?.includes(long) === true,
    );
    for (const variable of [row, ...conflicting].flatMap((each) => each.env)) variables[variable] = undefined;
  }
  return variables;
}

/** User, IDP ID and SP ID; undefined if the profile lacks one of them. */
function accountOf(key: (name: string) => string | undefined): readonly string[] | undefined {
  const values = ACCOUNT.flatMap((name) => {
    const value = profileText(name, key);
    return value === undefined ? [] : [sameCase(name, value)];
  });
  return values.length === ACCOUNT.length ? values : undefined;
}

function isSelected(account: readonly string[], settings: Settings): boolean {
  return ACCOUNT.every((name, index) => {
    const value = settings[name];
    return value === undefined || sameCase(name, value) === account[index];
  });
}

/** E-mail addresses are case-insensitive, IDs are not. */
function sameCase(name: (typeof ACCOUNT)[number], value: string): string {
  return name === 'username' ? value.toLowerCase() : value;
}

async function chooseAccount<Value>(
  groups: ReadonlyMap<string, Value>,
  { terminal, signal }: System,
): Promise<Value> {
  if (await terminal.available()) {
    const choices = [...groups].map(([label, value]) => ({ label, value }));
    return terminal.choose('the Google account', choices, { signal });
  }
  throw new GauthError('MISSING_OPTION', 'the profiles belong to several Google accounts', {
    hints: [
      'choose one by naming one of its profiles with -p',
      ...[...groups.keys()].slice(0, 10).map((words) => `account: ${oneLine(words)}`),
    ],
  });
}
