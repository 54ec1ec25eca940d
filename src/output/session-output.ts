/** A session as other programs want it: keys of the two files, a line for the shell, words for the person. Pure. */
import type { Session } from '../aws/session.ts';
import type { Settings } from '../options/options.ts';

type Entries = readonly (readonly [key: string, value: string])[];

/** The keys of `[profile NAME]` in the config file, in aws-google-auth's order and spelling, so that either tool refreshes it. */
export function configEntries(settings: Settings, session: Session): Entries {
  // A further role is had for an hour at most, which says nothing of the first one.
  const isFound = settings.autoDuration && settings.chain.length === 0;
  const duration = isFound ? session.durationSeconds : settings.duration;
  return [
    // None would be a region to AWS's tools.
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
    ...ownEntries(settings),
  ];
}

/** What aws-google-auth has no key for; written only when set, so that a profile without them is its own, byte for byte. */
function ownEntries(settings: Settings): Entries {
  return [
    ['gauth_principal_arn', settings.principalArn],
    ['gauth_keep_session', settings.keepSession],
    ['gauth_mfa', settings.mfa],
    ['gauth_mfa_command', settings.mfaCommand],
    ['gauth_policy', settings.policy],
    ['gauth_policy_arns', listed(settings.policyArns)],
    ['gauth_chain', listed(settings.chain)],
    ['gauth_sign_in', settings.signIn === 'auto' ? undefined : settings.signIn],
    ['gauth_browser_path', settings.browserPath],
    ['gauth_browser_args', listed(settings.browserArgs)],
  ].flatMap(([key, value]) => (key === undefined || value === undefined ? [] : [[key, value]]));
}

/** How a key holds several values: with blanks between; nothing where there are none. */
function listed(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(' ');
}

/** The keys of `[NAME]` in the credentials file. The token stands twice: `aws_security_token` is for old boto. */
export function credentialsEntries(session: Session): Entries {
  return [
    ['aws_access_key_id', session.accessKeyId],
    ['aws_secret_access_key', session.secretAccessKey.reveal()],
    ['aws_security_token', session.sessionToken.reveal()],
    ['aws_session_expiration', compactTime(session.expiration)],
    ['aws_session_token', session.sessionToken.reveal()],
  ];
}

/** What is said when a role is assumed, and with it those behind it. */
export function assumingLine(roleArn: string, { chain }: Pick<Settings, 'chain'>): string {
  return `Assuming ${[roleArn, ...chain].join(', then ')}\n`;
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
