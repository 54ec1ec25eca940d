/** The sign-in methods, terminal and browser: from settings to a SAML response, and which of them a run uses. */
import { confirm } from '../prompts/confirmation.ts';
import type { CookieJar } from 'tough-cookie';
import { acsHosts, isAcs } from '../aws/partition.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { GauthError } from '../errors.ts';
import type { Method } from '../google/challenge-methods.ts';
import type { PageResponse } from '../google/page-reader.ts';
import type { Settings } from '../options/options.ts';
import type { Log, System } from '../ports.ts';
import { jarFolder } from './google-session-files.ts';
import type { GoogleSessionStore } from './google-session-store.ts';
import { recorded } from './recording.ts';
import type { SamlResponse } from '../saml.ts';
import { missingOption } from '../options/settings.ts';
import { version } from '../version.ts';

export interface SignedIn {
  readonly response: SamlResponse;
  /** The e-mail address, which the user may have corrected: saved in the profile. */
  readonly username: string;
  /** Whether to remember that passwords are in the keychain: not if there is none. */
  readonly keyring: boolean;
  /** The verification method that the user chose: saved in the profile. */
  readonly chosenMethod: Method | undefined;
  /** The method that succeeded although it was not the first one: the next run of this profile starts with it. */
  readonly methodThatWorked: 'browser' | undefined;
  /** Saves the Google session for the next run. */
  readonly saveSession: () => Promise<void>;
}

interface World {
  readonly files: AwsFilePaths;
  readonly system: System;
  readonly log: Log;
}

/** Settings with the Google account. */
type Account = Settings & { readonly username: string; readonly idpId: string; readonly spId: string };

/**
 * Signs in by the method of `--sign-in`: in the terminal or in the browser only, or first in the terminal, which works
 * everywhere and is faster, and then in the browser if only a browser can satisfy Google.
 * Throws GauthError MISSING_OPTION if the account is missing, and what the methods throw.
 */
export async function signInAtGoogle(settings: Settings, world: World): Promise<SignedIn> {
  const { username, idpId, spId, signIn } = settings;
  if (username === undefined || idpId === undefined || spId === undefined) throw missingOption('username');
  const account = { ...settings, username, idpId, spId };
  if (signIn === 'browser') return signInWithBrowser(account, world);
  const outcome = await signInByTerminal(account, world);
  if (outcome.kind === 'signed-in') return outcome.signedIn;
  switch (signIn) {
    case 'terminal':
      throw outcome.error;
    case 'auto':
      return continueInBrowser(outcome, account, world);
  }
}

/** Signs in with the browser if that helps and the user agrees; else throws the error of the sign-in in the terminal. */
async function continueInBrowser(outcome: Failure, account: Account, world: World): Promise<SignedIn> {
  const corrected = { ...account, username: outcome.username };
  if (!(await continuesInBrowser(outcome, corrected, world)))
    throw await withBrowserHint(outcome.error, corrected, world);
  return { ...(await signInWithBrowser(corrected, world)), methodThatWorked: 'browser' };
}

/** A sign-in in the terminal that ended without a SAML response. */
interface Failure {
  readonly kind: 'failed';
  readonly error: GauthError;
  /** The e-mail address, which the user may have corrected. */
  readonly username: string;
  /** Whether the user chose to continue in the browser. */
  readonly wantsBrowser: boolean;
}

/** Whether to continue in the browser: it would help, there is one, and the user, if there is a terminal, agrees. */
async function continuesInBrowser(
  { error, wantsBrowser }: Failure,
  { browserPath }: Account,
  { system }: World,
): Promise<boolean> {
  const { browserHelps } = await import('../google/refusals.ts');
  if (!wantsBrowser && !browserHelps(error.code)) return false;
  if ((await system.browser.whyUnavailable(browserPath)) !== undefined) return false;
  if (wantsBrowser) return true;
  const { terminal, stderr, signal } = system;
  const why = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  if (await terminal.available()) {
    return confirm(`${why}\nContinue in your browser?`, true, { terminal, signal });
  }
  stderr.write(`${why} Continuing in the browser.\n`);
  return true;
}

/** The error, which says why no browser can continue here if one would help. */
async function withBrowserHint(
  error: GauthError,
  { browserPath }: Account,
  { system }: World,
): Promise<GauthError> {
  const { browserHelps } = await import('../google/refusals.ts');
  const why = browserHelps(error.code) ? await system.browser.whyUnavailable(browserPath) : undefined;
  if (why === undefined) return error;
  const hints = [...error.hints, `gauth cannot continue in a browser here: ${why}`];
  return new GauthError(error.code, error.message, { hints, cause: error.cause });
}

async function signInWithBrowser(
  {
    username,
    idpId,
    spId,
    region,
    roleArn,
    profile,
    keyring,
    browserPath,
    browserArgs,
    browserTimeout,
  }: Account,
  { files, system, log }: World,
): Promise<SignedIn> {
  const { profileFolder, signInByBrowser } = await import('../google/browser-sign-in.ts');
  const parts = {
    ...system,
    log,
    request: {
      path: browserPath,
      args: browserArgs,
      folder: profileFolder(storeFolder(files), username),
      consumerHosts: acsHosts(region),
    },
    isAcs,
    roleArn,
    limitMs: browserTimeout * 1000,
    tell: (line: string) => {
      system.stderr.write(`${line}\n`);
    },
  };
  const response = await signInByBrowser({ username, idpId, spId, profile }, parts, system.signal);
  return {
    response,
    username,
    keyring,
    chosenMethod: undefined,
    methodThatWorked: undefined,
    saveSession: () => Promise.resolve(),
  };
}

async function signInByTerminal(
  settings: Account,
  { files, system, log }: World,
): Promise<Failure | { readonly kind: 'signed-in'; readonly signedIn: SignedIn }> {
  const { username, idpId, spId, profile } = settings;
  // The keychain is read while the rest of the program loads.
  const [{ jar, keep }, { signIn }, { createPrompter }, { presetCode: givenCode }] = await Promise.all([
    openJar(username, settings, files, system, log),
    import('../google/sign-in.ts'),
    import('../prompts/prompter.ts'),
    import('../prompts/preset-code.ts'),
  ]);
  const code = givenCode(settings, system.run);
  const canOpenBrowser = async (): Promise<boolean> =>
    settings.signIn === 'auto' && (await system.browser.whyUnavailable(settings.browserPath)) === undefined;
  const prompts = createPrompter(
    { username, keyring: settings.keyring, givenCode: code, canOpenBrowser },
    system,
    log,
  );
  const request = {
    username,
    idpId,
    spId,
    profile,
    bgResponse: settings.bgResponse ?? 'js_enabled',
    // A code given in advance is one of an authenticator app, unless --mfa says otherwise.
    method: settings.mfa ?? (code && 'totp'),
  };
  const userAgent = `gauth/${version}`;
  const savePage = async (page: PageResponse): Promise<string | undefined> => {
    const { savePage: save } = await import('../google/recorder.ts');
    const { clock, folder } = system;
    const path = await save(page, { clock, log, folder, request, withoutIds: settings.redactIds });
    if (path !== undefined) system.stderr.write(`Saved the page, with secrets removed: ${path}\n`);
    return path;
  };
  let response: SamlResponse;
  try {
    response = await recorded(settings, request, system, log, async (http) =>
      signIn(request, { ...system, http, log, prompts, userAgent, jar, savePage }, system.signal),
    );
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    return { kind: 'failed', error, username: prompts.username(), wantsBrowser: prompts.wantsBrowser() };
  }
  await prompts.succeeded();
  const signedIn = {
    response,
    username: prompts.username(),
    keyring: settings.keyring && prompts.hasKeychain(),
    chosenMethod: prompts.chosen(),
    methodThatWorked: undefined,
    saveSession: async () => keep(prompts.username()),
  };
  return { kind: 'signed-in', signedIn };
}

async function openJar(
  username: string,
  settings: Settings,
  files: AwsFilePaths,
  system: System,
  log: Log,
): Promise<{ readonly jar: CookieJar; readonly keep: (username: string) => Promise<void> }> {
  const { createGoogleSessionStore: createJarStore } = await import('./google-session-store.ts');
  const storage = settings.session ? (settings.keepSession ?? 'keychain') : 'never';
  const storeOf = (account: string): GoogleSessionStore =>
    createJarStore(
      { folder: jarFolder(storeFolder(files)), username: account, keeping: storage },
      system,
      log,
    );
  const store = storeOf(username);
  const jar = await store.load();
  // The user may have corrected the e-mail address.
  const keep = async (account: string): Promise<void> =>
    (account === username ? store : storeOf(account)).save(jar);
  return { jar, keep };
}
