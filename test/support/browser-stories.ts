/** What holds for every browser: the built gauth, run by an ordinary user, signs in with a real one against the emulators. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { html } from '../emulators/respond.ts';
import {
  type BrowserMachine,
  browserMachine,
  type GauthRun,
  type MachineOptions,
  processesOn,
  type TestBrowser,
  withBrowser,
} from './browser-machine.ts';
import { USER } from './organisation.ts';

/** No process of the browser and no record of it is left. */
async function expectNoRemains({ folder }: BrowserMachine): Promise<void> {
  await expect.poll(() => processesOn(folder), { timeout: 15_000 }).toEqual([]);
  expect(existsSync(join(folder, 'gauth-browser.json'))).toBe(false);
}

/** Nothing has reached AWS, Google has nothing to complain of, and nothing was automated. */
async function expectClean(machine: BrowserMachine): Promise<void> {
  expect(machine.aws.requests).toEqual([]);
  expect([...machine.google.violations, ...machine.sts.violations]).toEqual([]);
  expect(machine.pages.map(({ webdriver }) => webdriver)).not.toContain(true);
  expect(machine.pages.map(({ agent, brands }) => agent + brands).join()).not.toMatch(/headless/i);
  await expectNoRemains(machine);
}

export async function expectSuccess(run: GauthRun): Promise<void> {
  expect(await run.ended, run.stderr()).toBe(0);
}

/** gauth has asked for a user, whose window is there. */
async function windowOf(machine: BrowserMachine, run: GauthRun): Promise<void> {
  await expect.poll(() => run.stderr(), { timeout: 30_000 }).toContain('in the browser window');
  await expect.poll(() => machine.pages.length, { timeout: 30_000 }).toBeGreaterThan(0);
}

const ACS = [
  'https://signin.aws.amazon.com/saml',
  'https://us-east-1.signin.aws.amazon.com/saml',
  'https://us-gov-west-1.signin.amazonaws-us-gov.com/saml/acs/SAMLSPABC123',
  'https://signin.amazonaws.cn/saml',
];

/** Defines the stories of a browser. */
export function browserStories(browser: TestBrowser): void {
  const machineWith = async (options: Omit<MachineOptions, 'browser'> = {}): Promise<BrowserMachine> =>
    browserMachine({ browser, ...options });

  describe(`signing in with ${browser}`, withBrowser(browser), () => {
    it('opens a window for the user, and renews without one', async () => {
      const machine = await machineWith();
      const first = machine.run();
      await expectSuccess(first);
      expect(first.stderr()).toMatch(/^Sign in as me@example\.com in the browser window/);
      expect(machine.read('.aws/credentials')).toContain('[sts-temp]');
      expect(machine.pages.length).toBeGreaterThan(0);
      await expectClean(machine);

      machine.user = 'absent';
      const before = machine.google.requests.length;
      const second = machine.run();
      await expectSuccess(second);
      expect(second.stderr()).toMatch(/^Assuming /);
      // A browser may send a request again, but is shown no page of the sign-in.
      const paths = machine.google.requests.slice(before).map(({ path }) => path);
      expect(new Set(paths)).toEqual(new Set(['/o/saml2/initsso']));
      await expectClean(machine);
    });

    it('shows a window again when the session at Google has ended', async () => {
      const machine = await machineWith();
      await expectSuccess(machine.run());
      machine.google.endSessions();
      machine.user = 'absent';
      const second = machine.run();
      await expectSuccess(second);
      expect(second.stderr()).toMatch(/^Sign in as /);
      await expectClean(machine);
    });

    it('takes the response at the consumer service of each partition, global or regional, however large it is', async () => {
      const left = [...ACS];
      const saml = {
        attributes: { 'https://example.com/groups': ['x'.repeat(60_000)] },
        get acs() {
          return left[0] ?? '';
        },
      };
      const machine = await machineWith({ user: { saml } });
      for (; left.length > 0; left.shift()) await expectSuccess(machine.run());
      await expectClean(machine);
    });

    it('takes nothing from a look-alike of the consumer service', async () => {
      const posted: string[] = [];
      const acs = 'https://signin.aws.amazon.com.evil.test/saml?https://signin.aws.amazon.com/saml';
      const machine = await machineWith({
        user: { saml: { acs } },
        hosts: {
          'signin.aws.amazon.com.evil.test': ({ method }) => {
            posted.push(method);
            return html('<!doctype html><title>evil</title>');
          },
        },
      });
      const run = machine.run(['--browser-timeout', '12']);
      expect(await run.ended).not.toBe(0);
      expect(run.stderr()).toContain('(TIMEOUT)');
      expect(posted).toContain('POST');
      await expectNoRemains(machine);
    });

    it('follows Google to another identity provider', async () => {
      const machine = await machineWith({
        hosts: {
          'login.okta.test': ({ url }) =>
            html(
              `<!doctype html><title>Okta</title><a id="okta" href="${url.searchParams.get('back') ?? ''}">Go</a>`,
            ),
        },
        redirectTo: 'https://login.okta.test/sso',
        actions: [
          { sees: '#okta', clicks: '#okta' },
          { sees: 'input[name=Passwd]', types: USER.password, clicks: 'button[name=action]' },
          { sees: 'input[name=identifier]', clicks: 'button[name=action]' },
        ],
      });
      await expectSuccess(machine.run());
      expect(machine.pages.map(({ address }) => address)).toContain('https://login.okta.test/sso');
      await expectClean(machine);
    });

    it('lets a second run wait for the first, and then find its session', async () => {
      const machine = await machineWith();
      const runs = [machine.run(), machine.run(['-p', 'other'])];
      for (const run of runs) await expectSuccess(run);
      expect(
        runs
          .map((run) => run.stderr())
          .join('')
          .match(/^Sign in as /gm),
      ).toHaveLength(1);
      await expectClean(machine);
    });

    it('says that the window was closed', async () => {
      const machine = await machineWith({ isDeserted: true });
      const run = machine.run();
      await windowOf(machine, run);
      machine.user = 'closes';
      expect(await run.ended).toBe(130);
      expect(run.stderr()).toContain('gauth: the browser was closed before the sign-in was finished');
      await expectNoRemains(machine);
    });

    it('says that the browser crashed, and works again the next time', async () => {
      const machine = await machineWith({ isDeserted: true });
      const run = machine.run();
      await windowOf(machine, run);
      await sleep(3_000);
      const { pid } = JSON.parse(
        machine.read(
          join('.aws/gauth/browser', machine.folder.split('/').at(-1) ?? '', 'gauth-browser.json'),
        ),
      ) as { pid: number };
      process.kill(pid, 'SIGKILL');
      expect(await run.ended).toBe(5);
      expect(run.stderr()).toMatch(/the browser crashed during the sign-in \(SIGKILL\) \(BROWSER_FAILED\)/);
      await expectNoRemains(machine);
      machine.user = 'present';
      await expectSuccess(machine.run());
    });

    it('ends at its time limit, and at Ctrl-C, with nothing left behind', async () => {
      const machine = await machineWith({ isDeserted: true });
      const late = machine.run(['--browser-timeout', '10']);
      expect(await late.ended).not.toBe(0);
      expect(late.stderr()).toContain('took longer than 0.2 minutes (TIMEOUT)');
      await expectNoRemains(machine);
      const run = machine.run();
      await windowOf(machine, run);
      run.child.kill('SIGINT');
      expect(await run.ended).toBe(130);
      await expectNoRemains(machine);
    });

    it('ends with gauth, whatever happens to gauth', async () => {
      const machine = await machineWith({ isDeserted: true });
      const run = machine.run();
      await windowOf(machine, run);
      run.child.kill('SIGKILL');
      await run.ended;
      await expect.poll(() => processesOn(machine.folder), { timeout: 20_000 }).toEqual([]);
      machine.user = 'present';
      await expectSuccess(machine.run());
      await expectClean(machine);
    });

    it('closes a second tab too, and keeps the session', async () => {
      const machine = await machineWith();
      await expectSuccess(machine.run(['--browser-arg=https://accounts.google.com/test-tab']));
      await expectNoRemains(machine);
      machine.user = 'absent';
      const second = machine.run();
      await expectSuccess(second);
      expect(second.stderr()).toMatch(/^Assuming /);
      await expectClean(machine);
    });

    it('gives the proxy the password that stands in its address', async () => {
      const machine = await machineWith({ credentials: { user: 'me', password: 'p@ss:word' } });
      await expectSuccess(machine.run());
      await expectClean(machine);
    });

    it('renews where there is no display, and says so when a user is wanted there', async () => {
      const machine = await machineWith();
      const first = machine.run([], { DISPLAY: '' });
      expect(await first.ended).not.toBe(0);
      expect(first.stderr()).toContain('there is no display for the browser window (NOT_INTERACTIVE)');
      await expectSuccess(machine.run());
      machine.user = 'absent';
      await expectSuccess(machine.run([], { DISPLAY: '' }));
      await expectNoRemains(machine);
    });
  });
}
