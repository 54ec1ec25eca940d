/** Injected faults: each rule applies when and as often as it says. */
import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/ports.ts';
import { bodyText, html } from './respond.ts';
import { type Fault, type FaultRule, withFaults } from './faults.ts';

const PAGE = '<form action="https://accounts.google.com/a"><form action="/b"><form action="rel">';
const REQUEST: HttpRequest = { method: 'GET', url: new URL('https://accounts.google.com/x?y'), headers: {} };

async function ask(rules: readonly FaultRule[], count = 1) {
  const handle = withFaults(() => html(PAGE), rules);
  const answers = [];
  for (let index = 0; index < count; index += 1) answers.push(await handle(REQUEST));
  return answers;
}

const one = async (trouble: Fault) => (await ask([{ trouble }]))[0]!;

describe('withTrouble', () => {
  it('applies a rule as often, after as many requests, and for the requests that it says', async () => {
    const trouble: Fault = { kind: 'status', status: 503 };
    const statuses = (await ask([{ trouble, after: 1, times: 2 }], 5)).map(({ status }) => status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    const elsewhere = await ask([{ trouble, at: ({ url }) => url.pathname === '/other' }]);
    expect(elsewhere[0]?.status).toBe(200);
  });

  it('continues with the next rule after one is used up', async () => {
    const rules: FaultRule[] = [
      { trouble: { kind: 'status', status: 429, retryAfter: '7' } },
      { trouble: { kind: 'status', status: 500 } },
    ];
    const answers = await ask(rules, 3);
    expect(answers.map(({ status }) => status)).toEqual([429, 500, 200]);
    expect(answers[0]?.headers['retry-after']).toEqual(['7']);
  });

  it('redirects forms, whether their action has an origin or not', async () => {
    const text = bodyText(await one({ kind: 'stolen-form', origin: 'http://accounts.google.com.evil.test' }));
    expect(text).toBe(
      '<form action="http://accounts.google.com.evil.test/a"><form action="http://accounts.google.com.evil.test/b"><form action="rel">',
    );
  });

  it.each([
    [{ kind: 'redirect-loop' }, 'https://accounts.google.com/x?y'],
    [{ kind: 'portal', redirect: true }, 'http://portal.test/login'],
    [{ kind: 'redirect', location: 'https://elsewhere.test/' }, 'https://elsewhere.test/'],
  ] satisfies [Fault, string][])('%j redirects', async (failure, location) => {
    expect((await one(failure)).headers.location).toEqual([location]);
  });

  it.each([
    [{ kind: 'huge', bytes: 5000 }, /x{5000}-->$/],
    [{ kind: 'portal' }, /Hotel/],
    [{ kind: 'unknown-page' }, /riddle/],
    [{ kind: 'page', html: 'anything' }, /^anything$/],
    [{ kind: 'empty' }, /^$/],
    [{ kind: 'slow', milliseconds: 1 }, /form/],
    [{ kind: 'content-type', type: 'application/json' }, /form/],
  ] satisfies [Fault, RegExp][])('%j answers with another page', async (failure, pattern) => {
    expect(bodyText(await one(failure))).toMatch(pattern);
  });
});
