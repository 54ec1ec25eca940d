/** The SAML response of a run: given, kept, or fresh from Google. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDevice, type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import { type Code, GauthError } from '../errors.ts';
import type { Settings } from '../options/options.ts';
import type { Log, System } from '../ports.ts';
import type { SamlCache } from './saml-cache.ts';
import type { Assertion, SamlResponse } from '../saml.ts';
import type { Secret } from '../secret.ts';

// The reader of XML is heavy: it is loaded where it is used, and while Google is waited for.

export interface SamlSource {
  readonly kind: 'given' | 'kept' | 'fresh';
  readonly response: SamlResponse;
  readonly assertion: Assertion;
}

export interface SamlSourceParts {
  readonly system: System;
  readonly log: Log;
  /** The settings with all that Google has to be told: asks for what is missing. */
  readonly complete: () => Promise<Settings>;
  /** Gets a fresh SAML response from Google, by whichever way in. */
  readonly signIn: (settings: Settings) => Promise<SamlResponse>;
  /** What `look` finds, else what `work` gets, while no other process signs in to the same app as the same person. */
  readonly alone: <Result>(
    settings: Settings,
    look: () => Promise<Result | undefined>,
    work: () => Promise<Result>,
  ) => Promise<Result>;
  /** The SAML response is kept beside the credentials file. */
  readonly files: AwsFilePaths;
}

/** What a kept response may be refused for although a fresh one would do: it is dropped, and Google asked. */
const STALE: ReadonlySet<Code> = new Set<Code>([
  'ASSERTION_EXPIRED',
  'ASSERTION_REJECTED',
  'NO_ROLES',
  'ROLE_NOT_OFFERED',
]);

/**
 * Does something with a SAML response. With a kept one first; where that is refused as stale, again with a fresh one.
 * Throws what `use` and the way in throw, and the errors of saml.ts.
 */
export async function withSamlSource<Result>(
  settings: Settings,
  parts: SamlSourceParts,
  use: (source: SamlSource) => Promise<Result>,
): Promise<Result> {
  const kept = settings.samlAssertion === undefined ? await readCached(settings, parts) : undefined;
  if (kept) {
    try {
      return await use(kept);
    } catch (error) {
      if (!(error instanceof GauthError) || !STALE.has(error.code)) throw error;
      parts.log.info(`the kept SAML response was refused (${error.code}), signing in`);
      await removeCached(kept, settings, parts);
    }
  }
  if (settings.samlAssertion === undefined) return use(await signInOnce(await parts.complete(), parts));
  const source = await readGivenAssertion(settings.samlAssertion, parts);
  await keep(source, settings, parts);
  return use(source);
}

/** One process asks Google, and leaves the response to those that wait. */
async function signInOnce(settings: Settings, parts: SamlSourceParts): Promise<SamlSource> {
  return parts.alone(
    settings,
    async () => readCached(settings, parts),
    async () => {
      const source = await signInFresh(settings, parts);
      await keep(source, settings, parts);
      return source;
    },
  );
}

async function signInFresh(settings: Settings, parts: SamlSourceParts): Promise<SamlSource> {
  const [response, { readAssertion }] = await Promise.all([
    parts.signIn(settings),
    import('../saml.ts'),
    import('../aws/assume-role-with-saml.ts'),
  ]);
  return { kind: 'fresh', response, assertion: readAssertion(response) };
}

/** `-` stands for standard input; at a terminal that is a question, whose answer is longer than a line there can be. */
export async function takeAssertionOption(
  given: Secret,
  { input, terminal, signal }: Pick<System, 'input' | 'terminal' | 'signal'>,
): Promise<Secret> {
  if (given.reveal().trim() !== '-') return given;
  if (!input.isTerminal || !(await terminal.available())) return input.readAll(2_000_000, signal);
  return terminal.paste('Paste the SAML response, then press Enter: ', { signal });
}

async function readGivenAssertion(given: Secret, { system }: SamlSourceParts): Promise<SamlSource> {
  const { readAssertion, samlResponseFromText, validity } = await import('../saml.ts');
  const response = samlResponseFromText((await takeAssertionOption(given, system)).reveal());
  const assertion = readAssertion(response);
  const state = validity(assertion, system.clock.now());
  if (state.kind === 'expired' || state.kind === 'early') {
    const when =
      state.kind === 'expired'
        ? `ended at ${state.since.toISOString()}`
        : `starts at ${state.from.toISOString()}`;
    throw new GauthError('ASSERTION_EXPIRED', `the SAML assertion given is not valid now: it ${when}`, {
      hints: ['an assertion holds for a few minutes: get a fresh one', 'check the clock of this machine'],
    });
  }
  return { kind: 'given', response, assertion };
}

async function readCached(settings: Settings, parts: SamlSourceParts): Promise<SamlSource | undefined> {
  const cache = cacheOf(settings, parts);
  if (cache === undefined || !existsSync(cache.path)) return undefined;
  const { readSamlCache } = await import('./saml-cache.ts');
  const kept = await readSamlCache(cache, settings, parts.system.clock.now());
  return kept && { kind: 'kept', ...kept };
}

/** Another process may have put a newer one in its place, which stays. */
async function removeCached(refused: SamlSource, settings: Settings, parts: SamlSourceParts): Promise<void> {
  const cache = cacheOf(settings, parts);
  const now = await readCached(settings, parts);
  const isNewer = now !== undefined && now.response.base64.reveal() !== refused.response.base64.reveal();
  if (cache !== undefined && !isNewer) await rm(cache.path, { force: true });
}

/** A cache that cannot be written costs a line, not the credentials. */
async function keep(source: SamlSource, settings: Settings, parts: SamlSourceParts): Promise<void> {
  const cache = cacheOf(settings, parts);
  if (cache === undefined || source.assertion.encrypted) return;
  try {
    const { writeSamlCache } = await import('./saml-cache.ts');
    await writeSamlCache(cache, source.response, settings);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    parts.log.warn(`the SAML response is not kept: ${error.message}`);
  }
}

function cacheOf({ cache, idpId }: Settings, { files }: SamlSourceParts): SamlCache | undefined {
  const path = cache && idpId !== undefined ? samlCachePath(files, idpId) : undefined;
  return path === undefined ? undefined : { path, store: storeFolder(files) };
}

/**
 * `saml_cache_<idp>.xml`: beside the credentials file, where aws-google-auth has it, if no other user can put files there, else in
 * the private store. Undefined if the ID could lead out of the folder, and beside a device.
 */
export function samlCachePath(files: AwsFilePaths, idpId: string): string | undefined {
  if (!/^[\w-]+$/.test(idpId) || isDevice(files.credentials)) return undefined;
  const isBeside = files.shared === undefined && files.store === undefined;
  const folder = isBeside ? dirname(files.credentials) : join(storeFolder(files), 'responses');
  return join(folder, `saml_cache_${idpId}.xml`);
}
