/** Recogniser of the account chooser: Google knows several people by the cookies and asks which of them it shall be. Pure. */
import { oneLine } from '../text.ts';
import { type Document, type Field, textOf } from './html.ts';
import type { Account, AccountChooserPage } from './page.ts';
import type { PageResponse } from './refusal-pages.ts';
import { fillForm, isSafe } from './submission.ts';

const PATH = /\/(?:AccountChooser|AccountLoginInfo|signin\/(?:v\d\/)?accountchooser)$/i;
/** With limits, since without them a long text without an @ takes time in the square of its length. */
const ADDRESS = /[^\s@<>()"']{1,64}@[^\s@<>()"']{1,190}\.[^\s@<>()"']{1,63}/;
/** Where the address of an entry stands: as the button's value in the legacy dialect, on a block around it in v3. */
const MARKS = ['data-identifier', 'data-email'];

/** Tolerant, since no capture shows this page without JavaScript: each button that names an address chooses it. */
export function readAccounts(visit: PageResponse, document: Document): AccountChooserPage | undefined {
  const isHere = PATH.test(visit.url.pathname);
  const forms = document.forms.filter(isSafe).filter((form) => isHere || PATH.test(form.action.pathname));
  const accounts = forms.flatMap((form) =>
    (document.tags.get(form)?.find('button,input[type="submit"]').toArray() ?? [])
      .slice(0, 50)
      .map((element): Account | undefined => {
        const tag = document.query(element);
        const around = MARKS.map((mark) => tag.closest(`[${mark}]`).attr(mark));
        const texts = [tag.attr('value'), ...around, textOf(tag)];
        const address = texts
          .map((text) => ADDRESS.exec(text?.slice(0, 1_000) ?? '')?.[0])
          .find((found) => found !== undefined);
        if (address === undefined) return undefined;
        const name = tag.attr('name') ?? '';
        const button: Field | undefined = name === '' ? undefined : { name, value: tag.attr('value') ?? '' };
        return { email: oneLine(address), submission: fillForm(form, { button }) };
      })
      .filter((account) => account !== undefined),
  );
  if (accounts.length > 0) return { kind: 'accounts', accounts };
  // The same address serves the page that asks for the e-mail address.
  const asks = document.forms.some((form) =>
    ['identifier', 'Email', 'Passwd'].some((name) => form.names.has(name)),
  );
  return isHere && !asks ? { kind: 'accounts', accounts: [] } : undefined;
}
