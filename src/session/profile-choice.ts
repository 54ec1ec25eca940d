/**
 * Chooses the profile of a run: the one that -p or AWS_PROFILE names, else the only one of gauth, else one from a list. A name
 * that does not exist is not taken for a new profile without a question.
 */
import {
  type GauthProfile,
  gauthProfiles,
  listProfiles,
  readProfile,
  type Profile,
} from '../aws/profiles.ts';
import { locateFiles } from '../aws/private-store.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { lastUsed } from '../aws/session-cache.ts';
import { GauthError } from '../errors.ts';
import type { Flags } from '../options/settings.ts';
import { OPTIONS, type OptionName, optionRow } from '../options/options.ts';
import type { Choice, Environment, System } from '../ports.ts';
import { editDistance, oneLine, shellQuote } from '../text.ts';
import { gauthProfile } from '../output/environment-variables.ts';

/** `sign-in` may create a profile, `use` needs one that exists. */
export type Purpose = 'sign-in' | 'use';

type Ports = Pick<System, 'env' | 'home' | 'terminal' | 'stderr' | 'signal'>;

/**
 * The same flags with the name of the profile. The terminal is asked only by commands that a user types (`canAsk`).
 * Throws GauthError BAD_PROFILE for a profile that does not exist, MISSING_OPTION if there are several and no terminal, CANCELLED.
 */
export async function chooseProfile(
  given: Flags,
  ports: Ports,
  purpose: Purpose,
  canAsk = true,
): Promise<Flags> {
  const { env, home, terminal } = ports;
  // An empty name means no profile.
  if (given.profile === '') return given;
  // `gauth env` removes AWS_PROFILE, and names the profile in its own variable.
  const outer = given.profile === undefined && !env['AWS_PROFILE'] ? gauthProfile(env) : undefined;
  if (outer !== undefined) return chooseProfile({ ...given, profile: outer }, ports, purpose, canAsk);
  const named = typeof given.profile === 'string' ? given.profile : env['AWS_PROFILE'] || undefined;
  const files = await locateFiles(env, home);
  const asks = async (): Promise<boolean> => canAsk && (await terminal.available());
  if (named !== undefined) {
    if (purpose === 'use' || isNewMeant(given, env)) return given;
    if ((await readProfile(files, named)) !== undefined) return given;
    const known = gauthProfiles(await listProfiles(files));
    // Without any profile there is nothing that the name could be a typing error for.
    if (known.length === 0) return given;
    if (!(await asks())) throw unknownProfile(named, known);
    return { ...given, profile: await askUnknown(named, known, ports) };
  }
  const known = gauthProfiles(await listProfiles(files));
  const candidates = purpose === 'sign-in' ? known.filter(({ source }) => source === undefined) : known;
  const matching = candidates.filter(({ config }) => isSameAccount(config, given, env));
  const [only, ...others] = matching;
  if (only === undefined) return given;
  if (others.length === 0) return { ...given, profile: only.name };
  const names = matching.map(({ name }) => name);
  if (!(await asks())) {
    throw new GauthError(
      'MISSING_OPTION',
      `there are several profiles: ${names.map((name) => oneLine(name)).join(', ')}`,
      {
        hints: ['name one of them with -p or the variable AWS_PROFILE'],
      },
    );
  }
  return { ...given, profile: await askWhich(matching, files, ports) };
}

/** Suggests existing names that are nearly the same. */
export function nearestNames(name: string, names: readonly string[]): readonly string[] {
  return names
    .map((each) => ({ each, distance: editDistance(each.toLowerCase(), name.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.max(2, name.length / 3) || each.startsWith(name))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ each }) => each);
}

const ACCOUNT: readonly OptionName[] = ['username', 'idpId', 'spId'];

/** The whole account is given, or the organisation on the command line, or its SAML response: a new profile is meant. */
function isNewMeant(given: Flags, env: Environment): boolean {
  if (given.idpId !== undefined || given.samlAssertion !== undefined) return true;
  return ACCOUNT.every((name) => valueOf(name, given, env) !== undefined);
}

function valueOf(name: OptionName, given: Flags, env: Environment): string | undefined {
  const flag = given[name];
  if (typeof flag === 'string' && flag !== '') return flag;
  return optionRow(name)
    .env.map((variable) => env[variable])
    .find((text) => text !== undefined && text !== '');
}

/** Whether nothing that is given contradicts the profile. */
function isSameAccount(config: Profile['config'], given: Flags, env: Environment): boolean {
  return ACCOUNT.every((name) => {
    const value = valueOf(name, given, env);
    const own = config.get(optionRow(name).profileKey ?? '');
    return value === undefined || own === undefined || own.toLowerCase() === value.toLowerCase();
  });
}

function unknownProfile(name: string, known: readonly GauthProfile[]): GauthError {
  const near = nearestNames(
    name,
    known.map((each) => each.name),
  );
  return new GauthError('BAD_PROFILE', `profile ${oneLine(name)} does not exist`, {
    hints: [
      ...(near[0] === undefined ? [] : [`did you mean ${near.map((each) => oneLine(each)).join(' or ')}?`]),
      `to create it, run 'gauth -p ${shellQuote(name)}' in a terminal, or name the account with -u, -I and -S`,
    ],
  });
}

/** The profile that the user meant, or the new one. */
async function askUnknown(
  name: string,
  known: readonly GauthProfile[],
  { terminal, stderr, signal }: Ports,
): Promise<string> {
  const names = known.map((each) => each.name);
  const near = nearestNames(name, names);
  const choices: Choice<string>[] = [
    ...near.map((each) => ({ value: each, label: `Use ${oneLine(each)}` })),
    { value: name, label: `Create the profile ${oneLine(name)}` },
  ];
  const question = near[0] === undefined ? '' : ` Did you mean ${oneLine(near[0])}?`;
  stderr.write(`Profile ${oneLine(name)} does not exist.${question}\n`);
  return terminal.choose('what to do', choices, { signal });
}

async function askWhich(
  profiles: readonly GauthProfile[],
  files: AwsFilePaths,
  { terminal, signal }: Ports,
): Promise<string> {
  const store = storeFolder(files);
  const used = await Promise.all(
    profiles.map(async ({ name, config }) => ({ name, config, at: await lastUsed(store, name) })),
  );
  const choices = used
    .toSorted((a, b) => b.at - a.at)
    .map(({ name, config }) => {
      const role = config.get(OPTIONS.roleArn.profileKey ?? '') ?? config.get('role_arn');
      return { value: name, label: oneLine(name), ...(role !== undefined && { detail: oneLine(role) }) };
    });
  return terminal.choose('the profile', choices, { signal });
}
