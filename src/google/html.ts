/** What a browser without JavaScript sees in a page: its forms, and the text that is not hidden. Pure. */
import { type Cheerio, type CheerioAPI, load } from 'cheerio/slim';
import type { AnyNode, Element } from 'domhandler';
import { oneLine } from '../text.ts';
import { type Form, resolveUrl, ancestors, readForms } from './forms.ts';

export { resolveUrl as resolveUrl } from './forms.ts';
export type { Field, Form } from './forms.ts';

/** A page that was read: queries see the whole of it, `shown` only what is not hidden. */
export interface Document {
  readonly url: URL;
  readonly query: CheerioAPI;
  readonly forms: readonly Form[];
  /** The tag that each form was read from. */
  readonly tags: ReadonlyMap<Form, Cheerio<AnyNode>>;
}

/**
 * What is read of a page. Google's largest have some 2,000 tags, 40 deep, and three forms; the searches below take time
 * in the square of these numbers, so that without limits a page of 100 kB could keep the program busy for minutes.
 */
const LIMITS = { tags: 20_000, depth: 200, children: 1_000, matches: 50, text: 5_000 } as const;

/** What no-one sees, whatever its attributes say. */
const UNSEEN: ReadonlySet<string> = new Set(['script', 'style', 'template', 'noscript']);
const HIDING = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b/i;

/** Reads a page. Never throws, whatever the text is; what is beyond the limits is not read. */
export function readDocument(url: URL, html: string): Document {
  const text = firstTags(html);
  const query = grow(text);
  const base = resolveUrl(query('base[href]').first().attr('href') ?? '', url) ?? url;
  const tags = readForms(query, text, base, url);
  return { url, query, forms: [...tags.keys()], tags };
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

/** Cut before parsing: the parser itself takes time in the square of the depth. */
function firstTags(html: string): string {
  let count = 0;
  for (const match of html.matchAll(/<[a-z/]/gi)) {
    count += 1;
    if (count > LIMITS.tags) return html.slice(0, match.index);
  }
  return html;
}

/** The first matches of a selector; one page has a handful. */
export function matches(document: Document, selector: string): readonly Cheerio<AnyNode>[] {
  const { query } = document;
  return query(selector)
    .toArray()
    .slice(0, LIMITS.matches)
    .map((element) => query(element));
}

/** The text of a tag as one plain line; of very much text only the beginning is looked at. */
export function textOf(tag: Cheerio<AnyNode>, limit?: number): string {
  return oneLine(tag.text().slice(0, LIMITS.text), limit);
}

/** The visible text of the first match that has any, as one plain line. */
export function shownText(document: Document, selector: string): string | undefined {
  for (const match of document.query(selector).toArray().slice(0, LIMITS.matches)) {
    if (isHidden(match)) continue;
    const text = oneLine(visibleText(match));
    if (text !== '') return text;
  }
  return undefined;
}

/** Whether somebody can see the first match. */
export function isShown(document: Document, selector: string): boolean {
  const [match] = document.query(selector).toArray();
  return match !== undefined && !isHidden(match);
}

/** Switched off for sight or for screen readers, by itself or by what is around it. */
function isHidden(node: AnyNode): boolean {
  if ('attribs' in node && hides(node)) return true;
  for (const outer of ancestors(node)) if (hides(outer)) return true;
  return false;
}

function hides({ name, attribs }: Element): boolean {
  const aria = attribs['aria-hidden'];
  return (
    UNSEEN.has(name) ||
    attribs['hidden'] !== undefined ||
    (aria !== undefined && aria.trim().toLowerCase() !== 'false') ||
    HIDING.test(attribs['style'] ?? '')
  );
}

/** The text below a tag without what is hidden there; of very much text the beginning. */
function visibleText(top: AnyNode): string {
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

/** An attribute of the first match, hidden or not. */
export function attribute(document: Document, selector: string, name: string): string | undefined {
  return document.query(selector).first().attr(name);
}

export function exists(document: Document, selector: string): boolean {
  return document.query(selector).length > 0;
}

/** The value a form would send under a name. */
export function fieldValue(form: Form, name: string): string | undefined {
  return form.fields.find((field) => field.name === name)?.value;
}
