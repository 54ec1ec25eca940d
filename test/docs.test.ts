/** The documents agree with the tables of the program. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acsUrl, partitionOfArn } from '../src/aws/partition.ts';
import { GENERATED, withGenerated } from '../scripts/docs.ts';
import { COMMANDS, commandRow, isCommand } from '../src/options/commands.ts';
import { CODES } from '../src/errors.ts';
import { optionRow } from '../src/options/options.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const FILES = Object.keys(GENERATED) as (keyof typeof GENERATED)[];

describe('the generated documents', () => {
  it.each(FILES)("%s is up to date (else: 'npm run docs')", (path) => {
    expect(read(path)).toBe(withGenerated(path, read(path)));
  });

  it('list every option with its variables and its profile key', () => {
    const names = new Set(
      Object.keys(COMMANDS).flatMap((name) => (isCommand(name) ? commandRow(name).options : [])),
    );
    const lines = read('docs/options.md').split('\n');
    for (const { long, env, profileKey } of [...names].map(optionRow)) {
      const row = lines.find((line) => new RegExp(`^\\| \`(-\\w, )?--${long}[ \`]`).test(line));
      expect(row, `--${long}`).toBeDefined();
      for (const name of [...env, ...(profileKey === undefined ? [] : [profileKey])]) {
        expect(row, `--${long}`).toContain(`\`${name}\``);
      }
    }
  });

  it('list every error code once', () => {
    const codes = [...read('docs/exit-codes.md').matchAll(/^\| {2}\| `([A-Z0-9_]+)` \|/gm)].map(
      ([, code]) => code,
    );
    expect(codes.toSorted()).toEqual(Object.keys(CODES).toSorted());
  });

  it('keep the text around the generated part', () => {
    const text = withGenerated(
      'docs/options.md',
      'above\n<!-- options -->\nstale words\n<!-- /options -->\nbelow\n',
    );
    expect(text).toMatch(/^above\n<!-- options -->\n\n## /);
    expect(text).toMatch(/\n\n<!-- \/options -->\nbelow\n$/);
    expect(text).not.toContain('stale words');
    expect(withGenerated('docs/options.md', text)).toBe(text);
  });

  it('are not written if a marker is missing', () => {
    expect(() => withGenerated('docs/options.md', '<!-- options -->\n')).toThrow(
      'docs/options.md needs <!-- options --> and <!-- /options -->',
    );
  });
});

describe('the documents', () => {
  const documents = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'].concat(
    readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  );

  it('README.md has at most 9 KB', () => {
    expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(9 * 1024);
  });

  it('commands.md has a section for each command', () => {
    const headings = [...read('docs/commands.md').matchAll(/^## gauth ([\w-]+)$/gm)].map(([, name]) => name);
    expect(headings.toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
  });

  it('mention only error codes that exist', () => {
    const codes = [...read('docs/troubleshooting.md').matchAll(/`([A-Z]+(?:_[A-Z]+)+|[A-Z]{4,})`/g)].map(
      ([, code]) => code,
    );
    const known = new Set<string>([...Object.keys(CODES), 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']);
    expect(codes.filter((code) => !known.has(code ?? '') && !/^AWS_/.test(code ?? ''))).toEqual([]);
  });

  it.each(documents)('%s links to files and headings that exist', (path) => {
    const anchors = (file: string): readonly string[] =>
      [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
    for (const [, link = ''] of read(path).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      expect(existsSync(join(root, target)), `${path}: ${link}`).toBe(true);
      if (anchor !== undefined) expect(anchors(target), `${path}: ${link}`).toContain(anchor);
    }
  });

  it.each(documents)('%s uses only options that exist', (path) => {
    const flags = new Set(
      Object.keys(COMMANDS).flatMap((name) =>
        isCommand(name) ? commandRow(name).options.map((option) => `--${optionRow(option).long}`) : [],
      ),
    );
    const lines = read(path).match(/\bgauth(?: [\w-]+)? -[^\n`|]*/g) ?? [];
    for (const line of lines) {
      // Behind "--" and in quotes are other programs' command lines.
      const own = line.replaceAll(/'[^']*'/g, '').split(/ -- | # |\)/)[0] ?? '';
      for (const flag of own.match(/(?<=\s)--[a-z][\w-]*/g) ?? []) {
        expect([...flags, '--help', '--version'], `${path}: ${line}`).toContain(flag);
      }
    }
  });
});

describe('the trust policies of the admin guide', () => {
  const blocks = [...read('docs/admin-guide.md').matchAll(/^```json\n(.*?)^```/gms)].map(
    ([, text = '']) => text,
  );

  it('are for four partitions, each with its own SAML:aud', () => {
    const found = blocks.map((text) => {
      const { Statement } = JSON.parse(text) as {
        Statement: [
          { Principal: { Federated: string }; Condition: { StringEquals: { 'SAML:aud': string } } },
        ];
      };
      return [Statement[0].Principal.Federated, Statement[0].Condition.StringEquals['SAML:aud']] as const;
    });
    expect(found.map(([provider]) => provider.split(':')[1])).toEqual([
      'aws',
      'aws-cn',
      'aws-us-gov',
      'aws-eusc',
    ]);
    for (const [provider, audience] of found) {
      const partition = partitionOfArn(provider);
      expect(partition && acsUrl(partition).href).toBe(audience);
    }
  });
});
