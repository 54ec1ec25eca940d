/** The commands: the word the user types, what it says of itself, and where its code is. */
import { type OptionName, SIGN_IN_OPTIONS } from './options.ts';
import type { Given } from './settings.ts';
import type { System } from './ports.ts';

/**
 * A command gets its flags as they stand and settles what they mean, and the words that are no flags; it returns when its
 * work is done, or throws GauthError. What it resolves with is the exit status, where that is not 0.
 */
export type Run = (
  given: Given,
  system: System,
  operands: readonly string[],
) => Promise<void> | Promise<number>;

export interface Command {
  readonly summary: string;
  readonly options: readonly OptionName[];
  /**
   * The words that are no flags: `<folder>` is needed, `[link]` may be left out, `<path...>` is one or more, and
   * `<command...>` takes all that comes, flags included: another program's command line needs no `--` before it.
   */
  readonly operands?: `<${string}>` | `[${string}]`;
  /** Command lines that work as they stand, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<Run>;
}

/** The options of those that get a session for a program: what login says to the person besides is not said. */
const SESSION_OPTIONS = SIGN_IN_OPTIONS.filter(
  (name) => !['askRole', 'samlAssertion', 'printCreds', 'quiet'].includes(name),
);

export const COMMANDS = {
  login: {
    summary: 'Sign in at Google, assume an AWS role, and write the profile (also without the word login)',
    options: SIGN_IN_OPTIONS,
    examples: [
      [
        'gauth -u me@example.com -I C01abc2de -S 000111000111 -R us-east-1 -p sts-temp',
        'first sign-in: asks for what is missing and writes the profile sts-temp',
      ],
      ['gauth -p sts-temp', 'refresh: everything else is in the profile'],
      ['eval "$(gauth -p sts-temp --print-creds --quiet)"', 'credentials for this shell'],
    ],
    load: async () => (await import('./commands/login.ts')).login,
  },
  'credential-process': {
    summary:
      'Print credentials as the AWS CLI and the SDKs want them from a credential_process: the kept session, or a new one',
    options: [...SESSION_OPTIONS, 'minTtl', 'timeout'],
    examples: [
      ['gauth credential-process -p sts-temp', 'what stands in ~/.aws/config after credential_process ='],
    ],
    load: async () => (await import('./commands/credential-process.ts')).credentialProcess,
  },
  replay: {
    summary:
      'Show what gauth makes of saved pages: a folder of --save-saml-flow, a page of --save-failure-html, or any HTML files',
    options: [],
    operands: '<path...>',
    examples: [
      ['gauth replay gauth-flow-20260102T030405Z', 'one line a page: what it is and what would follow'],
    ],
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  logout: {
    summary:
      "Forget Google's session and the cached SAML response; AWS's keys in the profile stay until they run out",
    options: ['username', 'idpId', 'profile', 'keyring', 'all', 'quiet', 'log'],
    examples: [
      ['gauth logout -p sts-temp', 'forgets the account of this profile'],
      ['gauth logout --all', 'forgets every account'],
    ],
    load: async () => (await import('./commands/logout.ts')).logout,
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

/** What runs when no command is named. */
export const DEFAULT_COMMAND: CommandName = 'login';

/** The row of a command; the same as `COMMANDS[name]`, with the optional columns in the type. */
export function commandRow(name: CommandName): Command {
  return COMMANDS[name];
}

export function isCommand(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}
