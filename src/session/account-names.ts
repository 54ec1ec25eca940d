/** Names for AWS accounts: what the person wrote down, what AWS tells, what it told before. */
import { join } from 'node:path';
import { updateAccountCache, readAccountCache } from '../aws/account-cache.ts';
import { type AwsFilePaths, storeFolder } from '../aws/paths.ts';
import type { Role } from '../aws/roles.ts';
import { GauthError } from '../errors.ts';
import { readTextFile } from '../files/files.ts';
import type { Log, System } from '../ports.ts';
import type { SamlSource } from './saml-source.ts';
import { oneLine } from '../text.ts';

export interface AccountNameParts {
  readonly system: Pick<System, 'http' | 'env' | 'clock' | 'signal'>;
  readonly log: Log;
  readonly files: AwsFilePaths;
  /** Ask AWS's sign-in page alone, and not IAM in each account, which costs requests and shows in CloudTrail. */
  readonly onlyPage?: boolean;
}

/**
 * The names that are known without asking anybody, by account number: the person's own labels before what AWS told once.
 * Safe to print. A file that cannot be read costs a line and those names.
 */
export async function knownAccountNames({
  system,
  log,
  files,
}: AccountNameParts): Promise<ReadonlyMap<string, string>> {
  const store = storeFolder(files);
  const [{ names }, labels] = await Promise.all([
    readAccountCache(store, system.clock.now()),
    readLabels(store, log),
  ]);
  const shown = [...names].map(([account, name]): [string, string] => [account, oneLine(name)]);
  return new Map([...shown, ...labels]);
}

/**
 * The names of the roles' accounts, AWS being asked for those that have no label (--resolve-aliases). What is found is
 * remembered. A failure leaves an account out, or with its remembered name. Throws GauthError CANCELLED only.
 */
export async function resolveAccountNames(
  roles: readonly Role[],
  source: SamlSource,
  region: string | undefined,
  parts: AccountNameParts,
): Promise<ReadonlyMap<string, string>> {
  const { system, log, files, onlyPage = false } = parts;
  const store = storeFolder(files);
  const [{ names: remembered }, labels, { fetchAccountAliases: accountNames }] = await Promise.all([
    readAccountCache(store, system.clock.now()),
    readLabels(store, log),
    import('../aws/account-aliases.ts'),
  ]);
  const accounts = roles.map(({ account }) => account);
  const request = {
    saml: source.response,
    destination: source.assertion.destination,
    region,
    known: new Set([...remembered.keys(), ...labels.keys(), ...(onlyPage ? accounts : [])]),
  };
  const found = await accountNames(roles, request, { ...system, log }, system.signal);
  const names = new Map([...found].filter(([account, name]) => remembered.get(account) !== name));
  if (names.size > 0) {
    await updateAccountCache(store, { names }, system.clock.now(), system.signal).catch((error: unknown) => {
      if (!(error instanceof GauthError) || error.kind === 'cancelled') throw error;
      log.debug(`the names of accounts are not remembered: ${error.message}`);
    });
  }
  return new Map([...remembered, ...found, ...labels]);
}

/** Bytes; a line an account. */
const LABELS_LIMIT = 1_000_000;

async function readLabels(store: string, log: Log): Promise<ReadonlyMap<string, string>> {
  try {
    return parseLabels((await readTextFile(join(store, 'accounts'), LABELS_LIMIT)) ?? '');
  } catch (error) {
    if (!(error instanceof GauthError)) throw error;
    log.warn(`the labels of accounts are not shown: ${error.message}`);
    return new Map();
  }
}

/** Labels as in a hosts file: `111222333444 production`, a line each, `#` before a comment. Other lines say nothing. */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, account, label] = /^\s*(\d{12})\s+(\S[^#]*)/.exec(line.replace(/#.*/, '')) ?? [];
    if (account !== undefined && label !== undefined) labels.set(account, oneLine(label));
  }
  return labels;
}
