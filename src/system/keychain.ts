/**
 * The system keychain, through @napi-rs/keyring: Secret Service on Linux, Keychain on macOS, Credential
 * Manager on Windows.
 *
 * The library's calls block in native code until the keychain is unlocked, perhaps forever, and Node cannot exit before they
 * return, not even by process.exit. So a child process makes each call, and can be killed. The secret is passed through
 * pipes, never in arguments or environment variables.
 *
 * On Linux (items with the attributes `service` and `username`) and macOS (generic passwords), gauth and Python's keyring,
 * which aws-google-auth uses, share their entries. On Windows they do not: Python names the item after the service, the
 * library after user and service. The library accepts Python's name, but then clears that item before it is read.
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
  /** Milliseconds for a call. The user may have to unlock the keychain meanwhile. */
  readonly limit?: number;
}

type Call =
  | { readonly act: 'get' | 'delete'; readonly service: string; readonly account: string }
  | { readonly act: 'set'; readonly service: string; readonly account: string; readonly secret: string };

/**
 * The code of the child process: reads a Call, answers { value } or { error }. It names the store, because the library would
 * fall back to the kernel's keyring, which is cleared at the next boot.
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
  if (isMissing()) throw failure('no system keychain found (no D-Bus session)');
  const library = libraryPath();
  const answer = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', CHILD, library], {
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
      // With NODE_EXTRA_CA_CERTS, Node 20 would parse all certificates at its start; the child needs no network.
      env: { ...childEnvironment(), NODE_EXTRA_CA_CERTS: '', NODE_OPTIONS: '' },
    });
    const pieces: Buffer[] = [];
    let reason = failure('the keychain helper ended unexpectedly');
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
    // A child that ended early does not read; 'close' reports its end.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(call));
  });
  const parsed: unknown = JSON.parse(answer);
  if (typeof parsed !== 'object' || parsed === null) throw failure('the keychain helper returned no result');
  if ('error' in parsed) throw failure(`the keychain cannot be used: ${oneLine(String(parsed.error))}`);
  return 'value' in parsed ? parsed.value : undefined;
}

/** Whether there is no keychain: servers and containers have no D-Bus. With a display, D-Bus may start by itself. */
function isMissing(): boolean {
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, DISPLAY } = process.env;
  if (process.platform !== 'linux' || DBUS_SESSION_BUS_ADDRESS || DISPLAY) return false;
  return !XDG_RUNTIME_DIR || !existsSync(join(XDG_RUNTIME_DIR, 'bus'));
}

/** The main file of the library. It is an optional dependency: its native code exists for some platforms only. */
function libraryPath(): string {
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
  hint = 'unlock the keychain, or do not use it: omit --keyring, and remove google_config.keyring from the profile',
): GauthError {
  return new GauthError('KEYCHAIN', message, { hints: [hint] });
}
