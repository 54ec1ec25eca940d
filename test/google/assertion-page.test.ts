/** The page with the SAML response, read without a parser: exactly what the parser reads, or nothing. */
import { describe, expect, it, test } from 'vitest';
import { readAssertionPage } from '../../src/google/assertion-page.ts';
import { readPage } from '../../src/google/page-reader.ts';
import { samlPage } from '../emulators/google/surrounding-pages.ts';
import { fixturePages } from '../support/fixture-pages.ts';
import { samplePages } from '../support/pages.ts';
import { damaged, pick, seeded } from '../support/mutations.ts';

const URL_OF_PAGE = new URL('https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=1');
const ACS = 'https://signin.aws.amazon.com/saml';
const page = (html: string, url = URL_OF_PAGE, status = 200) => ({ url, status, html });
const COUNT = Number(process.env['GAUTH_FUZZ'] ?? 5_000);
const SEED = Number(process.env['GAUTH_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

describe('the page of Google', () => {
  it.each([
    ['as the emulator sends it', samlPage('PHNhbWw+PQ==', ACS)],
    [
      'with references in the value',
      `<html><body><form method="post" action="${ACS}"><input type="hidden" name="SAMLResponse" value="PHNhbWw&#43;PQ&#x3d;="/></form></body></html>`,
    ],
    [
      'with a script and a title',
      `<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>Weiter</title></head><body onload="go()"><script nonce="x">function go(){document.forms[0].submit()}</script><form action="${ACS}?a=1&amp;b=2" method="POST"><input type="hidden" name="RelayState" value=""><input type="hidden" name="SAMLResponse" value="PHNhbWw+PQ=="></form></body></html>`,
    ],
  ])('is read %s', (_how, html) => {
    const quick = readAssertionPage(page(html));
    const whole = readPage(page(html));
    if (whole.kind !== 'assertion') throw new Error(whole.kind);
    expect(quick?.base64.reveal()).toBe(whole.base64.reveal());
    expect(quick?.acs?.href).toBe(whole.acs?.href);
  });

  const good = samlPage('PHNhbWw+PQ==', ACS);
  test.each([
    ['another host', page(good, new URL('https://evil.test/o/saml2/initsso'))],
    ['another path', page(good, new URL('https://accounts.google.com/signin/x'))],
    ['another status', page(good, URL_OF_PAGE, 403)],
    ['a second form', page(good.replace('</form>', '</form><form></form>'))],
    [
      'a second response',
      page(good.replace('<noscript>', '<input type="hidden" name="SAMLResponse" value="eA=="><noscript>')),
    ],
    ['a comment', page(good.replace('<form', '<!-- <form --><form'))],
    ['a base', page(good.replace('<base target="_self">', '<base href="https://evil.test/">'))],
    ['a visible field', page(good.replace('<noscript>', '<input type="text" name="x"><noscript>'))],
    ['a template', page(good.replace('<form', '<template><form'))],
    ['a GET', page(good.replace('POST', 'GET'))],
    ['an attribute twice', page(good.replace('method="POST"', 'method="POST" method="GET"'))],
    ['single quotes', page(good.replace('"saml_form"', "'saml_form'"))],
    ['a script with tags', page(good.replace('<body', '<script>"<form>"</script><body'))],
    ['a line break in the value', page(good.replace('PHNh', 'PHNh&#10;'))],
    ['an unknown reference', page(good.replace('/saml', '/saml&copy;'))],
    ['no value', page(good.replace('PHNhbWw+PQ==', ''))],
  ])('is left to the parser with %s', (_what, visit) => {
    expect(readAssertionPage(visit)).toBeUndefined();
  });
});

it('is given up within the time limit, however much white space there is', () => {
  const html = `<html>${' \n'.repeat(200_000)}<body${' '.repeat(200_000)}<form`;
  const start = performance.now();
  expect(readAssertionPage(page(html))).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(10_000);
});

it(`is never read otherwise than by the parser (seed ${String(SEED)})`, () => {
  const random = seeded(SEED);
  const pages = [...samplePages(['en']), ...fixturePages()].map(({ html }) => html);
  let found = 0;
  for (let index = 0; index < COUNT; index += 1) {
    const html = damaged(random() < 0.8 ? samlPage('PHNhbWw+PQ==', ACS) : pick(random, pages), random, pages);
    const quick = readAssertionPage(page(html));
    if (quick === undefined) continue;
    found += 1;
    const whole = readPage(page(html));
    if (whole.kind !== 'assertion') throw new Error(`${whole.kind}, seed ${String(SEED)}: ${html}`);
    expect(whole.base64.reveal(), html).toBe(quick.base64.reveal());
    expect(whole.acs?.href, html).toBe(quick.acs?.href);
  }
  expect(found).toBeGreaterThan(10);
});
