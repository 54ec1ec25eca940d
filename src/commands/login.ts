/** `gauth`, `gauth login`: signs in, assumes the role and writes the profile. */
import type { CookieJar } from 'tough-cookie';
import { type Profile, type SharedFiles, readProfile, sharedFiles, updateProfile } from '../aws/profile.ts';
import type { Session } from '../aws/sts.ts';
import { federate } from '../federate.ts';
import { createLog } from '../log.ts';
import type { Method } from '../google/method.ts';
import type { OptionName, Settings } from '../options.ts';
import { configEntries, credentialsEntries, exportLine, localTime } from '../output.ts';
import type { Log, System } from '../ports.ts';
import { recorded } from '../recording.ts';
import type { SamlResponse } from '../saml.ts';
import { type Given, missing, profileOf, resolve } from '../settings.ts';
import { version } from '../version.ts';

export async function login(given: Given, system: System): Promise<void> {
  const files = sharedFiles(system.env, system.home);
  const name = profileOf(given, system.env);
  // An empty name means: no profile, neither read nor written (facts, case 35).
  const profile = name === '' ? undefined : await readProfile(files, name);
  const { settings: found } = resolve(given, system.env, (key) => profile?.config.get(key));
  const log = createLog(found.log, system.stderr);
  // The region comes first and always, the rest only when Google is asked (facts, cases 48, 55 and 58).
  let settings: Settings = { ...found, region: await need('region', 'AWS Region: ', found, system) };

  let kept = Promise.resolve();

  const session = await federate(settings, {
    system,
    log,
    credentialsFile: files.credentials,
    signIn: async (signal) => {
      settings = await complete(settings, system);
      const { response, chosen, keep } = await signInAtGoogle(settings, files, system, log, signal);
      settings = { ...settings, mfa: chosen ?? settings.mfa };
      // Beside all that follows: a keychain takes longer than STS.
      kept = keep();
      kept.catch(() => undefined);
      return response;
    },
    onRole: (role) => {
      if (!settings.quiet) system.stderr.write(`Assuming ${role.roleArn}\n`);
    },
  });

  if (name !== '') await write(session, { settings, files, name, profile }, system, log);
  if (!settings.quiet) {
    system.stderr.write(`Credentials Expiration: ${localTime(session.expiration)}\n`);
  }
  if (settings.printCreds) system.stdout.write(exportLine(session));
  await kept;
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

async function need(
  name: OptionName & ('region' | 'username' | 'idpId' | 'spId'),
  label: string,
  settings: Settings,
  { terminal, signal }: System,
): Promise<string> {
  const value = settings[name];
  if (value !== undefined) return value;
  if (!(await terminal.available())) throw missing(name);
  for (;;) {
    const answer = (await terminal.ask(label, { signal })).trim();
    if (answer !== '') return answer;
  }
}

interface SignedIn {
  readonly response: SamlResponse;
  /** The second step that the person chose: the profile remembers it. */
  readonly chosen: Method | undefined;
  /** Keeps Google's session for the next run. */
  readonly keep: () => Promise<void>;
}

async function signInAtGoogle(
  settings: Settings,
  files: SharedFiles,
  system: System,
  log: Log,
  signal: AbortSignal,
): Promise<SignedIn> {
  const { username, idpId, spId } = settings;
  if (username === undefined || idpId === undefined || spId === undefined) throw missing('username');
  // The keychain is asked while the rest of the program loads.
  const [{ jar, keep }, { signIn }, { createPrompter }, { givenCode }] = await Promise.all([
    openJar(username, settings, files, system, log),
    import('../google/sign-in.ts'),
    import('../prompter.ts'),
    import('../given-code.ts'),
  ]);
  const code = givenCode(settings, system.run);
  const person = createPrompter({ username, keyring: settings.keyring, givenCode: code }, system, log);
  const request = {
    username,
    idpId,
    spId,
    bgResponse: settings.bgResponse ?? 'js_enabled',
    // A code that is known beforehand is one of an authenticator app, unless --mfa says otherwise.
    method: settings.mfa ?? (code && 'totp'),
  };
  const userAgent = `gauth/${version}`;
  const response = await recorded(settings, request, system, log, async (http) =>
    signIn(request, { ...system, http, log, person, userAgent, jar }, signal),
  );
  await person.succeeded();
  return { response, chosen: person.chosen(), keep };
}

async function openJar(
  username: string,
  settings: Settings,
  files: SharedFiles,
  system: System,
  log: Log,
): Promise<{ readonly jar: CookieJar; readonly keep: () => Promise<void> }> {
  const { createJarStore, jarFolder } = await import('../jar-store.ts');
  const keeping = settings.session ? (settings.keepSession ?? 'keychain') : 'never';
  const store = createJarStore({ folder: jarFolder(files.credentials), username, keeping }, system, log);
  const jar = await store.load();
  return { jar, keep: async () => store.save(jar) };
}

interface Target {
  readonly settings: Settings;
  readonly files: SharedFiles;
  readonly name: string;
  readonly profile: Profile | undefined;
}

async function write(session: Session, target: Target, { signal }: System, log: Log): Promise<void> {
  const { settings, files, name, profile } = target;
  const config = { set: configEntries(settings, session) };
  // Static keys would win over credential_process, even when they have run out (facts, "The shared files").
  const byProcess = profile?.config.has('credential_process') ?? false;
  if (byProcess) log.warn(`profile ${name} has a credential_process, so its keys are not written`);
  const credentials = { set: credentialsEntries(session) };
  await updateProfile(files, name, byProcess ? { config } : { config, credentials }, { signal });
}
