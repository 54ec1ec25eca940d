/**
 * Removes secrets and personal data from recorded pages, URLs, headers and forms, so that they can be shared. Whatever is
 * not on the allowlist is removed. Structure, names and the shape of values stay, so that a redacted page is recognised
 * like the original. Pure.
 */
import type { CheerioAPI } from 'cheerio/slim';
import type { Element } from 'domhandler';
import { encode, encodings } from './encodings.ts';
import { TYPED_FIELDS } from './field-names.ts';
import {
  URL_ATTRIBUTES,
  ALLOWED_HEADERS,
  LABEL_ATTRIBUTES,
  ALLOWED_PATHS,
  STRUCTURAL_ATTRIBUTES,
  isAllowedText,
  isName,
  isStructural,
  isToken,
  isAllowedWord,
} from './redaction-allowlist.ts';
import { type Field, parse } from './html.ts';
import {
  EMAIL,
  REDACTED,
  PHONE,
  PLACEHOLDER_EMAIL,
  hasEmail,
  namePatterns,
  removePersonalData,
  visitNodes,
  withoutDigits,
} from './personal-data.ts';

export interface Redactor {
  /**
   * A value of this run to remove everywhere, in any encoding. Values of less than four characters are ignored: they would
   * match everywhere.
   */
  learn(value: string): void;
  html(text: string): string;
  /** A URL, absolute or relative. */
  url(text: string): string;
  /** The value of a header by its lower-case name. */
  header(name: string, value: string): string;
  /** The fields of a submitted form: `name=value`, one per line. */
  form(fields: readonly Field[]): string;
  /** Text of any other kind. */
  text(text: string): string;
}

export interface RedactorOptions {
  /** The e-mail address of the user. */
  readonly username: string;
  /** IDs of the organisation and its app that are removed as well. */
  readonly ids?: readonly string[];
}

/** Shorter values could match by coincidence. */
const SHORTEST_SECRET = 4;

/** Not a word: long, with digits or mixed case, like tokens. */
const TOKEN_PATTERN = /[\w+/=~.:%-]{20,}/g;

export function createRedactor({ username, ids = [] }: RedactorOptions): Redactor {
  const known = new Map<string, string>();
  /** The longest first: one may be part of another. */
  let order: readonly string[] = [];

  function learn(value: string, instead = REDACTED): void {
    const plainValue = value.trim();
    if (plainValue.length < SHORTEST_SECRET || isAllowedWord(plainValue)) return;
    for (const form of encodings(plainValue)) {
      if (form.length >= SHORTEST_SECRET && !known.has(form)) known.set(form, instead);
    }
    order = [...known.keys()].sort((a, b) => b.length - a.length);
  }

  function forget(text: string): string {
    let left = text;
    for (const value of order) {
      if (left.includes(value)) left = left.split(value).join(known.get(value) ?? REDACTED);
    }
    return left;
  }

  const names = namePatterns(username);
  learn(username, PLACEHOLDER_EMAIL);
  learn(username.toLowerCase(), PLACEHOLDER_EMAIL);
  for (const id of ids) learn(id);
  const domain = username.split('@')[1] ?? '';
  const own = domain !== '' && !/(?:^|\.)(?:google|gmail|googlemail)\.com$/i.test(domain);

  const anywhere = new RegExp(domain.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'giu');

  function withoutDomain(text: string): string {
    return own ? text.replace(anywhere, 'example.com') : text;
  }

  /** Visible text: the words stay, personal data and long numbers are removed. */
  function prose(text: string): string {
    let left = forget(text).replace(EMAIL, PLACEHOLDER_EMAIL);
    for (const name of names) left = left.replace(name, REDACTED);
    return withoutDomain(left)
      .replace(PHONE, (number) => withoutDigits(number))
      .replace(TOKEN_PATTERN, (word) => (isToken(word) ? REDACTED : word));
  }

  /** "Google Account: Jane Doe (jane@example.com)": a name is next to the e-mail address. */
  function label(text: string): string {
    return hasEmail(text) ? PLACEHOLDER_EMAIL : prose(text);
  }

  function value(text: string): string {
    if (isAllowedText(text)) return forget(text);
    return text.length <= 320 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? PLACEHOLDER_EMAIL : REDACTED;
  }

  function url(text: string): string {
    const [address = '', fragment] = cut(text.trim(), '#');
    const [path = '', query] = cut(address, '?');
    if (/^(?:data|javascript|blob|mailto|tel):/i.test(path)) return `${cut(path, ':')[0]}:${REDACTED}`;
    const [, origin = '', rest = ''] = /^((?:[a-z][a-z0-9+.-]*:)?\/\/[^/]*)?(.*)$/is.exec(path) ?? [];
    const host = withoutDomain(origin.replace(/\/\/.*@/, `//${REDACTED}@`));
    const clean = rest.replace(EMAIL, PLACEHOLDER_EMAIL).split('/').map(segment).join('/');
    const parameters = query === undefined ? '' : `?${query.split('&').map(parameter).join('&')}`;
    return `${host}${clean}${parameters}${fragment === undefined ? '' : `#${isAllowedText(fragment) ? fragment : REDACTED}`}`;
  }

  function parameter(pair: string): string {
    const [given = '', text] = cut(pair, '=');
    if (text === undefined) return isAllowedText(given) || /^[a-z_]{1,20}$/.test(given) ? given : REDACTED;
    const name = isName(given) ? given : REDACTED;
    const decoded = decode(text);
    // URLs inside URLs: the target matters, the values do not.
    if (isAddress(decoded)) return `${name}=${encode(url(decoded))}`;
    // The IDs of the app stay, unless the user wants them removed.
    if (/^(?:idpid|spid)$/i.test(name)) return `${name}=${forget(text)}`;
    // The number of a rejection is what a report is about.
    if (name === 'ec' && /^\d{1,8}$/.test(decoded)) return `${name}=${forget(text)}`;
    return `${name}=${encode(value(decoded))}`;
  }

  function clean(query: CheerioAPI, element: Element): void {
    const isInput = element.name === 'input' || element.name === 'textarea';
    const isButton =
      element.name === 'button' || /^(?:submit|button|reset|image)$/i.test(element.attribs['type'] ?? '');
    for (const [name, text] of Object.entries(element.attribs)) {
      const attribute = name.toLowerCase();
      // In a broken tag, a URL or token becomes the name of an attribute.
      if (!isName(name)) Reflect.deleteProperty(element.attribs, name);
      else if (STRUCTURAL_ATTRIBUTES.has(attribute))
        element.attribs[name] = forget(text).replace(/\S+/g, structural);
      else if (URL_ATTRIBUTES.has(attribute)) element.attribs[name] = url(text);
      else if (LABEL_ATTRIBUTES.has(attribute)) element.attribs[name] = label(text);
      else if (attribute === 'content') element.attribs[name] = refresh(text);
      else if (attribute === 'value' && isInput && isButton && element.attribs['name'] === undefined) {
        element.attribs[name] = prose(text);
      } else if (attribute === 'value' && isInput && isAddress(text)) element.attribs[name] = url(text);
      else element.attribs[name] = value(text);
    }
    if (element.name === 'textarea') query(element).text(value(query(element).text()));
  }

  /** `0; url=...` of a meta tag; other content is not needed. */
  function refresh(text: string): string {
    const [, wait = '', target] = /^\s*(\d*\s*;\s*url=)(.*)$/is.exec(text) ?? [];
    return target === undefined ? value(text) : `${wait}${url(target)}`;
  }

  return {
    learn: (text) => {
      learn(text);
    },
    url: (text) => forget(url(text)),
    text: prose,
    header(name, text) {
      if (ALLOWED_HEADERS.has(name)) return forget(text);
      if (name === 'location' || name === 'referer') return forget(url(text));
      if (name === 'cookie')
        return text
          .split(';')
          .map((pair) => `${cut(pair.trim(), '=')[0]}=${REDACTED}`)
          .join('; ');
      if (name === 'set-cookie') {
        const [pair = '', ...attributes] = text.split(';');
        return [`${cut(pair, '=')[0]}=${REDACTED}`, ...attributes.map((each) => each.trim())].join('; ');
      }
      return value(text);
    },
    form: (fields) =>
      fields
        .map(
          ({ name, value: text }) =>
            `${forget(name)}=${TYPED_FIELDS.has(name) ? REDACTED : isAddress(text) ? url(text) : value(text)}`,
        )
        .map(forget)
        .join('\n'),
    html(text) {
      const query = parse(text);
      query('script,style').empty();
      removePersonalData(query);
      visitNodes(query.root().toArray(), (node) => {
        if (node.type === 'comment') node.data = '';
        else if (node.type === 'directive') node.data = /^!doctype html$/i.test(node.data) ? node.data : '!';
        else if (node.type === 'text') node.data = prose(node.data);
        else if ('attribs' in node) clean(query, node);
      });
      return forget(query.html({ xml: { xmlMode: false, encodeEntities: 'utf8' } }));
    },
  };
}

function structural(word: string): string {
  return isStructural(word) ? word : REDACTED;
}

/** A part of a path: anything but a name may be a token, however short. */
function segment(text: string): string {
  return isName(text) || isAllowedText(text) || text === PLACEHOLDER_EMAIL ? text : REDACTED;
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) || ALLOWED_PATHS.test(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text;
  }
}

/** The text before and after the first mark. */
function cut(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
