/** A new session: what is missing is asked for, Google signed in to, and the role assumed. */
import type { Role } from './aws/role.ts';
import type { Session } from './aws/sts.ts';
import { federate } from './federate.ts';
import type { Opened } from './open.ts';
import type { OptionName, Settings } from './options.ts';
import type { System } from './ports.ts';
import { missing } from './settings.ts';
import { signInAtGoogle } from './ways.ts';

export interface Renewed {
  readonly session: Session;
  /** With what the person answered: the profile remembers it. */
  readonly settings: Settings;
  /** Ends when Google's session is kept, which takes a keychain longer than all that follows. */
  readonly kept: Promise<void>;
}

/** Throws what the way in at Google and the pipeline throw; MISSING_OPTION for what is needed and nobody can be asked for. */
export async function renew(
  opened: Pick<Opened, 'files' | 'settings' | 'log'>,
  system: System,
  onRole: (role: Role) => void,
): Promise<Renewed> {
  const { files, log } = opened;
  let { settings } = opened;
  let kept = Promise.resolve();
  const session = await federate(settings, {
    system,
    log,
    credentialsFile: files.credentials,
    signIn: async () => {
      settings = await complete(settings, system);
      const { response, chosen, keep } = await signInAtGoogle(settings, { files, system, log });
      settings = { ...settings, mfa: chosen ?? settings.mfa };
      kept = keep();
      kept.catch(() => undefined);
      return response;
    },
    onRole,
  });
  return { session, settings, kept };
}

/** What Google has to be told, asked for in aws-google-auth's order. */
async function complete(settings: Settings, system: System): Promise<Settings> {
  return {
    ...settings,
    username: await need('username', 'Google username: ', settings, system),
    idpId: await need('idpId', 'Google IDP ID: ', settings, system),
    spId: await need('spId', 'Google SP ID: ', settings, system),
  };
}

/** A setting, or the person's answer. Throws GauthError MISSING_OPTION, CANCELLED. */
export async function need(
  name: OptionName & ('region' | 'username' | 'idpId' | 'spId'),
  label: string,
  settings: Settings,
  { terminal, signal }: Pick<System, 'terminal' | 'signal'>,
): Promise<string> {
  const value = settings[name];
  if (value !== undefined) return value;
  if (!(await terminal.available())) throw missing(name);
  for (;;) {
    const answer = (await terminal.ask(label, { signal })).trim();
    if (answer !== '') return answer;
  }
}
