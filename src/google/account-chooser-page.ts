/** Recogniser of the account chooser: Google knows several accounts from the cookies and asks which one to use. Pure. */
import { oneLine } from '../text.ts';
import { type Document, type Field, textOf } from './html.ts';
import type { Account, AccountChooserPage } from './page.ts';
import type { PageResponse } from './refusal-pages.ts';
import { fillForm, isSafe } from './submission.ts';

const PATH = /\/(?:AccountChooser|AccountLoginInfo|signin\/(?:v\d\/)?accountchooser)$/i;
/** With length limits: without them, matching a long text without an @ takes quadratic time. */
const ADDRESS = /[^\s@<>()"']{1,64}@[^\s@<>()"']{1,190}\.[^\s@<>()"']{1,63}/;
/**
 * Attributes with the e-mail address of an entry: the value of the button in the legacy dialect, a block around it in v3.
 */
const MARKS = ['data-identifier', 'data-email'];

/**
 * Tolerant, since there is no capture of this page without JavaScript: each button with an e-mail address selects that
 * account.
 */
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
  // The page that asks for the e-mail address has the same URL.
  const asks = document.forms.some((form) =>
    ['identifier', 'Email', 'Passwd'].some((name) => form.names.has(name)),
  );
  return isHere && !asks ? { kind: 'accounts', accounts: [] } : undefined;
}
