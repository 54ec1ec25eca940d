/**
 * Gets a new session: prompts for missing settings, signs in at Google unless a SAML response is cached, and assumes the
 * role.
 */
import { resolve } from 'node:path';
import { storeFolder } from '../aws/paths.ts';
import type { Role } from '../aws/roles.ts';
import type { Session } from '../aws/session.ts';
import { federate, type SessionPolicies, pickRole } from './federate.ts';
import { singleFlight } from './single-flight.ts';
import type { ProfileContext } from './profile-context.ts';
import type { WaitBudget } from '../files/lock.ts';
import { settleWithin } from '../time-limit.ts';
import type { Settings } from '../options/options.ts';
import type { System } from '../ports.ts';
import { completeSettings } from './missing-settings.ts';
import { type SamlSource, type SamlSourceParts, withSamlSource } from './saml-source.ts';
import { signInAtGoogle } from './sign-in-methods.ts';

interface SignedIn {
  /** The settings with the answers to prompts: they are saved in the profile. */
  readonly settings: Settings;
  /** Resolves when the Google session is saved, which takes longer than everything else if there is a keychain. */
  readonly saved: Promise<void>;
}

export interface RenewedSession extends SignedIn {
  readonly session: Session;
  /** The session policies that limit it. */
  readonly policies: SessionPolicies;
}

/** The result of a SAML response. */
export interface SamlResult<Result> extends SignedIn {
  readonly result: Result;
}

type Opening = Pick<ProfileContext, 'files' | 'settings' | 'log'>;

/** How a run waits for other processes that need the same session. */
export interface Waiting {
  /** How long to wait for another process that signs in as the same user, in milliseconds. */
  readonly waitMs: number;
  /** See `forceNew` and `typed` in single-flight.ts. */
  readonly forceNew: boolean;
  readonly typed?: boolean | undefined;
  /** One limit for all locks of the run. */
  readonly budget?: WaitBudget | undefined;
}

/** The defaults for a command that the user typed. */
export const INTERACTIVE: Waiting = { waitMs: 30_000, forceNew: true };

/** How long a failed run waits for the Google session to be saved, in milliseconds. */
const GRACE = 2_000;

/** Signs in and assumes the role, with these session policies. Throws as `withSamlResponse` does. */
export async function renewSession(
  opened: Opening & { readonly policies: SessionPolicies },
  system: System,
  onRole: (role: Role) => void,
  manners = INTERACTIVE,
): Promise<RenewedSession> {
  const { log, files, policies } = opened;
  const settings = withAbsolutePaths(opened.settings, system);
  const parts = { system, log, files };
  let { principalArn } = settings;
  const use = async (source: SamlSource): Promise<Session> => {
    const { role, provider } = await pickRole(source, settings, parts);
    principalArn = provider ?? principalArn;
    onRole(role);
    return federate(role, source, { ...settings, policies }, parts);
  };
  const { result: session, ...rest } = await withSamlResponse({ ...opened, settings }, system, use, manners);
  return { session, policies, ...rest, settings: { ...rest.settings, principalArn } };
}

/**
 * Calls `use` with a SAML response for the account in the settings.
 * Throws what `use` and the sign-in throw, and MISSING_OPTION if a setting is missing and there is no terminal to prompt
 * on.
 */
export async function withSamlResponse<Result>(
  opened: Opening,
  system: System,
  use: (source: SamlSource) => Promise<Result>,
  manners = INTERACTIVE,
): Promise<SamlResult<Result>> {
  const { files, log } = opened;
  let { settings } = opened;
  let saved = Promise.resolve();
  const parts: SamlSourceParts = {
    system,
    log,
    files,
    // In the order of aws-google-auth.
    complete: async () =>
      (settings = await completeSettings(settings, ['username', 'idpId', 'spId'], system)),
    withFlight: async ({ username = '', idpId, spId }, look, work) => {
      const key = [username.toLowerCase(), idpId, spId];
      const flight = { ...manners, store: storeFolder(files), key, doing: `signing in as ${username}` };
      return singleFlight(flight, system, log, look, work);
    },
    signIn: async (asked) => {
      const signedIn = await signInAtGoogle(asked, { files, system, log });
      const { response, username, keyring, chosenMethod, methodThatWorked } = signedIn;
      settings = {
        ...settings,
        username,
        keyring,
        mfa: chosenMethod ?? settings.mfa,
        signIn: methodThatWorked ?? settings.signIn,
      };
      saved = signedIn.saveSession();
      saved.catch(() => undefined);
      return { response, settings: { ...asked, username } };
    },
  };
  try {
    const result = await withSamlSource(settings, parts, use);
    return { result, settings, saved };
  } catch (error) {
    // The sign-in itself succeeded: messages about saving its session come before the error.
    await settleWithin(GRACE, saved);
    throw error;
  }
}

/** The profile stores the path, and is used in other folders. */
export function withAbsolutePaths(settings: Settings, { folder }: Pick<System, 'folder'>): Settings {
  return settings.policy === undefined ? settings : { ...settings, policy: resolve(folder, settings.policy) };
}
