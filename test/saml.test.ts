/** The SAML response: what is read, what is refused, and its validity. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRoles } from '../src/aws/roles.ts';
import { GauthError } from '../src/errors.ts';
import {
  readAssertion,
  samlResponseFromText,
  samlResponseFromXml,
  samlXml,
  validity,
  type Assertion,
} from '../src/saml.ts';
import { Secret } from '../src/secret.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/saml/${name}.xml`, import.meta.url), 'utf8');
const google = fixture('google');
const read = (xml: string) => readAssertion(samlResponseFromXml(xml));

async function refusal(action: () => unknown): Promise<GauthError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof GauthError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('readAssertion', () => {
  it('reads everything in a response of Google', async () => {
    expect(await read(google)).toEqual({
      issuer: 'https://accounts.google.com/o/saml2?idpid=C01abc2de',
      audience: 'https://signin.aws.amazon.com/saml',
      destination: 'https://signin.aws.amazon.com/saml',
      recipient: 'https://signin.aws.amazon.com/saml',
      subject: 'me@example.com',
      notBefore: new Date('2026-11-23T14:55:48.123Z'),
      notOnOrAfter: new Date('2026-11-23T15:05:48.123Z'),
      roleValues: ['admin', 'read-only', 'test'].map(
        (name) => `arn:aws:iam::123456789012:role/${name},arn:aws:iam::123456789012:saml-provider/GoogleApps`,
      ),
      roleSessionName: 'me@example.com',
      sessionDuration: 28800,
      sourceIdentity: 'me',
      encrypted: false,
    } satisfies Assertion);
  });

  it('case 37: the roles are admin, read-only and test of one account and provider', async () => {
    const roles = parseRoles((await read(google)).roleValues);
    expect(roles.map((role) => [role.account, role.name, role.principalArn])).toEqual(
      ['admin', 'read-only', 'test'].map((name) => [
        '123456789012',
        name,
        'arn:aws:iam::123456789012:saml-provider/GoogleApps',
      ]),
    );
  });

  it('case 38: a trailing comma on each role value changes nothing', async () => {
    const commas = google.replaceAll('saml-provider/GoogleApps<', 'saml-provider/GoogleApps,<');
    expect(parseRoles((await read(commas)).roleValues)).toEqual(parseRoles((await read(google)).roleValues));
  });

  it('reads other prefixes, line breaks, CDATA, comments, the Chinese attribute and odd times', async () => {
    const assertion = await read(fixture('oddities'));
    expect(assertion).toMatchObject({
      subject: 'me@example.com',
      recipient: 'https://eu-west-1.signin.aws.amazon.com/saml',
      notBefore: new Date('2009-12-31T23:00:00Z'),
      notOnOrAfter: new Date('2100-01-01T00:00:00.123Z'),
      destination: undefined,
      sessionDuration: undefined,
    });
    expect(
      parseRoles(assertion.roleValues)
        .map((role) => role.name)
        .sort(),
    ).toEqual(['cn', 'gov', 'short']);
  });

  it('distinguishes an encrypted assertion from a missing one', async () => {
    expect(await read(fixture('encrypted'))).toMatchObject({
      encrypted: true,
      roleValues: [],
      issuer: 'https://accounts.google.com/o/saml2?idpid=C01abc2de',
      destination: 'https://us-east-1.signin.aws.amazon.com/saml/acs/SAMLSPEXAMPLE',
    });
    const without = fixture('encrypted').replace(/<saml2:EncryptedAssertion.*EncryptedAssertion>/, '');
    expect((await refusal(() => read(without))).message).toContain('no assertion');
  });

  it('reports a status other than Success in its own words, without control characters', async () => {
    const error = await refusal(() => read(fixture('refused')));
    expect(error.code).toBe('ASSERTION_INVALID');
    expect(error.message).toBe(
      'the identity provider sent Responder, RequestDenied instead of an assertion: Not for you 31m',
    );
  });

  it.each([
    ['an empty text', ''],
    ['text that is not base64', 'n o t base64!'],
    ['the word None', 'None'],
    ['an integer', '42'],
    ['base64 of what is not XML', Buffer.from('hello there').toString('base64')],
    ['base64 of bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]).toString('base64')],
  ])('case 39: %s is an error', async (_, base64) => {
    expect((await refusal(() => readAssertion({ base64: new Secret(base64) }))).code).toBe(
      'ASSERTION_INVALID',
    );
  });

  it.each([
    ['another document', '<html><body>hello</body></html>', 'not a SAML 2.0 response'],
    ['SAML 1.1', '<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol"/>', 'not a SAML 2.0 response'],
    ['a cut document', google.slice(0, 3000), 'not well-formed XML'],
    ['two roots', `${google}<a/>`, 'not well-formed XML'],
    ['a DOCTYPE', `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>${google}`, 'DOCTYPE'],
    ['an entity out of nowhere', google.replace('me@example.com', '&e;'), 'not well-formed XML'],
  ])('refuses %s', async (_, xml, why) => {
    const error = await refusal(() => read(xml));
    expect(error.code).toBe('ASSERTION_INVALID');
    expect(error.message).toContain(why);
    expect(error.cause).toBeUndefined();
  });

  it('reports that the response is larger than STS accepts', async () => {
    const error = await refusal(() =>
      read(google.replace('<saml2:Subject>', `${' '.repeat(75_000)}<saml2:Subject>`)),
    );
    expect(error.message).toMatch(/has \d+ characters, and AWS STS accepts at most 100000/);
  });

  it('does not count line breaks, which are not sent to STS', async () => {
    const xml = google.replace('<saml2:Subject>', `${' '.repeat(71_000)}<saml2:Subject>`);
    const base64 = Buffer.from(xml).toString('base64');
    expect(base64.length).toBeGreaterThan(97_500);
    const broken = base64.replace(/.{76}/g, '$&\r\n');
    expect(broken.length).toBeGreaterThan(100_000);
    expect((await readAssertion({ base64: new Secret(broken) })).roleValues).toHaveLength(3);
  });

  it('reads past nesting as deep as the size allows', async () => {
    const deep = google.replace('me@example.com<', `${'<a>'.repeat(9_900)}${'</a>'.repeat(9_900)}<`);
    expect((await read(deep)).roleValues).toHaveLength(3);
  });

  it('never fails otherwise than by ASSERTION_INVALID, whatever is cut out or put in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(google.length), fc.nat(200), fc.string(), async (at, length, put) => {
        const mutated = google.slice(0, at) + put + google.slice(at + length);
        try {
          await read(mutated);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ASSERTION_INVALID' });
        }
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});

describe('validity', () => {
  const at = (text: string) => new Date(text);
  const within = async (
    notBefore: string | undefined,
    notOnOrAfter: string | undefined,
  ): Promise<Assertion> => {
    const conditions = `<saml2:Conditions${notBefore === undefined ? '' : ` NotBefore="${notBefore}"`}${
      notOnOrAfter === undefined ? '' : ` NotOnOrAfter="${notOnOrAfter}"`
    }>`;
    return read(google.replace(/<saml2:Conditions [^>]*>/, conditions));
  };
  const now = at('2026-11-23T15:00:00Z');

  it.each([
    ['case 39: NotBefore in 2100', '2100-01-01T00:00:00Z', '2101-01-01T00:00:00Z', 'early'],
    ['case 39: NotOnOrAfter in 2011', '2010-01-01T00:00:00Z', '2011-01-01T00:00:00Z', 'expired'],
    ['case 39: NotOnOrAfter before NotBefore', '2100-01-01T00:00:00Z', '2010-01-01T00:00:00Z', 'expired'],
    ['an empty window', '2026-11-23T15:00:00Z', '2026-11-23T15:00:00Z', 'expired'],
    ['case 41: NotBefore is inclusive', '2026-11-23T15:00:00.000Z', '2026-11-23T15:05:00.000Z', 'valid'],
    ['case 41: NotOnOrAfter is exclusive', '2026-11-23T14:00:00.000Z', '2026-11-23T15:00:00.000Z', 'expired'],
    ['case 41: one millisecond is left', '2026-11-23T14:00:00.000Z', '2026-11-23T15:00:00.001Z', 'valid'],
    ['case 41: no fraction', '2026-11-23T14:59:59Z', '2026-11-23T15:00:01Z', 'valid'],
    ['case 41: nine digits', '2026-11-23T14:59:59.123456789Z', '2026-11-23T15:00:00.999999999Z', 'valid'],
    ['case 41: offsets', '2026-11-23T16:59:59+02:00', '2026-11-23T10:00:01-05:00', 'valid'],
    ['no zone, which is UTC', '2026-11-23T14:59:59', '2026-11-23T15:00:01', 'valid'],
    ['no beginning', undefined, '2026-11-23T15:00:01Z', 'valid'],
    ['no end', '2026-11-23T14:59:59Z', undefined, 'unknown'],
    ['an end that is no date', '2026-11-23T14:59:59Z', 'tomorrow', 'unknown'],
    ['a beginning that is no date', '2026-13-45T00:00:00Z', '2100-01-01T00:00:00Z', 'unknown'],
  ])('%s', async (_, notBefore, notOnOrAfter, kind) => {
    expect(validity(await within(notBefore, notOnOrAfter), now).kind).toBe(kind);
  });

  it('case 40: an expired subject confirmation does not matter', async () => {
    const xml = google
      .replace(/(<saml2:SubjectConfirmationData NotOnOrAfter=")[^"]*/, '$12017-01-01T00:00:00.000Z')
      .replace(
        /<saml2:Conditions [^>]*>/,
        '<saml2:Conditions NotBefore="2010-01-01T00:00:00.000Z" NotOnOrAfter="2100-01-01T00:00:00.000Z">',
      );
    expect(xml).toContain('NotOnOrAfter="2017');
    expect(validity(await read(xml), now)).toEqual({ kind: 'valid', until: at('2100-01-01T00:00:00Z') });
  });

  it('the validity of an encrypted assertion is unknown', async () => {
    expect(validity(await read(fixture('encrypted')), now)).toEqual({
      kind: 'unknown',
      reason: 'the assertion is encrypted',
    });
  });

  it('widens the window at both ends by the skew', async () => {
    const assertion = await within('2026-11-23T15:01:00Z', '2026-11-23T15:02:00Z');
    expect(validity(assertion, now, 59_999).kind).toBe('early');
    expect(validity(assertion, now, 60_000).kind).toBe('valid');
    expect(validity(assertion, at('2026-11-23T15:03:00Z'), 60_000).kind).toBe('expired');
    expect(validity(assertion, at('2026-11-23T15:03:00Z'), 60_001).kind).toBe('valid');
  });
});

describe('case 43: raw XML, as aws-google-auth caches it', () => {
  it('goes to base64 and back byte for byte', async () => {
    const odd = `${google.replace('me@example.com', 'mé@例え.jp')}\r\n`;
    expect(samlXml(samlResponseFromXml(odd))).toBe(odd);
  });

  it('is an error if it is not base64', async () => {
    expect((await refusal(() => samlXml({ base64: new Secret('%%%') }))).code).toBe('ASSERTION_INVALID');
  });
});

describe('samlResponseFromText', () => {
  // The fixture's base64 is made to hold the two letters that encodings change.
  const xml = google.replace('me@example.com', 'a?>b?~c~~');
  const base64 = samlResponseFromXml(xml).base64.reveal();
  const escaped = encodeURIComponent(base64);
  const entities = base64.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;').replaceAll('=', '&#61;');

  it('has a sample with a plus and a slash', async () => {
    expect(base64).toMatch(/\+.*\/|\/.*\+/);
  });

  it.each([
    ['base64', base64],
    ['base64 with blanks around', `\n\t ${base64} \n`],
    ['base64 in lines of 76', base64.replace(/.{76}/g, '$&\r\n')],
    ['base64 without padding', base64.replace(/=+$/, '')],
    ['base64 with the URL alphabet', base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 in quotes', `"${base64}"`],
    ['percent-encoded base64', escaped],
    ['percent-encoded base64 with line breaks', encodeURIComponent(base64.replace(/.{76}/g, '$&\r\n'))],
    ['a form body', `SAMLResponse=${escaped}&RelayState=`],
    ['a form body with fields around', `RelayState=x&SAMLResponse=${escaped}&other=1`],
    ['a form body that nobody encoded', `SAMLResponse=${base64}&RelayState=`],
    ['the form data of the developer tools', `SAMLResponse: ${base64}\nRelayState: `],
    [
      'a curl command',
      `curl 'https://signin.aws.amazon.com/saml' --data-raw 'SAMLResponse=${escaped}&RelayState='`,
    ],
    ['JSON', JSON.stringify({ SAMLResponse: base64 })],
    ['raw XML', xml],
    ['raw XML with a byte order mark', `\uFEFF${xml}`],
    [
      'a page',
      `<html><form method="POST"><input type="hidden" name="SAMLResponse" value="${base64}"/></form></html>`,
    ],
    ['a page with entities', `<!DOCTYPE html><input value='${entities}' name='SAMLResponse'>`],
    [
      'a page with other inputs',
      `<input name="RelayState" value="x"><INPUT NAME=SAMLResponse VALUE=${base64}>`,
    ],
  ])('takes %s', async (_, text) => {
    expect(samlXml(samlResponseFromText(text)).trim()).toBe(xml.trim());
  });

  it.each([
    ['nothing', ' \n'],
    ['a word', 'hunter2'],
    ['base64 of no XML', Buffer.from('hello').toString('base64')],
    ['a page without the input', '<html><input name="password" value="hunter2"></html>'],
    ['an empty input', '<input name="SAMLResponse" value="">'],
    ['too much base64', `PHNh${'QUFB'.repeat(30_000)}`],
    ['too much of anything', '<'.repeat(2_100_000)],
  ])('case 39: refuses %s without repeating it', async (_, text) => {
    const error = await refusal(() => samlResponseFromText(text));
    expect(error.code).toBe('ASSERTION_INVALID');
    expect([error.message, ...error.hints].join('\n')).not.toContain('hunter2');
    expect(error.cause).toBeUndefined();
  });

  it('never fails otherwise than by ASSERTION_INVALID', async () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300, unit: 'binary' }),
        fc.constantFrom('', '<input name=SAMLResponse value=', 'SAMLResponse=', '%'),
        (text, prefix) => {
          try {
            samlResponseFromText(prefix + text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ASSERTION_INVALID' });
          }
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });
});
