/** The help: every option in its group, lines that fit, and examples that can be run. */
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';
import { COMMANDS, commandRow } from '../../src/options/commands.ts';
import { helpTexts } from '../../src/cli/help.ts';
import { optionRow } from '../../src/options/options.ts';
import { resolveSettings } from '../../src/options/settings.ts';

const TEXTS = helpTexts();
const NAMES = Object.keys(COMMANDS) as readonly (keyof typeof COMMANDS)[];

/** Words only, as lines are broken anywhere. */
function words(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe('the help', () => {
  it('exists for the program and for each command', () => {
    expect(Object.keys(TEXTS).sort()).toEqual([...NAMES, 'gauth'].sort());
  });

  const pages = Object.entries(TEXTS).flatMap(([name, { short, long }]) => [
    [`${name} -h`, short],
    [`${name} --help`, long],
  ]);
  it.each(pages)('of %s fits 80 columns, and ends with one line end', (_name, text) => {
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/ $/m);
    expect(text).not.toContain('undefined');
  });

  it.each(COMMANDS.login.options)('of the program has %s with its meaning and its variables', (name) => {
    const { long, short, placeholder, help, env } = optionRow(name);
    const flag = `${short === undefined ? '' : `-${short}, `}--${long}${placeholder === undefined ? '' : ` ${placeholder}`}`;
    const variables = env.length === 0 ? '' : ` [${env.map((variable) => `$${variable}`).join(', ')}]`;
    expect(words(TEXTS['gauth']?.long ?? '')).toContain(`${flag} ${help}${variables}`);
  });

  it('has the options in groups, each under one heading', () => {
    const headings = (TEXTS['gauth']?.long ?? '').split('\n').filter((line) => /^[A-Z][\w -]+$/.test(line));
    const groups = [...new Set(COMMANDS.login.options.map((name) => optionRow(name).group))];
    expect(headings.filter((line) => groups.some((group) => group === line))).toEqual(groups);
    expect(new Set(headings).size).toBe(headings.length);
  });

  it('is short with -h: the usage, a few options and the commands, on one screen of 24 lines or little more', () => {
    const { short = '', long = '' } = TEXTS['gauth'] ?? {};
    expect(short.split('\n').length).toBeLessThan(40);
    expect(short.length).toBeLessThan(long.length / 2);
    for (const name of NAMES) expect(short).toMatch(new RegExp(`^  ${name} {2,}\\S`, 'm'));
    expect(words(short)).toContain("'gauth --help' lists all options");
  });

  it.each(NAMES)('of %s in short names options that the command has', (name) => {
    const { common, options, brief } = commandRow(name);
    expect(common.filter((each) => !options.includes(each))).toEqual([]);
    expect(common.length).toBeLessThanOrEqual(7);
    expect(brief.length).toBeLessThanOrEqual(53);
  });

  it('lists the exit statuses', () => {
    expect(words(TEXTS['gauth']?.long ?? '')).toContain(
      'Exit status: 0 success, 1 internal error, 2 usage, 3 refused by Google, 4 refused by AWS, 5 environment, 130 cancelled.',
    );
  });
});

describe('the examples', () => {
  const examples = NAMES.flatMap((name) => COMMANDS[name].examples.map(([line]) => line));

  it('are three for the main command', () => {
    expect(COMMANDS.login.examples).toHaveLength(3);
  });

  it.each(examples)('can be run: %s', (line) => {
    const unfolded = Object.values(TEXTS).map(({ long }) => long.replace(/ \\\n +/g, ' '));
    expect(unfolded.some((text) => text.includes(`  ${line}\n`))).toBe(true);
    const words = /\bgauth ([^)|>]*)/.exec(line)?.[1]?.trim().split(' ') ?? [];
    const { given } = readArguments(words);
    expect(() => resolveSettings(given, {}, () => undefined)).not.toThrow();
  });
});
