/** `gauth serve`: gives AWS SDKs on this machine credentials that renew themselves, until Ctrl-C. */
import { GauthError } from '../errors.ts';
import { gauthProfiles, listProfiles } from '../aws/profiles.ts';
import { locateFiles } from '../aws/private-store.ts';
import { serverVariables } from '../output/environment-variables.ts';
import type { System } from '../ports.ts';
import { type ServerAccess, type ServedProfile, withCredentialServer } from '../session/credential-server.ts';
import { servedProfile, servedProfileNow } from '../session/served-profile.ts';
import { type Flags, resolveSettings, withoutFlags } from '../options/settings.ts';
import { detectShell, shellText } from '../shell.ts';
import { oneLine } from '../text.ts';

/** Returns 0 after Ctrl-C. Throws what a sign-in throws, and GauthError SERVER_FAILED, BAD_PROFILE. */
export async function serve(given: Flags, system: System): Promise<void> {
  const { settings } = resolveSettings(given, system.env, () => undefined, [
    'json',
    'shell',
    'allProfiles',
    'tokenVariable',
  ]);
  const files = await locateFiles(system.env, system.home);
  const flags = withoutFlags(given, 'json', 'shell', 'allProfiles', 'tokenVariable');
  const profiles = settings.allProfiles
    ? await everyProfile(flags, system)
    : [await servedProfileNow(flags, system)];
  const [first] = profiles;
  if (first === undefined) {
    throw new GauthError('BAD_PROFILE', 'the config file has no gauth profile', {
      hints: ['create profiles from your AWS roles: gauth configure'],
    });
  }
  const { tokenVariable } = settings;
  await withCredentialServer(profiles, { files, tokenVariable }, system, async (access) => {
    if (settings.json) {
      system.stdout.write(`${JSON.stringify(description(profiles, access), undefined, 2)}\n`);
    } else {
      const shell = settings.shell ?? detectShell(await system.programs.ancestors(), system);
      for (const { name } of profiles) {
        const heading = profiles.length === 1 ? '' : `# ${oneLine(name)}\n`;
        system.stdout.write(heading + shellText(shell, [], serverVariables(access, name)));
      }
    }
    system.stderr.write(
      `Serving credentials of ${profiles.map(({ name }) => oneLine(name)).join(', ')}. Press Ctrl-C to stop.\n`,
    );
    await untilAborted(system.signal);
  });
}

function description(
  profiles: readonly ServedProfile[],
  access: ServerAccess,
): Readonly<Record<string, unknown>> {
  return {
    tokenFile: access.tokenFile,
    ...(access.tokenVariable && { token: access.tokenVariable.reveal() }),
    profiles: profiles.map(({ name }) => ({ profile: name, uri: access.uriOf(name) })),
  };
}

/** All profiles that gauth signs in for, and those with chained roles. */
async function everyProfile(flags: Flags, system: System): Promise<readonly ServedProfile[]> {
  const files = await locateFiles(system.env, system.home);
  const profiles = gauthProfiles(await listProfiles(files));
  return profiles.map(({ name }) => servedProfile({ ...flags, profile: name }, name, system));
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
