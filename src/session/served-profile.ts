/** A profile for the credential server: its session now, and how it is renewed. */
import { type Flags, resolveSettings, withoutFlags } from '../options/settings.ts';
import type { System } from '../ports.ts';
import { type CommandSession, sessionForCommand } from './command-session.ts';
import type { ServedProfile } from './credential-server.ts';

/** A profile whose session is requested when a program asks for it. */
export function servedProfile(given: Flags, name: string, system: System): ServedProfile {
  const { settings } = resolveSettings(given, system.env, () => undefined, ['minTtl']);
  // A given SAML response, and the wish to choose another role, are for the first session only.
  const flags = withoutFlags(given, 'samlAssertion', 'askRole');
  return {
    name,
    minTtl: settings.minTtl,
    initial: undefined,
    renew: async (ports) => (await sessionForCommand(flags, ports, { isRenewal: true })).session,
  };
}

/** A profile with its session, signed in if necessary. Throws what a sign-in throws. */
export async function servedProfileNow(
  given: Flags,
  system: System,
): Promise<ServedProfile & Pick<CommandSession, 'opened'>> {
  const { opened, session } = await sessionForCommand(given, system);
  return { ...servedProfile(given, opened.name, system), opened, initial: session };
}
