/** Signing in with a real Chromium against the emulators, with a user who clicks and types. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GauthError } from '../../src/errors.ts';
import { textAt } from '../../src/google/devtools-values.ts';
import { passkeyEmulator } from '../emulators/passkey.ts';
import { html } from '../emulators/respond.ts';
import { samlIssuer } from '../emulators/saml.ts';
import {
  ME,
  browserScenario,
  type BrowserScenario,
  signInOnce,
  type Visited,
} from '../support/browser-scenario.ts';
import { bundle } from '../support/bundle.ts';
import { missingFields, processesOn } from '../support/chromium.ts';
import { needsInstalled } from '../support/needs.ts';

const chromium = needsInstalled(
  missingFields.length === 0,
  `lacks Chromium: apt-get install ${missingFields.join(' ')}`,
);

let program: string;
beforeAll(async () => {
  const made = await bundle(new URL('../system/fixtures/browse.ts', import.meta.url));
  program = made.program;
  return made.remove;
});

describe('signing in with Chromium', chromium, () => {
  it('opens a window only when Google wants a user, and the next time none at all', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();

    const first = signInOnce(browserSetup, { folder });
    expect(responseOf(browserSetup, await first.response)).toMatchObject({ roleSessionName: ME.email });
    expect(first.messages).toEqual([
      expect.stringMatching(/Sign in as me@example\.com in the browser window/),
    ]);
    expect(first.browserUser.pages[0]).toMatchObject({ visible: false });
    expect(first.browserUser.pages.at(-1)).toMatchObject({ visible: true });
    expect(first.browserUser.pages.map(({ webdriver }) => webdriver)).not.toContain(true);
    expect(first.browserUser.pages.map(({ agent }) => agent).join()).not.toMatch(/headless/i);
    await expectNoRemains(folder);

    const before = browserSetup.google.requests.length;
    const second = signInOnce(browserSetup, { folder });
    expect(responseOf(browserSetup, await second.response)).toMatchObject({ roleSessionName: ME.email });
    expect(second.messages).toEqual([]);
    expect(second.browserUser.pages.filter(({ visible }) => visible)).toEqual([]);
    expect(browserSetup.google.requests.slice(before).map(({ path }) => path)).toEqual(['/o/saml2/initsso']);
    await expectNoRemains(folder);
    isClean(browserSetup);
  });

  it('takes the response at the ACS of each partition, global or regional, however large it is', async () => {
    const places = [
      'https://us-east-1.signin.aws.amazon.com/saml',
      'https://signin.amazonaws-us-gov.com/saml',
      'https://us-gov-west-1.signin.amazonaws-us-gov.com/saml/acs/SAMLSPABC123',
      'https://signin.amazonaws.cn/saml',
      'https://cn-north-1.signin.amazonaws.cn/saml',
    ];
    const left = [...places];
    const saml = {
      attributes: { 'https://example.com/groups': ['x'.repeat(60_000)] },
      get acs() {
        return left[0] ?? '';
      },
    };
    const browserSetup = await browserScenario({ user: { saml } });
    const folder = browserSetup.host.profile();
    while (left.length > 0) {
      const response = await signInOnce(browserSetup, { folder }).response;
      const xml = Buffer.from(response.base64.reveal(), 'base64').toString();
      expect(/Destination="([^"]*)"/.exec(xml)?.[1]).toBe(left.shift());
      responseOf(browserSetup, response);
    }
    isClean(browserSetup);
  });

  it('takes nothing from a look-alike of the ACS', async () => {
    const posted: string[] = [];
    const acs = 'https://signin.aws.amazon.com.evil.test/saml?https://signin.aws.amazon.com/saml';
    const browserSetup = await browserScenario({
      user: { saml: { acs } },
      hosts: {
        'signin.aws.amazon.com.evil.test': ({ method }) => {
          posted.push(method);
          return html('<!doctype html><title>evil</title>');
        },
      },
    });
    const { response } = signInOnce(browserSetup, { folder: browserSetup.host.profile(), limit: 6000 });
    await expect(response).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(posted).toContain('POST');
  });

  it('lets somebody in by a passkey', async () => {
    const issuer = samlIssuer();
    const google = passkeyEmulator(issuer);
    const browserSetup = await browserScenario({ issuer, hosts: { 'accounts.google.com': google.handle } });
    const { response } = signInOnce(browserSetup, {
      folder: browserSetup.host.profile(),
      userActions: [{ sees: '#continue', clicks: '#continue' }],
      duringSignIn: ({ open }) => {
        open[0]?.listen(({ method, params }) => {
          const session = textAt(params, 'sessionId');
          if (method === 'Target.attachedToTarget' && session !== undefined) void plugIn(session);
        });
        const plugIn = async (session: string): Promise<void> => {
          await open[0]?.command('WebAuthn.enable', {}, session);
          const options = {
            protocol: 'ctap2',
            transport: 'internal',
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
          };
          const made = await open[0]?.command('WebAuthn.addVirtualAuthenticator', { options }, session);
          const authenticatorId = textAt(made, 'authenticatorId');
          await open[0]?.command(
            'WebAuthn.addCredential',
            { authenticatorId, credential: google.credential },
            session,
          );
        };
      },
    });
    responseOf(browserSetup, await response);
    expect(google.violations).toEqual([]);
  });

  it('lets a second run wait for the first, and then find its session', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const runs = [signInOnce(browserSetup, { folder }), signInOnce(browserSetup, { folder })];
    for (const run of runs) responseOf(browserSetup, await run.response);
    expect(runs.flatMap(({ messages: told }) => told)).toHaveLength(1);
    isClean(browserSetup);
  });

  it('says that the window was closed', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const run = signInOnce(browserSetup, { folder, userActions: [] });
    await isShown(run);
    await run.browserUser.open[0]?.command('Target.closeTarget', { targetId: await targetOf(run) });
    await expect(run.response).rejects.toMatchObject({
      code: 'CANCELLED',
      message: expect.stringMatching(/window was closed/),
    });
    await expectNoRemains(folder);
  });

  it('says that the browser was closed', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const run = signInOnce(browserSetup, { folder, userActions: [] });
    await isShown(run);
    await run.browserUser.open[0]?.command('Browser.close');
    await expect(run.response).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectNoRemains(folder);
  });

  it('says that the browser broke down, and works again the next time', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const run = signInOnce(browserSetup, { folder, userActions: [] });
    await isShown(run);
    process.kill(recordOf(folder).pid, 'SIGKILL');
    await expect(run.response).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      message: expect.stringMatching(/crashed.*SIGKILL/),
    });
    await expectNoRemains(folder);
    responseOf(browserSetup, await signInOnce(browserSetup, { folder }).response);
  });

  it('ends at its time limit, and at Ctrl-C, with nothing left behind', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const late = signInOnce(browserSetup, { folder, userActions: [], limit: 3000 });
    await expect(late.response).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expectNoRemains(folder);

    const stop = new AbortController();
    const stopped = signInOnce(browserSetup, { folder, userActions: [], signal: stop.signal });
    await isShown(stopped);
    stop.abort();
    await expect(stopped.response).rejects.toMatchObject({ code: 'CANCELLED', exitStatus: 130 });
    await expectNoRemains(folder);
  });

  it('works again after gauth was killed in the middle, and leaves no process of that run', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const env = { ...browserSetup.host.env, HTTPS_PROXY: browserSetup.served.proxyUrl };
    const gauth = spawn(process.execPath, [program, browserSetup.host.path, folder], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(gauth.stdout, 'data');
    expect(processesOn(folder)).toContain(recordOf(folder).pid);
    gauth.kill('SIGKILL');
    await once(gauth, 'exit');
    // The guard ends the browser, or the next run does.
    responseOf(browserSetup, await signInOnce(browserSetup, { folder }).response);
    await expectNoRemains(folder);
  });

  it("passes by the locks that a crash left, and by another host's", async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    symlinkSync('elsewhere-4711', join(folder, 'SingletonLock'));
    symlinkSync('1234567890', join(folder, 'SingletonCookie'));
    responseOf(browserSetup, await signInOnce(browserSetup, { folder }).response);
  });

  it('gives the proxy the password that stands in its address', async () => {
    const browserSetup = await browserScenario({ credentials: { user: 'me', password: 'p@ss:word' } });
    responseOf(
      browserSetup,
      await signInOnce(browserSetup, { folder: browserSetup.host.profile() }).response,
    );
    isClean(browserSetup);
  });

  it('renews where there is no display, and says so when a user is wanted there', async () => {
    const browserSetup = await browserScenario();
    const folder = browserSetup.host.profile();
    const env = { DISPLAY: undefined };
    const first = signInOnce(browserSetup, { folder, env, userActions: [] });
    await expect(first.response).rejects.toMatchObject({ code: 'NOT_INTERACTIVE' });
    await expectNoRemains(folder);
    await signInOnce(browserSetup, { folder }).response;
    responseOf(browserSetup, await signInOnce(browserSetup, { folder, env }).response);
  });

  it('says what the browser says of a network that is not there', async () => {
    const browserSetup = await browserScenario();
    const run = signInOnce(browserSetup, {
      folder: browserSetup.host.profile(),
      env: { HTTPS_PROXY: 'http://127.0.0.1:9' },
    });
    await expect(run.response).rejects.toMatchObject({
      code: 'PROXY',
      message: expect.stringMatching(/ERR_PROXY_CONNECTION_FAILED/),
    });
  });
});

/** The response as it was issued: not a byte of it was changed. */
function responseOf({ issuer }: BrowserScenario, response: Awaited<Visited['response']>): unknown {
  const issued = issuer.find(response.base64.reveal());
  if (issued === undefined) throw new Error('this is no response of the issuer');
  return issued;
}

/** Nothing got to AWS, and Google has nothing to complain about. */
function isClean({ google, aws }: BrowserScenario): void {
  expect(aws.requests).toEqual([]);
  expect(google.violations).toEqual([]);
}

async function isShown({ messages: told, response }: Visited): Promise<void> {
  let over: GauthError | undefined;
  response.catch((error: GauthError) => (over = error));
  await expect.poll(() => over ?? told.length, { timeout: 60_000 }).toBe(1);
}

async function targetOf({ browserUser: witness }: Visited): Promise<string | undefined> {
  const answer = await witness.open[0]?.command('Target.getTargets', { filter: [{ type: 'page' }] });
  return textAt(answer, 'targetInfos', '0', 'targetId');
}

function recordOf(folder: string): { readonly pid: number; readonly endpoint: string } {
  return JSON.parse(readFileSync(join(folder, 'gauth-browser.json'), 'utf8')) as {
    pid: number;
    endpoint: string;
  };
}

/** No process of the browser's, its helpers included, no open port, no record. */
async function expectNoRemains(folder: string): Promise<void> {
  // Chromium's crash reporter sees the end of its parent a moment later.
  await expect.poll(() => processesOn(folder), { timeout: 15_000 }).toEqual([]);
  expect(() => recordOf(folder)).toThrow(/ENOENT/);
}
