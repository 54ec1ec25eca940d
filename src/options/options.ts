/** The table of options: flags, environment variables, profile key, default, help text and parser of each. */
import { MIN_TTL } from '../aws/session-cache-file.ts';
import { SECOND_STEPS } from '../google/challenge-methods.ts';
import type { LogLevel } from '../ports.ts';
import { type Shell, SHELLS } from '../shell.ts';
import {
  accountIds,
  MAX_DURATION,
  type Parser,
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
  typedEmail,
  typedIdpId,
  typedRegion,
  typedSpId,
  booleanValue,
  wholeSeconds,
  wordList,
} from './parsers.ts';

export interface Option<Value> {
  /** The long flag without dashes. */
  readonly long: string;
  readonly short?: string;
  /** The placeholder for the flag's value in the help. A flag without one is a switch. */
  readonly placeholder?: string;
  /** The flag may be repeated. Its values are joined with spaces and parsed as one text, which is how a variable or profile key holds several values. */
  readonly repeatable?: true;
  /** The value that a switch sets. */
  readonly on?: Value;
  /** Environment variables. The first that is set and not empty wins. */
  readonly env: readonly string[];
  /** The key in `[profile NAME]` of the config file. */
  readonly profileKey?: string;
  readonly parse: Parser<Value>;
  /** The stricter check of what the user types at a prompt. */
  readonly parseTyped?: Parser<Value>;
  /** The allowed values, if they can be listed. */
  readonly choices?: readonly string[];
  readonly initial: Value;
  readonly group: Group;
  /** The text for `--help`. It ends with `(default: ...)` if there is one. */
  readonly help: string;
  /** The long flags that cannot be combined with this one. */
  readonly excludes?: readonly string[];
  /** Whether the value is part of the cache key: a cached session was requested with the same value. */
  readonly inCacheKey?: true;
}

export type Group =
  | 'Who and where'
  | 'Role and session'
  | 'Google sign-in'
  | 'Output and files'
  /** Options of single commands that a sign-in does not have. */
  | 'This command';

/** Where the Google session is saved: encrypted with a key in the keychain, in a plain file with mode 0600, or nowhere. */
export type GoogleSessionStorage = 'keychain' | 'file' | 'never';
const GOOGLE_SESSION_STORAGES: readonly GoogleSessionStorage[] = ['keychain', 'file', 'never'];

/** Where to sign in. `auto` tries the terminal first, and the browser if the terminal is not enough. */
export type SignInMethod = 'auto' | 'terminal' | 'browser';
const SIGN_IN_METHODS: readonly SignInMethod[] = ['auto', 'terminal', 'browser'];

/** Time limit for a sign-in in the browser, in seconds. */
const BROWSER_TIMEOUT = 300;

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn'];

/** A row of the table, type-checked with its own value type. */
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
    parseTyped: typedEmail,
    initial: undefined,
    group: 'Who and where',
    help: 'Your Google Workspace e-mail address',
    inCacheKey: true,
  }),
  idpId: option({
    long: 'idp-id',
    short: 'I',
    placeholder: 'ID',
    env: ['GOOGLE_IDP_ID'],
    profileKey: 'google_config.google_idp_id',
    parse: text,
    parseTyped: typedIdpId,
    initial: undefined,
    group: 'Who and where',
    help: "Google's ID of your organisation (idpid), like C01abc2de",
    inCacheKey: true,
  }),
  spId: option({
    long: 'sp-id',
    short: 'S',
    placeholder: 'ID',
    env: ['GOOGLE_SP_ID'],
    profileKey: 'google_config.google_sp_id',
    parse: text,
    parseTyped: typedSpId,
    initial: undefined,
    group: 'Who and where',
    help: "Google's ID of the AWS app (spid), a number",
    inCacheKey: true,
  }),
  region: option({
    long: 'region',
    short: 'R',
    placeholder: 'REGION',
    env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    profileKey: 'region',
    parse: regionName,
    parseTyped: typedRegion,
    initial: undefined,
    group: 'Who and where',
    help: 'AWS region, like us-east-1',
  }),
  profile: option({
    long: 'profile',
    short: 'p',
    placeholder: 'NAME',
    env: ['AWS_PROFILE'],
    parse: profileName,
    initial: 'sts',
    group: 'Who and where',
    help: 'AWS profile to read settings from and to write (default: sts)',
  }),
  allProfiles: option({
    long: 'all-profiles',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Refresh every profile of the Google account with one sign-in',
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
    help: 'Role to assume',
    excludes: ['ask-role', 'all-profiles'],
    inCacheKey: true,
  }),
  principalArn: option({
    long: 'principal-arn',
    placeholder: 'ARN',
    env: ['GAUTH_PRINCIPAL_ARN'],
    profileKey: 'gauth_principal_arn',
    parse: text,
    initial: undefined,
    group: 'Role and session',
    help: 'SAML provider of the role; needed only if the role trusts several, or if the assertion is encrypted',
    inCacheKey: true,
  }),
  askRole: option({
    long: 'ask-role',
    short: 'a',
    on: true,
    env: ['AWS_ASK_ROLE'],
    profileKey: 'google_config.ask_role',
    parse: booleanValue,
    initial: false,
    group: 'Role and session',
    help: 'Ask which role to assume, even if one is configured (--no-ask-role: do not)',
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
    help: 'Offer only roles whose ARN contains this text, such as an account number',
    inCacheKey: true,
  }),
  resolveAliases: option({
    long: 'resolve-aliases',
    on: true,
    env: ['RESOLVE_AWS_ALIASES'],
    parse: booleanValue,
    initial: false,
    group: 'Role and session',
    help: 'Show account aliases in the list of roles',
  }),
  duration: option({
    long: 'duration',
    short: 'd',
    placeholder: 'TIME',
    env: ['DURATION'],
    profileKey: 'google_config.duration',
    parse: sessionLength,
    initial: MAX_DURATION,
    group: 'Role and session',
    help: 'Lifetime of the credentials, 15m to 12h, or in seconds (default: as long as the role allows)',
    excludes: ['auto-duration'],
  }),
  autoDuration: option({
    long: 'auto-duration',
    on: true,
    env: ['AUTO_DURATION'],
    parse: booleanValue,
    initial: false,
    group: 'Role and session',
    help: 'Request the longest lifetime that the role allows, ignoring the profile',
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
    help: 'Session policy (JSON) that limits what the credentials may do',
    inCacheKey: true,
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
    help: 'Managed policy to use as a session policy; may be repeated',
    inCacheKey: true,
  }),
  allowedAccounts: option<readonly string[]>({
    long: 'allowed-account',
    placeholder: 'ID',
    repeatable: true,
    env: ['GAUTH_ALLOWED_ACCOUNTS'],
    profileKey: 'gauth_allowed_accounts',
    parse: accountIds,
    initial: [],
    group: 'Role and session',
    help: 'Refuse credentials of other AWS accounts; may be repeated (default: all accounts are allowed)',
    inCacheKey: true,
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
    help: 'Role to assume with the credentials of the previous one (role chaining, one hour at most); may be repeated',
    inCacheKey: true,
  }),
  keyring: option({
    long: 'keyring',
    short: 'k',
    on: true,
    env: ['GAUTH_KEYRING'],
    profileKey: 'google_config.keyring',
    parse: booleanValue,
    initial: false,
    group: 'Google sign-in',
    help: 'Save the Google password in the system keychain (--no-keyring: no longer)',
  }),
  keepSession: option({
    long: 'keep-session',
    placeholder: 'WHERE',
    env: ['GAUTH_KEEP_SESSION'],
    profileKey: 'gauth_keep_session',
    parse: oneOf(GOOGLE_SESSION_STORAGES),
    choices: GOOGLE_SESSION_STORAGES,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Where to save the Google session: keychain (an encrypted file, its key in the system keychain), file (not encrypted, mode 0600) or never (default: keychain)',
  }),
  session: option({
    long: 'no-session',
    on: false,
    env: [],
    parse: booleanValue,
    initial: true,
    group: 'Google sign-in',
    help: 'Do not use or save the Google session in this run',
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
    help: `Preferred 2-Step Verification method: ${SECOND_STEPS.join(', ')}`,
  }),
  mfaCode: option({
    long: 'mfa-code',
    placeholder: 'CODE',
    env: ['GOOGLE_MFA_CODE'],
    parse: secret,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Verification code; used once, and prompted for if Google refuses it',
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
    help: "Command that prints the verification code on its first line, such as 'op item get Google --otp'",
    excludes: ['mfa-code'],
  }),
  signIn: option<SignInMethod>({
    long: 'sign-in',
    placeholder: 'METHOD',
    env: ['GAUTH_SIGN_IN'],
    profileKey: 'gauth_sign_in',
    parse: oneOf(SIGN_IN_METHODS),
    choices: SIGN_IN_METHODS,
    initial: 'auto',
    group: 'Google sign-in',
    help: 'Where to sign in: terminal, browser, or auto (terminal first, browser if needed) (default: auto)',
  }),
  browserPath: option({
    long: 'browser',
    placeholder: 'NAME',
    env: ['GAUTH_BROWSER'],
    profileKey: 'gauth_browser_path',
    parse: text,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Browser to sign in with: chrome, firefox, edge, brave, ... or a path (default: your default browser)',
  }),
  browserArgs: option<readonly string[]>({
    long: 'browser-arg',
    placeholder: 'ARGUMENT',
    repeatable: true,
    env: ['GAUTH_BROWSER_ARGS'],
    profileKey: 'gauth_browser_args',
    parse: wordList,
    initial: [],
    group: 'Google sign-in',
    help: 'Argument for the browser, such as --browser-arg=--lang=de; may be repeated',
  }),
  browserTimeout: option({
    long: 'browser-timeout',
    placeholder: 'TIME',
    env: ['GAUTH_BROWSER_TIMEOUT'],
    parse: wholeSeconds(10, 3600),
    initial: BROWSER_TIMEOUT,
    group: 'Google sign-in',
    help: 'Time limit for a sign-in in the browser (default: 5m)',
  }),
  samlAssertion: option({
    long: 'saml-assertion',
    placeholder: 'TEXT',
    env: [],
    parse: secret,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Use this SAML response instead of signing in; - reads it from standard input',
  }),
  cache: option({
    long: 'no-cache',
    on: false,
    env: [],
    parse: booleanValue,
    initial: true,
    group: 'Google sign-in',
    help: 'Do not use or save the cached SAML response',
  }),
  bgResponse: option({
    long: 'bg-response',
    placeholder: 'TEXT',
    env: ['GOOGLE_BG_RESPONSE'],
    profileKey: 'google_config.bg_response',
    parse: text,
    initial: undefined,
    group: 'Google sign-in',
    help: 'Value of the bgresponse field sent to Google (default: js_enabled)',
  }),
  disableU2f: option({
    long: 'disable-u2f',
    short: 'D',
    on: true,
    env: ['U2F_DISABLED'],
    profileKey: 'google_config.u2f_disabled',
    parse: booleanValue,
    initial: false,
    group: 'Google sign-in',
    help: 'Accepted for compatibility with aws-google-auth; has no effect',
  }),
  printCreds: option({
    long: 'print-creds',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'Output and files',
    help: 'Print the credentials as a shell export line on standard output',
    excludes: ['all-profiles'],
  }),
  quiet: option({
    long: 'quiet',
    short: 'q',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'Output and files',
    help: 'Do not print the role and the expiration',
  }),
  saveFailureHtml: option({
    long: 'save-failure-html',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'Output and files',
    help: 'Save the page at which the sign-in failed, with secrets removed',
  }),
  saveSamlFlow: option({
    long: 'save-saml-flow',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'Output and files',
    help: 'Save every page and request of the sign-in, with secrets removed',
  }),
  redactIds: option({
    long: 'redact-ids',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'Output and files',
    help: 'Also remove the IDP ID and SP ID from saved pages',
  }),
  nameTemplate: option({
    long: 'name-template',
    placeholder: 'TEXT',
    env: ['GAUTH_NAME_TEMPLATE'],
    parse: nameTemplate,
    initial: '{alias}-{role}',
    group: 'This command',
    help: 'Template for profile names, using {alias}, {account} and {role} (default: {alias}-{role})',
  }),
  allRoles: option({
    long: 'all-roles',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Create a profile for every role, without asking',
  }),
  credentialProcess: option({
    long: 'credential-process',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Let AWS tools run gauth for credentials instead of writing them to the credentials file',
  }),
  sourceProfile: option({
    long: 'source-profile',
    placeholder: 'NAME',
    env: [],
    parse: text,
    initial: undefined,
    group: 'This command',
    help: 'Create a profile for a chained role, assumed with the credentials of this profile',
  }),
  fix: option({
    long: 'fix',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Fix what can be fixed safely',
  }),
  all: option({
    long: 'all',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: "Remove the data of every account, not only the profile's",
  }),
  yes: option({
    long: 'yes',
    short: 'y',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Do not ask for confirmation',
  }),
  json: option({
    long: 'json',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Print the result as JSON',
  }),
  shell: option<Shell | undefined>({
    long: 'shell',
    placeholder: 'NAME',
    env: ['GAUTH_SHELL'],
    parse: oneOf(SHELLS),
    choices: SHELLS,
    initial: undefined,
    group: 'This command',
    help: `Output format: ${SHELLS.join(', ')} (default: the shell that runs gauth)`,
  }),
  off: option({
    long: 'off',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Take the credentials out of the shell',
  }),
  short: option({
    long: 'short',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Print one profile and the time left, such as "sts-temp 42m", for shell prompts',
  }),
  unset: option({
    long: 'unset',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Print commands that unset the variables',
  }),
  server: option({
    long: 'server',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Give the program credentials that renew themselves, through a server on 127.0.0.1',
  }),
  tokenVariable: option({
    long: 'token-variable',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: "Pass the server's token in a variable too, for AWS tools from before 2024, which do not read the file",
  }),
  service: option({
    long: 'service',
    placeholder: 'NAME',
    env: [],
    parse: serviceName,
    initial: undefined,
    group: 'This command',
    help: "Console page to open, named as in the console's URL: s3, ec2, cloudwatch, ...",
  }),
  url: option({
    long: 'url',
    on: true,
    env: [],
    parse: booleanValue,
    initial: false,
    group: 'This command',
    help: 'Print the sign-in URL instead of opening it; anyone who has it can use it for 15 minutes',
  }),
  minTtl: option({
    long: 'min-ttl',
    placeholder: 'TIME',
    env: [],
    parse: wholeSeconds(0, MAX_DURATION),
    initial: MIN_TTL,
    group: 'This command',
    help: 'Renew when less than this remains; for short sessions, half their lifetime (default: 15m)',
  }),
  timeout: option({
    long: 'timeout',
    placeholder: 'TIME',
    env: [],
    parse: wholeSeconds(1, 3600),
    // The AWS SDK for Go gives up after a minute.
    initial: 55,
    group: 'This command',
    help: 'Time limit for the whole run, prompts included (default: 55s)',
  }),
  errorFormat: option<'text' | 'json'>({
    long: 'error-format',
    placeholder: 'FORMAT',
    env: ['GAUTH_ERROR_FORMAT'],
    parse: oneOf(['text', 'json']),
    choices: ['text', 'json'],
    initial: 'text',
    group: 'Output and files',
    help: 'How to print errors: text, or json, which is one object on one line (default: text)',
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
    help: `Log level on standard error: ${LOG_LEVELS.join(', ')} (default: warn)`,
  }),
};

export type OptionName = keyof typeof OPTIONS;

/** The settings of a run, resolved in the order flag, environment, profile, default. */
export type Settings = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends Option<infer Value> ? Value : never;
};

/** Every option name, in the order of the table. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The options of a sign-in: all but those of single commands. */
export const SIGN_IN_OPTIONS = OPTION_NAMES.filter((name) => OPTIONS[name].group !== 'This command');

/** The options whose values make up the cache key of a session. */
export const CACHE_KEY_OPTIONS = OPTION_NAMES.filter((name) => optionRow(name).inCacheKey === true);

/** The row of an option, without the type of its value. */
export function optionRow(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}
