/** `--help`, written for people: grouped, with examples. Rendered when the program is built. Pure. */
import { COMMANDS, type Command, type CommandName, DEFAULT_COMMAND } from '../options/commands.ts';
import { type Group, type Option, optionRow } from '../options/options.ts';

/** Columns: most terminals have at least this many. */
const WIDTH = 96;
const MARGIN = 30;
const OWN: Group = 'This command';

/** Each command's help text by its name; `gauth` is that of the program. */
export function helpTexts(): Readonly<Record<string, string>> {
  const names = Object.keys(COMMANDS) as readonly CommandName[];
  const texts = names.map((name): [string, string] => [name, commandHelp(name, COMMANDS[name])]);
  return Object.fromEntries([...texts, ['gauth', programHelp(names)]]);
}

function programHelp(names: readonly CommandName[]): string {
  const main = COMMANDS[DEFAULT_COMMAND];
  return [
    'gauth: temporary AWS credentials through Google Workspace (SAML)',
    '',
    'Usage: gauth [options]',
    '       gauth <command> [options]',
    '',
    'Signs in at Google, assumes an AWS role and writes ~/.aws/config and ~/.aws/credentials.',
    'What is missing is asked for. Values come from flags, else variables, else the profile.',
    '',
    'Commands',
    ...names.map((name) => row(name, COMMANDS[name].summary)),
    '',
    ...options(main),
    ...examples(main),
    'Exit status: 0 done, 1 fault of gauth, 2 usage, 3 Google said no, 4 AWS said no, 5 environment,',
    '130 cancelled.',
    '',
  ].join('\n');
}

function commandHelp(name: CommandName, command: Command): string {
  return [
    `Usage: gauth ${name} [options]${command.operands === undefined ? '' : ` ${command.operands}`}`,
    '',
    ...wrap(command.summary, WIDTH),
    '',
    // What is special to it comes first: what it shares with the sign-in is long.
    ...examples(command),
    ...options(command),
  ].join('\n');
}

function options(command: Command): readonly string[] {
  const rows = command.options.map(optionRow);
  const isDefault = command === COMMANDS[DEFAULT_COMMAND];
  const own = isDefault ? [] : rows.filter((each) => each.group === OWN);
  const groups = new Set([...own, ...rows].map((each) => each.group));
  const general = [row('-h, --help', 'Show this'), row('-V, --version', 'Show the version'), ''];
  return [...[...groups].flatMap((group) => section(group, command)), 'General', ...general];
}

function section(group: Group, { options: names, meanings = {} }: Command): readonly string[] {
  const lines = names
    .filter((name) => optionRow(name).group === group)
    .map((name) => {
      const each = optionRow(name);
      const meaning = meanings[name] ?? each.help;
      const variables = each.env.map((variable) => `$${variable}`).join(', ');
      return row(usageOf(each), variables === '' ? meaning : `${meaning} [${variables}]`);
    });
  return [group, ...lines, ''];
}

/** `-u, --username EMAIL`. */
export function usageOf(option: Option<unknown>): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const value = option.placeholder === undefined ? '' : ` ${option.placeholder}`;
  return `${short}--${option.long}${value}`;
}

function examples(command: Command): readonly string[] {
  return [
    'Examples',
    ...command.examples.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]),
    '',
  ];
}

function row(left: string, right: string): string {
  const lines = wrap(right, WIDTH - MARGIN);
  const head = `  ${left}`;
  const fits = head.length + 2 <= MARGIN;
  const first = fits ? `${head.padEnd(MARGIN)}${lines[0] ?? ''}` : head;
  const rest = (fits ? lines.slice(1) : lines).map((line) => `${' '.repeat(MARGIN)}${line}`);
  return [first, ...rest].join('\n');
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
