/** Finds people in recorded pages: their addresses, telephone numbers and names. Pure. */
import type { CheerioAPI } from 'cheerio/slim';
import type { AnyNode, Element } from 'domhandler';
import { ancestors } from './forms.ts';
import { URL_ATTRIBUTES, LABEL_ATTRIBUTES } from './redaction-allowlist.ts';

/** Stands for every value that was taken out. */
export const REDACTED = 'redacted';
export const PLACEHOLDER_EMAIL = 'user@example.com';

/** Where Google shows who is signing in. */
const PERSON =
  '[data-profile-identifier],[data-profile-name],[data-email],[data-name],#profile-name,#profileIdentifier,#reauthEmail,#identifier-display,[jsname="bQIQze"],[jsname="tODuDc"]';

/** What may be about one of several people: their names stand beside their addresses. */
const ENTRY = 'a,button,li,label,[data-identifier],[data-email]';

/** The runs have limits, as those of real addresses do: without, long texts take time in the square of their length. */
export const EMAIL =
  /[^\s<>"'`(),:;=&?/\\@|[\]{}]{1,64}(?:@|%40)[\p{L}\p{N}•*…-]{1,63}(?:\.[\p{L}\p{N}•*…-]{1,63}){1,8}/giu;
/** A telephone number, whole or masked, if it has so many digits: they become 0, so that it still looks like one. */
export const PHONE = /[+(]?[\d•*·][\d\s+().•*·…‑–-]{5,}/gu;
const PHONE_DIGITS = 6;
/** Takes out where a page shows, greets or lists people; addresses in other text are left to `EMAIL`. */
export function removePersonalData(query: CheerioAPI): void {
  query(PERSON).each((_, element) => {
    query(element).text(PLACEHOLDER_EMAIL);
  });
  // "Hi Jane": the heading may greet the person.
  query('h1').text(REDACTED);
  stripEntries(query);
}

/** What stands beside an address in a list of people is a name or a picture; a person is left with the address alone. */
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

/** Some of the text below a tag: enough for a name and an address. */
function beginning(top: Element): string {
  let text = '';
  const left: AnyNode[] = [...top.children].reverse();
  for (let node = left.pop(); node !== undefined && text.length < 300; node = left.pop()) {
    if (node.type === 'text') text += ` ${node.data.trim().slice(0, 300)}`;
    else if ('children' in node) left.push(...[...node.children].reverse());
  }
  return text;
}

/** The names of a person that can be guessed from the address: jane.doe@ is Jane Doe. */
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
