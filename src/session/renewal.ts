/** A new session: what is missing is asked for, Google signed in to where no SAML response is kept, and the role assumed. */
import { resolve } from 'node:path';
import { storeFolder } from '../aws/paths.ts';
import type { Role } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import { federate, type SessionPolicies, pickRole } from './federate.ts';
import { singleFlight } from './single-flight.ts';
import type { ProfileContext } from './profile-context.ts';
import type { WaitBudget } from '../files/lock.ts';
import { settleWithin } from '../time-limit.ts';
import type { OptionName, Settings } from '../options/options.ts';
import type { System } from '../ports.ts';
import { validationMessage, missingOption } from '../options/settings.ts';
import { type SamlSource, type SamlSourceParts, withSamlSource } from './saml-source.ts';
import { signInAtGoogle } from './sign-in-methods.ts';

interface SignedIn {
  /** With what the person answered: the profile remembers it. */
  readonly settings: Settings;
  /** Ends when Google's session is kept, which takes a keychain longer than all that follows. */
  readonly kept: Promise<void>;
}

export interface RenewedSession extends SignedIn {
  readonly session: Session;
  /** What it was limited by. */
  readonly limits: SessionPolicies;
}

/** What came of a SAML response. */
export interface SamlResult<Result> extends SignedIn {
  readonly result: Result;
}

type Opening = Pick<ProfileContext, 'files' | 'settings' | 'log'>;

/** How a run gets on with others that want the same. */
export interface Waiting {
  /** How long another process that signs in as the same person is waited for, in milliseconds. */
  readonly waitMs: number;
  /** Whether a person asked for this very run, or typed the command that needs a session: see flight.ts. */
  readonly forceNew: boolean;
  readonly typed?: boolean | undefined;
  /** One limit for all locks of the run. */
  readonly budget?: WaitBudget | undefined;
}

/** Those of a command that a person typed. */
export const INTERACTIVE: Waiting = { waitMs: 30_000, forceNew: true };

/** Milliseconds for which a failed run waits until Google's session is kept. */
const GRACE = 2_000;

/** Assumes the role, within the limits that were read. Throws as `redeem` does. */
export async function renewSession(
  opened: Opening & { readonly limits: SessionPolicies },
  system: System,
  onRole: (role: Role) => void,
  manners = INTERACTIVE,
): Promise<RenewedSession> {
  const { log, files, limits } = opened;
  const settings = withAbsolutePaths(opened.settings, system);
  const parts = { system, log, files };
  let { principalArn } = settings;
  const use = async (source: SamlSource): Promise<Session> => {
    const { role, provider } = await pickRole(source, settings, parts);
    principalArn = provider ?? principalArn;
    onRole(role);
    return federate(role, source, { ...settings, limits }, parts);
  };
  const { result: session, ...rest } = await withSamlResponse({ ...opened, settings }, system, use, manners);
  return { session, limits, ...rest, settings: { ...rest.settings, principalArn } };
}

/**
 * Does something with the SAML response of the account that the settings name.
 * Throws what `use` and the way in at Google throw; MISSING_OPTION for what is needed and nobody can be asked for.
 */
export async function withSamlResponse<Result>(
  opened: Opening,
  system: System,
  use: (source: SamlSource) => Promise<Result>,
  manners = INTERACTIVE,
): Promise<SamlResult<Result>> {
  const { files, log } = opened;
  let { settings } = opened;
  let kept = Promise.resolve();
  const parts: SamlSourceParts = {
    system,
    log,
    files,
    complete: async () => (settings = await complete(settings, system)),
    alone: async ({ username = '', idpId, spId }, look, work) => {
      const about = [username.toLowerCase(), idpId, spId];
      const flight = { ...manners, store: storeFolder(files), about, doing: `signing in as ${username}` };
      return singleFlight(flight, system, log, look, work);
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
    const result = await withSamlSource(settings, parts, use);
    return { result, settings, kept };
  } catch (error) {
    // Whatever AWS said, the sign-in was good, and what there is to tell of it comes before the error.
    await settleWithin(GRACE, kept);
    throw error;
  }
}

/** The profile remembers the path, and is read in other folders. */
export function withAbsolutePaths(settings: Settings, { folder }: Pick<System, 'folder'>): Settings {
  return settings.policy === undefined ? settings : { ...settings, policy: resolve(folder, settings.policy) };
}

/** What Google has to be told, asked for in aws-google-auth's order. */
async function complete(settings: Settings, system: System): Promise<Settings> {
  return {
    ...settings,
    username: await requireSetting('username', 'Google username: ', settings, system),
    idpId: await requireSetting('idpId', 'Google IDP ID: ', settings, system),
    spId: await requireSetting('spId', 'Google SP ID: ', settings, system),
  };
}

/** A setting, or the person's answer. Throws GauthError MISSING_OPTION, CANCELLED. */
export async function requireSetting(
  name: OptionName & ('region' | 'username' | 'idpId' | 'spId'),
  label: string,
  settings: Settings,
  { terminal, signal }: Pick<System, 'terminal' | 'signal'>,
): Promise<string> {
  const value = settings[name];
  if (value !== undefined) return value;
  if (!(await terminal.available())) throw missingOption(name);
  for (let note = ''; ;) {
    const answer = (await terminal.ask(note + label, { signal })).trim();
    const fault = answer === '' ? '' : validationMessage(name, answer);
    if (fault === undefined) return answer;
    note = fault === '' ? '' : `It ${fault}.\n`;
  }
}
