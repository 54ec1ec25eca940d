/** The documents say what the program's tables say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withGenerated } from '../scripts/docs.ts';
import { COMMANDS, commandRow, isCommand } from '../src/options/commands.ts';
import { CODES } from '../src/errors.ts';
import { optionRow } from '../src/options/options.ts';

const README = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

describe('README.md', () => {
  it("is up to date (else: 'npm run docs')", () => {
    expect(README).toBe(withGenerated(README));
  });

  it('tells every option with its variables and its profile key', () => {
    const names = new Set(
      Object.keys(COMMANDS).flatMap((name) => (isCommand(name) ? commandRow(name).options : [])),
    );
    for (const { long, env, profileKey } of [...names].map(optionRow)) {
      const row = README.split('\n').find((line) => new RegExp(`^\\| \`(-\\w, )?--${long}[ \`]`).test(line));
      expect(row, `--${long}`).toBeDefined();
      for (const name of [...env, ...(profileKey === undefined ? [] : [profileKey])]) {
        expect(row, `--${long}`).toContain(`\`${name}\``);
      }
    }
  });

  it('tells every code once', () => {
    const codes = [...README.matchAll(/^\| {2}\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code);
    expect(codes.toSorted()).toEqual(Object.keys(CODES).toSorted());
  });

  it('keeps what people wrote around the generated parts', () => {
    const bare = withGenerated(
      'above\n<!-- options -->\nstale words\n<!-- /options -->\nbetween\n<!-- exit-statuses -->\n<!-- /exit-statuses -->\nbelow\n',
    );
    expect(bare).toMatch(/^above\n<!-- options -->\n\n### /);
    expect(bare).toMatch(/\n\n<!-- \/options -->\nbetween\n<!-- exit-statuses -->\n\n\| status /);
    expect(bare).toMatch(/\n\n<!-- \/exit-statuses -->\nbelow\n$/);
    expect(bare).not.toContain('stale words');
    expect(withGenerated(bare)).toBe(bare);
  });

  it('is not written where a marker is missing', () => {
    expect(() => withGenerated('<!-- options -->\n')).toThrow(
      'README.md needs <!-- options --> and <!-- /options -->',
    );
  });
});
