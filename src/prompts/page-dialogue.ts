/** The terminal side of `google/conversation.ts`: prints a page, and asks for the answers to one of its forms. */
import { confirm } from './confirmation.ts';
import type { PageAnswer, PageQuestion } from '../google/user-prompts.ts';
import type { PageButton, PageInput } from '../google/visible-page.ts';
import type { Choice, Output, Terminal } from '../ports.ts';
import { Secret } from '../secret.ts';

interface World {
  readonly terminal: Terminal;
  readonly stderr: Output;
}

/** Lines of a page that are shown at a time. */
const SCREEN = 12;

type Action =
  | { readonly kind: 'press'; readonly form: number; readonly button: number | undefined }
  | { readonly kind: 'more' }
  | { readonly kind: 'save' | 'browser' | 'stop' };

/** Shows the page and asks what to do. Nothing is chosen, filled in or pressed by itself. Throws GauthError CANCELLED. */
export async function askPage(
  question: PageQuestion,
  canOpenBrowser: boolean,
  { terminal, stderr }: World,
  signal: AbortSignal,
): Promise<PageAnswer> {
  const { reason, heading, lines, forms } = question;
  stderr.write(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}. The page says:\n`);
  if (heading !== undefined) stderr.write(`\n  ${heading}\n`);
  let shown = 0;
  const showMore = (): void => {
    for (const line of lines.slice(shown, shown + SCREEN)) stderr.write(`  ${line}\n`);
    shown += SCREEN;
  };
  showMore();
  stderr.write('\n');
  for (;;) {
    const choices: Choice<Action>[] = forms.flatMap(({ inputs, buttons }, form) => {
      const where = forms.length === 1 ? '' : ` (form ${String(form + 1)})`;
      const pressable: readonly (PageButton | undefined)[] = buttons.length === 0 ? [undefined] : buttons;
      return pressable.map((each, button) => ({
        value: { kind: 'press' as const, form, button: each === undefined ? undefined : button },
        label: `${actionFor(inputs, each)}${where}`,
      }));
    });
    if (shown < lines.length) choices.push({ value: { kind: 'more' }, label: 'Show more of the page' });
    if (canOpenBrowser) choices.push({ value: { kind: 'browser' }, label: 'Continue in your browser' });
    choices.push({ value: { kind: 'save' }, label: 'Save the page for a report, without secrets' });
    choices.push({ value: { kind: 'stop' }, label: 'Stop' });
    const action = await terminal.choose('what to do', choices, { signal });
    switch (action.kind) {
      case 'more':
        showMore();
        break;
      case 'press': {
        const inputs = forms[action.form]?.inputs ?? [];
        const answers: (Secret | undefined)[] = [];
        for (const input of inputs) answers.push(await askInput(input, terminal, signal));
        return { kind: 'submit', form: action.form, answers, button: action.button };
      }
      default:
        return { kind: action.kind };
    }
  }
}

function actionFor(inputs: readonly PageInput[], button: PageButton | undefined): string {
  const press = button === undefined ? 'Submit' : `"${button.label}"`;
  if (inputs.length === 0) return press;
  return `Answer ${inputs.length === 1 ? `"${inputs[0]?.label ?? ''}"` : `${String(inputs.length)} questions`}, then ${press}`;
}

/** The answer to an input; undefined for no choice, or a checkbox that is not checked. */
async function askInput(
  input: PageInput,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  switch (input.kind) {
    case 'text':
      if (input.secret)
        return terminal.askSecret(`${input.label} (sent to accounts.google.com): `, { signal });
      return new Secret(await terminal.ask(`${input.label}: `, { initial: input.initial, signal }));
    case 'choice': {
      if (input.options.length === 0) return undefined;
      const choices = input.options.map(({ label, value }) => ({
        value,
        label,
      }));
      return new Secret(await terminal.choose(`"${input.label}"`, choices, { signal }));
    }
    case 'checkbox': {
      const isChecked = await confirm(input.label, input.checked, { terminal, signal });
      return isChecked ? new Secret(input.value) : undefined;
    }
  }
}
