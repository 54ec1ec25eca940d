/**
 * Checks of what is in the AWS files: credentials that hide others, and text that tools reject or parse differently.
 * Pure.
 */
import { expirationFrom } from '../aws/expiration.ts';
import {
  type Entry,
  entriesOf,
  type Ini,
  isReadByAll,
  keyValues,
  lenientProfileNameOf,
  parseIni,
  profileNameOf,
  hasByteOrderMark,
} from '../aws/ini.ts';
import { GauthError } from '../errors.ts';
import { shellQuote, pluralise, oneLine } from '../text.ts';
import type { Finding } from './finding.ts';

/** The text of a file, with its path for messages. */
export interface Text {
  readonly path: string;
  readonly text: string;
}

/** The keys of static credentials; the last three are those of temporary credentials. */
const STATIC_KEYS = [
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'aws_security_token',
  'aws_session_expiration',
];

/** Does not throw: a file that cannot be parsed is a finding. */
export function checkProfiles(config: Text, credentials: Text, now: Date): readonly Finding[] {
  const [inConfig, inCredentials] = [parse(config), parse(credentials)];
  const findings = [inConfig, inCredentials].flatMap((each) =>
    'finding' in each
      ? [each.finding]
      : [...checkByteOrderMark(each), ...checkHeaders(each, each === inConfig), ...checkDuplicates(each)],
  );
  if ('finding' in inConfig || 'finding' in inCredentials) return findings;
  const names = new Set(
    inConfig.sections.flatMap(({ header }) =>
      header === 'default' ? header : (profileNameOf(header) ?? []),
    ),
  );
  for (const name of names) {
    const keys =
      keyValues(inConfig, name === 'default' ? name : `profile ${name}`) ??
      keyValues(inConfig, `profile '${name}'`);
    if (keys)
      findings.push(
        ...checkProfile({ name, config: keys, credentials: keyValues(inCredentials, name, true) }, now),
      );
  }
  if (findings.length > 0) return findings;
  return [
    {
      check: 'files',
      level: 'fine',
      text: `${oneLine(config.path)} and the credentials file: ${pluralise(names.size, 'profile')}`,
    },
  ];
}

function parse({ path, text }: Text): Ini | { readonly finding: Finding } {
  try {
    return parseIni(text, path);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    const finding: Finding = {
      check: 'damaged-file',
      level: 'problem',
      text: oneLine(error.message),
      hint: 'correct that line in an editor: AWS tools reject the whole file, or parse it differently',
    };
    return { finding };
  }
}

/** Written by Windows editors. */
function checkByteOrderMark({ text, path }: Ini): readonly Finding[] {
  if (!hasByteOrderMark(text)) return [];
  return [
    {
      check: 'byte-order-mark',
      level: 'problem',
      text: `${oneLine(path)} starts with a byte order mark: the AWS CLI rejects the file`,
      hint: `save it as UTF-8 without one: sed -i '1s/^\\xEF\\xBB\\xBF//' ${oneLine(path)}`,
    },
  ];
}

/** Section headers that AWS tools parse differently. */
function checkHeaders({ text, path, sections }: Ini, isConfig: boolean): readonly Finding[] {
  return sections.flatMap(({ header, start, body }) => {
    const why = headerProblem(header, text.slice(start, body), isConfig);
    if (why === undefined) return [];
    return [
      {
        check: 'odd-header',
        level: 'warning',
        text: `${oneLine(path)}: line ${String(lineOf(text, start))} has a header that ${why}`,
        hint: `correct that line in an editor, like ${isConfig ? '[profile sts-temp]' : '[sts-temp]'}`,
      },
    ];
  });
}

function headerProblem(header: string, line: string, isConfig: boolean): string | undefined {
  // The SDK removes comments like this.
  if (!/\]$/.test(line.replace(/\s[;#].*/s, '').trim()))
    return 'the AWS SDK for JavaScript does not recognise, so that its keys become part of the section above';
  const [loose, profile] = isConfig ? [lenientProfileNameOf(header), profileNameOf(header)] : [];
  if (loose !== undefined) return `only the AWS CLI reads as profile ${oneLine(loose)}`;
  // A name that it cannot be read at all is reported when the profile is created.
  const isSpaced =
    profile !== undefined && isReadByAll(profile) && !/^profile\s(["']?)[^\s"']+\1$/.test(header);
  return isSpaced ? `the AWS SDK for JavaScript does not read as profile ${oneLine(profile)}` : undefined;
}

/** botocore rejects the whole file for one of these; other tools merge them. */
function checkDuplicates(ini: Ini): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, number>();
  for (const section of ini.sections) {
    const first = seen.get(section.header);
    const line = lineOf(ini.text, section.start);
    if (first === undefined) seen.set(section.header, line);
    else findings.push(duplicate(ini, `[${section.header}]`, first, line, 'merge its keys into one section'));
    findings.push(...duplicateKeys(ini, entriesOf(ini.text, section)));
  }
  return findings;
}

function duplicateKeys(ini: Ini, entries: readonly Entry[]): readonly Finding[] {
  const seen = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    const first = seen.get(entry.key.toLowerCase());
    seen.set(entry.key.toLowerCase(), entry);
    if (first === undefined) return [];
    const [before, line] = [lineOf(ini.text, first.start), lineOf(ini.text, entry.start)];
    return [duplicate(ini, entry.key, before, line, 'delete one of them')];
  });
}

function duplicate(ini: Ini, what: string, first: number, line: number, hint: string): Finding {
  return {
    check: 'duplicate',
    level: 'problem',
    text: `${oneLine(ini.path)}: ${oneLine(what)} is defined twice, in lines ${String(first)} and ${String(line)}: the AWS CLI rejects the file`,
    hint,
  };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

interface Keys {
  readonly name: string;
  readonly config: ReadonlyMap<string, string>;
  readonly credentials: ReadonlyMap<string, string> | undefined;
}

function checkProfile(profile: Keys, now: Date): readonly Finding[] {
  return [...checkPrecedence(profile, now), ...checkOtherSources(profile), ...checkNone(profile)];
}

/**
 * Other sources of credentials in a profile of gauth. The AWS CLI and boto3 use them in this order: IAM Identity Center,
 * credentials in the files, `aws login`, credential_process (facts, "Added in November 2026").
 */
function checkOtherSources({ name, config, credentials }: Keys): readonly Finding[] {
  const isOurs =
    config.has('google_config.google_idp_id') || /\bgauth\b/.test(config.get('credential_process') ?? '');
  if (!isOurs) return [];
  const hasKeys = credentials?.has('aws_access_key_id') === true || config.has('aws_access_key_id');
  const finding = (key: string, wins: string, hint: string): Finding => ({
    check: 'other-source',
    level: 'warning',
    text: `profile ${oneLine(name)} has ${key} beside gauth's settings: AWS tools use ${wins}`,
    hint,
  });
  const remove = (key: string): string =>
    `keep one of the two in each profile: remove ${key} from profile ${oneLine(name)}, or gauth's settings`;
  const sso = ['sso_session', 'sso_start_url'].find((key) => config.has(key));
  if (sso !== undefined) return [finding(sso, 'IAM Identity Center', remove(sso))];
  if (!config.has('login_session')) return [];
  return [
    hasKeys
      ? finding(
          'login_session',
          "gauth's credentials while they are there, else aws login",
          remove('login_session'),
        )
      : finding('login_session', 'aws login, and not its credential_process', remove('login_session')),
  ];
}

/** Static credentials take precedence over a credential_process in every AWS tool, even when they have expired. */
function checkPrecedence({ name, config, credentials }: Keys, now: Date): readonly Finding[] {
  if (!config.has('credential_process')) return [];
  return (['config', 'credentials'] as const).flatMap((file) => {
    const keys = file === 'config' ? config : credentials;
    return keys?.has('aws_access_key_id') === true ? [precedenceFinding(name, file, keys, now)] : [];
  });
}

function precedenceFinding(
  name: string,
  file: 'config' | 'credentials',
  keys: ReadonlyMap<string, string>,
  now: Date,
): Finding {
  const check = 'shadowed-process';
  const where = `profile ${oneLine(name)} has a credential_process, but the credentials in the ${file} file take precedence`;
  if (!keys.has('aws_session_token')) {
    return {
      check,
      level: 'warning',
      text: `${where}; they are long-term access keys`,
      hint: `delete one of the two: aws_access_key_id and aws_secret_access_key of profile ${oneLine(name)}, or its credential_process`,
    };
  }
  const fix = { kind: 'profile', name, changes: { [file]: { set: [], remove: STATIC_KEYS } } } as const;
  const hint = 'gauth doctor --fix removes them';
  const end = expirationFrom(keys.get('aws_session_expiration'));
  if (end === undefined || end > now) {
    const until = end === undefined ? '' : ` until ${end.toISOString()}`;
    return { check, level: 'warning', text: `${where}${until}`, hint, fix };
  }
  return { check, level: 'problem', text: `${where}, although they have expired`, hint, fix };
}

/** aws-google-auth writes None for unknown values. */
function checkNone({ name, config }: Keys): readonly Finding[] {
  const findings: Finding[] = [];
  if (config.get('region') === 'None') {
    findings.push({
      check: 'none-value',
      level: 'problem',
      text: `profile ${oneLine(name)} has region = None, which AWS tools use as a region name`,
      hint: `gauth doctor --fix removes it; then set one: aws configure set region us-east-1 --profile ${shellQuote(name)}`,
      fix: { kind: 'profile', name, changes: { config: { set: [], remove: ['region'] } } },
    });
  }
  const unknown = ['google_username', 'google_idp_id', 'google_sp_id'].filter(
    (key) => config.get(`google_config.${key}`) === 'None',
  );
  if (unknown.length > 0) {
    findings.push({
      check: 'none-value',
      level: 'note',
      text: `profile ${oneLine(name)} has no ${unknown.join(', ')}, so each refresh prompts for it`,
      hint: `gauth -p ${shellQuote(name)} saves your answer`,
    });
  }
  return findings;
}
