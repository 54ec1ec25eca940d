/** `gauth`, `gauth login`: signs in, assumes the role and writes the profile. */
import { getSession } from '../session/current-session.ts';
import { MIN_TTL } from '../aws/session-cache-file.ts';
import { createWaitBudget } from '../files/lock.ts';
import { loadProfile } from '../session/profile-context.ts';
import { assumingLine, exportLine, localTime, readyLine } from '../output/session-output.ts';
import type { System } from '../ports.ts';
import { readPolicies } from '../session/federate.ts';
import { completeSettings } from '../session/missing-settings.ts';
import { INTERACTIVE, withAbsolutePaths } from '../session/renewal.ts';
import type { Flags } from '../options/settings.ts';
import { chooseProfile } from '../session/profile-choice.ts';
import { rejectChainedProfile } from '../session/role-chain.ts';
import { takeAssertionOption } from '../session/saml-source.ts';
import { checkProfileWrite, writeProfile } from '../session/profile-writer.ts';
import { withoutGauthRegion } from '../output/environment-variables.ts';

export async function login(given: Flags, system: System): Promise<void> {
  if (given.allProfiles !== undefined) return (await import('./login-all.ts')).loginAll(given, system);
  const chosen = await chooseProfile(given, system, 'sign-in');
  const found = await loadProfile(chosen, { ...system, env: withoutGauthRegion(system.env) });
  rejectChainedProfile(found);
  const { quiet, printCreds } = found.settings;
  // The region comes first, in every run; the other prompts only if Google is asked (facts, cases 48, 55 and 58).
  const complete = await completeSettings(found.settings, ['region'], system);
  const isWritten = found.name !== '';
  // Without a profile, nothing that gives access to AWS is saved (facts, case 35).
  const cache = found.settings.cache && isWritten;
  const withRegion = { ...complete, cache };
  const agreed = isWritten ? await checkProfileWrite({ ...found, settings: withRegion }, system) : {};
  // A missing policy file is reported before the first prompt.
  await readPolicies(withAbsolutePaths(withRegion, system));
  // Other processes may wait for this profile, and should not wait for the user to paste.
  const samlAssertion =
    withRegion.samlAssertion && (await takeAssertionOption(withRegion.samlAssertion, system));
  const opened = { ...found, settings: { ...withRegion, samlAssertion } };

  const budget = createWaitBudget();
  const { session, saved } = await getSession(opened, system, {
    ...INTERACTIVE,
    budget,
    minTtl: MIN_TTL,
    onRole: (role) => {
      if (!quiet) system.stderr.write(assumingLine(role.roleArn, withRegion));
    },
    onRenewed: async (renewed) => {
      // Credentials to be printed are printed even if the files cannot be written.
      if (printCreds) system.stdout.write(exportLine(renewed.session));
      const after = { ...opened, settings: renewed.settings };
      if (isWritten) await writeProfile(renewed.session, after, system, agreed, budget);
    },
  });

  if (!quiet) {
    system.stderr.write(`Credentials Expiration: ${localTime(session.expiration)}\n`);
    if (isWritten) system.stderr.write(readyLine(found.name));
  }
  await saved;
}
