/**
 * AssumeRoleWithSAML by the SDK's own protocol and schemas, without its client: middleware, signers, credential providers and endpoint rules
 * would be loaded, and an unsigned request to a known endpoint uses none of them.
 */
import {
  AssumeRoleWithSAML$,
  type AssumeRoleWithSAMLRequest,
  type AssumeRoleWithSAMLCommandOutput,
  errorTypeRegistries,
} from '@aws-sdk/client-sts';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { operation } from '@smithy/core/schema';
import { fromBase64, fromUtf8, toBase64, toUtf8 } from '@smithy/core/serde';
import { HttpResponse } from '@smithy/core/transport';
import { version } from '../version.ts';
import type { SdkTransport } from './sts-client.ts';

/** As in the client's `runtimeConfig.shared.js`. */
const STS = {
  defaultNamespace: 'com.amazonaws.sts',
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  version: '2011-06-15',
};

/** Sends the request by `transport`. Throws what `transport` throws, and the SDK's exceptions for errors of STS. */
export async function sendAssumeRoleWithSaml(
  input: AssumeRoleWithSAMLRequest,
  endpoint: URL,
  transport: SdkTransport,
): Promise<AssumeRoleWithSAMLCommandOutput> {
  const protocol = new AwsQueryProtocol({ ...STS, errorTypeRegistries });
  const [, namespace, name, traits, inputSchema, outputSchema] = AssumeRoleWithSAML$;
  const schema = operation(namespace, name, traits, inputSchema, outputSchema);
  const { protocol: scheme, hostname, pathname: path } = endpoint;
  const context = {
    endpoint: () => Promise.resolve({ protocol: scheme, hostname, path }),
    base64Decoder: fromBase64,
    base64Encoder: toBase64,
    utf8Decoder: fromUtf8,
    utf8Encoder: toUtf8,
    streamCollector: () => Promise.reject(new Error('the body is not a stream')),
  };
  const request = await protocol.serializeRequest(schema, input, context);
  // AWS shows it to administrators in CloudTrail.
  request.headers['user-agent'] = `gauth/${version}`;
  const response = new HttpResponse(await transport(request));
  return protocol.deserializeResponse(schema, context, response);
}
