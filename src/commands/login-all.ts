/** `gauth login --all-profiles`: one sign-in for every profile of a Google account. */
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
import { checkSettingSources } from '../session/setting-sources.ts';
import { type Flags, resolveSettings, profileText, withoutFlags } from '../options/settings.ts';
import type { SamlSource } from '../session/saml-source.ts';
import { oneLine } from '../text.ts';

/** Throws GauthError BAD_PROFILE, MISSING_OPTION, what the way in throws, and for failures of profiles, when all are told, one that counts them. */
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

/** What tells Google accounts apart: who signs in, to which app. */
const ACCOUNT = ['username', 'idpId', 'spId'] as const;

/**
 * The profiles of the account that flags, variables and the profile named say; of the only one there is, where they say
 * nothing. Throws GauthError BAD_PROFILE where there are none, MISSING_OPTION where there are several accounts and nobody
 * can be asked.
 */
async function profilesOf(
  { allProfiles: _, profile, ...flags }: Flags,
  system: System,
): Promise<readonly (ProfileContext | RefreshFailure)[]> {
  const named = typeof profile === 'string' ? profile : (system.env['AWS_PROFILE'] ?? '');
  const anchor = await loadProfile({ ...flags, profile: named }, system);
  const groups = new Map<string, (ProfileContext | RefreshFailure)[]>();
  for (const { name, config } of await listProfiles(anchor.files)) {
    const key = (wanted: string): string | undefined => config.get(wanted);
    const account = accountOf(key);
    if (account === undefined || !isWanted(account, anchor.settings)) continue;
    const words = account.join(' ');
    const group = groups.get(words) ?? [];
    groups.set(words, group);
    try {
      // -A is for profiles that name no role.
      const own = profileText('roleArn', key) === undefined ? flags : withoutFlags(flags, 'account');
      const { settings, origins } = resolveSettings(own, variablesFor(key, system.env), key);
      await checkSettingSources(origins, anchor.files.config);
      group.push({ ...anchor, name, profile: { name, config, credentials: new Map() }, settings, origins });
    } catch (error) {
      group.push(refreshFailure(name, error));
    }
  }
  if (groups.size > 1) return chooseAccount(groups, system);
  const [only] = groups.values();
  if (only) return only;
  throw new GauthError('BAD_PROFILE', 'there is no profile of this Google account in the config file', {
    hints: ['make some from your AWS roles: gauth configure'],
  });
}

/**
 * The variables without those that would make all profiles alike: each keeps its own role, and what it says for itself. A flag
 * is meant for all.
 */
function variablesFor(key: (name: string) => string | undefined, env: Environment): Environment {
  const left: Record<string, string | undefined> = {
    ...env,
    AWS_ROLE_ARN: undefined,
    AWS_ASK_ROLE: undefined,
  };
  for (const name of OPTION_NAMES) {
    if (profileText(name, key) === undefined) continue;
    const row = optionRow(name);
    const against = OPTION_NAMES.map(optionRow).filter(({ long }) => row.excludes?.includes(long) === true);
    for (const variable of [row, ...against].flatMap((each) => each.env)) left[variable] = undefined;
  }
  return left;
}

/** User, IDP ID and SP ID; undefined where the profile lacks one of them. */
function accountOf(key: (name: string) => string | undefined): readonly string[] | undefined {
  const values = ACCOUNT.flatMap((name) => {
    const value = profileText(name, key);
    return value === undefined ? [] : [sameCase(name, value)];
  });
  return values.length === ACCOUNT.length ? values : undefined;
}

function isWanted(account: readonly string[], settings: Settings): boolean {
  return ACCOUNT.every((name, index) => {
    const value = settings[name];
    return value === undefined || sameCase(name, value) === account[index];
  });
}

/** Addresses mean the same in any case, IDs do not. */
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
  throw new GauthError('MISSING_OPTION', 'the profiles are of several Google accounts', {
    hints: [
      'name one by a profile of it: gauth login --all-profiles -p NAME',
      ...[...groups.keys()].slice(0, 10).map((words) => `there is: ${oneLine(words)}`),
    ],
  });
}
