/** `npm run docs`: writes the parts of docs/ that come from the tables of the program. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { COMMANDS, type CommandName, DEFAULT_COMMAND, commandRow } from '../src/options/commands.ts';
import { CODES, type Code, type Kind, exitStatusOf } from '../src/errors.ts';
import { type Option, type OptionName, optionRow } from '../src/options/options.ts';
import { KINDS } from './exit-statuses.ts';

const ROOT = new URL('../', import.meta.url);

/** The part of each file between `<!-- name -->` and `<!-- /name -->`. */
export const GENERATED = {
  'docs/options.md': { name: 'options', lines: optionsPart },
  'docs/exit-codes.md': { name: 'exit-statuses', lines: exitStatusesPart },
} as const;

/** The text of a file with its generated part. Throws if its markers are missing or are there twice. */
export function withGenerated(path: keyof typeof GENERATED, text: string): string {
  const { name, lines } = GENERATED[path];
  const [before, , after, ...more] = text.split(
    new RegExp(`(?<=<!-- ${name} -->\n)([^]*?)(?=<!-- /${name} -->)`),
  );
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${path} needs <!-- ${name} --> and <!-- /${name} --> once, each on its own line`);
  }
  return `${before}\n${lines().join('\n')}\n\n${after}`;
}

/** A table for each group of the main command; then what the other commands take. */
function optionsPart(): readonly string[] {
  const main = commandRow(DEFAULT_COMMAND).options;
  const groups = [...new Set(main.map((name) => optionRow(name).group))];
  const names = Object.keys(COMMANDS) as readonly CommandName[];
  return [
    ...groups.flatMap((group) => {
      const rows = main.filter((name) => optionRow(name).group === group);
      return [`## ${group}`, '', ...optionTable(rows), ''];
    }),
    ...names
      .filter((name): boolean => name !== DEFAULT_COMMAND)
      .flatMap((name) => [...commandPart(name), '']),
  ].slice(0, -1);
}

/** Options that the main command has too are named only: those that are taken or, if that is shorter, those that are not. */
function commandPart(name: CommandName): readonly string[] {
  const { summary, options, operands } = commandRow(name);
  const main = commandRow(DEFAULT_COMMAND).options;
  const shared = main.filter((each) => options.includes(each));
  const missing = main.filter((each) => !options.includes(each));
  const own = options.filter((each) => !main.includes(each));
  const taken =
    missing.length < shared.length
      ? `Takes the options above${missing.length === 0 ? '' : `, but for ${flags(missing)}`}.`
      : `Takes ${flags(shared)} as above.`;
  return [
    `## \`gauth ${name}${operands === undefined ? '' : ` ${operands}`}\``,
    '',
    summary,
    ...(shared.length === 0 ? [] : ['', taken]),
    ...(own.length === 0 ? [] : ['', ...optionTable(own)]),
  ];
}

function flags(names: readonly OptionName[]): string {
  return names.map((name) => code(`--${optionRow(name).long}`)).join(', ');
}

function optionTable(names: readonly OptionName[]): readonly string[] {
  const rows = names
    .map(optionRow)
    .map((row) => [
      code(flagOf(row)),
      row.env.map(code).join(', '),
      row.profileKey === undefined ? '' : code(row.profileKey),
      defaultOf(row),
      row.help.replace(DEFAULT, ''),
    ]);
  return table(['flag', 'variable', 'profile key', 'default', 'meaning'], rows);
}

const DEFAULT = / \(default: (.+)\)$/;

function defaultOf(row: Option<unknown>): string {
  const named = DEFAULT.exec(row.help)?.[1];
  if (named !== undefined) return named.includes(' ') ? named : code(named);
  return row.placeholder === undefined ? 'off' : '';
}

function flagOf(row: Option<unknown>): string {
  const flags = [...(row.short === undefined ? [] : [`-${row.short}`]), `--${row.long}`].join(', ');
  return row.placeholder === undefined ? flags : `${flags} ${row.placeholder}`;
}

/** The codes under their exit statuses, in the order of the table in errors.ts. */
function exitStatusesPart(): readonly string[] {
  const codes = Object.keys(CODES) as readonly Code[];
  const kinds = Object.keys(KINDS) as readonly Kind[];
  const rows = kinds.flatMap((kind) => [
    [`**${String(exitStatusOf(kind))}**`, '', `**${KINDS[kind]}**`],
    ...codes.filter((each) => CODES[each][0] === kind).map((each) => ['', code(each), CODES[each][1]]),
  ]);
  return table(['status', 'code', 'meaning'], [['**0**', '', '**success**'], ...rows]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const path of Object.keys(GENERATED) as (keyof typeof GENERATED)[]) {
    const file = fileURLToPath(new URL(path, ROOT));
    const old = readFileSync(file, 'utf8');
    const text = withGenerated(path, old);
    if (text !== old) writeFileSync(file, text);
    console.log(text === old ? `${path} is up to date` : `${path} is written`);
  }
}
