/**
 * The launcher: a small bundle that answers `--version`, help and cached credentials itself, and starts `entry.ts` for
 * the rest.
 */
import { closeSync, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { engines, version } from '../package.json';
import { sessionOfProfile, credentialProcessJson, parseSessionCache } from './aws/session-cache-file.ts';
import { expirationFrom, expirationInFile } from './aws/expiration.ts';
import { sessionCachePath, awsFilePaths, defaultsPaths, versionStamp, storeFolder } from './aws/paths.ts';
import { isOwnedByUser } from './files/file-owner.ts';
import { homeFolder } from './home.ts';
import { shortStatus } from './output/short-status.ts';

// This file imports only built-in modules and files without other imports. It is compiled for old versions of Node too, because it
// reports them.

/** The variables that are part of the cache key (`inCacheKey` in options.ts). The build inserts them. */
declare const CACHE_KEY_VARIABLES: readonly string[];

/** The exit status of `environment` errors. errors.ts would take too long to load. */
const ENVIRONMENT = 5;

/** `major.minor` as a comparable number: 20.19 -> 20019. */
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

/** The output for argv, if it needs no program; else undefined. */
function quickAnswer(argv: readonly string[]): string | undefined {
  const [first = '', second = ''] = argv;
  const isHelp = (word: string): boolean => word === '--help' || word === '-h';
  if (argv.length === 1 && (first === '--version' || first === '-V')) return `${version}\n`;
  if (argv.length === 1 && isHelp(first)) return renderedHelp('gauth', first);
  if (argv.length === 2 && isHelp(second)) return renderedHelp(first, second);
  if (first === 'credential-process') return cachedCredentials(argv.slice(1));
  if (first === 'status' && second === '--short') return timeLeft(argv.slice(2));
  return undefined;
}

/**
 * The cached session of a profile, if the command line has nothing but the profile's name. The AWS CLI runs this for every command, so
 * it must be fast. In any other case the program decides.
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
    const cache = text === undefined ? undefined : parseSessionCache(text, profile);
    const session = cache && sessionOfProfile(cache, settingsStamp(files.config, env), Date.now());
    return session && credentialProcessJson(session);
  } catch {
    return undefined;
  }
}

/** The time left for the credentials of the profile that the flag or the environment names, if they are in the credentials file. */
function timeLeft(argv: readonly string[]): string | undefined {
  const { env } = process;
  const [flag = '', second = ''] = argv;
  const isFlag = flag === '-p' || flag === '--profile';
  if (argv.length !== 0 && !(argv.length === 2 && isFlag)) return undefined;
  const inEnvironment = env['GAUTH_PROFILE'] || env['AWS_PROFILE'] || '';
  const profile = isFlag ? second : inEnvironment;
  // Names that a terminal might obey are left to the program.
  if (!/^[\w@.+-]+$/.test(profile)) return undefined;
  try {
    const own =
      profile === env['GAUTH_PROFILE'] ? expirationFrom(env['AWS_CREDENTIAL_EXPIRATION']) : undefined;
    const { credentials } = awsFilePaths(env, homeFolder());
    const end = own ?? expirationInFile(readFileSync(credentials, 'utf8'), profile);
    return end && shortStatus(profile, end, Date.now());
  } catch {
    return undefined;
  }
}

/** As `settingsStamp` in session-cache.ts. */
function settingsStamp(config: string, env: NodeJS.ProcessEnv): string {
  const others = defaultsPaths(env, homeFolder(), process.platform).flatMap(
    (path) => statSync(path, { throwIfNoEntry: false }) ?? [],
  );
  return [statSync(config), ...others].map(versionStamp).join(' ');
}

/** The text of a file; undefined if it belongs to another user, who could make this user work with foreign credentials. */
function readOwnFile(path: string): string | undefined {
  const file = openSync(path, 'r');
  try {
    return isOwnedByUser(fstatSync(file)) ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

/**
 * Writes to standard output. Not creating `process.stdout` saves a tenth of Node's start-up; it is used only for what a full pipe did
 * not take. A closed pipe is not an error; a full disk is one.
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
  process.stderr.write(`gauth: cannot write to standard output (${cause.message}) (FILE)\n`);
  process.exitCode = ENVIRONMENT;
}

/** The build inserts it. */
declare const BUILD_ID: string;

/** Without a store, as before the first sign-in, every run compiles what it uses. */
async function keepCompiledProgram(): Promise<void> {
  try {
    const { keepCompiled } = await import('./files/compile-cache.ts');
    keepCompiled(__dirname, storeFolder(awsFilePaths(process.env, homeFolder())), BUILD_ID);
  } catch {
    // A user without a home folder; the program reports it.
  }
}

async function start(argv: readonly string[]): Promise<void> {
  if (comparable(process.versions.node) < comparable(engines.node)) {
    process.stderr.write(`gauth: requires Node ${engines.node}, but this is Node ${process.versions.node}\n`);
    process.exitCode = ENVIRONMENT;
    return;
  }
  const answer = quickAnswer(argv);
  if (answer !== undefined) {
    print(answer);
    return;
  }
  await keepCompiledProgram();
  const { run } = await import('./entry.ts');
  await run(argv);
}

void start(process.argv.slice(2));
