/** A new session: what is missing is asked for, Google signed in to where no SAML response is kept, and the role assumed. */
import { resolve } from 'node:path';
import { storeFolder } from '../aws/places.ts';
import type { Role } from '../aws/role.ts';
import type { Session } from '../aws/session.ts';
import { federate, type Limits, pickRole } from './federate.ts';
import { oneForAll } from './flight.ts';
import type { Opened } from './open.ts';
import type { WaitBudget } from '../files/lock.ts';
import { atMost } from '../limit.ts';
import type { OptionName, Settings } from '../options/options.ts';
import type { System } from '../ports.ts';
import { faultOf, missing } from '../options/settings.ts';
import { type Source, type SourceParts, withSource } from './source.ts';
import { signInAtGoogle } from './ways.ts';

interface SignedIn {
  /** With what the person answered: the profile remembers it. */
  readonly settings: Settings;
  /** Ends when Google's session is kept, which takes a keychain longer than all that follows. */
  readonly kept: Promise<void>;
}

export interface Renewed extends SignedIn {
  readonly session: Session;
  /** What it was limited by. */
  readonly limits: Limits;
}

/** What came of a SAML response. */
export interface Redeemed<Result> extends SignedIn {
  readonly result: Result;
}

type Opening = Pick<Opened, 'files' | 'settings' | 'log'>;

/** How a run gets on with others that want the same. */
export interface Manners {
  /** How long another process that signs in as the same person is waited for, in milliseconds. */
  readonly waitMs: number;
  /** Whether a person asked for this very run, or typed the command that needs a session: see flight.ts. */
  readonly insistent: boolean;
  readonly typed?: boolean | undefined;
  /** One limit for all locks of the run. */
  readonly budget?: WaitBudget | undefined;
}

/** Those of a command that a person typed. */
export const TYPED: Manners = { waitMs: 30_000, insistent: true };

/** Milliseconds for which a failed run waits until Google's session is kept. */
const GRACE = 2_000;

/** Assumes the role, within the limits that were read. Throws as `redeem` does. */
export async function renew(
  opened: Opening & { readonly limits: Limits },
  system: System,
  onRole: (role: Role) => void,
  manners = TYPED,
): Promise<Renewed> {
  const { log, files, limits } = opened;
  const settings = withWholePaths(opened.settings, system);
  const parts = { system, log, files };
  let { principalArn } = settings;
  const use = async (source: Source): Promise<Session> => {
    const { role, provider } = await pickRole(source, settings, parts);
    principalArn = provider ?? principalArn;
    onRole(role);
    return federate(role, source, { ...settings, limits }, parts);
  };
  const { result: session, ...rest } = await redeem({ ...opened, settings }, system, use, manners);
  return { session, limits, ...rest, settings: { ...rest.settings, principalArn } };
}

/**
 * Does something with the SAML response of the account that the settings name.
 * Throws what `use` and the way in at Google throw; MISSING_OPTION for what is needed and nobody can be asked for.
 */
export async function redeem<Result>(
  opened: Opening,
  system: System,
  use: (source: Source) => Promise<Result>,
  manners = TYPED,
): Promise<Redeemed<Result>> {
  const { files, log } = opened;
  let { settings } = opened;
  let kept = Promise.resolve();
  const parts: SourceParts = {
    system,
    log,
    files,
    complete: async () => (settings = await complete(settings, system)),
    alone: async ({ username = '', idpId, spId }, look, work) => {
      const about = [username.toLowerCase(), idpId, spId];
      const flight = { ...manners, store: storeFolder(files), about, doing: `signing in as ${username}` };
      return oneForAll(flight, system, log, look, work);
    },
    signIn: async (asked) => {
      const { response, chosen, way, keep } = await signInAtGoogle(asked, { files, system, log });
      settings = { ...settings, mfa: chosen ?? settings.mfa, signIn: way ?? settings.signIn };
      kept = keep();
      kept.catch(() => undefined);
      return response;
    },
  };
  try {
    const result = await withSource(settings, parts, use);
    return { result, settings, kept };
  } catch (error) {
    // Whatever AWS said, the sign-in was good, and what there is to tell of it comes before the error.
    await atMost(GRACE, kept);
    throw error;
  }
}

/** The profile remembers the path, and is read in other folders. */
export function withWholePaths(settings: Settings, { folder }: Pick<System, 'folder'>): Settings {
  return settings.policy === undefined ? settings : { ...settings, policy: resolve(folder, settings.policy) };
}

/** What Google has to be told, asked for in aws-google-auth's order. */
async function complete(settings: Settings, system: System): Promise<Settings> {
  return {
    ...settings,
    username: await need('username', 'Google username: ', settings, system),
    idpId: await need('idpId', 'Google IDP ID: ', settings, system),
    spId: await need('spId', 'Google SP ID: ', settings, system),
  };
}

/** A setting, or the person's answer. Throws GauthError MISSING_OPTION, CANCELLED. */
export async function need(
  name: OptionName & ('region' | 'username' | 'idpId' | 'spId'),
  label: string,
  settings: Settings,
  { terminal, signal }: Pick<System, 'terminal' | 'signal'>,
): Promise<string> {
  const value = settings[name];
  if (value !== undefined) return value;
  if (!(await terminal.available())) throw missing(name);
  for (let note = ''; ;) {
    const answer = (await terminal.ask(note + label, { signal })).trim();
    const fault = answer === '' ? '' : faultOf(name, answer);
    if (fault === undefined) return answer;
    note = fault === '' ? '' : `It ${fault}.\n`;
  }
}
