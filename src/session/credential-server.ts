/** The credential server: gives AWS SDKs on this machine the credentials of profiles, for as long as `work` runs. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import { listNames, removeFile, replaceFile } from '../files/files.ts';
import { withLock } from '../files/lock.ts';
import {
  credentialsAnswer,
  credentialsPath,
  errorAnswer,
  profileOfPath,
  refusalOf,
  unknownProfileAnswer,
} from '../output/container-credentials.ts';
import type { LoopbackRequest, LoopbackResponse, System } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine, shellQuote } from '../text.ts';
import { withTimeLimit } from '../time-limit.ts';
import { createCredentialSource, type CredentialSource } from './credential-source.ts';

/** Milliseconds for a renewal, prompts included. */
const RENEWAL_LIMIT = 120_000;
const TOKEN_SUFFIX = '.token';

/** A profile that the server has credentials of. */
export interface ServedProfile {
  readonly name: string;
  readonly minTtl: number;
  /** The credentials that there are at the start. */
  readonly initial: Session | undefined;
  /** Gets fresh credentials with these ports. */
  readonly renew: (system: System) => Promise<Session>;
}

/** How a program reaches the server: the values of AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE. */
export interface ServerAccess {
  readonly uriOf: (profile: string) => string;
  readonly tokenFile: string;
  /** The value of AWS_CONTAINER_AUTHORIZATION_TOKEN, if it was requested. */
  readonly tokenVariable: Secret | undefined;
}

/**
 * Runs `work` while the server answers. The token is new for each start, and in a file with mode 0600, which is removed at the
 * end; those of killed servers are removed at the start.
 * Throws what `work` throws, GauthError SERVER_FAILED, FILE.
 */
export async function withCredentialServer<Result>(
  profiles: readonly ServedProfile[],
  { files, tokenVariable }: { readonly files: AwsFilePaths; readonly tokenVariable: boolean },
  system: System,
  work: (access: ServerAccess) => Promise<Result>,
): Promise<Result> {
  const token = new Secret(randomBytes(32).toString('base64url'));
  const folder = join(storeFolder(files), 'server');
  const tokenFile = join(folder, `${randomBytes(9).toString('base64url')}${TOKEN_SUFFIX}`);
  const sources = new Map(profiles.map((profile) => [profile.name, sourceOf(profile, system)]));
  await removeStaleTokens(folder);
  let port = 0;
  const server = await system.loopback(async (request) => answer(request, sources, { port, token }));
  port = server.port;
  try {
    return await withLock(tokenFile, { signal: system.signal, waitMs: 0 }, async () => {
      await replaceFile(tokenFile, token.reveal(), { secret: true });
      try {
        const uriOf = (profile: string): string =>
          `http://127.0.0.1:${String(port)}${credentialsPath(profile)}`;
        return await work({ uriOf, tokenFile, tokenVariable: tokenVariable ? token : undefined });
      } finally {
        await removeFile(tokenFile);
      }
    });
  } finally {
    await server.close();
  }
}

async function answer(
  request: LoopbackRequest,
  sources: ReadonlyMap<string, CredentialSource>,
  access: { readonly port: number; readonly token: Secret },
): Promise<LoopbackResponse> {
  const refusal = refusalOf(request, access);
  if (refusal !== undefined) return refusal;
  const name = profileOfPath(request.path);
  const source = name === undefined ? undefined : sources.get(name);
  if (name === undefined || source === undefined) return unknownProfileAnswer();
  try {
    return credentialsAnswer(await source.current());
  } catch (error) {
    const known = error instanceof GauthError ? error : new GauthError('INTERNAL', 'an internal error');
    return errorAnswer(known, name);
  }
}

function sourceOf({ name, minTtl, initial, renew }: ServedProfile, system: System): CredentialSource {
  return createCredentialSource(initial, {
    clock: system.clock,
    minTtl,
    renew: async () => withTimeLimit(RENEWAL_LIMIT, withProfileNotes(name, system), renew),
    onFailure: (error, session) => {
      const message = error instanceof GauthError ? error.message : 'an internal error';
      const end =
        session === undefined ? '' : ` They expire at ${session.expiration.toISOString().slice(0, 19)}Z.`;
      system.stderr.write(
        `gauth: the credentials of profile ${oneLine(name)} are not renewed: ${oneLine(message)}.${end}\n` +
          `  run: gauth -p ${shellQuote(name)}\n`,
      );
    },
  });
}

/** At a prompt in the middle of another program's output, the user has to see who asks, and for what. */
function withProfileNotes(name: string, system: System): System {
  const { terminal } = system;
  const note = `gauth: renewing the credentials of AWS profile ${oneLine(name)}\n`;
  let isNoted = false;
  const noted = (label: string): string => {
    const text = isNoted ? label : note + label;
    isNoted = true;
    return text;
  };
  return {
    ...system,
    terminal: {
      ...terminal,
      onlyShortPrompts: true,
      ask: async (label, options) => terminal.ask(noted(label), options),
      askSecret: async (label, options) => terminal.askSecret(noted(label), options),
      choose: async (label, choices, options) =>
        terminal.choose(`${label} for ${oneLine(name)}`, choices, options),
    },
  };
}

/** A running server holds the lock of its token. */
async function removeStaleTokens(folder: string): Promise<void> {
  const options = { signal: new AbortController().signal, waitMs: 0 };
  for (const name of await listNames(folder)) {
    if (!name.endsWith(TOKEN_SUFFIX)) continue;
    const path = join(folder, name);
    await withLock(path, options, async () => removeFile(path)).catch(() => undefined);
  }
}
