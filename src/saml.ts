/** The SAML response: from what a browser, a page, a cache or a person hands over to the facts in its assertion. */
import { DOMParser } from '@xmldom/xmldom';
import xpath from 'xpath';
import { GauthError } from './errors.ts';
import { Secret } from './secret.ts';
import { oneLine } from './text.ts';

/** What the identity provider posts to the ACS and what STS takes, with the time at which it came. */
export interface SamlResponse {
  readonly base64: Secret;
  /** The `Date` header of Google's answer, for the sake of wrong clocks. */
  readonly serverDate?: Date;
}

/** What the assertion says. All of it is text from elsewhere: `plain()` before it is shown. */
export interface Assertion {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** The ACS as the response names it; some providers leave it out and name only the recipient. */
  readonly destination?: string | undefined;
  readonly recipient?: string | undefined;
  readonly subject?: string | undefined;
  /** The first moment at which it holds; an Invalid Date where the text is none. */
  readonly notBefore?: Date | undefined;
  /** The first moment at which it holds no longer; an Invalid Date where the text is none. */
  readonly notOnOrAfter?: Date | undefined;
  /** The values of the attribute Role as they stand. */
  readonly roleValues: readonly string[];
  readonly roleSessionName?: string | undefined;
  /** Seconds; meant for console sessions. */
  readonly sessionDuration?: number | undefined;
  readonly sourceIdentity?: string | undefined;
  /** Encrypted for AWS: only what stands around it could be read. */
  readonly encrypted: boolean;
}

/** Characters of base64 that STS takes (reference of AssumeRoleWithSAML). */
const LONGEST = 100_000;

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

const select = xpath.useNamespaces({
  p: 'urn:oasis:names:tc:SAML:2.0:protocol',
  a: 'urn:oasis:names:tc:SAML:2.0:assertion',
});

/**
 * Reads the assertion without judging its signature (AWS does) or its times (`validity` does).
 * Throws GauthError ASSERTION_INVALID for what is no SAML 2.0 response, too large, or a refusal.
 */
export function readAssertion(response: SamlResponse): Assertion {
  // Without line breaks, as STS gets it.
  const base64 = response.base64.reveal().replace(/\s+/g, '');
  if (base64.length > LONGEST) throw tooLarge(base64.length);
  const read = reader(decode(base64));

  if (!read.has('/p:Response')) throw invalid('it is XML, but no SAML 2.0 response');
  refuseFailure(read);
  const encrypted = !read.has('/p:Response/a:Assertion');
  if (encrypted && !read.has('/p:Response/a:EncryptedAssertion')) {
    throw invalid('it holds no assertion');
  }
  const assertion = '/p:Response/a:Assertion[1]';
  const conditions = `${assertion}/a:Conditions[1]`;
  const attribute = (name: string): readonly string[] =>
    ATTRIBUTE_PREFIXES.flatMap((prefix) =>
      read.all(`${assertion}/a:AttributeStatement/a:Attribute[@Name="${prefix}${name}"]/a:AttributeValue`),
    );
  return {
    issuer: read.first(`${assertion}/a:Issuer`) ?? read.first('/p:Response/a:Issuer'),
    audience: read.first(`${conditions}/a:AudienceRestriction/a:Audience`),
    destination: read.first('/p:Response/@Destination'),
    recipient: read.first(
      `${assertion}/a:Subject/a:SubjectConfirmation/a:SubjectConfirmationData/@Recipient`,
    ),
    subject: read.first(`${assertion}/a:Subject/a:NameID`),
    notBefore: instant(read.first(`${conditions}/@NotBefore`)),
    notOnOrAfter: instant(read.first(`${conditions}/@NotOnOrAfter`)),
    roleValues: attribute('Role'),
    roleSessionName: attribute('RoleSessionName')[0],
    sessionDuration: wholeNumber(attribute('SessionDuration')[0]),
    sourceIdentity: attribute('SourceIdentity')[0],
    encrypted,
  };
}

/** AWS's own, and the one of its Chinese documents. */
const ATTRIBUTE_PREFIXES = [
  'https://aws.amazon.com/SAML/Attributes/',
  'http://www.amazonaws.cn/SAML/Attributes/',
];

function refuseFailure(read: Reader): void {
  const code = '/p:Response/p:Status/p:StatusCode';
  const status = read.first(`${code}/@Value`);
  if (status === undefined || status === SUCCESS) return;
  const codes = [status, ...read.all(`${code}//p:StatusCode/@Value`)].map((value) =>
    value.replace(/^.*:/, ''),
  );
  const reason = read.first('/p:Response/p:Status/p:StatusMessage');
  throw new GauthError(
    'ASSERTION_INVALID',
    `the identity provider answers ${oneLine(codes.join(', '))} instead of an assertion${reason === undefined ? '' : `: ${oneLine(reason)}`}`,
    { hints: ['ask the administrator of Google Workspace whether the SAML app is switched on for you'] },
  );
}

interface Reader {
  has(path: string): boolean;
  /** The trimmed text of each node, empty ones left out. */
  all(path: string): readonly string[];
  first(path: string): string | undefined;
}

/** XPath over a document that may come from anybody: no DOCTYPE, so no entities; any fault is a verdict. */
function reader(xml: string): Reader {
  if (/<!DOCTYPE/i.test(xml)) throw invalid('it has a DOCTYPE, which no SAML response has');
  const root = parse(xml);
  const nodes = (path: string): readonly Node[] => {
    const found = select(path, root);
    return Array.isArray(found) ? found : [];
  };
  const all = (path: string): readonly string[] =>
    nodes(path)
      .map((node) => (node.textContent ?? '').trim())
      .filter((text) => text !== '');
  return { has: (path) => nodes(path).length > 0, all, first: (path) => all(path)[0] };
}

function parse(xml: string): Node {
  try {
    const stop = (level: string, message: string): void => {
      if (level !== 'warning') throw new Error(message);
    };
    const document: unknown = new DOMParser({ onError: stop, locator: false }).parseFromString(
      xml,
      'text/xml',
    );
    if (isNode(document)) return document;
  } catch {
    // The parser's message quotes the document, which is a secret.
  }
  throw invalid('it is no well-formed XML');
}

/** xpath's types speak of the browser's Node, of which xmldom's is a subset that suffices. */
function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'nodeType' in value;
}

function decode(base64: string): string {
  const packed = base64.replace(/\s+/g, '');
  if (packed === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) throw invalid('it is not base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(packed, 'base64'));
  } catch {
    throw invalid('it is base64, but not of text');
  }
}

function invalid(reason: string): GauthError {
  return new GauthError('ASSERTION_INVALID', `the SAML response cannot be read: ${reason}`, {
    hints: ['run gauth again; where it was pasted, copy the whole of it anew'],
  });
}

function tooLarge(length: number): GauthError {
  return new GauthError(
    'ASSERTION_INVALID',
    `the SAML response has ${String(length)} characters, and AWS STS takes at most ${String(LONGEST)}`,
    { hints: ['ask the administrator of Google Workspace to map fewer roles to you'] },
  );
}

/** xs:dateTime with any number of fraction digits; without a zone it is UTC, as SAML demands (SAML core 1.3.3). */
function instant(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const [, time, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  return new Date(time === undefined ? NaN : `${time}${zone ?? 'Z'}`);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

type Validity =
  | { readonly kind: 'valid'; readonly until: Date }
  | { readonly kind: 'early'; readonly from: Date }
  | { readonly kind: 'expired'; readonly since: Date }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Whether the assertion holds at `now`, by its Conditions alone: NotBefore inclusive, NotOnOrAfter exclusive. Subject
 * confirmations are for the ACS and are not looked at. `skewMilliseconds` widens the window at both ends.
 */
export function validity(assertion: Assertion, now: Date, skewMilliseconds = 0): Validity {
  const { notBefore, notOnOrAfter } = assertion;
  if (assertion.encrypted) return { kind: 'unknown', reason: 'the assertion is encrypted' };
  if (notOnOrAfter === undefined) return { kind: 'unknown', reason: 'the assertion names no end' };
  if (Number.isNaN(notOnOrAfter.getTime()) || Number.isNaN(notBefore?.getTime())) {
    return { kind: 'unknown', reason: 'a time in the assertion cannot be read' };
  }
  if (notBefore !== undefined && notOnOrAfter <= notBefore) return { kind: 'expired', since: notOnOrAfter };
  if (now.getTime() - skewMilliseconds >= notOnOrAfter.getTime())
    return { kind: 'expired', since: notOnOrAfter };
  if (notBefore !== undefined && now.getTime() + skewMilliseconds < notBefore.getTime()) {
    return { kind: 'early', from: notBefore };
  }
  return { kind: 'valid', until: notOnOrAfter };
}

/** The response out of its XML, which is what aws-google-auth keeps in `saml_cache_<idp>.xml`. */
export function samlResponseFromXml(xml: string): SamlResponse {
  return { base64: new Secret(Buffer.from(xml, 'utf8').toString('base64')) };
}

/** The XML of a response; a secret as much as the base64. Throws GauthError ASSERTION_INVALID. */
export function samlXml(response: SamlResponse): string {
  return decode(response.base64.reveal());
}

/** A page or form around a response may be larger than it; what is pasted beyond this is something else. */
const LONGEST_TEXT = 2_000_000;

/**
 * The response out of what a person pastes: base64 (line breaks, percent-encoding and the URL alphabet are let pass),
 * a form body with `SAMLResponse=` somewhere, raw XML, or a page with the input `SAMLResponse`.
 * Throws GauthError ASSERTION_INVALID.
 */
export function samlResponseFromText(text: string): SamlResponse {
  const given = text.replace(/^\uFEFF/, '').trim();
  if (given === '') throw notPasted('there is nothing in it');
  if (given.length > LONGEST_TEXT) throw notPasted('it is far too long');

  const value = inputValue(given) ?? formValue(given);
  if (value === undefined && given.startsWith('<')) {
    if (!/<([\w-]+:)?Response[\s>]/.test(given)) throw notPasted('it is markup without a SAML response');
    return samlResponseFromXml(given);
  }
  const packed = unescapePercent(value ?? given)
    .replace(/[\s"']+/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  if (packed.length > LONGEST) throw tooLarge(packed.length);
  let xml;
  try {
    xml = decode(packed);
  } catch {
    throw notPasted('it is not base64');
  }
  if (!/^\s*</.test(xml)) throw notPasted('it is base64, but not of XML');
  return { base64: new Secret(Buffer.from(packed, 'base64').toString('base64')) };
}

/** The value of the page's `<input name="SAMLResponse">`, attributes in any order and with any quotes. */
function inputValue(html: string): string | undefined {
  for (const [tag] of html.matchAll(/<input\b[^<>]*>/gi)) {
    if (!/\sname\s*=\s*["']?SAMLResponse["'\s/>]/i.test(tag)) continue;
    const [, double, single, bare] = /\svalue\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(tag) ?? [];
    return unescapeEntities(double ?? single ?? bare ?? '');
  }
  return undefined;
}

/** The value behind `SAMLResponse=`, also as the browser's developer tools or JSON show it. */
function formValue(text: string): string | undefined {
  return /\bSAMLResponse["']?\s*[=:]\s*["']?([^&\s"'<>]+)/.exec(text)?.[1];
}

/** The few entities that base64 can need; the plus sign stands for itself, as no response holds a space. */
function unescapeEntities(text: string): string {
  return text
    .replace(/&#x([0-9a-f]{1,4});/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(/&#(\d{1,4});/g, (_, digits: string) => String.fromCharCode(Number(digits)));
}

function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function notPasted(reason: string): GauthError {
  return new GauthError('ASSERTION_INVALID', `this is no SAML response: ${reason}`, {
    hints: [
      "sign in with the browser's developer tools open at Network, and copy the form data of the request to https://signin.aws.amazon.com/saml: the whole body, or the value of SAMLResponse",
    ],
  });
}
