/** `gauth configure --source-profile`: a profile for a second role, which AWS's tools assume with the first one's credentials. */
import { readProfile, updateProfile } from '../aws/profile.ts';
import { validRoleArn } from '../aws/role.ts';
import { GauthError } from '../errors.ts';
import { openProfile } from '../session/open.ts';
import type { System } from '../ports.ts';
import { need } from '../session/renew.ts';
import type { Given } from '../options/settings.ts';
import { withoutOwnRegion } from '../output/variables.ts';
import { asWord, plain } from '../text.ts';

/** Asks neither Google nor AWS. Throws GauthError MISSING_OPTION, BAD_OPTION, BAD_PROFILE, FILE, LOCKED, CANCELLED. */
export async function configureSource(given: Given, system: System, name: string | undefined): Promise<void> {
  const source = typeof given.sourceProfile === 'string' ? given.sourceProfile : '';
  if (name === undefined) {
    throw new GauthError('MISSING_OPTION', 'the new profile has no name', {
      hints: [`gauth configure --source-profile ${asWord(source)} --role-arn ARN NAME`],
    });
  }
  const roleArn = typeof given.roleArn === 'string' ? given.roleArn : await askRole(source, name, system);
  if (!validRoleArn(roleArn)) {
    throw new GauthError('BAD_OPTION', '--role-arn is no ARN of a role', {
      hints: ['it looks like arn:aws:iam::555666777888:role/developer'],
    });
  }
  if (source === name) {
    throw new GauthError('BAD_PROFILE', 'a profile cannot be its own source', {
      hints: ['give the new profile another name'],
    });
  }
  const { profile, files, settings, log } = await openProfile(
    { ...given, profile: name },
    { ...system, env: withoutOwnRegion(system.env) },
  );
  const behind = await readProfile(files, source);
  if (behind === undefined) {
    log.warn(`there is no profile ${plain(source)} yet: gauth -p ${asWord(source)} makes it`);
  }
  const known = { ...settings, region: settings.region ?? behind?.config.get('region') };
  const region = await need('region', 'AWS Region: ', known, system);
  const set = [
    ['region', region],
    ['source_profile', source],
    ['role_arn', roleArn],
  ] as const;

  const isThere = profile !== undefined;
  const isSame = set.every(([key, value]) => profile?.config.get(key) === value);
  const lines = set.map(([key, value]) => `  ${key} = ${plain(value)}\n`).join('');
  if (!settings.quiet) system.stderr.write(`profile ${plain(name)} in ${plain(files.config)}:\n${lines}`);
  if (isThere && !isSame) await agree(name, system);
  await updateProfile(files, name, { config: { set } }, system);
}

/** The role of the new profile is no setting of a sign-in: no variable and no profile names it. */
async function askRole(source: string, name: string, { terminal, signal }: System): Promise<string> {
  if (await terminal.available()) {
    return (await terminal.ask(`ARN of the role for ${plain(name)}: `, { signal })).trim();
  }
  throw new GauthError('MISSING_OPTION', 'the second role is not named', {
    hints: [`gauth configure --source-profile ${asWord(source)} --role-arn ARN ${asWord(name)}`],
  });
}

async function agree(name: string, { terminal, signal }: System): Promise<void> {
  if (!(await terminal.available())) {
    throw new GauthError('BAD_PROFILE', `there is another profile of the name ${plain(name)}`, {
      hints: ['choose another name, or run it in a terminal, to be asked'],
    });
  }
  const answer = await terminal.ask(`Profile ${plain(name)} exists. Change these keys? [y/N] `, { signal });
  if (!/^y(es)?$/i.test(answer.trim())) throw new GauthError('CANCELLED', 'nothing was written');
}
