/** The SAML response of a run: given by the user, cached, or new from Google. */
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

// The XML parser is large: it is loaded only where it is used, while Google is waited for.

export interface SamlSource {
  readonly kind: 'given' | 'cached' | 'new';
  readonly response: SamlResponse;
  readonly assertion: Assertion;
}

export interface SamlSourceParts {
  readonly system: System;
  readonly log: Log;
  /** The settings with everything that Google needs; prompts for what is missing. */
  readonly complete: () => Promise<Settings>;
  /** Gets a new SAML response from Google, by any sign-in method. The user may have corrected the e-mail address. */
  readonly signIn: (
    settings: Settings,
  ) => Promise<{ readonly response: SamlResponse; readonly settings: Settings }>;
  /** Returns what `look` finds, else what `work` gets, while no other process signs in to the same app as the same user. */
  readonly withFlight: <Result>(
    settings: Settings,
    look: () => Promise<Result | undefined>,
    work: () => Promise<Result>,
  ) => Promise<Result>;
  /** The paths: the SAML response is cached next to the credentials file. */
  readonly files: AwsFilePaths;
}

/** Errors with a cached response that a new one may solve: the cached one is removed, and Google is asked. */
const STALE: ReadonlySet<Code> = new Set<Code>([
  'ASSERTION_EXPIRED',
  'ASSERTION_REJECTED',
  'NO_ROLES',
  'ROLE_NOT_OFFERED',
]);

/**
 * Calls `use` with a SAML response: the cached one first, and a new one if that is refused as stale.
 * Throws what `use` and the sign-in throw, and the errors of saml.ts.
 */
export async function withSamlSource<Result>(
  settings: Settings,
  parts: SamlSourceParts,
  use: (source: SamlSource) => Promise<Result>,
): Promise<Result> {
  const cached = settings.samlAssertion === undefined ? await readCached(settings, parts) : undefined;
  if (cached) {
    try {
      return await use(cached);
    } catch (error) {
      if (!(error instanceof GauthError) || !STALE.has(error.code)) throw error;
      parts.log.info(`the cached SAML response was refused (${error.code}); signing in`);
      await removeCached(cached, settings, parts);
    }
  }
  if (settings.samlAssertion === undefined) return use(await signInOnce(await parts.complete(), parts));
  const source = await readGivenAssertion(settings.samlAssertion, parts);
  await saveToCache(source, settings, parts);
  return use(source);
}

/** One process asks Google; the response serves all that wait. */
async function signInOnce(settings: Settings, parts: SamlSourceParts): Promise<SamlSource> {
  return parts.withFlight(
    settings,
    async () => readCached(settings, parts),
    async () => {
      const [{ response, settings: corrected }, { readAssertion }] = await Promise.all([
        parts.signIn(settings),
        import('../saml.ts'),
        import('../aws/assume-role-with-saml.ts'),
      ]);
      const source = { kind: 'new', response, assertion: await readAssertion(response) } as const;
      await saveToCache(source, corrected, parts);
      return source;
    },
  );
}

/**
 * The SAML response of `--saml-assertion`. `-` means standard input; at a terminal that is a prompt, since a line of a
 * terminal is too short for the response.
 */
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
  const assertion = await readAssertion(response);
  const state = validity(assertion, system.clock.now());
  if (state.kind === 'expired' || state.kind === 'early') {
    const when =
      state.kind === 'expired'
        ? `expired at ${state.since.toISOString()}`
        : `is valid from ${state.from.toISOString()}`;
    throw new GauthError('ASSERTION_EXPIRED', `the given SAML assertion is not valid now: it ${when}`, {
      hints: [
        'an assertion is valid for a few minutes only: get a new one',
        'check the clock of this machine',
      ],
    });
  }
  return { kind: 'given', response, assertion };
}

async function readCached(settings: Settings, parts: SamlSourceParts): Promise<SamlSource | undefined> {
  const cache = cachePaths(settings, parts);
  if (cache === undefined || !existsSync(cache.path)) return undefined;
  const { readSamlCache } = await import('./saml-cache.ts');
  const cached = await readSamlCache(cache, settings, parts.system.clock.now());
  return cached && { kind: 'cached', ...cached };
}

/** Another process may have replaced it with a newer one, which stays. */
async function removeCached(refused: SamlSource, settings: Settings, parts: SamlSourceParts): Promise<void> {
  const cache = cachePaths(settings, parts);
  const now = await readCached(settings, parts);
  const isNewer = now !== undefined && now.response.base64.reveal() !== refused.response.base64.reveal();
  if (cache !== undefined && !isNewer) await rm(cache.path, { force: true });
}

/** A cache that cannot be written is logged and does not fail the sign-in. */
async function saveToCache(source: SamlSource, settings: Settings, parts: SamlSourceParts): Promise<void> {
  const cache = cachePaths(settings, parts);
  if (cache === undefined || source.assertion.encrypted) return;
  try {
    const { writeSamlCache } = await import('./saml-cache.ts');
    await writeSamlCache(cache, source.response, settings);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    parts.log.warn(`the SAML response is not cached: ${error.message}`);
  }
}

function cachePaths({ cache, idpId }: Settings, { files }: SamlSourceParts): SamlCache | undefined {
  const path = cache && idpId !== undefined ? samlCachePath(files, idpId) : undefined;
  return path === undefined ? undefined : { path, store: storeFolder(files) };
}

/**
 * `saml_cache_<idp>.xml`: next to the credentials file, where aws-google-auth has it, if no other user can create files there, else in
 * the private store. Undefined if the ID could lead out of the folder, and if the credentials file is a device.
 */
export function samlCachePath(files: AwsFilePaths, idpId: string): string | undefined {
  if (!/^[\w-]+$/.test(idpId) || isDevice(files.credentials)) return undefined;
  const isBeside = files.shared === undefined && files.store === undefined;
  const folder = isBeside ? dirname(files.credentials) : join(storeFolder(files), 'responses');
  return join(folder, `saml_cache_${idpId}.xml`);
}
