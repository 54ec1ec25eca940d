/**
 * The session for a command that passes it on (exec, env, console). Uses `current-session.ts`, and `role-chain.ts` for a chained
 * profile.
 */
import { getSession, type SessionOptions } from './current-session.ts';
import type { Session } from '../aws/session.ts';
import { cancelled, GauthError } from '../errors.ts';
import { type ProfileContext, loadProfile } from './profile-context.ts';
import type { System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';
import { assumingLine } from '../output/session-output.ts';
import { withoutGauthRegion } from '../output/environment-variables.ts';
import { listProfiles } from '../aws/profiles.ts';
import { chooseProfile, nearestNames } from './profile-choice.ts';
import { roleChainOf, renewChain } from './role-chain.ts';

export interface CommandSession {
  readonly opened: ProfileContext;
  readonly session: Session;
}

/**
 * How long to wait for the sign-in of another process, in milliseconds: the user typed the command and sees that it waits.
 */
const WAIT = 120_000;

/**
 * A short session requested by -d is not replaced by a longer one, unless -d means something else (`anyLength`). A renewal
 * (`isRenewal`) is not typed by the user: it is silent, and does not repeat what has just failed in another process.
 * Throws GauthError BAD_PROFILE for a profile that does not exist, and everything a sign-in throws.
 */
export async function sessionForCommand(
  given: Flags,
  system: System,
  {
    anyLength = false,
    isRenewal = false,
  }: { readonly anyLength?: boolean; readonly isRenewal?: boolean } = {},
): Promise<CommandSession> {
  const env = withoutGauthRegion(system.env);
  const flags = isRenewal ? given : await chooseProfile(given, system, 'use');
  const found = await loadProfile(flags, { ...system, env });
  const roleChain = await roleChainOf(found, flags, env);
  const opened = roleChain?.opened ?? found;
  await checkProfile(opened);
  const { settings, origins } = opened;
  const options: SessionOptions = {
    minTtl: settings.minTtl,
    waitMs: WAIT,
    longest: origins.duration === 'flag' && !anyLength ? settings.duration : undefined,
    typed: !isRenewal,
    // -a and a given SAML response request a new session.
    forceNew: (origins.askRole === 'flag' && settings.askRole) || settings.samlAssertion !== undefined,
    onRole: ({ roleArn }) => {
      const chain = roleChain ? [...roleChain.source.settings.chain, ...roleChain.roles] : settings.chain;
      if (!settings.quiet && !isRenewal) system.stderr.write(assumingLine(roleArn, { chain }));
    },
  };
  const sessionOptions = roleChain ? { ...options, renew: renewChain(roleChain, options) } : options;
  const { session, saved } = await getSession(opened, system, sessionOptions);
  await saved;
  // With a cached session, nothing has waited and noticed Ctrl-C.
  if (system.signal.aborted) throw cancelled();
  return { opened, session };
}

/** A profile that does not exist is a typo, unless everything is given without it. */
async function checkProfile({ name, profile, settings, files }: ProfileContext): Promise<void> {
  const { username, idpId, spId } = settings;
  const isComplete = username !== undefined && idpId !== undefined && spId !== undefined;
  if (name === '' || profile !== undefined || isComplete) return;
  const names = (await listProfiles(files)).map((each) => each.name);
  const near = nearestNames(name, names).map((each) => oneLine(each));
  throw new GauthError('BAD_PROFILE', `profile ${oneLine(name)} does not exist`, {
    hints: [
      ...(near.length === 0 ? [] : [`did you mean ${near.join(' or ')}?`]),
      "'gauth status' lists the profiles",
      `create it with a first sign-in: gauth -p ${shellQuote(name)}`,
    ],
  });
}

/** The same system with an empty standard input, which belongs to the program that is run. */
export function withoutInput(system: System): System {
  return {
    ...system,
    input: { ...system.input, isTerminal: true, readLine: () => Promise.resolve(undefined) },
  };
}
