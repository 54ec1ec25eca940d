/** Forms: their markup and the check of what is submitted, made from one list of fields. */
import { escape } from '../respond.ts';

/** What has to come back for a field. */
export type Expectation =
  /** once, unchanged */
  | { readonly kind: 'same'; readonly value: string }
  /** once, whatever the user answers */
  | { readonly kind: 'answer' }
  /** once and empty: a decoy for password managers and robots */
  | { readonly kind: 'empty' }
  /** this value, or nothing at all: a box to tick or a button that need not be pressed */
  | { readonly kind: 'optional'; readonly value: string }
  /** anything or nothing: the page judges it later */
  | { readonly kind: 'free' }
  /** exactly one of the buttons of this name */
  | { readonly kind: 'button'; readonly value: string };

export interface Field {
  readonly name: string;
  readonly html: string;
  readonly expect: Expectation;
}

export type Part = string | Field | readonly Part[];

export interface Form {
  /** What the page means by it; the sign-in acts on this word. */
  readonly intent: string;
  /** As it stands in the page; an empty one is left out, and the form goes to the page's own address. */
  readonly action: string;
  readonly html: string;
  readonly fields: readonly Field[];
}

/** A page with the forms in it. */
export interface PageMarkup {
  readonly html: string;
  readonly forms: readonly Form[];
  readonly status?: number;
}

export function hidden(name: string, value: string, attributes = ''): Field {
  return {
    name,
    html: `<input type="hidden" name="${name}" value="${escape(value)}" ${attributes}>`,
    expect: { kind: 'same', value },
  };
}

/** A hidden field whose value the script of a real page would replace. */
export function scripted(name: string, value: string, attributes = ''): Field {
  return { ...hidden(name, value, attributes), expect: { kind: 'answer' } };
}

export function input(type: string, name: string, attributes = ''): Field {
  return { name, html: `<input type="${type}" name="${name}" ${attributes}>`, expect: { kind: 'answer' } };
}

export function honeypot(type: string, name: string, attributes = ''): Field {
  return { ...input(type, name, attributes), expect: { kind: 'empty' } };
}

/** A ticked box; without a value of its own it sends `on`. */
export function checkbox(name: string, value: string, attributes = ''): Field {
  const html = `<input type="checkbox" name="${name}" ${value === 'on' ? '' : `value="${value}"`} ${attributes} checked>`;
  return { name, html, expect: { kind: 'optional', value } };
}

/** A button with a name: pressed, it sends its value. One of the buttons of a name has to be pressed. */
export function button(name: string, value: string, label: string, attributes = ''): Field {
  return {
    name,
    html: `<button name="${name}" value="${escape(value)}" ${attributes}>${label}</button>`,
    expect: { kind: 'button', value },
  };
}

/** A field that is not in the page and that a client may send all the same. */
export function unprinted(name: string): Field {
  return { name, html: '', expect: { kind: 'free' } };
}

export function form(intent: string, action: string, attributes: string, parts: Part): Form {
  const flat = flatten(parts);
  const body = flat.map((part) => (typeof part === 'string' ? part : part.html)).join('\n');
  return {
    intent,
    action,
    html: `<form ${action === '' ? '' : `action="${escape(action)}"`} method="POST" ${attributes}>\n${body}\n</form>`,
    fields: flat.filter((part) => typeof part !== 'string'),
  };
}

function flatten(part: Part): (string | Field)[] {
  if (typeof part === 'string' || 'expect' in part) return [part];
  return part.flatMap(flatten);
}

/** What is wrong with a filled form, in words; an empty list when a browser could have sent it. */
export function faults(issued: Form, sent: URLSearchParams): string[] {
  const names = new Set([...sent.keys(), ...issued.fields.map((field) => field.name)]);
  return [...names].flatMap((name) => {
    const values = sent.getAll(name);
    const expectations = issued.fields.filter((field) => field.name === name).map((field) => field.expect);
    const fault = faultOf(expectations, values);
    return fault === undefined ? [] : [`${issued.intent} form: field ${name} ${fault}`];
  });
}

function faultOf(expectations: readonly Expectation[], values: readonly string[]): string | undefined {
  const expected = expectations[0];
  if (expected === undefined) return 'was invented';
  if (values.length > 1) return 'came more than once';
  const value = values[0];
  switch (expected.kind) {
    case 'free':
      return undefined;
    case 'answer':
      return value === undefined ? 'is missing' : undefined;
    case 'empty':
      return value === '' ? undefined : 'is a decoy and must come back empty';
    case 'same':
      if (value === undefined) return 'is missing';
      return value === expected.value ? undefined : 'was changed';
    case 'optional':
      return value === undefined || value === expected.value
        ? undefined
        : 'has a value the page does not offer';
    case 'button':
      if (value === undefined) return 'is missing: no button was pressed';
      return expectations.some((each) => 'value' in each && each.value === value)
        ? undefined
        : 'has a value that is on no button';
  }
}
