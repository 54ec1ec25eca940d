/** A session for a command that hands it on: the kept one while it is good, else a new one. */
import { getSession, type SessionOptions } from './current-session.ts';
import type { Session } from '../aws/session.ts';
import { cancelled, GauthError } from '../errors.ts';
import { type ProfileContext, loadProfile } from './profile-context.ts';
import type { System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';
import { assumingLine } from '../output/session-output.ts';
import { withoutGauthRegion } from '../output/environment-variables.ts';
import { roleChainOf, renewChain } from './role-chain.ts';

export interface CommandSession {
  readonly opened: ProfileContext;
  readonly session: Session;
}

/** Milliseconds for which another process's sign-in is waited for: a person has typed this and sees that it waits. */
const PATIENCE = 120_000;

/**
 * Whoever asks for a short session by a flag does not get a longer one, unless -d is about something else than the session.
 * Throws GauthError BAD_PROFILE for a profile that there is not, and all that a sign-in throws.
 */
export async function sessionForCommand(
  given: Flags,
  system: System,
  { anyLength = false }: { readonly anyLength?: boolean } = {},
): Promise<CommandSession> {
  const env = withoutGauthRegion(system.env);
  const found = await loadProfile(given, { ...system, env });
  const roleChain = await roleChainOf(found, given, env);
  const opened = roleChain?.opened ?? found;
  checkProfile(opened);
  const { settings, origins } = opened;
  const options: SessionOptions = {
    minTtl: settings.minTtl,
    waitMs: PATIENCE,
    longest: origins.duration === 'flag' && !anyLength ? settings.duration : undefined,
    typed: true,
    // Who wants to choose the role anew, or hands over another sign-in, does not want the session of the last one.
    forceNew: origins.askRole === 'flag' || settings.samlAssertion !== undefined,
    onRole: ({ roleArn }) => {
      const chain = roleChain ? [...roleChain.source.settings.chain, ...roleChain.roles] : settings.chain;
      if (!settings.quiet) system.stderr.write(assumingLine(roleArn, { chain }));
    },
  };
  const ways = roleChain ? { ...options, renew: renewChain(roleChain, options) } : options;
  const { session, kept } = await getSession(opened, system, ways);
  await kept;
  // A kept session waits for nothing that would have heard of Ctrl-C.
  if (system.signal.aborted) throw cancelled();
  return { opened, session };
}

/** A profile that nobody has made is a slip of the finger, unless all is said without it. */
function checkProfile({ name, profile, settings }: ProfileContext): void {
  const { username, idpId, spId } = settings;
  const isComplete = username !== undefined && idpId !== undefined && spId !== undefined;
  if (name === '' || profile !== undefined || isComplete) return;
  throw new GauthError('BAD_PROFILE', `there is no profile ${oneLine(name)} in the AWS files`, {
    hints: [
      "'gauth status' lists those that there are",
      `make it by a first sign-in: gauth -p ${shellQuote(name)}`,
    ],
  });
}

/** The same world with nothing on standard input, which is for the program that is run. */
export function withoutInput(system: System): System {
  return {
    ...system,
    input: { ...system.input, isTerminal: true, readLine: () => Promise.resolve(undefined) },
  };
}
