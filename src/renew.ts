/** A new session: what is missing is asked for, Google signed in to where no SAML response is kept, and the role assumed. */
import type { Role } from './aws/role.ts';
import type { Session } from './aws/sts.ts';
import { federate } from './federate.ts';
import type { Opened } from './open.ts';
import type { OptionName, Settings } from './options.ts';
import type { System } from './ports.ts';
import type { SamlResponse } from './saml.ts';
import { missing } from './settings.ts';
import { type Source, withSource } from './source.ts';
import { signInAtGoogle } from './ways.ts';

interface SignedIn {
  /** With what the person answered: the profile remembers it. */
  readonly settings: Settings;
  /** Ends when Google's session is kept, which takes a keychain longer than all that follows. */
  readonly kept: Promise<void>;
}

export interface Renewed extends SignedIn {
  readonly session: Session;
}

/** What came of a SAML response. */
export interface Redeemed<Result> extends SignedIn {
  readonly result: Result;
}

type Opening = Pick<Opened, 'files' | 'settings' | 'log'>;

/** Assumes the role. Throws as `redeem` does. */
export async function renew(opened: Opening, system: System, onRole: (role: Role) => void): Promise<Renewed> {
  const { settings, log } = opened;
  const { result: session, ...rest } = await redeem(opened, system, async (source) =>
    federate(source, settings, { system, log, onRole }),
  );
  return { session, ...rest };
}

/**
 * Does something with the SAML response of the account that the settings name.
 * Throws what `use` and the way in at Google throw; MISSING_OPTION for what is needed and nobody can be asked for.
 */
export async function redeem<Result>(
  opened: Opening,
  system: System,
  use: (source: Source) => Promise<Result>,
): Promise<Redeemed<Result>> {
  const { files, log } = opened;
  let { settings } = opened;
  let kept = Promise.resolve();
  const signIn = async (): Promise<SamlResponse> => {
    settings = await complete(settings, system);
    const { response, chosen, keep } = await signInAtGoogle(settings, { files, system, log });
    settings = { ...settings, mfa: chosen ?? settings.mfa };
    kept = keep();
    kept.catch(() => undefined);
    return response;
  };
  const parts = { system, log, signIn, credentialsFile: files.credentials };
  const result = await withSource(settings, parts, use);
  return { result, settings, kept };
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
