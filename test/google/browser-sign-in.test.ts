/** The sign-in in a browser: what is accepted, what is shown, and how each end is reported. */
import { expect, it, test, vi } from 'vitest';
import { acsHosts, isAcs } from '../../src/aws/partition.ts';
import { profileFolder, signInByBrowser } from '../../src/google/browser-sign-in.ts';
import type { ConsumerAnswer } from '../../src/ports.ts';
import type { SamlResponse } from '../../src/saml.ts';
import { type FakeBrowser, fakeBrowser } from '../fakes/browser.ts';

const TARGET = { username: 'me@example.com', idpId: 'C01abc2de', spId: '000111000111' };
const ACS = 'https://signin.aws.amazon.com/saml';
const ROLE = 'arn:aws:iam::111222333444:role/<b>';

interface Run {
  readonly messages: string[];
  readonly response: Promise<SamlResponse>;
}

function run(browser: FakeBrowser, signal = new AbortController().signal, limitMs = 60_000): Run {
  const messages: string[] = [];
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const request = {
    path: undefined,
    args: ['--lang=de'],
    folder: '/home/me/.aws/gauth/browser/x',
    consumerHosts: acsHosts(undefined),
  };
  const tell = (line: string): void => void messages.push(line);
  const parts = { browser, log, isAcs, roleArn: ROLE, tell, limitMs, request };
  return { messages, response: signInByBrowser(TARGET, parts, signal) };
}

it('opens the URL of the sign-in with the e-mail address, in a window', async () => {
  let answer: ConsumerAnswer | undefined;
  const browser = fakeBrowser({
    onVisit: (page) => {
      answer = page.posts(ACS, { SAMLResponse: 'PHNhbWw+', RelayState: '' });
    },
  });
  const { messages, response } = run(browser);
  expect((await response).base64.reveal()).toBe('PHNhbWw+');
  expect(messages).toEqual(['Sign in as me@example.com in the browser window that has opened.']);
  expect(browser.requests[0]).toMatchObject({ path: undefined, args: ['--lang=de'], waitMs: 60_000 });
  expect(browser.visits.map(({ url, hidden }) => [url.href, hidden])).toEqual([
    [
      'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false&login_hint=me%40example.com',
      false,
    ],
  ]);
  expect(answer?.html).toContain('You may close this tab.');
  expect(answer?.html).toContain('arn:aws:iam::111222333444:role/&#60;b&#62;');
  expect(answer?.html).not.toContain('PHNhbWw');
  expect(answer?.headers['content-security-policy']).toMatch(/^default-src 'none'; .*script-src 'sha256-/);
});

it('opens no window while the Google session is valid', async () => {
  const browser = fakeBrowser({
    hasSession: true,
    onVisit: (page) => {
      page.posts(ACS, { SAMLResponse: 'PHNhbWw+' });
    },
  });
  const { messages, response } = run(browser);
  await response;
  expect(messages).toEqual([]);
  expect(browser.visits.map(({ hidden }) => hidden)).toEqual([true]);
});

it('opens one if there is no response after some seconds', async () => {
  vi.useFakeTimers();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, milliseconds);
    return stop.signal;
  });
  try {
    const browser = fakeBrowser({
      hasSession: true,
      onVisit: (page, { hidden }) => {
        if (!hidden) page.posts(ACS, { SAMLResponse: 'PHNhbWw+' });
      },
    });
    const { messages, response } = run(browser);
    await vi.advanceTimersByTimeAsync(6_000);
    await response;
    expect(messages).toHaveLength(1);
    expect(browser.visits.map(({ hidden }) => hidden)).toEqual([true, false]);
  } finally {
    timeout.mockRestore();
    vi.useRealTimers();
  }
});

test.each([
  ['https://signin.aws.amazon.com.evil.test/saml', { SAMLResponse: 'x' }],
  ['https://evil.test/saml?https://signin.aws.amazon.com/saml', { SAMLResponse: 'x' }],
  ['http://signin.aws.amazon.com/saml', { SAMLResponse: 'x' }],
  ['https://signin.aws.amazon.com/other', { SAMLResponse: 'x' }],
  [ACS, { roleIndex: 'arn' }],
  [ACS, { SAMLResponse: '' }],
])('accepts nothing from a form to %s with %j', async (url, fields) => {
  const browser = fakeBrowser({
    onVisit: (page) => {
      const { response, html } = page.posts(url, fields);
      expect(response).toBeUndefined();
      expect(html).toContain('This window is for gauth');
      page.ends({ kind: 'closed' });
    },
  });
  await expect(run(browser).response).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('is an error without a display', async () => {
  const browser = fakeBrowser({
    hasDisplay: false,
    onVisit: (page) => {
      page.ends({ kind: 'closed' });
    },
  });
  await expect(run(browser).response).rejects.toMatchObject({
    code: 'NOT_INTERACTIVE',
    hints: expect.arrayContaining([expect.stringMatching(/initsso\?idpid=C01abc2de.*\bdeveloper tools/)]),
  });
  expect(browser.visits.map(({ hidden }) => hidden)).toEqual([true]);
});

it.each([
  [{ kind: 'closed' }, 'CANCELLED', 130, /browser was closed/],
  [{ kind: 'crashed', how: 'SIGSEGV' }, 'BROWSER_FAILED', 5, /crashed.*SIGSEGV/],
  [{ kind: 'untrusting' }, 'TLS', 5, /does not accept the answer of gauth/],
] as const)('reports how a browser ended: %j', async (end, code, exitStatus, message) => {
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

it('reports its time limit, and possible reasons', async () => {
  await expect(run(fakeBrowser(), undefined, 20).response).rejects.toMatchObject({
    code: 'TIMEOUT',
    hints: expect.arrayContaining([expect.stringContaining('its proxy settings are locked')]) as unknown,
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

it('has one profile folder per account, whose name does not contain the address', () => {
  expect(profileFolder('/s', 'Me@Example.com')).toBe(profileFolder('/s', 'me@example.com'));
  expect(profileFolder('/s', 'me@example.com')).toMatch(/^\/s\/browser\/[0-9a-f]{16}$/);
  expect(profileFolder('/s', 'you@example.com')).not.toBe(profileFolder('/s', 'me@example.com'));
});
