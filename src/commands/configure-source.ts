/**
 * `gauth configure --source-profile`: creates a profile for a chained role, which AWS tools assume with the credentials of
 * the source profile.
 */
import { confirm } from '../prompts/confirmation.ts';
import { readProfile, updateProfile } from '../aws/profiles.ts';
import { isRoleArn } from '../aws/roles.ts';
import { GauthError } from '../errors.ts';
import { loadProfile } from '../session/profile-context.ts';
import type { System } from '../ports.ts';
import { completeSettings } from '../session/missing-settings.ts';
import type { Flags } from '../options/settings.ts';
import { withoutGauthRegion } from '../output/environment-variables.ts';
import { profilePreview } from '../output/profile-preview.ts';
import { readyLine } from '../output/session-output.ts';
import { shellQuote, oneLine } from '../text.ts';

/**
 * Sends no request to Google or AWS. Throws GauthError MISSING_OPTION, BAD_OPTION, BAD_PROFILE, FILE, LOCKED, CANCELLED.
 */
export async function configureSource(given: Flags, system: System, name: string | undefined): Promise<void> {
  const source = typeof given.sourceProfile === 'string' ? given.sourceProfile : '';
  if (name === undefined) {
    throw new GauthError('MISSING_OPTION', 'the name of the new profile is missing', {
      hints: [`gauth configure --source-profile ${shellQuote(source)} --role-arn ARN NAME`],
    });
  }
  const roleArn = typeof given.roleArn === 'string' ? given.roleArn : await promptRole(source, name, system);
  if (!isRoleArn(roleArn)) {
    throw new GauthError('BAD_OPTION', '--role-arn is not the ARN of a role', {
      hints: ['it looks like arn:aws:iam::555666777888:role/developer'],
    });
  }
  if (source === name) {
    throw new GauthError('BAD_PROFILE', 'a profile cannot be its own source_profile', {
      hints: ['choose another name for the new profile'],
    });
  }
  const { profile, files, settings, log } = await loadProfile(
    { ...given, profile: name },
    { ...system, env: withoutGauthRegion(system.env) },
  );
  const sourceProfile = await readProfile(files, source);
  if (sourceProfile === undefined) {
    log.warn(`profile ${oneLine(source)} does not exist yet; create it with: gauth -p ${shellQuote(source)}`);
  }
  const known = { ...settings, region: settings.region ?? sourceProfile?.config.get('region') };
  const { region } = await completeSettings(known, ['region'], system);
  const set = [
    ['region', region],
    ['source_profile', source],
    ['role_arn', roleArn],
  ] as const;

  const exists = profile !== undefined;
  const isUnchanged = set.every(([key, value]) => profile?.config.get(key) === value);
  const label = isUnchanged ? '(already so)' : exists ? '(changes)' : '(new)';
  const preview = profilePreview(files.config, [{ name, label, entries: set }]);
  if (!settings.quiet) system.stderr.write(preview);
  if (isUnchanged) return;
  if (exists) await confirmChange(name, system);
  await updateProfile(files, name, { config: { set } }, system);
  if (!settings.quiet) system.stderr.write(`Written. ${readyLine(name)}`);
}

/** The role of the new profile is not a sign-in setting: no variable and no profile provides it. */
async function promptRole(source: string, name: string, { terminal, signal }: System): Promise<string> {
  if (await terminal.available()) {
    return (await terminal.ask(`ARN of the role for ${oneLine(name)}: `, { signal })).trim();
  }
  throw new GauthError('MISSING_OPTION', '--role-arn is missing', {
    hints: [`gauth configure --source-profile ${shellQuote(source)} --role-arn ARN ${shellQuote(name)}`],
  });
}

async function confirmChange(name: string, { terminal, signal }: System): Promise<void> {
  if (!(await terminal.available())) {
    throw new GauthError('BAD_PROFILE', `profile ${oneLine(name)} already exists`, {
      hints: ['choose another name, or run the command in a terminal and confirm'],
    });
  }
  const question = `Profile ${oneLine(name)} exists. Change these keys?`;
  if (!(await confirm(question, false, { terminal, signal })))
    throw new GauthError('CANCELLED', 'nothing was written');
}
