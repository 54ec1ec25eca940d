/** The first code that runs, bundled by itself: answers what needs no program at once, and loads the program for the rest. */
import { closeSync, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { engines, version } from '../package.json';
import { sessionOfProfile, credentialProcessJson, parseSessionCache } from './aws/session-cache-file.ts';
import { sessionCachePath, awsFilePaths, versionStamp, storeFolder } from './aws/paths.ts';
import { isOwnedByUser } from './files/owner.ts';
import { homeFolder } from './home.ts';

// Only built-in modules and what imports no others are imported here, and this file is compiled for old Nodes too: it is what tells them apart.

/** The variables that have a say in which session is meant (`decides` in options.ts), put in by the build. */
declare const CACHE_KEY_VARIABLES: readonly string[];

/** The exit status of the kind `environment` (errors.ts, which would be too much to load). */
const ENVIRONMENT = 5;

/** `major.minor` as a number that can be compared: 20.19 -> 20019. */
function comparable(text: string): number {
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(text)?.[0] ?? '').split('.').map(Number);
  return major * 1000 + minor;
}

/** The help text that the build rendered for a command (`gauth` for the program itself), or undefined if there is none. */
function renderedHelp(command: string, flag: string): string | undefined {
  if (!/^[a-z][a-z-]*$/.test(command)) return undefined;
  const file = flag === '-h' ? `${command}.short.txt` : `${command}.txt`;
  try {
    return readFileSync(join(__dirname, 'help', file), 'utf8');
  } catch {
    return undefined;
  }
}

/** What can be answered from argv alone, without the program; undefined when the program has to decide. */
function quickAnswer(argv: readonly string[]): string | undefined {
  const [first = '', second = ''] = argv;
  const isHelp = (word: string): boolean => word === '--help' || word === '-h';
  if (argv.length === 1 && (first === '--version' || first === '-V')) return `${version}\n`;
  if (argv.length === 1 && isHelp(first)) return renderedHelp('gauth', first);
  if (argv.length === 2 && isHelp(second)) return renderedHelp(first, second);
  if (first === 'credential-process') return cachedCredentials(argv.slice(1));
  return undefined;
}

/**
 * The kept session of a profile, where nothing but the profile's name is given. The AWS CLI asks at every command, so this has
 * to be quick. Whatever there is to decide, the program decides.
 */
function cachedCredentials(argv: readonly string[]): string | undefined {
  const [flag = '', second = ''] = argv;
  const inFlag = /^--profile=(.*)$/s.exec(flag)?.[1];
  const profile = inFlag ?? (flag === '-p' || flag === '--profile' ? second : '');
  const isAll = argv.length === (inFlag === undefined ? 2 : 1);
  if (!isAll || profile === '' || profile.startsWith('-')) return undefined;
  const { env } = process;
  if (CACHE_KEY_VARIABLES.some((variable) => env[variable])) return undefined;
  try {
    const files = awsFilePaths(env, homeFolder());
    const text = readOwnFile(sessionCachePath(storeFolder(files), profile));
    const kept = text === undefined ? undefined : parseSessionCache(text, profile);
    const session = kept && sessionOfProfile(kept, versionStamp(statSync(files.config)), Date.now());
    return session && credentialProcessJson(session);
  } catch {
    return undefined;
  }
}

/** The text of a file; undefined for one that another user has put there, who would have others take a session of theirs. */
function readOwnFile(path: string): string | undefined {
  const file = openSync(path, 'r');
  try {
    return isOwnedByUser(fstatSync(file)) ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

/**
 * Writes to standard output. A tenth of a bare start is saved by not building `process.stdout`, which stays for what a full pipe
 * leaves over. A reader that has gone is no fault; a disk that is full is one.
 */
function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written);
  } catch {
    process.stdout.on('error', onBroken).write(bytes.subarray(written));
  }
}

function onBroken(cause: { readonly code?: string; readonly message: string }): void {
  if (cause.code === 'EPIPE' || cause.code === 'EIO') return;
  process.stderr.write(`gauth: standard output cannot be written (${cause.message}) (FILE)\n`);
  process.exitCode = ENVIRONMENT;
}

async function start(argv: readonly string[]): Promise<void> {
  if (comparable(process.versions.node) < comparable(engines.node)) {
    process.stderr.write(`gauth: needs Node ${engines.node}, and this is ${process.versions.node}\n`);
    process.exitCode = ENVIRONMENT;
    return;
  }
  const answer = quickAnswer(argv);
  if (answer !== undefined) {
    print(answer);
    return;
  }
  // Without module.enableCompileCache(): Node 24 gains less from it than can be measured, and its folder lies in /tmp.
  const { run } = await import('./entry.ts');
  await run(argv);
}

void start(process.argv.slice(2));
