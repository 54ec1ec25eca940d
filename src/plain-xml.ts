/**
 * Reads XML that is as plain as Google's SAML responses, without an XML parser, which would cost more than the rest of the reading. Anything
 * that is not plain is left to the parser: comments, CDATA, a DOCTYPE, unusual names, characters and references. Pure.
 */
import type { XmlReader } from './xml-reader.ts';

interface Element {
  /** The URI of the namespace; empty without one. */
  readonly namespace: string;
  readonly name: string;
  /** Those without a namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** The text of the element and of all within it. */
  readonly text: string;
}

/** What is not plain wherever it stands: carriage returns (which a parser changes), control characters, characters beyond the first plane. */
const UNUSUAL = /[^\t\n\x20-\x7e\xa0-\ud7ff]/;
const DECLARATION = /^<\?xml version="1\.0" encoding="UTF-8"(?: standalone="(?:yes|no)")?\?>[ \n]*/;
/** A tag, or text up to the next tag. */
const TOKEN =
  /<(?<end>\/?)(?<tag>(?:[A-Za-z]\w*:)?[A-Za-z]\w*)(?<attributes>(?:[ \n]+[\w:]+="[^"<]*")*)[ \n]*(?<empty>\/?)>|(?<text>[^<]+)/y;
const ATTRIBUTE = /[ \n]+((?:[A-Za-z]\w*:)?[A-Za-z]\w*)="([^"<\t\n]*)"/y;
/** Deeper documents are not plain. */
const MAX_DEPTH = 30;

class NotPlain extends Error {}

/**
 * The reader of a document; undefined if it is not plain. `prefixes` are those of the paths, by which it knows steps of elements, each with
 * `[1]` or `[@Name="value"]`, and one attribute at the end.
 */
export function plainXmlReader(
  xml: string,
  prefixes: Readonly<Record<string, string>>,
): XmlReader | undefined {
  try {
    const root = documentOf(xml);
    const all = (path: string): readonly string[] =>
      select(root, path, prefixes)
        .map((text) => text.trim())
        .filter((text) => text !== '');
    return { has: (path) => select(root, path, prefixes).length > 0, all, first: (path) => all(path)[0] };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** The text of the elements or attributes that a path finds. */
function select(root: Element, path: string, prefixes: Readonly<Record<string, string>>): readonly string[] {
  const steps = [...path.matchAll(/\/(@?)(?:(\w+):)?(\w+)(\[1\])?(?:\[@Name="([^"]*)"\])?/g)];
  if (steps.map(([step]) => step).join('') !== path) throw new Error(`unknown path: ${path}`);
  let found: readonly Element[] = [{ ...root, children: [root] }];
  for (const [, at, prefix = '', name = '', first, value] of steps) {
    if (at === '@') return found.flatMap(({ attributes }) => attributes.get(name) ?? []);
    found = found.flatMap(({ children }) => {
      const named = children.filter((child) => child.name === name && child.namespace === prefixes[prefix]);
      const chosen = first === undefined ? named : named.slice(0, 1);
      return value === undefined ? chosen : chosen.filter((child) => child.attributes.get('Name') === value);
    });
  }
  return found.map(({ text }) => text);
}

/** The root of a document. Throws NotPlain. */
function documentOf(xml: string): Element {
  if (UNUSUAL.test(xml)) throw new NotPlain();
  const markup = xml.replace(DECLARATION, '').trimEnd();
  const open: OpenElement[] = [];
  let root: Element | undefined;
  TOKEN.lastIndex = 0;
  while (root === undefined) {
    const { text, end = '', tag = '', attributes = '', empty = '' } = TOKEN.exec(markup)?.groups ?? {};
    const parent = open.at(-1);
    if (text !== undefined) {
      if (parent === undefined) throw new NotPlain();
      parent.text += decoded(text);
      continue;
    }
    if (end === '') {
      if (tag === '' || open.length === MAX_DEPTH) throw new NotPlain();
      open.push(startOf(tag, attributes, parent?.scope ?? new Map()));
      if (empty === '') continue;
    } else if (tag !== parent?.tag || attributes !== '' || empty !== '') throw new NotPlain();
    const closed = open.pop();
    const above = open.at(-1);
    if (above && closed) {
      above.children.push(closed);
      above.text += closed.text;
    } else root = closed;
  }
  if (TOKEN.lastIndex !== markup.length) throw new NotPlain();
  return root;
}

interface OpenElement extends Element {
  readonly tag: string;
  /** The URI of each prefix; that of the empty prefix is the namespace of names without one. */
  readonly scope: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

/** An element from its tag. Throws NotPlain. */
function startOf(tag: string, list: string, outer: ReadonlyMap<string, string>): OpenElement {
  const all = new Map<string, string>();
  ATTRIBUTE.lastIndex = 0;
  for (let end = 0; end < list.length; end = ATTRIBUTE.lastIndex) {
    const [, name = '', value = ''] = ATTRIBUTE.exec(list) ?? [];
    if (name === '' || all.has(name)) throw new NotPlain();
    all.set(name, decoded(value));
  }
  const declared = [...all].flatMap(([name, value]) => {
    const prefix = name === 'xmlns' ? '' : /^xmlns:(.+)$/.exec(name)?.[1];
    if (prefix === undefined) return [];
    if (prefix.startsWith('xml') || value === '') throw new NotPlain();
    return [[prefix, value] as const];
  });
  const scope = declared.length === 0 ? outer : new Map([...outer, ...declared]);
  const attributes = [...all].filter(([name]) => !name.includes(':') && name !== 'xmlns');
  // Two could be one by their namespace.
  if (all.size - attributes.length - declared.length > 1) throw new NotPlain();
  for (const name of all.keys()) {
    const prefix = /^(.+):/.exec(name)?.[1];
    if (prefix !== undefined && prefix !== 'xmlns' && !scope.has(prefix)) throw new NotPlain();
  }
  const [, prefix = '', name = ''] = /^(?:(.+):)?(.+)$/.exec(tag) ?? [];
  const namespace = scope.get(prefix) ?? (prefix === '' ? '' : undefined);
  if (namespace === undefined) throw new NotPlain();
  return { tag, scope, namespace, name, attributes: new Map(attributes), children: [], text: '' };
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text with its references, of which only those of printable ASCII are plain. Throws NotPlain. */
function decoded(text: string): string {
  if (text.includes(']]>')) throw new NotPlain();
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{2,3})|#x([\da-fA-F]{2})|([a-z]{2,4}));|&/g, (_all, decimal, hex, name) => {
    const code = decimal === undefined ? parseInt(String(hex), 16) : Number(decimal);
    const character = code > 0x20 && code < 0x7f ? String.fromCharCode(code) : NAMED[String(name)];
    if (character === undefined) throw new NotPlain();
    return character;
  });
}
