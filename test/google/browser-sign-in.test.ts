/** The conversation with a browser: what is taken, what is shown, and how each end is told. */
import { expect, it, test, vi } from 'vitest';
import { isAcs } from '../../src/aws/partition.ts';
import { profileFolder, signInByBrowser } from '../../src/google/browser-sign-in.ts';
import type { SamlResponse } from '../../src/saml.ts';
import { type FakeBrowser, type FakeBrowserOptions, fakeBrowser } from '../fakes/browser.ts';
import { fakeClock } from '../fakes/system.ts';

const TARGET = { username: 'me@example.com', idpId: 'C01abc2de', spId: '000111000111' };
const ACS = 'https://signin.aws.amazon.com/saml';

interface Run {
  readonly messages: string[];
  readonly response: Promise<SamlResponse>;
}

function run(browser: FakeBrowser, signal = new AbortController().signal): Run {
  const messages: string[] = [];
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const request = { path: undefined, args: ['--lang=de'], folder: '/home/me/.aws/gauth/browser/x' };
  const tell = (line: string): void => void messages.push(line);
  const parts = { browser, clock: fakeClock(), log, isAcs, tell, limitMs: 60_000, request };
  return { messages, response: signInByBrowser(TARGET, parts, signal) };
}

it('opens the address of the sign-in with the e-mail address in it, in a window out of sight', async () => {
  const browser = fakeBrowser({
    onVisit: (page) => {
      page.posts(ACS, { SAMLResponse: 'PHNhbWw+', RelayState: '' });
    },
  });
  const { messages: told, response } = run(browser);
  expect((await response).base64.reveal()).toBe('PHNhbWw+');
  expect(told).toEqual([]);
  expect(browser.requests).toEqual([
    { path: undefined, args: ['--lang=de'], folder: '/home/me/.aws/gauth/browser/x', waitMs: 60_000 },
  ]);
  const sent = (method: string): unknown => browser.commands.find((each) => each.method === method)?.params;
  expect(sent('Target.createTarget')).toMatchObject({ background: true, windowState: 'minimized' });
  expect(sent('Page.navigate')).toEqual({
    url: 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false&login_hint=me%40example.com',
  });
  expect(sent('Fetch.fulfillRequest')).toMatchObject({ requestId: 'r1', responseCode: 200 });
  expect(browser.commands.map(({ method }) => method)).not.toContain('Fetch.continueRequest');
});

it('lets a form pass that is not for AWS, or holds no response', async () => {
  const browser = fakeBrowser({
    onVisit: (page) => {
      page.posts('https://signin.aws.amazon.com.evil.test/saml', { SAMLResponse: 'x' });
      page.posts('https://evil.test/saml?https://signin.aws.amazon.com/saml', { SAMLResponse: 'x' });
      page.posts('http://signin.aws.amazon.com/saml', { SAMLResponse: 'x' });
      page.posts(ACS, { roleIndex: 'arn' });
      page.closes();
    },
  });
  await expect(run(browser).response).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(browser.commands.filter(({ method }) => method === 'Fetch.continueRequest')).toHaveLength(4);
  expect(browser.commands.map(({ method }) => method)).not.toContain('Fetch.fulfillRequest');
});

it('brings the window forward when the page has come to rest', async () => {
  const browser = fakeBrowser({
    onVisit: (page) => {
      page.rests();
      setTimeout(() => {
        page.posts(ACS, { SAMLResponse: 'PHNhbWw+' });
      }, 50);
    },
  });
  const { messages: told, response } = run(browser);
  await response;
  expect(told).toEqual(['Sign in as me@example.com in the browser window that has opened.']);
  expect(browser.commands.map(({ method }) => method)).toContain('Target.activateTarget');
});

test('without a display nobody can be asked', async () => {
  const browser = fakeBrowser({
    hasDisplay: false,
    onVisit: (page) => {
      page.rests();
    },
  });
  await expect(run(browser).response).rejects.toMatchObject({
    code: 'NOT_INTERACTIVE',
    hints: expect.arrayContaining([expect.stringMatching(/initsso\?idpid=C01abc2de.*\bdeveloper tools/)]),
  });
});

it.each([
  [{ kind: 'closed' }, 'CANCELLED', 130, /browser was closed/],
  [{ kind: 'crashed', how: 'SIGSEGV' }, 'BROWSER_FAILED', 5, /crashed.*SIGSEGV/],
  [{ kind: 'silent' }, 'BROWSER_TAKEN', 5, /the connection to gauth was closed/],
] as const)('tells how a browser ended: %j', async (end, code, exitStatus, message) => {
  const browser = fakeBrowser({
    onVisit: (page) => {
      page.ends(end);
    },
  });
  await expect(run(browser).response).rejects.toMatchObject({
    code,
    exitStatus,
    message: expect.stringMatching(message),
  });
});

it.each([
  ['net::ERR_CERT_AUTHORITY_INVALID', 'TLS'],
  ['net::ERR_TUNNEL_CONNECTION_FAILED', 'PROXY'],
  ['net::ERR_NAME_NOT_RESOLVED', 'NETWORK'],
])('tells why the first page cannot be reached: %s', async (unreachable, code) => {
  await expect(run(fakeBrowser({ unreachable })).response).rejects.toMatchObject({
    code,
    message: expect.stringContaining(unreachable.replace('net::', '')),
  });
});

it('names the host behind Google that cannot be reached', async () => {
  const browser = fakeBrowser({
    unreachable: 'net::ERR_NAME_NOT_RESOLVED',
    unreachableUrl: 'https://idp.corp.example/sso',
  });
  await expect(run(browser).response).rejects.toMatchObject({
    code: 'NETWORK',
    message: 'the browser cannot reach idp.corp.example (ERR_NAME_NOT_RESOLVED)',
    hints: expect.arrayContaining([expect.stringContaining('VPN')]) as unknown,
  });
});

test.each<readonly [string, FakeBrowserOptions]>([
  ['asks for a password', { unreachable: 'net::ERR_INVALID_AUTH_CREDENTIALS' }],
  ['asks for a certificate', { unreachable: 'net::ERR_SSL_CLIENT_AUTH_CERT_NEEDED' }],
  ['is late', { navigation: 'late' }],
  ['does not come', { navigation: 'never' }],
])('shows the window where the first page %s', async (_what, options) => {
  const stop = new AbortController();
  const browser = fakeBrowser(options);
  const { messages: told, response } = run(browser, stop.signal);
  const ended = expect(response).rejects.toMatchObject({ code: 'CANCELLED' });
  await vi.waitFor(() => {
    expect(told).toHaveLength(1);
  });
  stop.abort();
  await ended;
  expect(browser.commands.map(({ method }) => method)).toContain('Target.activateTarget');
});

test('where nobody can see it, a first page that is late is told as late', async () => {
  await expect(run(fakeBrowser({ navigation: 'late', hasDisplay: false })).response).rejects.toMatchObject({
    code: 'TIMEOUT',
  });
});

it('stops at Ctrl-C', async () => {
  const stop = new AbortController();
  const browser = fakeBrowser({
    onVisit: () => {
      stop.abort();
    },
  });
  await expect(run(browser, stop.signal).response).rejects.toMatchObject({
    code: 'CANCELLED',
    message: 'cancelled',
  });
});

it('has one profile folder an account, whose name tells nobody whose it is', () => {
  expect(profileFolder('/s', 'Me@Example.com')).toBe(profileFolder('/s', 'me@example.com'));
  expect(profileFolder('/s', 'me@example.com')).toMatch(/^\/s\/browser\/[0-9a-f]{16}$/);
  expect(profileFolder('/s', 'you@example.com')).not.toBe(profileFolder('/s', 'me@example.com'));
});
