/** `gauth`, `gauth login`: signs in, assumes the role and writes the profile. */
import { access } from '../session/access.ts';
import { MIN_TTL } from '../aws/kept.ts';
import { createWaitBudget } from '../files/lock.ts';
import { openProfile } from '../session/open.ts';
import { assumingLine, exportLine, localTime } from '../output/output.ts';
import type { System } from '../ports.ts';
import { readLimits } from '../session/federate.ts';
import { need, TYPED, withWholePaths } from '../session/renew.ts';
import type { Given } from '../options/settings.ts';
import { refuseSecondRole } from '../session/second-role.ts';
import { takeGiven } from '../session/source.ts';
import { tryProfile, writeProfile } from '../session/write.ts';
import { withoutOwnRegion } from '../output/variables.ts';

export async function login(given: Given, system: System): Promise<void> {
  if (given.allProfiles !== undefined) return (await import('./login-all.ts')).loginAll(given, system);
  const found = await openProfile(given, { ...system, env: withoutOwnRegion(system.env) });
  refuseSecondRole(found);
  const { quiet, printCreds } = found.settings;
  // The region comes first and always, the rest only when Google is asked (facts, cases 48, 55 and 58).
  const region = await need('region', 'AWS Region: ', found.settings, system);
  const isWritten = found.name !== '';
  // Without a profile nothing that leads into AWS stays behind (facts, case 35).
  const cache = found.settings.cache && isWritten;
  const settled = { ...found.settings, region, cache };
  const agreed = isWritten ? await tryProfile({ ...found, settings: settled }, system) : {};
  // A policy that is not there is told before anything is asked for.
  await readLimits(withWholePaths(settled, system));
  // Others wait for the sign-in of this profile, and need not wait for somebody who pastes.
  const samlAssertion = settled.samlAssertion && (await takeGiven(settled.samlAssertion, system));
  const opened = { ...found, settings: { ...settled, samlAssertion } };

  const budget = createWaitBudget();
  const { session, kept } = await access(opened, system, {
    ...TYPED,
    budget,
    minTtl: MIN_TTL,
    onRole: (role) => {
      if (!quiet) system.stderr.write(assumingLine(role.roleArn, settled));
    },
    onRenewed: async (renewed) => {
      // Whoever has them printed gets them, whatever becomes of the files.
      if (printCreds) system.stdout.write(exportLine(renewed.session));
      const after = { ...opened, settings: renewed.settings };
      if (isWritten) await writeProfile(renewed.session, after, system, agreed, budget);
    },
  });

  if (!quiet) system.stderr.write(`Credentials Expiration: ${localTime(session.expiration)}\n`);
  await kept;
}
