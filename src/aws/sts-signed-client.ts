/** The SDK's client for signed STS requests, with all settings given. */
import { STSClient } from '@aws-sdk/client-sts';
import { state as sdkNotice } from '@aws-sdk/core/client';
import type { Clock } from '../ports.ts';
import type { Session } from './session.ts';
import type { SdkTransport } from './sts-client.ts';

/** The credentials that sign a request. */
export type AccessKeys = Pick<Session, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

/** A client that looks nothing up: not in process.env, not in ~/.aws and not on the network. Its requests are sent by `transport`. */
export function signedStsClient(
  { endpoint, region, credentials }: { endpoint: URL; region: string; credentials: AccessKeys },
  clock: Clock,
  transport: SdkTransport,
): STSClient {
  // On Node 20 the SDK would print that its later versions, which gauth does not use, need a newer Node.
  sdkNotice.warningEmitted = true;
  return new STSClient({
    region,
    endpoint: endpoint.href,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 1,
    authSchemePreference: [],
    userAgentAppId: 'gauth',
    systemClockOffset: clock.now().getTime() - Date.now(),
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey.reveal(),
      sessionToken: credentials.sessionToken.reveal(),
    },
    requestHandler: {
      handle: async (request: Parameters<SdkTransport>[0]) => ({ response: await transport(request) }),
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
  });
}
