/** A small client that fills in forms as a browser would, for the tests of the emulators only. */
import { load } from 'cheerio/slim';
import type { Http, HttpResponse } from '../../src/ports.ts';
import { bodyText } from './respond.ts';

export interface Stop {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

/** What to change in a form before it is sent. */
export interface Filling {
  readonly set?: Readonly<Record<string, string>>;
  readonly drop?: readonly string[];
  /** CSS selector of the form; default the first that is a sign-in's main form. */
  readonly form?: string;
  /** CSS selector of the button to press; default the first. */
  readonly press?: string;
}

export interface FormClient {
  go(url: string): Promise<Stop>;
  /** Fills the form of the last page and sends it. */
  fill(filling: Filling): Promise<Stop>;
  /** Sends the last form once more. */
  replay(): Promise<Stop>;
  readonly cookies: Map<string, string>;
}

const MAIN_FORMS = 'form#challenge, form#gaia_loginform, form[novalidate], form';

export function formClient(http: Http): FormClient {
  const cookies = new Map<string, string>();
  const paths = new Map<string, string>();
  let here: Stop = { url: new URL('https://accounts.google.com/'), status: 0, html: '' };
  let last: { url: URL; body: string } | undefined;

  async function request(method: 'GET' | 'POST', url: URL, body?: string): Promise<Stop> {
    const due = [...cookies].filter(([name]) => url.pathname.startsWith(paths.get(name) ?? '/'));
    const response = await http(
      {
        method,
        url,
        headers: {
          'user-agent': 'walker/1',
          ...(due.length > 0 && { cookie: due.map((pair) => pair.join('=')).join('; ') }),
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(body !== undefined && { body }),
      },
      new AbortController().signal,
    );
    remember(response);
    const location = response.headers.location?.[0];
    if (location !== undefined) return request('GET', new URL(location, url));
    here = { url, status: response.status, html: bodyText(response) };
    return here;
  }

  function remember(response: HttpResponse): void {
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
      paths.set(name, /Path=([^;]+)/i.exec(line)?.[1] ?? '/');
    }
  }

  return {
    cookies,
    go: (url) => request('GET', new URL(url)),
    replay: () => {
      if (last === undefined) throw new Error('nothing was sent yet');
      return request('POST', last.url, last.body);
    },
    fill: ({ set = {}, drop = [], form: selector = MAIN_FORMS, press }) => {
      const $ = load(here.html);
      const found = selector.split(', ').find((each) => $(each).length > 0) ?? selector;
      const form = $(found).first();
      if (form.length === 0) throw new Error(`no form ${selector} at ${here.url.pathname}: ${here.html}`);
      const base = new URL($('base').attr('href') ?? here.url, here.url);
      const fields = new URLSearchParams();
      form.find('input[name]').each((_, node) => {
        const input = $(node);
        const name = input.attr('name') ?? '';
        if (name !== '' && input.attr('type') !== 'submit') {
          fields.set(name, input.attr('value') ?? (input.attr('type') === 'checkbox' ? 'on' : ''));
        }
      });
      const button = form.find(press ?? 'button[name]').first();
      const name = button.attr('name');
      if (name !== undefined && press !== 'none') fields.set(name, button.attr('value') ?? '');
      if (fields.has('bgresponse') || fields.has('Passwd')) fields.set('bgresponse', 'js_enabled');
      for (const [key, value] of Object.entries(set)) fields.set(key, value);
      for (const key of drop) fields.delete(key);
      const action = form.attr('action');
      last = { url: action === undefined ? here.url : new URL(action, base), body: fields.toString() };
      return request('POST', last.url, last.body);
    },
  };
}
