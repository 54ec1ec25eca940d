/**
 * The SAML response: parses it from XML or pasted text, and reads the roles, the limits and the validity of its
 * assertion.
 */
import { GauthError } from './errors.ts';
import { plainXmlReader } from './plain-xml.ts';
import { Secret } from './secret.ts';
import { oneLine } from './text.ts';
import type { XmlReader } from './xml-reader.ts';

/** The response that the identity provider posts to the ACS and that STS accepts. */
export interface SamlResponse {
  readonly base64: Secret;
  /** The `Date` header of Google's response, to detect a wrong clock. */
  readonly serverDate?: Date;
}

/** The contents of the assertion. All of it is text from elsewhere: use `oneLine` before you print it. */
export interface Assertion {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** The URL of the ACS; some providers omit it and give only the recipient. */
  readonly destination?: string | undefined;
  readonly recipient?: string | undefined;
  readonly subject?: string | undefined;
  /** The time from which the assertion is valid; an Invalid Date if the text cannot be parsed. */
  readonly notBefore?: Date | undefined;
  /** The time from which the assertion is no longer valid; an Invalid Date if the text cannot be parsed. */
  readonly notOnOrAfter?: Date | undefined;
  /** The end of the session at the identity provider: STS gives no session that lasts longer. */
  readonly sessionNotOnOrAfter?: Date | undefined;
  /** The values of the attribute Role, unchanged. */
  readonly roleValues: readonly string[];
  readonly roleSessionName?: string | undefined;
  /** Seconds; meant for console sessions. */
  readonly sessionDuration?: number | undefined;
  readonly sourceIdentity?: string | undefined;
  /** The assertion is encrypted for AWS: only the parts outside it can be read. */
  readonly encrypted: boolean;
}

/** Characters of base64 that STS accepts (API reference of AssumeRoleWithSAML). */
const MAX_LENGTH = 100_000;

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

const PREFIXES = {
  p: 'urn:oasis:names:tc:SAML:2.0:protocol',
  a: 'urn:oasis:names:tc:SAML:2.0:assertion',
};

const STATUS_CODE = '/p:Response/p:Status/p:StatusCode';
const STATUS = `${STATUS_CODE}/@Value`;

/**
 * Reads the assertion. Checks neither its signature (AWS does) nor its times (`validity` does).
 * Throws GauthError ASSERTION_INVALID if it is not a SAML 2.0 response, is too large, or reports a failure.
 */
export async function readAssertion(response: SamlResponse): Promise<Assertion> {
  // Without line breaks, as it is sent to STS.
  const base64 = response.base64.reveal().replace(/\s+/g, '');
  if (base64.length > MAX_LENGTH) throw tooLarge(base64.length);
  const read = await readerOf(decode(base64));

  if (!read.has('/p:Response')) throw invalid('it is XML, but not a SAML 2.0 response');
  refuseFailure(read);
  const encrypted = !read.has('/p:Response/a:Assertion');
  if (encrypted && !read.has('/p:Response/a:EncryptedAssertion')) {
    throw invalid('it contains no assertion');
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
    sessionNotOnOrAfter: instant(read.first(`${assertion}/a:AuthnStatement/@SessionNotOnOrAfter`)),
    roleValues: attribute('Role'),
    roleSessionName: attribute('RoleSessionName')[0],
    sessionDuration: wholeNumber(attribute('SessionDuration')[0]),
    sourceIdentity: attribute('SourceIdentity')[0],
    encrypted,
  };
}

/** The prefix of AWS, and the one in its documents for China. */
const ATTRIBUTE_PREFIXES = [
  'https://aws.amazon.com/SAML/Attributes/',
  'http://www.amazonaws.cn/SAML/Attributes/',
];

function refuseFailure(read: XmlReader): void {
  const status = read.first(STATUS);
  if (status === undefined || status === SUCCESS) return;
  const codes = [status, ...read.all(`${STATUS_CODE}//p:StatusCode/@Value`)].map((value) =>
    value.replace(/^.*:/, ''),
  );
  const reason = read.first('/p:Response/p:Status/p:StatusMessage');
  throw new GauthError(
    'ASSERTION_INVALID',
    `the identity provider sent ${oneLine(codes.join(', '))} instead of an assertion${reason === undefined ? '' : `: ${oneLine(reason)}`}`,
    { hints: ['ask the administrator of Google Workspace whether the SAML app is turned on for you'] },
  );
}

/** The reader of an untrusted document. A DOCTYPE is refused, so there are no entities. Throws GauthError ASSERTION_INVALID. */
async function readerOf(xml: string): Promise<XmlReader> {
  if (/<!DOCTYPE/i.test(xml)) throw invalid('it has a DOCTYPE');
  const plain = plainXmlReader(xml, PREFIXES);
  if (plain?.first(STATUS) === SUCCESS) return plain;
  const { xpathXmlReader } = await import('./xpath-xml.ts');
  const reader = xpathXmlReader(xml, PREFIXES);
  if (reader === undefined) throw invalid('it is not well-formed XML');
  return reader;
}

function decode(base64: string): string {
  const packed = base64.replace(/\s+/g, '');
  if (packed === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) throw invalid('it is not base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(packed, 'base64'));
  } catch {
    throw invalid('it is base64, but the decoded data is not text');
  }
}

function invalid(reason: string): GauthError {
  return new GauthError('ASSERTION_INVALID', `the SAML response cannot be read: ${reason}`, {
    hints: ['run gauth again; if you pasted it, copy the whole response again'],
  });
}

function tooLarge(length: number): GauthError {
  return new GauthError(
    'ASSERTION_INVALID',
    `the SAML response has ${String(length)} characters, and AWS STS accepts at most ${String(MAX_LENGTH)}`,
    { hints: ['ask the administrator of Google Workspace to map fewer roles to you'] },
  );
}

/** xs:dateTime with any number of fraction digits; without a zone it is UTC, as SAML requires (SAML core 1.3.3). */
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
 * Whether the assertion is valid at `now`, by its Conditions only: NotBefore inclusive, NotOnOrAfter exclusive. Subject confirmations
 * are for the ACS and not checked. `skewMilliseconds` extends the window at both ends.
 */
export function validity(assertion: Assertion, now: Date, skewMilliseconds = 0): Validity {
  const { notBefore, notOnOrAfter } = assertion;
  if (assertion.encrypted) return { kind: 'unknown', reason: 'the assertion is encrypted' };
  if (notOnOrAfter === undefined) return { kind: 'unknown', reason: 'the assertion has no expiration' };
  if (Number.isNaN(notOnOrAfter.getTime()) || Number.isNaN(notBefore?.getTime())) {
    return { kind: 'unknown', reason: 'a time in the assertion cannot be parsed' };
  }
  if (notBefore !== undefined && notOnOrAfter <= notBefore) return { kind: 'expired', since: notOnOrAfter };
  if (now.getTime() - skewMilliseconds >= notOnOrAfter.getTime())
    return { kind: 'expired', since: notOnOrAfter };
  if (notBefore !== undefined && now.getTime() + skewMilliseconds < notBefore.getTime()) {
    return { kind: 'early', from: notBefore };
  }
  return { kind: 'valid', until: notOnOrAfter };
}

/** The response from its XML, as aws-google-auth caches it in `saml_cache_<idp>.xml`. */
export function samlResponseFromXml(xml: string): SamlResponse {
  return { base64: new Secret(Buffer.from(xml, 'utf8').toString('base64')) };
}

/** The XML of a response, which is as secret as the base64. Throws GauthError ASSERTION_INVALID. */
export function samlXml(response: SamlResponse): string {
  return decode(response.base64.reveal());
}

/** Characters of pasted text: a page around a response is larger than the response, but not larger than this. */
const MAX_TEXT_LENGTH = 2_000_000;

/**
 * The response from pasted text: base64 (with line breaks, percent-encoding or the URL alphabet), a form body with
 * `SAMLResponse=`, XML, or a page with the input `SAMLResponse`.
 * Throws GauthError ASSERTION_INVALID.
 */
export function samlResponseFromText(text: string): SamlResponse {
  const given = text.replace(/^\uFEFF/, '').trim();
  if (given === '') throw notPasted('it is empty');
  if (given.length > MAX_TEXT_LENGTH) throw notPasted('it is too long');

  const value = inputValue(given) ?? formValue(given);
  if (value === undefined && given.startsWith('<')) {
    if (!/<([\w-]+:)?Response[\s>]/.test(given)) throw notPasted('it is markup without a SAML response');
    return samlResponseFromXml(given);
  }
  const packed = unescapePercent(value ?? given)
    .replace(/[\s"']+/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  if (packed.length > MAX_LENGTH) throw tooLarge(packed.length);
  let xml;
  try {
    xml = decode(packed);
  } catch {
    throw notPasted('it is not base64');
  }
  if (!/^\s*</.test(xml)) throw notPasted('it is base64, but the decoded data is not XML');
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

/** The value after `SAMLResponse=`, also in the formats of browser developer tools and JSON. */
function formValue(text: string): string | undefined {
  return /\bSAMLResponse["']?\s*[=:]\s*["']?([^&\s"'<>]+)/.exec(text)?.[1];
}

/** Decodes numeric character references, the only ones that base64 can need. */
function unescapeEntities(text: string): string {
  return text
    .replace(/&#x([0-9a-f]{1,4});/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(/&#(\d{1,4});/g, (_, digits: string) => String.fromCharCode(Number(digits)));
}

function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function notPasted(reason: string): GauthError {
  return new GauthError('ASSERTION_INVALID', `this is not a SAML response: ${reason}`, {
    hints: [
      "open the network tab of the browser's developer tools, sign in, and copy the form data of the request to https://signin.aws.amazon.com/saml: the whole body, or the value of SAMLResponse",
    ],
  });
}
