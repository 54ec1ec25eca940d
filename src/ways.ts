/** The ways in at Google: from settings to a SAML response. */
import type { CookieJar } from 'tough-cookie';
import type { SharedFiles } from './aws/profile.ts';
import type { Method } from './google/method.ts';
import type { Settings } from './options.ts';
import type { Log, System } from './ports.ts';
import { recorded } from './recording.ts';
import type { SamlResponse } from './saml.ts';
import { missing } from './settings.ts';
import { version } from './version.ts';

export interface SignedIn {
  readonly response: SamlResponse;
  /** The second step that the person chose: the profile remembers it. */
  readonly chosen: Method | undefined;
  /** Keeps Google's session for the next run. */
  readonly keep: () => Promise<void>;
}

/** Throws GauthError MISSING_OPTION where settings lack the account, and what the sign-in throws. */
export async function signInAtGoogle(
  settings: Settings,
  { files, system, log }: { readonly files: SharedFiles; readonly system: System; readonly log: Log },
): Promise<SignedIn> {
  const { username, idpId, spId } = settings;
  if (username === undefined || idpId === undefined || spId === undefined) throw missing('username');
  // The keychain is asked while the rest of the program loads.
  const [{ jar, keep }, { signIn }, { createPrompter }, { givenCode }] = await Promise.all([
    openJar(username, settings, files, system, log),
    import('./google/sign-in.ts'),
    import('./prompter.ts'),
    import('./given-code.ts'),
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
    signIn(request, { ...system, http, log, person, userAgent, jar }, system.signal),
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
  const { createJarStore, jarFolder } = await import('./jar-store.ts');
  const keeping = settings.session ? (settings.keepSession ?? 'keychain') : 'never';
  const store = createJarStore({ folder: jarFolder(files.credentials), username, keeping }, system, log);
  const jar = await store.load();
  return { jar, keep: async () => store.save(jar) };
}
