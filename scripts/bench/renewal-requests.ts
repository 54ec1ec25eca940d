/** The requests of a renewal by the packages that gauth uses: two to Google with a cookie jar, and one to STS. */
import { AssumeRoleWithSAML$, errorTypeRegistries } from '@aws-sdk/client-sts';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { operation } from '@smithy/core/schema';
import axios from 'axios';
import { Command } from 'commander';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { CookieJar } from 'tough-cookie';

const GOOGLE = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111';
const STS = 'https://sts.us-east-1.amazonaws.com/';

export async function requests(): Promise<void> {
  new Command('bench').option('-p <name>').parse(['node', 'bench', '-p', 'bench']);
  const agent = new HttpsProxyAgent(process.env['HTTPS_PROXY'] ?? '', { keepAlive: true });
  Object.assign(agent.options, { keepAlive: true });
  const jar = new CookieJar();
  const request = async (url: string, body?: string): Promise<void> => {
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
  };
  await request(GOOGLE);
  await request(GOOGLE);
  const [, namespace, name, traits, input, output] = AssumeRoleWithSAML$;
  const protocol = new AwsQueryProtocol({
    defaultNamespace: namespace,
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    version: '2011-06-15',
    errorTypeRegistries,
  });
  const role = {
    RoleArn: 'arn:aws:iam::111222333444:role/saml-init',
    PrincipalArn: 'arn:aws:iam::111222333444:saml-provider/google',
    SAMLAssertion: 'QUFB'.repeat(1000),
  };
  const unused = (): never => {
    throw new Error('not used');
  };
  const { body } = await protocol.serializeRequest(operation(namespace, name, traits, input, output), role, {
    endpoint: () => Promise.resolve({ protocol: 'https:', hostname: new URL(STS).hostname, path: '/' }),
    base64Decoder: unused,
    base64Encoder: unused,
    utf8Decoder: unused,
    utf8Encoder: unused,
    streamCollector: unused,
  });
  await request(STS, String(body));
  agent.destroy();
}
