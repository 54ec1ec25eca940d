/** Pages that users reported in 2026: they have a name of their own, and a way on. */
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { readPage } from '../../src/google/page-reader.ts';
import { refusalError } from '../../src/google/refusals.ts';
import { signIn } from '../../src/google/sign-in.ts';
import type { Http } from '../../src/ports.ts';
import { createPrompter } from '../../src/prompts/prompter.ts';
import { bodyText, html } from '../emulators/respond.ts';
import { fakeSystem } from '../fakes/system.ts';
import { organisation, USER } from '../support/organisation.ts';

const GOOGLE = 'https://accounts.google.com';
const TARGET = { username: USER.email, idpId: 'C01abc2de', spId: '000111000111' };

function read(path: string, content = '<h1 jsname="x">Sorry</h1>'): ReturnType<typeof readPage> {
  return readPage({ url: new URL(path, GOOGLE), status: 200, html: content });
}

describe('a page that users reported', () => {
  it.each([
    ['/v3/signin/challenge/recaptcha?TL=1', 'RECAPTCHA'],
    ['/v3/signin/challenge/idv?TL=1', 'VERIFY_IDENTITY'],
    ['/v3/signin/challenge/rejected?rrk=46', 'BROWSER_REJECTED'],
    ['/v3/signin/rejected?rhlk=js', 'JAVASCRIPT_REQUIRED'],
    ['/v3/signin/rejected?rrk=88', 'SIGN_IN_REJECTED'],
    ['/v3/signin/rejected?ec=65620&idnf=me%40example.com', 'SIGN_IN_REJECTED'],
    ['/CookieMismatch', 'COOKIE_MISMATCH'],
  ])('%s is %s', (path, refusal) => {
    expect(read(path)).toMatchObject({ kind: 'refusal', refusal });
  });

  it.each([
    ['?rrk=88', /^Google refuses this sign-in \(rrk=88\)$/],
    ['?ec=65620&idnf=me%40example.com', /^Google refuses this sign-in \(ec=65620\)$/],
    ['', /^Google refuses this sign-in$/],
  ])('names the numbers of a rejection: %s', (query, message) => {
    const page = read(`/v3/signin/rejected${query}`);
    if (page.kind !== 'refusal') throw new Error(page.kind);
    expect(refusalError(page, TARGET).message).toMatch(message);
  });
});

it('starts again without the saved session, once, if Google shows CookieMismatch', async () => {
  const world = organisation();
  let mismatches = 0;
  const http: Http = async (request, signal) => {
    const response = await world.http(request, signal);
    if (!bodyText(request).includes('Passwd=') || mismatches > 0) return response;
    mismatches += 1;
    return { ...html(''), status: 302, headers: { location: [`${GOOGLE}/CookieMismatch`] } };
  };
  const withMismatch: Http = async (request, signal) =>
    request.url.pathname === '/CookieMismatch' ? html('<h1 jsname="x">Cookies</h1>') : http(request, signal);
  const jar = new CookieJar();
  await jar.setCookie('SID=stale; Domain=google.com; Path=/; Secure', GOOGLE);
  const password = [/^Google Password: $/, USER.password] as const;
  const system = fakeSystem({ http: withMismatch, dialogue: [password, password] });
  const log = createLog('warn', system.stderr);
  const prompts = createPrompter({ username: USER.email, keyring: false }, system, log);
  const parts = {
    ...system,
    log,
    prompts,
    jar,
    userAgent: 'gauth/test',
    savePage: async () => Promise.resolve(undefined),
  };
  const request = { ...TARGET, bgResponse: 'js_enabled', method: undefined };
  const response = await signIn(request, parts, system.signal);
  expect(response.base64.reveal()).not.toBe('');
  expect(system.err()).toContain(
    'gauth: Google does not accept the saved session (COOKIE_MISMATCH): starting without it\n',
  );
  expect(await jar.getCookies(GOOGLE)).not.toContainEqual(expect.objectContaining({ value: 'stale' }));
});
