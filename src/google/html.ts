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
}

const BUTTON_TYPES: ReadonlySet<string> = new Set(['submit', 'image']);
const SILENT_TYPES: ReadonlySet<string> = new Set(['button', 'reset', 'file']);
/** What no-one sees: templates and scripts, and what is switched off for sight and screen readers. */
const HIDDEN =
  'script,style,template,noscript,[hidden],[aria-hidden="true"],[style*="display:none"],[style*="display: none"]';

/** Reads a page. Never throws, whatever the text is. */
export function readDocument(url: URL, html: string): Document {
  const query = load(html);
  const base = address(query('base[href]').first().attr('href') ?? '', url) ?? url;
  const forms = query('form')
    .toArray()
    .map((element) => readForm(query, query(element), base, url));
  return { url, query, forms };
}

/** The visible text of the first match that has any, as one plain line. */
export function shown(document: Document, selector: string): string | undefined {
  for (const element of document.query(selector).toArray()) {
    const match = document.query(element);
    if (match.closest(HIDDEN).length > 0) continue;
    const copy = match.clone();
    copy.find(HIDDEN).remove();
    const text = plain(copy.text());
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
  for (const element of form.find('input,button,select,textarea').toArray()) {
    const control = query(element);
    const name = control.attr('name') ?? '';
    if (control.is('[disabled]')) continue;
    const type = (control.attr('type') ?? '').toLowerCase();
    if (control.is('button') || BUTTON_TYPES.has(type)) {
      // A <button> without a type submits; type=button and type=reset do not.
      if (name !== '' && !SILENT_TYPES.has(type)) buttons.push({ name, value: control.attr('value') ?? '' });
      continue;
    }
    if (name === '' || SILENT_TYPES.has(type)) continue;
    names.add(name);
    const value = valueOf(control, type);
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

function valueOf(control: Cheerio<AnyNode>, type: string): string | undefined {
  if (type === 'checkbox' || type === 'radio') {
    return control.is('[checked]') ? (control.attr('value') ?? 'on') : undefined;
  }
  if (control.is('textarea')) return control.text();
  if (control.is('select')) {
    const chosen = control.find('option[selected]').first();
    const option = chosen.length > 0 ? chosen : control.find('option').first();
    return option.attr('value') ?? option.text();
  }
  return control.attr('value') ?? '';
}
