/** Names of AWS accounts: labels in `~/.aws/gauth/accounts` and in the default settings, aliases that AWS reports, and those in the account cache. */
import { join } from 'node:path';
import { updateAccountCache, readAccountCache } from '../aws/account-cache.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import type { Role } from '../aws/roles.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import { readDefaultSettings } from './default-settings.ts';
import type { Log, System } from '../ports.ts';
import type { SamlSource } from './saml-source.ts';
import { oneLine } from '../text.ts';

export interface AccountNameParts {
  readonly system: Pick<System, 'http' | 'env' | 'home' | 'platform' | 'clock' | 'signal'>;
  readonly log: Log;
  readonly files: AwsFilePaths;
  /** Ask only AWS's sign-in page, not IAM in each account: that costs requests and is visible in CloudTrail. */
  readonly onlyPage?: boolean;
}

/**
 * The names known without a request, by account number: labels first, then cached aliases.
 * Safe to print. A file that cannot be read is logged, and its names are missing.
 */
export async function knownAccountNames({
  system,
  log,
  files,
}: AccountNameParts): Promise<ReadonlyMap<string, string>> {
  const store = storeFolder(files);
  const [{ names }, labels] = await Promise.all([
    readAccountCache(store, system.clock.now()),
    readLabels(store, system, log),
  ]);
  const shown = [...names].map(([account, name]): [string, string] => [account, oneLine(name)]);
  return new Map([...shown, ...labels]);
}

/**
 * The names of the accounts of some roles. AWS is asked for those without a label (--resolve-aliases), and the result is
 * cached. If that fails, the cached name is used, or none. Throws GauthError CANCELLED only.
 */
export async function resolveAccountNames(
  roles: readonly Role[],
  source: SamlSource,
  region: string | undefined,
  parts: AccountNameParts,
): Promise<ReadonlyMap<string, string>> {
  const { system, log, files, onlyPage = false } = parts;
  const store = storeFolder(files);
  const [{ names: cached }, labels, { fetchAccountAliases: accountNames }] = await Promise.all([
    readAccountCache(store, system.clock.now()),
    readLabels(store, system, log),
    import('../aws/account-aliases.ts'),
  ]);
  const accounts = roles.map(({ account }) => account);
  const request = {
    saml: source.response,
    destination: source.assertion.destination,
    region,
    known: new Set([...cached.keys(), ...labels.keys(), ...(onlyPage ? accounts : [])]),
  };
  const found = await accountNames(roles, request, { ...system, log }, system.signal);
  const names = new Map([...found].filter(([account, name]) => cached.get(account) !== name));
  if (names.size > 0) {
    await updateAccountCache(store, { names }, system.clock.now(), system.signal).catch((error: unknown) => {
      if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
      log.debug(`account names are not cached: ${error.message}`);
    });
  }
  return new Map([...cached, ...found, ...labels]);
}

/** Bytes; one line per account. */
const LABELS_LIMIT = 1_000_000;

/** The organisation's names, and the user's own, which have precedence. */
async function readLabels(
  store: string,
  system: AccountNameParts['system'],
  log: Log,
): Promise<ReadonlyMap<string, string>> {
  try {
    const { accountNames } = await readDefaultSettings(system);
    const own = parseLabels((await readTextFile(join(store, 'accounts'), LABELS_LIMIT)) ?? '');
    return new Map([...accountNames, ...own]);
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    log.warn(`account labels are not shown: ${error.message}`);
    return new Map();
  }
}

/**
 * Parses labels, one per line as in a hosts file: `111222333444 production`. `#` starts a comment. Other lines are ignored.
 */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, account, label] = /^\s*(\d{12})\s+(\S[^#]*)/.exec(line.replace(/#.*/, '')) ?? [];
    if (account !== undefined && label !== undefined) labels.set(account, oneLine(label));
  }
  return labels;
}
