/** The built command in environments that would weaken it: unverified TLS, a debugger, an empty HOME, secrets for children. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { binary } from './support/binary.ts';
import { FLAGS, USER } from './support/organisation.ts';

const sources = join(import.meta.dirname, '..', 'src');

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  it('does not send a password to a server with an untrusted certificate', async () => {
    const setup = await binary({ faults: true });
    const env = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const result = await setup.alone(FLAGS, { input: `${USER.password}\n`, env });
    expect(result.status).toBe(5);
    expect(result.err).toMatch(/\(TLS\)/);
    expect(setup.world.google.requests).toEqual([]);
    expect((await setup.alone(['doctor'], { env })).out).toContain('NODE_TLS_REJECT_UNAUTHORIZED=0 is set');
  });
});

describe('a debugger', () => {
  it.each(['--inspect=127.0.0.1:0', '--tls-keylog=keys.log'])(
    'by NODE_OPTIONS=%s is refused before the sign-in starts',
    async (value) => {
      const setup = await binary({ faults: true });
      const folder = mkdtempSync(join(tmpdir(), 'gauth-debug-'));
      onTestFinished(() => {
        rmSync(folder, { recursive: true });
      });
      const env = { NODE_OPTIONS: value.replace('keys.log', join(folder, 'keys.log')) };
      const result = await setup.alone(FLAGS, { input: `${USER.password}\n`, env });
      expect(result.status).toBe(2);
      expect(result.err).toMatch(
        /gauth: Node runs with --\S+, which can show passwords and credentials to others \(BAD_OPTION\)\n/,
      );
      expect(setup.world.google.requests).toEqual([]);
      expect((await setup.alone(['doctor'], { env })).out).toContain('gauth does not sign in with it');
    },
  );
});

describe('HOME', () => {
  it.each(['', '.'])('set to "%s" does not make the working folder the home folder', async (home) => {
    const setup = await binary();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gauth-home-')));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    mkdirSync(join(folder, '.aws'));
    writeFileSync(join(folder, '.aws', 'config'), '[profile planted]\ngauth_mfa_command = touch ran\n');
    const terminal = setup.inTerminal(['status', '--json'], { cwd: folder, env: { HOME: home } });
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.history()).not.toContain('planted');
    expect(readdirSync(folder)).toEqual(['.aws']);
  });
});

describe('GOOGLE_MFA_CODE', () => {
  it('is not handed to the program of gauth exec, nor to the command that prints a code', async () => {
    const setup = await binary({ user: { challenges: [{ methods: [{ kind: 'totp', code: '654321' }] }] } });
    const env = { GOOGLE_MFA_CODE: '654321' };
    const result = await setup.alone(FLAGS, { input: `${USER.password}\n`, env });
    expect(result.status).toBe(0);
    const ran = await setup.alone(['exec', '-p', 'sts-temp', '--', 'env'], { env });
    expect(ran.status).toBe(0);
    expect(ran.out).toContain('AWS_SESSION_TOKEN=');
    expect(ran.out).not.toContain('654321');
  });

  it('is removed from the environment of every program that gauth starts', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const starting = files.filter((name) =>
      /\b(?:spawn|execFile)(?:Sync)?\(/.test(readFileSync(join(sources, name), 'utf8')),
    );
    expect(starting.length).toBeGreaterThan(5);
    for (const name of starting)
      expect(readFileSync(join(sources, name), 'utf8'), name).toContain('childEnvironment(');
  });
});
