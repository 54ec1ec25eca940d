/** Reads any well-formed XML by XPath, with an XML parser. */
import { DOMParser } from '@xmldom/xmldom';
import xpath from 'xpath';
import type { XmlReader } from './xml-reader.ts';

/** The reader of a document; undefined if it is not well-formed. `prefixes` are those of the paths. */
export function xpathXmlReader(
  xml: string,
  prefixes: Readonly<Record<string, string>>,
): XmlReader | undefined {
  const root = parse(xml);
  if (root === undefined) return undefined;
  const select = xpath.useNamespaces(prefixes);
  const nodes = (path: string): readonly Node[] => {
    const found = select(path, root);
    return Array.isArray(found) ? found : [];
  };
  const all = (path: string): readonly string[] =>
    nodes(path)
      .map((node) => (node.textContent ?? '').trim())
      .filter((text) => text !== '');
  return { has: (path) => nodes(path).length > 0, all, first: (path) => all(path)[0] };
}

function parse(xml: string): Node | undefined {
  try {
    const stop = (level: string, message: string): void => {
      if (level !== 'warning') throw new Error(message);
    };
    const document: unknown = new DOMParser({ onError: stop, locator: false }).parseFromString(
      xml,
      'text/xml',
    );
    return isNode(document) ? document : undefined;
  } catch {
    // The parser's message quotes the document, which is a secret.
    return undefined;
  }
}

/** The types of xpath use the browser's Node; xmldom's Node is a sufficient subset. */
function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'nodeType' in value;
}
