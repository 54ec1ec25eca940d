/** Every page of the sign-in, in the dialect wanted: where it lies and how it looks. */
import type { PageMarkup } from './form.ts';
import { accountsAddress, accountsPage } from './accounts.ts';
import { legacyAddress, legacyPage } from './legacy.ts';
import { speedbumpAddress, speedbumpPage } from './surrounding-pages.ts';
import type { PageContext, View } from './page-context.ts';
import type { Dialect } from './types.ts';
import { v3Address, v3Page } from './v3.ts';

/** Path and query. */
export function locate(view: View, scene: PageContext, dialect: Dialect): string {
  if (view.page === 'speedbump') return speedbumpAddress(view.kind, scene);
  if (view.page === 'accounts') return accountsAddress(scene, dialect);
  // The administrator's words are known from the legacy dialect only.
  return dialect === 'legacy' || view.page === 'admin' ? legacyAddress(view, scene) : v3Address(view, scene);
}

export function draw(view: View, scene: PageContext, dialect: Dialect): PageMarkup {
  if (view.page === 'speedbump') return speedbumpPage(view.kind, scene);
  if (view.page === 'accounts') return accountsPage(view.emails, scene, dialect);
  return dialect === 'legacy' || view.page === 'admin' ? legacyPage(view, scene) : v3Page(view, scene);
}
