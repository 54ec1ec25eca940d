/** AWS's sign-in emulator and IAM: the list of roles, federation, and account aliases. */
import { describe, expect, it } from 'vitest';
import { awsSigninEmulator } from './aws-signin.ts';
import { iamEmulator } from './iam.ts';
import { inMemory } from './memory.ts';
import { bodyText } from './respond.ts';
import { samlIssuer } from './saml.ts';
import { stsEmulator } from './sts.ts';

const PROVIDER = 'arn:aws:iam::111222333444:saml-provider/Google';
const roleOf = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
const ROLES = [roleOf('111222333444', 'admin'), roleOf('111222333444', 'dev'), roleOf('555666777888', 'dev')];

async function setUp() {
  const issuer = samlIssuer(undefined, { roles: ROLES.map((role) => `${role},${PROVIDER}`) });
  const sts = stsEmulator({ issuer, roles: ROLES.map((arn) => ({ arn })) });
  const signin = awsSigninEmulator({ issuer, keys: sts.keys, aliases: { '111222333444': 'main' } });
  const iam = iamEmulator({ sts, aliases: { '111222333444': 'main' } });
  const http = inMemory({ ...sts.hosts, ...signin.hosts, ...iam.hosts });
  const post = async (url: string, fields: Record<string, string>, headers = {}) => {
    const body = new URLSearchParams(fields).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', url: new URL(url), headers: { ...type, ...headers }, body } as const;
    const response = await http(request, new AbortController().signal);
    return { status: response.status, text: bodyText(response), location: response.headers.location?.[0] };
  };
  await post('https://sts.amazonaws.com/', {
    Action: 'AssumeRoleWithSAML',
    Version: '2011-06-15',
    RoleArn: ROLES[0]!,
    PrincipalArn: PROVIDER,
    SAMLAssertion: issuer.issue(),
  });
  return { issuer, sts, signin, iam, post, keys: sts.keys[0]! };
}

describe('the list of accounts', () => {
  it('names accounts by their aliases, and their roles', async () => {
    const { issuer, post } = await setUp();
    const { text } = await post('https://signin.aws.amazon.com/saml', {
      SAMLResponse: issuer.issue(),
      RelayState: '',
    });
    expect(text.match(/Account: [^<]+/g)).toEqual(['Account: main (111222333444)', 'Account: 555666777888']);
    expect(text.match(/label for="[^"]+"/g)).toHaveLength(3);
  });

  it('is omitted for a single role', async () => {
    const { issuer, post } = await setUp();
    const one = issuer.issue({ roles: [`${ROLES[0]!},${PROVIDER}`] });
    expect((await post('https://eu-west-1.signin.aws.amazon.com/saml', { SAMLResponse: one })).status).toBe(
      302,
    );
  });

  it('is refused for an assertion of another issuer', async () => {
    const { signin, post } = await setUp();
    expect((await post('https://signin.aws.amazon.com/saml', { SAMLResponse: 'eA==' })).status).toBe(400);
    expect(signin.violations).toHaveLength(1);
  });
});

describe('federation', () => {
  const FEDERATION = 'https://signin.aws.amazon.com/federation';
  it('returns a token for keys of STS, and a login for the token', async () => {
    const { signin, post, keys } = await setUp();
    const session = {
      sessionId: keys.accessKeyId,
      sessionKey: keys.secretAccessKey,
      sessionToken: keys.sessionToken,
    };
    const answer = await post(FEDERATION, { Action: 'getSigninToken', Session: JSON.stringify(session) });
    const { SigninToken } = JSON.parse(answer.text) as { SigninToken: string };
    const Destination = 'https://console.aws.amazon.com/s3';
    const login = await post(FEDERATION, { Action: 'login', Issuer: 'x', Destination, SigninToken });
    expect(login.location).toBe(Destination);
    expect(signin.logins).toEqual([Destination]);
    expect(signin.violations).toEqual([]);
  });

  it('refuses other keys, other durations, and secrets in a URL', async () => {
    const { signin, post, keys } = await setUp();
    const session = {
      sessionId: keys.accessKeyId,
      sessionKey: keys.secretAccessKey,
      sessionToken: keys.sessionToken,
    };
    const wrong = { ...session, sessionKey: 'x' };
    const statuses = [
      await post(FEDERATION, { Action: 'getSigninToken', Session: JSON.stringify(wrong) }),
      await post(FEDERATION, {
        Action: 'getSigninToken',
        Session: JSON.stringify(session),
        SessionDuration: '60',
      }),
      await post(`${FEDERATION}?Session=x`, { Action: 'login', SigninToken: 'invented' }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([400, 400, 400]);
    expect(signin.violations).toHaveLength(4);
  });
});

describe('aliases', () => {
  it('are returned for keys of that account only', async () => {
    const { iam, post } = await setUp();
    const { status, text } = await post('https://iam.amazonaws.com/', { Action: 'ListAccountAliases' });
    expect(status).toBe(403);
    expect(text).toContain('MissingAuthenticationToken');
    expect(iam.accounts).toEqual([]);
  });
});
