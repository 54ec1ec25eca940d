/** The library: `import { fromGoogleSaml } from 'gauth-aws'`. What stands here is public; its types are self-contained, and shipped. */
import { sessionForProgram } from './session/program-session.ts';
import type { System } from './ports.ts';
import { realSystem } from './system/index.ts';

/** What `fromGoogleSaml` may be told. Whatever is not said here comes from the variables and the profile, as for the command. */
export interface FromGoogleSamlOptions {
  /** The profile of the AWS config file, set up by `gauth -p NAME` or `gauth configure`; default: `AWS_PROFILE`, else `sts`. */
  readonly profile?: string;
  /** Seconds that have to be left of a kept session, at most half of its length; default 900. */
  readonly minTtl?: number;
  /** Seconds after which to give up, questions included; default 55. */
  readonly timeout?: number;
  /** Whether a person may be asked, at the controlling terminal or in the browser, where nothing else helps; default true. */
  readonly ask?: boolean;
  /** Ends what is under way, which then rejects. */
  readonly signal?: AbortSignal;
}

/** Temporary credentials, in the form of the AWS SDK for JavaScript v3 (`AwsCredentialIdentity`). */
export interface GoogleSamlCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The SDK asks for new ones five minutes before. */
  readonly expiration: Date;
}

/** What the SDK's clients take as `credentials` (`AwsCredentialIdentityProvider`). */
export type GoogleSamlCredentialProvider = () => Promise<GoogleSamlCredentials>;

/**
 * Credentials through Google Workspace, for the AWS SDK for JavaScript v3. They come from the session that the command
 * `gauth` keeps for this profile while it is good; else a new one is got, silently where Google's own session is kept, and
 * by asking a person where not. Any number of processes and clients that need one at the same time cause one sign-in.
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
    return sessionForProgram(given, system, (session) => ({
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey.reveal(),
      sessionToken: session.sessionToken.reveal(),
      expiration: session.expiration,
    }));
  };
}

/** A world with nobody in it who could be asked. */
function withoutTerminal(system: System): System {
  return { ...system, terminal: { ...system.terminal, available: () => Promise.resolve(false) } };
}
