/** The reader of plain XML: what it reads, the XML parser reads too; what is not plain is left to the parser. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainXmlReader } from '../src/plain-xml.ts';
import { xpathXmlReader } from '../src/xpath-xml.ts';
import { samlIssuer } from './emulators/saml.ts';
import { type Random, pick, seeded } from './support/mutations.ts';

const PREFIXES = {
  p: 'urn:oasis:names:tc:SAML:2.0:protocol',
  a: 'urn:oasis:names:tc:SAML:2.0:assertion',
};
const ASSERTION = '/p:Response/a:Assertion[1]';
const ATTRIBUTES = `${ASSERTION}/a:AttributeStatement/a:Attribute`;
const PATHS = [
  '/p:Response',
  '/p:Response/@Destination',
  '/p:Response/p:Status/p:StatusCode/@Value',
  '/p:Response/a:Assertion',
  '/p:Response/a:Issuer',
  ASSERTION,
  `${ASSERTION}/a:Issuer`,
  `${ASSERTION}/a:Subject/a:NameID`,
  `${ASSERTION}/a:Subject/a:SubjectConfirmation/a:SubjectConfirmationData/@Recipient`,
  `${ASSERTION}/a:Conditions[1]/@NotOnOrAfter`,
  `${ASSERTION}/a:Conditions[1]/a:AudienceRestriction/a:Audience`,
  ATTRIBUTES,
  `${ATTRIBUTES}/@Name`,
  ...['Role', 'RoleSessionName', 'SessionDuration'].map(
    (name) => `${ATTRIBUTES}[@Name="https://aws.amazon.com/SAML/Attributes/${name}"]/a:AttributeValue`,
  ),
];
const ROLE = 'arn:aws:iam::123456789012:role/admin,arn:aws:iam::123456789012:saml-provider/GoogleApps';
const google = readFileSync(new URL('fixtures/saml/google.xml', import.meta.url), 'utf8');
const issued = Buffer.from(samlIssuer().issue({ roles: [ROLE], sessionDuration: 3600 }), 'base64').toString();

const readings = (reader: ReturnType<typeof plainXmlReader>) =>
  reader && PATHS.map((path) => ({ path, has: reader.has(path), all: reader.all(path) }));
const plain = (xml: string) => readings(plainXmlReader(xml, PREFIXES));
const parsed = (xml: string) => readings(xpathXmlReader(xml, PREFIXES));

describe('plain XML', () => {
  it.each([
    ['as the emulator sends it', issued],
    ['as captured from Google', google],
    ['without a declaration', issued.replace(/^<\?xml[^>]*>/, '')],
    ['with references', issued.replace('me@example.com', 'me&#64;&amp;&lt;&quot;&apos;&#x41;')],
    ['with other letters', issued.replace('me@example.com', 'mé@例え.jp')],
    [
      'in lines, with white space in tags',
      issued.replaceAll('><', '>\n  <').replaceAll(' Value=', '\n  Value='),
    ],
    ['with a default namespace', google.replaceAll('saml2:', '').replaceAll('xmlns:saml2=', 'xmlns=')],
    ['with several assertions', issued.replace(/(<saml2:Assertion .*<\/saml2:Assertion>)/s, '$1$1')],
    ['with elements of other namespaces', google.replace('<saml2:Subject>', '<Subject>x</Subject>$&')],
    ['with elements within a value', issued.replace(ROLE, `<b>${ROLE.slice(0, 20)}</b>${ROLE.slice(20)}`)],
  ])('is read %s', (_how, xml) => {
    expect(plain(xml)).toBeDefined();
    expect(plain(xml)).toEqual(parsed(xml));
  });

  it.each([
    ['a comment', google.replace('me@example.com', 'me@example.com<!-- .evil -->')],
    ['CDATA', google.replace('me@example.com', '<![CDATA[me@example.com]]>')],
    ['the end of CDATA', google.replace('me@example.com', 'a]]>b')],
    ['a processing instruction', google.replace('<saml2:Subject>', '<?php x?>$&')],
    ['a DOCTYPE', `<!DOCTYPE x>${google}`],
    ['another encoding', google.replace('UTF-8', 'ISO-8859-1')],
    ['an attribute in single quotes', google.replace('Version="2.0"', "Version='2.0'")],
    ['an attribute twice', google.replace('Version="2.0"', 'Version="2.0" Version="2.0"')],
    [
      'two attributes with prefixes',
      issued.replace('<saml2:Subject>', '<saml2:Subject saml2:a="1" ds:a="1">'),
    ],
    ['an undeclared prefix', issued.replace('<saml2:Subject>', '<saml2:Subject x:a="1">')],
    ['an undeclared prefix of an element', issued.replace(/saml2:Subject>/g, 'x:Subject>')],
    ['a prefix that is taken back', issued.replace('<saml2:Subject>', '<saml2:Subject xmlns:saml2="">')],
    ['a line break in an attribute', issued.replace('Version="2.0"', 'Version="2.0\n"')],
    ['a line break as a reference', google.replace('me@example.com', 'me&#10;')],
    ['an unknown reference', google.replace('me@example.com', '&nbsp;')],
    ['a bare ampersand', google.replace('me@example.com', 'a & b')],
    ['a carriage return', google.replace('me@example.com', 'a\r\nb')],
    ['a control character', google.replace('me@example.com', 'a\u0000b')],
    ['a character beyond the first plane', google.replace('me@example.com', '😀')],
    ['a tag that is not closed', google.replace('</saml2:Subject>', '')],
    ['another order of closing tags', issued.replace('</saml2:Subject>', '</saml2:NameID></saml2:Subject>')],
    ['a second root', `${issued}<a/>`],
    ['text before the root', `x${issued.replace(/^<\?xml[^>]*>/, '')}`],
    ['text after the root', `${issued}x`],
    ['too much depth', google.replace('me@example.com', `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`)],
    ['nothing', ''],
    ['a half', google.slice(0, 2000)],
  ])('is not %s', (_what, xml) => {
    expect(plain(xml)).toBeUndefined();
  });

  it('reads only the paths that it knows', () => {
    const reader = plainXmlReader(issued, PREFIXES);
    expect(() => reader?.all('/p:Response//p:StatusCode')).toThrow('unknown path');
  });
});

const COUNT = Number(process.env['GAUTH_FUZZ'] ?? 4_000);
const SEED = Number(process.env['GAUTH_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const PIECES = [
  ...['<', '>', '/', '"', "'", '=', '&', ';', ' ', '\n', '\t', '\r', ':', ']]>', '&amp;', '&#65;', '&#x3c;'],
  ...[
    '<a>',
    '</a>',
    '<a/>',
    '<!-- -->',
    '<![CDATA[x]]>',
    '<?x?>',
    ' a="b"',
    ' xmlns="x"',
    ' xmlns:saml2="x"',
  ],
  ...[
    ' saml2:Name="x"',
    '<saml2:Assertion>',
    '</saml2:Assertion>',
    'xmlns:xml="x"',
    'é',
    '\u0080',
    '\ufeff',
    '😀',
  ],
  ...[
    '<saml2:AttributeValue>x</saml2:AttributeValue>',
    ' Name="https://aws.amazon.com/SAML/Attributes/Role"',
  ],
];

/** Removes, repeats, moves and inserts pieces. */
function damagedXml(xml: string, random: Random): string {
  let text = xml;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) {
    const at = Math.floor(random() * text.length);
    const end = at + Math.floor(random() * (random() < 0.7 ? 3 : 200));
    const other = Math.floor(random() * text.length);
    const put = random() < 0.6 ? pick(random, PIECES) : random() < 0.5 ? text.slice(other, other + 60) : '';
    text = text.slice(0, at) + put + text.slice(random() < 0.4 ? end : at);
  }
  return text;
}

it(`is never read otherwise than by the parser (GAUTH_FUZZ_SEED=${String(SEED)})`, () => {
  const random = seeded(SEED);
  let read = 0;
  for (let index = 0; index < COUNT; index += 1) {
    const xml = damagedXml(random() < 0.5 ? google : issued, random);
    const found = plain(xml);
    if (found === undefined) continue;
    read += 1;
    expect(found, `seed ${String(SEED)}, ${String(index)}: ${xml}`).toEqual(parsed(xml));
  }
  expect(read).toBeGreaterThan(COUNT / 20);
});
