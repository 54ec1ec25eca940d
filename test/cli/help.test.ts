/** The help: every option where a person looks for it, in lines that fit, and examples that can be run. */
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';
import { COMMANDS } from '../../src/options/commands.ts';
import { helpTexts } from '../../src/cli/help.ts';
import { optionRow } from '../../src/options/options.ts';
import { resolve } from '../../src/options/settings.ts';

const TEXTS = helpTexts();
const NAMES = Object.keys(COMMANDS) as readonly (keyof typeof COMMANDS)[];

/** Words only, as lines are broken anywhere. */
function words(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe('the help', () => {
  it('is there for the program and for each command', () => {
    expect(Object.keys(TEXTS).sort()).toEqual([...NAMES, 'gauth'].sort());
  });

  it.each(Object.entries(TEXTS))('of %s fits 96 columns, and ends with one line end', (_name, text) => {
    expect(text.split('\n').filter((line) => line.length > 96)).toEqual([]);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/ $/m);
    expect(text).not.toContain('undefined');
  });

  it.each(COMMANDS.login.options)('of the program tells %s with its meaning and its variables', (name) => {
    const { long, short, placeholder, help, env } = optionRow(name);
    const flag = `${short === undefined ? '' : `-${short}, `}--${long}${placeholder === undefined ? '' : ` ${placeholder}`}`;
    const variables = env.length === 0 ? '' : ` [${env.map((variable) => `$${variable}`).join(', ')}]`;
    expect(words(TEXTS['gauth'] ?? '')).toContain(`${flag} ${help}${variables}`);
  });

  it('has the options in groups, each under one heading', () => {
    const headings = (TEXTS['gauth'] ?? '').split('\n').filter((line) => /^[A-Z][\w -]+$/.test(line));
    const groups = [...new Set(COMMANDS.login.options.map((name) => optionRow(name).group))];
    expect(headings.filter((line) => groups.some((group) => group === line))).toEqual(groups);
    expect(new Set(headings).size).toBe(headings.length);
  });

  it('tells the exit statuses', () => {
    expect(words(TEXTS['gauth'] ?? '')).toContain(
      'Exit status: 0 done, 1 fault of gauth, 2 usage, 3 Google said no, 4 AWS said no, 5 environment, 130 cancelled.',
    );
  });
});

describe('the examples', () => {
  const examples = NAMES.flatMap((name) => COMMANDS[name].examples.map(([line]) => line));

  it('are three for the main command', () => {
    expect(COMMANDS.login.examples).toHaveLength(3);
  });

  it.each(examples)('can be run: %s', (line) => {
    expect(Object.values(TEXTS).some((text) => text.includes(`  ${line}\n`))).toBe(true);
    const words = /\bgauth ([^)|>]*)/.exec(line)?.[1]?.trim().split(' ') ?? [];
    const { given } = readArguments(words);
    expect(() => resolve(given, {}, () => undefined)).not.toThrow();
  });
});
