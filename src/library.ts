/** The library: `import { fromGoogleSaml } from 'gauth-aws'`. Everything here is public; its types are self-contained and published. */
import { accountIdOf } from './aws/session-cache-file.ts';
import { sessionForProgram } from './session/program-session.ts';
import type { System } from './ports.ts';
import { realSystem } from './system/real-system.ts';

/** The options of `fromGoogleSaml`. All other settings come from variables and the profile, as for the command. */
export interface FromGoogleSamlOptions {
  /** The profile of the AWS config file, set up by `gauth -p NAME` or `gauth configure`; default: `AWS_PROFILE`, else `sts`. */
  readonly profile?: string;
  /** Seconds: renew the credentials when less than this remains (short sessions: half their lifetime); default 900. */
  readonly minTtl?: number;
  /** Seconds for a call, including prompts; default 55. */
  readonly timeout?: number;
  /** Whether gauth may prompt on the controlling terminal or open the browser if necessary; default true. */
  readonly ask?: boolean;
  /** Cancels a running call, which then rejects. */
  readonly signal?: AbortSignal;
}

/** Temporary credentials, in the form of the AWS SDK for JavaScript v3 (`AwsCredentialIdentity`). */
export interface GoogleSamlCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The SDK asks for new credentials five minutes before. */
  readonly expiration: Date;
  /** The account of the role, which the SDK uses for account-based endpoints. */
  readonly accountId?: string;
}

/** A credential provider for the SDK's clients (`AwsCredentialIdentityProvider`). */
export type GoogleSamlCredentialProvider = () => Promise<GoogleSamlCredentials>;

/**
 * Credentials through Google Workspace, for the AWS SDK for JavaScript v3. Uses the cached session of the profile while it is valid;
 * else gets a new one, without a prompt if the Google session is saved. If many processes and clients need one at the same time,
 * there is one sign-in.
 *
 * The promise rejects with an Error whose message says what to run, and whose `code` is listed in docs/exit-codes.md.
 *
 * @example
 * ```js
 * import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
 * import { fromGoogleSaml } from 'gauth-aws';
 *
 * const client = new STSClient({ region: 'us-east-1', credentials: fromGoogleSaml({ profile: 'sts-temp' }) });
 * const { Arn } = await client.send(new GetCallerIdentityCommand({}));
 * console.log(Arn);
 * ```
 */
export function fromGoogleSaml(options: FromGoogleSamlOptions = {}): GoogleSamlCredentialProvider {
  const { profile, minTtl, timeout, ask = true, signal = new AbortController().signal } = options;
  const given = {
    ...(profile === undefined ? {} : { profile }),
    ...(minTtl === undefined ? {} : { minTtl: String(minTtl) }),
    ...(timeout === undefined ? {} : { timeout: String(timeout) }),
    ...(ask ? {} : { signIn: 'terminal' }),
  };
  let system: System | undefined;
  return async () => {
    system ??= ask ? realSystem(signal) : withoutTerminal(realSystem(signal));
    return sessionForProgram(given, system, (session) => {
      const accountId = accountIdOf(session);
      return {
        accessKeyId: session.accessKeyId,
        secretAccessKey: session.secretAccessKey.reveal(),
        sessionToken: session.sessionToken.reveal(),
        expiration: session.expiration,
        ...(accountId === undefined ? {} : { accountId }),
      };
    });
  };
}

/** The ports without a terminal. */
function withoutTerminal(system: System): System {
  return { ...system, terminal: { ...system.terminal, available: () => Promise.resolve(false) } };
}
