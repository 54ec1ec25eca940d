/** Everyday habits in a real terminal, in a window of 80 and of 40 columns. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Binary, binary } from './support/binary.ts';
import { ROLE, USER } from './support/organisation.ts';
import type { Pty } from './support/pty.ts';

const ACCOUNT = ['-u', USER.email, '-I', 'C01abc2de', '-S', '000111000111', '-R', 'us-east-1'];
const OTHER = 'arn:aws:iam::111222333444:role/admin';
const roles = [ROLE, OTHER].map((arn) => `${arn},arn:aws:iam::111222333444:saml-provider/GoogleApps`);
const TWO_ROLES = {
  user: { roles },
  sts: { roles: [ROLE, OTHER].map((arn) => ({ arn, maxDuration: 43_200 })) },
};

/** What the terminal has shown, without the line breaks of a narrow window. */
function text(terminal: Pty): string {
  return terminal.history().replaceAll('\n', '');
}

async function signedIn(...names: readonly string[]): Promise<Binary> {
  const setup = await binary();
  for (const name of names) await setup.alone([...ACCOUNT, '-p', name], { input: `${USER.password}\n` });
  return setup;
}

function config(setup: Binary): string {
  return readFileSync(join(setup.home, '.aws', 'config'), 'utf8');
}

describe.each([80, 40])('in a window of %i columns', (cols) => {
  it('a sign-in for an hour, written as people write it, ends with the next command', async () => {
    const setup = await binary();
    const terminal = setup.inTerminal([...ACCOUNT, '-p', 'sts-temp', '-d', '1h'], { cols });
    await terminal.waitFor('Google Password:');
    terminal.type(`${USER.password}\r`);
    expect((await terminal.exit()).code).toBe(0);
    expect(text(terminal)).toMatch(
      /Credentials Expiration: .{25}Profile sts-temp is ready: aws sts get-caller-identity --profile sts-temp$/,
    );
    expect(config(setup)).toContain('google_config.duration = 3600\n');
  });

  it('the role that was taken last comes first in the list, and keeps its number', async () => {
    const setup = await binary(TWO_ROLES);
    const first = setup.inTerminal([...ACCOUNT, '-p', 'sts-temp'], { cols });
    await first.waitFor('Google Password:');
    first.type(`${USER.password}\r`);
    await first.waitFor('Choose the role to assume:');
    await first.waitFor('2 of 2. Type to search');
    first.type('admin\r');
    expect((await first.exit()).code, first.history()).toBe(0);
    const again = setup.inTerminal(['-p', 'sts-temp', '-a'], { cols });
    await again.waitFor(/^> \[ {2}2\] .*admin/m);
    await again.waitFor(/^ {2}\[ {2}1\] .*saml-init/m);
    again.press('enter');
    expect((await again.exit()).code, again.history()).toBe(0);
    expect(text(again)).toContain(`Assuming ${OTHER}`);
  });

  it('configure marks roles, shows what it writes, and asks again for an answer that it does not understand', async () => {
    // AWS's sign-in page, which knows names of accounts, is not served.
    const setup = await binary({ ...TWO_ROLES, faults: true });
    const link = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111';
    const args = ['configure', link, '-u', USER.email, '-R', 'us-east-1', '--name-template', '{role}'];
    const terminal = setup.inTerminal(args, { cols });
    await terminal.waitFor('Google Password:');
    terminal.type(`${USER.password}\r`);
    await terminal.waitFor('0 marked');
    terminal.type('\u0001');
    await terminal.waitFor('2 marked');
    terminal.press('enter');
    await terminal.waitFor(/\[Y\/n\]/);
    expect(text(terminal)).toContain('[profile saml-init]  (new)');
    expect(text(terminal)).toContain('in each of them:    region = us-east-1');
    terminal.type('maybe\r');
    await terminal.waitFor('Type y for yes or n for no.');
    terminal.type('y\r');
    expect((await terminal.exit()).code, terminal.history()).toBe(0);
    expect(text(terminal)).toContain('written');
    expect(config(setup).match(/^\[.*\]$/gm)).toEqual(['[profile admin]', '[profile saml-init]']);
  });

  it('profiles are listed, renamed and removed', async () => {
    const setup = await signedIn('prod', 'test');
    const listing = setup.inTerminal(['profiles'], { cols });
    await listing.exit();
    expect(listing.screen()).toBe('prod\ntest');
    const renaming = setup.inTerminal(['profiles', 'rename', 'test', 'staging'], { cols });
    expect((await renaming.exit()).code).toBe(0);
    expect(renaming.screen()).toBe('Renamed test to staging.');
    const removing = setup.inTerminal(['profiles', 'remove', 'prod'], { cols });
    await removing.waitFor('Remove 1 profile? [y/N]');
    expect(text(removing)).toContain('temporary credentials');
    removing.type('y\r');
    expect((await removing.exit()).code).toBe(0);
    expect(removing.history()).toMatch(/^Removed prod\.$/m);
    expect(config(setup).match(/^\[.*\]$/gm)).toEqual(['[profile staging]']);
  });

  it('gauth exec NAME opens a shell, in which status --short tells the time left', async () => {
    const setup = await signedIn('prod', 'test');
    const terminal = setup.inTerminal(['exec', 'test'], {
      cols,
      env: { SHELL: '/bin/sh', PS1: 'inner> ', GAUTH: join(import.meta.dirname, '..', 'bin', 'gauth.js') },
    });
    await terminal.waitFor('inner>');
    terminal.type(
      'echo "<$GAUTH_PROFILE>"; "$NODE" "$GAUTH" status --short\n'.replace('$NODE', process.execPath),
    );
    await terminal.waitFor('<test>');
    await terminal.waitFor(/^test 1[12]h\d\dm$/m);
    terminal.type('exit 3\n');
    expect((await terminal.exit()).code).toBe(3);
  });

  it('the defaults of an organisation leave only the address to be asked for, and settings tells where each comes from', async () => {
    const setup = await binary();
    const folder = join(setup.home, '.config', 'gauth');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config'), 'idp-id = C01abc2de\nsp-id = 000111000111\nregion = us-east-1\n');
    const terminal = setup.inTerminal([], { cols });
    await terminal.waitFor('Google username:');
    terminal.type(`${USER.email}\r`);
    await terminal.waitFor('Google Password:');
    terminal.type(`${USER.password}\r`);
    expect((await terminal.exit()).code, terminal.history()).toBe(0);
    expect(text(terminal)).toContain('Profile sts is ready');
    const settings = setup.inTerminal(['settings', '-p', 'new'], { cols });
    expect((await settings.exit()).code, settings.history()).toBe(0);
    expect(text(settings)).toMatch(/C01abc2de.*\.config\/gauth\/config/);
    expect(settings.history()).toMatch(/^region: us-east-1$/m);
    const doctor = setup.inTerminal(['doctor'], { cols });
    await doctor.exit();
    expect(text(doctor)).toContain('default settings in');
  });

  it('-k without a keychain says so and is not remembered; --no-keyring turns off what is', async () => {
    const setup = await binary();
    const terminal = setup.inTerminal([...ACCOUNT, '-p', 'sts-temp', '-k'], {
      cols,
      env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
    });
    await terminal.waitFor('Google Password:');
    terminal.type(`${USER.password}\r`);
    expect((await terminal.exit()).code, terminal.history()).toBe(0);
    expect(text(terminal)).toContain('keychain');
    expect(config(setup)).toContain('google_config.keyring = False\n');
    const path = join(setup.home, '.aws', 'config');
    writeFileSync(path, config(setup).replace('keyring = False', 'keyring = True'));
    const off = setup.inTerminal(['-p', 'sts-temp', '--no-keyring'], { cols });
    expect((await off.exit()).code, off.history()).toBe(0);
    const again = setup.inTerminal(['-p', 'sts-temp', '--no-keyring', '--no-cache'], { cols });
    await again.waitFor('Google Password:');
    again.type(`${USER.password}\r`);
    expect((await again.exit()).code, again.history()).toBe(0);
    expect(config(setup)).toContain('google_config.keyring = False\n');
  });

  it.each([
    [['-p'], '-p/--profile needs a value: --profile NAME'],
    [['-d', 'soon'], '-d/--duration must be a number of seconds, or a time like 90m, 8h or 1h30m'],
    [['env', '--shell', 'tcsh'], '--shell must be one of bash, zsh, fish, powershell, cmd, dotenv, json'],
    [['-a', '-r', ROLE], '-r/--role-arn and -a/--ask-role cannot be combined'],
  ])('an error in an option is reported once: %j', async (args, message) => {
    const setup = await binary();
    const terminal = setup.inTerminal(args, { cols });
    expect((await terminal.exit()).code).toBe(2);
    expect(text(terminal).split(message.slice(0, 20))).toHaveLength(2);
    expect(text(terminal)).toContain(`gauth: ${message} (BAD_OPTION)`);
  });

  it('an error as JSON is one object on one line', async () => {
    const setup = await signedIn('prod', 'test');
    const terminal = setup.inTerminal(['-p', 'prod', '--error-format', 'json', '-d', '1'], { cols });
    expect((await terminal.exit()).code).toBe(2);
    expect(JSON.parse(text(terminal))).toMatchObject({ code: 'BAD_OPTION', exitStatus: 2, profile: 'prod' });
  });

  it('logout names what it removes', async () => {
    const setup = await signedIn('prod', 'test');
    const terminal = setup.inTerminal(['logout', 'prod'], { cols });
    expect((await terminal.exit()).code).toBe(0);
    expect(text(terminal)).toMatch(
      /cached credentials of profile ?prod, the cached credentials of profile ?test\.$/,
    );
  });
});
