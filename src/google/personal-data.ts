/** Finds personal data in recorded pages: e-mail addresses, phone numbers and names. Pure. */
import type { CheerioAPI } from 'cheerio/slim';
import type { AnyNode, Element } from 'domhandler';
import { ancestors } from './forms.ts';
import { URL_ATTRIBUTES, LABEL_ATTRIBUTES } from './redaction-allowlist.ts';

/** The placeholder for every removed value. */
export const REDACTED = 'redacted';
export const PLACEHOLDER_EMAIL = 'user@example.com';

/** Elements that show the user. */
const PERSON =
  '[data-profile-identifier],[data-profile-name],[data-email],[data-name],#profile-name,#profileIdentifier,#reauthEmail,#identifier-display,[jsname="bQIQze"],[jsname="tODuDc"]';

/** Elements that may describe one of several people: their names are next to their e-mail addresses. */
const ENTRY = 'a,button,li,label,[data-identifier],[data-email]';

/** With length limits, like real addresses: without them, matching long text takes quadratic time. */
export const EMAIL =
  /[^\s<>"'`(),:;=&?/\\@|[\]{}]{1,64}(?:@|%40)[\p{L}\p{N}•*…-]{1,63}(?:\.[\p{L}\p{N}•*…-]{1,63}){1,8}/giu;
/** A phone number, complete or masked, if it has enough digits. Its digits become 0, so that it still looks like one. */
export const PHONE = /[+(]?[\d•*·][\d\s+().•*·…‑–-]{5,}/gu;
const PHONE_DIGITS = 6;
/** Removes elements that show, greet or list people. E-mail addresses in other text are found by `EMAIL`. */
export function removePersonalData(query: CheerioAPI): void {
  query(PERSON).each((_, element) => {
    query(element).text(PLACEHOLDER_EMAIL);
  });
  // "Hi Jane": the heading may greet the user.
  query('h1').text(REDACTED);
  stripEntries(query);
}

/** Next to an e-mail address in a list of people there is a name or a picture; only the address is kept. */
function stripEntries(query: CheerioAPI): void {
  const marked = new Set<AnyNode>(query(ENTRY).toArray().filter(namesPerson));
  if (marked.size === 0) return;
  visitNodes(query.root().toArray(), (node) => {
    if (node.type === 'text' ? node.data.trim() === '' : !('attribs' in node)) return;
    if (![...ancestors(node)].some((outer) => marked.has(outer))) return;
    if (node.type === 'text') node.data = hasEmail(node.data) ? PLACEHOLDER_EMAIL : REDACTED;
    else if ('attribs' in node)
      for (const name of LABEL_ATTRIBUTES) if (name in node.attribs) node.attribs[name] = REDACTED;
  });
}

export function withoutDigits(number: string): string {
  const count = number.match(/[\d•*·]/gu)?.length ?? 0;
  return count < PHONE_DIGITS ? number : number.replace(/\d/g, '0');
}

export function hasEmail(text: string): boolean {
  return text.search(EMAIL) !== -1;
}

function namesPerson(element: Element): boolean {
  const attributes = Object.entries(element.attribs).filter(([name]) => !URL_ATTRIBUTES.has(name));
  return hasEmail([beginning(element), ...attributes.map(([, text]) => text.slice(0, 1_000))].join(' '));
}

/** The beginning of the text of a tag: enough for a name and an e-mail address. */
function beginning(top: Element): string {
  let text = '';
  const left: AnyNode[] = [...top.children].reverse();
  for (let node = left.pop(); node !== undefined && text.length < 300; node = left.pop()) {
    if (node.type === 'text') text += ` ${node.data.trim().slice(0, 300)}`;
    else if ('children' in node) left.push(...[...node.children].reverse());
  }
  return text;
}

/** Patterns for the names in an e-mail address: jane.doe@ is Jane Doe. */
export function namePatterns(username: string): readonly RegExp[] {
  return (username.split('@')[0] ?? '')
    .split(/[^\p{L}]+/u)
    .filter((name) => name.length >= 3)
    .map((name) => new RegExp(`(?<!\\p{L})${name}(?!\\p{L})`, 'giu'));
}

export function visitNodes(nodes: readonly AnyNode[], see: (node: AnyNode) => void): void {
  for (const node of nodes) {
    see(node);
    if ('children' in node) visitNodes(node.children, see);
  }
}
