/** What is wrong within AWS's two files: keys that win over others, what tools refuse or read in different ways. Pure. */
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

/** A file's text, and its path for messages. */
export interface Text {
  readonly path: string;
  readonly text: string;
}

/** The static keys of a profile; the last three come with temporary ones. */
const STATIC_KEYS = [
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'aws_security_token',
  'aws_session_expiration',
];

/** Throws nothing: a file that cannot be understood is a finding. */
export function checkProfiles(config: Text, credentials: Text, now: Date): readonly Finding[] {
  const [inConfig, inCredentials] = [read(config), read(credentials)];
  const findings = [inConfig, inCredentials].flatMap((each) =>
    'finding' in each
      ? [each.finding]
      : [...mark(each), ...oddHeaders(each, each === inConfig), ...twice(each)],
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

function read({ path, text }: Text): Ini | { readonly finding: Finding } {
  try {
    return parseIni(text, path);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    const finding: Finding = {
      check: 'damaged-file',
      level: 'problem',
      text: oneLine(error.message),
      mend: 'mend that line by hand: AWS tools refuse the whole file, or read it in different ways',
    };
    return { finding };
  }
}

/** Editors of Windows write it. */
function mark({ text, path }: Ini): readonly Finding[] {
  if (!hasByteOrderMark(text)) return [];
  return [
    {
      check: 'byte-order-mark',
      level: 'problem',
      text: `${oneLine(path)} starts with a byte order mark; the AWS CLI refuses the file`,
      mend: `save it as UTF-8 without one: sed -i '1s/^\\xEF\\xBB\\xBF//' ${oneLine(path)}`,
    },
  ];
}

/** Headers of profiles that the tools do not agree about. */
function oddHeaders({ text, path, sections }: Ini, isConfig: boolean): readonly Finding[] {
  return sections.flatMap(({ header, start, body }) => {
    const why = oddness(header, text.slice(start, body), isConfig);
    if (why === undefined) return [];
    return [
      {
        check: 'odd-header',
        level: 'warning',
        text: `${oneLine(path)}: line ${String(lineOf(text, start))} has a header that ${why}`,
        mend: `mend that line by hand: ${isConfig ? '[profile NAME]' : '[NAME]'}`,
      },
    ];
  });
}

function oddness(header: string, line: string, isConfig: boolean): string | undefined {
  // As the SDK takes a comment away.
  if (!/\]$/.test(line.replace(/\s[;#].*/s, '').trim()))
    return 'the AWS SDK for JavaScript does not take for one, so that its keys go to the section above';
  const [loose, profile] = isConfig ? [lenientProfileNameOf(header), profileNameOf(header)] : [];
  if (loose !== undefined) return `the AWS CLI alone takes for profile ${oneLine(loose)}`;
  // A name that it cannot read in any header is told when the profile is made.
  const isSpaced =
    profile !== undefined && isReadByAll(profile) && !/^profile\s(["']?)[^\s"']+\1$/.test(header);
  return isSpaced ? `the AWS SDK for JavaScript does not take for profile ${oneLine(profile)}` : undefined;
}

/** botocore refuses a whole file for one of these, other tools merge them. */
function twice(ini: Ini): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, number>();
  for (const section of ini.sections) {
    const first = seen.get(section.header);
    const line = lineOf(ini.text, section.start);
    if (first === undefined) seen.set(section.header, line);
    else
      findings.push(
        duplicate(ini, `[${section.header}]`, first, line, 'put its keys together in one section'),
      );
    findings.push(...keysTwice(ini, entriesOf(ini.text, section)));
  }
  return findings;
}

function keysTwice(ini: Ini, entries: readonly Entry[]): readonly Finding[] {
  const seen = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    const first = seen.get(entry.key.toLowerCase());
    seen.set(entry.key.toLowerCase(), entry);
    if (first === undefined) return [];
    const [before, line] = [lineOf(ini.text, first.start), lineOf(ini.text, entry.start)];
    return [duplicate(ini, entry.key, before, line, 'delete one of them')];
  });
}

function duplicate(ini: Ini, what: string, first: number, line: number, mend: string): Finding {
  return {
    check: 'duplicate',
    level: 'problem',
    text: `${oneLine(ini.path)}: ${oneLine(what)} stands twice, in line ${String(first)} and line ${String(line)}; the AWS CLI refuses the file`,
    mend,
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
  return [...shadows(profile, now), ...nones(profile)];
}

/** Static keys win over a credential_process in every AWS tool, even when they have run out. */
function shadows({ name, config, credentials }: Keys, now: Date): readonly Finding[] {
  if (!config.has('credential_process')) return [];
  return (['config', 'credentials'] as const).flatMap((file) => {
    const keys = file === 'config' ? config : credentials;
    return keys?.has('aws_access_key_id') === true ? [shadow(name, file, keys, now)] : [];
  });
}

function shadow(
  name: string,
  file: 'config' | 'credentials',
  keys: ReadonlyMap<string, string>,
  now: Date,
): Finding {
  const check = 'shadowed-process';
  const where = `profile ${oneLine(name)} has a credential_process and, in the ${file} file, keys that win over it`;
  if (!keys.has('aws_session_token')) {
    return {
      check,
      level: 'warning',
      text: `${where}; they are lasting keys`,
      mend: `decide for one: delete aws_access_key_id and aws_secret_access_key of ${oneLine(name)}, or its credential_process`,
    };
  }
  const fix = { kind: 'profile', name, changes: { [file]: { set: [], remove: STATIC_KEYS } } } as const;
  const mend = 'gauth doctor --fix takes them away';
  const end = expirationOf(keys);
  if (end === undefined || end > now) {
    const until = end === undefined ? '' : ` until ${end.toISOString()}`;
    return { check, level: 'warning', text: `${where}${until}`, mend, fix };
  }
  return { check, level: 'problem', text: `${where}, although they have run out`, mend, fix };
}

/** As aws-google-auth writes it: `2030-01-02T03:04:05+0000`, which Date.parse reads with a colon only. */
function expirationOf(keys: ReadonlyMap<string, string>): Date | undefined {
  const text = keys.get('aws_session_expiration')?.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') ?? '';
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** aws-google-auth writes None for what it does not know. */
function nones({ name, config }: Keys): readonly Finding[] {
  const findings: Finding[] = [];
  if (config.get('region') === 'None') {
    findings.push({
      check: 'none-value',
      level: 'problem',
      text: `profile ${oneLine(name)} has region = None, which AWS tools take for a region`,
      mend: 'gauth doctor --fix takes it away; then give one: aws configure set region us-east-1 --profile NAME',
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
      text: `profile ${oneLine(name)} does not know ${unknown.join(', ')}, so each refresh asks for it`,
      mend: `gauth -p ${shellQuote(name)} remembers what you answer`,
    });
  }
  return findings;
}
