/** `gauth configure --source-profile`: a profile for a second role, which AWS's tools assume with the first one's credentials. */
import { readProfile, updateProfile } from '../aws/profiles.ts';
import { isRoleArn } from '../aws/roles.ts';
import { GauthError } from '../errors.ts';
import { loadProfile } from '../session/profile-context.ts';
import type { System } from '../ports.ts';
import { requireSetting } from '../session/renewal.ts';
import type { Flags } from '../options/settings.ts';
import { withoutGauthRegion } from '../output/environment-variables.ts';
import { shellQuote, oneLine } from '../text.ts';

/** Asks neither Google nor AWS. Throws GauthError MISSING_OPTION, BAD_OPTION, BAD_PROFILE, FILE, LOCKED, CANCELLED. */
export async function configureSource(given: Flags, system: System, name: string | undefined): Promise<void> {
  const source = typeof given.sourceProfile === 'string' ? given.sourceProfile : '';
  if (name === undefined) {
    throw new GauthError('MISSING_OPTION', 'the new profile has no name', {
      hints: [`gauth configure --source-profile ${shellQuote(source)} --role-arn ARN NAME`],
    });
  }
  const roleArn = typeof given.roleArn === 'string' ? given.roleArn : await askRole(source, name, system);
  if (!isRoleArn(roleArn)) {
    throw new GauthError('BAD_OPTION', '--role-arn is no ARN of a role', {
      hints: ['it looks like arn:aws:iam::555666777888:role/developer'],
    });
  }
  if (source === name) {
    throw new GauthError('BAD_PROFILE', 'a profile cannot be its own source', {
      hints: ['give the new profile another name'],
    });
  }
  const { profile, files, settings, log } = await loadProfile(
    { ...given, profile: name },
    { ...system, env: withoutGauthRegion(system.env) },
  );
  const behind = await readProfile(files, source);
  if (behind === undefined) {
    log.warn(`there is no profile ${oneLine(source)} yet: gauth -p ${shellQuote(source)} makes it`);
  }
  const known = { ...settings, region: settings.region ?? behind?.config.get('region') };
  const region = await requireSetting('region', 'AWS Region: ', known, system);
  const set = [
    ['region', region],
    ['source_profile', source],
    ['role_arn', roleArn],
  ] as const;

  const isThere = profile !== undefined;
  const isSame = set.every(([key, value]) => profile?.config.get(key) === value);
  const lines = set.map(([key, value]) => `  ${key} = ${oneLine(value)}\n`).join('');
  if (!settings.quiet) system.stderr.write(`profile ${oneLine(name)} in ${oneLine(files.config)}:\n${lines}`);
  if (isThere && !isSame) await agree(name, system);
  await updateProfile(files, name, { config: { set } }, system);
}

/** The role of the new profile is no setting of a sign-in: no variable and no profile names it. */
async function askRole(source: string, name: string, { terminal, signal }: System): Promise<string> {
  if (await terminal.available()) {
    return (await terminal.ask(`ARN of the role for ${oneLine(name)}: `, { signal })).trim();
  }
  throw new GauthError('MISSING_OPTION', 'the second role is not named', {
    hints: [`gauth configure --source-profile ${shellQuote(source)} --role-arn ARN ${shellQuote(name)}`],
  });
}

async function agree(name: string, { terminal, signal }: System): Promise<void> {
  if (!(await terminal.available())) {
    throw new GauthError('BAD_PROFILE', `there is another profile of the name ${oneLine(name)}`, {
      hints: ['choose another name, or run it in a terminal, to be asked'],
    });
  }
  const answer = await terminal.ask(`Profile ${oneLine(name)} exists. Change these keys? [y/N] `, { signal });
  if (!/^y(es)?$/i.test(answer.trim())) throw new GauthError('CANCELLED', 'nothing was written');
}
