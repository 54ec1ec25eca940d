/** The forms of a page and what each of them sends, as a browser without JavaScript has it. Pure. */
import type { Cheerio, CheerioAPI } from 'cheerio/slim';
import type { AnyNode, Element } from 'domhandler';

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
  /** Those of them that a person can fill in: the hidden ones left out. */
  readonly open: ReadonlySet<string>;
  readonly buttons: readonly Field[];
}

const LIMITS = { forms: 100, controls: 500 } as const;

const BUTTON_TYPES: ReadonlySet<string> = new Set(['submit', 'image']);
const SILENT_TYPES: ReadonlySet<string> = new Set(['button', 'reset', 'file']);

/** A form, and from where to where in the text its controls stand. */
interface Span {
  readonly form: Element;
  readonly start: number;
  readonly end: number;
  readonly controls: Element[];
}

/** The forms of a page with their tags, in document order. `query` has to know where in `html` each tag starts and ends. */
export function readForms(
  query: CheerioAPI,
  html: string,
  base: URL,
  page: URL,
): ReadonlyMap<Form, Cheerio<AnyNode>> {
  const spans = spansOf(query, html);
  for (const control of query('input,button,select,textarea').toArray()) {
    if (isInert(control)) continue;
    const owner = ownerOf(control, spans);
    if (owner !== undefined && owner.controls.length < LIMITS.controls) owner.controls.push(control);
  }
  return new Map(
    spans.map(({ form, controls }) => [readForm(query, form, controls, base, page), query(form)] as const),
  );
}

/** As in a browser, a form does not begin inside another one, and what stands in a template is none. */
function spansOf(query: CheerioAPI, html: string): readonly Span[] {
  const spans: Span[] = [];
  let reached = -1;
  for (const form of query('form').toArray().slice(0, LIMITS.forms)) {
    const start = form.startIndex ?? 0;
    if (start <= reached || isInert(form)) continue;
    reached = endOf(form, html);
    spans.push({ form, start, end: reached, controls: [] });
  }
  return spans;
}

/** Where the form ends: a tag around it that is closed first takes it out of the tree, not out of the controls' minds. */
function endOf(form: Element, html: string): number {
  const end = form.endIndex ?? html.length;
  if (/<\/form[^>]*>$/i.test(html.slice(Math.max(0, end - 100), end + 1))) return end;
  const close = /<\/form[\s/>]/gi;
  close.lastIndex = end;
  return close.exec(html)?.index ?? html.length;
}

/** The form that a control belongs to: the one it names, else the one that it stands in. */
function ownerOf(control: Element, spans: readonly Span[]): Span | undefined {
  const named = control.attribs['form'];
  if (named !== undefined) return spans.find(({ form }) => form.attribs['id'] === named);
  const at = control.startIndex ?? -1;
  return spans.find(({ start, end }) => start < at && at < end);
}

function readForm(
  query: CheerioAPI,
  form: Element,
  controls: readonly Element[],
  base: URL,
  page: URL,
): Form {
  const fields: Field[] = [];
  const buttons: Field[] = [];
  const names = new Set<string>();
  const open = new Set<string>();
  for (const element of controls) {
    const control = query(element);
    const name = control.attr('name') ?? '';
    if (isDisabled(element)) continue;
    const tag = element.name;
    const type = (control.attr('type') ?? '').toLowerCase();
    if (tag === 'button' || BUTTON_TYPES.has(type)) {
      // A <button> without a type submits; type=button and type=reset do not.
      if (name !== '' && !SILENT_TYPES.has(type)) buttons.push({ name, value: control.attr('value') ?? '' });
      continue;
    }
    if (name === '' || SILENT_TYPES.has(type)) continue;
    names.add(name);
    if (type !== 'hidden') open.add(name);
    const value = valueOf(control, tag, type);
    if (value !== undefined) fields.push({ name, value });
  }
  const action = form.attribs['action']?.trim() ?? '';
  return {
    attributes: form.attribs,
    action: action === '' ? page : resolveUrl(action, base),
    method: form.attribs['method']?.toLowerCase() === 'post' ? 'POST' : 'GET',
    fields,
    names,
    open,
    buttons,
  };
}

function valueOf(control: Cheerio<Element>, tag: string, type: string): string | undefined {
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

/** By itself, or by a fieldset around it, whose first legend alone stays in use. */
function isDisabled(control: Element): boolean {
  if (control.attribs['disabled'] !== undefined) return true;
  let inner: AnyNode = control;
  for (const outer of ancestors(control)) {
    if (outer.name === 'fieldset' && outer.attribs['disabled'] !== undefined) {
      const legend = outer.children.find((child) => 'name' in child && child.name === 'legend');
      if (inner !== legend) return true;
    }
    inner = outer;
  }
  return false;
}

/** Whether it is only there for a script to copy. */
function isInert(element: Element): boolean {
  for (const outer of ancestors(element)) if (outer.name === 'template') return true;
  return false;
}

/** The tags around a node, from the inside out. */
export function* ancestors(node: AnyNode): Generator<Element> {
  for (let outer = node.parent; outer !== null; outer = outer.parent) if ('attribs' in outer) yield outer;
}

/** An address in the page, resolved; undefined where it is none. */
export function resolveUrl(text: string, base: URL): URL | undefined {
  return URL.canParse(text, base.href) ? new URL(text, base) : undefined;
}
