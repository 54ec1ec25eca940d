/** The keychain port on a Secret Service of the test. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { createKeychain } from '../../src/system/keychain.ts';
import { LINUX, needsInstalled } from '../support/needs.ts';

const never = new AbortController().signal;
const keychain = createKeychain({ signal: never });
const failure = (answer: Promise<unknown>): Promise<unknown> => answer.catch((error: unknown) => error);

/** What this needs of the system (Debian: dbus gnome-keyring libsecret-tools); in CI all of it has to be there. */
const NEEDED = ['dbus-run-session', 'dbus-send', 'gnome-keyring-daemon', 'secret-tool'];
const missingFields = NEEDED.filter((program) => spawnSync('which', [program]).status !== 0);
const secretService =
  process.platform === 'linux'
    ? needsInstalled(missingFields.length === 0, `lacks ${missingFields.join(', ')}`)
    : LINUX;

describe('the Secret Service', secretService, () => {
  let daemon: number;
  let end = (): Promise<void> => Promise.resolve();

  beforeAll(async () => {
    expect(missingFields).toEqual([]);
    const folder = await mkdtemp(join(tmpdir(), 'gauth-keychain-'));
    // The daemon lives until the shell's standard input ends, however this process ends.
    const script = `
      printf pass | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
      echo "$! $DBUS_SESSION_BUS_ADDRESS"
      cat >/dev/null
      kill -CONT $!; kill $!`;
    const session = spawn('dbus-run-session', ['--', 'sh', '-c', script], {
      env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    end = async () => {
      const closed = new Promise((resolve) => session.once('close', resolve));
      session.stdin.end();
      await closed;
      await rm(folder, { recursive: true, force: true });
    };
    const [first] = await new Promise<readonly string[]>((resolve, reject) => {
      createInterface({ input: session.stdout }).once('line', (line) => {
        resolve([line]);
      });
      session.once('error', reject);
    });
    const [pid = '', address = ''] = first?.split(' ') ?? [];
    daemon = Number(pid);
    process.env['DBUS_SESSION_BUS_ADDRESS'] = address;
    // To ask the service itself would have the bus start another one.
    const question = ['org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    const bus = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
    await vi.waitFor(
      () => {
        expect(execFileSync('dbus-send', [...bus, ...question], { encoding: 'utf8' })).toContain('true');
      },
      { timeout: 20_000 },
    );
  });
  afterAll(async () => {
    await end();
  });

  it('saves a secret, changes it and removes it', async () => {
    expect(await keychain.get('gauth', 'me@example.com')).toBeUndefined();
    await keychain.set('gauth', 'me@example.com', new Secret('pässwörd "1"'));
    await keychain.set('gauth', 'you@example.com', new Secret('other'));
    expect((await keychain.get('gauth', 'me@example.com'))?.reveal()).toBe('pässwörd "1"');
    await keychain.set('gauth', 'me@example.com', new Secret('2'));
    expect((await keychain.get('gauth', 'me@example.com'))?.reveal()).toBe('2');
    await keychain.delete('gauth', 'me@example.com');
    await keychain.delete('gauth', 'me@example.com');
    expect(await keychain.get('gauth', 'me@example.com')).toBeUndefined();
    expect((await keychain.get('gauth', 'you@example.com'))?.reveal()).toBe('other');
  });

  it("shares its entries with Python's keyring, which aws-google-auth uses", async () => {
    const attributes = ['service', 'aws-google-auth', 'username', 'me@example.com'];
    const label = "--label=Password for 'me@example.com' on 'aws-google-auth'";
    const store = ['store', label, 'application', 'Python keyring library', ...attributes];
    execFileSync('secret-tool', store, { input: 'from python' });
    expect((await keychain.get('aws-google-auth', 'me@example.com'))?.reveal()).toBe('from python');
    await keychain.set('aws-google-auth', 'me@example.com', new Secret('from gauth'));
    // One entry still, with all that Python gave it.
    const all = spawnSync('secret-tool', ['search', '--all', ...attributes], { encoding: 'utf8' });
    expect(all.stdout.match(/^secret = .*$/gm)).toEqual(['secret = from gauth']);
    expect(all.stdout + all.stderr).toContain('attribute.application = Python keyring library');
    await keychain.delete('aws-google-auth', 'me@example.com');
    expect(spawnSync('secret-tool', ['lookup', ...attributes], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('that does not answer is given up at the limit, and when the user cancels', async () => {
    process.kill(daemon, 'SIGSTOP');
    onTestFinished(() => {
      process.kill(daemon, 'SIGCONT');
    });
    const late = await failure(createKeychain({ signal: never, limit: 300 }).get('gauth', 'me'));
    expect(late).toMatchObject({
      code: 'KEYCHAIN',
      message: 'the keychain did not answer within 0.3 seconds',
    });
    const cancel = new AbortController();
    const answer = failure(createKeychain({ signal: cancel.signal }).get('gauth', 'me'));
    cancel.abort();
    expect(await answer).toMatchObject({ code: 'CANCELLED' });
  });

  it('that is locked and cannot be unlocked is reported', async () => {
    await keychain.set('gauth', 'me', new Secret('locked away'));
    const login = 'array:objpath:/org/freedesktop/secrets/collection/login';
    const service = [
      '--session',
      '--print-reply',
      '--dest=org.freedesktop.secrets',
      '/org/freedesktop/secrets',
    ];
    execFileSync('dbus-send', [...service, 'org.freedesktop.Secret.Service.Lock', login], {
      stdio: 'ignore',
    });
    const error = await failure(keychain.get('gauth', 'me'));
    expect(error).toMatchObject({
      code: 'KEYCHAIN',
      hints: [expect.stringContaining('unlock the keychain')],
    });
  });

  it('that does not exist is reported, and nothing is saved in the kernel instead', async () => {
    const address = process.env['DBUS_SESSION_BUS_ADDRESS'];
    process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent/bus';
    onTestFinished(() => {
      process.env['DBUS_SESSION_BUS_ADDRESS'] = address;
    });
    const error = await failure(keychain.set('gauth', 'me', new Secret('s3cret')));
    expect(error).toMatchObject({
      code: 'KEYCHAIN',
      message: expect.stringMatching(/^the keychain cannot be used: /),
    });
    expect(String(error)).not.toContain('s3cret');
  });
});
