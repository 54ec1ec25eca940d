/** Redaction: removes everything of the user and the session, and the page is still recognised. */
import { describe, expect, it, test } from 'vitest';
import { readPage } from '../../src/google/page-reader.ts';
import { createRedactor } from '../../src/google/redactor.ts';
import { damaged, pick, seeded } from '../support/mutations.ts';
import { SECRETS, samplePages } from '../support/pages.ts';

const IDS = ['C01abc2de', '000111000111'];

function redactor(ids: readonly string[] = []) {
  return createRedactor({ username: SECRETS.email, ids });
}

describe('every page of the emulator', () => {
  const pages = samplePages(['en', 'de', 'ja', 'ar']);

  test.each(pages.map((page) => [page.name, page] as const))('%s', (_name, page) => {
    const html = redactor(IDS).html(page.html);
    const url = new URL(redactor().url(page.url.href));
    // Same kind, and no field is lost on the way: what is filled and sent has the same names.
    expect(shape({ ...page, url, html })).toEqual(shape(page));
    for (const [name, secret] of Object.entries(SECRETS)) {
      expect(html, name).not.toContain(secret);
      expect(html, name).not.toContain(encodeURIComponent(secret));
      expect(url.href, name).not.toContain(encodeURIComponent(secret));
    }
    for (const id of IDS) expect(html).not.toContain(id);
    expect(html.toLowerCase()).not.toMatch(/jane|roe\b|corp\.example/);
  });

  it('keeps the IDs unless asked', () => {
    const [page] = pages.filter(({ name }) => name === 'v3 en password');
    expect(redactor().html(page!.html)).toContain('spid%3D000111000111');
  });
});

function shape(visit: Parameters<typeof readPage>[0]): unknown {
  const page = readPage(visit);
  return {
    kind: page.kind,
    method: 'method' in page ? page.method : undefined,
    refusal: 'refusal' in page ? page.refusal : undefined,
    fields: 'form' in page ? page.form.fields.map(({ name }) => name) : undefined,
    action: 'form' in page ? page.form.action.pathname : undefined,
    captcha: 'captcha' in page && page.captcha !== undefined,
    offers:
      'offers' in page ? page.offers.map(({ method, available }) => ({ method, available })) : undefined,
    poll: 'poll' in page && page.poll !== undefined,
    another: 'another' in page && page.another !== undefined,
  };
}

describe('a value that is known to be a secret', () => {
  const secret = `p&ss"w'rd <ü> /+ 100%`;

  it.each([
    ['as it is', secret],
    ['in an address', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ a: secret }).toString()],
    [
      'in HTML',
      secret.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;'),
    ],
    ['in HTML, numbered', secret.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)],
    ['in JSON', JSON.stringify({ a: secret })],
    ['in Base64', Buffer.from(secret).toString('base64')],
  ])('is found %s', (_name, text) => {
    const clean = redactor();
    clean.learn(secret);
    expect(clean.text(`before ${text} after`)).toMatch(/^before .*redacted.* after$/);
    expect(clean.text(text)).not.toContain('w');
  });

  it('is found in a text, an attribute, a name and a comment of a page', () => {
    const clean = redactor();
    clean.learn('opensesame');
    const html = clean.html(
      '<p class="opensesame" title="opensesame">opensesame<!-- opensesame --><input name="opensesame" value="opensesame"></p><script>"opensesame"</script>',
    );
    expect(html).not.toContain('opensesame');
    expect(html).toContain('<input');
  });

  it('is kept if it is so short that it may be a coincidence', () => {
    const clean = redactor();
    clean.learn('in');
    expect(clean.text('sign in')).toBe('sign in');
  });
});

describe('addresses', () => {
  it.each([
    [
      'https://accounts.google.com/signin/challenge/pwd/3?TL=AAAsecret&hl=de',
      'https://accounts.google.com/signin/challenge/pwd/3?TL=redacted&hl=de',
    ],
    ['/v3/signin/rejected?rrk=46&rhlk=js', '/v3/signin/rejected?rrk=46&rhlk=js'],
    // `idnf` is the e-mail address.
    [
      '/v3/signin/rejected?ec=65620&idnf=jane.roe%40corp.example.net',
      '/v3/signin/rejected?ec=65620&idnf=user%40example.com',
    ],
    [
      '/ServiceLogin?continue=https%3A%2F%2Faccounts.google.com%2Fo%2Fsaml2%2Finitsso%3Fidpid%3DC1%26SAMLRequest%3Dabcdef',
      '/ServiceLogin?continue=https%3A%2F%2Faccounts.google.com%2Fo%2Fsaml2%2Finitsso%3Fidpid%3DC1%26SAMLRequest%3Dredacted',
    ],
    ['https://me:pw@accounts.google.com/x#AAAsecret', 'https://redacted@accounts.google.com/x#redacted'],
    ['https://accounts.google.com/x/AAAAsecret0000token1111/y', 'https://accounts.google.com/x/redacted/y'],
    ['data:image/png;base64,AAAA', 'data:redacted'],
    ['https://login.corp.example.net/sso', 'https://login.example.com/sso'],
    ['%%%?%%%=%E0%A4%A', '%%%?%%%=redacted'],
  ])('%s', (address, clean) => {
    expect(redactor().url(address)).toBe(clean);
  });
});

describe('headers', () => {
  it.each([
    ['cookie', 'NID=abc; __Host-GAPS=1:def', 'NID=redacted; __Host-GAPS=redacted'],
    ['set-cookie', 'SID=secret; Domain=google.com; Secure', 'SID=redacted; Domain=google.com; Secure'],
    ['location', 'https://accounts.google.com/a?TL=secret', 'https://accounts.google.com/a?TL=redacted'],
    ['user-agent', 'gauth/1.0.0', 'gauth/1.0.0'],
    ['x-client-data', 'secretsecret', 'redacted'],
    ['authorization', 'Bearer x', 'redacted'],
  ])('%s', (name, value, clean) => {
    expect(redactor().header(name, value)).toBe(clean);
  });
});

it('removes the values of a form and keeps its names', () => {
  const fields = [
    { name: 'Passwd', value: 'correct horse' },
    { name: 'identifier', value: SECRETS.email },
    { name: 'bgresponse', value: 'js_enabled' },
    { name: 'bgresponse', value: '!mQClo9rNAAa' },
    { name: 'TrustDevice', value: 'on' },
    { name: 'challengeType', value: '6' },
    { name: 'never-seen', value: 'abcdef' },
    { name: 'continue', value: 'https://accounts.google.com/o?at=abcdef' },
  ];
  expect(redactor().form(fields).split('\n')).toEqual([
    'Passwd=redacted',
    'identifier=user@example.com',
    'bgresponse=js_enabled',
    'bgresponse=redacted',
    'TrustDevice=on',
    'challengeType=6',
    'never-seen=redacted',
    'continue=https://accounts.google.com/o?at=redacted',
  ]);
});

it('keeps the text of the page, except people and numbers', () => {
  const text =
    'Wrong code. Jane, we texted +49 151 2345 6789 and j•••@corp.example.net (•••) •••-••73. Try 2 more.';
  expect(redactor().text(text)).toBe(
    'Wrong code. redacted, we texted +00 000 0000 0000 and user@example.com (•••) •••-••00. Try 2 more.',
  );
});

it('accepts damaged pages, and leaves no known secret in them', { timeout: 60_000 }, () => {
  const pages = samplePages(['en']);
  const others = pages.map(({ html }) => html);
  const random = seeded(20_240_601);
  for (let count = 0; count < 1_000; count += 1) {
    const clean = redactor(IDS);
    for (const secret of Object.values(SECRETS)) clean.learn(secret);
    const html = clean.html(damaged(pick(random, pages).html, random, others));
    const left = Object.entries(SECRETS).filter(([, secret]) => html.includes(secret));
    expect(left, `page ${count}`).toEqual([]);
  }
});

it('accepts half surrogate pairs, which cannot be encoded', () => {
  const clean = redactor();
  clean.learn('half \ud800 half');
  expect(clean.url('/x?a=\udfff')).toBe('/x?a=%EF%BF%BD');
});

it.each(['my-company.com', 'a+b.example', 'münchen.de', 'x_y.com'])(
  'removes the domain %s everywhere',
  (domain) => {
    const clean = createRedactor({ username: `me@${domain}` });
    expect(clean.text(`https://login.${domain}/x and ${domain.toUpperCase()}`)).not.toMatch(
      /company|münchen/i,
    );
  },
);

describe('personal data', () => {
  it.each([
    [
      'in a list of accounts',
      '<form action="/AccountLoginInfo" method="POST"><button name="Email" value="jd@acme.com"><img alt="Jane Doe" src="https://lh3.googleusercontent.com/a/AbC12=s64"><span>Jane Doe</span><span>jd@acme.com</span></button></form>',
    ],
    ['in a heading', '<h1 jsname="r4nke">Hi Jane</h1><input name="Pin">'],
    ['in a label', '<a aria-label="Google Account: Jane Doe (jd@acme.com)" href="#">x</a>'],
    [
      'by their domain, however it is spelt',
      '<p>Managed by acme.com.</p><a href="https://login.ACME.com/x">x</a>',
    ],
  ])('%s are removed', (_name, html) => {
    for (const username of ['jd@acme.com', 'JD@Acme.COM']) {
      expect(createRedactor({ username }).html(html)).not.toMatch(/jane|doe|acme|AbC12/i);
    }
  });

  it('is removed from a list of accounts, which is then still recognised', () => {
    const html =
      '<form action="https://accounts.google.com/AccountLoginInfo" method="POST"><button name="Email" value="jd@acme.com">Jane Doe jd@acme.com</button></form>';
    const page = readPage({
      url: new URL('https://accounts.google.com/AccountChooser'),
      status: 200,
      html: createRedactor({ username: 'jd@acme.com' }).html(html + '<p jsname="x">'),
    });
    expect(page).toMatchObject({ kind: 'accounts', accounts: [{ email: 'user@example.com' }] });
  });

  it('of domains in any script are removed', () => {
    expect(redactor().text('Ask bob@münchen.de.')).toBe('Ask user@example.com.');
  });
});

it.each([
  ['a value that looks like a path', '<input type="hidden" name="TL" value="/AbC1d/xYz2Q/t0k3n/Sec">'],
  ['a parameter that looks like a path', '<a href="/x?ct=/AbC1d/xYz2Q/t0k3n">l</a>'],
  ['a path of short pieces', '<a href="/x/AbC1d/xYz2Q">l</a>'],
  ['the name of a parameter', '<a href="/x?AbC1dEf1234567890AbCdEf1234567890=1">l</a>'],
  ['a parameter without a name', '<a href="/x?AbC1dRpbjpvcGVuIHNlc2FtZQ==">l</a>'],
  ['a torn tag', '<input type="hidden" name="at" value="AAA"abc1dsecretToken1234:99>'],
  ['a name', '<input id="tok_abc1d2c3d4e5f6" name="AbC1dy7z6w5v4u3t2s">'],
])('a token is removed although it is %s', (_name, html) => {
  expect(redactor().html(html)).not.toMatch(/abc1d|xYz2Q/i);
});

it('keeps nothing that a user has typed, whatever it looks like', () => {
  const fields = ['https://corr3ct/horse', 'submit', 'true', '/signin'].map((value) => ({
    name: 'Passwd',
    value,
  }));
  expect(new Set(redactor().form(fields).split('\n'))).toEqual(new Set(['Passwd=redacted']));
});

test.each([
  ['letters', `<p title="${'a'.repeat(1_000_000)}">${'a'.repeat(1_000_000)}</p>`],
  ['a path', `<a href="/${'a'.repeat(1_000_000)}">l</a>`],
  ['bullets', `<p>${'•'.repeat(1_000_000)}</p>`],
])('%s without an end are read within the time limit', { timeout: 10_000 }, (_name, html) => {
  expect(redactor().html(html)).toContain('</');
});
