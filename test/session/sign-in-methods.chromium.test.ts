/** From the terminal into a real browser: the hand-over as a user meets it, up to the credentials. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { profileFolder } from '../../src/google/browser-sign-in.ts';
import { main } from '../../src/main.ts';
import { createBrowser } from '../../src/system/browser-process.ts';
import { samlIssuer } from '../emulators/saml.ts';
import { stsEmulator } from '../emulators/sts.ts';
import { inMemory } from '../emulators/memory.ts';
import { fakeClock, fakeSystem } from '../fakes/system.ts';
import { withBrowserUser, type BrowserUser } from '../support/browser-user.ts';
import { USER_ACTIONS, ME, realClock, browserScenario, signInOnce } from '../support/browser-scenario.ts';
import { missingFields, processesOn } from '../support/chromium.ts';
import { FLAGS, PROVIDER, ROLE } from '../support/organisation.ts';
import { needsInstalled } from '../support/needs.ts';

const GAUTH = fileURLToPath(new URL('../../bin/gauth.js', import.meta.url));
const chromium = needsInstalled(
  missingFields.length === 0,
  `lacks Chromium: apt-get install ${missingFields.join(' ')}`,
);

describe('the hand-over to Chromium', chromium, () => {
  it('lets a user do there what the terminal cannot, and renews there in silence', async () => {
    const browserSetup = await browserScenario({
      user: { roles: [`${ROLE},${PROVIDER}`], speedbumps: ['workspacetermsofservice'] },
    });
    const sts = stsEmulator({ issuer: browserSetup.issuer, roles: [{ arn: ROLE, maxDuration: 43_200 }] });
    const http = inMemory({ ...browserSetup.google.hosts, ...sts.hosts });
    const home = browserSetup.host.profile();
    const observed: BrowserUser = { pages: [], open: [] };
    const place = { env: { ...browserSetup.host.env, HTTPS_PROXY: browserSetup.served.proxyUrl }, home };
    const browser = withBrowserUser(
      createBrowser({ ...place, platform: process.platform }),
      [...USER_ACTIONS, { sees: 'button[name=action]', clicks: 'button[name=action]' }],
      observed,
    );
    const env = { GAUTH_BROWSER: browserSetup.host.path };
    const clock = { ...fakeClock(), ...realClock };
    const system = fakeSystem({
      ...{ http, home, env, browser, clock },
      dialogue: [
        [/^Google Password: $/, ME.password],
        [/^what to do: /, { choose: /^Continue in your browser/ }],
      ],
    });
    expect(await main(FLAGS, system)).toBe(0);
    expect(system.err()).toMatch(/^Sign in as .*\nAssuming /m);
    expect(readFileSync(join(home, '.aws', 'credentials'), 'utf8')).toContain('[sts-temp]');
    expect(observed.pages.at(-1)).toMatchObject({ webdriver: false, visible: true });

    const next = fakeSystem({ http, home, env, browser, clock, dialogue: [] });
    expect(await main(['-p', 'sts-temp', '--no-cache'], next)).toBe(0);
    expect(next.err()).toMatch(/^Assuming /);
    expect(observed.open).toHaveLength(2);
    expect(browserSetup.aws.requests).toEqual([]);
    expect([...browserSetup.google.violations, ...sts.violations]).toEqual([]);
  });

  it('renews with the command as it is published', async () => {
    const issuer = samlIssuer();
    const sts = stsEmulator({ issuer, roles: [{ arn: ROLE, maxDuration: 43_200 }] });
    const browserSetup = await browserScenario({
      issuer,
      user: { roles: [`${ROLE},${PROVIDER}`] },
      hosts: sts.hosts,
    });
    const home = browserSetup.host.profile();
    await signInOnce(browserSetup, { folder: profileFolder(join(home, '.aws', 'gauth'), ME.email) }).response;

    const env = {
      ...browserSetup.host.env,
      ...browserSetup.served.env,
      HOME: home,
      GAUTH_BROWSER: browserSetup.host.path,
    };
    const gauth = promisify(execFile)(GAUTH, [...FLAGS, '--sign-in', 'browser'], { env });
    expect((await gauth).stderr).toMatch(
      /^Assuming .*\nCredentials Expiration: .*\nProfile sts-temp is ready: .*\n$/,
    );
    expect(readFileSync(join(home, '.aws', 'credentials'), 'utf8')).toContain('[sts-temp]');
    expect(processesOn(home)).toEqual([]);
    expect(browserSetup.aws.requests).toEqual([]);
  });
});
