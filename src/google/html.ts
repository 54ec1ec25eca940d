/** What a browser without JavaScript sees in a page: its forms, the values they send, and the text that is not hidden. Pure. */
import { type Cheerio, type CheerioAPI, load } from 'cheerio/slim';
import type { AnyNode } from 'domhandler';
import { plain } from '../text.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** A form as a browser would send it. */
export interface Form {
  /** The attributes of the tag, as they stand. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Resolved against `<base>` and the page's address; undefined where the attribute is no address. */
  readonly action: URL | undefined;
  readonly method: 'GET' | 'POST';
  /** The successful controls (HTML, "constructing the entry list") without buttons, in document order. */
  readonly fields: readonly Field[];
  /** The names of every control that is there, ticked or not, disabled ones left out. */
  readonly names: ReadonlySet<string>;
  readonly buttons: readonly Field[];
}

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
const LIMITS = {
  tags: 20_000,
  depth: 200,
  children: 1_000,
  forms: 100,
  controls: 500,
  matches: 50,
  text: 5_000,
} as const;

const BUTTON_TYPES: ReadonlySet<string> = new Set(['submit', 'image']);
const SILENT_TYPES: ReadonlySet<string> = new Set(['button', 'reset', 'file']);
/** What no-one sees: templates and scripts, and what is switched off for sight and screen readers. */
const HIDDEN =
  'script,style,template,noscript,[hidden],[aria-hidden="true"],[style*="display:none"],[style*="display: none"]';

/** Reads a page. Never throws, whatever the text is; what is beyond the limits is not read. */
export function readDocument(url: URL, html: string): Document {
  const query = parse(html);
  const base = address(query('base[href]').first().attr('href') ?? '', url) ?? url;
  // As in a browser, a form does not begin inside another one.
  const tags = query('form')
    .toArray()
    .slice(0, LIMITS.forms)
    .map((element) => query(element));
  const outermost = tags.filter((tag) => tag.parents('form').length === 0);
  const read = outermost.map((tag) => [readForm(query, tag, base, url), tag] as const);
  return { url, query, forms: read.map(([form]) => form), tags: new Map(read) };
}

/** The tree of a page, within the limits. */
export function parse(html: string): CheerioAPI {
  const query = load(firstTags(html));
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
  return plain(tag.text().slice(0, LIMITS.text), limit);
}

/** The visible text of the first match that has any, as one plain line. */
export function shown(document: Document, selector: string): string | undefined {
  for (const match of matches(document, selector)) {
    if (match.closest(HIDDEN).length > 0) continue;
    const copy = match.clone();
    copy.find(HIDDEN).remove();
    const text = textOf(copy);
    if (text !== '') return text;
  }
  return undefined;
}

/** An attribute of the first match, hidden or not. */
export function attribute(document: Document, selector: string, name: string): string | undefined {
  return document.query(selector).first().attr(name);
}

export function exists(document: Document, selector: string): boolean {
  return document.query(selector).length > 0;
}

/** An address in the page, resolved; undefined where it is none. */
export function address(text: string, base: URL): URL | undefined {
  return URL.canParse(text, base.href) ? new URL(text, base) : undefined;
}

/** The value a form would send under a name. */
export function fieldValue(form: Form, name: string): string | undefined {
  return form.fields.find((field) => field.name === name)?.value;
}

function readForm(query: CheerioAPI, form: Cheerio<AnyNode>, base: URL, page: URL): Form {
  const fields: Field[] = [];
  const buttons: Field[] = [];
  const names = new Set<string>();
  for (const element of form.find('input,button,select,textarea').toArray().slice(0, LIMITS.controls)) {
    const control = query(element);
    const name = control.attr('name') ?? '';
    if (control.attr('disabled') !== undefined) continue;
    const tag = 'name' in element ? element.name : '';
    const type = (control.attr('type') ?? '').toLowerCase();
    if (tag === 'button' || BUTTON_TYPES.has(type)) {
      // A <button> without a type submits; type=button and type=reset do not.
      if (name !== '' && !SILENT_TYPES.has(type)) buttons.push({ name, value: control.attr('value') ?? '' });
      continue;
    }
    if (name === '' || SILENT_TYPES.has(type)) continue;
    names.add(name);
    const value = valueOf(control, tag, type);
    if (value !== undefined) fields.push({ name, value });
  }
  const action = form.attr('action')?.trim() ?? '';
  return {
    attributes: form.attr() ?? {},
    action: action === '' ? page : address(action, base),
    method: form.attr('method')?.toLowerCase() === 'post' ? 'POST' : 'GET',
    fields,
    names,
    buttons,
  };
}

function valueOf(control: Cheerio<AnyNode>, tag: string, type: string): string | undefined {
  if (type === 'checkbox' || type === 'radio') {
    return control.attr('checked') !== undefined ? (control.attr('value') ?? 'on') : undefined;
  }
  if (tag === 'textarea') return control.text();
  if (tag === 'select') {
    const chosen = control.find('option[selected]').first();
    const option = chosen.length > 0 ? chosen : control.find('option').first();
    return option.attr('value') ?? option.text();
  }
  return control.attr('value') ?? '';
}
