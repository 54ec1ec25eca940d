/** A story: a command line in a made-up world, and what came of it. Every story ends with a search for secrets that got out. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { main } from '../../src/main.ts';
import { type FakeWorld, fakeSystem, temporaryHome } from '../fakes/system.ts';
import { type Organisation, USER } from './organisation.ts';

export interface ScenarioResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The questions that were asked, with what stood above them. */
  readonly asked: readonly string[];
  readonly home: string;
  /** Requests that went to Google in this run. */
  readonly toGoogle: number;
  /** Every file below the home folder with its text, by its path within. */
  readonly files: Readonly<Record<string, string>>;
  /** Shorthands for the two shared files where they usually are; empty where they are not. */
  readonly config: string;
  readonly credentials: string;
}

/** Runs gauth once. Fails on a question that was not expected, on an answer never asked for, on a complaint of an emulator, and on a secret in the wrong place. */
export async function runScenario(
  world: Organisation,
  argv: readonly string[],
  options: Omit<FakeWorld, 'http'> = {},
): Promise<ScenarioResult> {
  const home = options.home ?? temporaryHome();
  const requestsBefore = world.google.requests.length;
  const system = fakeSystem({ ...options, home, http: world.http });
  const status = await main(argv, system);
  const result = {
    status,
    out: system.out(),
    err: system.err(),
    asked: system.terminal.asked,
    home,
    toGoogle: world.google.requests.length - requestsBefore,
    files: filesBelow(home),
    config: readIfThere(join(home, '.aws', 'config')),
    credentials: readIfThere(join(home, '.aws', 'credentials')),
  };
  system.terminal.done();
  world.check();
  expectNoSecrets(world, result);
  return result;
}

/** All files below a folder, with their texts. */
function filesBelow(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Passwords, codes and cookies belong nowhere; keys into the credentials and what was asked to be printed; the assertion into its cache. */
function expectNoSecrets(world: Organisation, { out, err, files }: ScenarioResult): void {
  const cookies = world.http.requests.flatMap(({ headers }) =>
    (headers['cookie'] ?? '').split('; ').map((pair) => pair.slice(pair.indexOf('=') + 1)),
  );
  const typed = world.google.submissions.flatMap(({ fields }) =>
    ['Passwd', 'Pin', 'pin'].flatMap((name) => fields[name] ?? []),
  );
  const keys = world.sts.keys.flatMap((each) => [each.secretAccessKey, each.sessionToken]);
  const assertions = world.http.requests.flatMap(({ body }) =>
    typeof body === 'string' ? (new URLSearchParams(body).get('SAMLAssertion') ?? []) : [],
  );
  const xml = assertions.map((text) => Buffer.from(text, 'base64').toString());
  const nowhere = [USER.password, ...typed, ...cookies].filter((text) => text.length > 4);
  const inFiles = Object.entries(files).map(([path, text]) => ({ where: path, text }));
  search([{ where: 'stdout', text: out }, { where: 'stderr', text: err }, ...inFiles], nowhere);
  search([{ where: 'stderr', text: err }, ...inFiles.filter(({ where }) => !isForKeys(where))], keys);
  search(
    [
      { where: 'stdout', text: out },
      { where: 'stderr', text: err },
      ...inFiles.filter(({ where }) => !/saml_cache_\w+\.xml$/.test(where)),
    ],
    [...assertions, ...xml],
  );
}

/** The credentials file, and the cached sessions. */
function isForKeys(path: string): boolean {
  return path.endsWith('credentials') || path.includes('/gauth/sessions/');
}

function search(places: readonly { where: string; text: string }[], secrets: readonly string[]): void {
  for (const { where, text } of places) {
    // Parts as well: half a secret is one, too.
    const found = secrets.filter((secret) =>
      text.includes(secret.length > 60 ? secret.slice(20, 60) : secret),
    );
    expect(found, `a secret stands in ${where}`).toEqual([]);
  }
}
