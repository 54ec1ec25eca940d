/** The requests of a renewal by the packages that gauth uses: two to Google with a cookie jar, and one to STS. */
import { STSServiceException } from '@aws-sdk/client-sts';
import axios, { type AxiosResponse } from 'axios';
import { Command } from 'commander';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { CookieJar } from 'tough-cookie';
import { sendAssumeRoleWithSaml } from '../../src/aws/sts-protocol.ts';

const GOOGLE = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111';
const STS = 'https://sts.us-east-1.amazonaws.com/';

export async function requests(): Promise<void> {
  new Command('bench').option('-p <name>').parse(['node', 'bench', '-p', 'bench']);
  const agent = new HttpsProxyAgent(process.env['HTTPS_PROXY'] ?? '', { keepAlive: true });
  Object.assign(agent.options, { keepAlive: true });
  const jar = new CookieJar();
  const request = async (url: string, body?: string): Promise<AxiosResponse<Buffer>> => {
    const cookie = await jar.getCookieString(url);
    const response = await axios.request<Buffer>({
      url,
      method: body === undefined ? 'GET' : 'POST',
      data: body,
      httpsAgent: agent,
      proxy: false,
      maxRedirects: 0,
      responseType: 'arraybuffer',
      validateStatus: () => true,
      headers: cookie === '' ? {} : { cookie },
    });
    for (const line of response.headers['set-cookie'] ?? []) await jar.setCookie(line, url);
    return response;
  };
  await request(GOOGLE);
  await request(GOOGLE);
  const role = {
    RoleArn: 'arn:aws:iam::111222333444:role/saml-init',
    PrincipalArn: 'arn:aws:iam::111222333444:saml-provider/google',
    SAMLAssertion: 'QUFB'.repeat(1000),
  };
  const answer = sendAssumeRoleWithSaml(role, new URL(STS), async ({ body }) => {
    const { status, data } = await request(STS, String(body));
    return { statusCode: status, headers: {}, body: data };
  });
  // STS refuses this assertion, which costs as much as a session.
  const refusal: unknown = await answer.catch((error: unknown) => error);
  if (!(refusal instanceof STSServiceException)) throw new Error('STS has not refused the assertion');
  agent.destroy();
}
