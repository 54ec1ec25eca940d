/** The editor byte by byte, and the reader. */
import { describe, expect, test } from 'vitest';

import { editIni, type IniEdit } from '../../src/aws/ini-editor.ts';
import { keyValues, parseIni, profileNameOf, valueAt } from '../../src/aws/ini.ts';
import { GauthError } from '../../src/errors.ts';

interface Case {
  readonly says: string;
  readonly before: string;
  readonly edits: readonly IniEdit[];
  readonly after: string;
}

const region = { section: 'profile x', set: [['region', 'eu-west-1']] } as const;
const duration = { section: 'profile x', set: [['google_config.duration', '7200']] } as const;
const longer = { section: 'profile x', set: [...region.set, ...duration.set] } as const;

const cases: readonly Case[] = [
  {
    says: 'lays a new section out as aws-google-auth does',
    before: '',
    edits: [longer],
    after: '[profile x]\nregion = eu-west-1\ngoogle_config.duration = 7200\n\n',
  },
  {
    says: 'puts an empty line before a new section and leaves one that is there',
    before: '[a]\nk = v\n',
    edits: [region, { ...region, section: 'profile y' }],
    after: '[a]\nk = v\n\n[profile x]\nregion = eu-west-1\n\n[profile y]\nregion = eu-west-1\n\n',
  },
  {
    says: 'adds a section behind aws-google-auth without a second empty line',
    before: '[a]\nk = v\n\n',
    edits: [region],
    after: '[a]\nk = v\n\n[profile x]\nregion = eu-west-1\n\n',
  },
  {
    says: 'ends an open last line before a new section',
    before: '[a]\nk = v',
    edits: [region],
    after: '[a]\nk = v\n\n[profile x]\nregion = eu-west-1\n\n',
  },
  {
    says: 'makes no section for a removal',
    before: '[a]\nk = v\n',
    edits: [{ section: 'b', set: [], remove: ['k'] }],
    after: '[a]\nk = v\n',
  },
  {
    says: 'replaces a value and keeps alignment and the blanks behind it',
    before: '[profile x]\nregion    =   us-east-1  \noutput    =   json\n',
    edits: [region],
    after: '[profile x]\nregion    =   eu-west-1  \noutput    =   json\n',
  },
  {
    says: 'keeps = without blanks, and gives an empty value the blank of its sign',
    before: '[profile x]\nregion=us-east-1\ngoogle_config.duration =\n',
    edits: [longer],
    after: '[profile x]\nregion=eu-west-1\ngoogle_config.duration = 7200\n',
  },
  {
    says: 'takes an inline comment away with the value, which botocore reads as one',
    before: '[profile x] # mine\nregion = us-east-1 # home\n',
    edits: [region],
    after: '[profile x] # mine\nregion = eu-west-1\n',
  },
  {
    says: 'respells a key that only botocore reads',
    before: '[profile x]\n  Region: us-east-1\n  OUTPUT : json\n',
    edits: [region],
    after: '[profile x]\n  region = eu-west-1\n  OUTPUT : json\n',
  },
  {
    says: 'writes CRLF into a CRLF file',
    before: '[profile x]\r\noutput = json\r\nregion = us-east-1\r\n',
    edits: [longer, { ...region, section: 'b' }],
    after:
      '[profile x]\r\noutput = json\r\nregion = eu-west-1\r\ngoogle_config.duration = 7200\r\n\r\n[b]\r\nregion = eu-west-1\r\n\r\n',
  },
  {
    says: 'keeps a byte order mark',
    before: '\ufeff[profile x]\nregion = us-east-1\n',
    edits: [region],
    after: '\ufeff[profile x]\nregion = eu-west-1\n',
  },
  {
    says: 'keeps a file without a final line end that way',
    before: '[profile x]\nregion = us-east-1',
    edits: [longer],
    after: '[profile x]\nregion = eu-west-1\ngoogle_config.duration = 7200',
  },
  {
    says: 'adds a key to a header that ends the file',
    before: '[profile x]',
    edits: [region],
    after: '[profile x]\nregion = eu-west-1',
  },
  {
    says: "adds behind the section's own lines and comments, before what belongs to the next",
    before: '[profile x]\noutput = json\n# region = old\n\n# about y\n[profile y]\n',
    edits: [region],
    after: '[profile x]\noutput = json\n# region = old\nregion = eu-west-1\n\n# about y\n[profile y]\n',
  },
  {
    says: "adds above a comment that stands right over the next section's header",
    before: '[profile x]\noutput = json\n; about y\n[profile y]\n',
    edits: [region],
    after: '[profile x]\noutput = json\nregion = eu-west-1\n; about y\n[profile y]\n',
  },
  {
    says: 'adds behind a nested block and not into it',
    before: '[profile x]\ns3 =\n    region = nested\n\n    size = 1\n\n[sso-session x]\nregion = us-east-2\n',
    edits: [region],
    after:
      '[profile x]\ns3 =\n    region = nested\n\n    size = 1\nregion = eu-west-1\n\n[sso-session x]\nregion = us-east-2\n',
  },
  {
    says: 'indents a new key as its section is, since a deeper header would continue it',
    before: '  [a]\n  k = 1\n  [profile x]\n  output = json\n\n  # about b\n  [b]\n  k = 2\n',
    edits: [region],
    after:
      '  [a]\n  k = 1\n  [profile x]\n  output = json\n  region = eu-west-1\n\n  # about b\n  [b]\n  k = 2\n',
  },
  {
    says: 'indents a new key in a section without keys as the next header is',
    before: '[profile x]\n\t[b]\n\tk = 2\n',
    edits: [region],
    after: '[profile x]\n\tregion = eu-west-1\n\t[b]\n\tk = 2\n',
  },
  {
    says: 'indents a new key no deeper than the last line that is no part of another',
    before: '[profile x]\n  output = json\n garbage\n[b]\n',
    edits: [region],
    after: '[profile x]\n  output = json\n garbage\n region = eu-west-1\n[b]\n',
  },
  {
    says: 'writes a nested key where it is nested',
    before: '[profile x]\ngoogle_config =\n    duration = 900\n    ask_role = False\n',
    edits: [duration],
    after: '[profile x]\ngoogle_config =\n    duration = 7200\n    ask_role = False\n',
  },
  {
    says: 'writes a key that stands dotted and nested in both places',
    before: '[profile x]\ngoogle_config.duration = 900\ngoogle_config =\n    duration = 1800\n',
    edits: [duration],
    after: '[profile x]\ngoogle_config.duration = 7200\ngoogle_config =\n    duration = 7200\n',
  },
  {
    says: 'respells a nested key, which all read in the very letters',
    before: '[profile x]\ngoogle_config =\n    Duration = 900\n    keyring = True\n',
    edits: [duration],
    after: '[profile x]\ngoogle_config =\n    duration = 7200\n    keyring = True\n',
  },
  {
    says: 'changes the nested key that is read, where another differs in its letters alone',
    before: '[profile x]\ngoogle_config =\n    duration = 900\n    Duration = 1\n',
    edits: [duration],
    after: '[profile x]\ngoogle_config =\n    duration = 7200\n    Duration = 1\n',
  },
  {
    says: 'takes a comment behind the head of a block away, which makes it a value to botocore',
    before: '[profile x]\ngoogle_config = # mine\n    duration = 900\n',
    edits: [duration],
    after: '[profile x]\ngoogle_config = \n    duration = 7200\n',
  },
  {
    says: 'takes a header of the credentials file literally',
    before: "[profile 'x']\nregion = a\n",
    edits: [{ ...region, exact: true }],
    after: "[profile 'x']\nregion = a\n\n[profile x]\nregion = eu-west-1\n\n",
  },
  {
    says: 'makes a new section behind one that only botocore takes for the profile',
    before: '[profile-old x]\nregion = a\n',
    edits: [region],
    after: '[profile-old x]\nregion = a\n\n[profile x]\nregion = eu-west-1\n\n',
  },
  {
    says: 'drops a byte order mark that is the whole file',
    before: '\ufeff',
    edits: [region],
    after: '[profile x]\nregion = eu-west-1\n\n',
  },
  {
    says: 'adds a key dotted when its block does not have it',
    before: '[profile x]\ngoogle_config =\n    ask_role = False\n',
    edits: [duration],
    after: '[profile x]\ngoogle_config =\n    ask_role = False\ngoogle_config.duration = 7200\n',
  },
  {
    says: 'removes a key in both forms, and a block that is empty then',
    before:
      '[profile x]\ngoogle_config.duration = 900\ngoogle_config =\n  # why\n  duration = 900\nregion = a\n',
    edits: [{ section: 'profile x', set: [], remove: ['google_config.duration'] }],
    after: '[profile x]\n  # why\nregion = a\n',
  },
  {
    says: 'removes one key of a block, and a block by its name',
    before:
      '[profile x]\ngoogle_config =\n  duration = 900\n  keyring = True\ns3 =\n  a = 1\n  b = 2\nregion = a\n',
    edits: [{ section: 'profile x', set: [], remove: ['google_config.duration', 's3', 's3.a'] }],
    after: '[profile x]\ngoogle_config =\n  keyring = True\nregion = a\n',
  },
  {
    says: 'replaces the open last line of a section by another key',
    before: '[profile x]\noutput = json',
    edits: [{ ...region, remove: ['output'] }],
    after: '[profile x]\nregion = eu-west-1\n',
  },
  {
    says: 'finds quoted headers and headers with further blanks',
    before: '[profile "x"]\nregion = a\n[profile\t y  ]\nregion = b\n[profile \'z z\']\nregion = c\n',
    edits: [region, { ...region, section: 'profile y' }, { ...region, section: 'profile "z z"' }],
    after:
      '[profile "x"]\nregion = eu-west-1\n[profile\t y  ]\nregion = eu-west-1\n[profile \'z z\']\nregion = eu-west-1\n',
  },
  {
    says: 'leaves a header alone that no AWS CLI takes for the profile',
    before: '[ profile x ]\nregion = a\n',
    edits: [region],
    after: '[ profile x ]\nregion = a\n\n[profile x]\nregion = eu-west-1\n\n',
  },
  {
    says: 'keeps dotted names and their near relations apart',
    before: '[a.b]\nk = 1\n[a]\nk = 2\n[profile a.b]\nk = 3\n',
    edits: [{ section: 'a.b', set: [['k', 'v']] }],
    after: '[a.b]\nk = v\n[a]\nk = 2\n[profile a.b]\nk = 3\n',
  },
  {
    says: 'changes of duplicates what readers read, and adds no further one',
    before: '[x]\nregion = 1\nregion = 2\n[y]\n[x]\noutput = json\n',
    edits: [{ section: 'x', set: [...region.set, ['new', 'v']] }],
    after: '[x]\nregion = 1\nregion = eu-west-1\n[y]\n[x]\noutput = json\nnew = v\n',
  },
  {
    says: 'changes the later of two headers that name one profile',
    before: '[profile x]\nregion = 1\n[profile "x"]\nregion = 2\n',
    edits: [region],
    after: '[profile x]\nregion = 1\n[profile "x"]\nregion = eu-west-1\n',
  },
  {
    says: 'takes sections and keys of all names for what they are',
    before: '[__proto__]\n__proto__ = 1\n[constructor]\ntoString = 2\n',
    edits: [
      { section: '__proto__', set: [['__proto__', 'v']] },
      { section: 'constructor', set: [['tostring', 'w']] },
    ],
    after: '[__proto__]\n__proto__ = v\n[constructor]\ntostring = w\n',
  },
  {
    says: 'leaves lines of other sections that nobody understands',
    before: '[profile x]\nregion = us-east-1\n[y]\n<<<<<<< HEAD\nkey\n',
    edits: [region],
    after: '[profile x]\nregion = eu-west-1\n[y]\n<<<<<<< HEAD\nkey\n',
  },
  {
    says: 'merges edits of one section, the last word counting',
    before: '[profile x]\nregion = a\noutput = b\n',
    edits: [region, { section: 'profile "x"', set: [['Region', 'c']], remove: ['output', 'region'] }],
    after: '[profile x]\nRegion = c\n',
  },
  {
    says: 'replaces a block by a value',
    before: '[profile x]\nregion =\n  a = 1\n  # why\n  b = 2\noutput = json\n',
    edits: [region],
    after: '[profile x]\nregion = eu-west-1\n  # why\noutput = json\n',
  },
];

test.each(cases)('an edit: $says', ({ before, edits, after }) => {
  expect(editIni(before, edits, '/f')).toBe(after);
});

function thrown(work: () => unknown): GauthError {
  try {
    work();
  } catch (error) {
    if (error instanceof GauthError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a file that cannot be parsed is refused, with the line', () => {
  test.each([
    ['a key before the first header', '# aws\n\nregion = a\n[x]\n', 3, 'before the first section header'],
    ['a header that does not end', '[x]\na = 1\n[profile y\n', 3, 'without a closing bracket'],
    ['a header without a name', '[x]\n[]\n', 2, 'without a closing bracket'],
    ['a NUL byte', '[x]\na = 1\nb = \0\n', 3, 'NUL'],
    ['UTF-16 read as UTF-8', '[\0x\0]\0\n\0', 1, 'NUL'],
    ['a carriage return within a line', '[x]\r\na = 1\rb = 2\r\n', 2, 'carriage return'],
    ['a header indented under a key', '[x]\na = 1\n  [y]\n  b = 2\n', 3, 'indented'],
  ])('%s', (_, text, line, why) => {
    const error = thrown(() => editIni(text, [region], '/home/me/.aws/config'));
    expect(error.code).toBe('FILE');
    expect(error.message).toContain(`cannot parse /home/me/.aws/config: line ${String(line)} `);
    expect(error.message).toContain(why);
    expect(thrown(() => parseIni(text, '/f')).code).toBe('FILE');
  });

  test('a key to be changed that has lines below it which tools read differently', () => {
    const text = '[profile x]\nregion = a\n  output = json\n';
    expect(thrown(() => editIni(text, [region], '/f')).message).toContain(
      'line 3 is indented below a value (region)',
    );
    expect(editIni(text, [duration], '/f')).toBe(`${text}google_config.duration = 7200\n`);
  });

  test('a block whose comment keeps botocore from reading a line without an equals sign as a nested key', () => {
    const text = '[profile x]\ngoogle_config = # mine\n  duration = 3600\n  foo: bar\n';
    expect(thrown(() => editIni(text, [duration], '/f')).message).toContain(
      'line 3 is indented below a value (google_config)',
    );
    expect(editIni(text.replace('foo: bar', 'foo = bar'), [duration], '/f')).toBe(
      '[profile x]\ngoogle_config = \n  duration = 7200\n  foo = bar\n',
    );
  });
});

test.each(['profile-old x', 'profiles "x"'])(
  'a profile that [%s] replaces in the AWS CLI only is not changed',
  (header) => {
    const text = `[profile x]\nregion = us-east-1\n[${header}]\nregion = us-east-2\n`;
    expect(thrown(() => editIni(text, [region], '/f')).message).toBe(
      'cannot parse /f: line 3 is a second section of this profile for the AWS CLI, but not for the SDKs',
    );
    expect(editIni(text, [{ ...region, section: 'profile y' }], '/f')).toContain('[profile y]');
  },
);

describe('a value that would not be read back is refused without being shown', () => {
  test.each([
    ['', 'is empty'],
    ['SECRET\nrole_arn = evil', 'line break'],
    ['SECRET\r', 'line break'],
    ['SECRET\u2028', 'line break'],
    ['SECRET\u0085x', 'control character'],
    ['SECRET\ud800', 'control character'],
    [' SECRET', 'with a space'],
    ['SECRET\u00a0', 'with a space'],
    ['SECRET #1', 'comment'],
    [';SECRET', 'comment'],
  ])('%j', (value, why) => {
    const error = thrown(() => editIni('', [{ section: 'x', set: [['aws_session_token', value]] }], '/f'));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toMatch(/^the value of aws_session_token cannot be written to \/f: it /);
    expect(error.message).toContain(why);
    expect(JSON.stringify([error.message, error.hints])).not.toContain('SECRET');
  });

  test('as are headers and keys that would be read as something else, which is an error of gauth', () => {
    expect(thrown(() => editIni('', [{ section: 'a]\n[b', set: [] }], '/f')).code).toBe('INTERNAL');
    expect(thrown(() => editIni('', [{ section: 'a', set: [['b = c\nd', 'e']] }], '/f')).code).toBe(
      'INTERNAL',
    );
  });
});

describe('reading', () => {
  const text = [
    '# mine',
    '[profile x]',
    'Region : us-east-1 ; home',
    'google_config.duration = 900',
    'google_config.keyring = True',
    'google_config =',
    '    duration = 7200 # longer',
    'empty =',
    'hash =#1',
    'url = https://x/#/y = z',
    'no key',
    '[profile "x"]',
    '[profile y]',
    'a = 1',
    '[profile y]',
    'a = 2',
  ].join('\r\n');
  const ini = parseIni(text, '/f');

  test('returns keys in lower case, nested ones with their block and before dotted ones, values without comments', () => {
    const first = parseIni(text.replace('[profile "x"]', '[other]'), '/f');
    expect(keyValues(first, 'profile x')).toEqual(
      new Map([
        ['region', 'us-east-1'],
        ['google_config.duration', '7200'],
        ['google_config.keyring', 'True'],
        ['empty', ''],
        ['hash', '#1'],
        ['url', 'https://x/#/y = z'],
      ]),
    );
  });

  test('uses the later of two spellings of a profile, and the later key of a section that is defined twice', () => {
    expect(keyValues(ini, 'profile x')).toEqual(new Map());
    expect(valueAt(ini, 'profile y', 'A')).toBe('2');
  });

  test('returns no key of a section that does not exist', () => {
    expect(keyValues(ini, 'x')).toBeUndefined();
    expect(valueAt(ini, 'x', 'a')).toBeUndefined();
  });

  test('lists the headers unchanged, with their position', () => {
    expect(ini.sections.map(({ header }) => header)).toEqual([
      'profile x',
      'profile "x"',
      'profile y',
      'profile y',
    ]);
    expect(ini.sections.map(({ start, end }) => text.slice(start, end)).join('')).toBe(
      text.slice('# mine\r\n'.length),
    );
  });

  test.each([
    ['profile x', 'x'],
    ['profile a.b', 'a.b'],
    ['profile "a b"', 'a b'],
    ["profile 'a b'", 'a b'],
    [String.raw`profile a\ b`, 'a b'],
    [String.raw`profile "a\"b\c"`, String.raw`a"b\c`],
    [`profile 'it'"'"'s'`, "it's"],
    ['profile  x ', 'x'],
    ['profile a b', undefined],
    [' profile x', undefined],
    ['profile "x', undefined],
    ['profile ', undefined],
    ['profiles x', undefined],
    ['default', undefined],
    ['sso-session x', undefined],
  ])('profile of [%s] is %s', (header, name) => {
    expect(profileNameOf(header)).toBe(name);
  });
});
