/** The table of commands: summary, options, operands and examples of each. Parsing, help and completion read it. */
import { type OptionName, SIGN_IN_OPTIONS } from './options.ts';

export interface Command {
  /** For the list of commands: at most 53 characters. */
  readonly brief: string;
  /** For the command's own help. */
  readonly summary: string;
  /** The options that `-h` shows; `--help` shows all of them. */
  readonly common: readonly OptionName[];
  readonly options: readonly OptionName[];
  /** Help texts that differ from the option's own. */
  readonly meanings?: Readonly<Partial<Record<OptionName, string>>>;
  /**
   * The operands: `<folder>` is required, `[link]` is optional, `<path...>` is one or more. `[command...]` at the end takes everything
   * that follows, flags included, so that another program's command line needs no `--` before it.
   */
  readonly operands?: `<${string}>` | `[${string}]`;
  /** Complete command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

/** The options of `credential-process`, which runs without a user at the command line. */
const SESSION_OPTIONS = SIGN_IN_OPTIONS.filter(
  (name) => !['askRole', 'samlAssertion', 'printCreds', 'quiet'].includes(name),
);

function signInOptionsWithout(...names: readonly OptionName[]): readonly OptionName[] {
  return SIGN_IN_OPTIONS.filter((name) => !names.includes(name));
}

/** The options of the commands that pass credentials on to a program, a shell or the console. */
const CREDENTIAL_OPTIONS = [...signInOptionsWithout('printCreds'), 'minTtl'] as const;

export const COMMANDS = {
  login: {
    brief: 'Sign in and write temporary credentials (the default)',
    summary:
      'Sign in at Google, assume an AWS role and write the credentials to the profile. This is the default command.',
    common: ['username', 'idpId', 'spId', 'region', 'profile', 'roleArn', 'duration'],
    options: [...SIGN_IN_OPTIONS, 'allProfiles'],
    operands: '[profile]',
    examples: [
      [
        'gauth -u me@example.com -I C01abc2de -S 000111000111 -R us-east-1 -p sts-temp',
        'first sign-in: asks for what is missing and writes the profile sts-temp',
      ],
      ['gauth -p sts-temp', 'refresh: all other settings are in the profile'],
      ['eval "$(gauth -p sts-temp --print-creds --quiet)"', 'credentials for this shell'],
    ],
  },
  configure: {
    brief: 'Create profiles from the link of the AWS tile',
    summary:
      'Create profiles for the roles behind the AWS tile, whose link you paste, or for a chained role (--source-profile).',
    common: [
      'username',
      'region',
      'profile',
      'nameTemplate',
      'allRoles',
      'credentialProcess',
      'sourceProfile',
    ],
    options: [
      ...signInOptionsWithout('askRole', 'printCreds'),
      ...(['nameTemplate', 'allRoles', 'credentialProcess', 'sourceProfile'] as const),
    ],
    operands: '[link-or-name]',
    meanings: { profile: 'Name of a single profile (default: names from --name-template)' },
    examples: [
      [
        "gauth configure 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=0123'",
        'signs in once and lists the roles to choose from',
      ],
      [
        'gauth configure --all-roles --credential-process',
        'a profile for every role, without credentials in ~/.aws/credentials',
      ],
      [
        'gauth configure --source-profile sts-temp -r arn:aws:iam::555666777888:role/dev dev-env',
        'a chained role, assumed with the credentials of sts-temp',
      ],
    ],
  },
  settings: {
    brief: 'Show all settings and where they come from',
    summary:
      'Show the settings of a profile and where each comes from: a flag, a variable, the profile, the files with default settings, or the default.',
    common: ['profile', 'json'],
    options: [...signInOptionsWithout('quiet'), 'json'],
    operands: '[profile]',
    examples: [
      ['gauth settings -p sts-temp', 'as a table'],
      ['gauth settings -p sts-temp --json', 'as JSON'],
    ],
  },
  doctor: {
    brief: 'Check for common problems and how to fix them',
    summary:
      'Check for common problems in the AWS files, the environment and the connection to Google and AWS, and print how to fix them.',
    common: ['fix', 'json'],
    options: ['fix', 'json', 'region', 'errorFormat', 'log'],
    examples: [
      ['gauth doctor', 'exit status 0 if there are no problems'],
      ['gauth doctor --fix', 'fixes what can be fixed safely'],
    ],
  },
  'credential-process': {
    brief: 'Print credentials as JSON, for AWS tools to run',
    summary:
      'Print credentials in the JSON format of credential_process. Uses cached credentials while they are valid, else signs in.',
    common: ['profile', 'minTtl', 'timeout'],
    options: [...SESSION_OPTIONS, 'minTtl', 'timeout'],
    operands: '[profile]',
    examples: [['gauth credential-process -p sts-temp', 'the value of credential_process in ~/.aws/config']],
  },
  exec: {
    brief: 'Run a program with credentials in its environment',
    summary:
      'Run a program, or your shell, with credentials in its environment. Uses cached credentials while they are valid, else signs in. The exit status is that of the program.',
    common: ['profile', 'roleArn', 'duration', 'server', 'minTtl'],
    options: [...CREDENTIAL_OPTIONS, 'server', 'tokenVariable'],
    operands: '[profile] [--] [command...]',
    examples: [
      ['gauth exec sts-temp', 'starts your shell with the credentials'],
      ['gauth exec -p sts-temp -- aws s3 ls', 'runs the AWS CLI with the credentials of this profile'],
      [
        'gauth exec -p sts-temp --server -- terraform apply',
        'the program gets new credentials before its own expire',
      ],
    ],
  },
  serve: {
    brief: 'Serve credentials that renew themselves, on 127.0.0.1',
    summary:
      'Serve credentials on 127.0.0.1 until Ctrl-C, in the way of container credentials: AWS SDKs ask again before their credentials expire. Prints the variables that a program needs.',
    common: ['profile', 'allProfiles', 'shell', 'json', 'minTtl'],
    options: [...CREDENTIAL_OPTIONS, 'allProfiles', 'shell', 'json', 'tokenVariable'],
    operands: '[profile]',
    examples: [
      ['gauth serve -p sts-temp', 'prints two variables to set for editors, daemons and containers'],
      ['gauth serve --all-profiles --json', 'a URI for each profile, as JSON'],
    ],
  },
  env: {
    brief: 'Print commands that set the credentials in your shell',
    summary: 'Print shell commands that set the credentials as environment variables.',
    common: ['profile', 'shell', 'unset', 'minTtl'],
    options: [...CREDENTIAL_OPTIONS, 'shell', 'unset'],
    operands: '[profile]',
    examples: [
      ['eval "$(gauth env -p sts-temp)"', 'bash, zsh and other POSIX shells'],
      ['gauth env -p sts-temp | source', 'fish'],
      ['gauth env -p sts-temp | Out-String | Invoke-Expression', 'PowerShell'],
      ['gauth env -p sts-temp --shell dotenv > .env', 'a file for docker --env-file'],
      ['eval "$(gauth env --unset)"', 'unsets the variables'],
    ],
  },
  use: {
    brief: 'Use the credentials of a profile in the current shell',
    summary:
      "Put the credentials of a profile into the current shell, or take them out. Needs the function of 'gauth shell'.",
    common: ['off', 'minTtl'],
    options: [...CREDENTIAL_OPTIONS, 'off', 'shell'],
    operands: '[profile]',
    meanings: { shell: 'The shell, which the function names' },
    examples: [
      ['gauth use', 'picks a profile from a list'],
      ['gauth use sts-temp', 'this shell uses sts-temp from now on'],
      ['gauth use --off', 'takes the credentials out of this shell'],
    ],
  },
  shell: {
    brief: 'Print the shell function for gauth use',
    summary:
      "Print the function for 'gauth use', and the completion script, for bash, zsh, fish or powershell.",
    common: [],
    options: ['errorFormat'],
    operands: '[shell]',
    examples: [
      ['eval "$(gauth shell bash)"', 'in ~/.bashrc'],
      ['eval "$(gauth shell zsh)"', 'in ~/.zshrc, after compinit'],
      ['gauth shell fish | source', 'in ~/.config/fish/config.fish'],
      ['gauth shell powershell | Out-String | Invoke-Expression', 'in $PROFILE'],
    ],
  },
  console: {
    brief: 'Open the AWS console in your browser',
    summary: 'Open the AWS console in your browser, signed in with the credentials of the profile.',
    common: ['profile', 'service', 'region', 'url'],
    options: [...CREDENTIAL_OPTIONS, 'service', 'url'],
    operands: '[profile]',
    examples: [
      ['gauth console -p sts-temp --service s3', 'opens the S3 page'],
      ['gauth console -p sts-temp --url', 'prints the URL, for a browser on another machine'],
    ],
  },
  roles: {
    brief: 'List the roles that you may assume',
    summary: 'List the roles that you may assume.',
    common: ['profile', 'account', 'resolveAliases', 'json'],
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
    operands: '[profile]',
    examples: [
      ['gauth roles -p sts-temp --resolve-aliases', 'with account aliases'],
      ['gauth roles -p sts-temp --json', 'as JSON'],
    ],
  },
  status: {
    brief: 'Show profiles and when their credentials expire',
    summary:
      'Show the profiles and when their credentials expire. With -p, the exit status is 4 if the credentials of that profile have expired.',
    common: ['profile', 'json', 'short'],
    options: ['profile', 'json', 'short', 'errorFormat', 'log'],
    operands: '[profile]',
    meanings: { profile: 'Show this profile only; exit status 4 if its credentials have expired' },
    examples: [
      ['gauth status', 'one line for each gauth profile'],
      ['gauth status --short -p sts-temp', 'such as "sts-temp 42m"'],
      ['gauth status -p sts-temp || gauth -p sts-temp', 'signs in only if the credentials have expired'],
    ],
  },
  profiles: {
    brief: 'List, rename and remove profiles',
    summary:
      'List the profiles that gauth gets credentials for; rename one, or remove some with their cached credentials.',
    common: ['yes'],
    options: ['yes', 'quiet', 'errorFormat', 'log'],
    operands: '[remove|rename] [name...]',
    examples: [
      ['gauth profiles', 'one name per line'],
      ['gauth profiles rename sts-temp prod', 'also in the profiles that use it'],
      ['gauth profiles remove prod test', 'shows what is removed, and asks'],
    ],
  },
  completion: {
    brief: 'Print a script for shell completion',
    summary: 'Print the completion script for bash, zsh, fish or powershell.',
    common: [],
    options: ['errorFormat'],
    operands: '<shell...>',
    examples: [
      ['eval "$(gauth completion bash)"', 'in ~/.bashrc'],
      ['eval "$(gauth completion zsh)"', 'in ~/.zshrc, after compinit'],
      ['gauth completion fish > ~/.config/fish/completions/gauth.fish', 'once'],
      ['gauth completion powershell | Out-String | Invoke-Expression', 'in $PROFILE'],
    ],
  },
  replay: {
    brief: 'Show how gauth interprets saved pages',
    summary:
      'Show how gauth interprets saved pages: a folder of --save-saml-flow, a page of --save-failure-html, or other HTML files.',
    common: [],
    options: ['errorFormat'],
    operands: '<path...>',
    examples: [
      [
        'gauth replay gauth-flow-20260102T030405Z',
        'one line for each page: what it is and what gauth would do',
      ],
    ],
  },
  logout: {
    brief: 'Remove saved sessions and cached credentials',
    summary:
      'Remove the saved Google session, the cached SAML responses and the cached credentials of an account, those of all its profiles. Credentials in ~/.aws/credentials stay until they expire.',
    common: ['profile', 'all'],
    options: ['username', 'idpId', 'profile', 'keyring', 'all', 'quiet', 'errorFormat', 'log'],
    operands: '[profile]',
    examples: [
      ['gauth logout -p sts-temp', "removes the data of this profile's account"],
      ['gauth logout --all', 'removes the data of every account'],
    ],
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

/** The command that runs if none is named. */
export const DEFAULT_COMMAND: CommandName = 'login';

/** The row of a command: `COMMANDS[name]` with the optional columns in its type. */
export function commandRow(name: CommandName): Command {
  return COMMANDS[name];
}

export function isCommand(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}
