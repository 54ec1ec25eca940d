/** The account chooser, by analogy in both dialects: captures show its scripted form only. */
import { escape } from '../respond.ts';
import { type Part, type PageMarkup, button, form, hidden } from './form.ts';
import { common, frame as legacyFrame } from './legacy-layout.ts';
import { type PageContext, v3Query } from './page-context.ts';
import { say } from './texts.ts';
import type { Dialect } from './types.ts';
import { frame as v3Frame } from './v3-layout.ts';

export function accountsAddress(setup: PageContext, dialect: Dialect): string {
  return dialect === 'v3'
    ? `/v3/signin/accountchooser${v3Query(setup)}`
    : `/AccountChooser?continue=${encodeURIComponent(setup.continueUrl)}&ifkv=${setup.ifkv}`;
}

/** A button an account; the last one, for another account, is a link. */
export function accountsPage(emails: readonly string[], setup: PageContext, dialect: Dialect): PageMarkup {
  const address = accountsAddress(setup, dialect);
  if (dialect === 'v3') {
    const entries = emails.map((email, index): Part => [
      `<li><div jsname="rwl3qc" data-button-type="multipleChoiceIdentifier" data-item-index="${String(index)}" data-identifier="${escape(email)}">`,
      button('account', email, `<span translate="no">${escape(email)}</span>`),
      '</div></li>',
    ]);
    const issued = form('account', address, 'novalidate', [
      '<ul>',
      entries,
      '</ul>',
      hidden('at', setup.token),
    ]);
    const other = `<a href="${escape(`/v3/signin/identifier${v3Query(setup)}`)}">${say('otherAccount', setup.language)}</a>`;
    return v3Frame(setup, { heading: 'signIn', path: 'accountchooser' }, [issued, other]);
  }
  const buttons = emails.map((email, index): Part => [
    '<li>',
    button('Email', email, escape(email), `type="submit" id="choose-account-${String(index)}"`),
    '</li>',
  ]);
  const issued = form('account', address, '', ['<ol>', buttons, '</ol>', common(setup)]);
  return legacyFrame(setup, [issued], { heading: 'signIn', other: 'useAccount' });
}
