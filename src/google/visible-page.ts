/** Reads any page as heading, text and forms with questions, for pages that no recogniser knows. Pure; never throws. */
import type { AnyNode, Element } from 'domhandler';
import { oneLine } from '../text.ts';
import { ancestors, type FormElements, isDisabled, isSubmitButton } from './forms.ts';
import { type Document, type Field, hides, isHidden, readDocument, visibleText } from './html.ts';
import type { PageResponse } from './refusal-pages.ts';
import { isSafe, type SafeForm, type Submission } from './submission.ts';

export interface Option {
  readonly label: string;
  readonly value: string;
}

/** A visible input of a form. */
export type PageInput =
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly label: string;
      /** A password field, whose answer must not be shown. */
      readonly secret: boolean;
      /** The value on the page, which Enter accepts. */
      readonly initial: string;
    }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly options: readonly Option[];
      /** The index of the selected option; -1 if there is none. */
      readonly selected: number;
    }
  | {
      readonly kind: 'checkbox';
      readonly name: string;
      readonly label: string;
      readonly value: string;
      readonly checked: boolean;
    };

/** A button by its own text. Without a name, it submits nothing of its own. */
export interface PageButton {
  readonly label: string;
  readonly field: Field | undefined;
}

/** A part of what a form submits: fixed, or the answer to an input. */
type Part =
  { readonly kind: 'fixed'; readonly field: Field } | { readonly kind: 'input'; readonly index: number };

export interface PageForm {
  readonly inputs: readonly PageInput[];
  readonly buttons: readonly PageButton[];
  readonly form: SafeForm;
  readonly parts: readonly Part[];
}

export interface VisiblePage {
  readonly heading: string | undefined;
  /** The visible text, one paragraph per line, without the labels of the inputs and buttons. */
  readonly lines: readonly string[];
  /** The forms that post to the sign-in of Google and have a visible input or button. */
  readonly forms: readonly PageForm[];
}

const LIMITS = { lines: 200, line: 500, inputs: 20, options: 300, buttons: 20, nodes: 20_000 } as const;

const BLOCKS: ReadonlySet<string> = new Set([
  ...[
    'address',
    'article',
    'aside',
    'blockquote',
    'br',
    'dd',
    'div',
    'dl',
    'dt',
    'fieldset',
    'figure',
    'footer',
  ],
  ...[
    'form',
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'header',
    'hr',
    'legend',
    'li',
    'main',
    'nav',
    'ol',
    'p',
    'pre',
  ],
  ...['section', 'table', 'td', 'th', 'tr', 'ul'],
]);
/** Their text belongs to a question. */
const CONTROLS: ReadonlySet<string> = new Set([
  'button',
  'select',
  'textarea',
  'option',
  'label',
  'title',
  'head',
]);

/** Reads a page as a user sees it. */
export function readVisiblePage(response: PageResponse): VisiblePage {
  return visiblePageOf(readDocument(response.url, response.html));
}

/** The same for a parsed page. */
export function visiblePageOf(document: Document): VisiblePage {
  const heading = headingOf(document);
  return {
    heading,
    lines: linesOf(document).filter((line) => line !== heading),
    forms: document.elements.flatMap((each) => readPageForm(each, document) ?? []),
  };
}

/** The heading and the first sentences, for an error message. */
export function summaryOf({ heading, lines }: Pick<VisiblePage, 'heading' | 'lines'>): string | undefined {
  const text = oneLine([heading, ...lines].filter((each) => each !== undefined).join(' | '), 300);
  return text === '' ? undefined : text;
}

/**
 * The form with its answers, as a browser without JavaScript would submit it: one answer per input (the value of a text or a
 * choice, undefined for no choice or an unchecked checkbox), and the button that was pressed.
 */
export function submissionFor(
  { form, parts, inputs }: PageForm,
  answers: readonly (string | undefined)[],
  button: PageButton | undefined,
): Submission {
  const fields = parts.flatMap((part): readonly Field[] => {
    if (part.kind === 'fixed') return [part.field];
    const value = answers[part.index];
    const name = inputs[part.index]?.name;
    return value === undefined || name === undefined ? [] : [{ name, value }];
  });
  return { url: form.action, fields: button?.field === undefined ? fields : [...fields, button.field] };
}

function headingOf(document: Document): string | undefined {
  for (const selector of ['h1', '[role="heading"]', 'h2', 'title']) {
    for (const element of document.query(selector).toArray().slice(0, 50)) {
      const text = selector === 'title' ? oneLine(visibleTextOf(element)) : shown(element);
      if (text !== '') return text;
    }
  }
  return undefined;
}

function shown(element: AnyNode): string {
  return isHidden(element) ? '' : visibleTextOf(element);
}

function visibleTextOf(element: AnyNode): string {
  return oneLine(visibleText(element));
}

/** The visible text outside of controls. */
function linesOf({ query }: Document): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const end = (): void => {
    const text = oneLine(line, LIMITS.line);
    if (text !== '' && text !== lines.at(-1) && lines.length < LIMITS.lines) lines.push(text);
    line = '';
  };
  let nodes = 0;
  /** A node to visit, or the end of a block. */
  const left: (AnyNode | 'end')[] = query.root().toArray();
  for (let node = left.pop(); node !== undefined && nodes < LIMITS.nodes; node = left.pop(), nodes += 1) {
    if (node === 'end') {
      end();
    } else if (node.type === 'text') {
      if (line.length < 2 * LIMITS.line) line += node.data.slice(0, LIMITS.line);
    } else if ('children' in node) {
      if ('attribs' in node) {
        if (hides(node) || CONTROLS.has(node.name)) continue;
        if (BLOCKS.has(node.name)) {
          end();
          left.push('end');
        }
      }
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index];
        if (child !== undefined) left.push(child);
      }
    }
  }
  end();
  return lines;
}

/** Undefined for a form that posts elsewhere, or that has nothing to see. */
function readPageForm({ form, controls }: FormElements, document: Document): PageForm | undefined {
  if (!isSafe(form)) return undefined;
  const inputs: PageInput[] = [];
  const buttons: PageButton[] = [];
  const parts: Part[] = [];
  const radios = new Map<string, number>();
  for (const control of controls) {
    if (isDisabled(control)) continue;
    const { name = '', type: rawType = '' } = control.attribs;
    const type = rawType.toLowerCase();
    const value = control.attribs['value'] ?? '';
    const isVisible = !isHidden(control);
    if (isSubmitButton(control)) {
      if (!isVisible || buttons.length >= LIMITS.buttons) continue;
      buttons.push({ label: buttonLabel(control), field: name === '' ? undefined : { name, value } });
      continue;
    }
    if (name === '' || type === 'file' || type === 'button' || type === 'reset') continue;
    const canAsk = isVisible && type !== 'hidden' && inputs.length < LIMITS.inputs;
    const add = (input: PageInput): void => {
      inputs.push(input);
      parts.push({ kind: 'input', index: inputs.length - 1 });
    };
    if (type === 'radio') {
      addRadio(control, { name, value: control.attribs['value'] ?? 'on' }, canAsk);
      continue;
    }
    if (type === 'checkbox') {
      const checked = control.attribs['checked'] !== undefined;
      const field = { name, value: control.attribs['value'] ?? 'on' };
      if (canAsk) add({ kind: 'checkbox', ...field, label: labelOf(control, document), checked });
      else if (checked) parts.push({ kind: 'fixed', field });
      continue;
    }
    if (control.name === 'select') {
      const { options, selected } = optionsOf(control);
      const chosen = options[selected];
      if (canAsk) add({ kind: 'choice', name, label: labelOf(control, document), options, selected });
      else if (chosen) parts.push({ kind: 'fixed', field: { name, value: chosen.value } });
      continue;
    }
    const initial = control.name === 'textarea' ? visibleText(control) : value;
    const isSecret = type === 'password';
    // A value that is too long to show stays as it is.
    if (canAsk && initial.length <= LIMITS.line)
      add({
        kind: 'text',
        name,
        label: labelOf(control, document),
        secret: isSecret,
        // What could not be shown as it is has to be typed.
        initial: isSecret || oneLine(initial, initial.length + 1) !== initial ? '' : initial,
      });
    else parts.push({ kind: 'fixed', field: { name, value: initial } });
  }
  return inputs.length + buttons.length === 0 ? undefined : { inputs, buttons, form, parts };

  /** Radio buttons with one name are one question, at the place of the first. */
  function addRadio(control: Element, field: Field, canAsk: boolean): void {
    const isChecked = control.attribs['checked'] !== undefined;
    const known = radios.get(field.name);
    if (!canAsk) {
      if (isChecked && known === undefined) parts.push({ kind: 'fixed', field });
      return;
    }
    const option = { label: labelOf(control, document), value: field.value };
    if (known === undefined) {
      const label = groupLabel(control) ?? oneLine(field.name, 100);
      inputs.push({
        kind: 'choice',
        name: field.name,
        label,
        options: [option],
        selected: isChecked ? 0 : -1,
      });
      radios.set(field.name, inputs.length - 1);
      parts.push({ kind: 'input', index: inputs.length - 1 });
      return;
    }
    const before = inputs[known];
    if (before?.kind !== 'choice' || before.options.length >= LIMITS.options) return;
    const selected = isChecked ? before.options.length : before.selected;
    inputs[known] = { ...before, options: [...before.options, option], selected };
  }
}

function optionsOf(select: Element): { readonly options: readonly Option[]; readonly selected: number } {
  const options: Option[] = [];
  let selected = 0;
  const left: AnyNode[] = [...select.children].reverse();
  for (let node = left.pop(); node !== undefined && options.length < LIMITS.options; node = left.pop()) {
    if (!('attribs' in node)) continue;
    if (node.name !== 'option') left.push(...[...node.children].reverse());
    else if (node.attribs['disabled'] === undefined) {
      const label = oneLine(visibleText(node));
      if (node.attribs['selected'] !== undefined) selected = options.length;
      options.push({
        label:
          [label, node.attribs['label'] ?? '', node.attribs['value'] ?? '']
            .map((each) => oneLine(each, 200))
            .find((each) => each !== '') ?? '-',
        value: node.attribs['value'] ?? label,
      });
    }
  }
  return { options, selected };
}

function buttonLabel(button: Element): string {
  const { value = '', title = '', alt = '', name = '' } = button.attribs;
  const candidates = [button.attribs['aria-label'] ?? '', visibleTextOf(button), value, title, alt, name];
  // The text comes first, but an icon has none.
  const [aria = '', text = '', ...others] = candidates.map((each) => oneLine(each, 100));
  return [text, aria, ...others].find((each) => each !== '') ?? 'Continue';
}

/** The label of a control: its label tag, its ARIA attributes, its placeholder, at last its name. */
function labelOf(control: Element, { query }: Document): string {
  const { attribs } = control;
  const byId = (id: string): string => {
    const found = query('[id]')
      .toArray()
      .find((each) => each.attribs['id'] === id);
    return found === undefined ? '' : visibleTextOf(found);
  };
  const labels = query('label').toArray().slice(0, 200);
  const own = labels.find(
    (label) => label.attribs['for'] !== undefined && label.attribs['for'] === attribs['id'],
  );
  const around = [...ancestors(control)].find(({ name }) => name === 'label');
  const candidates = [
    () => (own === undefined ? '' : visibleTextOf(own)),
    () => (around === undefined ? '' : visibleTextOf(around)),
    () => attribs['aria-label'] ?? '',
    () => (attribs['aria-labelledby'] ?? '').split(/\s+/).slice(0, 5).map(byId).join(' '),
    () => attribs['placeholder'] ?? '',
    () => attribs['title'] ?? '',
    () => (attribs['type']?.toLowerCase() === 'radio' ? (attribs['value'] ?? '') : ''),
  ];
  for (const candidate of candidates) {
    const text = oneLine(candidate(), 200);
    if (text !== '') return text;
  }
  return oneLine(attribs['name'] ?? '', 100);
}

/** The legend of the fieldset, or the label of the group, around a radio button. */
function groupLabel(control: Element): string | undefined {
  for (const outer of ancestors(control)) {
    const label = oneLine(outer.attribs['aria-label'] ?? '', 200);
    if (outer.attribs['role'] === 'radiogroup' && label !== '') return label;
    if (outer.name !== 'fieldset') continue;
    const legend = outer.children.find((child) => 'name' in child && child.name === 'legend');
    if (legend !== undefined) return visibleTextOf(legend);
  }
  return undefined;
}
