/** The help texts: `-h` is short, `--help` is complete. Rendered by the build, so that printing one loads no program. Pure. */
import {
  COMMANDS,
  type Command,
  type CommandName,
  commandRow,
  DEFAULT_COMMAND,
} from '../options/commands.ts';
import { type Group, type Option, type OptionName, optionRow } from '../options/options.ts';

/** Columns of the narrowest terminal that the texts are laid out for. */
const WIDTH = 80;
/** The column at which descriptions start. */
const MARGIN = 27;
const OWN: Group = 'This command';

/** What `-h` and `--help` print. */
export interface HelpText {
  readonly short: string;
  readonly long: string;
}

/** The help of each command by its name; `gauth` is that of the program. */
export function helpTexts(): Readonly<Record<string, HelpText>> {
  const names = Object.keys(COMMANDS) as readonly CommandName[];
  const texts = names.map((name): [string, HelpText] => [
    name,
    { short: shortCommandHelp(name), long: commandHelp(name) },
  ]);
  return Object.fromEntries([...texts, ['gauth', { short: shortHelp(names), long: programHelp(names) }]]);
}

const TITLE = 'gauth: temporary AWS credentials through Google Workspace (SAML)';
const USAGE = ['Usage: gauth [options]', '       gauth <command> [options]', ''];

function shortHelp(names: readonly CommandName[]): string {
  const main = commandRow(DEFAULT_COMMAND);
  return page(
    [TITLE, '', ...USAGE],
    ['Options', ...main.common.map((name) => optionLine(name, main)), ''],
    commandList(names),
    [
      'Missing settings are prompted for, and saved in the profile.',
      "'gauth --help' lists all options, 'gauth <command> -h' those of a command.",
    ],
  );
}

function programHelp(names: readonly CommandName[]): string {
  const main = commandRow(DEFAULT_COMMAND);
  return page(
    [TITLE, '', ...USAGE],
    wrap(
      'Signs in at Google, assumes an AWS role and writes ~/.aws/config and ~/.aws/credentials. Missing settings are prompted for. Each setting is taken from its flag, else its environment variable (in brackets), else the profile.',
      WIDTH,
    ),
    ['', ...commandList(names)],
    optionGroups(DEFAULT_COMMAND, main),
    examples(main),
    wrap(
      'Exit status: 0 success, 1 internal error, 2 usage, 3 refused by Google, 4 refused by AWS, 5 environment, 130 cancelled.',
      WIDTH,
    ),
  );
}

function shortCommandHelp(name: CommandName): string {
  const command = commandRow(name);
  const options = command.common.map((each) => optionLine(each, command));
  const rest =
    command.options.length > command.common.length ? [`'gauth ${name} --help' lists all options.`] : [];
  return page(
    [usageLine(name, command), '', ...wrap(command.summary, WIDTH), ''],
    options.length === 0 ? [] : ['Options', ...options, ''],
    examples(command),
    rest,
  );
}

function commandHelp(name: CommandName): string {
  const command = commandRow(name);
  return page(
    [usageLine(name, command), '', ...wrap(command.summary, WIDTH), ''],
    // The examples come first: the options shared with the sign-in are a long list.
    examples(command),
    optionGroups(name, command),
  );
}

function page(...parts: readonly (readonly string[])[]): string {
  return `${parts.flat().join('\n').trimEnd()}\n`;
}

function usageLine(name: CommandName, { operands }: Command): string {
  return `Usage: gauth ${name} [options]${operands === undefined ? '' : ` ${operands}`}`;
}

function commandList(names: readonly CommandName[]): readonly string[] {
  return ['Commands', ...names.map((name) => row(name, commandRow(name).brief)), ''];
}

function optionGroups(name: CommandName, command: Command): readonly string[] {
  const rows = command.options.map(optionRow);
  const own = name === DEFAULT_COMMAND ? [] : rows.filter((each) => each.group === OWN);
  const groups = new Set([...own, ...rows].map((each) => each.group));
  const general = [
    row('-h, --help', 'Show help: -h in short, --help in full'),
    row('-V, --version', 'Show the version'),
    '',
  ];
  return [...[...groups].flatMap((group) => section(group, command)), 'General', ...general];
}

function section(group: Group, command: Command): readonly string[] {
  const names = command.options.filter((name) => optionRow(name).group === group);
  return [group, ...names.map((name) => optionLine(name, command, true)), ''];
}

function optionLine(name: OptionName, { meanings = {} }: Command, withVariables = false): string {
  const option = optionRow(name);
  const meaning = meanings[name] ?? option.help;
  const variables = withVariables ? option.env.map((variable) => `$${variable}`).join(', ') : '';
  return row(usageOf(option), variables === '' ? meaning : `${meaning} [${variables}]`);
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
    ...command.examples.flatMap(([line, meaning]) => [
      ...exampleLines(line),
      ...wrap(meaning, WIDTH - 6).map((text) => `      ${text}`),
    ]),
    '',
  ];
}

/** A command line of a POSIX shell, continued with backslashes if it is too long for the page. A flag stays with its value. */
function exampleLines(line: string): readonly string[] {
  const lines = fill(line.match(/-\S+ [^-\s]\S*|\S+/g) ?? [], WIDTH - 6);
  return lines.map((text, index) => {
    const indent = index === 0 ? '  ' : '    ';
    return index === lines.length - 1 ? `${indent}${text}` : `${indent}${text} \\`;
  });
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
  return fill(text.split(' '), width);
}

function fill(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
