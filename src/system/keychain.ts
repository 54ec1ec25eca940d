/**
 * The operating system's keychain through @napi-rs/keyring: Secret Service on Linux, Keychain on macOS, Credential
 * Manager on Windows.
 *
 * The library's calls block in native code while a keychain waits to be unlocked, perhaps on a screen that nobody
 * looks at, and Node does not end before they return, not even by process.exit. So each call is made by a child
 * process, which can be ended. The secret goes through pipes, never through its arguments or its environment.
 *
 * Python's keyring, which aws-google-auth uses, finds what is stored here and the other way round on Linux (items
 * with the attributes `service` and `username`) and macOS (generic passwords). Windows keeps the two apart: Python
 * names the item after the service, the library after user and service. The library could be given Python's name,
 * but then empties the item that bears it before anything is read, so that it is not.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import type { Keychain } from '../ports.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';

export interface KeychainOptions {
  readonly signal: AbortSignal;
  /** The longest a call may take, milliseconds. A person may have to unlock the keychain in the meantime. */
  readonly limit?: number;
}

type Call =
  | { readonly act: 'get' | 'delete'; readonly service: string; readonly account: string }
  | { readonly act: 'set'; readonly service: string; readonly account: string; readonly secret: string };

/**
 * What the child runs: reads a Call, answers { value } or { error }. The store is named, because the library would
 * fall back to the kernel's keyring, which forgets everything at the next start.
 */
const CHILD = `
let answer;
try {
  const { Entry } = require(process.argv[1]);
  const call = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const entry = new Entry(call.service, call.account, { linux: { store: 'secret-service' } });
  if (call.act === 'get') answer = { value: entry.getPassword() };
  else if (call.act === 'set') answer = { value: entry.setPassword(call.secret) };
  else answer = { value: entry.deletePassword() };
} catch (error) {
  answer = { error: String(error.message) };
}
process.stdout.write(JSON.stringify(answer));
`;

export function createKeychain({ signal, limit = 60_000 }: KeychainOptions): Keychain {
  return {
    async get(service, account, abort = signal) {
      const value = await run({ act: 'get', service, account }, limit, AbortSignal.any([signal, abort]));
      return typeof value === 'string' ? new Secret(value) : undefined;
    },
    async set(service, account, secret, abort = signal) {
      const call = { act: 'set', service, account, secret: secret.reveal() } as const;
      await run(call, limit, AbortSignal.any([signal, abort]));
    },
    async delete(service, account, abort = signal) {
      await run({ act: 'delete', service, account }, limit, AbortSignal.any([signal, abort]));
    },
  };
}

/** Throws GauthError KEYCHAIN, or CANCELLED when the signal fires. */
async function run(call: Call, limit: number, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) throw cancelled();
  if (isOutOfReach()) throw failure('there is no D-Bus session, and so no keychain');
  const library = find();
  const answer = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', CHILD, library], {
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
      // Node 20 reads every certificate at its start where this is set, for a child that never sees the network.
      env: { ...childEnvironment(), NODE_EXTRA_CA_CERTS: '', NODE_OPTIONS: '' },
    });
    const pieces: Buffer[] = [];
    let reason = failure('the keychain helper ended without an answer');
    const end = (error: GauthError): void => {
      reason = error;
      child.kill('SIGKILL');
    };
    const onAbort = (): void => {
      end(cancelled());
    };
    const timer = setTimeout(() => {
      end(
        failure(
          `the keychain did not answer within ${String(limit / 1000)} seconds`,
          'unlock it and try again',
        ),
      );
    }, limit);
    signal.addEventListener('abort', onAbort);
    child.once('error', (cause) => {
      reason = failure(`the keychain helper cannot be started (${cause.message})`);
    });
    child.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      const text = Buffer.concat(pieces).toString('utf8');
      if (child.exitCode === 0) resolve(text);
      else reject(signal.aborted ? cancelled() : reason);
    });
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    // A child that ended early does not read; its end is told by 'close'.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(call));
  });
  const parsed: unknown = JSON.parse(answer);
  if (typeof parsed !== 'object' || parsed === null) throw failure('the keychain helper gave no answer');
  if ('error' in parsed) throw failure(`the keychain cannot be used: ${oneLine(String(parsed.error))}`);
  return 'value' in parsed ? parsed.value : undefined;
}

/** Servers and containers have no D-Bus; that is seen at once, without a child process. With a display, D-Bus may start itself. */
function isOutOfReach(): boolean {
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, DISPLAY } = process.env;
  if (process.platform !== 'linux' || DBUS_SESSION_BUS_ADDRESS || DISPLAY) return false;
  return !XDG_RUNTIME_DIR || !existsSync(join(XDG_RUNTIME_DIR, 'bus'));
}

/** The library's main file. It is an optional dependency: its native part exists for some platforms only. */
function find(): string {
  try {
    return createRequire(import.meta.url).resolve('@napi-rs/keyring');
  } catch {
    throw failure(
      'the keychain library is not installed',
      'npm install --global gauth-aws --include=optional',
    );
  }
}

function failure(
  message: string,
  hint = 'unlock the keychain, or go without it: leave out --keyring, and google_config.keyring = True in the profile',
): GauthError {
  return new GauthError('KEYCHAIN', message, { hints: [hint] });
}
