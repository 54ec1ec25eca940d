/** The HTML parser: the forms and the visible text of a page, for the recognisers. Pure. */
import { type Cheerio, type CheerioAPI, load } from 'cheerio/slim';
import type { AnyNode, Element } from 'domhandler';
import { oneLine } from '../text.ts';
import { type Form, type FormElements, resolveUrl, ancestors, readForms } from './forms.ts';

export { resolveUrl as resolveUrl } from './forms.ts';
export type { Field, Form } from './forms.ts';

/** A parsed page: queries match hidden elements, too; `shownText` returns only visible text. */
export interface Document {
  readonly url: URL;
  readonly query: CheerioAPI;
  readonly forms: readonly Form[];
  /** The tag of each form. */
  readonly tags: ReadonlyMap<Form, Cheerio<AnyNode>>;
  readonly elements: readonly FormElements[];
}

/**
 * Limits for pages. The largest of Google have some 2,000 tags, 40 levels deep, and three forms. The searches below take
 * quadratic time: without limits, a page of 100 kB could keep the program busy for minutes.
 */
const LIMITS = { tags: 20_000, depth: 200, children: 1_000, matches: 50, text: 5_000 } as const;

/** Elements that are never visible. */
const UNSEEN: ReadonlySet<string> = new Set(['script', 'style', 'template', 'noscript']);
const HIDING = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b/i;

/** Parses a page. Never throws; what exceeds the limits is ignored. */
export function readDocument(url: URL, html: string): Document {
  const text = firstTags(html);
  const query = grow(text);
  const base = resolveUrl(query('base[href]').first().attr('href') ?? '', url) ?? url;
  const elements = readForms(query, text, base, url);
  return {
    url,
    query,
    forms: elements.map(({ form }) => form),
    tags: new Map(elements.map(({ form, tag }) => [form, query(tag)])),
    elements,
  };
}

/** The tree of a page, within the limits. */
export function parse(html: string): CheerioAPI {
  return grow(firstTags(html));
}

function grow(html: string): CheerioAPI {
  const query = load(html, { xml: { xmlMode: false, withStartIndices: true, withEndIndices: true } });
  const open: { readonly nodes: readonly AnyNode[]; readonly depth: number }[] = [
    { nodes: query.root().toArray(), depth: 0 },
  ];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      if (!('children' in node)) continue;
      if (level.depth >= LIMITS.depth) node.children = [];
      else {
        if (node.children.length > LIMITS.children) node.children.length = LIMITS.children;
        open.push({ nodes: node.children, depth: level.depth + 1 });
      }
    }
  }
  return query;
}

/** Truncated before parsing: the parser itself takes quadratic time in the depth. */
function firstTags(html: string): string {
  let count = 0;
  for (const match of html.matchAll(/<[a-z/]/gi)) {
    count += 1;
    if (count > LIMITS.tags) return html.slice(0, match.index);
  }
  return html;
}

/** The first matches of a selector; real pages have a handful. */
export function matches(document: Document, selector: string): readonly Cheerio<AnyNode>[] {
  const { query } = document;
  return query(selector)
    .toArray()
    .slice(0, LIMITS.matches)
    .map((element) => query(element));
}

/** The text of a tag as one line; only the beginning of very long text. */
export function textOf(tag: Cheerio<AnyNode>, limit?: number): string {
  return oneLine(tag.text().slice(0, LIMITS.text), limit);
}

/** The visible text of the first match with text, as one line. */
export function shownText(document: Document, selector: string): string | undefined {
  for (const match of document.query(selector).toArray().slice(0, LIMITS.matches)) {
    if (isHidden(match)) continue;
    const text = oneLine(visibleText(match));
    if (text !== '') return text;
  }
  return undefined;
}

/** Whether the first match is visible. */
export function isShown(document: Document, selector: string): boolean {
  const [match] = document.query(selector).toArray();
  return match !== undefined && !isHidden(match);
}

/** Hidden visually or from screen readers, itself or by an enclosing element. */
export function isHidden(node: AnyNode): boolean {
  if ('attribs' in node && hides(node)) return true;
  for (const outer of ancestors(node)) if (hides(outer)) return true;
  return false;
}

export function hides({ name, attribs }: Element): boolean {
  const aria = attribs['aria-hidden'];
  return (
    UNSEEN.has(name) ||
    attribs['hidden'] !== undefined ||
    (aria !== undefined && aria.trim().toLowerCase() !== 'false') ||
    HIDING.test(attribs['style'] ?? '')
  );
}

/** The text of a tag without hidden parts; only the beginning of very long text. */
export function visibleText(top: AnyNode): string {
  let text = '';
  const left: AnyNode[] = 'children' in top ? [...top.children].reverse() : [];
  for (let node = left.pop(); node !== undefined && text.length < LIMITS.text; node = left.pop()) {
    if (node.type === 'text') text += node.data.slice(0, LIMITS.text);
    else if ('children' in node && !('attribs' in node && hides(node))) {
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index];
        if (child !== undefined) left.push(child);
      }
    }
  }
  return text.slice(0, LIMITS.text);
}

/** An attribute of the first match, visible or not. */
export function attribute(document: Document, selector: string, name: string): string | undefined {
  return document.query(selector).first().attr(name);
}

export function exists(document: Document, selector: string): boolean {
  return document.query(selector).length > 0;
}

/** The value that a form would submit under a name. */
export function fieldValue(form: Form, name: string): string | undefined {
  return form.fields.find((field) => field.name === name)?.value;
}
