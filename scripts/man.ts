/** The man page gauth(1), in the man(7) macros: the tables that make the help, written as roff. Rendered by the build. */
import {
  COMMANDS,
  type Command,
  type CommandName,
  DEFAULT_COMMAND,
  commandRow,
} from '../src/options/commands.ts';
import { type Kind, exitStatusOf } from '../src/errors.ts';
import { type Group, type Option, type OptionName, optionRow } from '../src/options/options.ts';
import { KINDS } from './exit-statuses.ts';

const OWN: Group = 'This command';
const NAMES = Object.keys(COMMANDS) as readonly CommandName[];

/** Files that every user meets; docs/security-and-files.md has the whole list. */
const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ['~/.aws/config', 'AWS profiles with their gauth settings. $AWS_CONFIG_FILE names another file.'],
  [
    '~/.aws/credentials',
    'Temporary AWS credentials of each profile. $AWS_SHARED_CREDENTIALS_FILE names another file.',
  ],
  [
    '~/.aws/gauth/',
    'Cached AWS credentials, saved Google sessions, locks, and the browser profiles of gauth. Only you can read it.',
  ],
  ['~/.aws/saml_cache_<idp-id>.xml', 'The cached SAML response, valid for five minutes.'],
];

/** Variables that are no option's. */
const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['AWS_CONFIG_FILE', 'The AWS config file, instead of ~/.aws/config'],
  ['AWS_SHARED_CREDENTIALS_FILE', 'The AWS credentials file, instead of ~/.aws/credentials'],
  ['HTTPS_PROXY, NO_PROXY', 'The proxy, and the hosts that are reached without it'],
  [
    'AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS',
    'A file with certificate authorities to trust besides the built-in ones',
  ],
  ['NO_COLOR', 'Print without colours'],
];

/** @param version as in package.json; the page carries no date, so that the same sources make the same page. */
export function manPage(version: string): string {
  const main = commandRow(DEFAULT_COMMAND);
  return [
    `.TH GAUTH 1 "" "gauth ${version}" "User Commands"`,
    // Words are neither hyphenated nor spread over the line: options and commands stay as they are typed.
    '.nh',
    '.ad l',
    '.SH NAME',
    'gauth \\- temporary AWS credentials through Google Workspace (SAML)',
    '.SH SYNOPSIS',
    `${bold('gauth')} [${italic('options')}]`,
    '.br',
    `${bold('gauth')} ${italic('command')} [${italic('options')}] [${italic('arguments')}]`,
    '.SH DESCRIPTION',
    ...text(
      'Signs in to Google, assumes an AWS role and writes ~/.aws/config and ~/.aws/credentials. gauth asks for values ' +
        'that are missing. Flags take precedence over environment variables, and environment variables over the profile.',
    ),
    '.SH COMMANDS',
    ...NAMES.flatMap(commandPart),
    '.SH OPTIONS',
    ...groupsOf(main.options).flatMap((group) => [
      `.SS ${quoted(group)}`,
      ...main.options.filter((name) => optionRow(name).group === group).flatMap((name) => optionPart(name)),
    ]),
    '.SS General',
    ...item(`${bold('-h')}, ${bold('--help')}`, 'Show the help; after a command, the help of that command'),
    ...item(`${bold('-V')}, ${bold('--version')}`, 'Show the version'),
    '.SH ENVIRONMENT',
    ...text('Empty variables count as unset.'),
    ...optionVariables().flatMap(([variables, option]) => item(bold(variables), `Sets --${option.long}`)),
    ...VARIABLES.flatMap(([name, meaning]) => item(bold(name), meaning)),
    '.SH FILES',
    ...FILES.flatMap(([path, meaning]) => item(italic(path), meaning)),
    '.SH EXIT STATUS',
    ...item(bold('0'), 'success'),
    ...(Object.keys(KINDS) as readonly Kind[]).flatMap((kind) =>
      item(bold(String(exitStatusOf(kind))), KINDS[kind]),
    ),
    '.SH EXAMPLES',
    // The first paragraph begins with the section.
    ...NAMES.flatMap((name) => commandRow(name).examples.flatMap(examplePart)).slice(1),
    '.SH SEE ALSO',
    `${bold('aws')}(1), ${bold('gauth --help')}, ${bold('gauth')} ${italic('command')} ${bold('--help')}`,
    '',
  ].join('\n');
}

/** The command, what it does, and the options that the main command does not have, or that mean something else here. */
function commandPart(name: CommandName): readonly string[] {
  const command = commandRow(name);
  const usage = [
    bold(`gauth ${name}`),
    ...(command.operands === undefined ? [] : [italic(command.operands)]),
  ];
  const own = command.options.filter(
    (each) => optionRow(each).group === OWN || command.meanings?.[each] !== undefined,
  );
  return [
    ...item(usage.join(' '), command.summary),
    ...(own.length === 0
      ? []
      : ['.RS', ...own.flatMap((each) => optionPart(each, command.meanings?.[each])), '.RE']),
    ...sharedPart(command),
  ];
}

/** Which of the options under OPTIONS a command takes: the shorter of those that it takes and those that it does not. */
function sharedPart(command: Command): readonly string[] {
  const main = commandRow(DEFAULT_COMMAND).options.filter((each) => optionRow(each).group !== OWN);
  const taken = main.filter(
    (each) => command.options.includes(each) && command.meanings?.[each] === undefined,
  );
  const missing = main.filter((each) => !command.options.includes(each));
  if (missing.length === 0 || taken.length === 0) return [];
  const sentence =
    missing.length < taken.length
      ? `Also accepts what is under OPTIONS, except ${flags(missing)}.`
      : `Also accepts ${flags(taken)} (see OPTIONS).`;
  return ['.IP', ...text(sentence)];
}

function flags(names: readonly OptionName[]): string {
  return names.map((name) => `--${optionRow(name).long}`).join(', ');
}

function optionPart(name: OptionName, meaning = optionRow(name).help): readonly string[] {
  const { short, long, placeholder, env } = optionRow(name);
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`].map(bold).join(', ');
  const variables = env.map((variable) => `$${variable}`).join(', ');
  return item(
    placeholder === undefined ? names : `${names} ${italic(placeholder)}`,
    variables === '' ? meaning : `${meaning} [${variables}]`,
  );
}

function optionVariables(): readonly (readonly [variables: string, option: Option<unknown>])[] {
  const names = new Set(NAMES.flatMap((name) => commandRow(name).options));
  return [...names]
    .map(optionRow)
    .flatMap((row) => (row.env.length === 0 ? [] : [[row.env.join(', '), row] as const]));
}

function groupsOf(names: readonly OptionName[]): readonly Group[] {
  return [...new Set(names.map((name) => optionRow(name).group))].filter((group) => group !== OWN);
}

function examplePart([line, meaning]: readonly [string, string]): readonly string[] {
  return ['.PP', ...text(`${meaning}:`), '.PP', '.RS 4', '.nf', ...text(line), '.fi', '.RE'];
}

/** A paragraph with a hanging tag that is roff already; what follows is plain text. */
function item(tag: string, meaning: string): readonly string[] {
  return ['.TP', tag, ...text(meaning)];
}

/** One line of plain text, which roff takes as it is. */
function text(line: string): readonly string[] {
  return [escaped(line)];
}

function bold(plain: string): string {
  return `\\fB${escaped(plain)}\\fR`;
}

function italic(plain: string): string {
  return `\\fI${escaped(plain)}\\fR`;
}

function quoted(plain: string): string {
  return `"${escaped(plain).replaceAll('"', '\\(dq')}"`;
}

/** Characters that roff would read as its own, or print as another: a command that is copied from the page must run. */
function escaped(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./, '\\&.');
}
