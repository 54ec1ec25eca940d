/** The pipeline: a SAML response (given, kept, or fresh from Google), its assertion, a role, a session at AWS. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Role, chooseRole, rolesOf } from './aws/role.ts';
import type { Session } from './aws/sts.ts';
import { type Code, GauthError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Choice, Log, System } from './ports.ts';
import type { Assertion, SamlResponse } from './saml.ts';
import type { Secret } from './secret.ts';

// The readers of XML and the STS client are heavy: they are loaded where they are used, and while Google is waited for.

/** What the pipeline needs from the command that runs it. */
export interface FederateParts {
  readonly system: System;
  readonly log: Log;
  /** Gets a fresh SAML response from Google, by whichever way in; asks for what is missing. */
  readonly signIn: (signal: AbortSignal) => Promise<SamlResponse>;
  /** Where the credentials file is; the SAML response is kept beside it. */
  readonly credentialsFile: string;
  /** Told of the role before it is assumed. */
  readonly onRole: (role: Role) => void;
}

interface Source {
  readonly kind: 'given' | 'kept' | 'fresh';
  readonly response: SamlResponse;
  readonly assertion: Assertion;
}

/** What a kept response may be refused for although a fresh one would do: it is dropped, and Google asked. */
const STALE: ReadonlySet<Code> = new Set<Code>([
  'ASSERTION_EXPIRED',
  'ASSERTION_REJECTED',
  'NO_ROLES',
  'ROLE_NOT_OFFERED',
]);

/** Throws what its stages throw: the errors of saml.ts, role.ts, sts.ts and of the way in. */
export async function federate(settings: Settings, parts: FederateParts): Promise<Session> {
  const kept = settings.samlAssertion === undefined ? await readKept(settings, parts) : undefined;
  if (kept) {
    try {
      return await assume(kept, settings, parts);
    } catch (error) {
      if (!(error instanceof GauthError) || !STALE.has(error.code)) throw error;
      parts.log.info(`the kept SAML response was refused (${error.code}), signing in`);
      await dropKept(settings, parts);
    }
  }
  const source = settings.samlAssertion
    ? await readGiven(settings.samlAssertion, parts)
    : await signInFresh(parts);
  await keep(source, settings, parts);
  return assume(source, settings, parts);
}

async function assume(source: Source, settings: Settings, parts: FederateParts): Promise<Session> {
  const { system, log } = parts;
  const role = await pickRole(source, settings, parts);
  parts.onRole(role);
  const { assumeRoleWithSaml } = await import('./aws/sts.ts');
  const duration = settings.autoDuration ? 'auto' : settings.duration;
  const { region } = settings;
  return assumeRoleWithSaml(
    { role, saml: source.response, duration, region },
    { ...system, log },
    system.signal,
  );
}

async function pickRole(source: Source, settings: Settings, parts: FederateParts): Promise<Role> {
  const { assertion } = source;
  const { roleArn, principalArn, account, askRole } = settings;
  const roles = rolesOf(assertion.roleValues);
  const wish = { roleArn, principalArn, account, askRole, encrypted: assertion.encrypted };
  const choice = chooseRole(roles, wish);
  if (choice.kind === 'one') return choice.role;
  const { terminal, signal } = parts.system;
  if (!(await terminal.available())) {
    throw new GauthError('MISSING_OPTION', 'several roles are offered, and there is no terminal to ask on', {
      hints: [
        'name one with -r/--role-arn, the variable AWS_ROLE_ARN or google_config.role_arn in the profile',
        ...choice.roles.slice(0, 10).map((role) => `offered: ${role.roleArn}`),
      ],
    });
  }
  const choices = await roleChoices(choice.roles, source, settings, parts);
  return terminal.choose('the role to assume', choices, { signal });
}

/** Roles by their ARN; with names of accounts, sorted by name and role (facts, cases 61 and 62). */
async function roleChoices(
  roles: readonly Role[],
  source: Source,
  settings: Settings,
  { system, log }: FederateParts,
): Promise<readonly Choice<Role>[]> {
  if (!settings.resolveAliases) return roles.map((role) => ({ value: role, label: role.roleArn }));
  const { accountNames } = await import('./aws/accounts.ts');
  const request = {
    saml: source.response,
    destination: source.assertion.destination,
    region: settings.region,
  };
  const names = await accountNames(roles, request, { ...system, log }, system.signal);
  const nameOf = (role: Role): string => names.get(role.account) ?? role.account;
  return roles
    .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)) || a.name.localeCompare(b.name))
    .map((role) => ({ value: role, label: `${nameOf(role)}  ${role.name}`, detail: role.roleArn }));
}

async function signInFresh(parts: FederateParts): Promise<Source> {
  const [response, { readAssertion }] = await Promise.all([
    parts.signIn(parts.system.signal),
    import('./saml.ts'),
    import('./aws/sts.ts'),
  ]);
  return { kind: 'fresh', response, assertion: readAssertion(response) };
}

async function readGiven(given: Secret, { system }: FederateParts): Promise<Source> {
  const { readAssertion, samlResponseFromText, validity } = await import('./saml.ts');
  const text = given.reveal().trim() === '-' ? await system.input.readAll(2_000_000, system.signal) : given;
  const response = samlResponseFromText(text.reveal());
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

async function readKept(settings: Settings, parts: FederateParts): Promise<Source | undefined> {
  const path = cachePath(settings, parts);
  if (path === undefined || !existsSync(path)) return undefined;
  const { readSamlCache } = await import('./saml-cache.ts');
  const kept = await readSamlCache(path, settings.username, parts.system.clock.now());
  return kept && { kind: 'kept', ...kept };
}

async function dropKept(settings: Settings, parts: FederateParts): Promise<void> {
  const path = cachePath(settings, parts);
  if (path !== undefined) await rm(path, { force: true });
}

/** A cache that cannot be written costs a line, not the credentials. */
async function keep(source: Source, settings: Settings, parts: FederateParts): Promise<void> {
  const path = cachePath(settings, parts);
  if (path === undefined || source.assertion.encrypted) return;
  try {
    const { writeSamlCache } = await import('./saml-cache.ts');
    await writeSamlCache(path, source.response);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    parts.log.warn(`the SAML response is not kept: ${error.message}`);
  }
}

function cachePath({ cache, idpId }: Settings, { credentialsFile }: FederateParts): string | undefined {
  return cache && idpId !== undefined ? samlCachePath(credentialsFile, idpId) : undefined;
}

/** `saml_cache_<idp>.xml` beside the credentials file, as aws-google-auth; undefined where the ID could lead out of the folder. */
export function samlCachePath(credentialsFile: string, idpId: string): string | undefined {
  return /^[\w-]+$/.test(idpId) ? join(dirname(credentialsFile), `saml_cache_${idpId}.xml`) : undefined;
}
