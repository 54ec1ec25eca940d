/** The commands: the word the user types, what it says of itself, and where its code is. */
import { type OptionName, OPTION_NAMES } from './options.ts';
import type { Given } from './settings.ts';
import type { System } from './ports.ts';

/** A command gets its flags as they stand and settles what they mean; it returns when its work is done, or throws GauthError. */
export type Run = (given: Given, system: System) => Promise<void>;

export interface Command {
  readonly summary: string;
  readonly options: readonly OptionName[];
  /** Command lines that work as they stand, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<Run>;
}

export const COMMANDS = {
  login: {
    summary: 'Sign in at Google, assume an AWS role, and write the profile (also without the word login)',
    options: OPTION_NAMES,
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
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

/** What runs when no command is named. */
export const DEFAULT_COMMAND: CommandName = 'login';

export function isCommand(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}
