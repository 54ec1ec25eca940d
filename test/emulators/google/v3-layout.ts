/** The layout of every page of the v3 dialect, and the parts that its forms share. */
import { escape } from '../respond.ts';
import { type Form, type Part, type PageMarkup, button, scripted } from './form.ts';
import { type PageContext, v3Query } from './page-context.ts';
import { type TextKey, direction, say } from './texts.ts';

export function frame(
  setup: PageContext,
  about: { readonly heading: TextKey; readonly path: string },
  content: readonly (string | Form)[],
  head = '',
): PageMarkup {
  const { language } = setup;
  const who =
    setup.email === ''
      ? ''
      : `<div class="C7uRJc"><a href="${escape(`/v3/signin/identifier${v3Query(setup)}`)}" jsname="af8ijd"><div jsname="bQIQze" data-profile-identifier translate="no">${escape(setup.email)}</div></a></div>`;
  return {
    forms: content.filter((block) => typeof block !== 'string'),
    html: `<!doctype html>
<html lang="${language}" dir="${direction(language)}"><head><base href="https://accounts.google.com/v3/signin/"><link rel="canonical" href="https://accounts.google.com/v3/signin/${about.path}">${head}<title>${say('title', language)}</title></head>
<body><div class="BDEI9 LZgQXe"><div class="Ha17qf" data-auto-init="Card"><div class="EQIoSc" jsname="bN97Pc"><div jsname="paFcre"><h1 class="Tn0LBd" jsname="r4nke">${say(about.heading, language)}</h1><p class="a2CQh" jsname="VdSJob"></p>${who}</div>
${content.map((block) => (typeof block === 'string' ? block : block.html)).join('\n')}
</div></div></div></body></html>`,
  };
}

/** Every page has this section; with aria-hidden it means nothing. */
export function tooMany(setup: PageContext, shown: boolean): string {
  return `<section class="aN1Vld fegW5d ${shown ? '' : 'eLNT1d'} S7S4N" ${shown ? '' : 'aria-hidden="true"'} jsname="INM6z" aria-live="assertive" aria-atomic="true"><header jsname="tJHJj"><h2><span jsname="Ud7fr">${say('tooMany', setup.language)}</span></h2><div jsname="HSrbLb" aria-hidden="true"></div></header></section>`;
}

export function noscriptTrap(setup: PageContext): string {
  const trap = `/v3/signin/rejected${v3Query(setup, '', '&rhlk=js&rrk=47')}`;
  return `<noscript><meta http-equiv="refresh" content="0; url=${escape(trap)}"><style>body{opacity:0;}</style></noscript>`;
}

/** A field with an empty name, as captured: browsers do not send it. */
export function nameless(setup: PageContext): string {
  return `<input type="hidden" name="" value="${escape(setup.email)}" jsname="m2Owvb" id="identifierId">`;
}

export function next(setup: PageContext, id: string, other: Part, label: TextKey = 'next'): Part {
  return [
    '<div class="i2knIc" jsname="DH6Rkf"><div class="wg0fFb" jsname="DhK0U"><div class="RhTxBf" jsname="k77Iif">',
    button('action', '1', say(label, setup.language), `jsname="Njthtb" id="${id}"`),
    '</div><div class="tmMcIf" jsname="QkNstf">',
    other,
    '</div></div></div>',
  ];
}

export function wrong(language: PageContext['language'], error: TextKey | undefined): string {
  if (error === undefined) return '<div class="F3wxlc" jsname="h9d3hd"></div>';
  return `<div class="F3wxlc" jsname="h9d3hd"><div class="EllNBf" aria-hidden="true"></div><div jsname="B34EJ"><span jsslot>${say(error, language)}</span></div></div>`;
}

export function invalid(error: TextKey | undefined): string {
  return error === undefined ? '' : 'aria-invalid="true"';
}

export function bgresponse(): Part {
  return [
    '<span jsname="xdJtEf">',
    scripted('bgresponse', 'js_disabled', 'id="bgresponse" style="display:none"'),
    '</span>',
  ];
}
