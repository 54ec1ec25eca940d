/**
 * The session for a program that runs gauth (credential_process) or uses it as a library. Uses `current-session.ts`;
 * standard input and error belong to that program, so prompts go to the terminal.
 */
import { getSession } from './current-session.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import { chooseProfile } from './profile-choice.ts';
import { settleWithin, withTimeLimit } from '../time-limit.ts';
import { type ProfileContext, loadProfile } from './profile-context.ts';
import { optionRow } from '../options/options.ts';
import type { System, Terminal } from '../ports.ts';
import { type Flags, profileNameFrom } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';

/** Milliseconds reserved for the answer after waiting in vain for another process. */
const RESERVE = 1_000;
/**
 * How long the program waits until the Google session is saved, in milliseconds: a keychain may have to be unlocked first.
 */
const GRACE = 5_000;

/**
 * Calls `use` with the session that flags, variables and the profile request, within the time limit.
 * Throws GauthError BAD_PROFILE, TIMEOUT and everything a sign-in throws, with the command to run at the end of the
 * message.
 */
export async function sessionForProgram<Result>(
  given: Flags,
  system: System,
  use: (session: Session) => Result,
): Promise<Result> {
  try {
    const flags = await chooseProfile(given, system, 'use', false);
    const opened = withoutRoleQuestion(await loadProfile(flags, system));
    checkIsConfigured(opened);
    const { timeout, minTtl } = opened.settings;
    const limitMs = timeout * 1000;
    return await withTimeLimit(limitMs, withTerminalNotes(opened, system), async (limited) => {
      const waitMs = Math.max(0, limitMs - RESERVE);
      const { session, saved } = await getSession(opened, limited, {
        waitMs,
        // A given SAML response requests a new session.
        forceNew: opened.settings.samlAssertion !== undefined,
        minTtl,
        longest: opened.origins.duration === 'flag' ? opened.settings.duration : undefined,
      });
      const result = use(session);
      await settleWithin(GRACE, saved);
      return result;
    });
  } catch (error) {
    throw error instanceof GauthError ? inOneLine(error, profileNameFrom(given, system.env)) : error;
  }
}

/** A program that waits for credentials cannot wait for a first-time setup. */
function checkIsConfigured({ name, profile, settings }: ProfileContext): void {
  if (profile === undefined && name !== '') {
    throw new GauthError('BAD_PROFILE', `profile ${name} does not exist`);
  }
  const keys = (['username', 'idpId', 'spId'] as const).filter((key) => settings[key] === undefined);
  if (keys.length === 0) return;
  const lacks = keys.map((key) => optionRow(key).profileKey ?? '').join(', ');
  throw new GauthError('BAD_PROFILE', `profile ${name} is not set up for gauth: it lacks ${lacks}`);
}

/** Nor for the choice of another role than the configured one. */
function withoutRoleQuestion(opened: ProfileContext): ProfileContext {
  const { settings } = opened;
  return {
    ...opened,
    settings: { ...settings, askRole: settings.askRole && settings.roleArn === undefined },
  };
}

/**
 * One line with the error code and the command that helps: botocore shows standard error as one text, and SDKs show one
 * message.
 */
function inOneLine(error: GauthError, name: string): GauthError {
  // An invalid setting is invalid in a terminal, too.
  if (error.code === 'BAD_OPTION') {
    const message = [error.message, ...error.hints.slice(0, 1)].join('; ');
    return new GauthError(error.code, message, { cause: error });
  }
  const command = `gauth -p ${shellQuote(name)}`;
  return new GauthError(error.code, `${error.message}; to sign in, run: ${command}`, { cause: error });
}

/**
 * Standard input belongs to the program, so no password is read from it. So does standard error, which botocore shows only
 * after the run. Notes that the user should read before a prompt are shown with it on the terminal, or not at all.
 */
function withTerminalNotes({ name, settings }: ProfileContext, system: System): System {
  const { username = '' } = settings;
  let notes = `gauth: signing in as ${oneLine(username)} for AWS profile ${oneLine(name)}\n`;
  const noted = (label: string): string => {
    const text = notes + label;
    notes = '';
    return text;
  };
  const terminal: Terminal = {
    ...system.terminal,
    onlyShortPrompts: true,
    ask: async (label, options) => system.terminal.ask(noted(label), options),
    askSecret: async (label, options) => system.terminal.askSecret(noted(label), options),
    choose: async (label, choices, options) =>
      system.terminal.choose(`${label} for ${oneLine(name)}`, choices, options),
  };
  return {
    ...system,
    terminal,
    input: { ...system.input, isTerminal: true, readLine: () => Promise.resolve(undefined) },
    stderr: {
      isTerminal: false,
      write: (text) => {
        notes += text;
      },
    },
  };
}
