/** Every page of the sign-in in each dialect: its URL and its contents. */
import type { PageMarkup } from './form.ts';
import { accountsAddress, accountsPage } from './accounts.ts';
import { legacyAddress, legacyPage } from './legacy.ts';
import { speedbumpAddress, speedbumpPage } from './surrounding-pages.ts';
import type { PageContext, View } from './page-context.ts';
import type { Dialect } from './types.ts';
import { v3Address, v3Page } from './v3.ts';

/** Path and query. */
export function locate(view: View, setup: PageContext, dialect: Dialect): string {
  if (view.page === 'speedbump') return speedbumpAddress(view.kind, setup);
  if (view.page === 'accounts') return accountsAddress(setup, dialect);
  // The administrator's words are known from the legacy dialect only.
  return dialect === 'legacy' || view.page === 'admin' ? legacyAddress(view, setup) : v3Address(view, setup);
}

export function draw(view: View, setup: PageContext, dialect: Dialect): PageMarkup {
  if (view.page === 'speedbump') return speedbumpPage(view.kind, setup);
  if (view.page === 'accounts') return accountsPage(view.emails, setup, dialect);
  return dialect === 'legacy' || view.page === 'admin' ? legacyPage(view, setup) : v3Page(view, setup);
}
