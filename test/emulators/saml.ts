/** SAML responses as Google Workspace makes them, with every oddity of the field on request, and the knowledge of which ones were issued. */
import { createHash, randomBytes } from 'node:crypto';
import { escape } from './respond.ts';

const ROLE_ATTRIBUTE = 'https://aws.amazon.com/SAML/Attributes/Role';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

export interface ResponseOptions {
  /** Values of the Role attribute as they shall stand there: usually `roleArn,providerArn`. */
  readonly roles?: readonly string[];
  readonly roleAttribute?: string;
  readonly roleSessionName?: string;
  /** SessionDuration attribute, in seconds. */
  readonly sessionDuration?: number;
  /** More attributes: full name to values. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly issuedAt?: Date;
  /** Default: five minutes before and after `issuedAt`. */
  readonly notBefore?: Date;
  readonly notOnOrAfter?: Date;
  /** The end of the session at the identity provider; none by default, as in Google's responses. */
  readonly sessionEnd?: Date;
  /** SubjectConfirmationData's own end; default that of the conditions. */
  readonly confirmationEnd?: Date;
  /** How a time is written; default ISO 8601 with milliseconds and Z. */
  readonly time?: (date: Date) => string;
  /** Google's entity id. */
  readonly entityId?: string;
  readonly audience?: string;
  /** The assertion consumer service: Destination and Recipient. */
  readonly acs?: string;
  /** Status code other than Success; the response then has no assertion. */
  readonly status?: string;
  readonly statusMessage?: string;
  /** The assertion is there but encrypted. */
  readonly encrypted?: boolean;
}

export interface IssuedResponse {
  readonly roles: readonly string[];
  readonly issuedAt: Date;
  readonly notBefore: Date;
  readonly notOnOrAfter: Date;
  readonly audience: string;
  readonly roleSessionName: string;
  readonly entityId: string;
  readonly ok: boolean;
}

export interface SamlIssuer {
  /** The base64 text of a new response. */
  issue(options?: ResponseOptions): string;
  /** What a response says, if this issuer made it and not one byte of its XML was changed. */
  find(base64: string): IssuedResponse | undefined;
  readonly issued: readonly IssuedResponse[];
}

/** `defaults` hold for each response unless the single call says otherwise. */
export function samlIssuer(
  clock: { now(): Date } = { now: () => new Date() },
  defaults: ResponseOptions = {},
): SamlIssuer {
  const known = new Map<string, IssuedResponse>();
  return {
    issue: (options = {}) => {
      const { xml, record } = makeResponse({ issuedAt: clock.now(), ...defaults, ...options });
      known.set(digest(xml), record);
      return Buffer.from(xml).toString('base64');
    },
    find: (base64) => known.get(digest(Buffer.from(base64, 'base64'))),
    get issued() {
      return [...known.values()];
    },
  };
}

function digest(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function makeResponse(options: ResponseOptions): { xml: string; record: IssuedResponse } {
  const issuedAt = options.issuedAt ?? new Date();
  const record: IssuedResponse = {
    roles: options.roles ?? [],
    issuedAt,
    notBefore: options.notBefore ?? new Date(issuedAt.getTime() - 300_000),
    notOnOrAfter: options.notOnOrAfter ?? new Date(issuedAt.getTime() + 300_000),
    audience: options.audience ?? 'https://signin.aws.amazon.com/saml',
    roleSessionName: options.roleSessionName ?? 'me@example.com',
    entityId: options.entityId ?? 'https://accounts.google.com/o/saml2?idpid=C01abc2de',
    ok: options.status === undefined && options.encrypted !== true,
  };
  const acs = escape(options.acs ?? 'https://signin.aws.amazon.com/saml');
  const write = options.time ?? ((date: Date) => date.toISOString());
  const now = write(issuedAt);
  const issuer = `<saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">${escape(record.entityId)}</saml2:Issuer>`;
  const status = options.status ?? SUCCESS;
  const message =
    options.statusMessage === undefined
      ? ''
      : `<saml2p:StatusMessage>${escape(options.statusMessage)}</saml2p:StatusMessage>`;
  const content =
    options.status !== undefined
      ? ''
      : options.encrypted === true
        ? encryptedAssertion()
        : assertion(options, record, { acs, now, issuer, write });
  const xml =
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>' +
    `<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" Destination="${acs}" ID="${id()}" IssueInstant="${now}" Version="2.0">` +
    `${issuer}<saml2p:Status><saml2p:StatusCode Value="${status}"/>${message}</saml2p:Status>${content}</saml2p:Response>`;
  return { xml, record };
}

interface Frame {
  readonly acs: string;
  readonly now: string;
  readonly issuer: string;
  readonly write: (date: Date) => string;
}

function assertion(
  options: ResponseOptions,
  record: IssuedResponse,
  { acs, now, issuer, write }: Frame,
): string {
  const aws = 'https://aws.amazon.com/SAML/Attributes';
  const attributes: [string, readonly string[]][] = [
    [`${aws}/RoleSessionName`, [record.roleSessionName]],
    [options.roleAttribute ?? ROLE_ATTRIBUTE, record.roles],
    ...(options.sessionDuration === undefined
      ? []
      : [[`${aws}/SessionDuration`, [String(options.sessionDuration)]] satisfies [string, string[]]]),
    ...Object.entries(options.attributes ?? {}),
  ];
  const end = write(record.notOnOrAfter);
  return [
    `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id()}" IssueInstant="${now}" Version="2.0">`,
    issuer,
    `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>${randomBytes(32).toString('base64')}</ds:SignatureValue></ds:Signature>`,
    '<saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">',
    `${escape(record.roleSessionName)}</saml2:NameID>`,
    '<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">',
    `<saml2:SubjectConfirmationData NotOnOrAfter="${write(options.confirmationEnd ?? record.notOnOrAfter)}" Recipient="${acs}"/>`,
    '</saml2:SubjectConfirmation></saml2:Subject>',
    `<saml2:Conditions NotBefore="${write(record.notBefore)}" NotOnOrAfter="${end}">`,
    `<saml2:AudienceRestriction><saml2:Audience>${escape(record.audience)}</saml2:Audience></saml2:AudienceRestriction>`,
    '</saml2:Conditions><saml2:AttributeStatement>',
    ...attributes.map(([name, values]) => attribute(name, values)),
    `</saml2:AttributeStatement><saml2:AuthnStatement AuthnInstant="${now}" SessionIndex="${id()}"${options.sessionEnd === undefined ? '' : ` SessionNotOnOrAfter="${write(options.sessionEnd)}"`}>`,
    '<saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified',
    '</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement></saml2:Assertion>',
  ].join('');
}

function attribute(name: string, values: readonly string[]): string {
  const body = values
    .map(
      (value) =>
        '<saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" ' +
        `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:anyType">${escape(value)}</saml2:AttributeValue>`,
    )
    .join('');
  return `<saml2:Attribute Name="${escape(name)}">${body}</saml2:Attribute>`;
}

function encryptedAssertion(): string {
  return (
    '<saml2:EncryptedAssertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">' +
    '<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">' +
    `<xenc:CipherData><xenc:CipherValue>${randomBytes(96).toString('base64')}</xenc:CipherValue></xenc:CipherData>` +
    '</xenc:EncryptedData></saml2:EncryptedAssertion>'
  );
}

function id(): string {
  return `_${randomBytes(16).toString('hex')}`;
}
