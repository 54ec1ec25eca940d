/**
 * A session in the formats of other programs: profile keys of the two AWS files, a shell export line, and messages for the
 * user. Pure.
 */
import type { Session } from '../aws/session.ts';
import type { Settings } from '../options/options.ts';
import { oneLine, shellQuote } from '../text.ts';

type Entries = readonly (readonly [key: string, value: string])[];

/**
 * The keys of `[profile NAME]` in the config file, in the order and spelling of aws-google-auth, so that either tool can
 * refresh the profile.
 */
export function configEntries(settings: Settings, session: Session): Entries {
  // A chained role is limited to one hour, which says nothing about the first role.
  const isDetermined = settings.autoDuration && settings.chain.length === 0;
  const duration = isDetermined ? session.durationSeconds : settings.duration;
  return [
    // To AWS tools, None would be a region.
    ...(settings.region === undefined ? [] : [['region', settings.region] as const]),
    ['google_config.ask_role', pythonBoolean(settings.askRole)],
    ['google_config.keyring', pythonBoolean(settings.keyring)],
    ['google_config.duration', String(duration)],
    ['google_config.google_idp_id', settings.idpId ?? 'None'],
    ['google_config.role_arn', session.roleArn],
    ['google_config.google_sp_id', settings.spId ?? 'None'],
    ['google_config.u2f_disabled', pythonBoolean(settings.disableU2f)],
    ['google_config.google_username', settings.username ?? 'None'],
    ['google_config.bg_response', settings.bgResponse ?? 'None'],
    ...gauthEntries(settings),
  ];
}

/**
 * Settings that aws-google-auth has no key for. They are written only if set, so that a profile without them is byte for
 * byte that of aws-google-auth.
 */
function gauthEntries(settings: Settings): Entries {
  return [
    ['gauth_principal_arn', settings.principalArn],
    ['gauth_keep_session', settings.keepSession],
    ['gauth_mfa', settings.mfa],
    ['gauth_mfa_command', settings.mfaCommand],
    ['gauth_policy', settings.policy],
    ['gauth_policy_arns', joined(settings.policyArns)],
    ['gauth_chain', joined(settings.chain)],
    ['gauth_allowed_accounts', joined(settings.allowedAccounts)],
    ['gauth_sign_in', settings.signIn === 'auto' ? undefined : settings.signIn],
    ['gauth_browser_path', settings.browserPath],
    ['gauth_browser_args', joined(settings.browserArgs)],
  ].flatMap(([key, value]) => (key === undefined || value === undefined ? [] : [[key, value]]));
}

/** Several values in one key, separated by spaces; undefined if there are none. */
function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(' ');
}

/**
 * The keys of `[NAME]` in the credentials file. The token is written twice: `aws_security_token` is for old versions of
 * boto.
 */
export function credentialsEntries(session: Session): Entries {
  return [
    ['aws_access_key_id', session.accessKeyId],
    ['aws_secret_access_key', session.secretAccessKey.reveal()],
    ['aws_security_token', session.sessionToken.reveal()],
    ['aws_session_expiration', compactTime(session.expiration)],
    ['aws_session_token', session.sessionToken.reveal()],
  ];
}

/** The keys of `credentialsEntries`. */
export const CREDENTIALS_KEYS = [
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_security_token',
  'aws_session_expiration',
  'aws_session_token',
];

/** The message for assuming a role and its chained roles. */
export function assumingLine(roleArn: string, { chain }: Pick<Settings, 'chain'>): string {
  return `Assuming ${[roleArn, ...chain].join(', then ')}\n`;
}

/** The message for a profile that can be used, with a command that uses it. */
export function readyLine(profile: string): string {
  const option = profile === 'default' ? '' : ` --profile ${shellQuote(profile)}`;
  return `Profile ${oneLine(profile)} is ready: aws sts get-caller-identity${option}\n`;
}

/** One line for `eval` in a POSIX shell, as aws-google-auth prints it. */
export function exportLine(session: Session): string {
  const variables = [
    ['AWS_ACCESS_KEY_ID', session.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', session.secretAccessKey.reveal()],
    ['AWS_SESSION_TOKEN', session.sessionToken.reveal()],
    ['AWS_SESSION_EXPIRATION', compactTime(session.expiration)],
  ] as const;
  return `export ${variables.map(([name, value]) => `${name}=${shellQuoted(value)}`).join(' ')}\n`;
}

/** `2026-11-23 16:00:48+00:00`: local time with its offset from UTC. */
export function localTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString();
  const minutes = Math.abs(offset);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return `${local.slice(0, 10)} ${local.slice(11, 19)}${zone}`;
}

/** `2030-01-02T03:04:05+0000`, Python's `%Y-%m-%dT%H:%M:%S%z`. */
export function compactTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+0000`;
}

function pythonBoolean(value: boolean): string {
  return value ? 'True' : 'False';
}

function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
