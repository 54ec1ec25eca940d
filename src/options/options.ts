/** Every option once: its flags, variables, profile key, default, meaning and parser. Help, parsing and the README come from here. */
import { MIN_TTL } from '../aws/kept.ts';
import { SECOND_STEPS } from '../google/method.ts';
import type { LogLevel } from '../ports.ts';
import { type Shell, SHELLS } from '../shell.ts';
import {
  LONGEST,
  type Parser,
  SHORTEST,
  nameTemplate,
  oneOf,
  policyArns,
  profileName,
  regionName,
  roleArn,
  roleArns,
  secret,
  serviceName,
  sessionLength,
  text,
  truth,
  wholeSeconds,
  words,
} from './values.ts';

export interface Option<Value> {
  /** The long flag without dashes. */
  readonly long: string;
  readonly short?: string;
  /** The placeholder of the flag's value; without it the flag is a switch. */
  readonly placeholder?: string;
  /** The flag may be given several times. Its values are parsed together, as one text with blanks between, which is also how a variable or a profile key holds several. */
  readonly repeatable?: true;
  /** What a switch sets when it is given. */
  readonly on?: Value;
  /** Environment variables, the first that is set and not empty counts. */
  readonly env: readonly string[];
  /** The key in `[profile NAME]` of the config file. */
  readonly profileKey?: string;
  readonly parse: Parser<Value>;
  /** The words that it may be, where they can be told one by one. */
  readonly choices?: readonly string[];
  readonly initial: Value;
  readonly group: Group;
  /** One line for `--help`; says the default where there is one. */
  readonly help: string;
  /** The long flags that contradict this one. */
  readonly excludes?: readonly string[];
  /** Whether it decides which session is meant: a kept one that was got with another value is not the one asked for. */
  readonly decides?: true;
}

export type Group =
  | 'Who and where'
  | 'Role and session'
  | 'Google sign-in'
  | 'Output and files'
  /** What some commands have for themselves, and the sign-in does not. */
  | 'This command';

/** Where Google's session is kept: sealed with a key in the keychain, in a plain file that only its owner can read, or nowhere. */
export type Keeping = 'keychain' | 'file' | 'never';
const KEEPINGS: readonly Keeping[] = ['keychain', 'file', 'never'];

/** Where one signs in: the terminal first and the browser where that is not enough, or one of them alone. */
export type Way = 'auto' | 'terminal' | 'browser';
const WAYS: readonly Way[] = ['auto', 'terminal', 'browser'];

/** How long a sign-in in the browser may take, in seconds. */
const BROWSER_TIMEOUT = 300;

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn'];

/** A row, checked for its own value type. */
function option<Value>(row: Option<Value>): Option<Value> {
  return row;
}

export const OPTIONS = {
  username: option({
    long: 'username',
    short: 'u',
    placeholder: 'EMAIL',
    env: ['GOOGLE_USERNAME'],
    profileKey: 'google_config.google_username',
    parse: text,
    initial: undefined,
    group: 'Who and where',
    help: 'Your Google Workspace address',
    decides: true,
  }),
  idpId: option({
    long: 'idp-id',
    short: 'I',
    placeholder: 'ID',
    env: ['GOOGLE_IDP_ID'],
    profileKey: 'google_config.google_idp_id',
    parse: text,
    initial: undefined,
    group: 'Who and where',
    help: "The organisation's ID at Google (idpid), like C01abc2de",
    decides: true,
  }),
  spId: option({
    long: 'sp-id',
    short: 'S',
    placeholder: 'ID',
    env: ['GOOGLE_SP_ID'],
    profileKey: 'google_config.google_sp_id',
    parse: text,
    initial: undefined,
    group: 'Who and where',
    help: "The AWS app's ID at Google (spid), digits",
    decides: true,
  }),
  region: option({
    long: 'region',
    short: 'R',
    placeholder: 'REGION',
    env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    profileKey: 'region',
    parse: regionName,
    initial: undefined,
    group: 'Who and where',
    help: 'The AWS region, like us-east-1',
  }),
  profile: option({
    long: 'profile',
    short: 'p',
    placeholder: 'NAME',
    env: ['AWS_PROFILE'],
    parse: profileName,
    initial: 'sts',
    group: 'Who and where',
    help: 'The AWS profile to read settings from and to write (default: sts)',
  }),
  allProfiles: option({
    long: 'all-profiles',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Refresh every profile of the same Google account, by one sign-in',
    excludes: ['role-arn', 'ask-role', 'print-creds'],
  }),
  roleArn: option({
    long: 'role-arn',
    short: 'r',
    placeholder: 'ARN',
    env: ['AWS_ROLE_ARN'],
    profileKey: 'google_config.role_arn',
    parse: roleArn,
    initial: undefined,
    group: 'Role and session',
    help: 'The role to assume',
    excludes: ['ask-role', 'all-profiles'],
    decides: true,
  }),
  principalArn: option({
    long: 'principal-arn',
    placeholder: 'ARN',
    env: ['GAUTH_PRINCIPAL_ARN'],
    profileKey: 'gauth_principal_arn',
    parse: text,
    initial: undefined,
    group: 'Role and session',
    help: "The role's SAML provider, needed only where several vouch for the role, or the assertion is encrypted",
    decides: true,
  }),
  askRole: option({
    long: 'ask-role',
    short: 'a',
    on: true,
    env: ['AWS_ASK_ROLE'],
    profileKey: 'google_config.ask_role',
    parse: truth,
    initial: false,
    group: 'Role and session',
    help: 'Offer the roles even where one is configured',
    excludes: ['role-arn', 'all-profiles'],
  }),
  account: option({
    long: 'account',
    short: 'A',
    placeholder: 'TEXT',
    env: ['AWS_ACCOUNT'],
    profileKey: 'account',
    parse: text,
    initial: undefined,
    group: 'Role and session',
    help: 'Offer only roles whose ARN holds this, such as an account number',
    decides: true,
  }),
  resolveAliases: option({
    long: 'resolve-aliases',
    on: true,
    env: ['RESOLVE_AWS_ALIASES'],
    parse: truth,
    initial: false,
    group: 'Role and session',
    help: 'Show the names of AWS accounts when roles are offered',
  }),
  duration: option({
    long: 'duration',
    short: 'd',
    placeholder: 'SECONDS',
    env: ['DURATION'],
    profileKey: 'google_config.duration',
    parse: sessionLength,
    initial: LONGEST,
    group: 'Role and session',
    help: `How long the session lasts, ${SHORTEST} to ${LONGEST} (default: as long as the role allows)`,
    excludes: ['auto-duration'],
  }),
  autoDuration: option({
    long: 'auto-duration',
    on: true,
    env: ['AUTO_DURATION'],
    parse: truth,
    initial: false,
    group: 'Role and session',
    help: 'As long as the role allows, whatever the profile says',
    excludes: ['duration'],
  }),
  policy: option({
    long: 'policy',
    placeholder: 'FILE',
    env: ['GAUTH_POLICY'],
    profileKey: 'gauth_policy',
    parse: text,
    initial: undefined,
    group: 'Role and session',
    help: 'A session policy (JSON): the session may do what both the role and this allow',
    decides: true,
  }),
  policyArns: option<readonly string[]>({
    long: 'policy-arn',
    placeholder: 'ARN',
    repeatable: true,
    env: ['GAUTH_POLICY_ARNS'],
    profileKey: 'gauth_policy_arns',
    parse: policyArns,
    initial: [],
    group: 'Role and session',
    help: 'A managed policy that limits the session in the same way; may be repeated',
    decides: true,
  }),
  chain: option<readonly string[]>({
    long: 'chain',
    placeholder: 'ARN',
    repeatable: true,
    env: ['GAUTH_CHAIN'],
    profileKey: 'gauth_chain',
    parse: roleArns,
    initial: [],
    group: 'Role and session',
    help: 'A further role to assume with the first one, for an hour at most; may be repeated, one after the other',
    decides: true,
  }),
  keyring: option({
    long: 'keyring',
    short: 'k',
    on: true,
    env: ['GAUTH_KEYRING'],
    profileKey: 'google_config.keyring',
    parse: truth,
    initial: false,
    group: 'Google sign-in',
    help: "Keep the password in the operating system's keychain",
  }),
  keepSession: option({
    long: 'keep-session',
    placeholder: 'WHERE',
    env: ['GAUTH_KEEP_SESSION'],
    profileKey: 'gauth_keep_session',
    parse: oneOf(KEEPINGS),
    choices: KEEPINGS,
    initial: undefined,
    group: 'Google sign-in',
    help: "Where Google's session is kept between runs: keychain (sealed), file (plain, 0600), never (default: keychain)",
  }),
  session: option({
    long: 'no-session',
    on: false,
    env: [],
    parse: truth,
    initial: true,
    group: 'Google sign-in',
    help: "Neither read nor keep Google's session",
  }),
  mfa: option({
    long: 'mfa',
    placeholder: 'METHOD',
    env: ['GAUTH_MFA'],
    profileKey: 'gauth_mfa',
    parse: oneOf(SECOND_STEPS),
    choices: SECOND_STEPS,
    initial: undefined,
    group: 'Google sign-in',
    help: `The second step to take where Google offers several: ${SECOND_STEPS.join(', ')}`,
  }),
  mfaCode: option({
    long: 'mfa-code',
    placeholder: 'CODE',
    env: ['GOOGLE_MFA_CODE'],
    parse: secret,
    initial: undefined,
    group: 'Google sign-in',
    help: 'The code for the second step; used once, and asked for where Google refuses it',
    excludes: ['mfa-command'],
  }),
  mfaCommand: option({
    long: 'mfa-command',
    placeholder: 'COMMAND',
    env: ['GAUTH_MFA_COMMAND'],
    profileKey: 'gauth_mfa_command',
    parse: text,
    initial: undefined,
    group: 'Google sign-in',
    help: "Prints the code for the second step on its first line, such as 'op item get Google --otp'",
    excludes: ['mfa-code'],
  }),
  signIn: option<Way>({
    long: 'sign-in',
    placeholder: 'WAY',
    env: ['GAUTH_SIGN_IN'],
    profileKey: 'gauth_sign_in',
    parse: oneOf(WAYS),
    choices: WAYS,
    initial: 'auto',
    group: 'Google sign-in',
    help: 'Where to sign in: terminal, browser, or auto: the browser where the terminal is not enough (default: auto)',
  }),
  browserPath: option({
    long: 'browser-path',
    placeholder: 'FILE',
    env: ['GAUTH_BROWSER'],
    profileKey: 'gauth_browser_path',
    parse: text,
    initial: undefined,
    group: 'Google sign-in',
    help: 'The browser to sign in with (default: the installed Chrome, Edge, Brave or Chromium)',
  }),
  browserArgs: option<readonly string[]>({
    long: 'browser-arg',
    placeholder: 'SWITCH',
    repeatable: true,
    env: ['GAUTH_BROWSER_ARGS'],
    profileKey: 'gauth_browser_args',
    parse: words,
    initial: [],
    group: 'Google sign-in',
    help: 'A switch for the browser, such as --browser-arg=--lang=de; may be repeated',
  }),
  browserTimeout: option({
    long: 'browser-timeout',
    placeholder: 'SECONDS',
    env: ['GAUTH_BROWSER_TIMEOUT'],
    parse: wholeSeconds(10, 3600),
    initial: BROWSER_TIMEOUT,
    group: 'Google sign-in',
    help: `How long a sign-in in the browser may take (default: ${BROWSER_TIMEOUT})`,
  }),
  samlAssertion: option({
    long: 'saml-assertion',
    placeholder: 'TEXT',
    env: [],
    parse: secret,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Take this SAML response instead of signing in; - reads it from standard input',
  }),
  cache: option({
    long: 'no-cache',
    on: false,
    env: [],
    parse: truth,
    initial: true,
    group: 'Google sign-in',
    help: 'Neither read nor write the cached SAML response',
  }),
  bgResponse: option({
    long: 'bg-response',
    placeholder: 'TEXT',
    env: ['GOOGLE_BG_RESPONSE'],
    profileKey: 'google_config.bg_response',
    parse: text,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Override the bgresponse that Google gets (default: js_enabled)',
  }),
  disableU2f: option({
    long: 'disable-u2f',
    short: 'D',
    on: true,
    env: ['U2F_DISABLED'],
    profileKey: 'google_config.u2f_disabled',
    parse: truth,
    initial: false,
    group: 'Google sign-in',
    help: 'Kept for aws-google-auth: a terminal never uses the security key',
  }),
  printCreds: option({
    long: 'print-creds',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'Output and files',
    help: 'Print an export line with the credentials to standard output',
    excludes: ['all-profiles'],
  }),
  quiet: option({
    long: 'quiet',
    short: 'q',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'Output and files',
    help: 'Do not tell the role and the expiration',
  }),
  saveFailureHtml: option({
    long: 'save-failure-html',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'Output and files',
    help: 'Save the page at which a sign-in fails, without its secrets',
  }),
  saveSamlFlow: option({
    long: 'save-saml-flow',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'Output and files',
    help: 'Save every page and request of the sign-in, without their secrets',
  }),
  redactIds: option({
    long: 'redact-ids',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'Output and files',
    help: 'Take the IDP ID and the SP ID out of what is saved, too',
  }),
  nameTemplate: option({
    long: 'name-template',
    placeholder: 'TEXT',
    env: ['GAUTH_NAME_TEMPLATE'],
    parse: nameTemplate,
    initial: '{alias}-{role}',
    group: 'This command',
    help: 'How the profiles are named, of {alias}, {account} and {role} (default: {alias}-{role})',
  }),
  allRoles: option({
    long: 'all-roles',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Make a profile of every role, without asking which',
  }),
  credentialProcess: option({
    long: 'credential-process',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Have AWS tools run gauth for credentials, instead of keeping them in the credentials file',
  }),
  sourceProfile: option({
    long: 'source-profile',
    placeholder: 'NAME',
    env: [],
    parse: text,
    initial: undefined,
    group: 'This command',
    help: 'Make a profile for a second role, to be assumed with the credentials of this one',
  }),
  fix: option({
    long: 'fix',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Mend what can be mended safely',
  }),
  all: option({
    long: 'all',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Forget every account, not only that of the profile',
  }),
  json: option({
    long: 'json',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Print JSON, for programs',
  }),
  shell: option<Shell | undefined>({
    long: 'shell',
    placeholder: 'NAME',
    env: ['GAUTH_SHELL'],
    parse: oneOf(SHELLS),
    choices: SHELLS,
    initial: undefined,
    group: 'This command',
    help: `Whose lines to print: ${SHELLS.join(', ')} (default: the shell from which gauth is run)`,
  }),
  unset: option({
    long: 'unset',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Print the lines that take the variables away again',
  }),
  service: option({
    long: 'service',
    placeholder: 'NAME',
    env: [],
    parse: serviceName,
    initial: undefined,
    group: 'This command',
    help: 'The page to open, as in the address of the console: s3, ec2, cloudwatch, ...',
  }),
  url: option({
    long: 'url',
    on: true,
    env: [],
    parse: truth,
    initial: false,
    group: 'This command',
    help: 'Print the address instead of opening it; it lets in whoever has it, within 15 minutes',
  }),
  minTtl: option({
    long: 'min-ttl',
    placeholder: 'SECONDS',
    env: [],
    parse: wholeSeconds(0, LONGEST),
    initial: MIN_TTL,
    group: 'This command',
    help: `Renew a kept session when no more than this is left of it, at the latest at its half (default: ${MIN_TTL})`,
  }),
  timeout: option({
    long: 'timeout',
    placeholder: 'SECONDS',
    env: [],
    parse: wholeSeconds(1, 3600),
    // The AWS SDK for Go gives up after a minute.
    initial: 55,
    group: 'This command',
    help: 'Give up after this long, questions included (default: 55)',
  }),
  log: option<LogLevel>({
    long: 'log',
    short: 'l',
    placeholder: 'LEVEL',
    env: [],
    parse: oneOf(LOG_LEVELS),
    choices: LOG_LEVELS,
    initial: 'warn',
    group: 'Output and files',
    help: `How much to tell on standard error: ${LOG_LEVELS.join(', ')} (default: warn)`,
  }),
};

export type OptionName = keyof typeof OPTIONS;

/** What a run is asked to do, after flag > environment > profile > default. */
export type Settings = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends Option<infer Value> ? Value : never;
};

/** Every option name, in the order of the table. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The options of a sign-in: all but those that single commands have for themselves. */
export const SIGN_IN_OPTIONS = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'This command');

/** The options that decide which session is meant. */
export const DECIDING_OPTIONS = OPTION_NAMES.filter((name) => optionRow(name).decides === true);

/** The row of an option, whatever the type of its value. */
export function optionRow(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}
