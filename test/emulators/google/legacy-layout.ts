/** The layout of every page of the legacy dialect: the document and the form `#challenge`. */
import { escape } from '../respond.ts';
import { type Form, type Part, type PageMarkup, form, hidden } from './form.ts';
import type { PageContext } from './page-context.ts';
import { type TextKey, direction, say } from './texts.ts';

export type Block = string | Form;

export function frame(
  setup: PageContext,
  content: readonly Block[],
  texts: { heading: TextKey; other: TextKey } = { heading: 'twoStep', other: 'extraStep' },
): PageMarkup {
  const { language } = setup;
  const body = content.map((block) => (typeof block === 'string' ? block : block.html)).join('\n');
  return {
    forms: content.filter((block) => typeof block !== 'string'),
    html: `<!doctype html>
<html lang="${language}" dir="${direction(language)}"><head><base href="https://accounts.google.com/"><meta charset="utf-8"><title>${say('title', language)}</title></head>
<body id="yDmH0d"><div class="s2h6df"><div class="RgEUV ZnXjYc EaNIqc JhUD8d">
<div class="glT6eb"><div jsname="IDL96d"><h1>${say(texts.heading, language)}</h1></div><div jsname="jqgtP"><h2>${say(texts.other, language)}</h2></div></div>
<div class="LJtPoc" jsname="Ki8mld">
${body}
</div><div class="M0leCe"><span jsname="tODuDc">${escape(setup.email)}</span><a href="https://accounts.google.com/AccountChooser" class="vHOx3b">${say('otherAccount', language)}</a></div>
</div><ul id="footer-list"><li>Google</li></ul>
<select id="lang-chooser" name="lang-chooser"><option value="de">Deutsch</option><option value="${language}" selected>${language}</option></select></div></body></html>`,
  };
}

/** The form of passwords and second steps. */
export function challenge(
  setup: PageContext,
  intent: string,
  action: string,
  kind: { id: number; type: number },
  body: Part,
): Form {
  return form(intent, action, 'id="challenge" jsname="rzWj5" jscontroller="HNBfvc" jsshadow', [
    '<span jsslot>',
    hidden('challengeId', String(kind.id), 'id="challengeId"'),
    hidden('challengeType', String(kind.type), 'id="challengeType"'),
    common(setup),
    '<div jsname="KrwUDc">',
    body,
    '</div></span>',
  ]);
}

/** The hidden fields of every form. */
export function common(setup: PageContext): Part {
  return [
    hidden('ifkv', setup.ifkv),
    hidden('continue', setup.continueUrl),
    hidden('flowName', 'WEB_SETUP_GLIF'),
    hidden('followup', setup.continueUrl),
    hidden('faa', '1'),
    hidden('hl', setup.language),
    ['oauth', 'sarp', 'scc'].map((name) => hidden(name, '1')),
    hidden('checkConnection', 'youtube:930:1'),
    hidden('pstMsg', '0'),
    hidden('TL', setup.tl),
    hidden('gxf', setup.token, 'id="gxf"'),
  ];
}
