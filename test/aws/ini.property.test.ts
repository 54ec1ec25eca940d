/** Edits of generated files: all other bytes are unchanged, and all tools read back what was written. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';

import { editIni, type IniEdit } from '../../src/aws/ini-editor.ts';
import { keyValues, parseIni } from '../../src/aws/ini.ts';
import { GauthError } from '../../src/errors.ts';
import { type Readers, type Sections, sdkReads, startReaders, testWith } from '../fixtures/files/readers.ts';

const SEED = { seed: 20261123 };
const readers: Readers = await startReaders();
afterAll(async () => {
  await readers.stop();
});

const names = ['default', 'sts-temp', 'a.b', 'x', '__proto__', 'constructor'];
const header = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom('profile ', '', 'sso-session ', 'profile  ', ' profile '))
  .chain(([name, type]) =>
    fc.constantFrom(`[${type}${name}]`, `[${type}"${name}"]`, `[${type}'${name}' ] # it`),
  );
const key = fc.constantFrom(
  'region',
  'Region',
  'output',
  'google_config.duration',
  'google_config',
  's3',
  'duration',
);
const sign = fc.constantFrom(' = ', '=', '    = ', ' =', ' : ', ' =\t');
const word = fc.constantFrom(
  'us-east-1',
  '3600',
  '',
  'a=b',
  'x # note',
  'é ; ü',
  '"q"',
  '  spaced  ',
  '%(x)s',
  '[y]',
);
const keyLine = fc.tuple(key, sign, word).map((parts) => parts.join(''));
const indented = fc.tuple(fc.constantFrom('  ', '\t', '    '), keyLine).map((parts) => parts.join(''));
const looseLine = fc.constantFrom('', '   ', '# a comment', '  ; another', 'garbage');
const line = fc.oneof(
  { weight: 2, arbitrary: header },
  { weight: 5, arbitrary: keyLine },
  { weight: 2, arbitrary: indented },
  { weight: 2, arbitrary: looseLine },
);
/** Texts of all kinds, some of which no tool understands. */
const wild = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n'))),
    fc.boolean(),
  )
  .map(([mark, lines, open]) => {
    const text = mark + lines.map((parts) => parts.join('')).join('');
    return open ? text.replace(/\r?\n$/, '') : text;
  });

/** Texts that every tool understands: each section and each key once, no line without a key. */
const wellFormed = (parts: {
  readonly headers: readonly string[];
  readonly signs: readonly string[];
  readonly words: readonly string[];
  /** What stands before every line of a text. */
  readonly indents?: readonly string[];
}) => {
  const name = fc.constantFrom('region', 'output', 'google_config.duration', 'Role_Arn', 'account');
  const scalar = fc
    .tuple(name, fc.constantFrom(...parts.signs), fc.constantFrom(...parts.words))
    .map(([one, to, what]) => ({ id: one, lines: [one + to + what] }));
  const block = fc
    .uniqueArray(fc.constantFrom('duration', 'Size', 'b'), { minLength: 1 })
    .chain((keys) =>
      fc
        .constantFrom('s3', 'google_config')
        .map((id) => ({ id, lines: [`${id} =`, ...keys.map((one) => `    ${one} = 1`)] })),
    );
  const body = fc.uniqueArray(fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: block }), {
    selector: ({ id }) => id,
  });
  const pause = fc.constantFrom<string[]>([], [''], ['# a comment', ''], ['', '; about the next', '']);
  return fc
    .tuple(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...parts.headers), body, pause), {
        selector: ([one]) => one.replace(/['" ]/g, ''),
      }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.constantFrom(...(parts.indents ?? [''])),
    )
    .map(([sections, eol, open, indent]) => {
      const lines = sections.flatMap(([one, keys, after]) => [
        one,
        ...keys.flatMap((each) => each.lines),
        ...after,
      ]);
      return lines.map((one) => indent + one).join(eol) + (open ? '' : eol);
    });
};
const headers = [
  '[default]',
  '[profile sts-temp]',
  '[profile "a.b"]',
  "[profile 'x']",
  '[x]',
  '[sso-session x]',
  '[profile constructor]',
];

const value = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/[\p{C}\u2028\u2029]|^\s|\s$|(^|\s)[#;]/u.test(text));
const oneEdit: fc.Arbitrary<IniEdit> = fc.record({
  section: fc.constantFrom('default', 'profile sts-temp', 'profile a.b', 'x', 'profile new'),
  set: fc.uniqueArray(
    fc.tuple(fc.constantFrom('region', 'google_config.duration', 'credential_process'), value),
    {
      selector: ([name]) => name,
      maxLength: 3,
    },
  ),
});

/** The text after the edit; undefined for a text that is refused. */
function edited(text: string, edits: readonly IniEdit[]): string | undefined {
  try {
    return editIni(text, edits, '/f');
  } catch (error) {
    if (
      error instanceof GauthError &&
      error.code === 'FILE' &&
      /^cannot parse \/f: line \d+ /.test(error.message)
    )
      return undefined;
    throw error;
  }
}

describe('any text', () => {
  test('is unchanged by an empty edit', () => {
    fc.assert(
      fc.property(wild, (text) => {
        fc.pre(edited(text, []) !== undefined);
        expect(editIni(text, [], '/f')).toBe(text);
        expect(editIni(text, [{ section: 'nowhere', set: [], remove: ['region'] }], '/f')).toBe(text);
      }),
      SEED,
    );
  });

  test('keeps every line but those of the named keys, with its line end', () => {
    fc.assert(
      fc.property(wild, oneEdit, (text, wanted) => {
        const after = edited(text, [wanted]);
        fc.pre(after !== undefined && wanted.set.length > 0);
        const named = /^\s*(region|(google_config\.)?duration|credential_process)\s*[=:]/i;
        const rest = (whole: string) =>
          whole
            .replace(/^\ufeff/, '')
            .split(/(?<=\n)/)
            .filter((one) => !named.test(one) && one.trim() !== '')
            .map((one) => one.replace(/\r?\n$/, ''));
        const fresh =
          after.length > text.length && keyValues(parseIni(text, '/f'), wanted.section) === undefined;
        expect(rest(after)).toEqual([...rest(text), ...(fresh ? [`[${wanted.section}]`] : [])]);
        if (!fresh && /\n$/.test(text)) expect(after.endsWith('\n')).toBe(true);
        if (fresh && text !== '\ufeff') expect(after.startsWith(text)).toBe(true);
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  test('is the same again after a new key is removed', () => {
    fc.assert(
      fc.property(
        wild,
        fc.constantFrom('default', 'profile x', 'x', 'profile a.b'),
        value,
        (text, section, to) => {
          const with1 = edited(text, [{ section, set: [['new_key', to]] }]);
          fc.pre(with1 !== undefined && keyValues(parseIni(text, '/f'), section) !== undefined);
          expect(keyValues(parseIni(with1, '/f'), section)?.get('new_key')).toBe(to);
          const back = editIni(with1, [{ section, set: [], remove: ['new_key'] }], '/f');
          // A last line without a line end gets one before a further line.
          expect([text, `${text}\n`, `${text}\r\n`]).toContain(back);
        },
      ),
      { ...SEED, numRuns: 500 },
    );
  });

  test('is not changed by the same edit again', () => {
    fc.assert(
      fc.property(wild, fc.array(oneEdit, { maxLength: 3 }), (text, edits) => {
        const once = edited(text, edits);
        fc.pre(once !== undefined);
        expect(editIni(once, edits, '/f')).toBe(once);
      }),
      SEED,
    );
  });

  test('is read back by gauth as it was written', () => {
    fc.assert(
      fc.property(wild, oneEdit, (text, wanted) => {
        const after = edited(text, [wanted]);
        fc.pre(after !== undefined);
        const keys = keyValues(parseIni(after, '/f'), wanted.section);
        for (const [name, to] of wanted.set) expect(keys?.get(name)).toBe(to);
      }),
      { ...SEED, numRuns: 500 },
    );
  });
});

test('the SDK for JavaScript reads back what was written, and everything else as before', async () => {
  const text = wellFormed({
    headers,
    signs: [' = ', '=', '    = '],
    words: ['us-east-1', 'a=b', 'x # note', '"q"'],
  });
  await fc.assert(
    fc.asyncProperty(text, oneEdit, async (before, wanted) => {
      const after = editIni(before, [wanted], '/f');
      const file = wanted.section === 'x' ? 'credentials' : 'config';
      const name = wanted.section.replace('profile ', '');
      const was = (await sdkReads({ [file]: before }))[file];
      const is = (await sdkReads({ [file]: after }))[file];
      for (const [key, to] of wanted.set) expect(is[name]?.[key]).toBe(to);
      expect(without(is, name, wanted)).toEqual(without(was, name, wanted));
    }),
    { ...SEED, numRuns: 500 },
  );
});

testWith(readers, 'botocore')(
  'botocore reads back what was written, and everything else as before',
  async () => {
    const text = wellFormed({
      headers: [
        ...headers,
        '[profile  a.b ]',
        '[ profile x ]',
        '[a] # [b]',
        '[__proto__]',
        '[profile "a b"]',
      ],
      signs: [' = ', '=', '    = ', ' : ', ':'],
      words: ['us-east-1', 'a=b', 'x # note', '"q"', '', 'é ü', '[y]'],
      indents: ['', '', '  ', '\t'],
    });
    await fc.assert(
      fc.asyncProperty(text, oneEdit, async (before, wanted) => {
        const after = editIni(before, [wanted], '/f');
        const view = wanted.section === 'x' ? 'raw' : 'profiles';
        const name = wanted.section.replace('profile ', '');
        const was = flat((await readers.botocore(before))?.[view]);
        const is = flat((await readers.botocore(after))?.[view]);
        for (const [key, to] of wanted.set) expect(is[name]?.[key]).toBe(to);
        expect(without(is, name, wanted)).toEqual(without(was, name, wanted));
      }),
      { ...SEED, numRuns: 500 },
    );
  },
);

/** Nested keys as `block.key`; where the same key is dotted, too, the nested one wins as it does in `aws configure get`. */
function flat(all: Sections | undefined): Record<string, Record<string, unknown>> {
  if (all === undefined) throw new Error('botocore refuses the file');
  const sections = Object.entries(all).map(([name, keys]) => {
    const isBlock = ([, held]: readonly [string, unknown]) => typeof held === 'object' && held !== null;
    const plain = Object.entries(keys).filter((one) => !isBlock(one));
    const nested = Object.entries(keys)
      .filter(isBlock)
      .flatMap(([block, held]) =>
        Object.entries(held as object).map(([key, to]) => [`${block}.${key}`, to as unknown]),
      );
    return [name, Object.fromEntries([...plain, ...nested]) as Record<string, unknown>];
  });
  return Object.fromEntries(sections);
}

/** All that the edit is not about, as sorted text; a section that holds nothing is to some tools as if it were not there. */
function without(all: object, section: string, wanted: IniEdit): string[] {
  const keys = Object.entries(all).flatMap(([name, held]) =>
    Object.entries(held as object).map(([one, to]) => [name, one, to]),
  );
  return keys
    .filter(
      ([name, one]) => name !== section || !wanted.set.some(([set]) => set === String(one).toLowerCase()),
    )
    .map((parts) => JSON.stringify(parts))
    .sort();
}
