/** A session for a program that runs gauth, or holds it as a library: it is the program's run, and the person is met at the terminal. */
import { getSession } from './current-session.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import { settleWithin, withTimeLimit } from '../time-limit.ts';
import { type ProfileContext, loadProfile } from './profile-context.ts';
import { optionRow } from '../options/options.ts';
import type { System, Terminal } from '../ports.ts';
import { type Flags, profileNameFrom } from '../options/settings.ts';
import { shellQuote, oneLine } from '../text.ts';

/** Milliseconds that are left for an answer when another process's sign-in was waited for in vain. */
const RESERVE = 1_000;
/** Milliseconds for which the program has to wait until Google's session is kept, when it has its own: a keychain may want to be unlocked first. */
const GRACE = 5_000;

/**
 * What `use` makes of the session that the flags, the variables and the profile ask for, all within the limit.
 * Throws GauthError BAD_PROFILE, TIMEOUT and all that a sign-in throws, with what to run as the last words of its message.
 */
export async function sessionForProgram<Result>(
  given: Flags,
  system: System,
  use: (session: Session) => Result,
): Promise<Result> {
  try {
    const opened = withoutRoleQuestion(await loadProfile(given, system));
    checkAccount(opened);
    const { timeout, minTtl } = opened.settings;
    const limitMs = timeout * 1000;
    return await withTimeLimit(limitMs, withTerminalNotes(opened, system), async (limited) => {
      const waitMs = Math.max(0, limitMs - RESERVE);
      const { session, kept } = await getSession(opened, limited, {
        waitMs,
        // Who hands over another sign-in does not want the session of the last one.
        forceNew: opened.settings.samlAssertion !== undefined,
        minTtl,
        longest: opened.origins.duration === 'flag' ? opened.settings.duration : undefined,
      });
      const result = use(session);
      await settleWithin(GRACE, kept);
      return result;
    });
  } catch (error) {
    throw error instanceof GauthError ? inOneLine(error, profileNameFrom(given, system.env)) : error;
  }
}

/** A program that waits for credentials is no time to ask who one is. */
function checkAccount({ name, profile, settings }: ProfileContext): void {
  if (profile === undefined && name !== '') {
    throw new GauthError('BAD_PROFILE', `there is no profile ${name} in the AWS files`);
  }
  const keys = (['username', 'idpId', 'spId'] as const).filter((key) => settings[key] === undefined);
  if (keys.length === 0) return;
  const lacks = keys.map((key) => optionRow(key).profileKey ?? '').join(', ');
  throw new GauthError('BAD_PROFILE', `the profile ${name} is none of gauth's: it lacks ${lacks}`);
}

/** Nor to choose another role than the one that is named. */
function withoutRoleQuestion(opened: ProfileContext): ProfileContext {
  const { settings } = opened;
  return {
    ...opened,
    settings: { ...settings, askRole: settings.askRole && settings.roleArn === undefined },
  };
}

/** One line with the code and the command that helps: botocore shows standard error as one text, and SDKs a message. */
function inOneLine(error: GauthError, name: string): GauthError {
  // What is wrong with the settings is wrong with them in a terminal, too.
  if (error.code === 'BAD_OPTION') {
    const message = [error.message, ...error.hints.slice(0, 1)].join('; ');
    return new GauthError(error.code, message, { cause: error });
  }
  const command = `gauth -p ${shellQuote(name)}`;
  return new GauthError(error.code, `${error.message}; to sign in, run: ${command}`, { cause: error });
}

/**
 * Standard input is the program's, so that no password is read from it. Standard error is, too: botocore shows it when
 * all is over. So what a person should read before a question goes to the terminal with it, and else nowhere.
 */
function withTerminalNotes({ name, settings }: ProfileContext, system: System): System {
  const { username = '' } = settings;
  let notes = `gauth: signing in as ${oneLine(username)} for the AWS profile ${oneLine(name)}\n`;
  const noted = (label: string): string => {
    const text = notes + label;
    notes = '';
    return text;
  };
  const terminal: Terminal = {
    ...system.terminal,
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
