/** AWS ECR: the request for a password of its registry, and the registry. */
import { randomBytes } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { accountOf } from './aws-names.ts';
import { registryEmulator } from './registry.ts';
import { type Handler, type Hosts, answer, bodyText } from './respond.ts';
import type { StsEmulator } from './sts.ts';

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.';
/** Milliseconds for which a password is valid. */
const LIFE = 12 * 3_600_000;

export interface EcrOptions {
  /** Whose keys it knows. */
  readonly sts: StsEmulator;
  /** ARNs of the roles that may sign in. */
  readonly readers: readonly string[];
}

/** A password as it was given out. */
export interface EcrPassword {
  readonly password: string;
  readonly roleArn: string;
  /** Where docker signs in with it: host name. */
  readonly registry: string;
}

export interface EcrEmulator {
  readonly handle: Handler;
  readonly hosts: Hosts;
  readonly passwords: EcrPassword[];
}

export function ecrEmulator({ sts, readers }: EcrOptions, region = 'us-east-1'): EcrEmulator {
  const passwords: EcrPassword[] = [];

  function handle(request: HttpRequest): HttpResponse {
    const target = request.headers['x-amz-target'] ?? '';
    if (request.method !== 'POST' || target !== `${TARGET}GetAuthorizationToken`) {
      return failure('UnknownOperationException', `${request.method} ${target}`);
    }
    const caller = sts.identify(request);
    if ('status' in caller) {
      const [, code = '', message = ''] =
        /<Code>(.*?)<\/Code><Message>(.*?)<\/Message>/.exec(bodyText(caller)) ?? [];
      return failure(`${code}Exception`, message);
    }
    if (!readers.includes(caller.roleArn)) {
      return failure('AccessDeniedException', 'User is not authorized to perform: ecr:GetAuthorizationToken');
    }
    const password = randomBytes(300).toString('base64');
    const registry = `${accountOf(caller.roleArn)}.dkr.ecr.${region}.amazonaws.com`;
    passwords.push({ password, roleArn: caller.roleArn, registry });
    return json(200, {
      authorizationData: [
        {
          authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
          expiresAt: (Date.now() + LIFE) / 1000,
          proxyEndpoint: `https://${registry}`,
        },
      ],
    });
  }

  const hosts = {
    [`api.ecr.${region}.amazonaws.com`]: handle,
    [`*.dkr.ecr.${region}.amazonaws.com`]: registryEmulator(passwords),
  };
  return { handle, hosts, passwords };
}

function failure(type: string, message: string): HttpResponse {
  return json(400, { __type: type, message });
}

function json(status: number, value: unknown): HttpResponse {
  return answer(status, 'application/x-amz-json-1.1', JSON.stringify(value));
}
