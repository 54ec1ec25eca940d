/** `gauth exec`, built and in a real terminal: standard input, and what is shown during a wait. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../emulators/proxy.ts';
import { withFaults } from '../emulators/faults.ts';
import { temporaryHome } from '../fakes/system.ts';
import { binary } from '../support/binary.ts';
import { FLAGS, organisation, ROLE, USER } from '../support/organisation.ts';
import { start } from '../support/pty.ts';

const WORDS = FLAGS.map((word) => `'${word}'`).join(' ');

describe('gauth exec in a terminal', () => {
  it('prompts for the password there, and leaves piped input to the program', async () => {
    const { inShell } = await binary();
    const terminal = inShell(
      `printf 'one\\ntwo\\n' | gauth exec ${WORDS} -- sh -c 'echo "read $(wc -l) as $GAUTH_PROFILE"'`,
    );
    await terminal.waitFor('Google Password:');
    terminal.type(USER.password);
    terminal.press('enter');
    await terminal.waitFor('read 2 as sts-temp');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.history()).toContain(`Assuming ${ROLE}`);
    expect(terminal.raw()).not.toContain(USER.password);
  });

  it('runs nothing after Ctrl-C at the password prompt, although the cached session has some minutes left', async () => {
    const { alone, inTerminal, home } = await binary();
    expect((await alone(FLAGS, { input: `${USER.password}\n` })).status).toBe(0);
    rmSync(join(home, '.aws/saml_cache_C01abc2de.xml'));
    const kept = join(home, '.aws/gauth/sessions/sts-temp.json');
    const soon = new Date(Date.now() + 600_000).toISOString();
    writeFileSync(kept, readFileSync(kept, 'utf8').replace(/("Expiration":")[^"]+/g, `$1${soon}`));
    const terminal = inTerminal(['exec', '-p', 'sts-temp', '--', 'echo', 'PROGRAM RAN']);
    await terminal.waitFor('Google Password:');
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
    expect(terminal.history()).not.toContain('RAN');
  });

  it('shows what it waits for, and clears that at Ctrl-C', async () => {
    const world = organisation();
    const google = world.hosts['accounts.google.com'];
    if (google === undefined) throw new Error('the organisation has no Google');
    const silent = withFaults(google, [{ trouble: { kind: 'silence' }, times: Infinity }]);
    const served = await serve({ ...world.hosts, 'accounts.google.com': silent });
    onTestFinished(async () => served.close());
    const gauth = join(import.meta.dirname, '..', '..', 'bin', 'gauth.js');
    const env = { HOME: temporaryHome(), LANG: 'C.UTF-8', GAUTH_KEEP_SESSION: 'never', ...served.env };
    const terminal = start(process.execPath, [gauth, 'exec', ...FLAGS, 'true'], { env });
    await terminal.waitFor(/^[⠋-⠿] Waiting for accounts\.google\.com\.\.\.$/m);
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
    expect(terminal.history()).toBe('gauth: cancelled');
  });
});
