/**
 * Reads the page with the SAML response without an HTML parser: with a saved Google session it is the only page of a sign-in, and the
 * parser costs more than everything else. What is not exactly the page that Google sends is left to `page-reader.ts`. Pure.
 */
import { Secret } from '../secret.ts';
import type { PageResponse } from './page-reader.ts';
import type { AssertionPage } from './page.ts';
import { isSignIn } from './submission.ts';

/** The attributes of a tag, each with its value in double quotes. */
const ATTRIBUTES = String.raw`((?: [a-z-]+(?:="[^"<>]*")?)*) ?/?`;

/** The whole page: a form with nothing but hidden fields, and a button where there is no JavaScript. No other tag is allowed. */
const PAGE = new RegExp(
  [
    '(?:<!doctype html>)?',
    `(?:<html${ATTRIBUTES}>)?`,
    String.raw`(?:<head>(?:<meta${ATTRIBUTES}>|<base target="_\w+">| )*</head>)?`,
    `(?:<body${ATTRIBUTES}>)?`,
    `<form(?<form>${ATTRIBUTES})>`,
    String.raw`(?<inputs>(?: ?<input${ATTRIBUTES}>)+)`,
    `(?:<noscript>[^<]*<input${ATTRIBUTES}>[^<]*</noscript>)?`,
    '</form>',
    '(?:</body>)?',
    '(?:</html>)?',
  ]
    .join(' ?')
    .replace(/^/, '^ ?')
    .concat(' ?$'),
  'i',
);

const REMOVED = new RegExp(`<script${ATTRIBUTES}>[^<]*</script>|<title>[^<]*</title>`, 'gi');

/** The assertion in a page of Google that is nothing but this form; undefined for every other page. */
export function readAssertionPage({ url, status, html }: PageResponse): AssertionPage | undefined {
  if (status !== 200 || !isSignIn(url) || !url.pathname.startsWith('/o/saml2/')) return undefined;
  // One space for the white space of HTML: the pattern could divide longer runs in many ways.
  const text = html.replace(/[ \t\n\f\r]+/g, ' ').replace(REMOVED, '');
  const { form: attributes = '', inputs = '' } = PAGE.exec(text)?.groups ?? {};
  const form = attributesOf(attributes);
  const acs = form.get('action') ?? '';
  // Without the slashes it would be relative to this page.
  const isAbsolute = /^https:\/\/[\x21-\x7e]+$/.test(acs) && URL.canParse(acs);
  if (form.get('method')?.toUpperCase() !== 'POST' || !isAbsolute) return undefined;
  const fields = inputs.split('<input').slice(1).map(attributesOf);
  if (!fields.every((field) => field.get('type') === 'hidden')) return undefined;
  const found = fields.filter((field) => field.get('name') === 'SAMLResponse');
  const value = found[0]?.get('value') ?? '';
  if (found.length !== 1 || !/^[\w+/=-]+$/.test(value)) return undefined;
  return { kind: 'assertion', base64: new Secret(value), acs: new URL(acs) };
}

/** The attributes of a tag, all in double quotes; empty if one is not, is there twice, or cannot be decoded. */
function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const rest = text.replace(/ ([a-z]+)="([^"<>]*)"/g, (_all, name: string, value: string) => {
    const plain = decoded(value);
    if (found.has(name) || plain === undefined) found.set('', '');
    found.set(name, plain ?? '');
    return '';
  });
  return /^[ />]*$/.test(rest) && !found.has('') ? found : new Map();
}

const NAMED: Readonly<Record<string, string>> = { quot: '"', lt: '<', gt: '>' };

/** The text with its character references, of which only those of ASCII are known; undefined if there are others. */
function decoded(text: string): string | undefined {
  const plain = text.replace(
    /&(?:#(\d{2,3})|#x([\da-f]{2})|(amp|quot|lt|gt));/g,
    (all, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return name === 'amp' ? AMPERSAND : (NAMED[name] ?? all);
      const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
      if (code === 0x26) return AMPERSAND;
      return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : all;
    },
  );
  return plain.includes('&') ? undefined : plain.replaceAll(AMPERSAND, '&');
}

/** Stands for an ampersand that is meant as one. No page has it: it is not a character. */
const AMPERSAND = '\ufffe';
