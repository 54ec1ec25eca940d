/** The container image: a whole sign-in, the owner of the files, and exit statuses. Needs the image: `.ci/image`. */
import { chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAGS, PROVIDER, ROLE, USER } from '../support/organisation.ts';
import type { Pty } from '../support/pty.ts';
import { CONTAINER, imageConfig, imageMegabytes, setting } from './container.ts';
import { needs } from '../support/needs.ts';

const PERSON = 1234;
/** The command line of the README's session. */
const SESSION = [...FLAGS, '-d', '3600', '-r', ROLE];

async function answer(terminal: Pty, question: string, text: string): Promise<void> {
  await terminal.waitFor(question);
  terminal.type(text);
  terminal.press('enter');
}

/** Every file and folder below with its owner and mode. */
function owners(folder: string): readonly (readonly [path: string, owner: string, mode: string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => {
    const { uid, gid, mode } = statSync(join(folder, path));
    return [path, `${String(uid)}:${String(gid)}`, (mode & 0o7777).toString(8)] as const;
  });
}

describe(
  'the image',
  needs(CONTAINER !== undefined, 'needs the image: .ci/image builds it and runs this'),
  () => {
    it('is about 200 MB, starts gauth, and leaves the choice of the user open', () => {
      expect(imageMegabytes()).toBeLessThan(210);
      expect(imageConfig()).toMatchObject({
        Entrypoint: ['gauth'],
        WorkingDir: '/work',
        Env: expect.arrayContaining(['HOME=/root']) as unknown,
      });
      expect(imageConfig()).not.toHaveProperty('User');
    });

    it('shows its help', async () => {
      const { status, out, err } = await (await setting(0)).alone(['-h']);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toMatch(/^Usage: gauth /m);
    });

    it.each([
      ['as root in the folder of a person', PERSON, undefined, PERSON],
      ['as root in a folder of root', 0, undefined, 0],
      ['with --user in the folder of this user', PERSON, `${String(PERSON)}:${String(PERSON)}`, PERSON],
    ])('signs in, %s, and the files are theirs', async (_how, folderOwner, user, owner) => {
      const setup = await setting(folderOwner, {
        user: { challenges: [{ methods: [{ kind: 'sms', code: '654321' }] }] },
      });
      const config = join(setup.aws, 'config');
      writeFileSync(config, '[default]\nregion = eu-west-1\n', { mode: 0o640 });
      chownSync(config, folderOwner, folderOwner);

      const terminal = setup.inTerminal(SESSION, user);
      await answer(terminal, 'Google Password:', USER.password);
      await answer(terminal, 'Enter SMS token: G-', '654321');
      expect((await terminal.exit()).code, terminal.history()).toBe(0);
      expect(terminal.history()).toContain(`Assuming ${ROLE}`);
      expect(terminal.raw()).not.toContain(USER.password);

      expect(readFileSync(config, 'utf8')).toMatch(
        /^\[default\]\nregion = eu-west-1\n[^]*\[profile sts-temp\]\n/,
      );
      expect(readFileSync(join(setup.aws, 'credentials'), 'utf8')).toContain(
        setup.world.sts.keys[0]?.sessionToken,
      );
      const found = owners(setup.aws);
      expect(found.filter(([, who]) => who !== `${String(owner)}:${String(owner)}`)).toEqual([]);
      const modes = Object.fromEntries(found.map(([path, , mode]) => [path, mode]));
      expect(modes).toMatchObject({ config: '640', credentials: '600' });
    });

    describe('without a terminal', () => {
      it('says what is missing, with status 2', async () => {
        const { status, out, err } = await (await setting(0)).alone([]);
        expect({ status, out }).toEqual({ status: 2, out: '' });
        expect(err).toMatch(
          /^gauth: region is not set, and there is no terminal to prompt on \(MISSING_OPTION\)\n/,
        );
      });

      it('says that there is no password, with status 5', async () => {
        const { status, out, err } = await (await setting(0)).alone(SESSION);
        expect({ status, out }).toEqual({ status: 5, out: '' });
        expect(err).toMatch(
          /^gauth: no password: there is no terminal to prompt on .+ \(NOT_INTERACTIVE\)\n/,
        );
      });

      it('takes the password from standard input', async () => {
        const args = [...SESSION, '--print-creds', '-q', '--keep-session', 'never'];
        const ended = await (await setting(PERSON)).alone(args, `${USER.password}\n`);
        expect(ended).toEqual({
          status: 0,
          out: expect.stringMatching(/^export AWS_ACCESS_KEY_ID='ASIA[^\n]+'\n$/) as unknown,
          err: '',
        });
      });

      it('ends with status 3 when the password is wrong', async () => {
        const { status, out, err } = await (await setting(PERSON)).alone(SESSION, 'battery staple\n');
        expect({ status, out }).toEqual({ status: 3, out: '' });
        expect(err).toMatch(/\(WRONG_PASSWORD\)/);
      });

      it('takes a SAML response from standard input', async () => {
        const setup = await setting(PERSON);
        const response = setup.world.issuer.issue({
          roles: [`${ROLE},${PROVIDER}`],
          roleSessionName: USER.email,
        });
        const { status, err } = await setup.alone([...SESSION, '--saml-assertion', '-'], response);
        expect({ status, err }).toEqual({
          status: 0,
          err: expect.stringContaining(`Assuming ${ROLE}\n`) as unknown,
        });
      });
    });

    it('ends at Ctrl-C with status 130, and writes nothing', async () => {
      const setup = await setting(PERSON);
      const terminal = setup.inTerminal(SESSION);
      await terminal.waitFor('Google Password:');
      terminal.press('ctrl-c');
      expect((await terminal.exit()).code, terminal.history()).toBe(130);
      expect(terminal.history()).toContain('gauth: cancelled');
      expect(readdirSync(setup.aws)).not.toContain('credentials');
    });

    it('reports what it may not do, as a root without capabilities in the folder of a user', async () => {
      const setup = await setting(PERSON);
      const terminal = setup.asFirst(SESSION, ['setpriv', '--bounding-set=-all', '--inh-caps=-all']);
      expect((await terminal.exit()).code, terminal.history()).toBe(5);
      expect(terminal.history()).toMatch(
        /^gauth: cannot \w+ \/root\/\.aws\/\S+: permission denied \(FILE\)$/m,
      );
    });

    describe('as the first process of a container', () => {
      it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends at %s with status 130', async (signal) => {
        const setup = await setting(PERSON);
        const terminal = setup.asFirst(SESSION);
        await terminal.waitFor('Google Password:');
        const pid = terminal.first();
        expect(readFileSync(`/proc/${String(pid)}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
        process.kill(pid, signal);
        expect((await terminal.exit()).code, terminal.history()).toBe(130);
      });

      it('ends at Ctrl-C with status 130', async () => {
        const setup = await setting(PERSON);
        const terminal = setup.asFirst(SESSION);
        await terminal.waitFor('Google Password:');
        terminal.press('ctrl-c');
        expect((await terminal.exit()).code, terminal.history()).toBe(130);
        expect(terminal.history()).toContain('gauth: cancelled');
      });
    });
  },
);
