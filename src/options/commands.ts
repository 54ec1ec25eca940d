/** The commands: the word the user types, what it says of itself, and where its code is. */
import { type OptionName, SIGN_IN_OPTIONS } from './options.ts';

export interface Command {
  readonly summary: string;
  readonly options: readonly OptionName[];
  /** What an option means here, where its own line says too little. */
  readonly meanings?: Readonly<Partial<Record<OptionName, string>>>;
  /**
   * The words that are no flags: `<folder>` is needed, `[link]` may be left out, `<path...>` is one or more, and
   * `<command...>` takes all that comes, flags included: another program's command line needs no `--` before it.
   */
  readonly operands?: `<${string}>` | `[${string}]`;
  /** Command lines that work as they stand, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

/** The options of those that get a session for a program: what login says to the person besides is not said. */
const SESSION_OPTIONS = SIGN_IN_OPTIONS.filter(
  (name) => !['askRole', 'samlAssertion', 'printCreds', 'quiet'].includes(name),
);

function signInOptionsWithout(...names: readonly OptionName[]): readonly OptionName[] {
  return SIGN_IN_OPTIONS.filter((name) => !names.includes(name));
}

/** The options of those that get a session for a person. */
const HANDED_ON = [...signInOptionsWithout('printCreds'), 'minTtl'] as const;

export const COMMANDS = {
  login: {
    summary: 'Sign in at Google, assume an AWS role, and write the profile (also without the word login)',
    options: [...SIGN_IN_OPTIONS, 'allProfiles'],
    examples: [
      [
        'gauth -u me@example.com -I C01abc2de -S 000111000111 -R us-east-1 -p sts-temp',
        'first sign-in: asks for what is missing and writes the profile sts-temp',
      ],
      ['gauth -p sts-temp', 'refresh: everything else is in the profile'],
      ['eval "$(gauth -p sts-temp --print-creds --quiet)"', 'credentials for this shell'],
    ],
  },
  configure: {
    summary:
      'Make profiles: of the roles behind the AWS tile, whose link you paste, or of a second role (--source-profile)',
    options: [
      ...signInOptionsWithout('askRole', 'printCreds'),
      ...(['nameTemplate', 'allRoles', 'credentialProcess', 'sourceProfile'] as const),
    ],
    operands: '[link-or-name]',
    meanings: { profile: 'The name of a single profile (default: names after --name-template)' },
    examples: [
      [
        "gauth configure 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=0123'",
        'signs in once and offers the roles',
      ],
      ['gauth configure --all-roles --credential-process', 'every role, without keys in ~/.aws/credentials'],
      [
        'gauth configure --source-profile sts-temp -r arn:aws:iam::555666777888:role/dev dev-env',
        'a second role, assumed with the first one',
      ],
    ],
  },
  doctor: {
    summary:
      'Look for what goes wrong in practice, in files, on the way to Google and AWS, and say what mends it',
    options: ['fix', 'json', 'region', 'log'],
    examples: [
      ['gauth doctor', 'status 0 when there is nothing to mend'],
      ['gauth doctor --fix', 'mends what can be mended safely'],
    ],
  },
  'credential-process': {
    summary:
      'Print credentials as the AWS CLI and the SDKs want them from a credential_process: the kept session, or a new one',
    options: [...SESSION_OPTIONS, 'minTtl', 'timeout'],
    examples: [
      ['gauth credential-process -p sts-temp', 'what stands in ~/.aws/config after credential_process ='],
    ],
  },
  exec: {
    summary:
      "Run a program with a session in its environment: the kept session, or a new one. The program's exit status is gauth's",
    options: HANDED_ON,
    operands: '<command...>',
    examples: [
      ['gauth exec -p sts-temp -- aws s3 ls', 'runs the AWS CLI with the session of this profile'],
      ['gauth exec -p sts-temp -- bash', 'a shell with the session, until exit'],
    ],
  },
  env: {
    summary: "Print the lines that put a session into the shell's environment",
    options: [...HANDED_ON, 'shell', 'unset'],
    examples: [
      ['eval "$(gauth env -p sts-temp)"', 'bash, zsh and other POSIX shells'],
      ['gauth env -p sts-temp | source', 'fish'],
      ['gauth env -p sts-temp | Out-String | Invoke-Expression', 'PowerShell'],
      ['gauth env -p sts-temp --shell dotenv > .env', 'a file for docker --env-file and the like'],
      ['eval "$(gauth env --unset)"', 'takes the variables away again'],
    ],
  },
  console: {
    summary: 'Open the AWS console in the browser, signed in with a session',
    options: [...HANDED_ON, 'service', 'url'],
    examples: [
      ['gauth console -p sts-temp --service s3', 'opens the buckets'],
      ['gauth console -p sts-temp --url', 'prints the address, for a browser elsewhere'],
    ],
  },
  roles: {
    summary: 'List the roles that you may assume',
    options: [
      ...signInOptionsWithout(
        'roleArn',
        'askRole',
        'duration',
        'autoDuration',
        'policy',
        'policyArns',
        'chain',
        'printCreds',
        'quiet',
      ),
      'json',
    ],
    examples: [
      ['gauth roles -p sts-temp --resolve-aliases', "with the accounts' names"],
      ['gauth roles -p sts-temp --json', 'for programs'],
    ],
  },
  status: {
    summary:
      'Show the profiles and how long the keys of each are good; with -p of one, with exit status 4 when they have run out',
    options: ['profile', 'json', 'log'],
    meanings: { profile: 'Show this profile, and tell by the exit status whether its keys are good' },
    examples: [
      ['gauth status', 'a line for each profile of gauth'],
      ['gauth status -p sts-temp || gauth -p sts-temp', 'signs in only when the keys have run out'],
    ],
  },
  completion: {
    summary: 'Print the script by which a shell completes the command line: bash, zsh, fish or powershell',
    options: [],
    operands: '<shell...>',
    examples: [
      ['eval "$(gauth completion bash)"', 'in ~/.bashrc'],
      ['eval "$(gauth completion zsh)"', 'in ~/.zshrc, behind compinit'],
      ['gauth completion fish > ~/.config/fish/completions/gauth.fish', 'once'],
      ['gauth completion powershell | Out-String | Invoke-Expression', 'in $PROFILE'],
    ],
  },
  replay: {
    summary:
      'Show what gauth makes of saved pages: a folder of --save-saml-flow, a page of --save-failure-html, or any HTML files',
    options: [],
    operands: '<path...>',
    examples: [
      ['gauth replay gauth-flow-20260102T030405Z', 'one line a page: what it is and what would follow'],
    ],
  },
  logout: {
    summary:
      "Forget an account's Google session, SAML response and kept AWS session; the keys in ~/.aws/credentials stay until they run out",
    options: ['username', 'idpId', 'profile', 'keyring', 'all', 'quiet', 'log'],
    examples: [
      ['gauth logout -p sts-temp', 'forgets the account of this profile'],
      ['gauth logout --all', 'forgets every account'],
    ],
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
