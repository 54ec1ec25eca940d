/** The sign-in method of a run: the terminal, the browser, or one after the other. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FakeBrowser, fakeBrowser } from '../fakes/browser.ts';
import type { Line } from '../fakes/terminal.ts';
import { samlIssuer } from '../emulators/saml.ts';
import { FLAGS, type Organisation, PROVIDER, ROLE, USER, organisation } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
/** Google wants a passkey and offers nothing else. */
const PASSKEY = { challenges: [{ methods: [{ kind: 'passkey' }] }] } as const;

/** An organisation, and a browser in which the user signs in. */
function world(user: Parameters<typeof organisation>[0] = {}, available = true): [Organisation, FakeBrowser] {
  const issuer = samlIssuer();
  const browser = fakeBrowser({
    available,
    onVisit: (page) => {
      const SAMLResponse = issuer.issue({ roles: [`${ROLE},${PROVIDER}`], roleSessionName: USER.email });
      page.posts('https://signin.aws.amazon.com/saml', { SAMLResponse });
    },
  });
  return [organisation({ ...user, google: { issuer }, sts: { issuer } }), browser];
}

describe('--sign-in', () => {
  it('browser: no request from the terminal reaches Google, and the profile saves the method', async () => {
    const [place, browser] = world();
    const first = await runScenario(place, [...FLAGS, '--sign-in', 'browser'], { dialogue: [], browser });
    expect(first).toMatchObject({ status: 0, toGoogle: 0 });
    expect(first.config).toMatch(/^gauth_sign_in = browser$/m);
    expect(browser.requests[0]?.folder).toMatch(/\/\.aws\/gauth\/browser\/[0-9a-f]{16}$/);

    const { home } = first;
    await runScenario(place, ['-p', 'sts-temp', '--no-cache'], { dialogue: [], browser, home });
    expect(browser.requests).toHaveLength(2);
    const back = await runScenario(place, ['-p', 'sts-temp', '--no-cache', '--sign-in', 'auto'], {
      ...{ dialogue: [PASSWORD], browser, home },
    });
    expect(browser.requests).toHaveLength(2);
    expect(back.config).toMatch(/^gauth_sign_in = auto$/m);
  });

  it('browser: uses program, arguments and time limit from options and variables', async () => {
    const [place, browser] = world();
    const flags = ['--sign-in', 'browser', '--browser-arg=--lang=de', '--browser-arg=--no-sandbox'];
    const env = { GAUTH_BROWSER: '/opt/brave', GAUTH_BROWSER_TIMEOUT: '60' };
    await runScenario(place, [...FLAGS, ...flags], { dialogue: [], browser, env });
    expect(browser.requests[0]).toMatchObject({
      ...{ path: '/opt/brave', args: ['--lang=de', '--no-sandbox'], waitMs: 60_000 },
    });
  });

  it('terminal: uses no browser whatever Google requires, and says how to do it by hand', async () => {
    const [place, browser] = world({ user: PASSKEY });
    const result = await runScenario(place, [...FLAGS, '--sign-in', 'terminal'], {
      dialogue: [PASSWORD],
      browser,
    });
    expect(result.status).toBe(3);
    expect(result.err).toMatch(/gauth -p sts-temp --saml-assertion -/);
    expect(browser.requests).toEqual([]);
  });
});

describe('auto', () => {
  it('says why no browser can continue if one would help', async () => {
    const [place] = world({ user: PASSKEY });
    const result = await runScenario(place, FLAGS, { dialogue: [PASSWORD] });
    expect(result.status).toBe(3);
    expect(result.err).toMatch(/^ {2}gauth cannot continue in a browser here: no browser was found$/m);
  });

  it('does not mention a browser if none would help', async () => {
    const [place] = world({ user: { speedbumps: ['disabled'] } });
    const result = await runScenario(place, FLAGS, { dialogue: [PASSWORD] });
    expect(result.status).toBe(3);
    expect(result.err).not.toContain('browser here');
  });

  it('continues in the browser if only that helps, and starts there the next time', async () => {
    const [place, browser] = world({ user: PASSKEY });
    const dialogue: Line[] = [PASSWORD, [/^Google .*\.\nContinue in your browser\? \[Y\/n\] $/, '']];
    const first = await runScenario(place, FLAGS, { dialogue, browser });
    expect(first).toMatchObject({ status: 0 });
    expect(first.config).toMatch(/^gauth_sign_in = browser$/m);

    const second = await runScenario(place, ['-p', 'sts-temp', '--no-cache'], {
      ...{ dialogue: [], browser, home: first.home },
    });
    expect(second).toMatchObject({ status: 0, toGoogle: 0 });
  });

  it('continues with the address that the user has corrected', async () => {
    const [place, browser] = world({ user: PASSKEY });
    const wrong = FLAGS.map((word) => (word === USER.email ? 'mee@example.com' : word));
    const dialogue: Line[] = [
      [/Google username: $/, USER.email],
      PASSWORD,
      [/Continue in your browser\? \[Y\/n\] $/, ''],
    ];
    const result = await runScenario(place, wrong, { dialogue, browser });
    expect(result).toMatchObject({ status: 0 });
    expect(result.config).toMatch(/^google_config\.google_username = me@example\.com$/m);
    const right = await runScenario(place, [...FLAGS, '--sign-in', 'browser'], { dialogue: [], browser });
    const [first = '', second = ''] = browser.requests.map(({ folder }) => basename(folder));
    expect(first).toBe(second);
    expect(right.status).toBe(0);
  });

  it.each(['insecure-browser', 'javascript-required'] as const)('continues after %s', async (refusal) => {
    const [place, browser] = world({ user: { refusal } });
    const dialogue: Line[] = [[/Continue in your browser\?/, 'y']];
    expect(await runScenario(place, FLAGS, { dialogue, browser })).toMatchObject({ status: 0 });
  });

  it('does not continue if the user declines', async () => {
    const [place, browser] = world({ user: PASSKEY });
    const dialogue: Line[] = [PASSWORD, [/Continue in your browser\?/, 'no']];
    const result = await runScenario(place, FLAGS, { dialogue, browser });
    expect(result.status).toBe(3);
    expect(browser.requests).toEqual([]);
  });

  it('says so in one sentence and continues without a terminal', async () => {
    const [place, browser] = world({ user: PASSKEY });
    const result = await runScenario(place, FLAGS, { stdin: `${USER.password}\n`, browser });
    expect(result.status).toBe(0);
    expect(result.err).toMatch(/^Google .*\. Continuing in the browser\.$/m);
  });

  it('does not offer a browser that does not exist, or that would not help', async () => {
    const [place, browser] = world({ user: PASSKEY }, false);
    expect(await runScenario(place, FLAGS, { dialogue: [PASSWORD], browser })).toMatchObject({ status: 3 });
    const [closed, useless] = world({ user: { refusal: 'app-not-configured' } });
    expect(await runScenario(closed, FLAGS, { dialogue: [PASSWORD], browser: useless })).toMatchObject({
      status: 3,
    });
    expect([browser, useless].flatMap(({ requests }) => requests)).toEqual([]);
  });

  it('does not change the profile if the terminal was enough', async () => {
    const [place, browser] = world();
    const result = await runScenario(place, FLAGS, { dialogue: [PASSWORD], browser });
    expect(result.config).not.toContain('gauth_');
    expect(browser.requests).toEqual([]);
  });
});
