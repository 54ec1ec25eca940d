/** The forms of a page and what each of them submits in a browser without JavaScript. Pure. */
import type { Cheerio, CheerioAPI } from 'cheerio/slim';
import type { AnyNode, Element } from 'domhandler';

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** A form as a browser would submit it. */
export interface Form {
  /** The attributes of the tag, unchanged. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Resolved against `<base>` and the URL of the page; undefined if the attribute is not a URL. */
  readonly action: URL | undefined;
  readonly method: 'GET' | 'POST';
  /** The successful controls (HTML, "constructing the entry list") without buttons, in document order. */
  readonly fields: readonly Field[];
  /** The names of all controls, checked or not, except disabled ones. */
  readonly names: ReadonlySet<string>;
  /** The names of the controls that a user can fill in, without hidden ones. */
  readonly open: ReadonlySet<string>;
  readonly buttons: readonly Field[];
}

const LIMITS = { forms: 100, controls: 500 } as const;

const BUTTON_TYPES: ReadonlySet<string> = new Set(['submit', 'image']);
const SILENT_TYPES: ReadonlySet<string> = new Set(['button', 'reset', 'file']);

/** A form with the range of the text that contains its controls. */
interface Span {
  readonly form: Element;
  readonly start: number;
  readonly end: number;
  readonly controls: Element[];
}

/** A form with its tag and its controls, in document order. */
export interface FormElements {
  readonly form: Form;
  readonly tag: Element;
  readonly controls: readonly Element[];
}

/** The forms of a page, in document order. `query` must know the offsets of each tag in `html`. */
export function readForms(query: CheerioAPI, html: string, base: URL, page: URL): readonly FormElements[] {
  const spans = spansOf(query, html);
  for (const control of query('input,button,select,textarea').toArray()) {
    if (isInert(control)) continue;
    const owner = ownerOf(control, spans);
    if (owner !== undefined && owner.controls.length < LIMITS.controls) owner.controls.push(control);
  }
  return spans.map(({ form: tag, controls }) => ({
    form: readForm(query, tag, controls, base, page),
    tag,
    controls,
  }));
}

/** As in a browser, forms are not nested, and templates contain no forms. */
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

/**
 * The end of a form. If an enclosing tag is closed first, the tree ends there, but the controls that follow still belong to
 * the form.
 */
function endOf(form: Element, html: string): number {
  const end = form.endIndex ?? html.length;
  if (/<\/form[^>]*>$/i.test(html.slice(Math.max(0, end - 100), end + 1))) return end;
  const close = /<\/form[\s/>]/gi;
  close.lastIndex = end;
  return close.exec(html)?.index ?? html.length;
}

/** The form of a control: the one named by its attribute, else the enclosing one. */
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
      if (name !== '' && isSubmitButton(element)) buttons.push({ name, value: control.attr('value') ?? '' });
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

/** Whether a control submits its form: a <button> without a type does; type=button and type=reset do not. */
export function isSubmitButton({ name, attribs }: Element): boolean {
  const type = (attribs['type'] ?? '').toLowerCase();
  return name === 'button' ? !SILENT_TYPES.has(type) : BUTTON_TYPES.has(type);
}

/** Disabled itself, or by an enclosing fieldset, in which only the first legend stays enabled. */
export function isDisabled(control: Element): boolean {
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

/** Whether it is in a template, for scripts to copy. */
function isInert(element: Element): boolean {
  for (const outer of ancestors(element)) if (outer.name === 'template') return true;
  return false;
}

/** The enclosing tags of a node, innermost first. */
export function* ancestors(node: AnyNode): Generator<Element> {
  for (let outer = node.parent; outer !== null; outer = outer.parent) if ('attribs' in outer) yield outer;
}

/** A URL in the page, resolved; undefined if it is not one. */
export function resolveUrl(text: string, base: URL): URL | undefined {
  return URL.canParse(text, base.href) ? new URL(text, base) : undefined;
}
