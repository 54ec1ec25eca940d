/** The admin guide's set-up of AWS, run as it stands there by the real AWS CLI against moto's IAM. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { awsCli, run, testWithClient } from '../support/clients.ts';
import { hasMoto, motoServer } from '../support/moto.ts';
import { temporaryHome } from '../fakes/system.ts';

const GUIDE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'admin-guide.md'), 'utf8');
const LINES = [...GUIDE.matchAll(/^aws iam .*$/gm)].map(([line]) => line);
const [TRUST = ''] = [...GUIDE.matchAll(/^```json\n(.*?)^```/gms)].map(([, text = '']) => text);
/** moto's account; the guide's is another. */
const ACCOUNT = '123456789012';
const METADATA =
  '<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ' +
  'entityID="https://accounts.google.com/o/saml2?idpid=C01abc2de"><md:IDPSSODescriptor ' +
  'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>' +
  // AWS takes no shorter document; Google's has a certificate.
  `<!-- ${'certificate '.repeat(80)}-->`;

const aws = awsCli(1);

testWithClient("moto's server and the AWS CLI", hasMoto() && aws !== undefined)(
  'the lines for AWS create the provider and a role that trusts it, with a policy',
  async () => {
    const home = temporaryHome();
    const endpoint = await motoServer(home, { MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' });
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_PAGER: '',
    };
    const trust = TRUST.replaceAll('111222333444', ACCOUNT);
    expect(trust).not.toBe(TRUST);
    writeFileSync(join(home, 'trust.json'), trust);
    writeFileSync(join(home, 'GoogleIDPMetadata.xml'), METADATA);
    const made = async (line: string): Promise<string> => {
      const command = line.replace(/^aws/, `'${aws ?? ''}'`);
      const { status, out, err } = await run('sh', ['-c', `cd "$HOME" && ${command}`], env);
      expect(status, `${line}\n${err}`).toBe(0);
      return out;
    };

    const outputs: string[] = [];
    for (const line of LINES) outputs.push(await made(line));
    const [provider = ''] = outputs;
    expect(LINES).toHaveLength(3);
    const { SAMLProviderArn: arn } = JSON.parse(provider) as { SAMLProviderArn: string };
    expect(trust).toContain(`"Federated": "${arn}"`);

    const shown = JSON.parse(await made('aws iam get-role --role-name developer')) as {
      Role: { MaxSessionDuration: number; AssumeRolePolicyDocument: unknown };
    };
    expect(shown.Role.MaxSessionDuration).toBe(43_200);
    expect(shown.Role.AssumeRolePolicyDocument).toEqual(JSON.parse(trust));
    expect(await made('aws iam list-attached-role-policies --role-name developer')).toContain(
      'ReadOnlyAccess',
    );
  },
);
