/** The man page: it has everything of the tables, its commands can be copied, and nothing is read as a roff request. */
import { describe, expect, it } from 'vitest';
import { manPage } from '../scripts/man.ts';
import { COMMANDS, commandRow, isCommand } from '../src/options/commands.ts';
import { optionRow } from '../src/options/options.ts';

const PAGE = manPage('1.2.3');
const LINES = PAGE.split('\n');
const NAMES = Object.keys(COMMANDS).filter(isCommand);
const ESCAPES: Readonly<Record<string, string>> = { aq: "'", ga: '`', ha: '^', ti: '~', dq: '"' };

/** What a reader sees of a line. */
function shown(line: string): string {
  return line
    .replace(/\\f[BIR]/g, '')
    .replace(/\\\((..)/g, (_all, name: string) => ESCAPES[name] ?? '?')
    .replace(/\\&/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\e', '\\');
}

/** The lines from a section's heading to the next heading, as they are seen. */
function section(name: string): readonly string[] {
  const start = LINES.indexOf(`.SH ${name}`);
  expect(start, name).toBeGreaterThan(0);
  const length = LINES.slice(start + 1).findIndex((line) => line.startsWith('.SH '));
  return LINES.slice(start + 1, length < 0 ? undefined : start + 1 + length).map(shown);
}

describe('the man page', () => {
  it('has the usual sections', () => {
    expect(PAGE).toMatch(/^\.TH GAUTH 1 "" "gauth 1\.2\.3" /);
    expect(LINES.filter((line) => line.startsWith('.SH ')).map((line) => line.slice(4))).toEqual([
      ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'OPTIONS'],
      ...['ENVIRONMENT', 'FILES', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO'],
    ]);
  });

  it.each(NAMES)('describes %s, its own options, and examples that can be copied', (name) => {
    const { summary, operands, options, examples, meanings } = commandRow(name);
    const commands = section('COMMANDS');
    const start = commands.indexOf(`gauth ${name}${operands === undefined ? '' : ` ${operands}`}`);
    expect(commands[start + 1]).toBe(summary);
    const end = commands.findIndex((line, index) => index > start && line.startsWith('gauth '));
    const part = commands.slice(start, end < 0 ? undefined : end).join('\n');
    for (const each of options) {
      const { group, long, help } = optionRow(each);
      if (group !== 'This command' && meanings?.[each] === undefined) continue;
      expect(part).toContain(`--${long}`);
      expect(part).toContain(meanings?.[each] ?? help);
    }
    for (const [line] of examples) expect(section('EXAMPLES')).toContain(line);
  });

  it.each(COMMANDS.login.options)('describes the option %s with its variables', (name) => {
    const { short, long, placeholder, help, env, group } = optionRow(name);
    const flag = `${short === undefined ? '' : `-${short}, `}--${long}${placeholder === undefined ? '' : ` ${placeholder}`}`;
    const lines = section(group === 'This command' ? 'COMMANDS' : 'OPTIONS');
    const meaning = lines[lines.indexOf(flag) + 1];
    expect(meaning).toBe(env.length === 0 ? help : `${help} [${env.map((each) => `$${each}`).join(', ')}]`);
    if (env.length > 0) expect(section('ENVIRONMENT')).toContain(env.join(', '));
  });

  it('has every exit status', () => {
    const statuses = section('EXIT STATUS').filter((line) => /^\d+$/.test(line));
    expect(statuses).toEqual(['0', '1', '2', '3', '4', '5', '130']);
  });

  it('has no accidental roff requests, and no character that roff prints as another', () => {
    const requests = new Set(LINES.flatMap((line) => /^[.'](\S*)/.exec(line)?.[1] ?? []));
    const known = ['TH', 'nh', 'ad', 'SH', 'SS', 'br', 'TP', 'RS', 'RE', 'IP', 'PP', 'nf', 'fi'];
    expect([...requests].filter((request) => !known.includes(request))).toEqual([]);
    const words = LINES.filter((line) => !line.startsWith('.')).join('\n');
    expect(words.replace(/\\-/g, '')).not.toMatch(/[-'`^~]|[^\n -~]/);
  });
});
