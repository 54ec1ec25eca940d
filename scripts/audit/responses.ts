/** Damaged SAML responses: none may raise anything but an error of gauth, or take long. */
import { GauthError } from '../../src/errors.ts';
import { parseRoles } from '../../src/aws/roles.ts';
import { readAssertion, samlResponseFromText, validity } from '../../src/saml.ts';
import { samlIssuer } from '../../test/emulators/saml.ts';
import { damaged } from '../../test/support/mutations.ts';
import { PROVIDER, ROLE } from '../../test/support/organisation.ts';
import type { Audit, AuditOptions } from './audit.ts';

/** Milliseconds for one response. */
const LIMIT = 1000;

export async function auditResponses({ random, count }: AuditOptions): Promise<Audit> {
  const tries = count(20_000, 2_000);
  const issuer = samlIssuer();
  const xml = (options: Parameters<typeof issuer.issue>[0]): string =>
    Buffer.from(issuer.issue(options), 'base64').toString('utf8');
  const originals = [
    xml({ roles: [`${ROLE},${PROVIDER}`], sessionDuration: 3600 }),
    xml({ encrypted: true }),
    xml({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }),
  ];
  const faults: string[] = [];
  let slowest = 0;
  for (let index = 0; index < tries; index += 1) {
    const text = damaged(originals[index % originals.length] ?? '', random, originals);
    const started = performance.now();
    try {
      const assertion = await readAssertion(
        samlResponseFromText(index % 2 === 0 ? text : Buffer.from(text).toString('base64')),
      );
      validity(assertion, new Date());
      parseRoles(assertion.roleValues);
    } catch (error) {
      const isExpected = error instanceof GauthError && error.code === 'ASSERTION_INVALID';
      if (!isExpected) faults.push(`response ${String(index)}: ${String(error)}`);
    }
    slowest = Math.max(slowest, performance.now() - started);
    if (index % 1000 === 0) await Promise.resolve();
  }
  if (slowest > LIMIT) faults.push(`the slowest response took ${slowest.toFixed(0)} ms`);
  const notes = [`the slowest took ${slowest.toFixed(0)} ms`];
  return { name: 'damaged SAML responses', tries, unit: 'responses', faults, notes };
}
